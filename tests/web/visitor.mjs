/* Somebody in front of a page, in a browser context of their own: what they find there, by roles and names as a screen reader would. Every wait is for
 * something to be seen. What they do there is their page's: classroom/person.mjs, practice/person.mjs. */
import assert from "node:assert/strict";

import { PATIENCE_MS, assertNoTrouble } from "./browser.mjs";

export class Visitor {
    constructor(page, base, name) {
        Object.assign(this, { page, base, name, password: "pass123" });
    }

    close() { return this.page.context().close(); }
    noTrouble(...allowed) { assertNoTrouble(this.page, ...allowed); }

    /* ---- finding ---- */

    button(name, within = this.page) { return within.getByRole("button", { name, exact: typeof name === "string" }); }
    field(name) { return this.page.getByLabel(name, { exact: true }); }
    panel(name) { return this.page.getByRole("region", { name }); }
    heading(name) { return this.page.getByRole("heading", { name }); }
    /* That of the screen, which has one: panels and cards on it may be named alike. */
    title(name) { return this.page.getByRole("heading", { name, level: 1 }); }
    sees(text) { return this.page.getByText(text).first().waitFor(); }
    dialog(name) { return this.page.getByRole("dialog", { name }); }

    /* What a list reads, once it reads as expected. */
    async reads(items, expected) {
        const texts = () => items.allInnerTexts();
        await this.until(async () => same(await texts(), expected), async () => `${this.name} reads ${JSON.stringify(await texts())}, not ${JSON.stringify(expected)}`);
    }

    /* Waits until the condition holds, looking again whenever the page has drawn. */
    async until(condition, why) {
        const deadline = Date.now() + PATIENCE_MS;
        while (!await condition()) {
            if (Date.now() > deadline)
                assert.fail(await why());
            await this.page.evaluate(() => new Promise(requestAnimationFrame));
        }
    }
}

function same(a, b) {
    return a.length === b.length && a.every((text, index) => text === b[index]);
}
