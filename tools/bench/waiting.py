#!/usr/bin/python3 -B
"""Conversations that wait, for the case waitingN of tools/bench/run. Two roles, each a process that ends with its standard input:

  tools/bench/waiting.py model --seconds 5               a model that thinks for so long; prints "listening on http://…"
  tools/bench/waiting.py students --port N --n 2000      so many conversations, in each of which a message always waits for its reply; prints
                                                         "ready" when all do, and at the end what they have seen, as JSON

Conversation k is that of student (k - 1) % PEOPLE + 1, whose token is practice-student-ID.
"""
import argparse
import asyncio
import json
import sys

HOST, PEOPLE = "127.0.0.1", 200
REPLY = "data: " + json.dumps({"choices": [{"delta": {"content": "Look at the last line again."}}]}) + "\n\ndata: [DONE]\n\n"
ASKED = json.dumps({"content": "Why does it print nothing?"})


async def read_message(reader):
    """The first line and the body of a request or an answer with a length; None at the end."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    lengths = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
    return first, await reader.readexactly(lengths[0] if lengths else 0)


async def until_let_go():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


# ---- the model ----

async def think(reader, writer, seconds):
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(REPLY)}\r\n\r\n{REPLY}".encode()
    try:
        while True:
            await read_message(reader)
            await asyncio.sleep(seconds)
            writer.write(answer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve_model(options):
    server = await asyncio.start_server(lambda r, w: think(r, w, options.seconds), HOST, 0, backlog=4096)
    print(f"listening on http://{HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    await until_let_go()


# ---- the students ----

class Seen:
    def __init__(self):
        self.asked = self.answered = self.refused = self.lost = 0


async def converse(options, number, seen):
    person = (number - 1) % PEOPLE + 1
    words = (f"POST /m/practice/api/chat/sessions/{number}/messages HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer practice-student-{person}\r\n"
             f"Content-Type: application/json\r\nContent-Length: {len(ASKED)}\r\n\r\n{ASKED}").encode()
    try:
        reader, writer = await asyncio.open_connection(HOST, options.port)
        while True:
            writer.write(words)
            seen.asked += 1
            first, _ = await read_message(reader)
            seen.answered += 1
            seen.refused += " 200 " not in first
    except (asyncio.IncompleteReadError, ConnectionError):
        seen.lost += 1


async def ask(options):
    seen, talks = Seen(), []
    for number in range(1, options.n + 1):
        talks.append(asyncio.create_task(converse(options, number, seen)))
        if number % 20 == 0:  # they come one after the other, and go on so
            await asyncio.sleep(20 * options.seconds / options.n)
    while seen.asked < options.n and not seen.lost:
        await asyncio.sleep(0.05)
    print('"ready"', flush=True)
    await until_let_go()
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
    print(json.dumps(vars(seen)), flush=True)
    return int(bool(seen.refused or seen.lost or not seen.answered))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("role", choices=["model", "students"])
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--port", type=int)
    p.add_argument("--n", type=int, default=2000)
    options = p.parse_args()
    return asyncio.run(serve_model(options) if options.role == "model" else ask(options))


if __name__ == "__main__":
    sys.exit(main())
