/* The chat: what was said, a place to write, and what has not been read yet. */
import { el, keyedList, setAttribute, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { formatTime } from "../../kit/format.js";
import { button, empty, panel, uniqueId } from "../../kit/parts.js";
import { t } from "../texts.js";

const SHOWN = 200; // more only when asked for: a long class must not slow down a phone
const LIMIT = 2000;
const COUNT_FROM = 1800;

function messageRow(room) {
    const name = el("span", { class: "name", dir: "auto" });
    const time = el("time", { class: "meta" });
    const text = el("p", { class: "message-text", dir: "auto" });
    const node = el("li", { class: "message" }, el("div", { class: "message-head" }, name, time), text);
    return {
        node,
        update(message) {
            setText(name, message.name || room.state.people[message.from]?.name || t("chat.someone"));
            setText(time, formatTime(message.at));
            setAttribute(time, "datetime", `${message.at}Z`);
            setText(text, message.text);
            node.classList.toggle("own", message.from === room.state.ownId);
        },
    };
}

function composer(app, room) {
    const id = uniqueId("message");
    const input = el("textarea", { id, rows: "1", maxlength: LIMIT, autocomplete: "off", placeholder: t("chat.label"), dir: "auto" });
    const send = button("", { kind: "primary", picture: "send", label: t("chat.send"), type: "submit" });
    const note = el("p", { class: "wrong", role: "alert", hidden: true });
    const left = el("p", { class: "hint", hidden: true });
    const node = el("form", { class: "composer", on: { submit } },
        note, left, el("div", { class: "row" }, el("label", { for: id, class: "visually-hidden" }, t("chat.label")), input, send));

    async function submit(event) {
        event.preventDefault();
        const text = input.value.trim();
        if (!text || send.getAttribute("aria-busy") === "true")
            return;
        setAttribute(send, "aria-busy", "true");
        try {
            await app.lectern.say(room.id, text);
            if (input.value.trim() === text)
                input.value = "";
            show(note, false);
        } catch (error) {
            setText(note, t("chat.notSent", { why: errorText(error) }));
            show(note, true);
        } finally {
            setAttribute(send, "aria-busy", null);
            fit();
        }
    }

    function fit() {
        input.style.height = "auto";
        input.style.height = `${Math.min(input.scrollHeight + 2, 140)}px`;
        const count = LIMIT - input.value.length;
        setText(left, t("chat.left", { count }));
        show(left, input.value.length >= COUNT_FROM);
    }

    input.addEventListener("input", fit);
    input.addEventListener("keydown", event => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            node.requestSubmit();
        }
    });
    return node;
}

/** `onUnread(count)`: messages that came while the chat was out of sight. */
export function createChat(app, room, onUnread) {
    const list = el("ol", { class: "messages" });
    const note = empty(t("chat.loading"));
    const earlier = button(t("chat.earlier"), { kind: "quiet", hidden: true, onClick: () => { shown += SHOWN; render(); } });
    const newer = button(t("chat.newer"), { kind: "primary newer", hidden: true, onClick: toEnd });
    const scroller = el("div", { class: "scroll chat-scroll", tabindex: "0", role: "log", "aria-label": t("chat.title") }, earlier, note, list);
    const { node } = panel(t("chat.title"), { class: "part part-chat" }, scroller, newer, composer(app, room));
    const fill = keyedList(list, () => messageRow(room));
    let chat = [];
    let shown = SHOWN;
    let seen = null; // how many had been said when the chat was last in sight

    const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    const inSight = () => scroller.offsetParent !== null;

    function toEnd() {
        scroller.scrollTop = scroller.scrollHeight;
    }

    function render() {
        fill(chat.slice(-shown), message => message.at);
        show(earlier, chat.length > shown);
    }

    function update(state) {
        setText(note, state.chatKnown ? t("chat.empty") : t("chat.loading"));
        show(note, !state.chat.length);
        if (state.chat !== chat) {
            const follow = atEnd() || state.chat.at(-1)?.from === state.ownId;
            chat = state.chat;
            render();
            if (follow)
                toEnd();
            else
                show(newer, inSight());
        }
        count(state);
    }

    /** What the history brings at the start has been said before anybody could miss it. */
    function count(state) {
        if (inSight() || seen === null || !state.chatKnown)
            seen = state.chatKnown ? chat.length : null;
        onUnread(seen === null ? 0 : chat.length - seen);
    }

    /** The chat has come into sight. */
    function appear() {
        toEnd();
        seen = chat.length;
        onUnread(0);
    }

    scroller.addEventListener("scroll", () => atEnd() && show(newer, false));
    return { node, update, appear };
}
