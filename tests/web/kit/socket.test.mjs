/* Unit tests of socket.js: coming back, patience and refusal, with sockets and a clock made here. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { openSocket } from "../../../tools/web/kit/socket.js";

/** Sockets that do what they are told, and a clock that moves when told. */
function world() {
    const sockets = [], phases = [], frames = [], timers = new Map();
    let names = 0, tokens = 0;
    class Fake extends EventTarget {
        constructor(url) {
            super();
            Object.assign(this, { url, readyState: 0, sent: [] });
            sockets.push(this);
        }
        send(text) { this.sent.push(text.startsWith("{") ? JSON.parse(text) : text); }
        close() { this.readyState = 3; this.closedByPage = true; }
        opens() { this.readyState = 1; this.dispatchEvent(new Event("open")); }
        says(data) { this.dispatchEvent(Object.assign(new Event("message"), { data })); }
        ends(code) { this.readyState = 3; this.dispatchEvent(Object.assign(new Event("close"), { code })); }
    }
    const socket = openSocket({
        url: () => `ws://x?token=${++tokens}`, WebSocket: Fake, random: () => 1,
        onFrame: frame => frames.push(frame), onPhase: phase => phases.push(phase),
        later: (run, delay) => { timers.set(++names, { run, delay }); return names; },
        never: name => timers.delete(name),
    });
    return {
        socket, sockets, phases, frames, timers,
        last: () => sockets.at(-1),
        wait() { const [[name, { run, delay }]] = timers; timers.delete(name); run(); return delay; },
        said: () => phases.map(({ phase }) => phase),
    };
}

test("frames come and go as JSON; what is none is ignored", () => {
    const w = world();
    assert.equal(w.socket.send({ type: "ping" }), false);
    w.last().opens();
    assert.ok(w.socket.isOpen() && w.socket.send({ type: "ping" }));
    ['{"type":"pong"}', "{", "1", "null"].forEach(text => w.last().says(text));
    w.socket.send("ping");
    assert.deepEqual(w.last().sent, [{ type: "ping" }, "ping"]);
    assert.deepEqual(w.frames, [{ type: "pong" }]);
    assert.deepEqual(w.said(), ["connecting", "open"]);
});

test("what breaks comes back, ever more slowly, with a new address, and says so", () => {
    const w = world();
    w.last().opens();
    w.last().ends(1006);
    assert.equal(w.socket.isOpen(), false);
    assert.deepEqual([w.wait(), (w.last().ends(1006), w.wait()), (w.last().ends(1001), w.wait())], [2000, 4000, 8000]);
    w.last().opens();
    assert.deepEqual(w.phases.at(-1), { phase: "open", again: true });
    assert.equal(w.last().url, "ws://x?token=4");
    w.last().ends(1006);
    assert.equal(w.wait(), 2000);
});

test("a refusal is the end", () => {
    for (const code of [1000, 1008, 4401, 4403, 4404]) {
        const w = world();
        w.last().opens();
        w.last().ends(code);
        assert.deepEqual(w.phases.at(-1), { phase: "refused", code });
        assert.equal(w.timers.size, 0);
    }
});

test("what never opens is absent after a few attempts", () => {
    const w = world();
    for (let attempt = 0; attempt < 3; attempt++) {
        w.last().ends(1006);
        w.wait();
    }
    w.last().ends(1006);
    assert.deepEqual(w.said(), ["connecting", "waiting", "waiting", "waiting", "absent"]);
    assert.equal(w.timers.size, 0);
});

test("closed is closed, and the network's return ends the wait", () => {
    const w = world();
    w.last().opens();
    w.last().ends(1006);
    w.socket.retryNow();
    w.socket.retryNow();
    assert.equal(w.sockets.length, 2);
    w.last().opens();
    w.socket.close();
    w.last().says('{"type":"late"}');
    w.last().ends(1006);
    assert.ok(w.last().closedByPage);
    assert.deepEqual([w.frames, w.timers.size, w.sockets.length], [[], 0, 2]);
});
