"""One server of tests/api/launch.py for a test in another language: serve.py [options of `lectern serve`].

Commands come as lines on standard input: start, stop (orderly; fails when a sanitizer had something to say), kill. Each is answered by one line
of JSON, {"url", "data"} or {"failed": why}. The end of the input ends and removes the server.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))
from launch import HOST, Server  # noqa: E402


def main(options):
    server = Server(*options)
    commands = {"start": server.start, "stop": server.stop, "kill": server.kill}
    try:
        for line in sys.stdin:
            try:
                commands[line.strip()]()
                answer = {"url": f"http://{HOST}:{server.port}", "data": server.data}
            except Exception as why:  # whatever it is, the test is to say it
                answer = {"failed": f"{line.strip()}: {why!r}"}
            print(json.dumps(answer), flush=True)
    finally:
        server.remove()


if __name__ == "__main__":
    main(sys.argv[1:])
