"""No parameter shows a secret, wherever it is printed, told or logged. The parameters are those that `lectern config` prints, so a new one is covered."""
import re
from pathlib import Path

import pytest

from admin import Operator, Refused
from client import Api, Connection, SseReader
from launch import HOST, Cluster, Database, binary, outside_server, own_port, run

SECRET = "hush5c4rlet"
LONG = SECRET * 4 + "-and-More_of.it"
FORMS = {
    "url": f"http://u:{SECRET}@127.0.0.1:1/a?key={SECRET}#{SECRET}",
    "https": f"https://{SECRET}@h.example/a?%6bey={SECRET}",
    "proxy": f"u:{SECRET}@127.0.0.1:1",
    "database": f"postgresql://u:{SECRET}@h/d?sslpassword={SECRET}&%70assword={SECRET}",
    "driver": f"postgresql+asyncpg://u:{SECRET}@h/d?ssl=require",
    "torn": f"postgresql://u:x@{SECRET}/{SECRET}?{SECRET}#{SECRET}@h/d",
    "broken": f"postgresql://u:%{SECRET}@[h/{SECRET}",
    "keywords": f"host=h password = {SECRET} sslpassword={SECRET}",
    "quoted": f"host=h password='{SECRET} {SECRET}",
    "account": f'{{"private_key":"{SECRET}"}}',
}
# Their values are files of this machine, which a server that starts with them would make.
FILES = {"config", "data", "admin-socket", "viewer-socket", "audio-dir", "console", "listen"}


class Row:
    """What `lectern config` says of one parameter."""

    def __init__(self, text):
        self.flag, self.env = re.match(r"--(\S+)", text)[1], re.search(r"environment +(\S+)", text)[1]
        self.range, self.secret = re.search(r"range +(.*)", text)[1], "(set)" in text or "(not set)" in text
        self.free = "characters" in self.range and not self.secret
        self.most = int(self.range.split()[2]) if self.free else 1000


def lectern(*words, folder, **environment):
    done = run(binary(), *words, cwd=folder, env={"PATH": "/usr/bin:/bin", **environment})
    return done.returncode, done.stdout + done.stderr


def rows():
    _, text = lectern("config", folder="/")
    return [Row("--" + part) for part in re.split(r"(?m)^--", text)[1:]]


@pytest.fixture(scope="module")
def table():
    found = rows()
    assert len(found) > 70 and sum(row.secret for row in found) >= 4
    return found


def given(table, form):
    """Every parameter that can hold a text holds the secret, as far as it has room."""
    return {row.env: LONG if row.secret else FORMS[form] for row in table
            if (row.secret or row.free) and row.flag != "config" and len(FORMS[form]) <= row.most}


def hidden(text):
    assert "hush" not in text and SECRET not in text, text[max(0, text.find("hush") - 300): text.find("hush") + 100]
    return text


@pytest.mark.parametrize("form", FORMS)
def test_the_table_shows_none(tmp_path, table, form):
    environment = given(table, form)
    code, text = lectern("config", folder=tmp_path, **environment)
    assert code == 0 and hidden(text).count("***") >= len(environment) - sum(row.secret for row in table), "every one has something to hide"
    lines = "".join(f"{name}={value}\n" for name, value in environment.items())
    if form != "url":  # in a file # begins a comment
        (tmp_path / "a.conf").write_text(lines)
        hidden(lectern("config", "--config", "a.conf", folder=tmp_path)[1])


@pytest.mark.parametrize("form", FORMS)
def test_what_is_wrong_shows_none(tmp_path, table, form):
    """All at once, then each by itself: those that are looked at first would hide the others."""
    hidden(lectern("config", "check", "--dev", folder=tmp_path, **given(table, form))[1])
    for row in table:
        if row.free and row.flag != "config":
            hidden(lectern("config", "check", "--dev", f"--{row.flag}={FORMS[form]}", folder=tmp_path)[1])


def test_numbers_and_words_that_are_none_show_none(tmp_path, table):
    for at, row in enumerate(row for row in table if not row.free and not row.secret):
        value = list(FORMS.values())[at % len(FORMS)]
        code, text = lectern("config", folder=tmp_path, **{row.env: value}) if at % 2 else lectern("config", f"--{row.flag}={value}", folder=tmp_path)
        assert code == 2 and row.env in text or row.flag in text
        hidden(text)


@pytest.mark.parametrize("form", FORMS)
def test_arguments_that_are_none_show_none(tmp_path, form):
    for words in (["serve", FORMS[form]], ["serve", f"--database-urll={FORMS[form]}"], [FORMS[form]], ["config", "check", f"--{FORMS[form]}"],
                  ["migrate", "status", FORMS[form]], ["role", "list", "--database-url", FORMS[form]], ["serve", "--config", FORMS[form]]):
        code, text = lectern(*words, folder=tmp_path, JWT_SECRET=LONG)
        assert code and hidden(text)


@pytest.mark.parametrize("url", [
    f"postgresql://u:{SECRET}@127.0.0.1:1/x", f"postgresql://u:x@{SECRET}@127.0.0.1/x", f"postgresql://u:{SECRET}/x@127.0.0.1/x",
    f"postgresql://u:x@[{SECRET}/x", f"postgresql://127.0.0.1:1/x?password={SECRET}&nonsense={SECRET}", f"host=127.0.0.1 port=1 password={SECRET}",
    f"host=127.0.0.1 password={SECRET} {SECRET}", f"postgresql://u:p%{SECRET}@127.0.0.1/x", f"postgresql://u:{SECRET}@127.0.0.1:{SECRET}/x"])
def test_databases_that_cannot_be_reached_show_none(tmp_path, url):
    for words in (["serve", "--data", f"{tmp_path}/d"], ["migrate", "status"], ["role", "list"]):
        code, text = lectern(*words, folder=tmp_path, JWT_SECRET=LONG, DATABASE_URL=url)
        assert code and "database" in hidden(text)


@pytest.fixture(scope="module")
def told(table, tmp_path_factory):
    """A server that has a secret in every parameter in which it can start with one: by flag, so that they are arguments of its process too."""
    folder, cluster = tmp_path_factory.mktemp("told"), Cluster()
    url = cluster.url().replace("lectern@", f"lectern:{SECRET}@")
    # A flag's name as it stands may be a word of examples, which is no secret.
    flags = {row.flag: row.flag[::-1] + LONG for row in table if row.secret} | {"database-url": url}
    flags["teacher-registration"] = "code:" + flags["teacher-registration"]
    for row in table:
        for value in FORMS.values():
            if row.free and row.flag not in FILES | set(flags) and not lectern("config", "check", "--dev", f"--{row.flag}={value}", folder=folder)[0]:
                flags[row.flag] = value
    assert "outbound-proxy" in flags and len(flags) > 5
    # What only a database or the machine can judge, and what everybody is told.
    flags = {name: value for name, value in flags.items() if name not in ("courses-day-zone", "web-dir", "viewer-group", "root-path", "user")}
    server = outside_server(cluster, *[f"--{name}={value}" for name, value in flags.items()], "--viewer-socket", f"{folder}/viewers.sock",
                            "--console", f"{HOST}:0", "--log-level", "debug")
    server.environment = {}
    try:
        yield server.start(), flags, f"{folder}/viewers.sock", cluster
        server.stop()
    finally:
        server.remove()
        cluster.remove()


def test_a_running_server_shows_none(told):
    server, flags, viewers, cluster = told
    for socket in ([], ["--admin-socket", viewers]):
        for words in (["config", "get"], ["config", "diff"], ["config", "get", "database-url"], ["info"]):
            for form in ("--json", "--csv", "--json"):
                hidden(server.admin(*socket, *words, form).stdout)
    named = {row["name"]: row for row in Operator(server, "--admin-socket", viewers)("config", "get")}
    assert "host=" in named["database-url"]["value"] and "password=***" in named["database-url"]["value"]
    assert all("***" in str(named[name]["value"]) or named[name]["value"] == "(set)" for name in flags), {n: named[n]["value"] for n in flags}


def test_what_operators_want_to_change_shows_none(told, table):
    server, _, _, cluster = told
    operator = Operator(server)
    for row in table:
        for value in FORMS.values() if row.free else (FORMS["url"], LONG) if row.secret else (FORMS["url"],):
            with pytest.raises(Refused) as refused:
                operator("config", "set", row.flag, value)
            hidden(str(refused.value))
    with pytest.raises(Refused):
        operator("config", "set", "jwt-secrett", LONG)
    hidden(str(operator("audit")))


def test_pages_and_the_log_show_none(told):
    server, _, _, cluster = told
    hidden(server.api.get("/metrics", headers={"Authorization": f"Bearer metrics-token{LONG}"}).body.decode())
    for path in ("/health", "/readyz", "/livez", "/openapi.json"):
        hidden(server.api.get(path).body.decode())
    host, port = Operator(server)("info")["console"].rsplit(":", 1)
    with Connection(host, int(port)) as connection:
        connection.send(f"GET /console/events HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        reader, frames = SseReader(), []
        while not frames:
            frames += reader.feed(connection.socket.recv(65536))
        hidden(str(frames))
    hidden(cluster.database.text("select coalesce(string_agg(a::text, ' '), '') from operations.audit a"))
    hidden(server.stderr())


def test_the_process_shows_none(told):
    server, flags, _, _ = told
    words = Path(f"/proc/{server.process.pid}/cmdline").read_text()
    assert "--database-url=" in words and "--jwt-secret=" in words and "***" in hidden(words)
