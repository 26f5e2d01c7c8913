/* Everything somebody has handed in, newest first, with scores and feedback. */
import { el, keyedList, setText, show } from "../../kit/dom.js";
import { button, empty } from "../../kit/parts.js";
import { nameOf } from "../languages.js";
import { byKey } from "../lists.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { codeBlock, page, scoreText, statusBadge, when } from "./pieces.js";

const AT_ONCE = 30;

/** One submission in a list; `title` is that of its exercise where the list has several. */
export function submissionEntry(submission, title = null) {
    const state = el("div", { class: "badges" });
    const score = el("span", { class: "score" });
    const feedback = el("p", { class: "feedback prose", dir: "auto" });
    const code = el("details", { class: "add" }, el("summary", {}, t("history.code", { language: nameOf(submission.language) })),
        codeBlock(submission.code, t("history.codeOf", { id: submission.id })));
    const head = title === null ? el("h3", {}, t("history.number", { id: submission.id }))
        : el("h3", {}, el("a", { href: links.exercise(submission.exercise_id), dir: "auto" }, title));
    const node = el("li", { class: "card submission" },
        el("div", { class: "grow" }, head, when(submission.submitted_at)), state, score, feedback, code);

    function update({ status, score: points, feedback: words }) {
        if (state.dataset.status !== status)
            state.replaceChildren(statusBadge(status));
        state.dataset.status = status;
        setText(score, points === null ? "" : scoreText(points));
        show(score, points !== null);
        setText(feedback, words ?? "");
        show(feedback, Boolean(words));
    }

    return { node, update };
}

/** The list of all, a screenful first. */
export function submissionList(submissions, exercises) {
    const newest = [...submissions].reverse();
    const titles = byKey(exercises, "id");
    const list = el("ul", { class: "cards" });
    const titleOf = ({ exercise_id: id }) => titles.get(id)?.title ?? t("history.exercise", { id });
    const update = keyedList(list, submission => submissionEntry(submission, titleOf(submission)));
    const more = button(t("list.more"), { onClick: () => draw(list.children.length + AT_ONCE) });

    function draw(most) {
        update(newest.slice(0, most), ({ id }) => id);
        show(more, newest.length > most);
    }

    draw(AT_ONCE);
    return [newest.length ? list : empty(t("history.none")), more];
}

export async function createHistory(app) {
    const [submissions, exercises] = await Promise.all([app.service.submissionsOf(app.account.id), app.service.exercises()]);
    return page(t("app.history"), null, submissionList(submissions, exercises));
}
