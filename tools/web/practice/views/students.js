/* All students, with how far each is. */
import { el, keyedList, show } from "../../kit/dom.js";
import { empty, field, table } from "../../kit/parts.js";
import { rounded } from "../figures.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { bar } from "./charts.js";
import { page } from "./pieces.js";

const SHOWN = 200; // rows; the search finds the others

function row(student) {
    const node = el("tr", {},
        el("th", { scope: "row", dir: "auto" }, el("a", { href: links.student(student.id) }, student.name), el("p", { class: "meta" }, student.email)),
        el("td", {}, student.grade_level ?? ""),
        el("td", { class: "with-bar" }, el("span", {}, String(student.exercises_completed)), bar(student.exercises_completed, student.total_exercises)),
        el("td", { class: "with-bar" }, el("span", {}, rounded(student.average_score)), bar(student.average_score, 100, "score")));
    return { node, update() {} };
}

export async function createStudents(app) {
    const students = await app.service.students();
    const { node, body } = table(t("app.students"), [
        { title: t("board.name") }, { title: t("students.grade") }, { title: t("board.completed") }, { title: t("board.average") },
    ]);
    const update = keyedList(body, row);
    const none = empty(t("students.none"));
    const search = field(t("students.search"), { type: "search", autocomplete: "off" });

    function draw() {
        const wanted = search.input.value.trim().toLowerCase();
        const found = students.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
        update(found.slice(0, SHOWN), ({ id }) => id);
        show(node, found.length > 0);
        show(none, found.length === 0);
    }

    search.input.addEventListener("input", draw);
    draw();
    return page(t("app.students"), null, search.node, none, node);
}
