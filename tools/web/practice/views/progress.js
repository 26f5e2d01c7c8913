/* How far a student is: figures, charts, exercise by exercise; for a teacher also what that student has handed in. */
import { el } from "../../kit/dom.js";
import { formatTime } from "../../kit/format.js";
import { empty, panel, table } from "../../kit/parts.js";
import { isTeacher } from "../account.js";
import { rounded, shares } from "../figures.js";
import { byKey } from "../lists.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { bar, scoreChart, shareChart } from "./charts.js";
import { submissionList } from "./history.js";
import { figures, page, scoreText, statusBadge, word } from "./pieces.js";

function glance(stats) {
    return panel(t("progress.glance"), {}, figures([
        [t("progress.completed"), t("progress.ofAll", { count: stats.completed_exercises, total: stats.total_exercises })],
        [t("progress.mastered"), String(stats.mastered_exercises)],
        [t("progress.average"), rounded(stats.average_score)],
        [t("progress.attempts"), String(stats.total_attempts)],
        [t("progress.last"), stats.last_activity ? formatTime(stats.last_activity, "moment") : t("progress.never")],
    ])).node;
}

function sharePanel(total, progress) {
    const counts = shares(total, progress);
    const label = Object.entries(counts).map(([status, count]) => `${word("status", status)}: ${count}`).join(", ");
    return panel(t("progress.how"), {}, shareChart(counts, label)).node;
}

function scorePanel(submissions) {
    const scores = submissions.map(({ score }) => score).filter(score => score !== null);
    if (!scores.length)
        return null;
    const label = t("progress.scoresText", { count: scores.length, first: scores[0], last: scores.at(-1), best: Math.max(...scores) });
    return panel(t("progress.scores"), {}, scoreChart(submissions, label), el("p", { class: "meta" }, label)).node;
}

function row({ exercise_id: id, status, attempts, best_score: best }, exercise) {
    return el("tr", {},
        el("th", { scope: "row", dir: "auto" }, el("a", { href: links.exercise(id) }, exercise?.title ?? t("history.exercise", { id })), " ", statusBadge(status)),
        el("td", { class: "number" }, String(attempts)),
        el("td", { class: "with-bar" }, el("span", {}, scoreText(best)), bar(best ?? 0, 100, "score")));
}

function exercisesPanel(progress, exercises) {
    const titles = byKey(exercises, "id");
    const { node, body } = table(t("progress.each"), [
        { title: t("progress.exercise") }, { title: t("progress.attempts"), class: "number" }, { title: t("progress.best") },
    ]);
    body.append(...progress.map(one => row(one, titles.get(one.exercise_id))));
    return panel(t("progress.each"), {}, progress.length ? node : empty(t("progress.none"))).node;
}

/** `id`: the student's. */
export async function createProgress(app, id) {
    const teacher = isTeacher(app.account);
    const [stats, progress, submissions, exercises, students] = await Promise.all([
        app.service.stats(id), app.service.progress(id), app.service.submissionsOf(id), app.service.exercises(), teacher ? app.service.studentsUpTo(id) : [],
    ]);
    const student = students.find(one => one.id === id);
    const title = teacher ? student?.name ?? t("board.student", { id }) : t("app.progress");
    return page(title, null, glance(stats), sharePanel(stats.total_exercises, progress), scorePanel(submissions), exercisesPanel(progress, exercises),
        teacher ? panel(t("progress.submissions"), {}, submissionList(submissions, exercises)).node : null);
}
