/* Unit tests of voice/signals.js: the order of signals, batches of candidates, and what is read out of descriptions. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { candidatesOf, createSignalQueue, fingerprintOf } from "../../../tools/web/classroom/voice/signals.js";

const turn = () => new Promise(resolve => setImmediate(resolve));

/** A network that answers when told, and timers that fire when told. */
function world() {
    const sent = [];
    const timers = [];
    const queue = createSignalQueue({
        send: payload => new Promise((answer, fail) => sent.push({ payload, answer, fail })),
        later: run => timers.push(run), never: () => { timers.length = 0; },
    });
    return { queue, sent, timers, payloads: () => sent.map(one => one.payload) };
}

test("one request at a time, in order", async () => {
    const { queue, sent, payloads } = world();
    queue.push({ n: 1 });
    queue.push({ n: 2 });
    await turn();
    assert.deepEqual(payloads(), [{ n: 1 }]);
    sent[0].answer();
    await turn();
    assert.deepEqual(payloads(), [{ n: 1 }, { n: 2 }]);
});

test("a request that fails does not hold up the next", async () => {
    const { queue, sent, payloads } = world();
    queue.push({ n: 1 });
    queue.push({ n: 2 });
    await turn();
    sent[0].fail(new Error("gone"));
    await turn();
    assert.deepEqual(payloads(), [{ n: 1 }, { n: 2 }]);
});

test("candidates travel together, after the offer they belong to", async () => {
    const { queue, sent, timers, payloads } = world();
    queue.push({ type: "offer", sdp: "o" });
    queue.pushCandidate({ candidate: "a" });
    queue.pushCandidate({ candidate: "b" });
    await turn();
    assert.equal(timers.length, 1);
    timers.pop()();
    sent[0].answer();
    await turn();
    assert.deepEqual(payloads()[1], { type: "ice_candidates_batch", candidates: [{ candidate: "a" }, { candidate: "b" }] });
});

test("a full batch leaves at once, and what is cleared never leaves", async () => {
    const { queue, timers, payloads } = world();
    for (let n = 0; n < 51; n++)
        queue.pushCandidate({ candidate: String(n) });
    queue.clear();
    timers.forEach(run => run());
    await turn();
    assert.deepEqual(payloads().map(payload => payload.candidates.length), [50]);
});

test("candidates in any of their shapes", () => {
    const one = { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 };
    assert.deepEqual(candidatesOf({ type: "ice_candidates_batch", candidates: [one, one] }), [one, one]);
    assert.deepEqual(candidatesOf({ type: "ice_candidate", candidate: one }), [one]);
    assert.equal(candidatesOf({ type: "ice_candidate", ...one })[0].candidate, "c");
    for (const payload of [{ type: "offer" }, { type: "ice_candidates_batch", candidates: "x" }, { type: "ice_candidate" }])
        assert.deepEqual(candidatesOf(payload), []);
});

test("the fingerprint of a description", () => {
    assert.equal(fingerprintOf("v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio 9\r\n"), "sha-256 ab:cd");
    assert.equal(fingerprintOf("v=0\r\n"), "");
    assert.equal(fingerprintOf(undefined), "");
});
