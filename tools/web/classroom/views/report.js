/* The report of a class, running or past: at a glance, timeline, attendance, log. Only the teacher who held it sees one. */
import { el, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { formatDuration, formatLength, formatTime, parseTime } from "../../kit/format.js";
import { button, empty, field, once, panel, table } from "../../kit/parts.js";
import { readLines } from "../ndjson.js";
import { links } from "../router.js";
import { hasText, t } from "../texts.js";
import { createTimeline } from "../timeline.js";
import { drawTimeline } from "./chart.js";

const LOG_SHOWN = 500;

const seconds = stamp => parseTime(stamp).getTime() / 1000;

/** Saves an answer as a file. A link could not send the token. */
async function download(answer, name) {
    const url = URL.createObjectURL(await (await answer).blob());
    el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/* ---- at a glance ---- */

function glance() {
    const list = el("dl", { class: "figures" });
    const { node } = panel(t("report.summary"), {}, list);

    function figures(attendance, summary) {
        const until = attendance.ended_at ? seconds(attendance.ended_at) : Date.now() / 1000;
        return [
            [t("report.started"), formatTime(attendance.started_at, "moment")],
            [t("report.ended"), attendance.ended_at ? formatTime(attendance.ended_at, "moment") : t("report.running")],
            [t("report.lasted"), formatDuration(Math.max(0, until - seconds(attendance.started_at)))],
            [t("report.joined"), summary.unique_participants_joined],
            [t("report.messages"), summary.event_counts.chat_message ?? 0],
            [t("report.hands"), summary.event_counts.hand_raised ?? 0],
            [t("report.events"), summary.total_events],
        ];
    }

    function update(attendance, summary) {
        list.replaceChildren(...figures(attendance, summary).map(([name, value]) =>
            el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
    }

    return { node, update };
}

/* ---- timeline ---- */

function timelinePanel(app, id) {
    const frame = el("div", { class: "chart", "aria-hidden": "true" });
    const words = el("p", { class: "meta" }, t("app.loading"));
    const { node } = panel(t("report.timeline"), {}, words, frame);
    let controller = null;
    let erase = null;

    async function read(signal) {
        const timeline = createTimeline();
        const answer = await app.lectern.wholeLog(id, signal);
        for await (const row of readLines(answer.body))
            timeline.add({ ...row, at: seconds(row.created_at) });
        return timeline;
    }

    async function update(attendance) {
        controller?.abort();
        controller = new AbortController();
        const { signal } = controller;
        const timeline = (await read(signal)).result(attendance.ended_at ? seconds(attendance.ended_at) : Date.now() / 1000);
        if (signal.aborted)
            return;
        erase?.();
        erase = null;
        const { start, width, buckets, most, totals } = timeline;
        setText(words, start === null ? t("report.timelineEmpty") : t("report.timelineText", { most, ...totals, length: formatDuration(buckets.length * width) }));
        show(frame, start !== null);
        if (start !== null)
            erase = await drawTimeline(frame, timeline);
    }

    function close() {
        controller?.abort();
        erase?.();
    }

    return { node, update, close };
}

/* ---- attendance ---- */

function attendancePanel(app, id) {
    const { node: frame, body } = table(t("report.attendance"), [
        { title: t("report.who") },
        { title: t("report.firstJoin") },
        { title: t("report.lastLeave") },
        { title: t("report.present.column"), class: "number" },
        { title: t("report.rejoins"), class: "number" },
    ]);
    const note = empty(t("app.loading"));
    const save = button(t("report.download"), { label: t("report.downloadAttendance"),
        onClick: () => download(app.lectern.attendanceFile(id), `attendance-${id}.csv`) });
    const { node } = panel(t("report.attendance"), { actions: [save] }, note, frame);

    function row(person) {
        return el("tr", {},
            el("th", { scope: "row", dir: "auto" }, person.name),
            el("td", {}, formatTime(person.first_join)),
            el("td", {}, person.is_present ? t("report.stillHere") : formatTime(person.last_leave)),
            el("td", { class: "number" }, formatDuration(person.present_seconds)),
            el("td", { class: "number" }, String(person.rejoins)));
    }

    function update({ participants }) {
        const byName = [...participants].sort((a, b) => a.name.localeCompare(b.name));
        body.replaceChildren(...byName.map(row));
        setText(note, t("report.noAttendance"));
        show(note, !participants.length);
        show(frame, participants.length > 0);
    }

    return { node, update };
}

/* ---- log ---- */

const typeName = type => (hasText(`type.${type}`) ? t(`type.${type}`) : type);

/** What happened, in words. Types that came after this page are shown by name, with what they brought. */
function describe(entry, people) {
    const details = entry.event_details ?? {};
    const who = people.byParticipant.get(details.participant_id) ?? people.byUser.get(details.invited_user_id) ?? "?";
    const key = `log.${entry.event_type}`;
    if (!hasText(key))
        return `${entry.event_type} ${JSON.stringify(details)}`;
    return t(key, { ...details, who, position: formatLength(details.position ?? 0) });
}

function logPanel(app, id, people) {
    const { node: frame, body } = table(t("report.log"), [
        { title: t("report.when") }, { title: t("report.who") }, { title: t("report.what") },
    ]);
    const note = empty(t("app.loading"));
    const select = el("select", { on: { change: () => once(select, load) } });
    const filter = field(t("report.filter"), { input: select });
    const save = button(t("report.download"), { label: t("report.downloadLog"), onClick: () => download(app.lectern.logFile(id), `log-${id}.csv`) });
    const { node } = panel(t("report.log"), { actions: [filter.node, save] }, note, frame);

    function row(entry) {
        return el("tr", {},
            el("td", { class: "time" }, el("time", { datetime: `${entry.created_at}Z` }, formatTime(entry.created_at, "exact"))),
            el("th", { scope: "row", dir: "auto" }, people.byUser.get(entry.user_id) ?? "–"),
            el("td", { dir: "auto" }, describe(entry, people)));
    }

    async function load() {
        const { logs } = await app.lectern.logs(id, select.value, LOG_SHOWN);
        body.replaceChildren(...logs.map(row));
        setText(note, logs.length ? t("report.newest", { count: logs.length }) : t("report.logEmpty"));
        show(note, !logs.length || logs.length === LOG_SHOWN);
        show(frame, logs.length > 0);
    }

    async function update(summary) {
        const chosen = select.value;
        const types = Object.entries(summary.event_counts).sort(([a], [b]) => typeName(a).localeCompare(typeName(b)));
        select.replaceChildren(
            el("option", { value: "" }, t("report.all", { count: summary.total_events })),
            ...types.map(([type, count]) => el("option", { value: type }, t("report.typeCount", { type: typeName(type), count }))));
        select.value = types.some(([type]) => type === chosen) ? chosen : "";
        await load();
    }

    return { node, update };
}

/* ---- the whole ---- */

/** The report of class `id`. `back`: whether it stands alone, with a way back. */
export function createReport(app, id, { back = false } = {}) {
    const people = { byUser: new Map([[app.account.userId, app.account.name]]), byParticipant: new Map() };
    const parts = { glance: glance(), timeline: timelinePanel(app, id), attendance: attendancePanel(app, id), log: logPanel(app, id, people) };
    const title = el(back ? "h1" : "h2", { tabindex: "-1", dir: "auto" }, t("report.title"));
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const refresh = button(t("report.refresh"), { onClick: load });
    const body = el("div", { class: "stack report" }, Object.values(parts).map(part => part.node));
    const node = el("div", { class: back ? "page" : "part part-report" },
        back ? el("p", {}, el("a", { href: links.home }, t("report.back"))) : null,
        el("div", { class: "row spread" }, title, refresh),
        wrong, body);

    function know({ participants }) {
        for (const person of participants) {
            people.byUser.set(person.user_id, person.name);
            people.byParticipant.set(person.participant_id, person.name);
        }
    }

    async function fill() {
        const [attendance, summary] = await Promise.all([app.lectern.attendance(id), app.lectern.summary(id)]);
        know(attendance);
        setText(title, t("report.of", { title: attendance.title ?? t("home.untitled", { id }) }));
        parts.glance.update(attendance, summary);
        parts.attendance.update(attendance);
        await Promise.all([parts.log.update(summary), parts.timeline.update(attendance)]);
    }

    async function load() {
        try {
            await fill();
            show(wrong, false);
        } catch (error) {
            if (error.name === "AbortError")
                return;
            if (error.name !== "ApiError")
                throw error;
            setText(wrong, errorText(error));
            show(wrong, true);
        }
    }

    return { node, title: t("report.title"), load, close: parts.timeline.close };
}
