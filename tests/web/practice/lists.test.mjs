/* Unit tests of lists.js, figures.js, grading.js and of where the area answers. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isOld } from "../../../tools/web/practice/account.js";
import { isOpen, rounded, scorePoints, shares, stacked } from "../../../tools/web/practice/figures.js";
import { gradingKey, nextOpen, verdictFrom } from "../../../tools/web/practice/grading.js";
import { allPages, byKey, fetched, filtered, pager, valuesOf } from "../../../tools/web/practice/lists.js";
import { links, routeOf } from "../../../tools/web/practice/router.js";

test("a list comes whole, page by page, up to a most", async () => {
    const rows = Array.from({ length: 25 }, (_, index) => index);
    const asked = [];
    const fetchPage = async (skip, limit) => { asked.push([skip, limit]); return rows.slice(skip, skip + limit); };
    assert.deepEqual(await allPages(fetchPage, { size: 10 }), rows);
    assert.deepEqual(asked, [[0, 10], [10, 10], [20, 10]]);
    assert.equal((await allPages(fetchPage, { size: 25 })).length, 25);
    assert.equal((await allPages(fetchPage, { size: 10, most: 2 })).length, 20);
});

test("a list comes page by page, one at a time, until there is enough", async () => {
    const asked = [];
    const list = pager(async (skip, limit) => { asked.push(skip); return Array.from({ length: Math.min(limit, 25 - skip) }, (_, index) => skip + index); }, 10);
    assert.equal((await fetched(list, { enough: rows => rows.length >= 5 })).length, 10);
    await Promise.all([list.more(), list.more()]);
    assert.deepEqual([list.rows.length, list.over, asked], [20, false, [0, 10]]);
    assert.equal((await fetched(list)).length, 25);
    assert.equal((await fetched(list)).length, 25);
    assert.deepEqual([list.over, asked], [true, [0, 10, 20]]);
});

const EXERCISES = [
    { id: 1, title: "Café loops", topic: "loops", difficulty_level: "beginner", description: "Count to ten" },
    { id: 2, title: "Sum", topic: "functions", difficulty_level: "beginner", description: "Add" },
    { id: 3, title: "Sort", topic: "functions", difficulty_level: "hard", description: "Order ten numbers" },
];
const ids = rows => rows.map(({ id }) => id);

test("a search wants every word, wherever it stands, whatever its case and accents", () => {
    assert.deepEqual(ids(filtered(EXERCISES, { search: "cafe  TEN" })), [1]);
    assert.deepEqual(ids(filtered(EXERCISES, { search: "ten" })), [1, 3]);
    assert.deepEqual(ids(filtered(EXERCISES, { search: " " })), [1, 2, 3]);
    assert.deepEqual(ids(filtered(EXERCISES, { search: "nothing" })), []);
});

test("choices narrow together", () => {
    assert.deepEqual(ids(filtered(EXERCISES, { topic: "functions" })), [2, 3]);
    assert.deepEqual(ids(filtered(EXERCISES, { topic: "functions", difficulty: "hard" })), [3]);
    assert.deepEqual(ids(filtered(EXERCISES, { status: "mastered" }, ({ id }) => (id === 2 ? "mastered" : "not_started"))), [2]);
    assert.deepEqual(valuesOf(EXERCISES, "topic"), ["functions", "loops"]);
    assert.equal(byKey(EXERCISES, "id").get(3).title, "Sort");
});

test("how far somebody is; what nobody has begun is the rest", () => {
    const progress = ["in_progress", "mastered", "completed", "mastered"].map(status => ({ status }));
    assert.deepEqual(shares(10, progress), { not_started: 6, in_progress: 1, completed: 1, mastered: 2 });
    assert.equal(shares(2, progress).not_started, 0);
    assert.deepEqual(stacked({ a: 1, b: 0, c: 3 }, 100), [{ key: "a", count: 1, x: 0, width: 25 }, { key: "c", count: 3, x: 25, width: 75 }]);
    assert.deepEqual(stacked({ a: 0 }, 100), []);
});

test("scores as points; what has none is left out", () => {
    const rows = [{ score: 0, submitted_at: "a" }, { score: null, submitted_at: "b" }, { score: 50, submitted_at: "c" }, { score: 100, submitted_at: "d" }];
    const points = scorePoints(rows, { width: 200, height: 100 });
    assert.deepEqual(points.map(({ x, y }) => [x, y]), [[0, 100], [100, 50], [200, 0]]);
    assert.deepEqual(scorePoints([rows[2]], { width: 200, height: 100 }).map(({ x, y }) => [x, y]), [[100, 50]]);
    assert.deepEqual([83.46, 80, null, undefined].map(rounded), ["83.5", "80", "0", "0"]);
});

const WAITING = { status: "submitted" }, DONE = { status: "passing" };

test("what comes next: the first without verdict after this one, then from the beginning", () => {
    const rows = [{ id: 1, ...WAITING }, { id: 2, ...DONE }, { id: 3, ...WAITING }];
    assert.equal(nextOpen(rows, null), 1);
    assert.equal(nextOpen(rows, 1), 3);
    assert.equal(nextOpen(rows, 3), 1);
    assert.equal(nextOpen([{ id: 2, ...DONE }], 2), null);
    assert.equal(nextOpen([], null), null);
    assert.ok(isOpen(WAITING) && !isOpen(DONE));
});

test("keys mean something outside of fields only, but for those no field needs", () => {
    assert.deepEqual(gradingKey({ key: "p" }, false), { action: "verdict", status: "passing" });
    assert.deepEqual(gradingKey({ key: "j" }, false), { action: "next" });
    assert.deepEqual(gradingKey({ key: "ArrowUp" }, false), { action: "previous" });
    assert.equal(gradingKey({ key: "ArrowUp", target: { type: "radio" } }, false), null);
    for (const key of ["p", "j", "s", "e", "ArrowDown"])
        assert.equal(gradingKey({ key }, true), null, key);
    assert.equal(gradingKey({ key: "p", ctrlKey: true }, false), null);
    assert.equal(gradingKey({ key: "toString" }, false), null);
    assert.deepEqual(gradingKey({ key: "Escape" }, true), { action: "leave" });
    assert.deepEqual(gradingKey({ key: "Enter", ctrlKey: true }, true), { action: "save" });
});

test("what is not filled in is not told", () => {
    assert.deepEqual(verdictFrom({ status: "passing", score: "", feedback: " " }), { status: "passing" });
    assert.deepEqual(verdictFrom({ status: "failing", score: "0", feedback: " Try again. " }), { status: "failing", score: 0, feedback: "Try again." });
});

test("addresses lead to screens and back", () => {
    assert.deepEqual(routeOf(links.exercise(12)), { screen: "exercise", id: 12 });
    assert.deepEqual(routeOf(links.edit(12)), { screen: "edit", id: 12 });
    assert.deepEqual(routeOf(links.submissions(12)), { screen: "submissions", id: 12 });
    assert.deepEqual(routeOf(links.student(12)), { screen: "student", id: 12 });
    for (const name of ["history", "progress", "leaderboard", "students", "write"])
        assert.deepEqual(routeOf(links[name]), { screen: name, id: null });
    assert.deepEqual(routeOf("#/exercises/x"), { screen: "home", id: null });
});

test("tokens are old after half a day", () => {
    assert.ok(!isOld({ since: 1000 }, 1000 + 11 * 3600e3));
    assert.ok(isOld({ since: 1000 }, 1000 + 13 * 3600e3));
    assert.ok(isOld({}));
});
