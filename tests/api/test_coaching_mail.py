"""Coaching contract, section 9.3: invitations are mailed, against a stand-in for SendGrid that is strict about what it gets
(tests/outside/sendgrid.py), or written to the log. At least once with one id; after a success never again; the key stays hidden."""
import html
import re
import sys
import time
import uuid

import pytest

from client import wait_until
from coaching import account, new_email, relate
from launch import REPOSITORY, binary, run

sys.path.insert(0, str(REPOSITORY / "tests/outside"))
from sendgrid import (AWAY, BAD, BROKEN, CUT, FORBIDDEN, GARBAGE, HANG, TOO_LARGE, UNAUTHORIZED, Reply, SendGrid, limited)  # noqa: E402

OPTIONS = ("--outbox-backoff", 10, "--outbox-attempts", 4, "--mail-timeout", 2)
LINK = re.compile(r"http://localhost:3000/signup\?token=[A-Za-z0-9_-]{43}")


@pytest.fixture(scope="module")
def service():
    one = SendGrid()
    yield one
    one.close()


@pytest.fixture(scope="module")
def mailer(start_module_server, service):
    return start_mailer(start_module_server, service)


@pytest.fixture
def own_service():
    services = []

    def start():
        services.append(SendGrid())
        return services[-1]

    yield start
    for one in services:
        one.close()


def start_mailer(start, service, *options, **environment):
    environment = {"SENDGRID_API_KEY": service.key, "SENDGRID_BASE_URL": f"{service.url}/", **environment}
    return start(*OPTIONS, *options, environment=environment)


def invite(server, who, relationship, email, message=None, then=None):
    """An invitation and its mail in the outbox, as the area writes them; `then`: what happens to it before the mail can go. Its id."""
    invitation = str(uuid.uuid4())
    message = "null" if message is None else "$m$" + message + "$m$"
    server.database().script([f"""
        insert into coaching.relationship_invites (id, relationship_id, inviter_user_id, invitee_email, status, token_hash, expires_at, message)
        values ('{invitation}', '{relationship}', '{who.id}', '{email}', 'SENT', '{invitation}', now() at time zone 'utc' + interval '7 days', {message});
        insert into outbox.messages (kind, payload)
        values ('mail', '{{"invite": "{invitation}", "generation": 1, "base": "http://localhost:3000"}}');""",
        f"{then} where id = '{invitation}';" if then else ""])
    return invitation


def mails(server, where="true"):
    return server.database().rows(f"select id, state, attempts, last_error from outbox.messages where kind = 'mail' and {where}")


def of(invitation):
    return f"payload ->> 'invite' = '{invitation}'"


def settled(server, invitation):
    wait_until(lambda: not mails(server, of(invitation)), what="an empty outbox")


def dead(server, invitation):
    return wait_until(lambda: mails(server, f"{of(invitation)} and state = 'dead'"), what="a dead mail")[0]


def invited(server, service=None, *replies, name="Ada", kind="romantic", message=None):
    """Somebody invites an address, to which the service answers this at first: (invitation, address)."""
    who, email = account(server.api, display_name=name), new_email("guest")
    if replies:
        service.replies[email] = list(replies)
    return invite(server, who, relate(server.api, who, kind=kind), email, message), email


# ---- what is sent ----

def test_the_mail_is_the_contracts(mailer, service):
    invitation, email = invited(mailer, name="Ada")
    (mail,) = service.sent(email)
    settled(mailer, invitation)
    assert mail.body["from"] == {"email": "noreply@projectinside.app", "name": "Project Inside"}
    assert mail.subject == "You've been invited to join a romantic relationship"
    assert mail.body["personalizations"] == [{"to": [{"email": email}]}]
    assert [one["type"] for one in mail.body["content"]] == ["text/plain", "text/html"]
    (link,) = LINK.findall(mail.plain)
    for said in (mail.plain, mail.html):
        assert "Ada" in said and "romantic" in said and "Project Inside" in said and link in said and "expires in 7 days" in said
    assert f'<a href="{link}"' in mail.html and len(LINK.findall(mail.html)) == 2  # the button, and in clear
    assert str(uuid.UUID(mail.id)) == mail.id and not service.faults


@pytest.mark.parametrize("kind", ["romantic", "date", "family", "friend", "other"])
def test_the_type_is_the_public_one(mailer, service, kind):
    _, email = invited(mailer, kind=kind)
    (mail,) = service.sent(email)
    assert mail.subject == f"You've been invited to join a {kind} relationship"


def test_whose_name_is_not_known_is_called_by_address(mailer, service):
    who, email = account(mailer.api, display_name=None), new_email("guest")
    invite(mailer, who, relate(mailer.api, who), email)
    (mail,) = service.sent(email)
    assert who.email in mail.plain and who.email in mail.html


def test_what_people_write_is_escaped(mailer, service):
    name, message = "<script>alert('x')</script> & \"Co\" 👩‍❤️‍👩", "line one\n<img src=x onerror=\"y\">"
    invitation, email = invited(mailer, name=name, message=message)
    (mail,) = service.sent(email)
    settled(mailer, invitation)
    assert name in mail.plain and message in mail.plain
    assert "<script" not in mail.html and "<img" not in mail.html
    assert name in html.unescape(mail.html) and message in html.unescape(mail.html)
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Co&quot;" in mail.html


# ---- what is not wanted any more ----

CHANGES = ["status = 'CANCELED'", "status = 'ACCEPTED'", "status = 'DECLINED'", "generation = 2", "expires_at = now() at time zone 'utc' - interval '1 second'"]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_wanted_any_more_is_dropped(mailer, service, change):
    """By the time that the mail can go, something has happened."""
    who, email = account(mailer.api), new_email("guest")
    invitation = invite(mailer, who, relate(mailer.api, who), email, then=f"update coaching.relationship_invites set {change}")
    settled(mailer, invitation)
    assert service.of(email) == []


def test_whoever_is_not_active_invites_nobody(mailer, service):
    who, email = account(mailer.api), new_email("guest")
    relationship = relate(mailer.api, who)
    mailer.database().text(f"update coaching.users set is_active = false where id = '{who.id}'")
    settled(mailer, invite(mailer, who, relationship, email))
    assert service.of(email) == []


def test_an_invitation_that_has_gone_is_dropped(mailer):
    (message,) = mailer.database().text("insert into outbox.messages (kind, payload) values ('mail', '{\"invite\": \"gone\", \"generation\": 1, "
                                        "\"base\": \"http://localhost:3000\"}') returning id").split()
    wait_until(lambda: not mails(mailer, f"id = '{message}'"), what="a mail that is dropped")


# ---- what SendGrid says ----

@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_success_is_one_once(mailer, service, status):
    invitation, email = invited(mailer, service, Reply(status))
    service.called(email)
    settled(mailer, invitation)
    assert [call.status for call in service.of(email)] == [status]


@pytest.mark.parametrize("reply", [BROKEN, AWAY, limited(), Reply(408, "slow"), HANG, CUT, GARBAGE], ids=lambda r: str(r.act or r.status))
def test_what_passes_is_tried_again_with_the_same_id(mailer, service, reply):
    invitation, email = invited(mailer, service, reply, reply)
    (mail,) = service.sent(email)
    settled(mailer, invitation)
    assert [call.status for call in service.of(email)] == [reply.act or reply.status] * 2 + [202]
    assert {call.id for call in service.of(email)} == {mail.id}


@pytest.mark.parametrize("reply", [BAD, UNAUTHORIZED, FORBIDDEN, TOO_LARGE], ids=lambda r: str(r.status))
def test_what_is_final_is_given_up_and_logged(mailer, service, reply):
    invitation, email = invited(mailer, service, reply)
    row = dead(mailer, invitation)
    assert row["attempts"] == 1 and row["last_error"].startswith(f"mail/send: {reply.status} ")
    assert row["last_error"].endswith(reply.body["errors"][0]["message"][:40]) or reply.body["errors"][0]["message"][:30] in row["last_error"]
    assert len(service.of(email)) == 1
    wait_until(lambda: f"a message is given up kind=mail id={row['id']}" in mailer.stderr(), what="the log line")


def test_attempts_are_not_endless(mailer, service):
    invitation, email = invited(mailer, service, *[BROKEN] * 9)
    row = dead(mailer, invitation)
    assert row["attempts"] == 4 and row["last_error"] == "mail/send: 500 Internal server error"
    assert len(service.of(email)) == 4
    done = run(binary(), "jobs", "retry", row["id"], "--data", mailer.data)
    assert done.stdout == "1 to be delivered\n"
    service.replies[email].clear()
    service.sent(email)
    settled(mailer, invitation)


@pytest.mark.parametrize("headers", [lambda: {"Retry_After": 2}, lambda: {"X_RateLimit_Reset": int(time.time()) + 3}, lambda: {"X_RateLimit_Reset": 2}],
                         ids=["Retry-After", "X-RateLimit-Reset", "from now on"])
def test_patience_that_is_asked_for_is_kept(start_server, own_service, headers):
    """By this mail, and by those that come meanwhile."""
    service = own_service()
    server = start_mailer(start_server, service)
    invitation, email = invited(server, service, limited(**headers()))
    service.called(email)
    row = wait_until(lambda: server.database().rows(f"select extract(epoch from next_at - now() at time zone 'utc') as s, last_error from outbox.messages "
                                                    f"where {of(invitation)} and state = 'waiting' and last_error is not null"), what="a mail that waits")[0]
    assert 0 < row["s"] <= 3.1 and row["last_error"] == "mail/send: 429 too many requests"
    _, other = invited(server)
    service.sent(other)
    service.sent(email)
    assert [call.to for call in service.calls if call.status == 202][0] in (email, other)
    assert [call.status for call in service.of(email)] == [429, 202] and [call.status for call in service.of(other)] == [202]


def test_slow_mails_hold_up_no_report(mailer, service):
    """Forty mails hang; a job that comes then is done at once, and other mails go as others end."""
    who = account(mailer.api)
    relationship = relate(mailer.api, who)
    addresses = [new_email("slow") for _ in range(40)]
    for email in addresses:
        service.replies[email] = [HANG]
        invite(mailer, who, relationship, email)
    service.wait(lambda: len([call for call in service.calls if call.to in addresses]) >= 8, "mails that hang")
    hanging = mailer.database().text("select count(*) from outbox.messages where kind = 'mail' and state = 'sending'")
    (job,) = mailer.database().text("insert into outbox.messages (kind, payload) values ('report', '{\"session_id\": \"none\"}') returning id").split()
    wait_until(lambda: not mailer.database().rows(f"select 1 from outbox.messages where id = '{job}'"), what="a job that is done", timeout=10)
    assert 1 <= int(hanging) <= 8
    for email in addresses:
        service.replies[email].clear()
    service.hang_up()
    for email in addresses:
        service.sent(email)
    wait_until(lambda: not mails(mailer, "state <> 'dead'"), what="an empty outbox")
    for email in addresses:
        assert len({call.id for call in service.of(email)}) == 1


# ---- crashes ----

def test_kill_between_commit_and_delivery(start_server, own_service):
    service = own_service()
    server = start_mailer(start_server, service)
    who, email = account(server.api), new_email("guest")
    relationship = relate(server.api, who)
    service.replies[email] = [HANG]
    first = invite(server, who, relationship, email)
    service.called(email)
    server.kill()
    second = new_email("late")
    invite(server, who, relationship, second)  # committed while nobody is there
    service.hang_up()
    server.start()
    (mail,) = service.sent(email)
    service.sent(second)
    settled(server, first)
    assert {call.id for call in service.of(email)} == {mail.id} and len(service.of(email, 202)) == 1 and not service.faults


# ---- without a key ----

def test_without_a_key_the_mail_is_in_the_log(start_server):
    server = start_server(environment={"SENDGRID_API_KEY": ""})
    invitation, email = invited(server, name="Ada Lovelace")
    settled(server, invitation)
    (line,) = wait_until(lambda: [line for line in server.stderr().splitlines() if email in line], what="the mail")
    assert f"to={email}" in line and 'from="Ada Lovelace"' in line and "You've been invited to join a romantic relationship" in line
    assert LINK.search(line)


# ---- secrets ----

def test_the_key_and_the_links_stay_hidden(start_server, own_service):
    """Whatever goes wrong, and though the service repeats the key."""
    service = own_service()
    server = start_mailer(start_server, service)
    invitation, email = invited(server, service, Reply(400, f"{service.key} is not a key"))
    row = dead(server, invitation)
    assert row["last_error"] == "mail/send: 400"
    _, other = invited(server)
    (mail,) = service.sent(other)
    (link,) = LINK.findall(mail.plain)
    shown = run(binary(), "config", "--data", server.data, env=server.surroundings()).stdout
    everything = server.stderr() + str(server.database().rows("select * from outbox.messages")) + shown
    assert service.key not in everything and link.split("=")[1] not in everything
