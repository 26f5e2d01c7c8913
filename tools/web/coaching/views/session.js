/* A session that goes on: the microphone, a calm gauge, nudges, and its end. */
import { el, keyedList, setAttribute, setText, show, svg } from "../../kit/dom.js";
import { announce, button, confirmed, empty, notify, page, panel } from "../../kit/parts.js";
import { go } from "../../kit/router.js";
import { OVERLAP, PACE, eased, percent, share, wordsPerMinute, zone } from "../gauge.js";
import { openLive } from "../live.js";
import { openMicrophone } from "../microphone.js";
import { links } from "../router.js";
import { createSpeech } from "../speech.js";
import { t } from "../texts.js";
import { partnersText } from "./pieces.js";

const NUDGE_SHOWN_MS = 8000;
const WIDTH = 300;

/* ---- the gauge ---- */

/** One scale with its words: { node, update(value) }; null: nothing is measured. */
function scale(title, range, textOf) {
    const bar = svg("rect", { height: 12, rx: 6, width: 0, class: "gauge-value" });
    const mark = range.limit / range.most * WIDTH;
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} 20`, class: "gauge-scale", "aria-hidden": "true", preserveAspectRatio: "none" },
        svg("rect", { y: 4, height: 12, rx: 6, width: WIDTH, class: "gauge-ground" }), svg("g", { transform: "translate(0 4)" }, bar),
        svg("path", { d: `M${mark} 0V20`, class: "gauge-limit" }));
    const words = el("dd", {}, t("gauge.off"));
    const node = el("div", { class: "gauge" }, el("dt", {}, title), words, picture);
    let shown = null;

    function update(value) {
        shown = value === null ? null : eased(shown, value);
        setAttribute(bar, "width", ((shown === null ? 0 : share(shown, range)) * WIDTH).toFixed(1));
        setAttribute(node, "data-zone", shown === null ? "off" : zone(shown, range));
        setText(words, shown === null ? t("gauge.off") : textOf(shown));
    }

    update(null);
    return { node, update };
}

const paceText = rate => (rate === 0 ? t("gauge.quiet") : t(`gauge.pace.${zone(rate, PACE)}`, { words: wordsPerMinute(rate) }));
const overlapText = ratio => t("gauge.percent", { percent: percent(ratio) });

function createGauge() {
    const pace = scale(t("gauge.pace"), PACE, paceText);
    const overlap = scale(t("gauge.overlap"), OVERLAP, overlapText);
    return {
        node: el("dl", { class: "gauges" }, pace.node, overlap.node),
        update(second) {
            pace.update(second?.speaking_rate ?? null);
            overlap.update(second?.overlap_ratio ?? null);
        },
    };
}

/* ---- nudges ---- */

function nudgeText({ type, message }) {
    return type === "PAUSE" ? t("nudge.PAUSE") : type === "SLOW_DOWN" ? t("nudge.SLOW_DOWN") : message;
}

/** The last nudge, large, for a while; and all of them in a list. */
function createNudges() {
    const now = el("p", { role: "status" });
    const idle = el("p", { class: "idle" });
    const place = el("div", { class: "nudge" }, now, idle);
    const list = el("ol", { class: "nudges" });
    const none = empty(t("nudge.none"));
    const formatted = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const fill = keyedList(list, nudge => ({
        node: el("li", { "data-type": nudge.type }, el("span", {}, nudgeText(nudge)), el("time", { class: "meta", datetime: new Date(nudge.at).toISOString() }, formatted.format(nudge.at))),
        update() {},
    }));
    let timer = null;

    return {
        place, list: panel(t("nudge.title"), {}, none, list).node,
        /** What stands there while there is no nudge. */
        wait: text => setText(idle, text),
        fill(nudges) {
            fill(nudges, ({ number }) => number);
            show(none, nudges.length === 0);
        },
        shown(nudge) {
            place.dataset.type = nudge.type;
            setText(now, nudgeText(nudge));
            clearTimeout(timer);
            timer = setTimeout(() => { delete place.dataset.type; setText(now, ""); }, NUDGE_SHOWN_MS);
        },
        close: () => clearTimeout(timer),
    };
}

/* ---- the microphone ---- */

const REASONS = { NotAllowedError: "microphone.notAllowed", NotFoundError: "microphone.notFound", NotSupportedError: "microphone.notSecure" };

/** The switch of the microphone. After a reload it is as it was. Returns { node, deafen(deaf), close() }. */
function createListening(session, { onSecond, onSilent }) {
    const key = `lectern.coaching.listening.${session}`;
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const toggle = button(t("microphone.start"), { kind: "primary", picture: "microphone", onClick: () => (microphone ? stop() : start()) });
    let microphone = null;
    let closed = false;

    function draw() {
        setText(toggle.querySelector(".button-text"), t(microphone ? "microphone.stop" : "microphone.start"));
        toggle.classList.toggle("primary", !microphone);
        if (microphone)
            sessionStorage.setItem(key, "yes");
        else
            onSilent();
    }

    function say(text) {
        setText(wrong, text);
        show(wrong, text !== "");
    }

    async function start() {
        say("");
        try {
            const opened = await openMicrophone({ onSecond, onEnd: () => { microphone = null; draw(); say(t("microphone.gone")); } });
            if (closed)
                return opened.close();
            microphone = opened;
            announce(t("microphone.on"));
        } catch (error) {
            say(t(REASONS[error.name] ?? "microphone.failed"));
        }
        draw();
    }

    function release() {
        microphone?.close();
        microphone = null;
    }

    function stop() {
        release();
        sessionStorage.removeItem(key);
        draw();
    }

    if (sessionStorage.getItem(key))
        start();
    return {
        node: el("div", { class: "stack tight" }, el("div", {}, toggle), wrong),
        deafen: deaf => microphone?.deafen(deaf),
        close() {
            closed = true;
            release();
        },
    };
}

/* ---- the screen ---- */

function aloudChoice(speech) {
    const box = el("input", { type: "checkbox", checked: speech.wanted(), on: { change: () => speech.want(box.checked) } });
    return speech.available ? el("label", { class: "choice" }, box, el("span", {}, t("nudge.aloud"))) : null;
}

/** A lock on the screen's sleep, where a browser has one: a phone that sleeps does not listen. */
function stayAwake() {
    const asked = navigator.wakeLock?.request("screen").catch(() => null);
    return () => asked?.then(lock => lock?.release());
}

const explained = () => el("details", { class: "add" }, el("summary", {}, t("measure.title")),
    el("ul", { class: "explained" }, ["measure.pace", "measure.overlap", "measure.place", "measure.told"].map(key => el("li", {}, t(key)))));

export async function createSession(app, id) {
    if ((await app.service.session(id))?.status !== "ACTIVE") {
        go(links.report(id));
        return page(t("session.title"), null, empty(t("app.loading")));
    }
    const gauge = createGauge();
    const nudges = createNudges();
    const pill = el("span", { class: "pill", role: "status" }, el("span", { class: "dot" }), el("span"));
    const who = el("p", { class: "meta", dir: "auto" });
    const speech = createSpeech(speaking => listening?.deafen(speaking));
    const sleep = stayAwake();
    let known = null; // the participants whose names are shown

    async function nameThem(participants) {
        known = participants;
        const names = await Promise.all(participants.filter(user => user !== app.account.id).map(app.people.nameFor));
        setText(who, t("home.with", { names: partnersText(names) }));
    }

    function draw({ phase, participants, nudges: all, second }) {
        if (phase === "ended") {
            notify(t("session.ended"));
            return go(links.report(id));
        }
        pill.dataset.phase = phase;
        setText(pill.lastElementChild, t(`status.${phase}`));
        gauge.update(second);
        nudges.fill(all);
        nudges.wait(t(phase !== "live" ? "nudge.away" : second ? "nudge.listening" : "nudge.off"));
        if (participants.join() !== known?.join())
            nameThem(participants);
    }

    const live = openLive({ app, session: id, onChange: draw, onNudge: nudge => { nudges.shown(nudge); speech.say(nudgeText(nudge)); } });
    const listening = createListening(id, { onSecond: live.measured, onSilent: live.silent });
    const online = () => live.retryNow();
    addEventListener("online", online);

    async function finish() {
        if (!await confirmed(t("session.endQuestion"), t("session.endExplanation"), t("session.end")))
            return;
        await app.service.finalize(id);
        go(links.report(id));
    }

    const { node } = panel(t("session.now"), { class: "session", actions: [pill] },
        who, nudges.place, gauge.node, el("p", { class: "privacy" }, t("measure.private")), listening.node, aloudChoice(speech), explained());
    return {
        ...page(t("session.title"), button(t("session.end"), { kind: "danger", onClick: finish }), node, nudges.list),
        close() {
            removeEventListener("online", online);
            [live, listening, nudges, speech].forEach(part => part.close());
            sleep();
        },
    };
}
