/* A table of flat rows that sorts by any column. Columns are what the rows have, so a new value of the server's shows at once. */
import { el, setAttribute, setText, show } from "../kit/dom.js";
import { columnName, texts } from "./texts.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

function cellText(key, value) {
    if (value === null || value === undefined)
        return texts.none;
    if (typeof value === "boolean")
        return value ? texts.yes : texts.no;
    if (typeof value === "number")
        return key.endsWith("_bytes") ? `${number.format(value / 1000)} kB` : number.format(value);
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function compare(a, b) {
    if (typeof a === "number" && typeof b === "number")
        return a - b;
    if (a === null || a === undefined || b === null || b === undefined)
        return (b === null || b === undefined) - (a === null || a === undefined);
    return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** The rows in the order of a column; as they came without one. Rows of equal value stay as they came. */
export function sorted(rows, key, descending) {
    return key === null ? rows : [...rows].sort((a, b) => (descending ? -1 : 1) * compare(a[key], b[key]));
}

export class Section {
    constructor(name) {
        this.name = name;
        this.key = null;
        this.descending = false;
        this.keys = [];
        this.heads = []; /* { key, cell } of each */
        this.head = el("tr");
        this.body = el("tbody");
        this.notice = el("p", { class: "notice" });
        const heading = el("h2", { id: `h-${name}` }, texts.sections[name]);
        this.scroll = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": `h-${name}` },
            el("table", {}, el("thead", {}, this.head), this.body));
        this.node = el("section", { "data-section": name, hidden: true }, heading, this.notice, this.scroll);
    }

    /* `answer` as the server gave it; a command it does not know leaves the section out. */
    update(answer) {
        const known = answer && (answer.ok || !answer.error.startsWith("there is no command"));
        show(this.node, Boolean(known));
        if (!known)
            return;
        this.rows = answer.ok ? answer.data : [];
        const notices = [answer.ok ? null : answer.error, answer.silent && texts.silent(answer.silent), answer.left_off && texts.leftOff(answer.left_off),
            answer.ok && !this.rows.length ? texts.empty : null].filter(Boolean);
        setText(this.notice, notices.join(" "));
        this.notice.classList.toggle("bad", !answer.ok || Boolean(answer.silent));
        show(this.notice, notices.length > 0);
        show(this.scroll, this.rows.length > 0);
        this.draw();
    }

    draw() {
        const keys = [...new Set(this.rows.flatMap(Object.keys))].filter(key => key !== "answered");
        if (keys.join() !== this.keys.join())
            this.drawHead(keys);
        for (const { cell, key } of this.heads) {
            cell.classList.toggle("number", this.rows.some(row => typeof row[key] === "number"));
            setAttribute(cell, "aria-sort", key === this.key ? this.descending ? "descending" : "ascending" : null);
        }
        const rows = sorted(this.rows, this.key, this.descending);
        while (this.body.rows.length > rows.length)
            this.body.lastElementChild.remove();
        rows.forEach((row, index) => this.drawRow(this.body.rows[index] ?? this.body.appendChild(el("tr")), row));
    }

    drawHead(keys) {
        this.keys = keys;
        this.heads = keys.map(key => ({ key, cell: el("th", { scope: "col" }, el("button", { type: "button", on: { click: () => this.sortBy(key) } }, columnName(key))) }));
        this.head.replaceChildren(...this.heads.map(head => head.cell));
        this.body.replaceChildren();
    }

    drawRow(line, row) {
        const silent = row.answered === false;
        line.classList.toggle("silent", silent);
        while (line.cells.length < this.keys.length)
            line.append(el("td"));
        this.keys.forEach((key, index) => {
            const cell = line.cells[index];
            setText(cell, silent && index === 1 ? texts.silentWorker : cellText(key, row[key]));
            cell.classList.toggle("number", typeof row[key] === "number");
        });
    }

    /* Numbers begin with the highest; a second press turns the order, a third ends it. */
    sortBy(key) {
        const first = this.rows.some(row => typeof row[key] === "number");
        if (this.key !== key)
            [this.key, this.descending] = [key, first];
        else if (this.descending === first)
            this.descending = !first;
        else
            this.key = null;
        this.draw();
    }
}
