"""Contract section 9.1 and 9.2, and resuming: frames, order, presence, several streams, slow and silent readers."""
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ABSENT, Room, is_stamp, loc_of, ok, person, refused
from client import Stream, consecutive, stream_request, wait_until

STOPPED = {"audio_id": None, "status": "stopped", "speed": 1.0, "position": 0.0, "title": None, "duration": None}


@pytest.fixture(scope="module")
def tight(start_module_server):
    """A server with a small ring, a small backlog and a quick keep-alive."""
    return start_module_server("--room-ring", 16, "--sse-keepalive", 1, "--sse-backlog", 16384)


@pytest.fixture
def tight_room(tight):
    return Room(tight.api)


def pid_of(stream):
    return stream.seen[0].data["participant_id"]


def left_logs(room, pid):
    return [row for row in room.logs(event_type="participant_left") if row["event_details"]["participant_id"] == pid]


# --- the answer and its first frames


def test_headers(room, student):
    with Stream(room.api, room.id, student) as stream:
        reader = stream.reader
        assert reader.status == 200
        assert reader.header("content-type") == "text/event-stream; charset=utf-8"
        assert reader.header("cache-control") == "no-cache"
        assert reader.header("x-accel-buffering") == "no"
        assert reader.header("connection").lower() == "keep-alive"
        assert reader.header("content-length") is None
        assert reader.header("transfer-encoding") == "chunked"


def test_the_stream_carries_cors(room, student):
    request = stream_request("x", room.id, student).replace(b"\r\n\r\n", b"\r\nOrigin: https://a.example\r\n\r\n")
    with socket.create_connection((room.api.host, room.api.port), 10) as raw:
        raw.sendall(request)
        head = raw.recv(4096).lower()
    allowed = head.partition(b"\r\naccess-control-allow-origin: ")[2].partition(b"\r\n")[0]
    assert allowed in (b"*", b"https://a.example")


def test_connected_then_session_state(room, student):
    with Stream(room.api, room.id, student) as stream:
        connected, state = stream.expect("connected", "session_state")
        pid = connected.data["participant_id"]
        assert connected.data == {"session_id": room.id, "participant_id": pid, "user_id": student.id}
        assert connected.id is None
        entry = {"user_id": student.id, "name": student.name, "is_muted": False, "raised_hand": False,
                 "hand_raised_at": None, "is_teacher": False}
        assert state.data == {"type": "session_state", "participant_id": pid, "participants": {str(pid): entry},
                              "hands": [], "playback": STOPPED}
        assert state.id and state.epoch and state.seq > 0
        assert len(stream.reader.retries) <= 1


def test_a_frame_is_event_data_and_id(room, student):
    with room.stream(student) as stream:
        room.act(student, "raise_hand")
        raw = stream.expect("hand_raised").raw
        assert sorted(line.split(b":")[0] for line in raw.split(b"\n")) == [b"data", b"event", b"id"]
        assert b": " in raw.split(b"\n")[0]


def test_connecting_is_joining(server, room, student):
    with room.stream(student) as stream:
        row = server.database().one(f"select * from participants where participant_id = {pid_of(stream)}")
        assert (row["session_id"], row["user_id"], row["left_at"]) == (room.id, student.id, None)
        log = room.logs()[0]
        assert (log["event_type"], log["user_id"]) == ("participant_joined", student.id)
        details = log["event_details"]
        assert (details["participant_id"], details["user_name"]) == (pid_of(stream), student.name)
        assert set(details) == {"participant_id", "user_name", "joined_at", "stream"} and is_stamp(details["joined_at"])
        assert details["stream"] is True
        assert room.join(student) == pid_of(stream)


def test_every_connect_is_logged_with_the_same_participant(room, student):
    pids = []
    for _ in range(3):
        with room.stream(student) as stream:
            pids.append(pid_of(stream))
    assert len(set(pids)) == 1
    assert len(room.logs(event_type="participant_joined")) == 3


def test_the_others_hear_who_came_and_the_newcomer_does_not(room):
    ann, ben = room.student("Ann"), person(room.api, "teacher", "Ben")
    with room.stream(ann) as first, room.stream(ben) as second:
        assert first.expect("participant_joined").data == {
            "type": "participant_joined", "participant_id": pid_of(second), "user_id": ben.id, "name": "Ben",
            "is_teacher": True}
        assert room.fence(first, second) == [[], []]


def flags(pid, *hands):
    """What is told behind a coming: muted, and with a hand up."""
    return [("participant_muted", {"type": "participant_muted", "participant_id": pid, "is_muted": True}),
            ("hand_raised", {"type": "hand_raised", "participant_id": pid, "hands": [*hands]})]


def told(stream, count):
    frames = [stream.next() for _ in range(count)]
    return [(frame.event, frame.data) for frame in frames]


def test_what_is_up_is_told_behind_a_coming(server, room):
    """To everybody, and to the newcomer for its own; numbered as all events are, and not logged again."""
    ann, ben = room.student("Ann"), room.student("Ben")
    with room.stream(ann) as watcher:
        first = room.stream(ben)
        pid = pid_of(first)
        room.act(ben, "mute_self", mute=True)
        room.act(ben, "raise_hand")
        room.fence(first, watcher)
        first.close()
        watcher.expect("participant_left")
        before = room.logs()
        with Stream(room.api, room.id, ben) as again:
            again.expect("connected", "session_state")
            assert told(again, 2) == flags(pid, pid)
            joined = watcher.expect("participant_joined")
            assert joined.data["participant_id"] == pid and told(watcher, 2) == flags(pid, pid)
            with room.stream(ben) as second:
                for stream in (again, watcher):
                    stream.expect("participant_joined")
                for stream in (again, watcher, second):
                    assert told(stream, 2) == flags(pid, pid)
                room.fence(again, watcher, second)
            with Stream(room.api, room.id, ben, last_id=first.last_id) as resumed:
                resumed.until("resumed")
                assert told(resumed, 2) == flags(pid, pid)
                for stream in (watcher, again, resumed):
                    consecutive(stream.seen)
        assert [row["event_type"] for row in room.logs() if row not in before and row["event_type"] not in ("chat_message", "participant_left")] == 3 * [
            "participant_joined"]


@pytest.mark.parametrize("gestures, events", [
    ([], []), ([("mute_self", {"mute": True})], ["participant_muted"]), ([("raise_hand", {})], ["hand_raised"]),
    ([("mute_self", {"mute": True}), ("mute_self", {"mute": False}), ("raise_hand", {}), ("lower_hand", {})], [])])
def test_only_what_is_up_is_told(room, student, gestures, events):
    with room.stream(room.student()) as watcher:
        pid = room.join(student)
        for kind, fields in gestures:
            room.act(student, kind, **fields)
        room.fence(watcher)
        with room.stream(student) as stream:
            watcher.expect("participant_joined")
            assert [frame.event for frame in room.fence(stream)] == events
            assert [(frame.event, frame.data["participant_id"]) for frame in room.fence(watcher) if frame.event != "chat"] == [
                (event, pid) for event in events]


def test_what_is_up_is_told_behind_a_return_after_a_restart(start_server):
    server = start_server()
    room = Room(server.api)
    student, watching = room.student(), room.student()
    watcher, stream = room.stream(watching), room.stream(student)
    pid = pid_of(stream)
    ok(room.mute(pid))
    room.act(student, "raise_hand")
    room.fence(watcher)
    server.kill()
    server.start()
    with Stream(room.api, room.id, watching, last_id=watcher.last_id) as back:
        back.until("resumed")
        with Stream(room.api, room.id, student) as returned:
            returned.expect("connected", "session_state")
            assert told(returned, 2) == flags(pid, pid)
        back.expect("participant_joined")
        assert told(back, 2) == flags(pid, pid)


def test_who_is_brought_back_muted_is_shown_so(room, student):
    """A join over REST makes somebody appear too: for those who came while they were away."""
    stream = room.stream(student)
    pid = pid_of(stream)
    ok(room.mute(pid))
    stream.close()
    with room.stream(room.student()) as watcher:
        if str(pid) in watcher.seen[1].data["participants"]:
            watcher.until("participant_left")
        room.join(student)
        watcher.expect("participant_already_present")
        assert told(watcher, 1) == flags(pid)[:1]
        room.join(student)
        watcher.expect("participant_already_present")
        assert room.fence(watcher) == []


def test_the_snapshot_lists_the_connected_and_the_joined(room):
    ann, ben, cem, dan, teacher = (room.student(name) for name in ("Ann", "Ben", "Cem", "Dan", "Eve"))
    with room.stream(ann) as first, room.stream(room.teacher) as own:
        joined, gone = room.join(ben), room.join(cem)
        room.stream(cem).close()
        first.until("participant_left")
        kicked = room.join(dan)
        ok(room.kick(kicked))
        room.act(ann, "raise_hand")
        with room.stream(teacher) as late:
            people = late.seen[1].data["participants"]
            assert set(people) == {str(pid) for pid in (pid_of(first), pid_of(own), joined, pid_of(late))}
            assert people[str(joined)]["is_teacher"] is False and people[str(joined)]["name"] == "Ben"
            assert people[str(pid_of(own))]["is_teacher"] is True
            assert people[str(pid_of(first))]["raised_hand"] is True
            assert str(gone) not in people


@pytest.mark.parametrize("query, expected", [("", (400, 422)), ("?user_id=abc", (422,)),
                                             ("?user_id=2147483648", (422,)), ("?user_id=2147483647", (404,))])
def test_who_is_asking(room, query, expected):
    assert room.api.get(f"/sse/sessions/{room.id}{query}").status in expected


def test_streams_of_nothing(api, student):
    refused(api.get(f"/sse/sessions/{ABSENT}", student), 404, "Session not found")
    loc_of(api.get("/sse/sessions/abc", student))


# --- leaving


@pytest.mark.parametrize("way", ["close", "reset"])
def test_leaving_is_told_kept_and_logged(server, room, student, way):
    with room.stream(room.student()) as other:
        stream = room.stream(student)
        other.expect("participant_joined")
        pid = pid_of(stream)
        getattr(stream, way)()
        assert other.expect("participant_left").data == {"type": "participant_left", "participant_id": pid}
        (log,) = left_logs(room, pid)
        assert log["user_id"] == student.id
        assert set(log["event_details"]) == {"participant_id", "left_at"} and is_stamp(log["event_details"]["left_at"])
        row = server.database().one(f"select left_at from participants where participant_id = {pid}")
        assert row["left_at"]
        with room.stream(room.student()) as late:
            assert str(pid) not in late.seen[1].data["participants"]


def test_return_clears_left_at(server, room, student):
    with room.stream(room.student()) as other:
        room.stream(student).close()
        other.until("participant_left")
        with room.stream(student) as again:
            row = server.database().one(f"select left_at from participants where participant_id = {pid_of(again)}")
            assert row["left_at"] is None


@pytest.mark.parametrize("first_out", [0, 1])
def test_two_streams_of_one_person(room, student, first_out):
    with room.stream(room.student()) as other:
        streams = [room.stream(student), room.stream(student)]
        pid = pid_of(streams[0])
        assert pid_of(streams[1]) == pid
        streams[0].expect("participant_joined")
        room.act(student, "raise_hand")
        for stream in streams:
            assert stream.expect("hand_raised").data["participant_id"] == pid
        streams.pop(first_out).close()
        events = [frame.event for frame in room.fence(other)]
        assert "participant_left" not in events
        room.act(student, "lower_hand")
        streams[0].until("hand_lowered")
        assert left_logs(room, pid) == []
        streams.pop().close()
        other.until("participant_left")
        assert len(left_logs(room, pid)) == 1


def test_many_streams_of_one_person_hear_the_same(room, student):
    streams = [room.stream(student) for _ in range(6)]
    for text in "abc":
        room.act(student, "chat", text=text)
    room.fence(*streams)
    last = streams[-1]
    heard = [frame.raw for frame in last.seen[2:]]
    for stream in streams:
        consecutive(stream.seen)
        assert [frame.raw for frame in stream.seen[-len(heard):]] == heard
        stream.close()


# --- order


def test_ids_are_consecutive_and_the_same_for_all(room):
    people = [room.student() for _ in range(4)]
    streams = []
    for who in people:
        streams.append(room.stream(who))
        room.act(who, "raise_hand")
        room.act(who, "chat", text=f"I am {who.name}")
        room.join(room.student())
        room.join(who)
    room.fence(*streams)
    by_seq = {}
    for stream in streams:
        consecutive(stream.seen)
        for frame in stream.seen[2:]:
            assert by_seq.setdefault(frame.seq, frame.raw) == frame.raw
        stream.close()


def test_the_snapshot_and_the_events_after_it_fit(room):
    """A newcomer's snapshot plus the events it hears is the truth, whatever happens while it connects."""
    people = [room.student() for _ in range(6)]
    pids = [room.join(who) for who in people]

    def wave(who):
        for turn in range(15):
            room.act(who, "lower_hand" if turn % 2 else "raise_hand")

    with ThreadPoolExecutor(6) as pool:
        waving = [pool.submit(wave, who) for who in people]
        streams = [room.stream(room.student()) for _ in range(5)]
        for one in waving:
            one.result()
    room.fence(*streams)
    for stream in streams:
        consecutive(stream.seen)
        hands = {pid: stream.seen[1].data["participants"][str(pid)]["raised_hand"] for pid in pids}
        for frame in stream.seen[2:]:
            if frame.event in ("hand_raised", "hand_lowered"):
                hands[frame.data["participant_id"]] = frame.event == "hand_raised"
        assert set(hands.values()) == {True}
        stream.close()


def test_an_event_is_on_disk_before_it_is_seen(server, room, student):
    database = server.database()
    logged = f"select event_details->>'message' m from logs where session_id = {room.id}"
    with room.stream(student) as stream:
        for turn in range(5):
            room.act(student, "chat", text=f"turn {turn}")
            stream.expect("chat")
            assert f"turn {turn}" in [row["m"] for row in database.rows(logged)]


# --- keep-alive


def test_keep_alive_comments(tight_room):
    with tight_room.stream(tight_room.student()) as stream:
        assert stream.wait_comment(2) == ["keep-alive"] * 2
        tight_room.act(tight_room.teacher, "chat", text="still here")
        assert stream.expect("chat").data["text"] == "still here"


# --- resuming


def everything(room):
    """Makes one of each kind of event happen; returns nothing."""
    ann, ben = room.student("Ann"), room.student("Ben")
    pid = room.join(ann)
    room.join(ann)
    room.act(ann, "raise_hand")
    room.act(ann, "lower_hand")
    room.act(ann, "chat", text="by action ä\U0001f600")
    ok(room.chat(ann, pid, " by post "))
    ok(room.mute(pid))
    room.act(ann, "mute_self", mute=False)
    room.stream(ben).close()
    room.act(room.teacher, "kick_participant", target_participant_id=pid)
    room.join(room.teacher)
    ok(room.api.post(room.path("/join"), room.teacher, form={"user_id": ann.id}))


def resume(room, who, last_id, **options):
    """Opens with the last id and reads up to `resumed`: (stream, replayed frames, the resumed frame)."""
    stream = Stream(room.api, room.id, who, last_id=last_id, **options)
    connected, state = stream.expect("connected", "session_state")
    assert connected.id is None and state.id is None, "a resumed snapshot has no place in the order"
    resumed = stream.until("resumed")
    return stream, stream.seen[2:-1], resumed


def check_resume(room, who, observer, last_id, **options):
    """What is replayed is, number by number, what the observer saw live; then the stream goes on."""
    stream, replayed, resumed = resume(room, who, last_id, **options)
    live = room.fence(stream)
    observer.until(lambda frame: frame.raw == stream.seen[-1].raw)
    seqs = consecutive(stream.seen)
    assert seqs[0] == int(last_id.rsplit("-", 1)[1]) + 1
    assert {frame.epoch for frame in stream.seen if frame.id} == {last_id.rsplit("-", 1)[0]}
    saw = {frame.seq: frame for frame in observer.seen if frame.id}
    for frame in [*replayed, *live]:
        assert (frame.event, frame.data) == (saw[frame.seq].event, saw[frame.seq].data), frame.raw
    own = saw[resumed.seq]
    assert own.event == "participant_joined" and own.data["user_id"] == who.id
    return stream, replayed


@pytest.mark.parametrize("in_query", [False, True], ids=["header", "query"])
def test_resume_from_the_ring(room, student, in_query):
    with room.stream(room.student()) as observer:
        first = room.stream(student)
        room.fence(first)
        first.close()
        observer.until("participant_left")
        everything(room)
        stream, replayed = check_resume(room, student, observer, first.last_id, last_id_in_query=in_query)
        kinds = {frame.event for frame in replayed}
        assert kinds >= {"participant_added", "participant_already_present", "hand_raised", "hand_lowered", "chat",
                         "participant_muted", "participant_joined", "participant_left", "participant_kicked"}
        stream.close()


def test_resume_from_the_log(tight_room):
    room = tight_room
    student = room.student()
    with room.stream(room.student()) as observer:
        first = room.stream(student)
        room.fence(first)
        first.close()
        observer.until("participant_left")
        everything(room)
        for turn in range(60):
            room.act(room.teacher, "chat", text=f"turn {turn}")
        stream, replayed = check_resume(room, student, observer, first.last_id)
        assert len(replayed) > 70, "the ring of 16 must not have been enough"
        stream.close()


def test_resume_from_every_point(tight_room):
    """From the newest id down to the oldest: ring, border of the ring, log."""
    room = tight_room
    student = room.student()
    with room.stream(room.student()) as observer:
        for turn in range(40):
            room.act(room.teacher, "lower_hand")
        room.fence(observer)
        ids = [frame.id for frame in observer.seen if frame.id]
        for last_id in ids[::-3]:
            check_resume(room, student, observer, last_id)[0].close()


def test_resume_right_away_replays_only_the_own_departure(room, student):
    with room.stream(room.student()) as observer:
        first = room.stream(student)
        room.fence(first, observer)
        second, replayed, resumed = resume(room, student, first.last_id)
        assert replayed == [] and resumed.seq == int(first.last_id.rsplit("-", 1)[1]) + 1
        assert first.expect("participant_joined").seq == resumed.seq
        first.close()
        second.close()


def test_a_chain_of_resumes_hears_everything_once(room, student):
    """Cut at any moment under load, again and again."""
    talkers = [room.student() for _ in range(3)]
    for who in talkers:
        room.join(who)
    heard = []
    stream = room.stream(student)
    heard.append(stream.seen[1])

    def talk(who):
        for turn in range(60):
            room.act(who, "chat", text=f"{who.id} {turn}")

    with ThreadPoolExecutor(3) as pool:
        talking = [pool.submit(talk, who) for who in talkers]
        for _ in range(15):
            for _ in range(7):  # fewer in all than will be said: there is always one more to come
                frame = stream.next()
                heard += [frame] if frame.id else []
            stream.reset()
            stream = Stream(room.api, room.id, student, last_id=heard[-1].id)
            stream.expect("connected", "session_state")
        for one in talking:
            one.result()
    start = len(stream.seen)
    room.fence(stream)
    heard += [frame for frame in stream.seen[start:] if frame.id]
    consecutive(heard)
    texts = [frame.data["text"] for frame in heard if frame.event == "chat"]
    assert sorted(texts[:-1]) == sorted(f"{who.id} {turn}" for who in talkers for turn in range(60))
    stream.close()


BAD_IDS = {
    "another epoch": lambda epoch, seq: f"{int(epoch) + 1 if epoch.isdigit() else 'x' + epoch}-{seq}",
    "the future": lambda epoch, seq: f"{epoch}-{seq + 1000}",
    "far future": lambda epoch, seq: f"{epoch}-{2**63 - 1}",
    "overflow": lambda epoch, seq: f"{epoch}-99999999999999999999999",
    "negative": lambda epoch, seq: f"{epoch}--5",
    "no sequence": lambda epoch, seq: f"{epoch}-",
    "no epoch": lambda epoch, seq: f"{seq}",
    "words": lambda epoch, seq: "not an id",
    "trailing": lambda epoch, seq: f"{epoch}-{seq}x",
    "quotes": lambda epoch, seq: "'; drop table logs; --",
    "long": lambda epoch, seq: "9" * 3000,
}


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("in_query", [False, True], ids=["header", "query"])
def test_an_id_that_cannot_be_served_gets_a_reset(room, student, bad, in_query):
    with room.stream(room.student()) as other:
        state = other.seen[1]
        last_id = BAD_IDS[bad](state.epoch, state.seq)
        with Stream(room.api, room.id, student, last_id=last_id, last_id_in_query=in_query) as stream:
            connected, reset, snapshot = stream.expect("connected", "reset", "session_state")
            assert connected.id is None and reset.id is None
            assert snapshot.epoch == state.epoch and snapshot.seq == other.expect("participant_joined").seq
            room.act(room.teacher, "chat", text="on we go")
            assert stream.expect("chat").seq == snapshot.seq + 1


def test_an_id_of_another_room_gets_a_reset_or_fits(room, student):
    """Ids are of one room; another room's epoch is another one."""
    other = Room(room.api)
    with other.stream(student) as there:
        last_id = there.last_id
    with Stream(room.api, room.id, student, last_id=last_id) as stream:
        assert stream.next().event == "connected"
        assert stream.next().event in ("reset", "session_state")
        consecutive(stream.seen)
        room.fence(stream)


# --- slow and silent readers


def test_a_slow_reader_is_cut_and_loses_nothing(tight_room):
    room = tight_room
    slow_one = room.student()
    with room.stream(room.student()) as observer:
        slow = room.stream(slow_one, receive_buffer=4096)
        pid = pid_of(slow)
        cut = lambda: pid in [one.data["participant_id"] for one in observer.seen if one.event == "participant_left"]
        for turn in range(3000):
            room.act(room.teacher, "chat", text=f"{turn} " + "x" * 1900)
            observer.until("chat")
            if cut():
                break
        else:
            raise AssertionError("a reader that does not read is never cut")
        slow.rest()
        consecutive(slow.seen)
        again, replayed = check_resume(room, slow_one, observer, slow.last_id)
        assert replayed
        consecutive([frame for frame in slow.seen if frame.id] + [frame for frame in again.seen if frame.id])
        consecutive(observer.seen)
        again.close()


def test_a_slow_reader_of_a_replay_gets_it_all(tight_room):
    """A replay far larger than the backlog waits for its reader instead of cutting it."""
    room = tight_room
    student = room.student()
    first = room.stream(student)
    room.fence(first)
    first.close()
    for turn in range(150):
        room.act(room.teacher, "chat", text=f"{turn} " + "y" * 1900)
    stream, replayed, _ = resume(room, student, first.last_id, receive_buffer=4096)
    texts = [frame.data["text"].split()[0] for frame in replayed if frame.event == "chat"]
    assert texts == [str(turn) for turn in range(150)]
    consecutive(stream.seen)
    stream.close()


def test_a_stream_is_one_of_many(room):
    """100 streams hear the same; leaving all at once is settled for each."""
    people = [room.student() for _ in range(10)]
    streams = [room.stream(people[at % 10]) for at in range(100)]
    room.act(people[0], "chat", text="all of you")
    for stream in streams:
        stream.until(lambda frame: frame.event == "chat" and frame.data["text"] == "all of you")
        consecutive(stream.seen)
    watcher = room.stream(room.teacher)
    for stream in streams:
        stream.close()
    gone = set()
    while len(gone) < 10:
        frame = watcher.next()
        assert frame.event == "participant_left" and frame.data["participant_id"] not in gone, frame.raw
        gone.add(frame.data["participant_id"])
    assert gone == {pid_of(stream) for stream in streams}
    watcher.close()


def test_streams_that_hang_up_while_being_answered(room):
    """Clients that go before or with the first byte of the answer leave nobody behind in the room."""
    people = [room.student() for _ in range(10)]
    for at, who in enumerate(people):
        with socket.create_connection((room.api.host, room.api.port), 10) as raw:
            raw.sendall(stream_request("x", room.id, who))
            if at % 2:
                assert raw.recv(1)

    def alone():
        with room.stream(room.teacher) as stream:
            return set(stream.seen[1].data["participants"]) == {str(pid_of(stream))}

    wait_until(alone, interval=0.1, what="a departure for every arrival")
    came, left = ({row["user_id"] for row in room.logs(event_type=kind)} - {room.teacher.id}
                  for kind in ("participant_joined", "participant_left"))
    assert came == left and came >= {who.id for who in people[1::2]}
