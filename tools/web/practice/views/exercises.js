/* The list of exercises: searched, filtered, with how far one is; for teachers also the way to write, change and grade. */
import { el, keyedList, setText, show } from "../../kit/dom.js";
import { passwordButton } from "../../kit/form.js";
import { button, empty, field } from "../../kit/parts.js";
import { isTeacher } from "../account.js";
import { STATUSES } from "../figures.js";
import { byKey, filtered, valuesOf } from "../lists.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { choice, kindOf, linkButton, page, statusBadge, word } from "./pieces.js";

const AT_ONCE = 50; // entries; more on demand

/* ---- the filter ---- */

function choiceOf(label, name, options) {
    return field(label, { input: choice([["", t("list.any")], ...options], { name }) });
}

/** Search and choices; what was chosen stays for the tab. */
function createFilter(exercises, ofStudents, onChange) {
    const key = "lectern.practice.filter";
    const search = field(t("list.search"), { type: "search", name: "search", autocomplete: "off", dir: "auto" });
    const parts = [
        search,
        choiceOf(t("list.topic"), "topic", valuesOf(exercises, "topic").map(topic => [topic, topic])),
        choiceOf(t("list.level"), "difficulty", valuesOf(exercises, "difficulty_level").map(level => [level, word("level", level)])),
        ...ofStudents ? [choiceOf(t("list.progress"), "status", STATUSES.map(status => [status, word("status", status)]))] : [],
    ];
    const node = el("form", { class: "filter", role: "search", on: { submit: event => event.preventDefault(), input: changed } }, parts.map(part => part.node));

    const values = () => Object.fromEntries(new FormData(node));

    function changed() {
        sessionStorage.setItem(key, JSON.stringify(values()));
        onChange();
    }

    for (const [name, value] of Object.entries(JSON.parse(sessionStorage.getItem(key) ?? "{}")))
        if (node.elements[name] && (node.elements[name].tagName === "INPUT" || [...node.elements[name].options].some(option => option.value === value)))
            node.elements[name].value = value;

    function clear() {
        node.reset();
        changed();
    }

    return { node, values, clear };
}

/* ---- the list ---- */

function entry(exercise, teacher) {
    const title = el("a", { href: links.exercise(exercise.id), dir: "auto" }, exercise.title);
    const state = el("div", { class: "badges" });
    const actions = teacher ? [
        linkButton(t("list.edit"), links.edit(exercise.id), { label: t("list.editOf", { title: exercise.title }) }),
        linkButton(t("list.grade"), links.submissions(exercise.id), { label: t("list.gradeOf", { title: exercise.title }) }),
    ] : [];
    const node = el("li", { class: "card" }, el("div", { class: "grow" }, el("h3", {}, title), kindOf(exercise)), state, actions);
    return { node, update: ({ status }) => status && state.replaceChildren(statusBadge(status)) };
}

export async function createExercises(app) {
    const teacher = isTeacher(app.account);
    const [exercises, progress] = await Promise.all([app.service.exercises(), teacher ? [] : app.service.progress(app.account.id)]);
    const progressOf = byKey(progress, "exercise_id");
    const statusOf = exercise => (teacher ? "" : progressOf.get(exercise.id)?.status ?? "not_started");
    const list = el("ul", { class: "cards" });
    const update = keyedList(list, exercise => entry(exercise, teacher));
    const count = el("p", { class: "meta", role: "status" });
    const none = el("div", { class: "stack" }, empty(exercises.length ? t("list.noMatch") : t(teacher ? "list.noneForTeacher" : "list.none")),
        exercises.length ? button(t("list.clear"), { onClick: () => filter.clear() }) : null);
    const more = button(t("list.more"), { onClick: () => { most += AT_ONCE; draw(); } });
    const filter = createFilter(exercises, !teacher, () => { most = AT_ONCE; draw(); });
    let most = AT_ONCE;

    function draw() {
        const chosen = filtered(exercises, filter.values(), statusOf);
        update(chosen.slice(0, most).map(exercise => ({ ...exercise, status: statusOf(exercise) })), exercise => exercise.id);
        setText(count, t("list.count", { count: chosen.length }));
        show(none, chosen.length === 0);
        show(more, chosen.length > most);
    }

    draw();
    return page(t("list.title"), teacher ? linkButton(t("list.write"), links.write, { kind: "primary" }) : null,
        filter.node, count, list, none, more,
        el("div", { class: "row end" }, passwordButton(app.service.changePassword)));
}
