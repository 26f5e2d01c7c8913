"""The api scenario: a mix of small reads and writes of an area over HTTP, or of two areas, and the very same statements by pgbench,
prepared, over as many connections as there are HTTP clients, in the same database with the settings of the server's sessions. Attendance
keeps its audit, as ever; practice asks who is calling first, for each request, on both sides. Knows no process but pgbench; tools/bench/run brings the server."""
import base64
import glob
import hashlib
import hmac
import json
import math
import os
import random
import re
import subprocess
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
REQUESTS = 4000
COURSES, VIDEOS = 8, 20  # VIDEOS of each course
TEACHERS, CLASSES, STUDENTS = 40, 80, 30  # all STUDENTS in each class
DAYS, TERM = 20, 60  # DAYS with a marked session in each class; of TERM days sessions are opened, most of them anew
MARKINGS = 3  # texts of statuses for a whole class; to pgbench each is a statement of its own
EXERCISES, LINES = 50, 20  # each with a submission of everybody's; lines of what is submitted
WARMING = 4  # times the seconds of other scenarios: a connection plans a statement five times before it keeps a plan, and pgbench's are new

# weight in percent, statement, method and path, status, body; the words in braces are drawn anew each time
COURSES_MIX = [
    (30, "courses/progress", "GET", "/progress/video/{video}", 200, None),
    (20, "courses/attendance_today", "GET", "/attendance/today", 200, None),
    (15, "courses/registration", "GET", "/courses/{course}/registration", 200, None),
    (10, "courses/course", "GET", "/courses/{course}", 200, None),
    (5, "courses/videos", "GET", "/courses/{course}/videos", 200, None),
    (10, "courses/watch", "POST", "/progress", 201, '{{"video_id":{video},"start_time":"{clock}"}}'),
    (10, "courses/watch", "POST", "/progress", 201, '{{"video_id":{video},"end_time":"{clock}","watchtime_seconds":30}}'),
]
ATTENDANCE_MIX = [
    (30, "attendance/classes", "GET", "/classes", 200, None),  # with their rosters
    (20, "attendance/sessions", "GET", "/attendance/sessions?classId={class}&from={day}&to={day}", 200, None),
    (20, "attendance/stats", "GET", "/stats/classes/{class}/students", 200, None),
    (20, "attendance/open_session", "POST", "/attendance/sessions", 200, '{{"classId":"{class}","sessionDate":"{any_day}"}}'),
    (10, "attendance/put_statuses", "PUT", "/attendance/sessions/{session}/statuses", 200, '{{"updates":{marking}}}'),
]
PRACTICE_MIX = [
    (10, "practice/exercises", "GET", "/m/practice/api/exercises/?limit=20", 200, None),
    (25, "practice/exercise", "GET", "/m/practice/api/exercises/{exercise}", 200, None),
    (15, "practice/progress", "GET", "/m/practice/api/analytics/student/{student}/progress", 200, None),
    (10, "practice/stats_of_student", "GET", "/m/practice/api/analytics/student/{student}/stats", 200, None),
    (5, "practice/stats_of_exercise", "GET", "/m/practice/api/analytics/exercise/{exercise}/stats", 200, None),
    (10, "practice/leaderboard", "GET", "/m/practice/api/analytics/leaderboard", 200, None),
    (10, "practice/submission", "GET", "/m/practice/api/submissions/{submission}", 200, None),
    (10, "practice/submit", "POST", "/m/practice/api/submissions/", 201,
     '{{"student_id":{student},"exercise_id":{exercise},"code":"{code}"}}'),
    (5, "practice/evaluate", "PUT", "/m/practice/api/submissions/{submission}/evaluate?status=passing&score={score}", 200, None),
]
MIXES = {"courses": COURSES_MIX, "attendance": ATTENDANCE_MIX, "both": COURSES_MIX + ATTENDANCE_MIX, "practice": PRACTICE_MIX}

# The ids of class n, and of its session of day d, are these with n and n * DAYS + d added.
UUID, FIRST_CLASS, FIRST_SESSION, FIRST_DAY = "0b0c0d0e-0000-4000-8000-", 100_000_000_000, 200_000_000_000, date(2025, 1, 1)

# pgbench's variables for each area, {people} of them; a class is asked for by its teacher
DRAWS = {
    "courses": {"person": "random(1, {people})", "video": f"random(1, {COURSES * VIDEOS})", "course": f"random(1, {COURSES})",
                "second": "random(0, 86399)"},
    "attendance": {"n": f"random(0, {CLASSES - 1})", "person": f"1 + :n % {TEACHERS}", "class": f"{FIRST_CLASS} + :n",
                   "day": f"random(0, {DAYS - 1})", "any_day": f"random(0, {TERM - 1})", "session": f"{FIRST_SESSION} + :n * {DAYS} + :day"},
    "practice": {"person": "random(1, {people})", "exercise": f"random(1, {EXERCISES})",
                 "submission": f"(:person - 1) * {EXERCISES} + :exercise", "score": "random(0, 100)"},
}

# what a statement's parameter is in pgbench; where two rows of the mix share a statement, by the row
PARAMS = {"caller.user_id": ":person", "caller.role": "'teacher'", "path.course_id": ":course", "path.video_id": ":video",
          "body.video_id": ":video", "config.courses_zone": "'UTC'", "config.courses_present_from": "30",
          "path.class_id": f"'{UUID}' || (:class)::text", "query.class_id": f"'{UUID}' || (:class)::text",
          "body.class_id": f"'{UUID}' || (:class)::text", "path.session_id": f"'{UUID}' || (:session)::text",
          "query.from": f"date '{FIRST_DAY}' + (:day)::int4", "query.to": f"date '{FIRST_DAY}' + (:day)::int4",
          "body.session_date": f"date '{FIRST_DAY}' + (:any_day)::int4", "body.processed_image_url": "null"}
# Where an area means something else by them; its callers are students but where they judge, and are asked for by CALLER first.
LEARNERS = {"caller.role": "'student'", "caller.account": ":person", "path.student_id": ":person", "body.student_id": ":person",
            "path.exercise_id": ":exercise", "body.exercise_id": ":exercise", "path.submission_id": ":submission", "query.skip": "0",
            "query.limit": "100", "body.code": ":code", "body.language": "'python'", "query.status": "'passing'", "query.score": ":score",
            "query.feedback": "null", "body.status": "null", "body.score": "null", "body.feedback": "null", "config.mastery_score": "90"}
LIST = {"arg.role": "'student'", "arg.topic": "null", "arg.difficulty": "null", "arg.skip": "0", "arg.limit": "20", "arg.after": "null",
        "arg.most": str(1 << 20)}
CALLER = {"arg.role": "null", "arg.account": "null", "arg.email": "null", "arg.minutes": "1440"}
SETTINGS = "-c search_path=classroom,account,public -c timezone=UTC -c datestyle=ISO -c jit=off"

PRACTICE = f"""
insert into practice.students (person_id, email, name, password_hash)
select user_id, 'student' || user_id || '@example.org', 'Student', '' from account.users order by user_id;
insert into practice.teachers (person_id, email, name, password_hash)
select user_id, 'teacher' || user_id || '@example.org', 'Teacher', '' from account.users order by user_id;
insert into practice.sessions (token_hash, refresh_hash, role, account_id, expires_at, refresh_expires_at)
select sha256(convert_to('practice-' || role || '-' || id, 'UTF8')), sha256(convert_to('refresh-' || role || '-' || id, 'UTF8')), role, id,
       now() at time zone 'utc' + interval '1 day', now() at time zone 'utc' + interval '1 day' from practice.accounts;
insert into practice.exercises (title, description, difficulty_level, topic, test_cases, hints, solution_code)
select 'Exercise ' || n, repeat('What is to be done. ', 20), 'beginner', 'Topic ' || n % 8, '[{{"input": "1"}}, {{"input": "2", "hidden": true}}]',
       '["Begin small"]', 'pass' from generate_series(1, {EXERCISES}) n;
insert into practice.exercise_submissions (student_id, exercise_id, code)
select s.id, e.id, repeat('print(1)' || chr(10), {LINES}) from practice.students s, practice.exercises e order by s.id, e.id;
insert into practice.progress (student_id, exercise_id, status, attempts, best_score, completed_at)
select s.id, e.id, case when done then 'completed' else 'in_progress' end, 1, case when done then 80 end,
       case when done then now() at time zone 'utc' end
from practice.students s, practice.exercises e, lateral (select (s.id + e.id) % 3 > 0 as done) d order by s.id, e.id;
"""

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

insert into account.roles (user_id, area, role)
select user_id, 'attendance', 'teacher' from account.users where user_id <= {TEACHERS};
insert into attendance.students (roll_no, name, program, semester, status, email)
select '23/CS/' || n, 'Student ' || n, 'BTech', '5', 'Regular', 'student' || n || '@example.org' from generate_series(1, {STUDENTS}) n;
insert into attendance.classes (id, code, name, section, teacher_id)
select ('{UUID}' || {FIRST_CLASS} + n)::uuid, 'CO' || n, 'Class ' || n, 'A', u.id
from generate_series(0, {CLASSES - 1}) n join attendance.users u on u.user_id = 1 + n % {TEACHERS};
insert into attendance.class_schedules (class_id, day_of_week, start_time, end_time)
select id, n, '09:00', '10:00' from attendance.classes, generate_series(1, 3) n;
insert into attendance.class_students (class_id, student_id) select c.id, s.id from attendance.classes c, attendance.students s;
insert into attendance.attendance_sessions (id, class_id, teacher_id, session_date)
select ('{UUID}' || {FIRST_SESSION} + n * {DAYS} + day)::uuid, c.id, c.teacher_id, date '{FIRST_DAY}' + day
from generate_series(0, {DAYS - 1}) day, generate_series(0, {CLASSES - 1}) n
join attendance.classes c on c.id = ('{UUID}' || {FIRST_CLASS} + n)::uuid;
insert into attendance.attendance_statuses (session_id, student_id, status)
select m.id, s.id, 'present' from attendance.attendance_sessions m, attendance.students s;
{PRACTICE}
analyze;
"""

# So that every measurement begins alike.
RESET = f"""
delete from attendance.attendance_sessions where session_date >= date '{FIRST_DAY}' + {DAYS};
truncate attendance.audit;
delete from practice.exercise_submissions where id > {EXERCISES} * (select count(*) from practice.students);
"""


def markings():
    chance, words = random.Random(11), ("present", "absent", "late", "excused")
    return [json.dumps([{"roll_no": f"23/CS/{n}", "status": chance.choices(words, (80, 12, 6, 2))[0], "recognized_by_ai": True,
                         "similarity_score": chance.randrange(6000, 9999) / 100} for n in range(1, STUDENTS + 1)])
            for _ in range(MARKINGS)]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(secret, person):
    now = int(time.time())
    head, body = {"alg": "HS256", "typ": "JWT"}, {"iss": "lectern", "aud": "lectern", "typ": "access", "user_id": person,
                                                  "sub": str(person), "iat": now, "exp": now + 3600}
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def code():
    return "print(1)\\n" * LINES


def draw(chance, area, people, texts):
    """The words of one request, and who asks."""
    if area == "courses":
        second = chance.randrange(86400)
        return 1 + chance.randrange(people), {"video": 1 + chance.randrange(COURSES * VIDEOS), "course": 1 + chance.randrange(COURSES),
                                              "clock": f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"}
    if area == "practice":
        person, exercise = 1 + chance.randrange(people), 1 + chance.randrange(EXERCISES)
        return person, {"student": person, "exercise": exercise, "submission": (person - 1) * EXERCISES + exercise,
                        "score": chance.randrange(101), "code": code()}
    n, day = chance.randrange(CLASSES), chance.randrange(DAYS)
    return 1 + n % TEACHERS, {"class": f"{UUID}{FIRST_CLASS + n}", "session": f"{UUID}{FIRST_SESSION + n * DAYS + day}",
                              "day": FIRST_DAY + timedelta(day), "any_day": FIRST_DAY + timedelta(chance.randrange(TERM)),
                              "marking": chance.choice(texts)}


def role_of(name):
    """Who asks it of practice."""
    return "teacher" if name == "practice/evaluate" else "student"


def write_requests(path, mix, secret, people):
    chance, texts = random.Random(7), markings()
    tokens = {person: token(secret, person) for person in range(1, people + 1)}
    rows = chance.choices(MIXES[mix], [row[0] for row in MIXES[mix]], k=REQUESTS)
    with open(path, "w", encoding="utf-8") as out:
        for _, name, method, form, status, body in rows:
            person, words = draw(chance, name.split("/")[0], people, texts)
            bearer = f"practice-{role_of(name)}-{person}" if name.startswith("practice/") else tokens[person]
            fields = [method, form.format(**words), str(status), bearer, (body or "").format(**words)]
            out.write("\t".join(fields) + "\n")


def needed(draws, sql):
    """Those of the variables that the statement mentions, and those that they mention, in order."""
    kept, text = {}, sql
    for name, value in reversed(draws.items()):
        if re.search(rf"(?<!:):{name}\b", text):
            kept[name] = value
            text += f" {value}"
    return dict(reversed(kept.items()))


def statement(name, values):
    """Its text with these in place of its parameters, each with the type the server gives it."""
    lines = (TOP / "store/sql" / f"{name}.sql").read_text(encoding="utf-8").split("\n")
    comments = [line[2:].strip() for line in lines if line.startswith("--")]
    takes = re.search(r"takes: (.*?)(?: gives:|$)", " ".join(comments))[1]
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip()
    sql = re.sub(r"(?<!:):'([A-Z][A-Z0-9_]*)'", r"'\1'", sql)  # the text of a refusal, which none of these requests gets
    # pgbench would take the colon of 'HH24:MI' for a variable's.
    sql = re.sub("'[^']*'", lambda text: "E" + text[0].replace(":", "\\x3a") if ":" in text[0] else text[0], sql)
    for number, take in reversed(list(enumerate(takes.split(","), 1))):
        source, kind = take.split()
        sql = sql.replace(f"${number}", f"({values[source]})::{kind}")
    return f"{sql};\n"


def pgbench_script(name, body, people, marking):
    """What a request asks the database, with pgbench's variables for what is drawn."""
    area, role = name.split("/")[0], role_of(name)
    values = {**PARAMS, "body.start_time": "time '00:00' + :second * interval '1 s'" if body and "start_time" in body else "null",
              "body.end_time": "time '00:00' + :second * interval '1 s'" if body and "end_time" in body else "null",
              "body.watchtime_seconds": "30" if body and "watchtime" in body else "null", "body.updates": f":marking{marking}"}
    sql = ""
    if area == "practice":
        values |= {**LEARNERS, **LIST, "caller.role": f"'{role}'"} | ({"query.limit": "10"} if name.endswith("leaderboard") else {})
        token_hash = f"encode(sha256(convert_to('practice-{role}-' || :person, 'UTF8')), 'hex')"
        sql = statement("practice/caller", {**CALLER, "arg.token_hash": token_hash})
    sql += statement(name, values)
    draws = needed(DRAWS[area], sql)
    return "".join(f"\\set {word} {value.format(people=people)}\n" for word, value in draws.items()) + sql


def pgbench():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))
    return found[-1] if found else "pgbench"


def write_scripts(folder, mix, people):
    """Their arguments for pgbench; a statement that takes a text of statuses is there once for each, with its share of the weight."""
    words = []
    for n, (weight, name, _, _, _, body) in enumerate(MIXES[mix]):
        texts = MARKINGS if body and "{marking}" in body else 1
        for text in range(texts):
            path = Path(folder, f"{n}.{text}.sql")
            path.write_text(pgbench_script(name, body, people, text), encoding="utf-8")
            words += ["-f", f"{path}@{weight * MARKINGS // texts}"]
    texts = {"code": code().replace("\\n", "\n"), **{f"marking{n}": text for n, text in enumerate(markings())}}
    return words + [word for name, text in texts.items() for word in ("-D", f"{name}={text}")]


def read_logs(folder, warm):
    """(microseconds of each transaction in order of length, seconds), of those that ended after the warming."""
    lines = [line.split() for log in Path(folder).glob("pgbench_log*") for line in open(log, encoding="ascii")]
    ends = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
    begin, end = min(ends) + warm, max(ends)
    return sorted(int(line[2]) for line, at in zip(lines, ends) if at >= begin), end - begin


def measure_pgbench(socket, port, mix, clients, seconds, warm, people):
    with tempfile.TemporaryDirectory(prefix="lb-pgbench-") as folder:
        command = [pgbench(), "-n", "-M", "prepared", "-h", socket, "-p", port, "-U", "lectern", "-c", str(clients), "-j", "2", "-T",
                   str(math.ceil(warm + seconds)), "-l", *write_scripts(folder, mix, people), "lectern"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ, "PGOPTIONS": SETTINGS})
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        took, lasted = read_logs(folder, warm)
    return {"requests_s": round(len(took) / lasted, 1), "request_p50_ms": took[len(took) // 2] / 1000,
            "request_p99_ms": took[len(took) * 99 // 100] / 1000, "request_max_ms": took[-1] / 1000,
            "lawful": "number of failed transactions: 0 " in done.stdout}
