/* Unit tests of state.js: the class after events, and what a resume may and may not change. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState, peopleIn, reduce, withHistory } from "../../../tools/web/classroom/state.js";

const stopped = { audio_id: null, status: "stopped", speed: 1, position: 0, title: null, duration: null };
const ada = { user_id: 1, name: "Ada", is_muted: false, raised_hand: false, is_teacher: true };
const ben = { user_id: 2, name: "Ben", is_muted: true, raised_hand: false, is_teacher: false };
const cem = { user_id: 3, name: "Cem", is_muted: false, raised_hand: true, is_teacher: false };

let seq = 0;
const live = (event, data = {}, now = 0) => ({ event, id: `1-${++seq}`, data: { type: event, ...data }, now });
const silent = (event, data = {}, now = 0) => ({ ...live(event, data, now), id: null });
const snapshot = (more = {}) => ({ participant_id: 20, participants: { 10: ada, 20: ben, 30: cem }, playback: stopped, hands: [30], ...more });
const after = (state, ...events) => events.reduce(reduce, state);
const begun = after(initialState, silent("connected", { participant_id: 20 }), live("session_state", snapshot()));
const names = state => peopleIn(state).map(person => person.name);
const texts = state => state.chat.map(message => message.text);
const chat = (text, at, more = {}) => ({ from: 10, sender_name: "Ada", text, timestamp: `2026-02-24T16:24:${at}`, ...more });

test("a snapshot is the class", () => {
    assert.equal(begun.ownId, 20);
    assert.deepEqual(names(begun), ["Ada", "Ben", "Cem"]);
    assert.deepEqual(begun.hands, [30]);
    assert.equal(begun.people[20].muted, true);
    assert.equal(begun.replaying, false);
});

test("a server without a hand queue is asked for the flags", () => {
    const { hands, ...old } = snapshot();
    assert.deepEqual(hands, [30]);
    assert.deepEqual(after(initialState, live("session_state", old)).hands, [30]);
});

test("states are never changed in place", () => {
    const frozen = JSON.stringify(begun);
    after(begun, live("participant_left", { participant_id: 10 }), live("chat", chat("hi", "01")), live("hand_raised", { participant_id: 20 }));
    assert.equal(JSON.stringify(begun), frozen);
});

test("people come and go; who comes back is still muted", () => {
    const gone = after(begun, live("participant_left", { participant_id: 20 }));
    assert.deepEqual(names(gone), ["Ada", "Cem"]);
    const back = after(gone, live("participant_joined", { participant_id: 20, user_id: 2, name: "Ben", is_teacher: false }));
    assert.deepEqual(names(back), ["Ada", "Ben", "Cem"]);
    assert.equal(back.people[20].muted, true);
});

test("one who is added or kicked", () => {
    const added = after(begun, live("participant_added", { participant_id: 40, user_id: 4, name: "Dan" }));
    assert.deepEqual(names(added), ["Ada", "Ben", "Cem", "Dan"]);
    assert.deepEqual(names(after(added, live("participant_kicked", { participant_id: 30 }))), ["Ada", "Ben", "Dan"]);
});

test("hands queue in the order the server tells, else in the order they are raised", () => {
    const told = after(begun, live("hand_raised", { participant_id: 20, hands: [30, 20] }));
    assert.deepEqual(told.hands, [30, 20]);
    const untold = after(begun, live("hand_raised", { participant_id: 20 }), live("hand_raised", { participant_id: 30 }));
    assert.deepEqual(untold.hands, [30, 20]);
    assert.deepEqual(after(untold, live("hand_lowered", { participant_id: 30 })).hands, [20]);
    assert.deepEqual(after(untold, live("participant_left", { participant_id: 30 })).hands, [20]);
    assert.deepEqual(after(untold, live("hand_lowered", { participant_id: 30, hands: [] })).hands, []);
});

test("mute flags follow, strangers are ignored", () => {
    assert.equal(after(begun, live("participant_muted", { participant_id: 20, is_muted: false })).people[20].muted, false);
    assert.equal(after(begun, live("participant_muted", { participant_id: 99, is_muted: true })).people[99], undefined);
});

test("chat of both spellings, each message once, in order", () => {
    const state = after(begun, live("chat", chat("two", "02")), live("chat", { participant_id: 30, sender_name: "Cem", message: "three",
        timestamp: "2026-02-24T16:24:03.000001" }));
    const full = withHistory(state, [
        { participant_id: 10, message: "one", timestamp: "2026-02-24T16:24:01" },
        { participant_id: 10, message: "two", timestamp: "2026-02-24T16:24:02" },
    ]);
    assert.deepEqual(texts(full), ["one", "two", "three"]);
    assert.deepEqual(full.chat[0], { from: 10, name: "Ada", text: "one", at: "2026-02-24T16:24:01" });
    assert.equal(full.chatKnown, true);
});

test("a resume tells the missed chat and changes nothing else", () => {
    const known = withHistory(begun, []);
    const state = after(known,
        silent("connected", { participant_id: 20 }),
        silent("session_state", snapshot({ hands: [20], participants: { 20: { ...ben, is_muted: false, raised_hand: true } } })),
        live("participant_left", { participant_id: 20 }),
        live("participant_muted", { participant_id: 20, is_muted: true }),
        live("hand_raised", { participant_id: 30, hands: [30] }),
        live("audio_play", { audio_id: 7, position: 1, speed: 1 }),
        live("chat", chat("missed", "09")),
        live("participant_left", { participant_id: 10 }));
    assert.equal(state.replaying, true);
    assert.deepEqual([names(state), state.hands, state.people[20].muted], [["Ben"], [20], false]);
    assert.equal(state.playback.status, "stopped");
    assert.deepEqual(texts(state), ["missed"]);
    const done = after(state, live("resumed"));
    assert.deepEqual([done.replaying, done.caughtUp, done.chatKnown], [false, 6, true]);
    assert.deepEqual(names(after(done, live("participant_joined", { participant_id: 30, user_id: 3, name: "Cem" }))), ["Ben", "Cem"]);
});

test("a resume that breaks off in the middle starts over", () => {
    const state = after(begun, silent("connected", { participant_id: 20 }), silent("session_state", snapshot()), live("chat", chat("a", "01")),
        silent("connected", { participant_id: 20 }), silent("session_state", snapshot({ hands: [] })), live("resumed"));
    assert.deepEqual([state.replaying, state.hands, state.caughtUp, texts(state)], [false, [], 0, ["a"]]);
});

test("after a reset the chat has to be asked for again", () => {
    const known = withHistory(begun, []);
    const state = after(known, silent("connected", { participant_id: 20 }), silent("reset", { reason: "x" }), live("session_state", snapshot()));
    assert.deepEqual([state.chatKnown, state.replaying], [false, false]);
});

test("a signal during a replay is not history", () => {
    const state = after(begun, silent("session_state", snapshot()), silent("webrtc_signal", { from: 10, payload: {} }));
    assert.equal(state.caughtUp, 0);
});

test("audio: select, play, speed, seek, pause", () => {
    let state = after(begun, live("audio_selected", { audio_id: 7, title: "Seven" }, 1000));
    assert.deepEqual(state.playback, { audioId: 7, status: "stopped", speed: 1, position: 0, title: "Seven", duration: null, asOf: 1000 });
    state = after(state, live("audio_play", { audio_id: 7, speed: 1, position: 5, title: "Seven", duration: 90 }, 2000));
    assert.deepEqual([state.playback.status, state.playback.position, state.playback.duration], ["playing", 5, 90]);
    state = after(state, live("audio_speed_change", { speed: 2 }, 4000));
    assert.deepEqual([state.playback.speed, state.playback.position], [2, 7]);
    state = after(state, live("audio_pause", { position: 9 }, 5000));
    assert.deepEqual([state.playback.status, state.playback.position, state.playback.speed], ["paused", 9, 2]);
    state = after(state, live("audio_seek", { audio_id: 7, speed: 2, position: 30, title: "Seven", duration: 90 }, 6000));
    assert.deepEqual([state.playback.status, state.playback.position], ["paused", 30]);
    state = after(state, live("audio_selected", { audio_id: 8, title: "Eight" }, 7000));
    assert.deepEqual([state.playback.speed, state.playback.duration, state.playback.title], [2, null, "Eight"]);
});

test("a late joiner starts where the class is", () => {
    const running = { audio_id: 7, status: "playing", speed: 1.5, position: 42, title: "Seven", duration: 90 };
    const state = after(initialState, live("session_state", snapshot({ playback: running }), 3000));
    assert.deepEqual([state.playback.position, state.playback.asOf, state.playback.status], [42, 3000, "playing"]);
});

test("leaving has a reason", () => {
    assert.deepEqual(after(begun, silent("kicked", { reason: "Removed by teacher" })).left, { why: "kicked", reason: "Removed by teacher" });
    assert.deepEqual(after(begun, live("session_ended")).left, { why: "ended", reason: "" });
});

test("events nobody knows change nothing", () => {
    assert.equal(reduce(begun, live("confetti")), begun);
    assert.equal(reduce(begun, live("constructor")), begun);
});
