/* Unit tests of what the page of practice says, against the sources that say it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { wordsOf } from "../words.mjs";

const { own, asked, labels, code } = wordsOf("practice");
const { hasText, t } = await import("../../../tools/web/practice/texts.js");

/** Keys that are put together from a beginning and what the server says. */
const BUILT = /^(error|status|level|key)\./;

test("every text that is asked for exists", () => {
    assert.ok(asked.length > 120);
    assert.deepEqual(asked.filter(key => !hasText(key)), []);
});

test("every text that exists is asked for, and only once", () => {
    assert.deepEqual(own.filter(key => !BUILT.test(key) && !code.includes(`"${key}"`)), []);
    assert.equal(new Set(own).size, own.length);
});

test("no words outside of texts.js", () => assert.deepEqual(labels, []));

test("forms and words of the server", () => {
    assert.equal(t("grade.left", { count: 1 }), "1 waits for a verdict");
    assert.equal(t("list.count", { count: 0 }), "0 exercises");
    for (const status of ["not_started", "in_progress", "completed", "mastered", "submitted", "passing", "failing", "draft"])
        assert.ok(hasText(`status.${status}`), status);
});
