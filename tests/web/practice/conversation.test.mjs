/* Unit tests of conversation.js: the conversation with the tutor as a function of what happens in it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { after, conversationOf, cutOff, messageFrom, shownOf, silent, topicOf, withStored } from "../../../tools/web/practice/conversation.js";

const asked = (id, content = `q${id}`) => ({ type: "message", id, session_id: 9, role: "user", content });
const replied = (id, content = `a${id}`) => ({ type: "message", id, session_id: 9, role: "assistant", content });
const piece = content => ({ type: "delta", content });
const told = (...frames) => frames.reduce(after, silent);
const ids = ({ messages }) => messages.map(({ id }) => id);

test("a reply is seen as it is written, and then as it is stored", () => {
    const begun = told(asked(1), piece("He"), piece("llo"));
    assert.deepEqual([begun.waiting, begun.writing, ids(begun)], [true, "Hello", [1]]);
    const done = after(begun, replied(2, "Hello"));
    assert.deepEqual([done.waiting, done.writing, ids(done)], [false, null, [1, 2]]);
});

test("each message once, by number, however it came", () => {
    const state = withStored(told(replied(2), asked(1)), [asked(1), replied(2), asked(3)]);
    assert.deepEqual([ids(state), state.waiting], [[1, 2, 3], true]);
});

test("two questions at once: the first reply leaves the second waiting", () => {
    assert.equal(told(asked(1), asked(2), replied(3)).waiting, false);
    assert.equal(told(asked(1), replied(2), asked(3)).waiting, true);
});

test("after a loss the rest of a reply whose beginning was missed is not shown, the next one is", () => {
    const lost = after(cutOff(told(asked(1), piece("He"))), piece("llo"));
    assert.deepEqual([lost.writing, lost.waiting], [null, true]);
    assert.equal(withStored(lost, [asked(1)]).deaf, true);
    const next = [replied(2), asked(3), piece("And")].reduce(after, lost);
    assert.equal(next.writing, "And");
    assert.equal(cutOff(told(asked(1), replied(2))).deaf, false);
});

test("what is read again while a reply is written does not cut it off", () => {
    assert.equal(withStored(told(asked(1), piece("He")), [asked(1)]).writing, "He");
    assert.equal(withStored(told(asked(1), piece("He")), [asked(1), replied(2)]).writing, null);
});

test("frames that say nothing change nothing", () => {
    for (const frame of [{ type: "pong" }, { type: "message" }, { type: "delta" }, {}])
        assert.equal(after(silent, frame), silent);
});

test("the conversation about an exercise is the newest that goes on", () => {
    const sessions = [{ id: 4, topic: "12: Sum", is_active: false }, { id: 3, topic: "12: Sum as it was called", is_active: true },
        { id: 2, topic: "1: Other", is_active: true }, { id: 1, topic: null, is_active: true }];
    assert.equal(conversationOf(sessions, { id: 12 }).id, 3);
    assert.equal(conversationOf(sessions, { id: 1 }).id, 2);
    assert.equal(conversationOf(sessions, { id: 2 }), null);
    assert.equal([...topicOf({ id: 12, title: "😀".repeat(200) })].length, 100);
});

test("the tutor is told the task once and the code if wanted; the page shows the question", () => {
    const exercise = { title: "Sum", description: "Add." };
    const first = messageFrom("Why?", { exercise, first: true, code: { text: "x = 1", language: "Python" } });
    assert.equal(first.content, "Exercise: Sum\nAdd.\n\nWhy?\n\nMy code (Python):\nx = 1");
    assert.deepEqual(shownOf({ role: "user", ...first }), { text: "Why?", withCode: true });
    const second = messageFrom("And?", { exercise, first: false, code: null });
    assert.equal(second.content, "And?");
    assert.deepEqual(shownOf({ role: "user", ...second }), { text: "And?", withCode: false });
    assert.deepEqual(shownOf({ role: "user", content: "by another client", message_metadata: {} }), { text: "by another client", withCode: false });
    assert.equal(shownOf({ role: "assistant", content: "a", message_metadata: { question: "x" } }).text, "a");
    assert.equal(messageFrom("Q", { exercise, first: true, code: { text: " \n", language: "C" } }).message_metadata.with_code, false);
});
