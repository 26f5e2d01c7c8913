/* The browser tests' own tools: the server starts, dies and comes back; the watch over pages sees what it should. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoTrouble, launchBrowser, openPage } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server, browser;
before(async () => [server, browser] = await Promise.all([startServer(), launchBrowser()]));
after(() => Promise.all([server?.close(), browser?.close()]));

test("a server that was killed comes back with its data", async () => {
    const { url } = server, teacher = await server.person("teacher");
    await server.kill();
    await server.start();
    assert.equal(server.url, url);
    assert.deepEqual(await server.call("GET", "/sessions/active", { token: teacher.token }), []);
});

test("a page without trouble has none", async () => {
    const page = await openPage(browser);
    await page.goto(`${server.url}/livez`);
    assert.match(await page.textContent("body"), /alive/);
    assertNoTrouble(page, /favicon/);
    await page.context().close();
});

test("a page with troubles has them noted", async () => {
    const page = await openPage(browser);
    await page.route("**/policy", route => route.fulfill({
        contentType: "text/html", headers: { "Content-Security-Policy": "default-src 'self'" },
        body: "<title>x</title><script>1</script><link rel=icon href='data:,'><img src='http://elsewhere.invalid/x.png'>" }));
    await page.goto(`${server.url}/policy`);
    await page.evaluate(() => fetch("nowhere").then(answer => answer.text()));
    const failed = page.waitForEvent("pageerror");
    await page.evaluate(() => { queueMicrotask(() => { throw new Error("on purpose"); }); });
    await failed;
    for (const kind of [/content security policy: script-src/, /^answer: 404 GET .*nowhere/, /^uncaught: .*on purpose/, /img-src/])
        assert.ok(page.troubles.some(trouble => kind.test(trouble)), `${kind} in ${page.troubles}`);
    assert.throws(() => assertNoTrouble(page));
    assertNoTrouble(page);
    await page.context().close();
});
