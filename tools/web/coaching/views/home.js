/* Whom one is together with, the sessions that go on, and the way to add somebody. */
import { el, keyedList, show } from "../../kit/dom.js";
import { createForm, emailField } from "../../kit/form.js";
import { choice, empty, field, linkButton, notify, page, panel, when } from "../../kit/parts.js";
import { go } from "../../kit/router.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { partnersText, sessionLink, showInvitation, startButton, statusBadge, word } from "./pieces.js";

const LOOK_AGAIN_MS = 5000; // for a session that the partner has begun
const LATEST = 20;
const TYPES = ["romantic", "date", "family", "friend", "other"];

/** A relationship with who is in it: { id, type, status, others, names }. */
async function withPeople(app, relationship) {
    const { members } = await app.service.consents(relationship.id);
    const others = members.filter(({ user_id: id, member_status: status }) => id !== app.account.id && ["ACCEPTED", "INVITED"].includes(status)).map(({ user_id: id }) => id);
    return { ...relationship, others, names: await Promise.all(others.map(app.people.nameFor)) };
}

function relationshipCard(app, { id, type, status, others, names }) {
    const title = partnersText(names);
    return el("li", { class: "card" },
        el("div", { class: "grow" }, el("h3", {}, el("a", { href: links.relationship(id), dir: "auto" }, title)), el("p", { class: "meta" }, word("type", type))),
        el("div", { class: "badges" }, statusBadge("relationship", status)),
        others.length ? startButton(app, id, others, "") : linkButton(t("home.invite"), links.relationship(id)));
}

/** Sessions that go on, looked for again and again. Returns { node, close() }. */
function runningSessions(app, relationships) {
    const names = new Map(relationships.map(({ id, names: some }) => [id, partnersText(some)]));
    const list = el("ul", { class: "cards" });
    const update = keyedList(list, session => ({
        node: el("li", { class: "card" },
            el("div", { class: "grow" }, el("h3", { dir: "auto" }, t("home.with", { names: names.get(session.relationship_id) ?? t("people.somebody") })), when(session.created_at)),
            sessionLink(session)),
        update() {},
    }));
    const { node } = panel(t("home.running"), {}, list);

    async function look() {
        const running = (await app.service.sessions(LATEST)).filter(({ status }) => status === "ACTIVE");
        update(running, ({ id }) => id);
        show(node, running.length > 0);
    }

    const timer = setInterval(() => document.hidden || look().catch(() => {}), LOOK_AGAIN_MS); // it is looked for again anyway
    return { node, look, close: () => clearInterval(timer) };
}

/** Adds who has an account, else invites them by mail into a relationship that waits for them. */
async function add(app, { type, email }) {
    const { status, user } = await app.service.lookUp(email);
    if (status === "BLOCKED")
        return notify(t("home.blocked"), "error");
    if (user?.id === app.account.id)
        return notify(t("home.self"), "error");
    const { id } = await app.service.relate(type, status === "EXISTS" ? [user.id] : []);
    if (status !== "EXISTS") {
        const { invite_url: link } = await app.service.invite(id, { email });
        showInvitation(email, link);
    } else
        notify(t("home.added", { name: user.display_name }));
    go(links.relationship(id));
}

function addForm(app) {
    const type = field(t("home.type"), { input: choice(TYPES.map(value => [value, word("type", value)]), { name: "type" }) });
    const form = createForm({
        fields: [el("div", { class: "row fields" }, emailField({ label: t("home.email"), autocomplete: "off", hint: t("home.emailHint") }).node, type.node)],
        action: t("home.add"), kind: "primary",
        submit: ({ email, type: value }) => add(app, { email: email.trim(), type: value }),
    });
    return panel(t("home.addTitle"), {}, form).node;
}

export async function createHome(app) {
    const relationships = await Promise.all((await app.service.relationships()).map(one => withPeople(app, one)));
    const running = runningSessions(app, relationships);
    await running.look();
    const list = relationships.length ? el("ul", { class: "cards" }, relationships.map(one => relationshipCard(app, one))) : empty(t("home.none"));
    return { ...page(t("app.together"), null, running.node, panel(t("home.people"), {}, list).node, addForm(app)), close: running.close };
}
