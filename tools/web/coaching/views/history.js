/* One's sessions, newest first. */
import { el } from "../../kit/dom.js";
import { button, empty, page, when } from "../../kit/parts.js";
import { t } from "../texts.js";
import { partnersOf, sessionLink, statusBadge } from "./pieces.js";

const AT_ONCE = 20;
const MOST = 100; // of what the server tells

/** Who is in each relationship, as a text, by its id. */
async function partnersById(app, ids) {
    return Object.fromEntries(await Promise.all([...new Set(ids)].map(async id => [id, await partnersOf(app, id)])));
}

function row(session, names) {
    return el("li", { class: "card" },
        el("div", { class: "grow" }, el("h3", { dir: "auto" }, t("home.with", { names })), when(session.created_at)),
        el("div", { class: "badges" }, statusBadge("session", session.status)), sessionLink(session));
}

export async function createHistory(app) {
    const list = el("ul", { class: "cards" });
    const more = button(t("history.more"), { onClick: () => load(MOST) });

    async function load(limit) {
        const sessions = await app.service.sessions(limit);
        const names = await partnersById(app, sessions.map(({ relationship_id: id }) => id));
        list.replaceChildren(...sessions.map(session => row(session, names[session.relationship_id])));
        more.hidden = sessions.length < limit || limit === MOST;
    }

    await load(AT_ONCE);
    return page(t("app.history"), null, list.children.length ? list : empty(t("history.none")), el("div", { class: "row" }, more));
}
