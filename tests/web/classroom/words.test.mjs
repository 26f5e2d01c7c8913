/* Unit tests of what is said: texts.js against the sources that use it, format.js, errors.js, router.js, ndjson.js. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { wordsOf } from "../words.mjs";

const { own, asked, labels, code } = wordsOf("classroom");
const page = new URL("../../../tools/web/classroom/", import.meta.url);
const { hasText, t } = await import(new URL("texts.js", page));
const { formatDuration, formatLength, initials, parseTime } = await import(new URL("../kit/format.js", page));
const { errorText } = await import(new URL("../kit/errors.js", page));
const { links, routeOf } = await import(new URL("router.js", page));
const { readLines } = await import(new URL("ndjson.js", page));

/** Keys that are put together from a beginning and what the server says. */
const BUILT = /^(error|log|type|status)\./;

test("every text that is asked for exists", () => {
    assert.ok(asked.length > 150);
    assert.deepEqual(asked.filter(key => !hasText(key)), []);
});

test("every text that exists is asked for, and only once", () => {
    assert.deepEqual(own.filter(key => !BUILT.test(key) && !code.includes(`"${key}"`)), []);
    assert.equal(new Set(own).size, own.length);
});

test("no words outside of texts.js", () => assert.deepEqual(labels, []));

test("placeholders and forms", () => {
    assert.equal(t("home.people", { count: 1 }), "1 person");
    assert.equal(t("home.people", { count: 0 }), "0 people");
    assert.equal(t("people.mute", { name: "{count} $& <b>" }), "Mute {count} $& <b>");
    assert.equal(t("no.such.key"), "no.such.key");
});

test("the server's times, with and without a fraction", () => {
    assert.equal(parseTime("2026-02-24T16:24:20.666428").toISOString(), "2026-02-24T16:24:20.666Z");
    assert.equal(parseTime("2026-02-24T16:24:20.666428Z").toISOString(), "2026-02-24T16:24:20.666Z");
    assert.equal(parseTime("2026-02-24T16:24:20").toISOString(), "2026-02-24T16:24:20.000Z");
});

test("lengths and durations", () => {
    assert.deepEqual([0, 59.9, 75, 3675, null, Infinity].map(formatLength), ["0:00", "0:59", "1:15", "1:01:15", "–", "–"]);
    assert.deepEqual([4, 89, 3599, 3900].map(formatDuration), ["4 s", "1 min", "1 h 0 min", "1 h 5 min"]);
});

test("initials of any name", () => {
    assert.deepEqual(["Ada Lovelace", "ben", " Carla  de la  Cruz ", "", "😀 x"].map(initials), ["AL", "B", "CC", "", "😀X"]);
});

test("what went wrong, in words", () => {
    assert.equal(errorText({ status: 401, detail: "Invalid credentials" }), "Phone number or password is wrong.");
    assert.match(errorText({ status: 0 }), /cannot be reached/);
    assert.match(errorText({ status: 503, detail: "Server is busy, try again" }), /busy/);
    assert.match(errorText({ status: 413, detail: "" }), /too large/);
    assert.equal(errorText({ status: 400, detail: "Something new" }), "Something new");
    assert.equal(errorText({ status: 418 }), "That did not work (418).");
});

test("addresses lead to screens and back", () => {
    assert.deepEqual(routeOf(links.class(12)), { screen: "class", id: 12 });
    assert.deepEqual(routeOf(links.report(12)), { screen: "report", id: 12 });
    for (const hash of ["", "#", "#/", "#/nowhere", "#/classes/x", "#/classes/12345678901"])
        assert.deepEqual(routeOf(hash), { screen: "home", id: null });
});

test("lines of JSON, cut anywhere", async () => {
    const bytes = new TextEncoder().encode('{"a":"ä€😀"}\n\n{"b":2}\n{"c":3}');
    for (const size of [1, 3, 7, 100]) {
        const body = new ReadableStream({ start(controller) {
            for (let at = 0; at < bytes.length; at += size)
                controller.enqueue(bytes.slice(at, at + size));
            controller.close();
        } });
        const values = [];
        for await (const value of readLines(body))
            values.push(value);
        assert.deepEqual(values, [{ a: "ä€😀" }, { b: 2 }, { c: 3 }]);
    }
});
