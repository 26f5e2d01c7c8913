#!/usr/bin/python3 -B
"""Torture: every allocation of a test program fails once, in a run of its own, and the product must stand it.

    tests/torture/run.py                              every unit test program of proto/ and store/, every allocation
    tests/torture/run.py transport_http --every 7     those whose name fits, every seventh
    tests/torture/run.py proto_base_json --only 41    one of them, with all that it prints

A case of a program may fail with its message: that is how it says that it lacked memory. What counts is what the product does: a crash, a
broken assertion, a finding of a sanitizer, memory left behind by a run whose cases all passed, and a run that does not end. What a test
itself does with no memory is not judged: a finding belongs to whoever is innermost, of the tree's own code, in its stack.

Programs are made by `ninja -C build/asan tests`. The last line is "N runs, M findings"; the exit code tells whether there were any.
"""
import argparse
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
OURS = ("proto", "store", "actors", "transport", "tools", "tests")
USUAL = r"^(proto|store)_"
OPTIONS = {
    # cmocka must not take signals from the sanitizer; the preload stands before it
    "ASAN_OPTIONS": "detect_leaks=1:verify_asan_link_order=0:handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_abort=2:exitcode=99:"
                    "allocator_may_return_null=1",
    "LSAN_OPTIONS": f"suppressions={TOP}/tests/torture/known:print_suppressions=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
FRAME = re.compile(r"^\s*#\d+ 0x\w+ in (\S+) (\S+?):(\d+)", re.M)
# Where libraries crash for want of memory, whatever they are given: OpenSSL 3.0, when it fetches its first digest, takes locks that it could not make.
CRASHES = re.compile(r"AddressSanitizer: SEGV[^\n]*\n(?:[^\n]+\n)*? +#\d+ 0x\w+ in EVP_MD_fetch ")
REPORT = "=QQ32Q"
LEFT = "memory is left behind: "


def preload(folder):
    """The library, made in the folder."""
    made = Path(folder, "torture.so")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", made, TOP / "tests/torture/preload.c", "-ldl"], check=True)
    return made


def place(path, root):
    """A file of the tree as the tree names it, whatever the build calls it; else None."""
    parts = Path(os.path.normpath(path)).parts
    for i, part in enumerate(parts):
        if part in OURS and (root / Path(*parts[i:])).exists():
            return "/".join(parts[i:])
    return None


class Program:
    """One test program, and how it is run."""

    def __init__(self, path, library, limit, root=TOP):
        self.path, self.library, self.limit, self.root = Path(path), library, limit, root

    def run(self, nth, exact=False):
        """(allocations counted, addresses of the one that failed, exit code or None for too long, output); exact: stacks of what is left
        behind go through libraries too, slowly"""
        with tempfile.NamedTemporaryFile(prefix="torture-") as report:
            report.truncate(struct.calcsize(REPORT))
            os.chmod(report.name, 0o666)
            options = {**OPTIONS, "ASAN_OPTIONS": OPTIONS["ASAN_OPTIONS"] + ":fast_unwind_on_malloc=0"} if exact else OPTIONS
            environment = {**os.environ, **options, "LD_PRELOAD": str(self.library), "TORTURE_NTH": str(nth), "TORTURE_REPORT": report.name}
            child = subprocess.Popen([self.path], cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, start_new_session=True)
            try:
                output, code = child.communicate(timeout=self.limit)[0], child.returncode
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, 9)
                output, code = child.communicate()[0], None
            count, n, *frames = struct.unpack(REPORT, Path(report.name).read_bytes())
        return count, [at for at in frames[:n] if at], code, output.decode(errors="replace")

    def asked(self, addresses):
        """Who asked for the allocation that failed: (function, file, line) of the tree's own, the innermost first."""
        if not addresses:
            return []
        told = subprocess.run(["addr2line", "-f", "-e", self.path, *[hex(at - 1) for at in addresses]], capture_output=True, text=True,
                              check=True).stdout.splitlines()
        named = [(function, place(where.rsplit(":", 1)[0], self.root), where.rsplit(":", 1)[-1].split()[0])
                 for function, where in zip(told[::2], told[1::2])]
        return [asker for asker in named if asker[1]]

    def judged(self, nth):
        """(what is wrong when this allocation fails, or None; who asked for it)"""
        _, addresses, code, output = self.run(nth)
        wrong = judge(code, output, self.root)
        if wrong and wrong.startswith(LEFT):
            *_, code, output = self.run(nth, exact=True)
            wrong = judge(code, output, self.root, exact=True)
        asked = self.asked(addresses) if wrong else []
        first = next((path for _, path, _ in asked if not path.startswith("proto/base/buf.")), "")
        return None if first.startswith("tests/") else wrong, asked


def culprit(text, root):
    """The innermost function of the tree in the first stack of a finding."""
    for function, path, line in FRAME.findall(text):
        where = place(path, root)
        if where:
            return f"{function} {where}:{line}"
    return None


def leaks(text, root, exact):
    """Who of the tree took what was left behind, but for tests; who asked a library that lost it is not known but to an exact run."""
    stacks = text[text.index("LeakSanitizer"):].split("\n\n")
    found = [culprit(stack, root) or "?" for stack in stacks if "Direct leak of" in stack]
    exact = " in main " in text[text.index("LeakSanitizer"):]
    return sorted({who for who in found if " tests/" not in who and (who != "?" or not exact)})


def gives_up(text):
    """Has a library, such as libuv, ended the program itself?"""
    stack = re.search(r"AddressSanitizer: ABRT.*\n((?: +#.*\n)+)", text)
    frames = [line for line in stack[1].splitlines() if not re.search(r" (nptl|stdlib|\.\./sysdeps)/", line)] if stack else []
    return bool(frames) and ".so" in frames[0]


def judge(code, output, root=TOP, exact=False):
    """What is wrong with a run; None: nothing."""
    if code is None:
        return "it did not end"
    failed = re.search(r"^\[  (FAILED|ERROR) ", output, re.M)
    if "LeakSanitizer" in output:
        found = [] if failed else leaks(output, root, exact)
        return LEFT + ", ".join(found) if found else None
    if re.search(r"AddressSanitizer: (CHECK|failed to)", output):  # the sanitizer's own want of memory
        return None
    broken = re.search(r"AddressSanitizer|runtime error:", output)
    if not broken and code >= 0:
        return None
    who = culprit(output[broken.start():], root) if broken else None
    if (who and " tests/" in who) or gives_up(output) or CRASHES.search(output):
        return None
    what = re.search(r"Assertion `.*' failed|runtime error: .*|AddressSanitizer: \S+", output)
    return f"{what[0] if what else f'signal {-code}'}: {who}"


def torture(program, numbers, jobs):
    """Each of these allocations of a program fails; findings, with how often and an example of each."""
    found, examples, runs = Counter(), {}, 0

    with ThreadPoolExecutor(jobs) as pool:
        for nth, (wrong, asked) in zip(numbers, pool.map(program.judged, numbers)):
            runs += 1
            if wrong:
                found[wrong] += 1
                examples.setdefault(wrong, (nth, asked))
    for wrong, times in found.most_common():
        nth, asked = examples[wrong]
        print(f"{program.path.name}: {wrong}\n    {times} times, such as --only {nth}: {shown(asked)}", flush=True)
    return runs, len(found)


def shown(asked):
    return " < ".join(f"{function} ({path}:{line})" for function, path, line in asked[:6]) or "nobody knows"


def sample(count, n):
    """So many of the numbers up to a count, evenly, the first and the last among them."""
    return sorted({1 + i * (count - 1) // max(1, n - 1) for i in range(n)})


def arguments(words):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", nargs="*", help=f"of test programs, as patterns [{USUAL}]")
    p.add_argument("--build", type=Path, default=TOP / "build/asan", help="the build folder [build/asan]")
    p.add_argument("--every", type=int, default=1, metavar="K", help="every Kth allocation [1]")
    p.add_argument("--sample", type=int, metavar="N", help="N of them, evenly, instead")
    p.add_argument("--only", type=int, metavar="NTH", help="this one, and show what the run prints")
    p.add_argument("--limit", type=float, default=120, metavar="S", help="seconds of a run [120]")
    p.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    return p.parse_args(words)


def chosen(options):
    programs = sorted(path for path in options.build.glob("*_test") if os.access(path, os.X_OK))
    return [path for path in programs if any(re.search(name, path.name) for name in options.names or [USUAL])]


def main(words):
    options, runs, findings = arguments(words), 0, 0
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        os.chmod(folder, 0o755)
        library = preload(folder)
        for path in chosen(options):
            program = Program(path, library, options.limit)
            if options.only:
                *_, output = program.run(options.only, exact=True)
                wrong, asked = program.judged(options.only)
                print(f"{output}\nfailed: {shown(asked)}\njudged: {wrong}")
                continue
            count, _, code, output = program.run(0)
            if code:
                print(f"{path.name}: fails without any want of memory\n{output[-2000:]}")
                findings += 1
                continue
            more = torture(program, sample(count, options.sample) if options.sample else range(1, count + 1, options.every), options.jobs)
            print(f"{path.name}: {count} allocations, {more[0]} runs, {more[1]} findings", flush=True)
            runs, findings = runs + more[0], findings + more[1]
    print(f"{runs} runs, {findings} findings")
    return 1 if findings or not (runs or options.only) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
