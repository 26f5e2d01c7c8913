"""The api scenario: a mix of small reads and writes over HTTP, and the very same statements by pgbench, prepared, over as many connections
as there are HTTP clients, on the same database. Knows no process but pgbench; tools/bench/run brings the server."""
import base64
import glob
import hashlib
import hmac
import json
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
REQUESTS = 4000
COURSES, VIDEOS = 8, 20  # VIDEOS of each course

# weight in percent, statement, method and path, status, body; {person}, {video}, {course}, {clock} are drawn anew each time
MIX = [
    (30, "courses/progress", "GET", "/progress/video/{video}", 200, None),
    (20, "courses/attendance_today", "GET", "/attendance/today", 200, None),
    (15, "courses/registration", "GET", "/courses/{course}/registration", 200, None),
    (10, "courses/course", "GET", "/courses/{course}", 200, None),
    (5, "courses/videos", "GET", "/courses/{course}/videos", 200, None),
    (10, "courses/watch", "POST", "/progress", 201, '{{"video_id":{video},"start_time":"{clock}"}}'),
    (10, "courses/watch", "POST", "/progress", 201, '{{"video_id":{video},"end_time":"{clock}","watchtime_seconds":30}}'),
]

# what a statement's parameter is in pgbench; where two rows of the mix share a statement, by the row
PARAMS = {"caller.user_id": ":person", "path.course_id": ":course", "path.video_id": ":video", "body.video_id": ":video",
          "config.courses_day_zone": "'UTC'", "config.courses_present_from": "30"}

SEED = f"""
insert into account.roles (user_id, area, role) select user_id, 'courses', 'student' from account.users;
insert into courses.course (course_title) select 'Course ' || n from generate_series(1, {COURSES}) n;
insert into courses.course_video (course_id, position, title, youtube_id)
select c, v, 'Video ' || v, 'abcdefghijk' from generate_series(1, {COURSES}) c, generate_series(1, {VIDEOS}) v;
insert into courses.course_status (user_id, course_id, enrolled)
select user_id, 1 + user_id % {COURSES}, true from account.users;
insert into courses.attendance (user_id, date)
select user_id, (now() at time zone 'utc')::date - n from account.users, generate_series(0, 4) n;
insert into courses.progress (user_id, video_id, date, start_time)
select user_id, v, (now() at time zone 'utc')::date, '10:00' from account.users, generate_series(1, {COURSES * VIDEOS}) v;
analyze;
"""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(secret, person):
    now = int(time.time())
    head, body = {"alg": "HS256", "typ": "JWT"}, {"iss": "lectern", "aud": "lectern", "typ": "access", "user_id": person,
                                                  "sub": str(person), "iat": now, "exp": now + 3600}
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def write_requests(path, secret, people):
    chance = random.Random(7)
    tokens = [token(secret, person) for person in range(1, people + 1)]
    rows = chance.choices(MIX, [row[0] for row in MIX], k=REQUESTS)
    with open(path, "w", encoding="utf-8") as out:
        for _, _, method, form, status, body in rows:
            seconds = chance.randrange(86400)
            drawn = {"video": 1 + chance.randrange(COURSES * VIDEOS), "course": 1 + chance.randrange(COURSES),
                     "clock": f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"}
            fields = [method, form.format(**drawn), str(status), chance.choice(tokens), (body or "").format(**drawn)]
            out.write("\t".join(fields) + "\n")


def pgbench_script(name, body, people):
    """The statement with pgbench's variables in place of its parameters, each with the type the server gives it."""
    lines = (TOP / "store/sql" / f"{name}.sql").read_text(encoding="utf-8").split("\n")
    comments = [line[2:].strip() for line in lines if line.startswith("--")]
    takes = re.search(r"takes: (.*?)(?: gives:|$)", " ".join(comments))[1]
    values = {**PARAMS, "body.start_time": "time '00:00' + :second * interval '1 s'" if body and "start_time" in body else "null",
              "body.end_time": "time '00:00' + :second * interval '1 s'" if body and "end_time" in body else "null",
              "body.watchtime_seconds": "30" if body and "watchtime" in body else "null"}
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip()
    for number, take in reversed(list(enumerate(takes.split(","), 1))):
        source, kind = take.split()
        sql = sql.replace(f"${number}", f"({values[source]})::{kind}")
    draw = {"person": people, "video": COURSES * VIDEOS, "course": COURSES, "second": 86399}
    sets = "".join(f"\\set {name} random(1, {most})\n" for name, most in draw.items() if f":{name}" in sql)
    return f"{sets}{sql};\n"


def pgbench():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))
    return found[-1] if found else "pgbench"


def measure_pgbench(socket, port, clients, seconds, people):
    with tempfile.TemporaryDirectory(prefix="lb-pgbench-") as folder:
        files = []
        for n, (weight, name, _, _, _, body) in enumerate(MIX):
            Path(folder, f"{n}.sql").write_text(pgbench_script(name, body, people), encoding="utf-8")
            files += ["-f", f"{folder}/{n}.sql@{weight}"]
        command = [pgbench(), "-n", "-M", "prepared", "-h", socket, "-p", port, "-U", "lectern", "-c", str(clients), "-j", "2", "-T",
                   str(max(1, round(seconds))), "-l", *files, "lectern"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        took = sorted(int(line.split()[2]) for log in Path(folder).glob("pgbench_log*") for line in open(log, encoding="ascii"))
        rate = float(re.search(r"tps = ([\d.]+)", done.stdout)[1])
    return {"requests_s": rate, "request_p50_ms": took[len(took) // 2] / 1000, "request_p99_ms": took[len(took) * 99 // 100] / 1000,
            "request_max_ms": took[-1] / 1000, "lawful": "number of failed transactions: 0 " in done.stdout}
