/* Who has done most: the first ten, as a table with bars. */
import { el } from "../../kit/dom.js";
import { button, empty, panel, table } from "../../kit/parts.js";
import { isTeacher } from "../account.js";
import { rounded } from "../figures.js";
import { t } from "../texts.js";
import { bar } from "./charts.js";
import { page } from "./pieces.js";

const PLACES = 10;

function row(entry, most, own) {
    const name = entry.name ?? t("board.student", { id: entry.student_id });
    return el("tr", { class: own ? "own" : null },
        el("td", { class: "number" }, String(entry.rank)),
        el("th", { scope: "row", dir: "auto" }, name, own ? " " : null, own ? el("span", { class: "badge accent" }, t("board.you")) : null),
        el("td", { class: "with-bar" }, el("span", {}, String(entry.exercises_completed)), bar(entry.exercises_completed, most)),
        el("td", { class: "with-bar" }, el("span", {}, rounded(entry.average_score)), bar(entry.average_score, 100, "score")));
}

export async function createLeaderboard(app) {
    const { node, body } = table(t("app.leaderboard"), [
        { title: t("board.rank"), class: "number" }, { title: t("board.name") }, { title: t("board.completed") }, { title: t("board.average") },
    ]);
    const none = empty(t("board.none"));

    async function load() {
        const { leaderboard } = await app.service.leaderboard(PLACES);
        const most = leaderboard[0]?.exercises_completed ?? 0;
        body.replaceChildren(...leaderboard.map(entry => row(entry, most, !isTeacher(app.account) && entry.student_id === app.account.id)));
        node.hidden = leaderboard.length === 0;
        none.hidden = leaderboard.length > 0;
    }

    await load();
    return page(t("app.leaderboard"), button(t("board.refresh"), { onClick: load }), panel(t("board.first", { count: PLACES }), { class: "board" }, none, node).node);
}
