/* Unit tests of voice/peer.js: two peers, or one and a stranger, over a connection made here that keeps the rules of the real one
 * (states, fingerprints, candidates only after a description). */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createPeer } from "../../../tools/web/classroom/voice/peer.js";
import { fingerprintOf } from "../../../tools/web/classroom/voice/signals.js";

let certificates = 0;

class FakeConnection {
    constructor() {
        this.certificate = ++certificates;
        this.signalingState = "stable";
        this.connectionState = "new";
        this.currentRemoteDescription = this.remoteDescription = this.localDescription = null;
        this.transceivers = [];
        this.candidates = [];
    }

    addTransceiver(kind, { direction } = {}) {
        const transceiver = { receiver: { track: { kind } }, direction, sender: { track: null, replaceTrack: async track => { transceiver.sender.track = track; } } };
        this.transceivers.push(transceiver);
        return transceiver;
    }

    getTransceivers() { return this.transceivers; }
    describe(type) { return { type, sdp: `v=0\r\na=fingerprint:sha-256 ${this.certificate}\r\n` }; }
    async createOffer() { return this.describe("offer"); }
    async createAnswer() { return this.describe("answer"); }

    async setLocalDescription(description) {
        assert.equal(this.signalingState, description.type === "offer" ? "stable" : "have-remote-offer");
        this.localDescription = description;
        this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
        this.settle();
    }

    async setRemoteDescription(description) {
        if (description.type === "answer")
            assert.equal(this.signalingState, "have-local-offer");
        const before = fingerprintOf(this.currentRemoteDescription?.sdp);
        assert.ok(!before || before === fingerprintOf(description.sdp), "another certificate on the same connection");
        this.remoteDescription = description;
        this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
        if (description.type === "offer" && !this.transceivers.length)
            this.addTransceiver("audio", { direction: "recvonly" });
        this.settle();
    }

    settle() {
        if (this.signalingState === "stable")
            this.currentRemoteDescription = this.remoteDescription;
    }

    async addIceCandidate(candidate) {
        if (!this.remoteDescription || candidate.bad)
            throw new Error("no such candidate");
        this.candidates.push(candidate.candidate);
    }

    become(state) { this.connectionState = state; this.onconnectionstatechange?.(); }
    close() { this.closed = true; this.connectionState = "closed"; }
}

/** A peer whose signals are kept, with its connections and its timers. */
function person(offers) {
    const timers = new Map();
    const made = [];
    const sent = [];
    const states = [];
    let names = 0;
    const peer = createPeer({
        offers, stream: {},
        send: async payload => { sent.push(payload); },
        connect: () => { made.push(new FakeConnection()); return made.at(-1); },
        onTrack: () => {}, onState: state => states.push(state),
        later: (run, delay) => { timers.set(++names, { run, delay }); return names; },
        never: name => timers.delete(name),
    });
    const fire = () => { const [[name, { run, delay }]] = timers; timers.delete(name); run(); return delay; };
    return { peer, made, sent, states, timers, fire, take: () => sent.splice(0) };
}

async function settled() {
    for (let i = 0; i < 30; i++)
        await new Promise(resolve => setImmediate(resolve));
}

/** Carries signals to and fro until nobody says anything more. */
async function talk(a, b) {
    await settled();
    for (let round = 0; round < 20 && (a.sent.length || b.sent.length); round++) {
        a.take().forEach(b.peer.take);
        b.take().forEach(a.peer.take);
        await settled();
    }
}

async function connectedPair() {
    const high = person(true);
    const low = person(false);
    high.peer.greet();
    await talk(high, low);
    for (const one of [high, low])
        one.made.at(-1).become("connected");
    return { high, low };
}

test("the higher offers, the lower answers, both send and receive", async () => {
    const high = person(true);
    const low = person(false);
    low.peer.greet();
    await settled();
    assert.deepEqual([low.sent, low.made], [[], []]);
    high.peer.greet();
    await settled();
    assert.deepEqual(high.sent.map(payload => payload.type), ["offer"]);
    await talk(high, low);
    for (const { made } of [high, low]) {
        assert.equal(made.length, 1);
        assert.equal(made[0].signalingState, "stable");
        assert.equal(made[0].transceivers[0].direction, "sendrecv");
    }
});

test("the microphone may come before or after the connection", async () => {
    const { high, low } = await connectedPair();
    high.peer.speakWith("track of high");
    low.peer.speakWith("track of low");
    await settled();
    assert.equal(high.made[0].transceivers[0].sender.track, "track of high");
    assert.equal(low.made[0].transceivers[0].sender.track, "track of low");
    assert.deepEqual([high.sent, low.sent], [[], []], "no new negotiation");
    const late = person(false);
    late.peer.speakWith("early track");
    high.take();
    const other = person(true);
    other.peer.greet();
    await talk(other, late);
    assert.equal(late.made[0].transceivers[0].sender.track, "early track");
});

test("candidates that come before their description wait for it", async () => {
    const low = person(false);
    const stranger = new FakeConnection();
    low.peer.take({ type: "ice_candidates_batch", candidates: [{ candidate: "a" }, { bad: true }, { candidate: "b" }] });
    low.peer.take(stranger.describe("offer"));
    low.peer.take({ type: "ice_candidate", candidate: { candidate: "c" } });
    await settled();
    assert.deepEqual(low.made[0].candidates, ["a", "b", "c"]);
});

test("who only lost the stream keeps the connection", async () => {
    const { high, low } = await connectedPair();
    high.peer.greet();
    await talk(high, low);
    assert.deepEqual([high.made.length, low.made.length], [1, 1]);
    assert.equal(high.made[0].signalingState, "stable");
});

test("who was reloaded gets a new one: the lower", async () => {
    const { high } = await connectedPair();
    const again = person(false);
    high.peer.greet();
    await talk(high, again);
    assert.equal(high.made.length, 2);
    assert.ok(high.made[0].closed);
    assert.equal(fingerprintOf(high.made[1].remoteDescription.sdp), fingerprintOf(again.made.at(-1).localDescription.sdp));
    assert.equal(fingerprintOf(again.made.at(-1).remoteDescription.sdp), fingerprintOf(high.made[1].localDescription.sdp));
});

test("who was reloaded gets a new one: the higher", async () => {
    const { low } = await connectedPair();
    const again = person(true);
    again.peer.greet();
    await talk(again, low);
    assert.equal(low.made.length, 2);
    assert.ok(low.made[0].closed);
    assert.equal(again.made[0].signalingState, "stable");
});

test("glare: the higher keeps its offer, the lower yields", async () => {
    const high = person(true);
    high.peer.greet();
    await settled();
    high.peer.take(new FakeConnection().describe("offer"));
    await settled();
    assert.equal(high.made.length, 1);
    assert.equal(high.made[0].signalingState, "have-local-offer");
    assert.deepEqual(high.take().map(payload => payload.type), ["offer"]);
});

test("an offer nobody answers is repeated, ever more slowly", async () => {
    const high = person(true);
    high.peer.greet();
    await settled();
    const delays = [];
    for (let i = 0; i < 5; i++) {
        delays.push(high.fire());
        await settled();
    }
    assert.deepEqual(delays, [8000, 16000, 32000, 60000, 60000]);
    assert.equal(high.sent.filter(payload => payload.type === "offer").length, 6);
});

test("once connected nothing is repeated, after a failure it is", async () => {
    const { high, low } = await connectedPair();
    assert.equal(high.timers.size, 0);
    high.made[0].become("failed");
    assert.equal(high.states.at(-1), "lost");
    assert.equal(high.fire(), 8000);
    await talk(high, low);
    assert.deepEqual([high.made.length, low.made.length], [2, 2]);
});

test("nonsense is ignored", async () => {
    const { high } = await connectedPair();
    for (const payload of [null, {}, { type: "answer", sdp: "late" }, { type: "ice_candidates_batch" }, { type: "constructor" }])
        high.peer.take(payload);
    await settled();
    assert.deepEqual([high.made.length, high.made[0].signalingState], [1, "stable"]);
});

test("closed is closed", async () => {
    const { high } = await connectedPair();
    high.peer.close();
    high.peer.greet();
    high.peer.take(new FakeConnection().describe("offer"));
    await settled();
    assert.ok(high.made[0].closed);
    assert.deepEqual([high.made.length, high.sent.length, high.timers.size], [1, 0, 0]);
});
