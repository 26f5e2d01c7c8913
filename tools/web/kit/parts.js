/* The pieces all screens are made of: buttons, fields, panels, questions, notices. */
import { el, icon, setAttribute, setText } from "./dom.js";
import { errorText } from "./errors.js";
import { formatTime, initials, parseTime } from "./format.js";
import { t } from "./texts.js";

let names = 0;

/** An id for an element that another one names. */
export function uniqueId(prefix) {
    names += 1;
    return `${prefix}-${names}`;
}

/** `kind`: 'primary', 'quiet', 'danger' or none. `label` is what a screen reader says if it is not the text.
 *  An async `onClick` keeps the button from being pressed again until it is done. */
export function button(text, { kind, picture, label, onClick, type = "button", ...attributes } = {}) {
    const node = el("button", { type, class: ["button", kind].filter(Boolean).join(" "), "aria-label": label, title: text ? null : label, ...attributes });
    if (picture) {
        node.dataset.icon = picture;
        node.append(icon(picture));
    }
    if (text)
        node.append(el("span", { class: "button-text" }, text));
    if (onClick)
        node.addEventListener("click", event => once(node, () => onClick(event)));
    return node;
}

export function setButtonText(node, text) {
    setText(node.querySelector(".button-text"), text);
}

/** Runs `work` unless `node` is still busy with the time before. The node keeps the focus, so it is not disabled. */
export async function once(node, work) {
    if (node.getAttribute("aria-busy") === "true")
        return;
    setAttribute(node, "aria-busy", "true");
    try {
        await work();
    } catch (error) {
        if (error.name !== "ApiError")
            throw error;
        notify(errorText(error), "error");
    } finally {
        setAttribute(node, "aria-busy", null);
    }
}

/** A labelled input with a hint. Returns { node, input }. */
export function field(label, { hint, input, ...attributes }) {
    const id = uniqueId("field");
    const hintId = hint ? `${id}-hint` : null;
    const control = input ?? el("input", attributes);
    control.id = id;
    setAttribute(control, "aria-describedby", hintId);
    const node = el("div", { class: "field" },
        el("label", { for: id }, label),
        control,
        hint ? el("p", { class: "hint", id: hintId }, hint) : null);
    return { node, input: control };
}

/** A section with a heading it is named by. `actions`: nodes beside the heading. */
export function panel(title, { level = 2, actions = [], ...attributes } = {}, ...children) {
    const id = uniqueId("panel");
    const heading = el(`h${level}`, { id }, title);
    const node = el("section", { "aria-labelledby": id, ...attributes, class: ["panel", attributes.class].filter(Boolean).join(" ") },
        el("header", { class: "panel-head" }, heading, el("div", { class: "panel-actions" }, actions)),
        children);
    return { node, heading };
}

export function empty(text) {
    return el("p", { class: "empty" }, text);
}

/** The circle that stands for a person. Decoration: the name is beside it. */
export function avatar(name, id) {
    return el("span", { class: "avatar", "aria-hidden": "true", "data-hue": String(id % 6) }, initials(name));
}

/** A table that scrolls by itself when it is wider than the screen. `columns`: { title, class }. */
export function table(caption, columns) {
    const body = el("tbody");
    const node = el("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": caption },
        el("table", {},
            el("caption", { class: "visually-hidden" }, caption),
            el("thead", {}, el("tr", {}, columns.map(column => el("th", { scope: "col", class: column.class }, column.title)))),
            body));
    return { node, body };
}

/** Terms and values, a figure each. `entries`: [term, value]. */
export function figures(entries) {
    return el("dl", { class: "figures" }, entries.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
}

/** A time of the server's, as people read it. */
export function when(stamp) {
    return el("time", { class: "meta", datetime: parseTime(stamp).toISOString() }, formatTime(stamp, "moment"));
}

/** A screen with its heading; `beside`: what stands beside that. */
export function page(title, beside, ...content) {
    const head = el("div", { class: "row spread page-head" }, el("h1", { tabindex: "-1", dir: "auto" }, title), beside ? el("div", { class: "row" }, beside) : null);
    return { node: el("div", { class: "page" }, head, content), title };
}

/** A choice with a label; `options`: [value, text]. */
export function choice(options, attributes = {}) {
    return el("select", attributes, options.map(([value, text]) => el("option", { value }, text)));
}

/** A way to another screen that looks like a button. */
export function linkButton(text, href, { kind, label } = {}) {
    return el("a", { class: ["button", kind].filter(Boolean).join(" "), href, "aria-label": label }, text);
}

/* ---- dialogs ---- */

/** A modal dialog with a title and a way out. It leaves the page when it closes. */
export function dialog(title, ...children) {
    const id = uniqueId("dialog");
    const node = el("dialog", { "aria-labelledby": id, class: "dialog" },
        el("header", { class: "panel-head" },
            el("h2", { id }, title),
            button("", { kind: "quiet", picture: "remove", label: t("app.close"), onClick: () => node.close() })),
        children);
    node.addEventListener("close", () => node.remove());
    node.addEventListener("click", event => event.target === node && node.close());
    document.body.append(node);
    node.showModal();
    return node;
}

/** Asks before something that cannot be taken back. Resolves to whether it was confirmed. */
export function confirmed(question, explanation, answer) {
    return new Promise(resolve => {
        let yes = false;
        const node = dialog(question,
            el("p", {}, explanation),
            el("div", { class: "row end" },
                button(t("app.cancel"), { onClick: () => node.close() }),
                button(answer, { kind: "danger", onClick: () => { yes = true; node.close(); } })));
        node.addEventListener("close", () => resolve(yes));
    });
}

/* ---- notices ---- */

const SHOWN_MS = 6000;

/** A notice at the edge of the screen: 'info' goes by itself, 'error' stays until it is dismissed. */
export function notify(text, kind = "info") {
    const notices = document.getElementById("notices");
    const node = el("div", { class: `notice ${kind}`, role: kind === "error" ? "alert" : "status" },
        el("p", {}, text),
        button("", { kind: "quiet", picture: "remove", label: t("app.dismiss"), onClick: () => node.remove() }));
    while (notices.children.length >= 3)
        notices.firstChild.remove();
    notices.append(node);
    if (kind !== "error")
        setTimeout(() => node.remove(), SHOWN_MS);
}

/** Says something to those who listen instead of look. */
export function announce(text) {
    document.getElementById("status").textContent = text;
}
