"""Nothing of others is trusted and nothing is given to others: data folder, lock, secret, database and audio folder of somebody else, links, pipes,
files of two names, and modes that let others in are refused with a sentence. And root, where it can, serves as somebody else, for good.

Root's halves run as root only; the halves of anybody run as the user nobody then.
"""
import glob
import os
import pwd
import re
import secrets
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

import sounds
from classroom import Room, ok
from client import file_form
from launch import Server, binary, outside_server, own_port, run, short_folder

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="needs root")
OTHER = pwd.getpwnam("nobody")
DATABASE = "postgresql://nobody@127.0.0.1:1/x"


@pytest.fixture
def place():
    folder = Path(short_folder())
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def command(place):
    """The command where everybody can reach it."""
    copy = place / "bin"
    copy.mkdir()
    shutil.copy(binary(), copy / "lectern")
    return copy / "lectern"


def serve(data, *flags, command=None, user=None, **environment):
    """What a start says that is refused before it comes to its database, or for that."""
    words = [command or binary(), "serve", "--dev", "--data", data, "--listen", f"127.0.0.1:{own_port()}", "--workers", 1, *flags]
    before = ["runuser", "-u", user, "--"] if user else []
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DATABASE_URL": DATABASE, "ASAN_OPTIONS": "detect_leaks=0", **environment}
    done = run(*before, *words, env=env, cwd="/tmp")
    assert done.returncode == 1, done
    return done.stderr.strip().splitlines()[-1]


def comes_to_its_database(said):
    return "connect" in said or "127.0.0.1" in said


def fresh(path, mode=0o711, owner=None):
    path.mkdir()
    path.chmod(mode)
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return path


# --- the data folder


def test_a_folder_of_ones_own_is_good(place):
    assert comes_to_its_database(serve(fresh(place / "d")))
    assert comes_to_its_database(serve(place / "new/and/deep"))
    assert stat.S_IMODE((place / "new/and/deep").stat().st_mode) == 0o711


@pytest.mark.parametrize("end", ["", "/", "//", "/.", "/./"])
def test_a_link_is_refused_even_if_it_is_ones_own(place, end):
    fresh(place / "real")
    (place / "link").symlink_to(place / "real")
    said = serve(f"{place}/link{end}")
    assert "is a symbolic link; give the folder itself" in said and "/link" in said
    assert list((place / "real").iterdir()) == []


def test_a_link_to_nowhere_is_not_filled(place):
    (place / "link").symlink_to(place / "nowhere")
    assert "is a symbolic link" in serve(place / "link")
    assert not (place / "nowhere").exists()


def test_what_is_no_folder_is_refused(place):
    (place / "file").write_text("")
    assert "is no folder" in serve(place / "file")
    os.mkfifo(place / "pipe")
    assert "is no folder" in serve(place / "pipe")
    assert "Not a directory" in serve(place / "file/below")


def test_the_check_of_a_configuration_says_so_too(place):
    def said(name, value):
        done = run(binary(), "config", "check", "--dev", f"--{name}", value, env={"PATH": "/usr/bin:/bin"}, cwd=place)
        return done.stderr if done.returncode else ""
    fresh(place / "real")
    (place / "link").symlink_to(place / "real")
    for name in ("data", "audio-dir"):
        assert said(name, place / "real") == said(name, place / "new") == ""
        assert "is a symbolic link" in said(name, place / "link")
        assert "can be written by others" in said(name, "/tmp")


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o772, 0o720])
def test_a_folder_that_others_write_is_refused(place, mode):
    said = serve(fresh(place / "d", mode))
    assert f"can be written by others (mode {mode:04o})" in said and "chmod go-w" in said
    assert list((place / "d").iterdir()) == []


@as_root
def test_a_folder_of_others_is_refused(place):
    said = serve(fresh(place / "d", owner=OTHER))
    assert "belongs to nobody, not to " in said and "chown" in said
    assert list((place / "d").iterdir()) == []


@as_root
def test_roots_folder_is_refused_to_others(place, command):
    assert "belongs to root, not to nobody" in serve(fresh(place / "d", 0o755), command=command, user="nobody")


# --- files in it


@pytest.fixture
def data(place):
    return fresh(place / "d")


FILES = ["serve.lock", "jwt_secret"]
TEXT = secrets.token_hex(32) + "\n"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("to", ["there", "nowhere"])
def test_a_file_that_is_a_link_is_refused(place, data, name, to):
    (place / "there").write_text(TEXT)
    (data / name).symlink_to(place / to)
    said = serve(data)
    assert f"{name} is a symbolic link" in said
    assert (place / "there").read_text() == TEXT and not (place / "nowhere").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_two_names_is_refused(place, data, name):
    (place / "there").write_text(TEXT)
    (place / "there").chmod(0o600)
    os.link(place / "there", data / name)
    assert f"{name} is also a file of another name (a hard link)" in serve(data)
    assert (place / "there").read_text() == TEXT


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_and_waited_for_by_nobody(data, name, make):
    make(data / name)
    assert f"{name} is no regular file" in serve(data)


@as_root
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_others_is_refused(data, name):
    (data / name).write_text(TEXT)
    os.chown(data / name, OTHER.pw_uid, OTHER.pw_gid)
    assert f"{name} belongs to nobody, not to root" in serve(data)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666, 0o602])
def test_a_secret_that_others_read_is_refused(data, mode):
    (data / "jwt_secret").write_text(TEXT)
    (data / "jwt_secret").chmod(mode)
    said = serve(data)
    assert f"others (mode {mode:04o})" in said and "chmod go-" in said and TEXT.strip() not in said


@pytest.mark.parametrize("text, says", [("", "jwt_secret is empty"), ("\n", "jwt_secret is empty"), ("short\n", "JWT_SECRET has 5 bytes"),
                                        ("x" * 64, "JWT_SECRET has hardly any different bytes")])
def test_a_kept_secret_is_as_good_as_a_given_one(data, text, says):
    (data / "jwt_secret").write_text(text)
    (data / "jwt_secret").chmod(0o600)
    assert says in serve(data)


def test_a_lock_that_others_write_is_refused(data):
    (data / "serve.lock").write_text("")
    (data / "serve.lock").chmod(0o666)
    assert "serve.lock can be written by others" in serve(data)


def test_a_leftover_of_a_start_that_died_is_replaced(place, data):
    (data / "jwt_secret.new").symlink_to(place / "nowhere")
    assert comes_to_its_database(serve(data))
    assert len((data / "jwt_secret").read_text()) == 65 and not (place / "nowhere").exists()
    assert stat.S_IMODE((data / "jwt_secret").stat().st_mode) == 0o600


# --- audio


def test_the_audio_folder_is_held_to_the_same(cluster, place):
    def said(folder):
        with pytest.raises(AssertionError) as refusal:
            outside_server(cluster, "--audio-dir", folder, workers=1).start()
        return str(refusal.value)
    fresh(place / "real")
    (place / "link").symlink_to(place / "real")
    assert "link/ is a symbolic link" in said(f"{place}/link/")
    assert "can be written by others" in said(fresh(place / "open", 0o777))
    if ROOT:
        assert "belongs to nobody" in said(fresh(place / "others", owner=OTHER))


# --- the private database


def dev(data, command=None, **more):
    server = Server(workers=1, **more)
    server.data = str(data)
    return server


def refused_to_start(data, environment=None):
    server = dev(data, environment=environment or {"JWT_SECRET": TEXT.strip()})
    try:
        with pytest.raises(AssertionError) as refusal:
            server.start()
        return str(refusal.value)
    finally:
        server.remove()


def owner_and_mode(path):
    found = os.lstat(path)
    return found.st_uid, found.st_gid, found.st_mode


@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_a_database_link_to_a_folder_that_is_no_databases_gives_nothing_away(place, data, mode):
    target = fresh(place / "precious", mode)
    if not ROOT:
        target.chmod(0o777)
    (data / "postgres").symlink_to(target)
    before = owner_and_mode(target)
    assert "postgres leads to no folder that is only the database's user's" in refused_to_start(data)
    assert owner_and_mode(target) == before and list(target.iterdir()) == []


@as_root
def test_a_database_link_of_others_is_refused(place, data):
    target = fresh(place / "theirs", 0o700, owner=pwd.getpwnam("postgres"))
    (data / "postgres").symlink_to(target)
    os.chown(data / "postgres", OTHER.pw_uid, OTHER.pw_gid, follow_symlinks=False)
    assert "postgres belongs to nobody, and nothing of others is trusted" in refused_to_start(data)
    assert list(target.iterdir()) == []


@as_root
def test_a_database_folder_of_others_is_refused(data):
    fresh(data / "postgres", 0o700, owner=OTHER)
    assert "postgres belongs to nobody" in refused_to_start(data)
    assert os.lstat(data / "postgres").st_uid == OTHER.pw_uid


@pytest.mark.parametrize("make", [os.mkfifo, Path.touch])
def test_a_database_that_is_no_folder_is_refused(data, make):
    make(data / "postgres")
    assert "postgres is no folder" in refused_to_start(data)


@as_root
@pytest.mark.parametrize("name", ["log", "lectern.lock"])
@pytest.mark.parametrize("kind", ["symlink", "link"])
def test_a_file_of_roots_in_the_databases_folder_stays_roots(place, data, name, kind):
    """Whoever is the database's user may put there what they like."""
    theirs = pwd.getpwnam("postgres")
    base = fresh(data / "postgres", 0o700, owner=theirs)
    precious = place / "precious"
    precious.write_text("precious\n")
    precious.chmod(0o600)
    before = owner_and_mode(precious)
    getattr(os, kind)(precious, base / name)
    said = refused_to_start(data)
    assert f"{name} is a symbolic link" in said or f"{name} is also a file of another name" in said, said
    assert precious.read_text() == "precious\n" and owner_and_mode(precious) == before


@as_root
def test_the_socket_folder_is_not_given_through_a_link(place, data):
    base = fresh(data / "postgres", 0o700, owner=pwd.getpwnam("postgres"))
    precious = fresh(place / "precious", 0o755)
    before = owner_and_mode(precious)
    (base / "socket").symlink_to(precious)
    server = dev(data)
    try:
        server.start()
        assert owner_and_mode(precious) == before and list(precious.iterdir()) == []
        assert (base / "socket").is_dir() and not (base / "socket").is_symlink()
        server.stop()
    finally:
        server.remove()


@as_root
def test_pipes_in_the_databases_folder_hold_nobody_up(data):
    theirs = pwd.getpwnam("postgres")
    base = fresh(data / "postgres", 0o700, owner=theirs)
    cluster = fresh(base / "cluster", 0o700, owner=theirs)
    for name in ("PG_VERSION", "postmaster.pid"):
        os.mkfifo(cluster / name)
        os.chown(cluster / name, theirs.pw_uid, theirs.pw_gid)
    said = serve(data, DATABASE_URL="")
    assert "the private database does not start" in said, said


@as_root
def test_what_an_earlier_root_has_left_is_taken_up(data):
    """Data folder, lock and secret of root's, its database of postgres: as ever."""
    server = dev(data)
    try:
        server.start()
        secret = (data / "jwt_secret").read_text()
        room = Room(server.api)
        server.stop()
        assert os.stat(data / "postgres").st_uid == pwd.getpwnam("postgres").pw_uid
        server.start()
        assert (data / "jwt_secret").read_text() == secret
        assert ok(server.api.get("/sessions/active", room.teacher))
        assert "serving as root" in server.stderr()
        server.stop()
    finally:
        server.remove()


@as_root
def test_root_asks_no_database_of_others(place):
    """Commands beside a server find its database by the data folder."""
    theirs = fresh(place / "theirs", owner=OTHER)
    done = run(binary(), "role", "list", "--data", theirs)
    assert done.returncode == 1 and "belongs to nobody" in done.stderr
    done = run(binary(), "role", "list", "--data", fresh(place / "own"))
    assert done.returncode == 1 and "no private database runs in" in done.stderr


# --- as whom root serves


@pytest.fixture(scope="module")
def account():
    """A user who may do nothing in particular, with a group of its own and one more."""
    name, group = f"lt{os.getpid()}", f"lg{os.getpid()}"
    run("groupadd", group)
    made = run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "-G", group, name)
    assert made.returncode == 0, made
    yield pwd.getpwnam(name)
    run("userdel", name)
    run("groupdel", group)


def facts(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return {name: re.search(rf"^{name}:\s*(.*)$", text, re.MULTILINE)[1].split() for name in
            ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs")}


def has_become(pid, user):
    found = facts(pid)
    assert found["Uid"] == [str(user.pw_uid)] * 4 and found["Gid"] == [str(user.pw_gid)] * 4
    assert sorted(map(int, found["Groups"])) == sorted(os.getgrouplist(user.pw_name, user.pw_gid))
    assert all(int(found[name][0], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"))
    assert found["NoNewPrivs"] == ["1"]
    for task in Path(f"/proc/{pid}/task").iterdir():
        assert facts(f"{pid}/task/{task.name}") == found, "no thread has more"


@as_root
def test_root_serves_as_another(account, command, monkeypatch):
    monkeypatch.setenv("LECTERN_BIN", str(command))
    server = Server("--user", account.pw_name)
    os.chmod(server.folder, 0o755)
    try:
        server.start()
        pid = server.process.pid
        has_become(pid, account)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert children and all(facts(child)["Uid"] == [str(account.pw_uid)] * 4 for child in children), "its database too"
        for path in [server.data, *glob.glob(f"{server.data}/**", recursive=True)]:
            assert os.lstat(path).st_uid == account.pw_uid, path
        room = Room(server.api)
        kind, body = file_form({"title": "a song"}, "file", "song.wav", "audio/wav", sounds.wav(2.0))
        ok(server.api.post("/audio/upload", room.teacher, body=body, content_type=kind))
        assert ok(server.api.get("/audio/list", room.teacher))[0]["duration"] == 2.0, "its decoder runs as it, too"
        server.stop()
        server.start()
        has_become(server.process.pid, account)
        assert ok(server.api.get("/sessions/active", room.teacher))
        server.stop()
    finally:
        server.remove()


@as_root
def test_root_opens_a_low_port_first(account, command, cluster, monkeypatch):
    low = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if low < 2:
        pytest.skip("every port is anybody's here")
    monkeypatch.setenv("LECTERN_BIN", str(command))
    server = outside_server(cluster, "--user", account.pw_name, "--console", f"127.0.0.1:{own_port()}")
    server.port = server.api.port = next(port for port in range(low - 1, 1, -1) if taken_by_nobody(port))
    try:
        server.start()
        has_become(server.process.pid, account)
        assert ok(server.api.get("/health"))["status"]
        assert os.stat(f"/proc/{server.process.pid}/fd").st_uid == 0, "nobody of the same user looks into its memory"
        server.stop()
    finally:
        server.remove()


def taken_by_nobody(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@as_root
def test_what_cannot_be_served_as_another_is_told(account, place, command, data):
    name = account.pw_name
    assert f"cannot serve as the user {name}: the data folder belongs to root; give it away" in serve(data, "--user", name, command=command)
    assert os.stat(data).st_uid == 0
    assert "there is no user nowhere-to-be-found here" in serve(data, "--user", "nowhere-to-be-found", command=command)
    assert "belongs to nobody" in serve(fresh(place / "theirs", owner=OTHER), "--user", name, command=command)
    (place / "shut").mkdir(mode=0o700)
    assert "it cannot reach the data folder or the command" in serve(place / "shut/d", "--user", name, command=command)
    assert comes_to_its_database(serve(data, "--user", "root", command=command))


@as_root
def test_only_root_becomes_another(place, command):
    home = fresh(place / "theirs", owner=OTHER)
    assert "only root serves as another user" in serve(home, "--user", "postgres", command=command, user="nobody")
    assert comes_to_its_database(serve(home, "--user", "nobody", command=command, user="nobody"))


LECTERN_UID = 64123


@pytest.fixture
def known(place, command):
    """The command where the machine has a user lectern, which no other program sees."""
    if run("unshare", "--mount", "true").returncode:
        pytest.skip("no namespace of one's own can be had here")
    for name, line in (("passwd", f"lectern:x:{LECTERN_UID}:{LECTERN_UID}::/nonexistent:/usr/sbin/nologin"), ("group", f"lectern:x:{LECTERN_UID}:")):
        others = [other for other in Path("/etc", name).read_text().splitlines() if not other.startswith("lectern:")]
        (place / name).write_text("\n".join([*others, line, ""]))
    script = place / "known"
    script.write_text(f"""#!/bin/sh
exec unshare --mount sh -c 'mount --bind {place}/passwd /etc/passwd && mount --bind {place}/group /etc/group && exec "$@"' sh {command} "$@"
""")
    script.chmod(0o755)
    return script


@as_root
def test_the_user_lectern_gets_what_is_new(place, known):
    """Without --user."""
    said = serve(place / "new", command=known)
    assert comes_to_its_database(said)
    assert os.stat(place / "new").st_uid == os.stat(place / "new/jwt_secret").st_uid == LECTERN_UID
    assert comes_to_its_database(serve(place / "new", command=known))
    assert comes_to_its_database(serve(fresh(place / "roots"), command=known))
    assert os.stat(place / "roots/jwt_secret").st_uid == os.stat(place / "roots").st_uid == 0, "what was root's stays root's"
    (place / "shut").mkdir(mode=0o700)
    assert comes_to_its_database(serve(place / "shut/d", command=known))
    assert os.stat(place / "shut/d").st_uid == 0, "what lectern cannot reach is served by root"


# --- the configuration file


def configured(place, *flags):
    return run(binary(), "config", *flags, env={"PATH": "/usr/bin:/bin"}, cwd=place)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o777])
@pytest.mark.parametrize("flags", [[], ["--config", ".env"]], ids=["found", "named"])
def test_a_configuration_that_others_write_is_refused(place, mode, flags):
    (place / ".env").write_text("LECTERN_WORKERS=3\n")
    (place / ".env").chmod(mode)
    done = configured(place, *flags)
    assert done.returncode == 2 and "others can write it; close it to them: chmod go-w" in done.stderr


@as_root
def test_a_configuration_of_others_counts_only_if_it_is_named(place):
    (place / ".env").write_text("LECTERN_WORKERS=3\n")
    os.chown(place / ".env", OTHER.pw_uid, OTHER.pw_gid)
    done = configured(place)
    assert done.returncode == 2 and ".env: it belongs to another user; name it with --config if it is meant" in done.stderr
    assert "3  (.env, line 1)" in configured(place, "--config", ".env").stdout


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_no_configuration(place, make):
    make(place / ".env")
    assert configured(place).returncode == 0


def test_a_named_pipe_is_read(place):
    done = subprocess.run(["bash", "-c", f"'{binary()}' config --config <(echo LECTERN_WORKERS=3)"], capture_output=True, text=True, timeout=60,
                          check=False, cwd=place)
    assert "3  (/dev/fd/" in done.stdout, done


@pytest.mark.parametrize("mode, told", [(0o644, True), (0o640, False), (0o600, False)])
def test_secrets_that_everybody_can_read_are_told(place, mode, told):
    (place / "own.conf").write_text(f"JWT_SECRET={secrets.token_hex(32)}\n")
    (place / "own.conf").chmod(mode)
    command = [binary(), "serve", "--dev", "--config", "own.conf", "--data", "d", "--listen", f"127.0.0.1:{own_port()}", "--database-url", DATABASE]
    done = run(*command, env={"PATH": "/usr/bin:/bin", "ASAN_OPTIONS": "detect_leaks=0"}, cwd=place)
    assert ("everybody on this machine can read the configuration file with its secrets" in done.stderr) == told, done.stderr
