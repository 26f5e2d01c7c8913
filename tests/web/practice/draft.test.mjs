/* Unit tests of draft.js: an exercise into a form and back, and nothing of it is lost on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { caseShown, changesOf, draftOf, exerciseFrom } from "../../../tools/web/practice/draft.js";

const EXERCISE = {
    id: 3, title: "Sum", description: "Add", difficulty_level: "easy", topic: "functions", starter_code: "def f(): pass", expected_output: null,
    test_cases: [{ input: [1, 2], output: 3, weight: 2 }, { input: "a", expected: "b", hidden: true, note: { x: ["é"] } }, { name: "bare" }],
    hints: ["first", "second"], solution_code: "return", created_at: "…",
};

test("what was not touched comes back as it was", () => {
    const told = exerciseFrom(draftOf(EXERCISE));
    assert.deepEqual(told.test_cases, EXERCISE.test_cases);
    assert.deepEqual(changesOf(EXERCISE, told), {});
});

test("a test case as text: what is no text is JSON, the output has several names", () => {
    assert.deepEqual(EXERCISE.test_cases.map(caseShown).map(({ input, output, hidden }) => [input, output, hidden]),
        [["[1,2]", "3", false], ["a", "b", true], ["", "", false]]);
});

test("what was changed is told, and only that", () => {
    const draft = draftOf(EXERCISE);
    draft.title = " Sums ";
    draft.test_cases[0].output = "4";
    draft.test_cases[1].hidden = false;
    draft.starter_code = "";
    const changes = changesOf(EXERCISE, exerciseFrom(draft));
    assert.deepEqual(Object.keys(changes).sort(), ["starter_code", "test_cases", "title"]);
    assert.equal(changes.title, "Sums");
    assert.equal(changes.starter_code, null);
    assert.deepEqual(changes.test_cases.slice(0, 2), [{ input: [1, 2], output: "4", weight: 2 }, { input: "a", expected: "b", hidden: false, note: { x: ["é"] } }]);
});

test("a new exercise: empty rows are nobody's, empty lists are null", () => {
    const draft = { ...draftOf(), title: "T", description: "D", difficulty_level: "easy", topic: "t" };
    draft.test_cases = [{ input: "", output: "", hidden: true }];
    draft.hints = [" ", ""];
    assert.deepEqual(exerciseFrom(draft), {
        title: "T", description: "D", difficulty_level: "easy", topic: "t", starter_code: null, expected_output: null, solution_code: null, test_cases: null, hints: null,
    });
    draft.test_cases = [{ input: "1", output: "", hidden: false }, { input: "2", output: "3", hidden: true }];
    draft.hints = [" one "];
    assert.deepEqual(exerciseFrom(draft).test_cases, [{ input: "1", output: "" }, { input: "2", output: "3", hidden: true }]);
    assert.deepEqual(exerciseFrom(draft).hints, ["one"]);
});
