/* One relationship: who is in it and what each consents to, invitations, pokes, things to do together. */
import { el, setText, show } from "../../kit/dom.js";
import { createForm, emailField, textArea } from "../../kit/form.js";
import { announce, button, choice, confirmed, empty, field, notify, page, panel, when } from "../../kit/parts.js";
import { commonLinks, go } from "../../kit/router.js";
import { t } from "../texts.js";
import { POKES, partnersText, pokeText, showInvitation, startButton, statusBadge, word } from "./pieces.js";

const SCOPES = ["REALTIME_FEATURES_ONLY", "SUMMARY_SHARED", "TRANSCRIPT_STORED", "MEDIATION_ALLOWED"];
const ROLES = ["PARTNER", "CHILD", "FRIEND", "FAMILY", "OTHER"];
const POKES_SHOWN = 20;

/* ---- people and consent ---- */

function memberRow({ name, own, member_status: member, consent_status: consent, scopes }) {
    const given = consent === "ACTIVE" ? scopes.map(scope => word("scope", scope)).join(", ") || t("consent.toNothing") : word("consent", consent);
    return el("li", { class: "card" },
        el("div", { class: "grow" }, el("h3", { dir: "auto" }, own ? t("people.you", { name }) : name), el("p", { class: "meta" }, given)),
        el("div", { class: "badges" }, statusBadge("member", member), consent === "REVOKED" ? statusBadge("consent", consent) : null));
}

function consentForm(app, id, mine, templates, reload) {
    const boxes = SCOPES.map(scope => el("input", { type: "checkbox", name: scope, checked: mine.scopes.includes(scope) }));
    const foreign = mine.scopes.filter(scope => !SCOPES.includes(scope)); // of other clients: they stay
    const take = scopes => boxes.forEach(box => { box.checked = scopes.includes(box.name); });
    const presets = field(t("consent.template"), { input: choice([["", t("consent.own")], ...templates.map(({ template_id: name, title }) => [name, title])]) });
    presets.input.addEventListener("change", () => {
        const chosen = templates.find(({ template_id: name }) => name === presets.input.value);
        if (chosen)
            take(chosen.scopes);
    });

    async function save(status) {
        await app.service.consent(id, [...boxes.filter(box => box.checked).map(box => box.name), ...foreign], status);
        const text = t(status === "ACTIVE" ? "consent.saved" : "consent.revoked");
        announce(text);
        notify(text);
        await reload();
    }

    const form = createForm({
        fields: [presets.node, el("fieldset", {}, el("legend", {}, t("consent.to")),
            boxes.map((box, index) => el("label", { class: "choice line" }, box, el("span", {}, word("scope", SCOPES[index])))))],
        action: t(mine.consent_status === "ACTIVE" ? "consent.save" : "consent.give"), kind: "primary", submit: () => save("ACTIVE"),
    });
    const revoke = mine.consent_status === "ACTIVE" ? button(t("consent.revoke"), { kind: "danger", onClick: () => save("REVOKED") }) : null;
    return panel(t("consent.yours"), { class: "consent" }, el("p", { class: "meta" }, t("consent.explained")), form, revoke ? el("div", { class: "row below" }, revoke) : null).node;
}

/* ---- invitations ---- */

function inviteRow(app, id, { invite_id: invite, email, status, expires_at: until }) {
    const open = ["CREATED", "SENT", "OPENED"].includes(status);
    const link = open ? button(t("invite.newLink"), { label: t("invite.newLinkFor", { email }), onClick: async () => showInvitation(email, (await app.service.inviteLink(id, invite)).invite_url) }) : null;
    return el("li", { class: "card" },
        el("div", { class: "grow" }, el("h3", { dir: "auto" }, email), open ? el("p", { class: "meta" }, t("invite.until"), " ", when(until)) : null),
        el("div", { class: "badges" }, statusBadge("invite", status)), link);
}

function invitePanel(app, id, invites, reload) {
    const role = field(t("invite.role"), { input: choice(ROLES.map(value => [value, word("role", value)]), { name: "role" }) });
    const form = createForm({
        fields: [
            el("div", { class: "row fields" }, emailField({ autocomplete: "off" }).node, role.node),
            textArea(t("invite.message"), "message", "", { rows: 2, maxlength: 1000, dir: "auto" }),
        ],
        action: t("invite.send"), kind: "primary",
        submit: async ({ email, role: chosen, message }) => {
            const { invite_url: link } = await app.service.invite(id, { email: email.trim(), role: chosen, message: message.trim() || null });
            await reload();
            showInvitation(email.trim(), link);
        },
    });
    return panel(t("invite.title"), {},
        invites.length ? el("ul", { class: "cards" }, invites.map(one => inviteRow(app, id, one))) : null,
        el("details", { class: "add", open: invites.length === 0 }, el("summary", {}, t("invite.another")), form)).node;
}

/* ---- pokes ---- */

function pokeRow(app, names, poke) {
    const own = poke.sender_id === app.account.id;
    const text = own ? t("poke.fromYou", { name: names[poke.receiver_id], poke: pokeText(poke) }) : t("poke.fromOther", { name: names[poke.sender_id], poke: pokeText(poke) });
    return el("li", { class: "poke" }, el("span", { dir: "auto" }, text), when(poke.created_at));
}

/** Sending and receiving. Returns { node, close() }. */
async function pokesPanel(app, id, others) {
    const list = el("ol", { class: "pokes", "aria-label": t("poke.list") });
    const none = empty(t("poke.none"));
    const receiver = field(t("poke.to"), { input: choice(others.map(({ user_id: user, name }) => [user, name])) });
    const send = ([type, emoji]) => button(pokeText({ type, emoji }), { onClick: async () => {
        await app.service.poke(id, receiver.input.value, type, emoji);
        announce(t("poke.sent"));
        await load();
    } });

    async function load() {
        const pokes = (await app.service.pokes(id)).slice(0, POKES_SHOWN);
        const names = await app.people.namesFor(pokes.flatMap(({ sender_id: from, receiver_id: to }) => [from, to]));
        list.replaceChildren(...pokes.map(poke => pokeRow(app, names, poke)));
        show(none, pokes.length === 0);
    }

    await load();
    show(receiver.node, others.length > 1);
    const { node } = panel(t("poke.title"), { class: "stack" }, others.length ? [receiver.node, el("div", { class: "row" }, Object.entries(POKES).map(send))] : null, none, list);
    const close = app.notifications.listen(poke => poke.relationship_id === id && load().catch(app.fail));
    return { node, close };
}

/* ---- things to do ---- */

function activitiesPanel(activities) {
    return panel(t("activities.title"), {}, el("ul", { class: "cards activities" }, activities.map(({ title, description }) =>
        el("li", { class: "card" }, el("div", { class: "grow" }, el("h3", { dir: "auto" }, title), el("p", { class: "prose", dir: "auto" }, description)))))).node;
}

/* ---- the screen ---- */

async function withNames(app, members) {
    const names = await app.people.namesFor(members.map(({ user_id: id }) => id));
    return members.map(member => ({ ...member, name: names[member.user_id], own: member.user_id === app.account.id }));
}

export async function createRelationship(app, id) {
    const changing = el("div", { class: "stack" });
    const [view, templates, activities] = await Promise.all([app.service.consents(id), app.service.templates(id), app.service.activities(id)]);
    const others = (await withNames(app, view.members)).filter(({ own, member_status: status }) => !own && ["ACCEPTED", "INVITED"].includes(status));
    const pokes = await pokesPanel(app, id, others);
    const state = el("p", { class: "meta" });

    /** What changes by what is done here: people, consent, invitations. */
    async function load() {
        const [{ relationship_status: status, members }, invites] = await Promise.all([app.service.consents(id), app.service.invites(id)]);
        const named = await withNames(app, members);
        setText(state, word("relationshipIs", status));
        changing.replaceChildren(
            panel(t("people.title"), {}, el("ul", { class: "cards" }, named.map(memberRow))).node,
            consentForm(app, id, named.find(({ own }) => own), templates, load),
            invitePanel(app, id, invites, load));
    }

    async function part() {
        if (!await confirmed(t("relationship.partQuestion"), t("relationship.partExplanation"), t("relationship.part")))
            return;
        await app.service.part(id);
        notify(t("relationship.parted"));
        go(commonLinks.home);
    }

    await load();
    const start = others.length ? startButton(app, id, others.map(({ user_id: user }) => user)) : null;
    return {
        ...page(partnersText(others.map(({ name }) => name)), start, state,
            el("div", { class: "halves" }, changing, el("div", { class: "stack" }, pokes.node, activitiesPanel(activities))),
            el("div", { class: "row end" }, button(t("relationship.part"), { kind: "danger", onClick: part }))),
        close: pokes.close,
    };
}
