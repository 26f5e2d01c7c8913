"""Processes of the tests: the server under test, its database, and a PostgreSQL cluster of the tests' own.

Everything lives in short folders under /tmp (a unix socket's path has at most 107 bytes), is ended by its pid, and
leaves nothing behind. Knows no endpoint.
"""
import glob
import json
import os
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from client import Api, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/outside"))
from ports import HOST, own_port  # noqa: E402

SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:|WARNING: ThreadSanitizer|[Aa]ssertion .* failed")
START_TIME = 60.0
STOP_TIME = 20.0


def binary():
    named = os.environ.get("LECTERN_BIN")
    places = [named] if named else [REPOSITORY / "build/asan/lectern", REPOSITORY / "build/lectern"]
    for place in places:
        if Path(place).is_file():
            return str(Path(place).resolve())
    raise FileNotFoundError(f"no lectern at {' or '.join(map(str, places))}")


def short_folder():
    folder = tempfile.mkdtemp(prefix="lt-", dir="/tmp")
    os.chmod(folder, 0o755)
    return folder


def pg_bin(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else name


def as_postgres(*command):
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def run(*command, timeout=60, **options):
    words = list(map(str, command))
    return subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False, **options)


class Database:
    """SQL over psql on a unix socket, as the owner of the tables."""

    def __init__(self, folder, port, user="lectern", name="lectern"):
        self.arguments = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", folder, "-p", str(port), "-U", user,
                          "-d", name]

    def text(self, sql):
        done = run(*self.arguments, "-c", sql, cwd="/")
        assert done.returncode == 0, f"{sql}: {done.stderr}"
        return done.stdout.strip()

    def script(self, statements):
        """Many statements, in one transaction."""
        done = run(*self.arguments, "-1", "-f", "-", cwd="/", input="\n".join(statements))
        assert done.returncode == 0, done.stderr[-2000:]

    def rows(self, select_sql):
        return json.loads(self.text(f"select coalesce(json_agg(whole_row), '[]') from ({select_sql}) whole_row"))

    def one(self, select_sql):
        rows = self.rows(select_sql)
        assert len(rows) == 1, f"{select_sql}: {rows}"
        return rows[0]


    @contextmanager
    def held(self, sql):
        """Inside, the statement is done but not committed."""
        with subprocess.Popen(self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/") as psql:
            psql.stdin.write(f"begin; {sql}; select 'held';\n")
            psql.stdin.flush()
            assert psql.stdout.readline() == "held\n", sql
            yield
            psql.communicate("commit;\n")
        assert psql.returncode == 0, sql

    def somebody_waits(self):
        """For a lock that another transaction holds."""
        return self.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock'")


def postmaster(data):
    """Pid, port and socket folder of a running private PostgreSQL, or None."""
    for path in glob.glob(f"{data}/postgres/**/postmaster.pid", recursive=True):
        try:
            lines = Path(path).read_text().splitlines()
        except OSError:
            continue
        if len(lines) >= 5 and os.path.exists(f"/proc/{lines[0]}"):
            return int(lines[0]), int(lines[3]), lines[4]
    return None


class Server:
    """`lectern serve` with a data folder of its own. start() returns when it listens."""

    def __init__(self, *options, dev=True, environment=None, workers=2, prefix=()):
        self.folder = short_folder()
        self.data = f"{self.folder}/d"
        self.port = own_port()
        self.options = list(map(str, options))
        self.dev, self.workers, self.prefix = dev, workers, list(prefix)  # prefix: a command that runs the server
        self.environment = environment or {}
        self.errors = f"{self.folder}/stderr"
        self.inherit = {}  # more of what Popen takes
        self.process = None
        self.api = Api(HOST, self.port)

    def command(self):
        flags = ["--listen", f"{HOST}:{self.port}", "--data", self.data, "--workers", self.workers, "--bcrypt-cost", 4]
        flags += ["--dev"] if self.dev else []
        return [*self.prefix, binary(), "serve", *map(str, flags), *self.options]

    def surroundings(self):
        drop = ("DATABASE_URL", "JWT_SECRET", "CORS_ORIGINS", "FRONTEND_URL", "YOUTUBE_API_KEY", "YOUTUBE_API_BASE_URL",
                "MINIMUM_ATTENDANCE_SECONDS", "COURSES_DAY_ZONE", "COURSES_ADMIN_SIGNUP", "FIREBASE_SERVICE_ACCOUNT_KEY",
                "SESSION_TIMEOUT_MINUTES", "LEGACY_SESSION_HEADER", "MASTERY_SCORE", "TEACHER_REGISTRATION", "KAFKA_BOOTSTRAP_SERVERS",
                "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_TIMEOUT_SECONDS", "SENDGRID_API_KEY", "SENDGRID_BASE_URL",
                "EMAIL_FROM_ADDRESS", "EMAIL_FROM_NAME", "SECRET_KEY", "SECRET_KEY_PREVIOUS", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES",
                "REFRESH_TOKEN_EXPIRE_DAYS", "APP_VERSION", "EMAIL_BLOCKED_DOMAINS")
        kept = {k: v for k, v in os.environ.items() if k not in drop and not k.startswith("LECTERN_")}
        kept.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
        kept.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        return {**kept, **self.environment}

    def start(self):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=errors,
                                            stdin=subprocess.DEVNULL, env=self.surroundings(), cwd=self.folder,
                                            **self.inherit)
        self._await_line(b"listening on http://")
        return self

    def _await_line(self, wanted):
        heard, deadline = b"", time.monotonic() + START_TIME
        while wanted not in heard:
            left = max(0.0, deadline - time.monotonic())
            ready = select.select([self.process.stdout], [], [], left)[0]
            data = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not data:
                raise AssertionError(f"server not ready (exit {self._give_up()}): {heard!r} {self.stderr()[-3000:]}")
            heard += data

    def _give_up(self):
        """The exit code of a server that does not start; None when it had to be killed."""
        try:
            return self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def stderr(self):
        return Path(self.errors).read_text(errors="replace") if os.path.exists(self.errors) else ""

    def kill(self):
        self.process.kill()
        self.process.wait(STOP_TIME)
        self.process.stdout.close()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout=STOP_TIME):
        """The exit code; a server that does not end in time is a failure (and is killed)."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no exit within {timeout} s of SIGTERM: {self.stderr()[-3000:]}") from None
        self.process.stdout.close()
        return code

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Orderly end, and the proof that no sanitizer had anything to say."""
        if self.running():
            self.terminate()
            code = self.wait()
            assert code == 0, f"exit code {code}: {self.stderr()[-6000:]}"
            assert postmaster(self.data) is None, "the private database outlived the server"
        self.check()

    def check(self):
        text = self.stderr()
        found = SANITIZER.search(text)
        assert not found, text[max(0, found.start() - 500): found.start() + 6000]

    def remove(self):
        if self.running():
            self.kill()
        if running := postmaster(self.data):
            os.kill(running[0], signal.SIGQUIT)
            wait_until(lambda: not os.path.exists(f"/proc/{running[0]}"), what="end of the private database")
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self):
        found = wait_until(lambda: postmaster(self.data), what="private database")
        return Database(found[2], found[1])

    def admin(self, *words):
        return run(binary(), "admin", "--data", self.data, *words, env=self.surroundings())


class Cluster:
    """A PostgreSQL of the tests' own, for servers that run with DATABASE_URL."""

    def __init__(self):
        self.folder = short_folder()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = f"{self.folder}/pg"
        self._do(pg_bin("initdb"), "-D", self.data, "-A", "trust", "-U", "lectern", "--no-sync", "-E", "UTF8")
        self.start()
        self._do("createdb", "-h", self.folder, "-U", "lectern", "lectern")
        self.database = Database(self.folder, 5432)

    def _do(self, *command):
        done = run(*as_postgres(*command), cwd="/")
        assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"

    def url(self, scheme="postgresql"):
        return f"{scheme}://lectern@/lectern?host={self.folder}"

    def start(self):
        self._do(pg_bin("pg_ctl"), "-D", self.data, "-l", f"{self.folder}/log", "-w", "-o",
                 f"-k {self.folder} -c listen_addresses=''", "start")

    def stop(self, mode="immediate"):
        self._do(pg_bin("pg_ctl"), "-D", self.data, "-m", mode, "-w", "stop")

    def processes(self):
        leader = Path(self.data, "postmaster.pid").read_text().split()[0]
        return [int(leader), *map(int, Path(f"/proc/{leader}/task/{leader}/children").read_text().split())]

    def pause(self):
        for pid in self.processes():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self.processes():
            os.kill(pid, signal.SIGCONT)

    def remove(self):
        if os.path.exists(f"{self.data}/postmaster.pid"):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def outside_server(cluster, *options, scheme="postgresql", **more):
    """A server without --dev on the cluster, taking bare user_id."""
    environment = {"DATABASE_URL": cluster.url(scheme), "JWT_SECRET": secrets.token_hex(32)}
    return Server("--identity", "legacy", "--teacher-signup", "anybody", *options, dev=False, environment=environment, **more)
