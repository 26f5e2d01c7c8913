"""The command line as an operator uses it: help, version, config, migrate, admin."""
import json

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
