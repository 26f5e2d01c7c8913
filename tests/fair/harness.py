"""A server with its by-standers, one attack after the other beside them, and the laws by which each is judged."""
import functools
import json
import os
import select
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "api"), str(HERE.parent / "outside"), str(HERE)]
# pylint: disable=wrong-import-position
from attackers import ATTACKERS, MANY, MANY_TIMES, MIB, ONE  # noqa: E402
from bystanders import Bystanders  # noqa: E402
from client import Timeout, wait_until  # noqa: E402
from firebase import Firebase  # noqa: E402
from gauges import Watch, cost  # noqa: E402
from launch import Server, binary  # noqa: E402
from sendgrid import SendGrid  # noqa: E402
from tutor import KEY, openai  # noqa: E402
from voices import EMBEDDER  # noqa: E402
from wants import WANTS  # noqa: E402

PATIENCE = 120.0
TIMES, MORE_S = 1.5, 0.020  # by-standers' p99 is at most so many times their own, and so much more
SLACK = {"resident": 64 * MIB, "tcp": 32 * MIB}  # what may be left when an attack has ended
CALM_S = {"delivery": 0.030, "sign-in": 0.250}  # by-standers' own p99 is more than this, or the load for a core than
CALM_LOAD = 4  # this: the machine is too busy to judge times
QUIET_S = 3.0  # before the first attack
PRIORITY = -10  # of by-standers and their server: what else runs on the machine is not what is judged


SANITIZED = 2  # times the memory, under a sanitizer
FREED = "quarantine_size_mb=8:thread_local_quarantine_size_kb=64:allocator_release_to_os_interval_ms=100"  # it keeps little of what is freed


@functools.cache
def sanitized():
    return b"__asan_init" in Path(binary()).read_bytes()


class Law(NamedTuple):
    """One law of one attack: `held` is None if it could not be judged."""
    name: str
    held: bool
    seen: str

    def __str__(self):
        return f"{self.name}: {'not judged' if self.held is None else 'held' if self.held else 'BROKEN'} ({self.seen})"


class Trial(NamedTuple):
    """What one attack made of everybody."""
    attacker: str
    addresses: int
    laws: list
    figures: str

    def broken(self):
        return {law.name: law.seen for law in self.laws if law.held is False}

    def held(self):
        return {law.name: law.seen for law in self.laws if law.held}


class Attackers:
    """A process for each attack, one at a time: `begin`, then `hear` and `tell`. The next is started early, since it takes a while to be there."""

    def __init__(self, place):
        self.place, self.process, self.next = place, None, None
        self.start()

    def start(self):
        command = [sys.executable, "-B", str(HERE / "attackers.py"), json.dumps(self.place)]
        self.next = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def end(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def close(self):
        self.end()
        self.process = self.next
        self.end()

    def begin(self, **attack):
        self.end()
        self.process = self.next
        self.start()
        self.tell(json.dumps(attack))
        self.hear("prepared")

    def hear(self, word):
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], f"nothing is said of {word}"
        line = self.process.stdout.readline()
        assert line, f"the attack ended before {word}"
        told = json.loads(line)
        assert word in told, told
        return told

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()


class Place:
    """The server, and the outside services that it needs, for as long as it is entered."""

    def __init__(self, *options, prefix=(), cost_of_hash=8):
        self.options, self.prefix = ["--bcrypt-cost", cost_of_hash, *options], prefix
        self.open = ExitStack()

    def __enter__(self):
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
        with ExitStack() as stack:
            firebase, mails, model = Firebase(), SendGrid(), openai.OpenAI(KEY, usual=openai.Answer("A reply", before=0.3)).start()
            for end in (firebase.close, mails.close, model.stop):
                stack.callback(end)
            environment = {"FIREBASE_SERVICE_ACCOUNT_KEY": firebase.account, "LECTERN_FCM_URL": firebase.url, "SENDGRID_API_KEY": mails.key,
                           "SENDGRID_BASE_URL": mails.url, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url,
                           "ASAN_OPTIONS": f"{os.environ.get('ASAN_OPTIONS', '')}:{FREED}".lstrip(":")}
            self.server = Server("--voice-embedder", EMBEDDER, *self.options, environment=environment, prefix=self.prefix)
            stack.callback(self.server.remove)
            self.server.start()
            self.pid = self.server.process.pid
            self.bystanders = stack.enter_context(Bystanders(self.server))
            self.usual = self.stand(QUIET_S)
            self.attackers = Attackers(self.told())
            stack.callback(self.attackers.close)
            self.open = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.open.close()

    def told(self):
        """What an attacker knows of it."""
        database = self.server.database().arguments
        return {"port": self.server.port, "data": self.server.data, "binary": binary(), "member": self.bystanders.member.phone,
                "room": self.bystanders.room.id, "workers": self.server.workers,
                "socket": database[database.index("-h") + 1], "database_port": int(database[database.index("-p") + 1])}

    def cost(self):
        return cost(self.pid, self.server.port)

    def stand(self, seconds):
        """A window of so much time."""
        opened = self.bystanders.open()
        self.bystanders.poster.stopping.wait(seconds)
        return self.bystanders.close(opened)


def time_law(seen, usual):
    """p99 of what by-standers do against their usual, if the machine is calm enough for their usual to mean something."""
    own, now = usual.p99(), seen.p99()
    most = {what: TIMES * p99 + MORE_S for what, p99 in own.items()}
    calm = all(own[what] <= limit for what, limit in CALM_S.items()) and os.getloadavg()[0] <= CALM_LOAD * len(os.sched_getaffinity(0))
    told = "; ".join(f"{what} p99 {now[what] * 1000:.0f} ms, at most {most[what] * 1000:.0f}, usually {own[what] * 1000:.0f}" for what in own)
    return Law("time", all(now[what] <= most[what] for what in own) if calm else None, told)


def served_laws(seen):
    refused = seen.refused()
    yield Law("served", not refused, f"by-standers were answered {refused}" if refused else f"{len(seen.posts)} posts, {len(seen.sign_ins)} sign-ins")
    yield Law("streams", not (seen.cuts or seen.faults or seen.unheard), f"{seen.cuts} cut, {seen.unheard} deliveries lost, {seen.faults[:2]}")


def cost_laws(attack, addresses, before, highest):
    for what in ("resident", "tcp"):
        more, most = getattr(highest, what) - getattr(before, what), getattr(attack, what) * MIB * (MANY_TIMES if addresses > ONE else 1)
        yield Law(what, more <= most * (SANITIZED if sanitized() and what == "resident" else 1), f"{more / MIB:+.0f} MiB, at most {most // MIB}")


def back_law(place, attack, before, patience):
    """All that an attack held is given back."""
    slacks = {**SLACK, "descriptors": attack.descriptors}

    def over():
        now = place.cost()
        return {what: getattr(now, what) - getattr(before, what) for what, slack in slacks.items() if getattr(now, what) > getattr(before, what) + slack}
    try:
        wait_until(lambda: not over(), patience, what="all back")
        return Law("back", True, str(place.cost()))
    except Timeout:
        return Law("back", False, f"more than before: {over()}")


def trial(place, name, addresses=None, quiet=0.8, attack=1.2, long=False, patience=20.0):
    """One attack, with a quiet time after it in which its by-standers have what they have without it, as they had before."""
    kind = ATTACKERS[name]
    addresses = addresses or kind.addresses
    attacker = place.attackers
    attacker.begin(name=name, addresses=addresses, long=long)
    before = place.cost()
    with Watch(place.pid, place.server.port) as watch:
        attacker.tell("go")
        seen = place.stand(attack)
        attacker.tell("stop")
        told = attacker.hear("answers")
    attacker.tell("release")
    attacker.hear("released")
    back = back_law(place, kind, before, patience)
    usual, after = place.usual, place.stand(quiet)
    place.usual += after
    laws = [*served_laws(seen + after), time_law(seen, usual), *cost_laws(kind, addresses, before, watch.highest), back,
            Law("attack", not told["faults"], "; ".join(told["faults"]))]
    assert place.server.running(), place.server.stderr()[-4000:]
    return Trial(name, addresses, laws, f"{name} from {addresses}: usual {usual}; under attack {seen}; highest {watch.highest}; answers {told['answers']}")


def known(name, law):
    return any(attacker == name and law in laws for attacker, *laws in WANTS)


def judged(place, name, *more, tries=3, **options):
    """A trial; if the law of time is broken, and that is not known, it is tried again, and the best counts."""
    for _ in range(tries):
        one = trial(place, name, *more, **options)
        if "time" not in one.broken() or known(name, "time"):
            break
    return one


def wrong(one):
    """What a trial shows that is not known, and what it no longer shows that is, as sentences. Rows are of attacks from as many addresses as in the short run."""
    strict = WANTS if one.addresses == ATTACKERS[one.attacker].addresses else {}
    mended = [laws for attacker, *laws in strict if attacker == one.attacker and all(law in one.held() for law in laws)]
    return ([f"{one.attacker}: {law}: {seen}" for law, seen in one.broken().items() if not known(one.attacker, law)] +
            [f"{one.attacker}: {', '.join(laws)} holds: delete its row of tests/fair/wants.py" for laws in mended])


@contextmanager
def bound(mebibytes):
    """A cgroup of so much memory (root's; version 2, or 1 where that has the memory): what Place takes to run its server, and the database of it, in."""
    second = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    group = Path("/sys/fs/cgroup" if second else "/sys/fs/cgroup/memory", f"lectern-fair-{os.getpid()}")
    group.mkdir()
    try:
        if second and not (group / "memory.max").exists():
            (group.parent / "cgroup.subtree_control").write_text("+memory", encoding="ascii")
        (group / ("memory.max" if second else "memory.limit_in_bytes")).write_text(str(mebibytes * MIB), encoding="ascii")
        yield {"prefix": ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]}
    finally:
        wait_until(lambda: not (group / "cgroup.procs").read_text(encoding="ascii"), PATIENCE, what="an empty cgroup")
        group.rmdir()
