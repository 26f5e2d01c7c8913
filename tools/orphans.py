"""Takes over what the tests orphan, and reaps it.

A test that kills a server leaves its PostgreSQL to process 1. Where that one does not reap, as in many a container, a killed PostgreSQL stays
a zombie, and the next one takes its lock file for a living server's.
"""
import contextlib
import ctypes
import os
import signal
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
ADDR_NO_RANDOMIZE = 0x0040000
PATIENCE_S = 20
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def reap_until(child):
    """The exit code of the child; meanwhile everybody who is left to us is reaped."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def reap_rest():
    """Lets those who are still there finish; then interrupts them."""
    signal.signal(signal.SIGALRM, lambda *_: [os.kill(pid, signal.SIGINT) for pid in left()])
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S, PATIENCE_S)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def left():
    """Our children now."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def stop(child):
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


def adopt():
    """Returns in a child, whose exit code becomes ours. Sanitizers want addresses that are not random: where that is allowed it is so
    from here on."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    libc.personality(ADDR_NO_RANDOMIZE)
    child = os.fork()
    if not child:
        return
    for number in STOPPING:
        signal.signal(number, lambda *_: stop(child))
    code = reap_until(child)
    reap_rest()
    os._exit(code)
