/* Grading: what comes next, what a key means, what the server is told. */
import { isOpen } from "./figures.js";

const VERDICT_KEYS = { p: "passing", f: "failing", c: "completed", m: "mastered" };
const MOVES = { j: "next", ArrowDown: "next", k: "previous", ArrowUp: "previous", s: "score", e: "feedback" };

/** The id of the next submission without verdict, after `current` and then from the beginning; null: all have one. */
export function nextOpen(submissions, current) {
    const at = submissions.findIndex(({ id }) => id === current);
    const next = [...submissions.slice(at + 1), ...submissions.slice(0, at + 1)].find(isOpen);
    return next?.id ?? null;
}

/** { action, status } of a key, or null. In a field only what no field needs: Ctrl+Enter and Escape. */
export function gradingKey({ key, ctrlKey = false, metaKey = false, altKey = false, target }, inField) {
    if (key === "Enter" && (ctrlKey || metaKey))
        return { action: "save" };
    if (key === "Escape" && inField)
        return { action: "leave" };
    if (inField || ctrlKey || metaKey || altKey)
        return null;
    if (Object.hasOwn(VERDICT_KEYS, key))
        return { action: "verdict", status: VERDICT_KEYS[key] };
    const arrowOfChoice = key.startsWith("Arrow") && target?.type === "radio";
    return Object.hasOwn(MOVES, key) && !arrowOfChoice ? { action: MOVES[key] } : null;
}

/** What a form's values say; an empty score or feedback is not given. */
export function verdictFrom({ status, score, feedback }) {
    const words = feedback.trim();
    return { status, ...score === "" ? {} : { score: Number(score) }, ...words ? { feedback: words } : {} };
}
