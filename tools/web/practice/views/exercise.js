/* One exercise: what is asked, an editor, what was handed in, and for students the tutor beside it; for teachers its solution and figures. */
import { el, keyedList, setText, show } from "../../kit/dom.js";
import { announce, button, empty, field, panel, table } from "../../kit/parts.js";
import { isTeacher } from "../account.js";
import { caseShown } from "../draft.js";
import { createEditor } from "../editor.js";
import { isOpen, rounded } from "../figures.js";
import { languages } from "../languages.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { submissionEntry } from "./history.js";
import { choice, codeBlock, figures, kindOf, linkButton, page } from "./pieces.js";
import { createTutor } from "./tutor.js";

const LOOK_AGAIN_MS = 15000; // for the verdict on what was handed in

/* ---- what is asked ---- */

/** Hints, one at a time, so that the first does not give away the last. */
function hintsOf(hints) {
    const list = el("ol", { class: "hints" });
    let shown = 0;
    const next = button("", { onClick: showNext });

    function name() {
        setText(next.querySelector(".button-text"), shown ? t("exercise.nextHint") : t("exercise.firstHint", { count: hints.length }));
        show(next, shown < hints.length);
    }

    function showNext() {
        list.append(el("li", { dir: "auto" }, hints[shown]));
        announce(hints[shown]);
        shown += 1;
        name();
    }

    next.append(el("span", { class: "button-text" }));
    name();
    return el("div", { class: "stack tight" }, el("h3", {}, t("exercise.hints")), list, el("div", {}, next));
}

function casesOf(cases) {
    const { node, body } = table(t("exercise.cases"), [t("exercise.input"), t("exercise.output")].map(title => ({ title })));
    body.append(...cases.map(caseShown).map(({ input, output, hidden }) => el("tr", {},
        el("td", {}, el("code", {}, input)),
        el("td", {}, el("code", {}, output), hidden ? el("span", { class: "badge" }, t("exercise.hidden")) : null))));
    return el("div", { class: "stack tight" }, el("h3", {}, t("exercise.cases")), node);
}

function taskPanel(exercise) {
    const { node } = panel(t("exercise.task"), { class: "task" },
        el("p", { class: "prose", dir: "auto" }, exercise.description),
        exercise.expected_output ? [el("h3", {}, t("exercise.expected")), codeBlock(exercise.expected_output, t("exercise.expected"))] : null,
        exercise.test_cases?.length ? casesOf(exercise.test_cases) : null,
        exercise.hints?.length ? hintsOf(exercise.hints) : null);
    return node;
}

/* ---- writing and handing in ---- */

/** What is typed stays for the tab, by person and exercise. */
function draftStore({ id }, exercise) {
    const key = `lectern.practice.draft.${id}.${exercise.id}`;
    return {
        read: () => JSON.parse(sessionStorage.getItem(key) ?? "null"),
        keep(draft) {
            try {
                sessionStorage.setItem(key, JSON.stringify(draft));
            } catch {
                // No room: it is still in the editor.
            }
        },
    };
}

function workPanel(app, exercise, last, onSubmitted) {
    const store = draftStore(app.account, exercise);
    const draft = store.read() ?? { text: last?.code ?? exercise.starter_code ?? "", language: last?.language ?? "python" };
    const select = choice(Object.entries(languages).map(([name, { text }]) => [name, text]));
    const language = field(t("exercise.language"), { input: select });
    const editor = createEditor({ label: t("exercise.editor"), description: t("exercise.keys"), onChange: keep, text: draft.text });
    const submit = button(t("exercise.submit"), { kind: "primary", picture: "send", onClick: send });
    const reset = button(t("exercise.reset"), { kind: "quiet", onClick: () => editor.setText(exercise.starter_code ?? "") });

    function keep() {
        store.keep({ text: editor.text(), language: select.value });
    }

    async function send() {
        const made = await app.service.submit(app.account.id, exercise.id, editor.text(), select.value);
        announce(t("exercise.submitted"));
        onSubmitted(made);
    }

    select.value = languages[draft.language] ? draft.language : "text";
    editor.setLanguage(select.value);
    select.addEventListener("change", () => { editor.setLanguage(select.value); keep(); });
    const { node } = panel(t("exercise.work"), { class: "work", actions: [language.node] },
        editor.node, el("p", { class: "hint" }, t("exercise.keys")), el("div", { class: "row" }, submit, exercise.starter_code ? reset : null));
    return { node, code: () => ({ text: editor.text(), language: select.value }) };
}

/* ---- what was handed in ---- */

/** Newest first. Asks again while something waits for its verdict, as long as the screen is shown. */
function attemptsPanel(app, exercise, submissions) {
    const list = el("ul", { class: "cards" });
    const none = empty(t("exercise.noAttempts"));
    const update = keyedList(list, submission => submissionEntry(submission));
    const { node } = panel(t("exercise.attempts"), { class: "attempts" }, none, list);
    let rows = submissions;
    let timer = null;
    let closed = false;

    function draw() {
        update([...rows].reverse(), ({ id }) => id);
        show(none, rows.length === 0);
        clearTimeout(timer);
        if (!closed && rows.some(isOpen))
            timer = setTimeout(look, LOOK_AGAIN_MS);
    }

    async function look() {
        try {
            const fresh = (await app.service.submissionsOf(app.account.id)).filter(one => one.exercise_id === exercise.id);
            const judged = fresh.some(one => !isOpen(one) && rows.some(old => old.id === one.id && isOpen(old)));
            rows = fresh;
            if (judged && !closed)
                announce(t("exercise.judged"));
        } catch (error) {
            if (error.name !== "ApiError")
                throw error; // the server is away: the next look finds it
        }
        draw();
    }

    const onShown = () => document.visibilityState === "visible" && rows.some(isOpen) && look();
    document.addEventListener("visibilitychange", onShown);
    draw();
    return {
        node,
        add(submission) { rows = [...rows, submission]; draw(); },
        close() {
            closed = true;
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", onShown);
        },
    };
}

/* ---- screens ---- */

async function studentExercise(app, exercise) {
    const submissions = (await app.service.submissionsOf(app.account.id)).filter(one => one.exercise_id === exercise.id);
    const attempts = attemptsPanel(app, exercise, submissions);
    const work = workPanel(app, exercise, submissions.at(-1), attempts.add);
    const tutor = createTutor(app, exercise, work.code);
    const screen = page(exercise.title, button(t("tutor.ask"), { picture: "chat", onClick: tutor.focus }), kindOf(exercise),
        el("div", { class: "bench" }, el("div", { class: "stack" }, taskPanel(exercise), work.node, attempts.node), tutor.node));
    screen.node.classList.add("broad");
    return { ...screen, close() { attempts.close(); tutor.close(); } };
}

function teacherFigures(stats) {
    const percent = value => t("exercise.percent", { value: rounded(value) });
    return panel(t("exercise.figures"), {}, figures([
        [t("exercise.tried"), String(stats.total_attempts)],
        [t("exercise.solved"), String(stats.successful_attempts)],
        [t("exercise.average"), rounded(stats.average_score)],
        [t("exercise.completion"), percent(stats.completion_rate)],
        [t("exercise.mastery"), percent(stats.mastery_rate)],
    ])).node;
}

async function teacherExercise(app, exercise) {
    const stats = await app.service.figuresOf(exercise.id);
    const codes = [["exercise.starter", exercise.starter_code], ["exercise.solution", exercise.solution_code]].filter(([, code]) => code);
    return page(exercise.title, [
        linkButton(t("list.edit"), links.edit(exercise.id)),
        linkButton(t("list.grade"), links.submissions(exercise.id), { kind: "primary" }),
    ], kindOf(exercise), teacherFigures(stats), taskPanel(exercise), codes.map(([key, code]) => panel(t(key), {}, codeBlock(code, t(key))).node));
}

export async function createExercise(app, id) {
    const exercise = await app.service.exercise(id);
    return isTeacher(app.account) ? teacherExercise(app, exercise) : studentExercise(app, exercise);
}
