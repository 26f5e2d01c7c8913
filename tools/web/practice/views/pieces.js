/* The pieces that several screens of practice are made of. */
import { el } from "../../kit/dom.js";
import { hasText, t } from "../texts.js";

export { choice, figures, linkButton, page, when } from "../../kit/parts.js";

/** A word of the server's in the reader's language, where the page knows it. */
export function word(kind, value) {
    const key = `${kind}.${value}`;
    return hasText(key) ? t(key) : value;
}

const TONES = { passing: "good", completed: "good", mastered: "best", failing: "bad", submitted: "open", in_progress: "open" };

/** How far an exercise is, or what became of a submission. */
export function statusBadge(status) {
    return el("span", { class: `badge status ${TONES[status] ?? ""}` }, word("status", status));
}

/** Topic and difficulty. */
export function kindOf({ topic, difficulty_level: difficulty }) {
    return el("p", { class: "meta", dir: "auto" }, `${topic} · ${word("level", difficulty)}`);
}

export function scoreText(score) {
    return score === null || score === undefined ? t("score.none") : t("score.of", { score });
}

/** Code as it was written, to be read and copied. */
export function codeBlock(code, label) {
    return el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label }, el("code", {}, code));
}
