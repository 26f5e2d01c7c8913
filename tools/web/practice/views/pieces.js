/* The pieces that several screens of practice are made of. */
import { el } from "../../kit/dom.js";
import { formatTime } from "../../kit/format.js";
import { hasText, t } from "../texts.js";

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

/** Terms and values, a figure each. `entries`: [term, value]. */
export function figures(entries) {
    return el("dl", { class: "figures" }, entries.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
}

export function when(stamp) {
    return el("time", { class: "meta", datetime: `${stamp}Z` }, formatTime(stamp, "moment"));
}

/** A screen with its heading; `beside`: what stands beside that. */
export function page(title, beside, ...content) {
    const head = el("div", { class: "row spread page-head" }, el("h1", { tabindex: "-1", dir: "auto" }, title), beside ? el("div", { class: "row" }, beside) : null);
    return { node: el("div", { class: "page" }, head, content), title };
}

/** A choice with a label; `options`: [value, text]. */
export function choice(options, attributes = {}) {
    return el("select", attributes, options.map(([value, text]) => el("option", { value }, text)));
}

export function linkButton(text, href, { kind, label } = {}) {
    return el("a", { class: ["button", kind].filter(Boolean).join(" "), href, "aria-label": label }, text);
}
