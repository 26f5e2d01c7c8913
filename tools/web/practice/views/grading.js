/* What was handed in to an exercise, judged one after the other, with keys alone if one likes. The keys count while the focus is in here and in no
 * field, so that no key surprises anybody elsewhere. */
import { el, keyedList, setAttribute, setText, show } from "../../kit/dom.js";
import { choices, createForm } from "../../kit/form.js";
import { announce, button, empty, field, once, panel } from "../../kit/parts.js";
import { isOpen } from "../figures.js";
import { gradingKey, nextOpen, verdictFrom } from "../grading.js";
import { nameOf } from "../languages.js";
import { byKey, fetched } from "../lists.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { codeBlock, linkButton, page, scoreText, statusBadge, when, word } from "./pieces.js";

const VERDICTS = ["passing", "failing", "completed", "mastered"];

/* ---- the list ---- */

function queue(nameOfStudent, onChoose) {
    const list = el("ol", { class: "queue" });
    const update = keyedList(list, submission => {
        const state = el("span", { class: "badges" });
        const choose = el("button", { type: "button", class: "queued", on: { click: () => onChoose(submission.id) } },
            el("span", { class: "grow" }, el("span", { class: "name", dir: "auto" }, nameOfStudent(submission.student_id)), when(submission.submitted_at)), state);
        return {
            node: el("li", {}, choose),
            update({ status, score, current }) {
                state.replaceChildren(statusBadge(status), ...score === null ? [] : [el("span", { class: "meta" }, scoreText(score))]);
                setAttribute(choose, "aria-current", current ? "true" : null);
                if (current)
                    choose.scrollIntoView({ block: "nearest" });
            },
        };
    });
    return { node: list, update };
}

/* ---- one submission ---- */

function verdictForm(onSave) {
    const verdict = choices(t("grade.verdict"), "status", VERDICTS.map(status => [status, `${word("status", status)} (${t(`key.${status}`)})`]));
    const score = field(t("grade.score"), { type: "number", name: "score", min: "0", max: "100", step: "1", inputmode: "numeric", hint: t("grade.scoreHint") });
    const feedback = field(t("grade.feedback"), { input: el("textarea", { name: "feedback", rows: "4", maxlength: "20000", dir: "auto" }) });
    const form = createForm({ fields: [verdict, score.node, feedback.node], action: t("grade.save"), submit: onSave });

    return {
        form, score: score.input, feedback: feedback.input,
        choose: status => { form.elements.status.value = status; },
        fill({ status, score: points, feedback: words }) {
            form.elements.status.value = VERDICTS.includes(status) ? status : VERDICTS[0];
            score.input.value = points ?? "";
            feedback.input.value = words ?? "";
        },
    };
}

/** What was handed in to an exercise, as far as it has been fetched, with the names of those who did. */
function createWork(app, exercise) {
    let list = app.service.submissionsTo(exercise.id);
    let names = new Map();
    let namedUpTo = 0; // of ids, in whose order they come

    async function fetchNames() {
        const last = Math.max(0, ...list.rows.map(one => one.student_id));
        if (last > namedUpTo)
            names = byKey(await app.service.studentsUpTo(last), "id");
        namedUpTo = Math.max(last, namedUpTo);
    }

    /** Fetches until `enough(rows)` or there is no more. */
    async function until(enough) {
        await fetched(list, { enough });
        await fetchNames();
    }

    return {
        until,
        rows: () => list.rows,
        over: () => list.over,
        nameOf: id => names.get(id)?.name ?? t("board.student", { id }),
        find: wanted => list.rows.find(({ id }) => id === wanted),
        replace(submission) {
            Object.assign(list.rows.find(({ id }) => id === submission.id), submission);
        },
        async refresh() {
            const fresh = app.service.submissionsTo(exercise.id);
            await fetched(fresh, { enough: rows => rows.length >= list.rows.length });
            list = fresh;
            await fetchNames();
        },
    };
}

/** `exercise` and everything handed in to it. */
async function gradingScreen(app, exercise) {
    const handedIn = createWork(app, exercise);
    let current = null;

    const left = el("p", { class: "meta", role: "status" });
    const shown = el("div", { class: "stack" });
    const none = empty(t("grade.none"));
    const list = queue(handedIn.nameOf, choose);
    const more = button(t("list.more"), { onClick: fetchMore });
    const verdict = verdictForm(save);
    const work = el("div", { class: "grading", tabindex: "-1", role: "group", "aria-label": t("grade.title"), on: { keydown: onKey } },
        panel(t("grade.queue"), { class: "queue-panel" }, left, none, list.node, more).node,
        el("div", { class: "stack grading-work" }, shown, panel(t("grade.verdict"), {}, verdict.form, el("p", { class: "hint" }, t("grade.keys"))).node));

    function draw() {
        const rows = handedIn.rows(), count = rows.filter(isOpen).length;
        list.update(rows.map(row => ({ ...row, current: row.id === current })), ({ id }) => id);
        setText(left, handedIn.over() ? t("grade.left", { count }) : t("grade.leftOf", { count, total: rows.length }));
        show(more, !handedIn.over());
        show(none, rows.length === 0);
        show(work.querySelector(".grading-work"), rows.length > 0);
    }

    function showChosen() {
        const one = handedIn.find(current);
        if (!one)
            return;
        const title = t("grade.of", { name: handedIn.nameOf(one.student_id) });
        shown.replaceChildren(panel(title, {}, el("p", { class: "meta" }, nameOf(one.language)), codeBlock(one.code, t("history.codeOf", { id: one.id }))).node);
        verdict.fill(one);
        draw();
    }

    function choose(id) {
        if (id === null || id === undefined)
            return;
        current = id;
        showChosen();
        announce(t("grade.of", { name: handedIn.nameOf(handedIn.find(current).student_id) }));
    }

    async function fetchMore() {
        const had = handedIn.rows().length;
        await handedIn.until(rows => rows.length > had);
        draw();
    }

    /** The first that waits behind the current one, or the first of all, from however far behind. */
    async function openBehind() {
        await handedIn.until(rows => nextOpen(rows, current) !== null);
        return nextOpen(handedIn.rows(), current);
    }

    async function begin() {
        current = await openBehind() ?? handedIn.rows()[0]?.id ?? null;
        showChosen();
    }

    async function save(values) {
        const { submission } = await app.service.evaluate(current, verdictFrom(values));
        handedIn.replace(submission);
        const next = await openBehind();
        announce(t("grade.saved"));
        if (next === null)
            draw();
        else
            choose(next);
        work.focus();
    }

    const placeOf = step => handedIn.rows().findIndex(({ id }) => id === current) + step;

    async function move(step) {
        await handedIn.until(rows => rows.length > placeOf(step));
        choose(handedIn.rows()[placeOf(step)]?.id);
    }

    const act = {
        next: () => once(more, () => move(1)),
        previous: () => once(more, () => move(-1)),
        score: () => verdict.score.focus(),
        feedback: () => verdict.feedback.focus(),
        save: () => verdict.form.requestSubmit(),
        leave: () => work.focus(),
    };

    function onKey(event) {
        const inField = event.target.matches("textarea, input:not([type=radio])");
        const { action, status } = gradingKey(event, inField) ?? {};
        if (!action || !handedIn.rows().length)
            return;
        event.preventDefault();
        if (action === "verdict")
            verdict.choose(status);
        else
            act[action]();
    }

    async function refresh() {
        await handedIn.refresh();
        if (!handedIn.find(current))
            await begin();
        draw();
    }

    await begin();
    draw();
    const screen = page(t("grade.title"), [button(t("board.refresh"), { onClick: refresh }), linkButton(t("grade.exercise"), links.exercise(exercise.id))],
        el("p", { class: "meta", dir: "auto" }, exercise.title), work);
    screen.node.classList.add("broad");
    return screen;
}

export async function createGrading(app, id) {
    return gradingScreen(app, await app.service.exercise(id));
}
