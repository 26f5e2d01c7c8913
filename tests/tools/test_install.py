"""tools/install: asks for what is missing and nothing else, with programs of our own in place of dpkg, apt and sudo."""
import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
STANDS_IN = {
    "dpkg-query": '#!/bin/bash\nfor last; do :; done\ngrep -qx -- "$last" "$FAKE/installed" && echo -n "install ok installed"\n',
    "apt-get": '#!/bin/bash\necho "apt-get $DEBIAN_FRONTEND $*" >>"$FAKE/calls"\n[ ! -e "$FAKE/broken" ]\n',
    "sudo": '#!/bin/bash\necho sudo >>"$FAKE/calls"\nexec "$@"\n',
    "id": '#!/bin/bash\ncat "$FAKE/uid"\n',
    "mkdir": "#!/bin/bash\n:\n",
    "tee": '#!/bin/bash\ncat >"$FAKE/rule"\n',
}


def lines():
    return [line.split("#")[0].split() for line in (TOP / "tools/packages").read_text().splitlines() if line.split("#")[0].strip()]


def wanted():
    return [words[0] for words in lines() if words[0][0] != "["]


@pytest.fixture
def machine(tmp_path):
    """A folder of stand-ins before the PATH; machine(missing, uid) runs the script there."""
    for name, text in STANDS_IN.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def run(missing=(), uid=0, without=(), part=(), commands=()):
        for name in without:
            (tmp_path / name).unlink()
        for name in commands:
            (tmp_path / name).symlink_to("/bin/true")
        (tmp_path / "installed").write_text("\n".join(set(wanted()) - set(missing)) + "\n")
        (tmp_path / "uid").write_text(f"{uid}\n")
        basics = tmp_path / "basics"
        if not basics.is_dir():
            basics.mkdir()
            for name in ("bash", "dirname", "sed", "grep", "cat", "env"):
                (basics / name).symlink_to(f"/usr/bin/{name}" if os.path.exists(f"/usr/bin/{name}") else f"/bin/{name}")
        done = subprocess.run(["/bin/bash", str(TOP / "tools/install"), *part], env={"PATH": f"{tmp_path}:{basics}", "FAKE": str(tmp_path)},
                              capture_output=True, text=True, check=False)
        calls = (tmp_path / "calls").read_text().splitlines() if (tmp_path / "calls").exists() else []
        return done, calls

    run.folder = tmp_path
    return run


def test_nothing_is_said_when_nothing_is_missing(machine):
    done, calls = machine()
    assert (done.returncode, done.stdout, done.stderr, calls) == (0, "", "", [])


def test_only_the_missing_is_installed(machine):
    done, calls = machine(missing=["ninja-build", "curl"])
    assert done.returncode == 0, done.stderr
    assert len(calls) == 2 and calls[0].endswith("update")
    assert calls[1].startswith("apt-get noninteractive ") and calls[1].endswith("install --no-install-recommends ninja-build curl")
    assert "ninja-build curl" in done.stdout


def test_what_only_tests_need_is_left_to_them(machine):
    done, calls = machine(missing=["libcmocka-dev"])
    assert (done.returncode, done.stdout, calls) == (0, "", [])
    done, calls = machine(missing=["libcmocka-dev"], part=["tests"])
    assert done.returncode == 0 and calls[1].endswith("--no-install-recommends libcmocka-dev")


def test_who_has_the_command_keeps_it(machine):
    done, calls = machine(missing=["npm"])
    assert done.returncode == 0 and calls[1].endswith(" npm")
    (machine.folder / "calls").unlink()
    done, calls = machine(missing=["npm", "curl"], commands=["npm"])
    assert done.returncode == 0 and calls[1].endswith("--no-install-recommends curl")


def test_a_user_needs_sudo_only_to_install(machine):
    done, calls = machine(uid=1000)
    assert done.returncode == 0 and calls == []
    done, calls = machine(missing=["curl"], uid=1000)
    assert done.returncode == 0 and calls.count("sudo") == 2


def test_a_user_without_sudo_is_told(machine):
    done, calls = machine(missing=["curl"], uid=1000, without=["sudo"])
    assert done.returncode != 0 and calls == []
    assert done.stderr.strip() == "tools/install: these packages are missing and there is no sudo to install them: curl"


def test_a_broken_apt_is_told(machine):
    (machine.folder / "broken").touch()
    done, _ = machine(missing=["curl"])
    assert done.returncode != 0
    assert done.stderr.strip().startswith("tools/install: apt-get could not install these packages (is there a network")
    assert done.stderr.strip().endswith(": curl")


@pytest.mark.skipif(os.path.exists("/etc/postgresql-common/createcluster.conf"), reason="the machine has a rule already")
def test_the_postgresql_package_makes_no_cluster(machine):
    machine(missing=["postgresql"])
    assert (machine.folder / "rule").read_text() == "create_main_cluster = false\n"


def test_every_package_is_named_once():
    assert len(wanted()) == len(set(wanted())) and "postgresql" in wanted()


def test_every_line_is_a_package_and_perhaps_a_command_instead():
    for words in lines():
        assert len(words) == 1 or (len(words) == 3 and words[1] == "unless"), words
