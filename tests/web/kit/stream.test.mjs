/* Unit tests of stream.js: resuming, patience and refusal, with a network and a clock made here. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { openStream, retryDelay } from "../../../tools/web/kit/stream.js";

const turn = () => new Promise(resolve => setImmediate(resolve));

/** A network that answers as scripted, and a clock that moves when told. `answers`: a body's pieces, a status, or 'broken'. */
function world(...answers) {
    const requests = [];
    const phases = [];
    const events = [];
    const timers = new Map();
    let names = 0;
    const fetch = async (url, { headers, signal }) => {
        requests.push({ url, headers, signal });
        const answer = answers.shift() ?? "silent";
        if (answer === "broken")
            throw new TypeError("network error");
        if (typeof answer === "number")
            return new Response(JSON.stringify({ detail: `no: ${answer}` }), { status: answer });
        return new Response(bodyOf(answer, signal), { status: 200 });
    };
    const stream = openStream({
        url: "sse/sessions/1", token: "secret", fetch, random: () => 1,
        onEvent: event => events.push(event), onPhase: phase => phases.push(phase),
        later: (run, delay) => { timers.set(++names, { run, delay }); return names; },
        never: name => timers.delete(name),
    });
    /** Lets the newest timer of that delay fire. */
    async function pass(delay) {
        const [name, timer] = [...timers].reverse().find(([, one]) => one.delay === delay) ?? [];
        assert.ok(timer, `no timer of ${delay} ms among ${[...timers.values()].map(one => one.delay)}`);
        timers.delete(name);
        timer.run();
        await settled();
    }
    return { stream, requests, phases, events, timers, pass };
}

async function settled() {
    for (let i = 0; i < 20; i++)
        await turn();
}

function bodyOf(pieces, signal) {
    return new ReadableStream({
        start(controller) {
            signal.addEventListener("abort", () => { try { controller.error(new Error("aborted")); } catch { /* ended */ } });
            for (const piece of pieces === "silent" ? [] : pieces)
                controller.enqueue(new TextEncoder().encode(piece));
            if (pieces !== "silent" && pieces.at(-1) !== ": open\n")
                controller.close();
        },
    });
}

test("the request carries the token, and no id the first time", async () => {
    const { stream, requests, phases } = world("silent");
    await settled();
    assert.deepEqual(requests[0].headers, { Accept: "text/event-stream", Authorization: "Bearer secret" });
    assert.deepEqual(phases.map(phase => phase.phase), ["connecting", "open"]);
    stream.close();
});

test("after an end it comes back in the time the server named, with the last id", async () => {
    const { stream, requests, phases, events, pass } = world(["retry: 700\nid: 1-5\ndata: a\n\n", "data: without id\n\n"], "silent");
    await settled();
    assert.deepEqual(events.map(event => event.data), ["a", "without id"]);
    assert.deepEqual(phases.at(-1), { phase: "waiting", delay: 700, failures: 1 });
    await pass(700);
    assert.equal(requests[1].headers["Last-Event-ID"], "1-5");
    assert.deepEqual(phases.at(-1), { phase: "open", resumed: true });
    stream.close();
});

test("it waits longer each time, and starts over once something has been said", async () => {
    const { stream, phases, pass } = world("broken", 503, "broken", ["data: x\n\n"], "silent");
    await settled();
    await pass(2000);
    await pass(4000);
    await pass(8000);
    assert.deepEqual(phases.at(-1), { phase: "waiting", delay: 2000, failures: 1 });
    stream.close();
});

test("a server that cannot now says when, and is left alone longer each time", async () => {
    const { stream, events, phases, pass } = world(["retry: 700\n\n"], ["retry: 700\n\n"], ["event: kicked\ndata: {}\n\n"]);
    await settled();
    assert.deepEqual(phases.at(-1), { phase: "waiting", delay: 700, failures: 1 });
    await pass(700);
    assert.deepEqual(phases.at(-1), { phase: "waiting", delay: 1400, failures: 2 });
    await pass(1400);
    assert.deepEqual(events.map(event => event.event), ["kicked"]);
    stream.close();
});

test("a refusal is final and says why", async () => {
    for (const status of [400, 401, 403, 404]) {
        const { phases, timers } = world(status);
        await settled();
        assert.deepEqual(phases.at(-1), { phase: "refused", status, detail: `no: ${status}` });
        assert.equal(timers.size, 0);
    }
});

test("a busy server is no refusal", async () => {
    for (const status of [408, 429, 500, 503]) {
        const { stream, phases } = world(status);
        await settled();
        assert.equal(phases.at(-1).phase, "waiting");
        stream.close();
    }
});

test("a connection that has gone silent is given up", async () => {
    const { stream, phases, pass } = world([": open\n"], "silent");
    await settled();
    assert.equal(phases.at(-1).phase, "open");
    await pass(70000);
    assert.equal(phases.at(-1).phase, "waiting");
    stream.close();
});

test("when the network is back there is no waiting", async () => {
    const { stream, requests } = world("broken", "silent");
    await settled();
    stream.retryNow();
    stream.retryNow();
    await settled();
    assert.equal(requests.length, 2);
    stream.close();
});

test("a closed stream says nothing more and leaves no timer", async () => {
    const { stream, requests, phases, events, timers } = world([": open\n"]);
    await settled();
    stream.close();
    await settled();
    stream.retryNow();
    assert.deepEqual([requests.length, events.length, timers.size, phases.length], [1, 0, 0, 2]);
    assert.ok(requests[0].signal.aborted);
});

test("connections to come show the newest token", async () => {
    const { stream, requests, pass } = world(["data: 1\n\n"], "silent");
    await settled();
    stream.useToken("another");
    await pass(2000);
    assert.deepEqual(requests.map(({ headers }) => headers.Authorization), ["Bearer secret", "Bearer another"]);
    stream.close();
});

test("text cut inside a character arrives whole", async () => {
    const bytes = new TextEncoder().encode("data: ä€😀\n\n");
    const events = [];
    const body = new ReadableStream({
        start(controller) {
            for (const byte of bytes)
                controller.enqueue(new Uint8Array([byte]));
        },
    });
    const stream = openStream({ url: "x", token: "t", fetch: async () => new Response(body), onEvent: event => events.push(event),
        onPhase: () => {}, later: () => 0, never: () => {} });
    await settled();
    await settled();
    assert.deepEqual(events, [{ event: "message", data: "ä€😀", id: null }]);
    stream.close();
});

test("delays double, are spread, and have an end", () => {
    assert.equal(retryDelay(1, 2000, () => 0), 2000);
    assert.deepEqual([retryDelay(2, 2000, () => 0), retryDelay(2, 2000, () => 1)], [2000, 4000]);
    assert.deepEqual([retryDelay(60, 2000, () => 0), retryDelay(60, 2000, () => 1)], [15000, 30000]);
    assert.equal(retryDelay(9, 60000, () => 1), 60000);
});
