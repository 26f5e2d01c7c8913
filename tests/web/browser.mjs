/* The distribution's Chromium, driven by playwright-core, and a watch over what its pages do. Waits are for events, with generous limits. */
import assert from "node:assert/strict";

import { load } from "./modules.mjs";

const { chromium } = (await load("playwright-core")).default;

/* Nothing leaves this machine, by itself or otherwise. */
const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"];
export const PATIENCE_MS = 60000;

/* More flags for more than pages: those of a fake microphone, say. */
export function launchBrowser(...flags) {
    return chromium.launch({
        executablePath: process.env.LECTERN_CHROMIUM ?? "/usr/bin/chromium", headless: true, timeout: PATIENCE_MS,
        chromiumSandbox: process.getuid() !== 0, args: [...FLAGS, ...flags],
    });
}

/* A page in a context of its own (its own storage: another person), with page.troubles watched; options are those of newContext. */
export async function openPage(browser, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.troubles = await watch(page);
    return page;
}

/* What a page must not do: errors on its console (breaches of the content security policy among them), uncaught errors, failed requests,
 * answers of 400 and above, requests to other machines. Returns the list they are noted in, which grows. */
async function watch(page) {
    const troubles = [];
    const note = (kind, text) => troubles.push(`${kind}: ${text}`);
    page.on("console", message => message.type() === "error" && note("console", `${message.text()} (${message.location().url})`));
    page.on("pageerror", error => note("uncaught", error.stack ?? error.message));
    page.on("requestfailed", request => note("failed", `${request.method()} ${request.url()} ${request.failure()?.errorText}`));
    page.on("response", answer => answer.status() >= 400 && note("answer", `${answer.status()} ${answer.request().method()} ${answer.url()}`));
    page.on("request", request => new URL(request.url()).hostname === "127.0.0.1" || /^(data|blob):/.test(request.url()) ||
        note("elsewhere", request.url()));
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation",
        breach => console.error(`content security policy: ${breach.effectiveDirective} ${breach.blockedURI} ${breach.sourceFile}:${breach.lineNumber}`)));
    return troubles;
}

/* Fails when the page had a trouble that none of the patterns allows; forgets those that were. */
export function assertNoTrouble(page, ...allowed) {
    const troubles = page.troubles.splice(0).filter(trouble => !allowed.some(pattern => pattern.test(trouble)));
    assert.deepEqual(troubles, []);
}

/* With LECTERN_SCREENSHOTS=FOLDER: a picture of the whole page, for a person to look at. */
export async function screenshot(page, name, options = { fullPage: true }) {
    if (process.env.LECTERN_SCREENSHOTS)
        await page.screenshot({ path: `${process.env.LECTERN_SCREENSHOTS}/${name}.png`, ...options });
}
