/* Whether a page lets everybody in: by keyboard, for a screen reader (axe-core), as narrow as a phone, light and dark. */
import assert from "node:assert/strict";

import { screenshot } from "./browser.mjs";
import { load } from "./modules.mjs";

export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

/* Presses Tab until the focus is on what bears this name. */
export async function tabTo(page, name) {
    const target = page.getByLabel(name, { exact: true }).or(page.getByRole("button", { name, exact: true })).or(page.getByRole("link", { name, exact: true })).first();
    for (let presses = 0; presses < 40; presses++) {
        if (await target.evaluate(node => node === document.activeElement))
            return;
        await page.keyboard.press("Tab");
    }
    assert.fail(`Tab does not lead to ${name}`);
}

/* What axe finds that keeps people out. */
async function obstacles(page) {
    await page.evaluate((await load("axe-core")).default.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(node => `${node.target} ${node.failureSummary}`).join("; ")}`);
}

/* Nothing keeps people out of what a page shows, as narrow as a phone (as it is when it comes) and wide; with pictures by that name. */
export async function letsEverybodyIn(page, name) {
    assert.deepEqual(await obstacles(page), [], name);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`);
    await screenshot(page, `phone-${name}`, {});
    await page.setViewportSize({ width: 1280, height: 800 });
    assert.deepEqual(await obstacles(page), [], `${name}, wide`);
    await screenshot(page, `wide-${name}`, {});
}
