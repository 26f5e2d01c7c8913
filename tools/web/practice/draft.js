/* An exercise as a form has it, all of it text, and back to what the server is told. What the form does not show of a test case stays. */

const TEXTS = ["title", "description", "difficulty_level", "topic", "starter_code", "expected_output", "solution_code"];
const REQUIRED = new Set(["title", "description", "difficulty_level", "topic"]);
const OUTPUTS = ["output", "expected_output", "expected"]; // as exercises in the field name it

const shown = value => (value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value));

const outputKey = given => OUTPUTS.find(key => Object.hasOwn(given, key)) ?? OUTPUTS[0];

/** { input, output, hidden } of a test case; `given` is the case as it came. */
export function caseShown(given) {
    return { input: shown(given.input), output: shown(given[outputKey(given)]), hidden: given.hidden === true, given };
}

/** A new case, or one that came with what was changed in it: what is unchanged stays what it was, a number say. */
function caseTold({ input, output, hidden, given }) {
    if (!given)
        return { input, output, ...hidden ? { hidden } : {} };
    const told = { ...given };
    for (const [key, text] of [["input", input], [outputKey(given), output]])
        if (shown(given[key]) !== text)
            told[key] = text;
    if (hidden !== (given.hidden === true))
        told.hidden = hidden;
    return told;
}

/** The form of an exercise, or of a new one. */
export function draftOf(exercise = {}) {
    return {
        ...Object.fromEntries(TEXTS.map(key => [key, exercise[key] ?? ""])),
        test_cases: (exercise.test_cases ?? []).map(caseShown),
        hints: [...exercise.hints ?? []],
    };
}

/** What the server is told of a form: empty lines of lists are left out, what is optional and empty is null. */
export function exerciseFrom(draft) {
    const told = {};
    for (const key of TEXTS)
        told[key] = REQUIRED.has(key) ? draft[key].trim() : draft[key] === "" ? null : draft[key];
    const cases = draft.test_cases.filter(one => one.given || one.input !== "" || one.output !== "").map(caseTold);
    const hints = draft.hints.map(hint => hint.trim()).filter(Boolean);
    return { ...told, test_cases: cases.length ? cases : null, hints: hints.length ? hints : null };
}

/** What differs from the exercise as it was, to be changed and no more. */
export function changesOf(exercise, told) {
    const same = key => JSON.stringify(exercise[key] ?? null) === JSON.stringify(told[key] ?? null);
    return Object.fromEntries(Object.entries(told).filter(([key]) => !same(key)));
}
