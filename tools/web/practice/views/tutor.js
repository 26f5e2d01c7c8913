/* The tutor beside an exercise: the conversation, a field to ask in, and the reply as it is written. */
import { el, keyedList, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { button, empty, field, once, panel } from "../../kit/parts.js";
import { shownOf } from "../conversation.js";
import { nameOf } from "../languages.js";
import { t } from "../texts.js";
import { openTutor } from "../tutor.js";
import { when } from "./pieces.js";

const MOST = 20000; // characters of a question

function messageNode(message) {
    const own = message.role === "user";
    const { text, withCode } = shownOf(message);
    const node = el("li", { class: `message${own ? " own" : ""}` },
        el("p", { class: "message-head" }, el("span", { class: "name" }, t(own ? "tutor.you" : "tutor.name")), when(message.created_at)),
        el("p", { class: "message-text", dir: "auto" }, text),
        withCode ? el("p", { class: "meta" }, t("tutor.withCode")) : null);
    return { node, update() {} };
}

/** A place that keeps to its end while somebody reads there. */
function followed(node) {
    const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < 40;
    return () => { if (atEnd) node.scrollTop = node.scrollHeight; };
}

/** `code()`: { text, language } as it stands in the editor. */
export function createTutor(app, exercise, code) {
    const list = el("ol", { class: "messages", role: "log", "aria-label": t("tutor.conversation") });
    const update = keyedList(list, messageNode);
    const writing = el("p", { class: "message-text", dir: "auto" });
    const writingNode = el("div", { class: "message writing", hidden: true, "aria-hidden": "true" }, writing);
    const thinking = el("p", { class: "meta thinking", role: "status" });
    const none = empty(t("tutor.empty"));
    const scroll = el("div", { class: "scroll conversation", tabindex: "0", role: "region", "aria-label": t("tutor.conversation") }, none, list, writingNode, thinking);
    const pill = el("span", { class: "pill", role: "status", hidden: true }, el("span", { class: "dot" }), el("span"));

    const question = field(t("tutor.label"), { input: el("textarea", { rows: "2", maxlength: MOST, dir: "auto", required: true }) });
    const withCode = el("input", { type: "checkbox", checked: true });
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const send = button(t("tutor.send"), { kind: "primary", picture: "send", type: "submit" });
    const form = el("form", { class: "composer", on: { submit: event => { event.preventDefault(); once(send, ask); } } },
        question.node, wrong,
        el("div", { class: "row spread" }, el("label", { class: "choice" }, withCode, el("span", {}, t("tutor.sendCode"))), send));
    const missing = empty(t("tutor.missing"));
    const { node } = panel(t("tutor.title"), { class: "tutor", actions: [pill] }, scroll, form, missing);

    const tutor = openTutor({ service: app.service, student: app.account.id, exercise, onChange: draw, onLost: giveBack });
    const online = () => tutor.retryNow();
    addEventListener("online", online);

    function draw({ messages, writing: text, waiting, phase }) {
        const follow = followed(scroll);
        update(messages, ({ id }) => id);
        show(none, phase !== "loading" && !messages.length && !waiting);
        show(writingNode, text !== null);
        setText(writing, text ?? "");
        setText(thinking, phase === "loading" ? t("app.loading") : !waiting ? "" : text === null ? t("tutor.thinking") : t("tutor.writing"));
        show(pill, phase === "live" || phase === "waiting");
        pill.dataset.phase = phase;
        setText(pill.lastElementChild, t(phase === "waiting" ? "status.waiting" : "status.live"));
        [scroll, form].forEach(part => show(part, phase !== "missing"));
        show(missing, phase === "missing");
        follow();
    }

    function say(text) {
        setText(wrong, text);
        show(wrong, text !== "");
    }

    /** What was not stored goes back to where it was typed. */
    function giveBack(text) {
        question.input.value = [text, question.input.value].filter(Boolean).join("\n");
        say(t("tutor.notSent", { why: t("error.network") }));
    }

    async function ask() {
        const text = question.input.value.trim();
        if (!text)
            return;
        say("");
        question.input.value = "";
        try {
            const { text: written, language } = code();
            await tutor.say(text, withCode.checked ? { text: written, language: nameOf(language) } : null);
        } catch (error) {
            if (error.name !== "ApiError")
                throw error;
            giveBack(text);
            say(t("tutor.notSent", { why: errorText(error) }));
        }
    }

    question.input.addEventListener("keydown", event => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            form.requestSubmit();
        }
    });

    return {
        node,
        focus() {
            node.scrollIntoView({ block: "start" });
            question.input.focus();
        },
        close() {
            removeEventListener("online", online);
            tutor.close();
        },
    };
}
