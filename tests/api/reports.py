"""What the reports must say, told once more in plain Python: attendance from log rows, and CSV cells as a spreadsheet
gets them. Knows no server."""
import csv
import io
import re
from datetime import datetime, timedelta

PASSED = "[ \"\u00a0\u3000\ufeff]*"
STARTER = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
csv.field_size_limit(2**30)
PRESENCE = ("participant_joined", "participant_left", "participant_kicked")


def moment(stamp):
    return datetime.fromisoformat(stamp) if isinstance(stamp, str) else stamp


def stamp(at):
    return at.isoformat() if at is not None else None


# ---- attendance ----

def breaks_of(runs):
    """[(a run began, the one before last lived)]"""
    runs = sorted((moment(run["started_at"]), moment(run["alive_at"])) for run in runs)
    return [(later[0], earlier[1]) for earlier, later in zip(runs, runs[1:])]


class Attendee:
    def __init__(self, row):
        self.pid, self.user_id = row["event_details"]["participant_id"], None
        self.name, self.first_join = None, None
        self.since, self.stay, self.stays = None, 0, set()
        self.seconds, self.last = timedelta(0), None

    def opens(self, at):
        self.stays.add(self.stay)
        self.since = at if self.since is None else self.since

    def closes(self, at):
        if self.since is not None:
            end = max(at, self.since)
            self.seconds += end - self.since
            self.last = max(end, self.last or end)
            self.since = None

    def report(self, present):
        return {"participant_id": self.pid, "user_id": self.user_id, "name": self.name,
                "first_join": stamp(self.first_join), "last_leave": None if present else stamp(self.last),
                "present_seconds": self.seconds.total_seconds(), "rejoins": max(0, len(self.stays) - 1),
                "is_present": present}


def is_stream(row, following, breaks):
    """Did a stream make this joined row? Old rows do not say: then a departure right after it does."""
    if "stream" in row["event_details"]:
        return True
    later = next((one for one in following
                  if one["event_details"]["participant_id"] == row["event_details"]["participant_id"]), None)
    return (later is not None and later["event_type"] == "participant_left" and
            not any(moment(row["created_at"]) < began <= moment(later["created_at"]) for began, _ in breaks))


def attendance(rows, runs, session, now):
    """The participants of the report, from log rows of a session; `now` counts while it is active."""
    rows = sorted((row for row in rows if row["event_type"] in PRESENCE),
                  key=lambda row: (moment(row["created_at"]), row["log_id"]))
    end = moment(session["ended_at"])
    breaks = [one for one in breaks_of(runs)
              if moment(session["created_at"]) < one[0] and (end is None or one[0] <= end)]
    ahead, people = list(breaks), {}
    for i, row in enumerate(rows):
        at = moment(row["created_at"])
        while ahead and ahead[0][0] <= at:
            lived = ahead.pop(0)[1]
            for one in people.values():
                one.closes(lived)
        one = people.setdefault(row["event_details"]["participant_id"], Attendee(row))
        if row["event_type"] != "participant_joined":
            one.closes(at)
            one.stay += 1
            continue
        one.first_join = one.first_join or at
        one.user_id, one.name = row["user_id"], row["event_details"]["user_name"]
        if is_stream(row, rows[i + 1:], breaks):
            one.opens(at)
    for _, lived in ahead:
        for one in people.values():
            one.closes(lived)
    present = {one.pid for one in people.values() if one.since is not None and session["is_active"]}
    for one in people.values():
        one.closes(end or moment(now))
    listed = sorted((one for one in people.values() if one.first_join), key=lambda one: (one.first_join, one.pid))
    return [one.report(one.pid in present) for one in listed]


# ---- CSV ----

def read_csv(data):
    """Rows of cells, read as RFC 4180 has it; every row must end with CRLF. Where there is a header, a byte order mark begins it."""
    text = data.decode("utf-8")
    text = text.removeprefix("\ufeff")
    assert not text or text.endswith("\r\n"), text[-200:]
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def guarded(text):
    """A cell of somebody else's text: what a program could take for a formula has an apostrophe before it."""
    out = re.sub(rf"(\A|[;\t\r\n])(?={PASSED}{STARTER})", r"\1'", text)
    return "'" + out if text[:1] in ("\t", "\r", "\n") and text else out


def guarded_json(text):
    return re.sub(rf"([;\t\r\n]{PASSED})({STARTER})", lambda m: f"{m[1]}\\u{ord(m[2]):04x}", text)
