/* The screen of a running class: its parts side by side, or one at a time where there is no room. */
import { el, icon, setAttribute, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { announce, button, confirmed, notify } from "../../kit/parts.js";
import { go } from "../../kit/router.js";
import { joinClassroom } from "../classroom.js";
import { links } from "../router.js";
import { peopleIn } from "../state.js";
import { t } from "../texts.js";
import { createChat } from "./chat.js";
import { titleOf } from "./home.js";
import { createHands, createPeople } from "./people.js";
import { createPlayer } from "./player.js";
import { createReport } from "./report.js";
import { createTalkBar } from "./talk.js";

/* ---- what is said to those who listen instead of look ---- */

const spoken = {
    participant_joined: ({ data }) => t("say.joined", data),
    participant_left: ({ data }, { people }) => t("say.left", { name: people[data.participant_id]?.name ?? "" }),
    hand_raised: ({ data }, state) => data.participant_id !== state.ownId && t("say.handRaised", { name: state.people[data.participant_id]?.name ?? "" }),
    hand_lowered: ({ data }, state) => data.participant_id === state.ownId && t("say.handLowered"),
    participant_muted: ({ data }, state) => data.participant_id === state.ownId && t(data.is_muted ? "say.youMuted" : "say.youUnmuted"),
    audio_play: ({ data }) => data.title && t("say.audioPlay", data),
    audio_pause: () => t("say.audioPause"),
};

function tell(event, room) {
    const words = Object.hasOwn(spoken, event.event) && spoken[event.event](event, room.state);
    if (words)
        announce(words);
}

/* ---- the connection, in a word ---- */

const phases = { connecting: "connecting", live: "live", waiting: "waiting", back: "live" };

function connectionPill() {
    const text = el("span", {});
    const node = el("p", { class: "pill", role: "status" }, el("span", { class: "dot", "aria-hidden": "true" }), text);
    function update({ phase, caughtUp = 0 }) {
        setAttribute(node, "data-phase", phases[phase]);
        setAttribute(node, "data-news", phase === "back");
        setText(text, phase === "back" ? t(caughtUp ? "status.caughtUp" : "status.back", { count: caughtUp }) : t(`status.${phase}`));
    }
    return { node, update };
}

/* ---- parts and tabs ---- */

function tabs(names, onChoose) {
    const keys = Object.fromEntries(names.map(({ name, text, picture }) => [name, el("button", { type: "button", class: `tab tab-${name}`, on: { click: () => onChoose(name) } },
        icon(picture), el("span", {}, text), el("span", { class: "count", hidden: true }))]));
    const node = el("nav", { class: "tabs", "aria-label": t("class.parts") }, Object.values(keys));
    return {
        node,
        choose: name => Object.entries(keys).forEach(([key, tab]) => setAttribute(tab, "aria-current", key === name ? "true" : null)),
        count(name, number, label) {
            const badge = keys[name].querySelector(".count");
            setText(badge, number > 99 ? "99+" : String(number));
            setAttribute(badge, "aria-label", number ? label : null);
            show(badge, number > 0);
        },
    };
}

/* ---- the screen ---- */

/** Class `id` for whoever is signed in. The teacher who holds it is known by their list of classes. */
export async function createClass(app, id) {
    const session = (await app.lectern.active()).find(one => one.session_id === id);
    const mine = app.account.role === "teacher" && session?.created_by === app.account.userId;
    const title = session ? titleOf(session) : t("home.untitled", { id });
    const node = el("div", { class: "class" });
    let drawn = null;

    const room = joinClassroom({
        lectern: app.lectern, token: app.account.token, renewToken: app.renewToken, id,
        onChange: () => { drawn ??= requestAnimationFrame(draw); },
        onEvent: tell,
        onLeft,
    });

    const parts = {
        people: createPeople(app, room, mine),
        player: createPlayer(app, room, mine),
        hands: createHands(app, room, mine),
        chat: createChat(app, room, count => nav.count("chat", count, t("chat.unread", { count }))),
        talk: createTalkBar(app, room, mine),
    };
    const report = mine ? createReport(app, id) : null;
    const pill = connectionPill();
    const nav = tabs([
        { name: "stage", text: t("class.stage"), picture: "sound" },
        { name: "people", text: t("class.people"), picture: "people" },
        { name: "chat", text: t("class.chat"), picture: "chat" },
        ...(mine ? [{ name: "report", text: t("class.report"), picture: "report" }] : []),
    ], choose);

    function choose(name) {
        node.dataset.part = name;
        nav.choose(name);
        if (name === "chat")
            parts.chat.appear();
        if (name === "report")
            report.load();
    }

    async function end() {
        const count = peopleIn(room.state).length;
        if (await confirmed(t("class.endQuestion"), t("class.endExplanation", { count }), t("class.end")))
            await app.lectern.end(id);
    }

    function draw() {
        drawn = null;
        pill.update(room.connection);
        Object.values(parts).forEach(part => part.update(room.state));
        nav.count("stage", room.state.hands.length, t("hands.title"));
    }

    function onLeft({ why, status, reason }) {
        const keptOut = room.state.ownId === null; // was removed before, and is told so instead of being let in
        const words = {
            kicked: () => (keptOut ? t("class.keptOut") : reason && reason !== "Removed by teacher" ? t("class.kickedBecause", { reason }) : t("class.kicked")),
            ended: () => t("class.over"),
            refused: () => errorText({ status, detail: reason }),
        };
        if (why === "refused" && status === 401)
            return app.signInAgain();
        notify(words[why](), why === "ended" ? "info" : "error");
        go(why === "ended" && mine ? links.report(id) : links.home);
    }

    function close() {
        cancelAnimationFrame(drawn);
        room.leave();
        parts.player.close();
        parts.talk.close();
        report?.close();
    }

    room.audio.element.className = "class-audio";
    node.append(
        el("header", { class: "class-head" },
            el("a", { class: "button quiet", href: links.home, "aria-label": t("class.leave"), title: t("class.leave") }, icon("back")),
            el("h1", { tabindex: "-1", dir: "auto" }, title),
            nav.node,
            pill.node,
            mine ? button(t("class.endShort"), { kind: "danger", label: t("class.end"), onClick: end }) : null),
        el("div", { class: "class-body" },
            parts.people.node,
            el("div", { class: "part part-stage" }, parts.player.node, parts.hands.node),
            parts.chat.node,
            report?.node ?? null),
        parts.talk.node, room.audio.element);
    choose("stage");
    draw();
    return { node, title, close, wide: true };
}
