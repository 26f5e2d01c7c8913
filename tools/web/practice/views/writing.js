/* Writing an exercise and changing one: all its parts, test cases and hints as lists that grow. */
import { el } from "../../kit/dom.js";
import { createForm, textArea } from "../../kit/form.js";
import { announce, button, confirmed, field, notify, panel } from "../../kit/parts.js";
import { go } from "../../kit/router.js";
import { changesOf, draftOf, exerciseFrom } from "../draft.js";
import { createEditor } from "../editor.js";
import { valuesOf } from "../lists.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { choice, page, word } from "./pieces.js";

const LEVELS = ["beginner", "intermediate", "advanced", "easy", "medium", "hard"];

/* ---- lists that grow ---- */

/** `make(value, number)`: { node, read(), first } of one row. Returns { node, read() }. */
function growing({ title, add, remove, values, make }) {
    const rows = [];
    const list = el("ol", { class: "growing" });
    const { node } = panel(title, { level: 2, actions: [button(add, { picture: "add", onClick: () => append().first.focus() })] }, list);

    function append(value) {
        const row = make(value, rows.length + 1);
        const item = el("li", { class: "card" }, row.node, button("", { kind: "quiet", picture: "remove", label: remove(rows.length + 1), onClick: drop }));

        function drop() {
            const next = item.nextElementSibling ?? item.previousElementSibling;
            rows.splice(rows.indexOf(row), 1);
            item.remove();
            (next ?? node).querySelector("textarea, input, button").focus();
        }

        rows.push(row);
        list.append(item);
        return row;
    }

    values.forEach(append);
    return { node, read: () => rows.map(row => row.read()) };
}

function caseRow(value = { input: "", output: "", hidden: false }, number) {
    const area = (label, text) => {
        const one = field(label, { input: el("textarea", { rows: "2", class: "code-text", spellcheck: "false", "aria-label": t("write.caseOf", { number, what: label }) }) });
        one.input.value = text;
        return one;
    };
    const [input, output] = [area(t("exercise.input"), value.input), area(t("exercise.output"), value.output)];
    const hidden = el("input", { type: "checkbox", checked: value.hidden });
    const node = el("div", { class: "case grow" }, input.node, output.node, el("label", { class: "choice" }, hidden, el("span", {}, t("write.hidden"))));
    return {
        node, first: input.input,
        read: () => ({ given: value.given, input: input.input.value, output: output.input.value, hidden: hidden.checked }),
    };
}

function hintRow(value = "", number) {
    const one = field(t("write.hint", { number }), { input: el("textarea", { rows: "2", dir: "auto" }) });
    one.input.value = value;
    one.node.classList.add("grow");
    return { node: one.node, first: one.input, read: () => one.input.value };
}

/* ---- the form ---- */

function topicField(topics, value) {
    const list = el("datalist", { id: "topics" }, topics.map(topic => el("option", { value: topic })));
    const one = field(t("list.topic"), { type: "text", name: "topic", required: true, maxlength: 100, list: "topics", autocomplete: "off", dir: "auto", value });
    one.node.append(list);
    return one.node;
}

function levelField(value) {
    const known = LEVELS.includes(value) || !value ? LEVELS : [value, ...LEVELS];
    const one = field(t("list.level"), { input: choice(known.map(level => [level, word("level", level)]), { name: "difficulty_level" }) });
    one.input.value = value || LEVELS[0];
    return one.node;
}

function codePanel(title, text) {
    const editor = createEditor({ label: title, description: t("exercise.keys"), text, language: "python" });
    return { node: panel(title, {}, editor.node, el("p", { class: "hint" }, t("exercise.keys"))).node, text: editor.text };
}

/** `exercise`: the one to change, or null. */
function writingForm(app, exercise, topics) {
    const draft = draftOf(exercise ?? {});
    const cases = growing({
        title: t("exercise.cases"), add: t("write.addCase"), remove: number => t("write.removeCase", { number }), values: draft.test_cases, make: caseRow,
    });
    const hints = growing({
        title: t("exercise.hints"), add: t("write.addHint"), remove: number => t("write.removeHint", { number }), values: draft.hints, make: hintRow,
    });
    const starter = codePanel(t("exercise.starter"), draft.starter_code);
    const solution = codePanel(t("write.solution"), draft.solution_code);

    async function submit(values) {
        const told = exerciseFrom({
            ...draft, ...values, starter_code: starter.text(), solution_code: solution.text(), test_cases: cases.read(), hints: hints.read(),
        });
        const saved = exercise ? await app.service.change(exercise.id, changesOf(exercise, told)) : await app.service.create(told);
        announce(t("write.saved"));
        notify(t("write.saved"));
        go(links.exercise(saved.id));
    }

    return createForm({
        fields: [
            panel(t("exercise.task"), { class: "stack" },
                field(t("write.title"), { type: "text", name: "title", required: true, maxlength: 255, autocomplete: "off", dir: "auto", value: draft.title }).node,
                el("div", { class: "row fields" }, topicField(topics, draft.topic), levelField(draft.difficulty_level)),
                textArea(t("write.description"), "description", draft.description, { rows: 6, required: true, dir: "auto" }),
                textArea(t("exercise.expected"), "expected_output", draft.expected_output, { rows: 2, class: "code-text", spellcheck: "false" })).node,
            starter.node, cases.node, hints.node, solution.node,
        ],
        action: t("write.save"),
        submit,
    });
}

export async function createWriting(app, id) {
    const [exercise, exercises] = await Promise.all([id ? app.service.exercise(id) : null, app.service.exercises()]);

    async function remove() {
        if (!await confirmed(t("write.removeQuestion", { title: exercise.title }), t("write.removeExplanation"), t("write.remove")))
            return;
        await app.service.remove(exercise.id);
        notify(t("write.removed", { title: exercise.title }));
        go(links.home);
    }

    return page(exercise ? t("write.change", { title: exercise.title }) : t("list.write"),
        exercise ? button(t("write.remove"), { kind: "danger", onClick: remove }) : null,
        writingForm(app, exercise, valuesOf(exercises, "topic")));
}
