#!/usr/bin/python3 -B
"""A chat-completions API of our own, as the practice contract, section 7.7, describes the real one: streamed and whole answers, keys, refused
parameters, patience asked for, and whatever else can go wrong. Tests drive it as an object; by hand it answers until it is interrupted:

  tests/outside/openai.py [--port 8092] [--key demo-key] [--before SECONDS] [--between SECONDS]

Its base address is printed; give it to lectern as OPENAI_BASE_URL, and the key as OPENAI_API_KEY.
"""
import argparse
import asyncio
import json
import re
import threading

HELD_S = 60  # the longest a held answer waits for its release
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


class Answer:
    """A reply: `text`, or what a function of the request's body makes; streamed in `pieces` (words by default) if that was asked for.

    before, between    seconds before the first byte and between pieces
    hold_at            waits for release() before this piece; 0: before the first byte
    cut_at             closes the connection before this piece
    finish             the last event has a finish_reason; done: the stream ends with [DONE]
    whole              is not streamed, whatever was asked for"""

    def __init__(self, text=None, pieces=None, before=0.0, between=0.0, hold_at=None, cut_at=None, finish=True, done=True, whole=False):
        self.text, self.pieces, self.before, self.between = text, pieces, before, between
        self.hold_at, self.cut_at, self.finish, self.done, self.whole = hold_at, cut_at, finish, done, whole

    def pieces_for(self, asked):
        if self.pieces is not None:
            return self.pieces
        text = reply_to(asked) if self.text is None else self.text
        return re.findall(r"\s*\S+|\s+$", text)


class Refusal:
    """An answer in the API's envelope."""

    def __init__(self, status, message="Refused.", param=None, code=None, **headers):
        self.status, self.headers = status, {name.replace("_", "-"): str(value) for name, value in headers.items()}
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


class Raw:
    """These very bytes; `announced` more than they are cuts the answer off."""

    def __init__(self, body, status=200, content_type="application/json", announced=None):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.content_type, self.announced = status, content_type, announced


DROP = "closes the connection without an answer"
NONSENSE = Raw(b"<!DOCTYPE html><html><body>Sign in</body></html>", content_type="text/html")


def message(content):
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "stand-in",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]}


def slow_down(seconds):
    return Refusal(429, "Rate limit reached.", code="rate_limit_exceeded", Retry_After=seconds)


def reply_to(asked):
    """What a patient tutor would say to anything."""
    said = asked["messages"][-1]["content"]
    return f"Let us look at that together. You wrote: {said[:200]} What have you tried so far, and what did you expect to happen?"


def unsupported(asked):
    """What newer models say to the parameters of older ones; None: nothing is wrong."""
    if "max_tokens" in asked:
        return Refusal(400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                       "max_tokens", "unsupported_parameter")
    if asked.get("temperature", 1) != 1:
        return Refusal(400, f"Unsupported value: 'temperature' does not support {asked['temperature']} with this model. Only the default (1) "
                            "value is supported.", "temperature", "unsupported_value")
    return None


class OpenAI:
    """The server. `usual` answers what no step is for; `newer` makes it refuse the parameters of older models."""

    def __init__(self, key="test-key", port=0, usual=None):
        self.key, self.usual, self.newer = key, usual or Answer(), False
        self.asked, self.script, self.connections = [], [], 0
        self.lock, self.held = threading.Lock(), threading.Semaphore(0)
        self.loop = asyncio.new_event_loop()
        self.released = None
        self.server = self.loop.run_until_complete(self.listen(port))
        self.base_url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/v1"
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    async def listen(self, port):
        self.released = asyncio.Event()
        return await asyncio.start_server(self.serve, "127.0.0.1", port, backlog=4096)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.loop.call_soon_threadsafe(self.released.set)
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def close(self):
        self.server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # ---- what tests do ----

    def steps(self, *steps):
        """For the next questions, one each: an Answer, a Refusal, a Raw, DROP, or None for the usual."""
        with self.lock:
            self.script = list(steps)

    def calls(self):
        """The bodies that were asked, each with its headers as `headers`."""
        with self.lock:
            return list(self.asked)

    def forget(self):
        with self.lock:
            self.asked, self.script, self.newer, self.held = [], [], False, threading.Semaphore(0)
        self.release()

    def wait_held(self, timeout=15):
        """Until some answer is being held."""
        assert self.held.acquire(timeout=timeout), "no question came to be held"

    def release(self):
        """Lets go on what is held now."""
        def swap():
            self.released.set()
            self.released = asyncio.Event()
        asyncio.run_coroutine_threadsafe(as_coroutine(swap), self.loop).result(10)

    # ---- HTTP ----

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while await self.request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # who asked has gone, or we stop
        finally:
            self.connections -= 1
            writer.close()

    async def request(self, reader, writer):
        """Answers one request; whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = line.split(" ")
        if (method, path) != ("POST", "/v1/chat/completions"):
            return await self.refuse(writer, Refusal(404, "Not found."))
        if headers.get("authorization") != f"Bearer {self.key}":
            return await self.refuse(writer, Refusal(401, "Incorrect API key provided.", code="invalid_api_key"))
        asked = json.loads(body)
        with self.lock:
            self.asked.append({**asked, "headers": headers})
            step = (self.script.pop(0) if self.script else None) or self.usual
        refused = unsupported(asked) if self.newer else None
        return await self.answer(writer, asked, refused or step)

    async def answer(self, writer, asked, step):
        if step == DROP:
            return False
        if isinstance(step, Refusal):
            return await self.refuse(writer, step)
        if isinstance(step, Raw):
            await send(writer, step.status, step.content_type, step.body, {}, step.announced)
            return not step.announced
        await self.pause(step.before)
        if step.hold_at == 0:
            await self.hold()
        if asked.get("stream") and not step.whole:
            return await self.stream(writer, step, step.pieces_for(asked))
        await send(writer, 200, "application/json", json.dumps(message("".join(step.pieces_for(asked)))).encode(), {})
        return True

    @staticmethod
    async def refuse(writer, refusal):
        await send(writer, refusal.status, "application/json", json.dumps(refusal.body).encode(), refusal.headers)
        return True

    async def hold(self):
        released = self.released
        self.held.release()
        await asyncio.wait_for(released.wait(), HELD_S)

    async def pause(self, seconds):
        """A delay that release() ends too."""
        try:
            await asyncio.wait_for(self.released.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def stream(self, writer, step, pieces):
        writer.write(head_of(200, "text/event-stream", {"Transfer-Encoding": "chunked"}))
        await self.event(writer, {"role": "assistant", "content": ""})
        for at, piece in enumerate(pieces):
            if at and step.hold_at == at:
                await self.hold()
            if step.cut_at == at:
                return False
            await self.event(writer, {"content": piece})
            await self.pause(step.between)
        if step.hold_at == len(pieces):
            await self.hold()
        if step.cut_at == len(pieces):
            return False
        if step.finish:
            await self.event(writer, {}, "stop")
        if step.done:
            await chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    @staticmethod
    async def event(writer, delta, finish=None):
        said = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        await chunk(writer, f"data: {json.dumps(said)}\n\n".encode())


async def as_coroutine(do):
    do()


def head_of(status, content_type, headers):
    fields = {"Content-Type": content_type, **headers}
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def send(writer, status, content_type, body, headers, announced=None):
    writer.write(head_of(status, content_type, {**headers, "Content-Length": announced or len(body)}) + body)
    await writer.drain()


async def chunk(writer, data):
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))
    await writer.drain()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=8092)
    p.add_argument("--key", default="demo-key")
    p.add_argument("--before", type=float, default=0.5, help="seconds before a reply begins")
    p.add_argument("--between", type=float, default=0.05, help="seconds between its words")
    options = p.parse_args()
    model = OpenAI(options.key, options.port, Answer(before=options.before, between=options.between)).start()
    print(f"OPENAI_BASE_URL={model.base_url} OPENAI_API_KEY={model.key}", flush=True)
    try:
        model.thread.join()
    except KeyboardInterrupt:
        model.stop()


if __name__ == "__main__":
    main()
