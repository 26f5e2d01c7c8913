"""The command line as an operator uses it: help, version, config, migrate, admin."""
import json
import re

import pytest

from classroom import Room
from launch import binary, run

SUB_COMMANDS = ("serve", "migrate", "role", "allow", "config", "admin", "version")


def lectern(*words):
    return run(binary(), *words)


def test_help_names_every_sub_command():
    done = lectern("--help")
    assert done.returncode == 0
    for word in SUB_COMMANDS:
        assert word in done.stdout


@pytest.mark.parametrize("word", SUB_COMMANDS)
def test_every_sub_command_has_help(word):
    done = lectern(word, "--help")
    assert done.returncode == 0 and done.stdout.strip(), done


def test_version():
    done = lectern("version")
    assert done.returncode == 0 and any(character.isdigit() for character in done.stdout)


def test_config_lists_every_parameter_with_its_names():
    done = lectern("config")
    assert done.returncode == 0
    for name in ("listen", "DATABASE_URL", "JWT_SECRET", "room-ring", "LECTERN_SSE_KEEPALIVE", "bcrypt-cost"):
        assert name in done.stdout


@pytest.mark.parametrize("words", [["nonsense"], ["serve", "--no-such-option"], ["serve", "--dev", "--workers", "lots"],
                                   ["serve", "--dev", "--room-ring", "1"], ["serve", "--dev", "--identity", "none"],
                                   ["serve", "--dev", "stray"], ["migrate", "sideways"], ["admin"]], ids=" ".join)
def test_mistakes_get_one_clear_sentence(words):
    done = lectern(*words)
    assert done.returncode != 0
    assert 0 < len(done.stderr.strip().splitlines()) <= 12, done.stderr


def test_an_address_that_is_taken(server, start_server):
    with pytest.raises(AssertionError, match="(?i)address|in use|listen"):
        start_server("--listen", f"127.0.0.1:{server.port}")


def test_migrate_goes_up_and_down_and_up(cluster):
    def migrate(word):
        done = run(binary(), "migrate", word, "--database-url", cluster.url())
        assert done.returncode == 0, done.stderr
        return done.stdout

    tables = lambda: {row["t"] for row in cluster.database.rows(
        "select table_name as t from information_schema.tables where table_schema in ('classroom', 'account', 'attendance', 'courses')")}
    assert tables() == set()
    migrate("up")
    made = tables()
    assert made >= {"users", "sessions", "participants", "logs", "chat_messages"}
    migrate("up")
    assert migrate("status").strip()
    for _ in range(50):
        if not tables():
            break
        migrate("down")
    assert tables() == set()
    migrate("up")
    assert tables() == made


@pytest.mark.parametrize("words", [["info"], ["workers"], ["actors"]], ids=" ".join)
def test_admin(server, words):
    done = server.admin(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert server.admin(*words).stdout.strip()


def test_admin_shows_a_room(server, room):
    stream = room.stream(room.student())
    done = server.admin("actor", f"classroom/{room.id}", "--json")
    assert done.returncode == 0, done.stderr
    assert str(room.id) in done.stdout and json.loads(done.stdout)
    stream.close()


def test_admin_of_nobody(server):
    assert server.admin("actor", "classroom/2000000000").returncode != 0
    assert server.admin("nonsense").returncode != 0


def test_a_room_can_be_made_on_a_server_started_from_the_environment(start_server):
    server = start_server(environment={"LECTERN_ROOM_RING": "64", "LECTERN_LOG_FORMAT": "json"})
    Room(server.api)
    for line in server.stderr().splitlines():
        json.loads(line)


def check(tmp_path, *words, **environment):
    return run(binary(), "config", "check", *words, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", **environment})


def test_config_check_is_content(tmp_path):
    done = check(tmp_path, "--dev")
    assert done.returncode == 0 and done.stdout.strip() == "the configuration is good", done
    assert not list(tmp_path.iterdir()), "a check makes nothing"


FAULTS = {
    "data": ("--data", "/etc/passwd/x"), "audio-dir": ("--audio-dir", "/etc/passwd"), "web-dir": ("--web-dir", "/none"),
    "viewer-group": ("--viewer-group", "nobody-at-all"),
    "database-url": ("--database-url", "postgresql://u:hush@[h/x"), "hosts": ("--hosts", "nobody=h.example"),
    "outbound-ca": ("--outbound-ca", "/none.pem"), "firebase-key": ("--firebase-key", "/etc/passwd"),
    "fcm-url": ("--fcm-url", "http://nowhere.example"), "fcm-token-url": ("--fcm-token-url", "https://u:hush@nowhere.example"),
    "outbound-proxy": ("--outbound-proxy", "http://u:hush@proxy.example:3128"),
    "youtube-api-base-url": ("--youtube-api-base-url", "http://10.0.0.1/"), "cors-origins": ("--cors-origins", "https://a.example,b.example"),
    "trusted-proxies": ("--trusted-proxies", "localhost"), "courses-frontend-url": ("--courses-frontend-url", "http://"),
}


def test_config_check_names_every_fault_at_once(tmp_path):
    done = check(tmp_path, "--dev", *[word for words in FAULTS.values() for word in words])
    assert done.returncode == 1 and not done.stdout
    lines = done.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == [name for name in lines_of_table() if name in FAULTS], done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize("name", ["GOOGLE_JWKS_URL", "YOUTUBE_API_BASE_URL", "LECTERN_FCM_URL", "LECTERN_FCM_TOKEN_URL", "LECTERN_OUTBOUND_PROXY"])
@pytest.mark.parametrize("address", ["http://a.example/x", "http://127.0.0.1.evil.example", "ftp://127.0.0.1/x", "a.example:3128"])
def test_addresses_of_others_must_be_safe_at_start(tmp_path, name, address):
    done = run(binary(), "serve", "--dev", "--listen", "127.0.0.1:0", cwd=tmp_path, env={"PATH": "/usr/bin:/bin", name: address})
    assert done.returncode == 2 and name in done.stderr and "it must be" in done.stderr and "https" in done.stderr, done
    assert not (tmp_path / "data").exists() or not (tmp_path / "data" / "postgres").exists()
    for good in ("https://a.example/x", "http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost"):
        assert check(tmp_path, "--dev", **{name: good}).returncode == 0, good


def lines_of_table():
    """The parameters in the order in which `lectern config` prints them."""
    return re.findall("^--([a-z-]+)$", lectern("config").stdout, re.M)


def test_a_bad_value_says_where_it_came_from(tmp_path):
    (tmp_path / "a.conf").write_text("# one\nLECTERN_WORKERS=99\n")
    done = check(tmp_path, "--dev", "--config", "a.conf")
    assert done.returncode == 2
    assert "LECTERN_WORKERS is \"99\" (a.conf, line 2); it must be a whole number from 0 to 64" in done.stderr
    assert check(tmp_path, "--dev", "--config", "a.conf", LECTERN_WORKERS="2").returncode == 2, "a file is good or not"
    done = check(tmp_path, "--dev", LECTERN_WORKERS="99")
    assert "LECTERN_WORKERS is \"99\" (environment)" in done.stderr


def test_config_shows_where_each_value_came_from(tmp_path):
    (tmp_path / "a.conf").write_text("LECTERN_WORKERS=3\nLECTERN_ROOM_RING=20\nDATABASE_URL=postgresql://u:hush@h/x\nJWT_SECRET=hush\n")
    done = run(binary(), "config", "--room-ring=30", cwd=tmp_path,
               env={"PATH": "/usr/bin:/bin", "LECTERN_CONFIG": "a.conf", "LECTERN_BATCH_TURNS": "5"})
    for line in ("3  (a.conf, line 1)", "30  (flag)", "5  (environment)", "a.conf  (environment)", "(set)  (a.conf, line 4)"):
        assert f"in force     {line}\n" in done.stdout, line
    assert "hush" not in done.stdout


def test_the_empty_file_of_parameters_can_be_used(tmp_path):
    text = lectern("config", "file").stdout
    names = [line.split("=")[0].lstrip("#") for line in text.splitlines() if "=" in line and line.startswith("#") and line[1] != " "]
    assert "LECTERN_LISTEN" in names and "DATABASE_URL" in names and len(names) == len(set(names)) > 60
    (tmp_path / "a.conf").write_text("".join(line.lstrip("#") + "\n" for line in text.splitlines() if not line.startswith("# ")))
    assert check(tmp_path, "--dev", "--config", "a.conf").returncode == 0
