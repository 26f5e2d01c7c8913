"""tools/web: npm is asked once for what the lock says, and the folder of the pages holds what it should, no more."""
import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
LOCKS = sorted(path.relative_to(TOP) for folder in ("tools", "tests") for path in (TOP / folder).rglob("package-lock.json"))
NPM = """#!/bin/bash
echo "$@" >>"$FAKE/calls"
[ ! -e "$FAKE/broken" ] || { echo "no network" >&2; exit 1; }
mkdir -p node_modules/a && echo here >node_modules/a/index.js
"""


@pytest.fixture
def modules(tmp_path):
    """modules() runs tools/web/modules with a stand-in for npm; its calls are in modules.calls()."""
    source = tmp_path / "from"
    source.mkdir()
    (source / "package.json").write_text("{}")
    (source / "package-lock.json").write_text('{"lockfileVersion": 3}')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/npm").write_text(NPM)
    (tmp_path / "bin/npm").chmod(0o755)

    def run():
        path = f"{tmp_path}/bin:/usr/bin:/bin"
        return subprocess.run([TOP / "tools/web/modules", source, tmp_path / "into"], env={"PATH": path, "FAKE": str(tmp_path), "HOME": str(tmp_path)},
                              capture_output=True, text=True, check=False)

    run.folder, run.source, run.into = tmp_path, source, tmp_path / "into"
    run.calls = lambda: (tmp_path / "calls").read_text().splitlines()
    return run


def test_npm_is_asked_once(modules):
    assert modules().returncode == 0 and modules().returncode == 0
    assert len(modules.calls()) == 1 and modules.calls()[0].startswith("ci --ignore-scripts ")
    assert (modules.into / "node_modules/a/index.js").is_file()


@pytest.mark.parametrize("file", ["package.json", "package-lock.json"])
def test_npm_is_asked_again_when_the_list_changes(modules, file):
    modules()
    (modules.source / file).write_text('{"name": "other"}')
    assert modules().returncode == 0 and len(modules.calls()) == 2


def test_a_failure_is_told_and_tried_again(modules):
    (modules.folder / "broken").touch()
    done = modules()
    assert done.returncode != 0 and "no network" in done.stderr
    assert "npm could not install" in done.stderr and "cmake -DLECTERN_WEB=OFF" in done.stderr
    (modules.folder / "broken").unlink()
    assert modules().returncode == 0 and len(modules.calls()) == 2


def test_a_missing_npm_is_told(modules):
    (modules.folder / "bin/npm").unlink()
    for name in ("bash", "mkdir", "flock", "cmp", "touch"):
        (modules.folder / "bin" / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(["/bin/bash", TOP / "tools/web/modules", modules.source, modules.into], env={"PATH": f"{modules.folder}/bin"},
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and done.stderr.startswith("npm is missing: tools/install brings it")


def assemble(modules, to):
    subprocess.run([TOP / "tools/web/assemble.py", modules, to], check=True)
    return {str(path.relative_to(to)) for path in Path(to).rglob("*") if path.is_file()}


@pytest.fixture
def installed(tmp_path):
    """A folder with every file that the table of libraries names."""
    for line in (TOP / "tools/web/libraries").read_text().splitlines():
        if words := line.split("#")[0].split():
            file = tmp_path / "modules/node_modules" / words[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(words[1] * 100)
    return tmp_path / "modules"


def test_libraries_and_pages_are_put_together(installed, tmp_path):
    files = assemble(installed, tmp_path / "web")
    assert {"lib/swagger-ui.js", "lib/swagger-ui.js.gz", "lib/swagger-ui.css"} <= files
    for path in filter(Path.is_file, (TOP / "tools/web").glob("*/**/*")):
        assert (tmp_path / "web" / path.relative_to(TOP / "tools/web")).read_bytes() == path.read_bytes()
    for name in files:
        if name.endswith(".gz"):
            assert gzip.decompress((tmp_path / "web" / name).read_bytes()) == (tmp_path / "web" / name[:-3]).read_bytes()


EDITOR = "modules/node_modules/@codemirror"


def test_a_module_finds_others_beside_it_and_not_what_is_not_served(installed, tmp_path):
    view = tmp_path / EDITOR / "view/dist/index.js"
    view.write_text("import { a,\n  b } from '@codemirror/state';\nexport * from 'style-mod';\nimport \"crelt\";\nconst from = 'import x from crelt';\n")
    assemble(installed, tmp_path / "web")
    assert (tmp_path / "web/lib/codemirror/view.js").read_text() == (
        "import { a,\n  b } from './state.js';\nexport * from './style-mod.js';\nimport \"./crelt.js\";\nconst from = 'import x from crelt';\n")
    view.write_text("import { x } from '@codemirror/collab';\n")
    done = subprocess.run([TOP / "tools/web/assemble.py", installed, tmp_path / "other"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "lib/codemirror/view.js imports @codemirror/collab, which tools/web/libraries does not name" in done.stderr


def test_what_is_right_is_left_alone_and_what_is_old_goes(installed, tmp_path):
    web = tmp_path / "web"
    before = assemble(installed, web)
    old = os.stat(web / "lib/swagger-ui.js").st_ino
    (web / "gone").mkdir()
    (web / "gone/old.js").write_text("old")
    (web / "lib/swagger-ui.css").write_text("changed")
    assert assemble(installed, web) == before and not (web / "gone").exists()
    assert os.stat(web / "lib/swagger-ui.js").st_ino == old
    assert (web / "lib/swagger-ui.css").read_text() != "changed"


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_a_lock_holds_digests_and_no_addresses(lock):
    packages = json.loads((TOP / lock).read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_there_are_locks():
    assert Path("tools/web/package-lock.json") in LOCKS
