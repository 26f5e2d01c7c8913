"""Attendance contract, section 3.2: the list of allowed addresses, as an operator keeps it with `lectern allow`."""
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from attendance import fresh
from classroom import Room, ok, refused
from client import Stream, wait_until
from launch import binary, run


@pytest.fixture
def allow(place):
    return lambda *words: run(binary(), "allow", *words, "--data", place.server.data)


@pytest.fixture
def imported(allow, tmp_path):
    def put(text):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return allow("import", path)
    return put


def listed(place, *emails):
    return [place.database.rows(f"select role, name from attendance.allowed_emails where email = '{email}'") for email in emails]


def address(word="ada"):
    return fresh(word) + "@example.org"


def test_an_address_is_let_in_changed_and_taken_off(place, allow):
    email = address("Ada")
    done = allow("add", f" {email} ", "teacher", "Dr. Ada")
    assert (done.returncode, done.stdout.split()) == (0, ["added", email.lower(), "teacher"]), done
    assert ok(place.sign_in(email))["user"]["role"] == "teacher"
    done = allow("add", email.upper(), "admin", "Ada L.")
    assert (done.returncode, done.stdout.split()) == (0, ["updated", email.lower(), "admin"]), done
    assert ok(place.sign_in(email, ...))["user"] | {"id": ""} == {"id": "", "email": email.lower(), "name": "Ada L.", "role": "admin"}
    assert [email.lower(), "admin", "Ada L."] in [line.split(None, 2) for line in allow("list").stdout.splitlines()]
    assert allow("del", email.upper()).returncode == 0
    refused(place.sign_in(email), 403, "Email not authorized")
    gone = allow("del", email)
    assert gone.returncode == 1 and "not on the list" in gone.stderr


def codes(place, token, path="/users/me"):
    return {place.api.get(path, token=token).status for _ in range(16)}  # over both workers


def out(place, token):
    wait_until(lambda: codes(place, token) == {401}, what="every worker to hear of it")


def test_who_is_taken_off_is_out_at_once(place, allow):
    """Role and tokens, in every area, and the streams opened with them; others stay."""
    who, other = place.person(), place.person()
    assert run(binary(), "role", "grant", place.user_id(who), "classroom", "student", "--data", place.server.data).returncode == 0
    room = Room(place.api)
    wait_until(lambda: codes(place, who.token, "/sessions/active") == {200}, what="the role")
    with Stream(place.api, room.id, token=who.token) as stream:
        stream.expect("connected", "session_state")
        assert codes(place, who.token) == codes(place, other.token) == {200}
        assert allow("del", who.email).returncode == 0
        assert stream.until("token_ended").data == {"type": "token_ended", "reason": "revoked"}
        stream.rest()
    out(place, who.token)
    assert codes(place, who.token, "/sessions/active") == {401} and codes(place, other.token) == {200}
    assert place.database.rows(f"select role from account.roles where user_id = {place.user_id(who)}") == []
    assert allow("add", who.email, "teacher").returncode == 0
    again = ok(place.sign_in(who.email))
    assert again["user"]["id"] == who.id and codes(place, again["token"]) == {200}
    assert codes(place, who.token) == {401}


def test_who_signs_in_while_being_taken_off(place, allow):
    """Nobody keeps a role or a token, whichever comes first."""
    for _ in range(3):
        who = place.person()
        with ThreadPoolExecutor(6) as pool:
            answers = [pool.submit(place.sign_in, who.email) for _ in range(4)]
            gone = pool.submit(allow, "del", who.email)
            answers += [pool.submit(place.sign_in, who.email) for _ in range(4)]
        assert gone.result().returncode == 0
        tokens = [answer.result().json()["token"] for answer in answers if answer.result().status == 200]
        for token in tokens:
            out(place, token)
        assert place.database.rows(f"select role from account.roles where user_id = {place.user_id(who)}") == []


def test_what_fails_ends_nothing(place, allow):
    who = place.person()
    assert allow("del", "nobody." + who.email).returncode == 1
    assert codes(place, who.token) == {200}


def test_an_address_without_a_name(place, allow):
    email = address()
    assert allow("add", email, "teacher").returncode == 0
    assert listed(place, email) == [[{"role": "teacher", "name": None}]]


def test_a_file(place, imported):
    one, two, three = address(), address(), address()
    done = imported(f'\ufeff{one},Ada,teacher\r\n"{two}","Lovelace, ""A""",admin\n\n{three.upper()} ,,teacher')
    assert done.returncode == 0, done
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["added", one, "teacher"], ["added", two, "admin"], ["added", three, "teacher"]]
    assert listed(place, one, two, three) == [[{"role": "teacher", "name": "Ada"}], [{"role": "admin", "name": 'Lovelace, "A"'}],
                                              [{"role": "teacher", "name": None}]]
    again = imported(f"role,email,name\nadmin,{one},Ada L.\n")
    assert [line.split() for line in again.stdout.splitlines()] == [["updated", one, "admin"]]
    assert listed(place, one, two) == [[{"role": "admin", "name": "Ada L."}], [{"role": "admin", "name": 'Lovelace, "A"'}]]


@pytest.mark.parametrize("bad, says", [
    ("x,Ada,teacher", "line 2"), ("{},Ada,student", "teacher or admin"), ("{},Ada", "teacher or admin"), ("{},Ada,teacher,more", "line 2"),
    ('"{},Ada,teacher', "line 2"), ("a b@x.org,Ada,teacher", "line 2"), ("@x.org,Ada,teacher", "line 2"), ("x@,Ada,teacher", "line 2"),
    ("{}," + "n" * 201 + ",teacher", "too long"), (b"z@x.org,\xff,teacher", "line 2 is not UTF-8"),
], ids=str)
def test_a_file_is_taken_whole_or_not_at_all(place, imported, bad, says):
    good = address()
    bad = bad if isinstance(bad, bytes) else bad.replace("{}", address()).encode()
    done = imported(f"{good},Ada,teacher\n".encode() + bad + f"\n{address()},Ada,teacher\n".encode())
    assert done.returncode == 1 and says in done.stderr and not done.stdout, done
    assert listed(place, good) == [[]]


HEAD = "email;name;role\r\n"
BEA = "bea@example.org", "Dr. Bea", "teacher"
CEM = "cem@example.org", "Cem; Dr., \"C\"", "admin"
LISTS = {
    "semicolons": HEAD + "bea@example.org;Dr. Bea;teacher\r\ncem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\r\n",
    "commas": "email,name,role\nbea@example.org,Dr. Bea,teacher\ncem@example.org,\"Cem; Dr., \"\"C\"\"\",admin",
    "tabs": "email\tname\trole\r\nbea@example.org\tDr. Bea\tteacher\r\ncem@example.org\t\"Cem; Dr., \"\"C\"\"\"\tadmin\r\n",
    "bars": "email|name|role\nbea@example.org|Dr. Bea|teacher\ncem@example.org|Cem; Dr., \"C\"|admin\n",
    "a byte order mark": "\ufeff" + HEAD + "bea@example.org;Dr. Bea;teacher\r\ncem@example.org;\"Cem; Dr., \"\"C\"\"\";admin",
    "capitals": "Email,NAME,Role\nBea@Example.org,Dr. Bea,Teacher\nCEM@EXAMPLE.ORG,\"Cem; Dr., \"\"C\"\"\",ADMIN\n",
    "other titles": "E-Mail address;Full name;Role:\nbea@example.org;Dr. Bea;teacher\ncem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\n",
    "further columns": "no;role;department;name;email;;\n1;teacher;Maths;Dr. Bea;bea@example.org;;\n2;admin;;\"Cem; Dr., \"\"C\"\"\";cem@example.org\n",
    "blanks": "email ; name;\u00a0role\n bea@example.org ;\tDr. Bea\u200b; teacher\ncem@example.org\u00a0; \"Cem; Dr., \"\"C\"\"\" ;\ufeffadmin \n",
    "old line ends": HEAD.replace("\r\n", "\r") + "bea@example.org;Dr. Bea;teacher\rcem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\r",
    "empty lines": "\r\n;;\r\n" + HEAD + ";;\r\nbea@example.org;Dr. Bea;teacher\r\n\r\n ; ;\r\n;;;;;;;\r\ncem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\r\n;;\r\n\r\n",
    "sep=": "sep=;\r\n" + HEAD + "bea@example.org;Dr. Bea;teacher\r\ncem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\r\n",
    "no names of columns": "bea@example.org;Dr. Bea;teacher\r\ncem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\r\n",
    "no names, trailing separators": "bea@example.org,Dr. Bea,teacher,,\ncem@example.org,\"Cem; Dr., \"\"C\"\"\",admin,,\n",
    "no names, a first name with commas": "cem@example.org;\"Cem; Dr., \"\"C\"\"\";admin\nbea@example.org;Dr. Bea;teacher\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("what", LISTS)
def test_lists_as_spreadsheets_save_them(place, imported, what, encoding):
    place.database.text("delete from attendance.allowed_emails where email in ('bea@example.org', 'cem@example.org')")
    text = LISTS[what]
    if encoding == "utf-16-be" and not text.startswith("\ufeff"):
        text = "\ufeff" + text
    done = imported(text.encode(encoding))
    assert done.returncode == 0, done
    assert sorted(line.split() for line in done.stdout.splitlines()) == [["added", email, role] for email, _, role in (BEA, CEM)]
    assert listed(place, BEA[0], CEM[0]) == [[{"role": role, "name": name}] for _, name, role in (BEA, CEM)]


@pytest.mark.parametrize("content, says", [
    (HEAD + "\r\nbea@example.org;Bea;teacher\r\nx;Bea;teacher\r\n", "x is not an e-mail address (line 4)"),
    (HEAD + "\n\nbea@example.org;Bea;pupil", "bea@example.org has no role: it must be teacher or admin (line 4)"),
    (HEAD + "bea@example.org;Bea\r\n", "has no role: it must be teacher or admin (line 2)"),
    ("email;name\nbea@example.org;Bea\n", 'line 1 names no column "role"'), ("\nname,role\nBea,teacher\n", 'line 2 names no column "email"'),
    (HEAD + "bea@example.org;Bea; the second;teacher\n", "line 2 has more values than there are columns"),
    (HEAD + "bea@example.org;\"Bea;teacher\r\n", "line 2 opens a quotation mark that is never closed"),
    (HEAD + "bea@example.org;\"Bea\" x;teacher\r\n", "line 2 has something behind a closing quotation mark"),
    (HEAD.encode() + "bea@example.org;Zoë;teacher".encode("cp1252"), 'line 2 is not UTF-8, but of a code page that nobody can tell; save the sheet as "CSV UTF-8"'),
    (HEAD.encode() + b"\r\n" + "bea@example.org;Śmiałek;teacher".encode("cp1250"), "line 3 is not UTF-8"),
    ("email,role\nbea@example.org,teacher".encode("utf-16-le"), "the file is not a text"), (b"PK\x03\x04\x14\x00\x06\x00", "the file is not a text"),
    (b"\xff\xfee\x00\x00\xd8", "not UTF-16"), (b"\xff\xfee", "not UTF-16"), ("email,role\nbea@example.org,teacher".encode("utf-32"), "not a text"),
], ids=str)
def test_what_is_wrong_with_a_list_is_said(place, imported, content, says):
    before = place.database.rows("select email, role, name from attendance.allowed_emails order by email")
    done = imported(content)
    assert done.returncode == 1 and says in done.stderr and "nothing was changed" in done.stderr and not done.stdout, done
    assert place.database.rows("select email, role, name from attendance.allowed_emails order by email") == before


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u200b", "\u2069", "\t"], ids=ascii)
def test_words_that_were_pasted(place, allow, blank):
    email = address()
    done = allow("add", blank + email + blank, blank + "Teacher" + blank, "Dr. Ada" + blank)
    assert (done.returncode, done.stdout.split()) == (0, ["added", email, "teacher"]), done
    assert listed(place, email) == [[{"role": "teacher", "name": "Dr. Ada"}]]
    who = place.person()
    number = place.user_id(who)
    for words in (("grant", f"{blank}{number}{blank}", f"courses{blank}", f"{blank}student"), ("revoke", f"{number}{blank}", f"{blank}courses")):
        assert run(binary(), "role", *words, "--data", place.server.data).returncode == 0, words
    assert allow("del", email + blank).returncode == 0
    assert listed(place, email) == [[]]
    assert allow("add", f"a{blank}b@example.org", "teacher").returncode == 1


def test_an_empty_file_changes_nothing(place, imported):
    before = place.database.one("select count(*) from attendance.allowed_emails")
    for text in ("", "\n\n", "email,name,role\n", "\ufeff", b"\xff\xfe", ";;\r\n;;", "sep=;\r\n"):
        done = imported(text)
        assert (done.returncode, done.stdout) == (0, "")
    assert place.database.one("select count(*) from attendance.allowed_emails") == before


@pytest.mark.parametrize("words, code, says", [
    (["add", "x", "teacher", "N"], 1, "not an e-mail"), (["add", "a@x.org", "student", "N"], 1, "teacher or admin"), (["add", "a@x.org"], 2, "say add"),
    (["import", "/nowhere/at/all.csv"], 1, "No such file"), (["import", "/tmp"], 1, "cannot be read"), ([], 2, "say add"), (["list", "x"], 2, "say add"),
], ids=str)
def test_mistakes(allow, words, code, says):
    done = allow(*words)
    assert done.returncode == code and says in done.stderr and not done.stdout, done


def test_without_a_running_database(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    done = run(binary(), "allow", "list", "--data", tmp_path, env=environment, cwd=tmp_path)
    assert done.returncode == 1 and "DATABASE_URL" in done.stderr, done
