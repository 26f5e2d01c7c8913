/* What is left of a session. It is made when the session ends; until then it is asked for again and again, ever more slowly. */
import { el } from "../../kit/dom.js";
import { announce, empty, linkButton, page, panel } from "../../kit/parts.js";
import { links } from "../router.js";
import { t } from "../texts.js";

const PENDING = "Report pending..."; // the server's word for none yet
const FIRST_MS = 500;
const LONGEST_MS = 10000;

function shown({ summary, action_items: items }) {
    return [
        panel(t("report.summary"), {}, el("p", { class: "prose report-summary", dir: "auto" }, summary)).node,
        panel(t("report.next"), {}, items.length ? el("ul", { class: "action-items" }, items.map(item => el("li", { dir: "auto" }, item))) : empty(t("report.nothing"))).node,
    ];
}

export async function createReport(app, id) {
    const report = await app.service.report(id);
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
        ...page(t("report.title"), linkButton(t("app.history"), links.history), body),
        close: () => clearTimeout(timer),
    };
}
