/* What is left of a session. It is made when the session ends; until then it is asked for again and again, ever more slowly. */
import { el } from "../../kit/dom.js";
import { announce, empty, linkButton, page, panel, when } from "../../kit/parts.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { partnersOf } from "./pieces.js";

const PENDING = "Report pending..."; // the server's word for none yet
const FIRST_MS = 500;
const LONGEST_MS = 10000;

function shown({ summary, action_items: items }) {
    return [
        panel(t("report.summary"), {}, el("p", { class: "prose report-summary", dir: "auto" }, summary)).node,
        panel(t("report.next"), {}, items.length ? el("ul", { class: "action-items" }, items.map(item => el("li", { dir: "auto" }, item))) : empty(t("report.nothing"))).node,
    ];
}

/** With whom, and when; nothing of one that is no longer among the newest. */
async function occasion(app, id) {
    const session = await app.service.session(id);
    return session ? el("p", { class: "meta", dir: "auto" }, t("home.with", { names: await partnersOf(app, session.relationship_id) }), " · ", when(session.created_at)) : null;
}

export async function createReport(app, id) {
    const [report, head] = await Promise.all([app.service.report(id), occasion(app, id)]);
    const body = el("div", { class: "stack", "aria-live": "polite" });
    let timer = null;
    let wait = FIRST_MS;

    async function look() {
        try {
            const made = await app.service.report(id);
            if (made.summary !== PENDING) {
                announce(t("report.ready"));
                return body.replaceChildren(...shown(made));
            }
        } catch (error) {
            if (error.status !== 0 && error.status < 500 && error.status !== 429)
                return app.fail(error);
        }
        again();
    }

    function again() {
        timer = setTimeout(look, wait);
        wait = Math.min(wait * 1.5, LONGEST_MS);
    }

    if (report.summary === PENDING) {
        body.append(empty(t("report.pending")));
        again();
    } else
        body.append(...shown(report));
    return {
        ...page(t("report.title"), linkButton(t("app.history"), links.history), head, body),
        close: () => clearTimeout(timer),
    };
}
