/* The pieces that several screens of coaching are made of. */
import { el } from "../../kit/dom.js";
import { button, dialog, field, linkButton, notify } from "../../kit/parts.js";
import { go } from "../../kit/router.js";
import { links } from "../router.js";
import { hasText, t } from "../texts.js";

/** A word of the server's in the reader's language, where the page knows it. */
export function word(kind, value) {
    const key = `${kind}.${value}`;
    return hasText(key) ? t(key) : value;
}

const TONES = { active: "good", ACTIVE: "good", pending_acceptance: "open", INVITED: "open", SENT: "open", REVOKED: "bad", declined: "bad", DECLINED: "bad" };

export function statusBadge(kind, status) {
    return el("span", { class: `badge status ${TONES[status] ?? ""}` }, word(kind, status));
}

export const POKES = { love: "❤️", miss_you: "🤗", sorry: "🙏", good_morning: "☀️", good_night: "🌙" };

/** What a poke says: the word for its kind where there is one, and its picture. What arrives live has only one of both, under the name of the picture. */
export function pokeText({ type, emoji }) {
    const kind = hasText(`pokeKind.${emoji}`) ? emoji : Object.keys(POKES).find(name => POKES[name] === emoji) ?? type;
    const said = hasText(`pokeKind.${kind}`) ? t(`pokeKind.${kind}`) : "";
    const picture = emoji === kind ? null : emoji;
    return [said, picture ?? (said ? "" : kind)].filter(Boolean).join(" ");
}

/** The names of everybody but oneself, as a text. */
export function partnersText(names) {
    return names.length ? new Intl.ListFormat(document.documentElement.lang).format(names) : t("home.nobodyYet");
}

/** Who else is in a relationship, as a text. One that is gone, or left, is told of no more. */
export async function partnersOf(app, relationship) {
    try {
        const { members } = await app.service.consents(relationship);
        const others = members.map(({ user_id: id }) => id).filter(id => id !== app.account.id);
        return partnersText(await Promise.all(others.map(app.people.nameFor)));
    } catch (error) {
        if (error.status !== 404 && error.status !== 403)
            throw error;
        return t("people.somebody");
    }
}

/** What begins a session with these people and goes there. */
export function startButton(app, relationship, others, kind = "primary") {
    async function start() {
        const { id } = await app.service.start(relationship, [app.account.id, ...others]);
        go(links.session(id));
    }
    return button(t("session.start"), { kind, picture: "microphone", onClick: start });
}

/** One's way into a session that goes on, or to what is left of one. */
export function sessionLink({ id, status }) {
    return status === "ACTIVE" ? linkButton(t("session.join"), links.session(id), { kind: "primary" }) : linkButton(t("session.report"), links.report(id));
}

/** Shows the link of an invitation, to be handed on. The page's own address with the token behind the #. */
export function showInvitation(email, inviteUrl) {
    const token = new URL(inviteUrl).searchParams.get("token");
    const link = new URL(links.invited(token), location.href).href;
    const shown = field(t("invite.link"), { type: "text", readonly: true, value: link, hint: t("invite.linkHint", { email }), on: { focus: () => shown.input.select() } });

    async function copy() {
        try {
            await navigator.clipboard.writeText(link);
            notify(t("invite.copied"));
        } catch {
            shown.input.select(); // for the keyboard
        }
    }

    const share = navigator.share ? button(t("invite.share"), { picture: "send", onClick: () => navigator.share({ title: t("app.name"), url: link }).catch(() => {}) }) : null;
    dialog(t("invite.ready"), el("p", {}, t("invite.sent", { email })), shown.node, el("div", { class: "row end" }, share, button(t("invite.copy"), { kind: "primary", onClick: copy })));
}
