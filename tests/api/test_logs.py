"""Contract section 8: what is logged, by whom, with which keys; reading it."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ABSENT, Room, is_stamp, loc_of, ok, person, refused

ROW_KEYS = {"log_id", "event_type", "user_id", "event_details", "created_at"}
DETAILS = {
    "session_created": {"title"},
    "participant_joined": {"participant_id", "user_name", "joined_at"},
    "participant_left": {"participant_id", "left_at"},
    "participant_kicked": {"participant_id", "kicked_user_id", "reason", "kicked_at"},
    "participant_muted": {"participant_id", "target_user_id", "is_self_mute"},
    "participant_unmuted": {"participant_id", "target_user_id", "is_self_unmute"},
    "hand_raised": {"participant_id"},
    "hand_lowered": {"participant_id"},
    "chat_message": {"participant_id", "message", "message_length"},
    "session_ended": {"ended_at"},
}


@pytest.fixture
def story(room):
    """A session in which everything happens once: the room, and who did what in which order."""
    ann, ben = room.student("Ann"), room.student("Ben")
    pid = room.join(ann)
    watcher = room.stream(room.teacher)
    stream = room.stream(ben)
    room.act(ann, "raise_hand")
    room.act(ann, "lower_hand")
    room.act(ann, "chat", text="by action")
    ok(room.chat(ann, pid, "by post"))
    ok(room.mute(pid))
    room.act(ann, "mute_self", mute=False)
    stream.close()
    watcher.until("participant_left")
    ok(room.kick(pid))
    ok(room.end())
    watcher.rest()
    who = {"ann": ann.id, "ben": ben.id, "teacher": room.teacher.id}
    return room, who, [
        ("session_created", "teacher"), ("participant_joined", "ann"), ("participant_joined", "teacher"),
        ("participant_joined", "ben"), ("hand_raised", "ann"), ("hand_lowered", "ann"), ("chat_message", "ann"),
        ("chat_message", "ann"), ("participant_muted", "teacher"), ("participant_unmuted", "ann"),
        ("participant_left", "ben"), ("participant_kicked", "teacher"), ("session_ended", "teacher")]


def without_departures_after_the_end(rows):
    """participant_left rows that follow a kick or the end of the session are allowed, not demanded."""
    kept, closing = [], False
    for row in rows:
        closing = closing or row["event_type"] in ("participant_kicked", "session_ended")
        if not (closing and row["event_type"] == "participant_left"):
            kept.append(row)
    return kept


def test_the_log_tells_the_story(story):
    room, who, told = story
    rows = without_departures_after_the_end(list(reversed(room.logs())))
    assert [(row["event_type"], row["user_id"]) for row in rows] == [(kind, who[name]) for kind, name in told]


def test_rows_have_exactly_the_documented_keys(story):
    for row in story[0].logs():
        assert set(row) >= ROW_KEYS
        assert set(row["event_details"]) - {"stream"} == DETAILS[row["event_type"]], row
        assert isinstance(row["log_id"], int) and is_stamp(row["created_at"])
        for key in ("joined_at", "left_at", "kicked_at", "ended_at"):
            assert key not in row["event_details"] or is_stamp(row["event_details"][key]), row


def test_newest_first(story):
    rows = story[0].logs()
    order = [(row["created_at"].ljust(26, "0"), row["log_id"]) for row in rows]
    assert order == sorted(order, reverse=True)


def test_the_answer_names_session_and_count(story):
    room = story[0]
    answer = ok(room.api.get(room.path("/logs"), room.teacher))
    assert set(answer) == {"session_id", "total_logs", "logs"}
    assert (answer["session_id"], answer["total_logs"]) == (room.id, len(answer["logs"]))


def test_limit(story):
    room = story[0]
    everything = room.logs()
    for limit in (1, 3, 1000):
        answer = ok(room.api.get(room.path("/logs"), room.teacher, query={"limit": limit}))
        assert answer["logs"] == everything[:limit] and answer["total_logs"] == min(limit, len(everything))


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "99999999999", "abc", "", "1.5"])
def test_limit_has_bounds(room, limit):
    assert ["query", "limit"] in loc_of(room.api.get(room.path("/logs"), room.teacher, query={"limit": limit}))


def test_filter_by_type(story):
    room = story[0]
    for kind in DETAILS:
        rows = room.logs(event_type=kind)
        assert rows and {row["event_type"] for row in rows} == {kind}
        assert rows == [row for row in room.logs() if row["event_type"] == kind]
    assert room.logs(event_type="chat_message", limit=1) == room.logs(event_type="chat_message")[:1]
    for nothing in ("no_such_event", "chat", "CHAT_MESSAGE", "chat_message' or '1'='1"):
        assert room.logs(event_type=nothing) == []


def test_the_default_limit_is_100(room):
    for turn in range(101):
        room.act(room.teacher, "lower_hand")
    assert ok(room.api.get(room.path("/logs"), room.teacher))["total_logs"] == 100
    assert len(room.logs()) == 102


def test_who_may_read(api, room, student):
    room.join(student)
    for path in ("/logs", "/logs/summary"):
        refused(api.get(room.path(path), student), 403, "Teacher role required")
        refused(api.get(room.path(path), person(api, "teacher")), 403, "Only the session creator can view logs")
        refused(api.get(f"/sessions/{ABSENT}{path}", room.teacher), 404, "Session not found")
        assert api.get(room.path(path)).status == 400


def test_the_last_user_id_identifies(api, room, student):
    """The app's person filter puts another user_id in front."""
    ids = [("user_id", student.id), ("user_id", room.teacher.id)]
    for path in ("/logs", "/logs/summary"):
        ok(api.get(room.path(path), query=ids))
        refused(api.get(room.path(path), query=ids[::-1]), 403, "Teacher role required")
        ok(api.get(room.path(path), query=[("user_id", "abc")] + ids[1:]))


def test_summary(story):
    room, _, _ = story
    rows = room.logs()
    summary = room.summary()
    assert set(summary) == {"session_id", "total_events", "event_counts", "unique_participants_joined",
                            "participants_left", "first_event", "last_event"}
    counts = {}
    for row in rows:
        counts[row["event_type"]] = counts.get(row["event_type"], 0) + 1
    assert (summary["session_id"], summary["total_events"], summary["event_counts"]) == (room.id, len(rows), counts)
    people = lambda kind: len({row["event_details"]["participant_id"] for row in rows if row["event_type"] == kind})
    assert summary["unique_participants_joined"] == people("participant_joined") == 3
    assert summary["participants_left"] == people("participant_left")
    assert (summary["first_event"], summary["last_event"]) == (rows[-1]["created_at"], rows[0]["created_at"])


def test_people_are_counted_once(room, student):
    watcher = room.stream(room.teacher)
    for _ in range(3):
        room.stream(student).close()
        watcher.until("participant_left")
    watcher.close()
    summary = room.summary()
    assert summary["event_counts"]["participant_joined"] == 4 and summary["unique_participants_joined"] == 2
    assert summary["event_counts"]["participant_left"] >= 3 and summary["participants_left"] in (1, 2)


def test_the_summary_counts_all_however_many(room):
    people = [room.student() for _ in range(8)]
    for who in people:
        room.join(who)

    def talk(who):
        path, query = room.path("/action"), {"user_id": who.id}
        with room.api.connect() as connection:
            for _ in range(130):
                answer = connection.request("POST", path, query, json={"type": "raise_hand"})
                assert answer.status == 200, answer

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, people))
    summary = room.summary()
    assert summary["event_counts"]["hand_raised"] == 1040
    assert summary["total_events"] == 1040 + 8 + 1
    assert summary["unique_participants_joined"] == 8 and summary["participants_left"] == 0
    assert len(room.logs()) == 1000


def test_a_log_is_of_its_session_only(api, room, student):
    other = Room(api, room.teacher)
    other.join(student)
    assert room.log_types() == ["session_created"]
    assert room.summary()["total_events"] == 1


def test_the_documented_select_works_in_psql(server, story):
    room = story[0]
    rows = server.database().rows("SELECT log_id, event_type, user_id, event_details, created_at FROM logs "
                                  f"WHERE session_id = {room.id} ORDER BY created_at, log_id")
    keys = ("log_id", "event_type", "user_id", "event_details")
    told = list(reversed(room.logs()))
    assert [[row[key] for key in keys] for row in rows] == [[row[key] for key in keys] for row in told]
