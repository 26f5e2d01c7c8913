/* Who is in the class, and whose hand is up. The teacher who holds the class can mute, lower and remove. */
import { el, keyedList, setAttribute, setIcon, setText, show } from "../../kit/dom.js";
import { avatar, button, confirmed, empty, notify, panel } from "../../kit/parts.js";
import { peopleIn } from "../state.js";
import { t } from "../texts.js";
import { openInvite } from "./invite.js";

function badge(text, kind) {
    return el("span", { class: `badge ${kind}`, hidden: true }, text);
}

/* ---- people ---- */

function personRow(app, room, mine) {
    const name = el("span", { class: "name", dir: "auto" });
    const picture = el("span", { class: "avatar-place" });
    const badges = {
        you: badge(t("people.you"), "plain"),
        teacher: badge(t("people.teacher"), "accent"),
        hand: badge(t("people.handUp"), "hand"),
        muted: badge(t("people.muted"), "plain"),
        speaking: badge(t("people.speaking"), "speaking"),
    };
    let person = null;
    const mute = button("", { kind: "quiet", picture: "microphone", "aria-pressed": "false",
        onClick: () => app.lectern.mute(room.id, person.id, !person.muted) });
    const remove = button("", { kind: "quiet", picture: "remove", label: "-", onClick: async () => {
        const { name: called } = person;
        if (await confirmed(t("people.removeQuestion", { name: called }), t("people.removeExplanation", { name: called }), t("people.removeConfirm")))
            await app.lectern.kick(room.id, person.id);
    } });
    const node = el("li", { class: "person" }, picture,
        el("div", { class: "grow" }, name, el("div", { class: "badges" }, Object.values(badges))),
        mine ? el("div", { class: "row tight" }, mute, remove) : null);

    function update(next) {
        const renamed = person?.name !== next.name;
        person = next;
        const own = next.id === room.state.ownId;
        if (renamed) {
            setText(name, next.name);
            picture.replaceChildren(avatar(next.name, next.id));
            setAttribute(mute, "aria-label", t("people.mute", { name: next.name }));
            for (const attribute of ["aria-label", "title"])
                setAttribute(remove, attribute, t("people.remove", { name: next.name }));
        }
        const speaking = room.mesh.isSpeaking(next.id);
        show(badges.you, own);
        show(badges.teacher, next.isTeacher);
        show(badges.hand, room.state.hands.includes(next.id));
        show(badges.muted, next.muted);
        show(badges.speaking, speaking);
        picture.classList.toggle("speaking", speaking);
        setAttribute(mute, "aria-pressed", String(next.muted));
        setIcon(mute, next.muted ? "muted" : "microphone");
        show(mute, !own);
        show(remove, !own);
    }

    return { node, update };
}

export function createPeople(app, room, mine) {
    const list = el("ul", { class: "people" });
    const note = empty("");
    const fill = keyedList(list, () => personRow(app, room, mine));
    const invite = button(t("people.invite"), { picture: "add", onClick: () => openInvite(app, room) });
    const muteAll = button(t("people.muteAll"), { picture: "muted", onClick: async () => {
        await app.lectern.muteAll(room.id);
        notify(t("people.mutedAll"));
    } });
    const { node, heading } = panel(t("people.title"), { class: "part part-people", actions: mine ? [invite, muteAll] : [] },
        el("div", { class: "scroll" }, list, note));

    function update(state) {
        const people = peopleIn(state);
        fill(people, person => person.id);
        setText(heading, people.length ? `${t("people.title")} (${people.length})` : t("people.title"));
        setText(note, state.ownId === null ? t("app.loading") : t("people.alone"));
        show(note, people.length < 2);
    }

    return { node, update };
}

/* ---- hands ---- */

function handRow(app, room, mine) {
    const name = el("span", { class: "name grow", dir: "auto" });
    const picture = el("span", { class: "avatar-place" });
    let id = null;
    const lower = button(t("hands.lowerShort"), { onClick: () => app.lectern.lowerHandOf(room.id, id) });
    const node = el("li", { class: "hand-row" }, picture, name, mine ? lower : null);

    function update(person) {
        if (person.id !== id)
            picture.replaceChildren(avatar(person.name, person.id));
        id = person.id;
        const own = id === room.state.ownId;
        setText(name, own ? `${person.name} (${t("people.you")})` : person.name);
        setAttribute(lower, "aria-label", t("hands.lower", { name: person.name }));
    }

    return { node, update };
}

export function createHands(app, room, mine) {
    const list = el("ol", { class: "hands" });
    const note = empty(mine ? t("hands.none") : t("hands.noneYet"));
    const fill = keyedList(list, () => handRow(app, room, mine));
    const lowerAll = button(t("hands.lowerAll"), { onClick: () => app.lectern.lowerAllHands(room.id) });
    const { node } = panel(t("hands.title"), { class: "hands-panel", actions: mine ? [lowerAll] : [] }, note, list);

    function update(state) {
        const people = state.hands.map(id => state.people[id]).filter(person => person?.present);
        fill(people, person => person.id);
        show(note, !people.length);
        show(lowerAll, people.length > 0);
    }

    return { node, update };
}
