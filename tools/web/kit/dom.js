/* Elements made by hand. Data enters as text or as attributes, never as markup, so nothing a person types can become code. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: attributes by name (null, undefined and false leave one out, true leaves it empty), `on` with
 *  listeners by event; children are nodes, text or lists of them, null is left out. */
export function el(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props))
        if (name === "on")
            Object.entries(value).forEach(([event, listener]) => node.addEventListener(event, listener));
        else
            setAttribute(node, name, value);
    node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
    return node;
}

/** The same for a picture: an SVG element with attributes. */
export function svg(tag, attributes = {}, ...children) {
    const node = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([name, value]) => setAttribute(node, name, value));
    node.append(...children);
    return node;
}

export function setAttribute(node, name, value) {
    if (value === null || value === undefined || value === false)
        node.removeAttribute(name);
    else if (node.getAttribute(name) !== (value === true ? "" : String(value)))
        node.setAttribute(name, value === true ? "" : value);
}

/** Changes the text only if it differs: what has not changed is not read out again. */
export function setText(node, text) {
    if (node.textContent !== text)
        node.textContent = text;
}

export function show(node, visible) {
    if (node.hidden === visible)
        node.hidden = !visible;
}

/** A list that keeps the element of each item, so that focus, scroll and selection survive a change.
 *  `make(item)` returns { node, update(item) }. Returns update(items, keyOf). */
export function keyedList(container, make) {
    let rows = new Map();
    return function update(items, keyOf) {
        const next = new Map();
        for (const item of items) {
            const row = rows.get(keyOf(item)) ?? make(item);
            row.update(item);
            next.set(keyOf(item), row);
        }
        for (const [key, row] of rows)
            if (!next.has(key))
                row.node.remove();
        let at = container.firstElementChild;
        for (const { node } of next.values())
            if (node === at)
                at = at.nextElementSibling;
            else
                container.insertBefore(node, at);
        rows = next;
    };
}

/* ---- icons: strokes on a 24 × 24 grid ---- */

const icons = {
    hand: "M7 12V6.5a1.5 1.5 0 0 1 3 0V11m0-5.5v-1a1.5 1.5 0 0 1 3 0V11m0-5a1.5 1.5 0 0 1 3 0v6m0-3.5a1.5 1.5 0 0 1 3 0V15a6.5 6.5 0 0 1-6.5 6.5c-3 0-4.6-1.3-6-3.6l-2.7-4.5a1.5 1.5 0 0 1 2.5-1.6L8.5 14",
    microphone: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21m-3.5 0h7",
    muted: "M9 9v2a3 3 0 0 0 4.6 2.5M15 10.5V6a3 3 0 0 0-5.8-1M5.5 11a6.5 6.5 0 0 0 10.2 5.3m2.3-2.8c.3-.8.5-1.6.5-2.5M12 17.5V21m-3.5 0h7M4 4l16 16",
    play: "M8 5.5v13l10.5-6.5Z",
    pause: "M8.5 5.5v13m7-13v13",
    back: "M14.5 5.5 8 12l6.5 6.5",
    people: "M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c.4-3 2.8-5 6-5s5.6 2 6 5m.5-8a3 3 0 1 0-1-5.7M17 14.2c2.3.5 3.7 2.2 4 4.8",
    chat: "M4 5.5h16v11h-9L7 20v-3.5H4Z",
    sound: "M4.5 9.5v5h3.5l4.5 4v-13L8 9.5Zm11-.5a4 4 0 0 1 0 6m2.5-8.5a7.5 7.5 0 0 1 0 11",
    report: "M5 20V10m5 10V4m5 16v-7m5 7V8",
    remove: "M6.5 6.5l11 11m0-11-11 11",
    send: "M4.5 12 20 4.5 15.5 20l-4-6.5Zm7 1.5L20 4.5",
    add: "M12 5v14m-7-7h14",
};

/** A picture without meaning of its own: what it stands for is said by text or label beside it. */
export function icon(name) {
    return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: icons[name] }));
}

/** Swaps the picture in a button, if it is another. */
export function setIcon(button, name) {
    if (button.dataset.icon === name)
        return;
    button.dataset.icon = name;
    button.querySelector(".icon")?.remove();
    button.prepend(icon(name));
}
