/* The first screen: a teacher's classes, running and past, and the way to a new one; a student's choice of running classes. */
import { el, keyedList, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { passwordButton } from "../../kit/form.js";
import { formatAge, formatDuration, formatTime, parseTime } from "../../kit/format.js";
import { button, empty, field, once, panel } from "../../kit/parts.js";
import { go } from "../../kit/router.js";
import { links } from "../router.js";
import { t } from "../texts.js";

const REFRESH_MS = 5000;

export const titleOf = session => session.title ?? t("home.untitled", { id: session.session_id });

/** A list that says that it is loading, that it is empty, or what went wrong. */
function classList(words, make) {
    const list = el("ul", { class: "cards" });
    const note = empty(t("app.loading"));
    const fill = keyedList(list, make);
    return {
        node: el("div", {}, note, list),
        fill(sessions) {
            fill(sessions, session => session.session_id);
            setText(note, words);
            show(note, sessions.length === 0);
        },
        fail(error) {
            setText(note, errorText(error));
            show(note, true);
        },
    };
}

function card(meta, actions) {
    const title = el("h3", { dir: "auto" });
    const about = el("p", { class: "meta" });
    const row = el("div", { class: "row" });
    const node = el("li", { class: "card" }, el("div", { class: "grow" }, title, about), row);
    return {
        node,
        update(session) {
            setText(title, titleOf(session));
            setText(about, meta(session));
            if (!row.children.length)
                row.append(...actions(session));
        },
    };
}

const linkButton = (text, label, href, kind = "") => el("a", { class: `button ${kind}`, href, "aria-label": label }, text);

const parts = (...texts) => texts.filter(Boolean).join(" · ");

function runningMeta(session) {
    return parts(session.teacher, t("home.people", { count: session.participant_count }), t("home.since", { age: formatAge(session.created_at) }));
}

function pastMeta(session) {
    const seconds = (parseTime(session.ended_at) - parseTime(session.created_at)) / 1000;
    return t("home.lasted", { day: formatTime(session.created_at, "moment"), duration: formatDuration(seconds) });
}

/** Keeps a list fresh while somebody looks at it. */
function refreshing(load) {
    const timer = setInterval(() => document.visibilityState === "visible" && load(), REFRESH_MS);
    load();
    return () => clearInterval(timer);
}

function running(app, words, prepare, actions) {
    const list = classList(words, () => card(runningMeta, actions));
    async function load() {
        try {
            list.fill((await app.lectern.active()).map(prepare).reverse()); // the newest first
        } catch (error) {
            list.fail(error);
        }
    }
    return { node: list.node, close: refreshing(load) };
}

/* ---- the teacher's ---- */

function newClass(app) {
    const { node, input } = field(t("home.titleLabel"), {
        type: "text", name: "title", required: true, maxlength: 500, autocomplete: "off", placeholder: t("home.titleExample"), dir: "auto",
    });
    const start = button(t("home.create"), { kind: "primary", type: "submit" });
    const create = async () => go(links.class((await app.lectern.create(input.value.trim())).session_id));
    const form = el("form", { class: "inline-form", on: { submit: event => { event.preventDefault(); once(start, create); } } }, node, start);
    return panel(t("home.newTitle"), {}, form).node;
}

function pastClasses(app) {
    const list = classList(t("home.nonePast"), () => card(pastMeta, session => [
        linkButton(t("home.report"), t("home.reportOf", { title: titleOf(session) }), links.report(session.session_id)),
    ]));
    const more = button(t("home.more"), { kind: "quiet", hidden: true, onClick: load });
    let sessions = [];

    async function load() {
        const page = await app.lectern.ended(sessions.at(-1)?.session_id);
        sessions = [...sessions, ...page];
        list.fill(sessions);
        show(more, page.length === 20);
    }

    load().catch(list.fail);
    return panel(t("home.past"), {}, list.node, more).node;
}

export function createTeacherHome(app) {
    const list = running(app, t("home.noneRunning"), session => session, session => [
        linkButton(t("home.enter"), t("home.enterClass", { title: titleOf(session) }), links.class(session.session_id), "primary"),
    ]);
    const node = el("div", { class: "page" },
        el("h1", { tabindex: "-1" }, t("home.teacherTitle")),
        newClass(app),
        panel(t("home.running"), {}, list.node).node,
        pastClasses(app),
        el("div", { class: "row end" }, passwordButton(app.changePassword)));
    return { node, title: t("home.teacherTitle"), close: list.close };
}

/* ---- the student's ---- */

export function createStudentHome(app) {
    const withTeacher = session => ({ ...session, teacher: session.teacher_name ? t("home.by", { teacher: session.teacher_name }) : "" });
    const list = running(app, t("home.noneForStudent"), withTeacher, session => [
        linkButton(t("home.join"), t("home.joinClass", { title: titleOf(session) }), links.class(session.session_id), "primary"),
    ]);
    const node = el("div", { class: "page" },
        el("h1", { tabindex: "-1" }, t("home.studentTitle")),
        panel(t("home.running"), {}, list.node).node,
        el("div", { class: "row end" }, passwordButton(app.changePassword)));
    return { node, title: t("home.studentTitle"), close: list.close };
}
