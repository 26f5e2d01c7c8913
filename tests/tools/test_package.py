"""What is installed: `cmake --install` into a root of its own runs from there; the manual page, the units and the Debian package are sound."""
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/api"))
from launch import Server, binary  # noqa: E402

BUILD = Path(binary()).parent
PAGES = (BUILD / "web").is_dir()


def do(*words, **more):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300, check=False, **more)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An installation with the prefix <root>/usr."""
    top = tmp_path_factory.mktemp("root")
    do("cmake", "--build", BUILD, "--target", "service")
    do("cmake", "--install", BUILD, "--prefix", top / "usr")
    return top


def test_the_installed_command_runs_from_where_it_is(root, monkeypatch):
    monkeypatch.setenv("LECTERN_BIN", str(root / "usr/bin/lectern"))
    server = Server()
    try:
        server.start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/") as page:
            assert page.status == 200 and (b"<script" in page.read()) == PAGES
        server.stop()
    finally:
        server.remove()


def test_its_configuration_is_found_and_read(root):
    shown = do(root / "usr/bin/lectern", "config", env={"PATH": "/usr/bin:/bin"}, cwd="/")
    assert f"file: {root}/etc/lectern/lectern.conf" in shown
    assert re.search(r"in force +/var/lib/lectern  \(.*lectern.conf, line \d+\)", shown)


def test_a_configuration_that_is_there_stays(root):
    own = root / "etc/lectern/lectern.conf"
    assert "\nTEACHER_REGISTRATION=closed\n" in own.read_text()
    before = own.read_text()
    own.write_text("LECTERN_WORKERS=3\n")
    do("cmake", "--install", BUILD, "--prefix", root / "usr")
    assert own.read_text() == "LECTERN_WORKERS=3\n"
    own.write_text(before)


def test_the_staged_installation_is_the_same(tmp_path):
    do("cmake", "--install", BUILD, "--prefix", "/usr", env={**os.environ, "DESTDIR": str(tmp_path)})
    assert "ExecStart=/usr/bin/lectern serve\n" in (tmp_path / "usr/lib/systemd/system/lectern.service").read_text()
    assert (tmp_path / "etc/lectern/lectern.conf").is_file() and not (tmp_path / "usr/etc").exists()


def test_the_manual_page(root):
    page = root / "usr/share/man/man1/lectern.1.gz"
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "MANWIDTH": "200", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0 and done.stderr == ""
    text = re.sub(r"\s+", " ", re.sub(".\b", "", done.stdout))
    commands = re.findall(r"^  (\w+) ", do(binary(), "help"), re.MULTILINE)
    flags = re.findall(r"^  (--[\w-]+) ", do(binary(), "serve", "--help"), re.MULTILINE)
    assert len(commands) > 8 and len(flags) > 60
    for word in [*commands, *flags, "DATABASE_URL", "drain [--batch N] [--every MS]", "config set NAME VALUE", "lectern.service"]:
        assert word in text, word


def test_the_units_are_sound(root):
    units = root / "usr/lib/systemd/system"
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", units / "lectern.service", units / "lectern.socket"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert not [line for line in done.stderr.splitlines() if "lectern" in line], done.stderr
    do("systemd-analyze", "security", "--offline=true", "--threshold=15", units / "lectern.service")


def test_the_unit_bounds_what_the_service_takes_and_reaches(root):
    unit = (root / "usr/lib/systemd/system/lectern.service").read_text()
    said = {name: value for name, value in re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE)}
    assert said["LimitCORE"] == "0" and said["MemoryMax"] == "75%" and int(said["TasksMax"]) >= 64 * 6
    assert {"link-local", "multicast", "fd00:ec2::254"} <= set(said["IPAddressDeny"].split())
    assert said["RestrictAddressFamilies"] == "AF_INET AF_INET6 AF_UNIX" and said["User"] == "lectern"


@pytest.fixture(scope="module")
def package(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    do("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
    return next(folder.glob("lectern_*.deb"))


def test_the_debian_package_says_what_it_needs(package):
    fields = {name: do("dpkg-deb", "-f", package, name).strip() for name in ("Package", "Version", "Depends", "Recommends")}
    assert fields["Package"] == "lectern" and fields["Version"] in do(binary(), "version")
    for one in ("adduser", "init-system-helpers", "libpq5", "libuv1", "libnng1", "libsystemd0", "libc6"):
        assert re.search(rf"(^|, ){one}\b", fields["Depends"]), one
    assert fields["Recommends"] == "postgresql"


def test_the_debian_package_holds_what_it_should(package):
    rows = [line.split(None, 5) for line in do("dpkg-deb", "-c", package).splitlines()]
    held = {row[5][1:]: row[0] for row in rows}
    for path in ("/usr/bin/lectern", "/usr/lib/systemd/system/lectern.service", "/usr/lib/systemd/system/lectern.socket",
                 "/usr/share/man/man1/lectern.1.gz", "/usr/share/lectern/lectern.conf", "/usr/share/doc/lectern/copyright",
                 "/usr/share/doc/lectern/README.Debian", "/usr/share/doc/lectern/changelog.gz"):
        assert path in held, path
    assert ("/usr/share/lectern/web/classroom/index.html" in held or any("/share/lectern/web/" in path for path in held)) == PAGES
    assert not any(path.startswith("/etc") for path in held), "the configuration is made when it is installed"
    assert all(row[1] == "root/root" for row in rows)
    assert all(mode == ("-rwxr-xr-x" if path.startswith("/usr/bin/") else "-rw-r--r--") for path, mode in held.items() if mode[0] == "-")


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_the_maintainer_scripts_can_be_read(package, tmp_path, name):
    do("dpkg-deb", "-e", package, tmp_path)
    script = tmp_path / name
    assert script.read_text().startswith("#!/bin/sh\n") and "\nset -e\n" in script.read_text()
    assert script.stat().st_mode & 0o777 == 0o755
    do("sh", "-n", script)
