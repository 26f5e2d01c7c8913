/* Unit tests of sse_parser.js: the HTML standard's rules, and pieces cut anywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createSseParser } from "../../../tools/web/kit/sse_parser.js";

function parse(...pieces) {
    const events = [];
    const retries = [];
    const parser = createSseParser({ onEvent: event => events.push(event), onRetry: value => retries.push(value) });
    pieces.forEach(parser.feed);
    return { events, retries };
}

const hello = { event: "hello", data: '{"a":1}', id: "1-2" };

test("a frame of the server", () => {
    assert.deepEqual(parse('id: 1-2\nevent: hello\ndata: {"a":1}\n\n').events, [hello]);
});

test("the same events however the text is cut, with every line ending", () => {
    const text = ': note\nid: 1-2\nevent: hello\ndata: {"a":1}\n\nretry: 250\ndata: two\ndata: lines\n\n';
    const expected = { events: [hello, { event: "message", data: "two\nlines", id: null }], retries: [250] };
    for (const ending of ["\n", "\r", "\r\n"]) {
        const whole = text.replaceAll("\n", ending);
        assert.deepEqual(parse(...whole), expected, `one character at a time, ${JSON.stringify(ending)}`);
        for (let cut = 0; cut <= whole.length; cut++)
            assert.deepEqual(parse(whole.slice(0, cut), whole.slice(cut)), expected, `cut at ${cut}, ${JSON.stringify(ending)}`);
    }
});

test("comments and unknown fields are nothing", () => {
    assert.deepEqual(parse(": keep-alive\n\n", "colour: red\n\n", "data\n\n").events, [{ event: "message", data: "", id: null }]);
});

test("an event without data is not dispatched and leaves nothing behind", () => {
    assert.deepEqual(parse("event: lost\nid: 9\n\n", "data: x\n\n").events, [{ event: "message", data: "x", id: null }]);
});

test("only one space after the colon is form, and a colon in the value is data", () => {
    assert.deepEqual(parse("data:  a: b\n\n").events[0].data, " a: b");
    assert.deepEqual(parse("data:a\n\n").events[0].data, "a");
});

test("what is not complete at the end is not dispatched", () => {
    assert.deepEqual(parse("data: x\n").events, []);
});

test("an id with a null character and a retry that is no number are ignored", () => {
    const { events, retries } = parse("id: a\0b\nretry: soon\ndata: x\n\n");
    assert.deepEqual([events[0].id, retries], [null, []]);
});

test("a byte order mark is skipped, once", () => {
    assert.equal(parse("\uFEFFdata: x\n\n").events[0].data, "x");
    assert.equal(parse("\uFEFF", "data: \uFEFFx\n\n").events[0].data, "\uFEFFx");
});

test("names that objects have by birth are no fields", () => {
    assert.deepEqual(parse("constructor: x\ndata: y\n\n").events[0].data, "y");
});
