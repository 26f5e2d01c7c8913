/* The audio of the class: what plays, where it is, and for the teacher who holds the class the controls. */
import { el, setAttribute, setIcon, setText, show } from "../../kit/dom.js";
import { formatLength } from "../../kit/format.js";
import { button, empty, field, once, panel } from "../../kit/parts.js";
import { atEnd, positionAt } from "../playback.js";
import { t } from "../texts.js";
import { openLibrary } from "./library.js";

const TICK_MS = 250;
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const STEP_S = 10;

const now = () => performance.now();

/** The record, with the length that the file itself tells where the server does not know it. */
function recordOf(room) {
    const { playback } = room.state;
    return { ...playback, duration: playback.duration ?? room.audio.duration };
}

function statusText(record, mine) {
    if (record.status === "playing" && atEnd(record, now()))
        return t("player.ended");
    if (record.status === "playing")
        return record.speed === 1 ? t("player.playing") : t("player.playingAt", { speed: record.speed });
    if (record.status === "paused")
        return t("player.paused");
    return t(mine ? "player.stopped" : "player.stoppedForStudent");
}

/* ---- position ---- */

/** A slider that the teacher can move, and nobody else. It does not jump back under the finger while it is being moved. */
function positionBar(seek) {
    const input = el("input", { type: "range", class: "position", min: "0", max: "0", step: "0.1", value: "0", "aria-label": t("player.position"), disabled: !seek });
    const time = el("span", { class: "time" });
    const length = el("span", { class: "time" });
    let moving = false;

    function put(position, duration) {
        const text = t("player.positionOf", { position: formatLength(position), length: formatLength(duration) });
        setAttribute(input, "aria-valuetext", text);
        input.style.setProperty("--share", duration ? `${Math.min(100, position / duration * 100)}%` : "0%");
        setText(time, formatLength(position));
    }

    input.addEventListener("input", () => { moving = true; put(Number(input.value), Number(input.max)); });
    input.addEventListener("change", () => { moving = false; seek(Number(input.value)); });
    return {
        node: el("div", { class: "position-bar" }, time, input, length),
        update(record) {
            const position = positionAt(record, now());
            setText(length, formatLength(record.duration));
            input.max = String(record.duration ?? Math.max(1, position));
            if (moving)
                return;
            input.value = String(position);
            put(position, record.duration);
        },
    };
}

/* ---- the teacher's controls ---- */

function controls(app, room) {
    const { lectern } = app;
    const here = () => positionAt(recordOf(room), now());
    const clamp = seconds => Math.max(0, Math.min(seconds, recordOf(room).duration ?? seconds));

    async function toggle() {
        const record = recordOf(room);
        room.audio.unblock();
        if (record.status === "playing" && !atEnd(record, now()))
            await lectern.pause(room.id, here());
        else
            await lectern.play(room.id, atEnd(record, now()) ? 0 : here(), record.speed);
    }

    const play = button("", { kind: "primary round", picture: "play", label: t("player.play"), onClick: toggle });
    const back = button(t("player.back"), { kind: "quiet", onClick: () => lectern.seek(room.id, clamp(here() - STEP_S)) });
    const forward = button(t("player.forward"), { kind: "quiet", onClick: () => lectern.seek(room.id, clamp(here() + STEP_S)) });
    const speed = el("select", {}, SPEEDS.map(value => el("option", { value }, t("player.speedOf", { speed: value }))));
    speed.addEventListener("change", () => once(speed, () => lectern.speed(room.id, Number(speed.value))));

    function update(record) {
        const playing = record.status === "playing" && !atEnd(record, now());
        setIcon(play, playing ? "pause" : "play");
        for (const attribute of ["aria-label", "title"])
            setAttribute(play, attribute, t(playing ? "player.pause" : "player.play"));
        if (document.activeElement !== speed || speed.getAttribute("aria-busy") !== "true")
            selectSpeed(record.speed);
    }

    /** A speed that the app chose may not be among ours. */
    function selectSpeed(value) {
        if (![...speed.options].some(option => Number(option.value) === value))
            speed.append(el("option", { value }, t("player.speedOf", { speed: value })));
        speed.value = String(value);
    }

    const node = el("div", { class: "controls" }, back, play, forward, field(t("player.speed"), { input: speed }).node);
    return { node, update };
}

/* ---- the panel ---- */

function volume(room) {
    const input = el("input", { type: "range", min: "0", max: "1", step: "0.05", value: "1" });
    input.addEventListener("input", () => { room.audio.element.volume = Number(input.value); });
    return field(t("player.volume"), { input }).node;
}

export function createPlayer(app, room, mine) {
    const choose = button(t("player.choose"), { onClick: () => openLibrary(app, audio => app.lectern.select(room.id, audio.audio_id)) });
    const title = el("p", { class: "track", dir: "auto" });
    const status = el("p", { class: "meta" });
    const none = empty(t(mine ? "player.none" : "player.noneForStudent"));
    const bar = positionBar(mine ? position => app.lectern.seek(room.id, position).catch(app.fail) : null);
    const keys = mine ? controls(app, room) : null;
    const enable = button(t("player.enable"), { kind: "primary", picture: "sound", onClick: () => { room.audio.unblock(); room.mesh.resumeSound(); } });
    const blocked = el("div", { class: "blocked", hidden: true }, el("p", {}, t("player.blocked")), enable);
    const loaded = el("div", { class: "stack" }, el("div", {}, title, status), bar.node, keys?.node ?? null, volume(room));
    const { node } = panel(t("player.title"), { class: "player", actions: mine ? [choose] : [] }, none, blocked, loaded);

    function update() {
        const record = recordOf(room);
        const chosen = record.audioId !== null;
        show(none, !chosen);
        show(loaded, chosen);
        show(blocked, room.audio.blocked);
        setText(title, record.title ?? "");
        tick();
    }

    function tick() {
        const record = recordOf(room);
        if (record.audioId === null)
            return;
        const problem = room.audio.failed ? t("player.failed") : room.audio.waiting ? t("player.loading") : null;
        setText(status, problem ?? statusText(record, mine));
        bar.update(record);
        keys?.update(record);
    }

    const timer = setInterval(tick, TICK_MS);
    return { node, update, close: () => clearInterval(timer) };
}
