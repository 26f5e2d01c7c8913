"""Sessions of the coaching area and their sockets, for its tests."""
import json
import urllib.parse

from sockets import CLOSE, PING, PONG, TEXT, Socket

SLOW = {"nudge_type": "SLOW_DOWN", "intensity": 3, "message": "Try slowing down."}
CALM, FAST = {"timestamp_ms": 1, "speaking_rate": 2, "overlap_ratio": 0.1}, {"timestamp_ms": 2, "speaking_rate": 9, "overlap_ratio": 0}


def begin(server, relationship, creator, *others):
    """A session of these people; its id."""
    database = server.database()
    sid = database.text(f"insert into coaching.sessions (relationship_id, created_by_user_id) values ('{relationship}', '{creator.id}') returning id")
    for one in (creator, *others):
        database.text(f"insert into coaching.session_participants values ('{sid}', '{one.id}')")
    return sid


def session_path(sid, who=None, base="/v1/sessions"):
    return f"{base}/{sid}/ws" + (f"?token={urllib.parse.quote(who.token)}" if who else "")


def connect(api, sid, who, **more):
    """In the session: it has been told who takes part."""
    socket = Socket(api, session_path(sid, who), **more)
    assert socket.status == 101, socket.head
    assert socket.text()["type"] == "server.session_state"
    return socket


def measure(socket, sid, payload, **more):
    socket.say(TEXT, json.dumps({"type": "client.feature_frame", "sid": sid, "payload": payload, **more}))


def nudge(socket):
    """What the next nudge says."""
    told = socket.text()
    while told["type"] == "server.session_state":
        told = socket.text()
    assert told["type"] == "server.nudge", told
    return told["payload"]


def last(socket):
    """Code and reason of the close frame; what comes before it."""
    before = []
    while (got := socket.next()).kind != CLOSE:
        if got.kind not in (PING, PONG):
            before.append(got.json())
    return (got.code(), got.reason()), before


def notifications(api, who=None, token=None):
    token = who.token if who else token
    return Socket(api, "/v1/interaction/notifications" + (f"?token={urllib.parse.quote(token)}" if token is not None else ""))


def hear(api, who):
    """Their socket, behind its greeting."""
    socket = notifications(api, who)
    assert socket.status == 101, socket.head
    assert socket.text() == {"type": "connection.established", "user_id": who.id}
    return socket


def finalize(api, sid, who, base="/v1/sessions"):
    return api.post(f"{base}/{sid}/finalize", token=who.token)


def nudges(server, sid):
    return server.database().rows(f"select user_id, nudge_type, payload, seq, created_at from coaching.nudge_events where session_id = '{sid}' order by seq")


def frames(server, sid):
    return server.database().rows(f"select user_id, timestamp_ms, speaking_rate, overlap_ratio from coaching.session_feature_frames "
                                  f"where session_id = '{sid}' order by id")


def jobs(server):
    """From now on what is put into the outbox is noted, and stays known when it has been done. Returns who tells of one kind."""
    server.database().script(["create table if not exists public.put_out (kind text, payload jsonb);",
                              "create or replace function public.note_put_out() returns trigger language plpgsql as "
                              "$$ begin insert into public.put_out values (new.kind, new.payload); return null; end $$;",
                              "create or replace trigger note_put_out after insert on outbox.messages for each row execute function public.note_put_out();"])
    return lambda kind, where="true": server.database().rows(f"select payload from public.put_out where kind = '{kind}' and {where}")
