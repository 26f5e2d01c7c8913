/* The bar at the foot of a class: raise a hand, hold to talk, mute. The space bar talks too while no control has the focus. */
import { el, setAttribute, setIcon, setText } from "../../kit/dom.js";
import { button } from "../../kit/parts.js";
import { t } from "../texts.js";

function sayOf({ mesh, state }) {
    const muted = state.people[state.ownId]?.muted;
    const words = { asking: "talk.asking", denied: "talk.denied", missing: "talk.missing", failed: "talk.failed", unsupported: "talk.unsupported" };
    const place = state.hands.indexOf(state.ownId) + 1;
    if (muted)
        return t("talk.youAreMuted");
    if (place && !mesh.talking())
        return t("talk.inLine", { place });
    if (words[mesh.microphone()])
        return t(words[mesh.microphone()]);
    if (mesh.talking())
        return t(mesh.keptOpen() ? "talk.isOpen" : "talk.heard");
    return t("talk.hint");
}

/** Whether the space bar is meant for the element that has the focus. A button that was only clicked does not hold on to it. */
function belongsTo(target, clicked) {
    const typed = "input, textarea, select, audio, dialog, [contenteditable]";
    const pressed = 'button, a, summary, [tabindex="0"]';
    return target.closest(typed) !== null || (!clicked && target.closest(pressed) !== null);
}

export function createTalkBar(app, room, mine) {
    const own = () => room.state.people[room.state.ownId];
    const raised = () => room.state.hands.includes(room.state.ownId);

    const hand = button(t("talk.raise"), { picture: "hand", "aria-pressed": "false",
        onClick: () => (raised() ? app.lectern.lowerHand(room.id) : app.lectern.raiseHand(room.id)) });
    const mute = button(t("talk.muteSelf"), { picture: "microphone", "aria-pressed": "false",
        onClick: () => app.lectern.muteSelf(room.id, !own()?.muted) });
    const hold = button(t("talk.hold"), { kind: "talk", picture: "microphone", "aria-pressed": "false" });
    const keep = el("input", { type: "checkbox" });
    const said = el("p", { class: "talk-said", role: "status" });
    const node = el("section", { class: "talk-bar", "aria-label": t("talk.bar") }, said,
        el("div", { class: "talk-keys" },
            mine ? null : hand,
            hold,
            mute,
            el("label", { class: "choice keep" }, keep, el("span", {}, t("talk.keep")))));

    const push = on => { room.mesh.resumeSound(); room.mesh.push(on); };

    hold.addEventListener("pointerdown", event => { hold.setPointerCapture(event.pointerId); push(true); });
    for (const event of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
        hold.addEventListener(event, () => push(false));
    hold.addEventListener("contextmenu", event => event.preventDefault()); // a long touch is talk, not a menu
    keep.addEventListener("change", () => room.mesh.keepOpen(keep.checked));

    let clicked = false; // whether the focus went where it is by a pointer

    function onKey(event) {
        if (event.code === "Tab")
            clicked = false;
        const talks = event.code === "Space" && (event.target === hold || !belongsTo(event.target, clicked));
        if (!talks || event.ctrlKey || event.altKey || event.metaKey)
            return;
        event.preventDefault();
        push(event.type === "keydown");
    }

    const onPointer = () => { clicked = true; };

    const release = () => push(false);
    addEventListener("keydown", onKey);
    addEventListener("keyup", onKey);
    addEventListener("pointerdown", onPointer);
    addEventListener("blur", release); // a key released in another window is never heard of

    function update(state) {
        const muted = own()?.muted ?? false;
        const talking = room.mesh.talking();
        setAttribute(hand, "aria-pressed", String(raised()));
        setAttribute(mute, "aria-pressed", String(muted));
        setIcon(mute, muted ? "muted" : "microphone");
        setAttribute(hold, "aria-pressed", String(talking));
        setAttribute(hold, "aria-disabled", muted || state.ownId === null ? "true" : null);
        keep.checked = room.mesh.keptOpen();
        setText(said, sayOf(room));
    }

    function close() {
        removeEventListener("keydown", onKey);
        removeEventListener("keyup", onKey);
        removeEventListener("pointerdown", onPointer);
        removeEventListener("blur", release);
    }

    return { node, update, close };
}
