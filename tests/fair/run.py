#!/usr/bin/python3 -B
"""Attacks beside by-standers, by hand, long and large. Prints what was seen and each law; the exit code tells whether one is broken that wants.py does
not know, or one held that it does.

  tests/fair/run.py                                             every attack, 10 s each, from one address and from many
  tests/fair/run.py --attacker SignUps Frames --seconds 60      these
  tests/fair/run.py --memory 512                                the server in a cgroup of so many MiB (root)
  tests/fair/run.py --short --addresses 60                      the sizes of tools/test"""
import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import ATTACKERS, MANY, ONE, Place, bound, judged, wrong  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attacker", nargs="+", choices=ATTACKERS, default=list(ATTACKERS), metavar="NAME", help=", ".join(ATTACKERS))
    parser.add_argument("--addresses", type=int, nargs="+", default=[ONE, MANY], help="from how many, each in turn")
    parser.add_argument("--seconds", type=float, default=10, help="of an attack")
    parser.add_argument("--quiet", type=float, default=5, help="seconds after it")
    parser.add_argument("--repeat", type=int, default=3, help="how often a broken law of time is tried; its best counts")
    parser.add_argument("--hash", type=int, default=12, help="cost of a password's hash")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--memory", type=int, metavar="MIB")
    options = parser.parse_args()
    bad = 0
    with ExitStack() as stack:
        place = stack.enter_context(Place(cost_of_hash=options.hash, **stack.enter_context(bound(options.memory)) if options.memory else {}))
        for name in options.attacker:
            for addresses in options.addresses:
                began = time.monotonic()
                one = judged(place, name, addresses, options.quiet, options.seconds, not options.short, tries=options.repeat)
                print(f"{one.figures} ({time.monotonic() - began:.0f} s)", *one.laws, sep="\n    ", flush=True)
                for text in wrong(one):
                    bad += 1
                    print(f"    WRONG {text}", flush=True)
    print(f"{bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
