/* All students, with how far each is. */
import { el, keyedList, show } from "../../kit/dom.js";
import { button, empty, field, once, table } from "../../kit/parts.js";
import { rounded } from "../figures.js";
import { fetched } from "../lists.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { bar } from "./charts.js";
import { page } from "./pieces.js";

const AT_ONCE = 200; // rows; more on demand

function row(student) {
    const node = el("tr", {},
        el("th", { scope: "row", dir: "auto" }, el("a", { href: links.student(student.id) }, student.name), el("p", { class: "meta" }, student.email)),
        el("td", {}, student.grade_level ?? ""),
        el("td", { class: "with-bar" }, el("span", {}, String(student.exercises_completed)), bar(student.exercises_completed, student.total_exercises)),
        el("td", { class: "with-bar" }, el("span", {}, rounded(student.average_score)), bar(student.average_score, 100, "score")));
    return { node, update() {} };
}

export async function createStudents(app) {
    const students = app.service.students();
    const { node, body } = table(t("app.students"), [
        { title: t("board.name") }, { title: t("students.grade") }, { title: t("board.completed") }, { title: t("board.average") },
    ]);
    const update = keyedList(body, row);
    const none = empty(t("students.none"));
    const search = field(t("students.search"), { type: "search", autocomplete: "off" });
    const more = button(t("list.more"), { onClick: () => look(most + AT_ONCE) });
    let most = AT_ONCE;

    function found() {
        const wanted = search.input.value.trim().toLowerCase();
        return students.rows.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
    }

    function draw() {
        const rows = found();
        update(rows.slice(0, most), ({ id }) => id);
        show(node, rows.length > 0);
        show(none, rows.length === 0 && students.over);
        show(more, rows.length > most || !students.over);
    }

    /** Shows so many of those that fit, fetching until there are enough. */
    async function look(wanted) {
        most = wanted;
        draw();
        await fetched(students, { enough: () => found().length >= most });
        draw();
    }

    search.input.addEventListener("input", () => {
        most = AT_ONCE;
        draw();
        once(more, () => look(most)); // one that goes on already looks for what is wanted by now
    });
    await look(AT_ONCE);
    return page(t("app.students"), null, search.node, none, node, more);
}
