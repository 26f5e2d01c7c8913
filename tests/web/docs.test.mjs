/* The page /docs in a browser: everything is listed and can be tried, signing in included, at the root, under a proxy's prefix and under a
 * mount. The page breaks no rule of its policy and asks for nothing that is not there. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoTrouble, launchBrowser, openPage, screenshot } from "./browser.mjs";
import { startProxy } from "./proxy.mjs";
import { startServer } from "./server.mjs";

let server, browser, proxy, teacher;
before(async () => {
    [server, browser] = await Promise.all([startServer("--root-path", "/seeds"), launchBrowser()]);
    [proxy, teacher] = await Promise.all([startProxy("/seeds", server.url), server.person("teacher", "Ada")]);
});
after(() => Promise.all([proxy?.close(), server?.close(), browser?.close()]));

const PLACES = {
    "at the root": () => server.url,
    "under a proxy's prefix": () => proxy.url,
    "under a mount": () => `${server.url}/m/classroom`,
    "under a mount behind a proxy": () => `${proxy.url}/m/classroom`,
};

async function openDocs(base) {
    const page = await openPage(browser);
    await page.goto(`${base}/docs`);
    await page.waitForSelector(".opblock-tag");
    return page;
}

/* Opens an area, if it is not. */
async function openArea(page, name) {
    const head = page.locator(`.opblock-tag[data-tag="${name}"]`);
    if (await head.getAttribute("data-is-open") !== "true")
        await head.click();
    await page.waitForSelector(`.opblock-tag[data-tag="${name}"][data-is-open=true]`);
}

/* The block of an operation, opened. */
async function operation(page, method, path) {
    const { paths } = await page.evaluate(() => fetch("openapi.json").then(answer => answer.json()));
    await openArea(page, paths[path][method].tags[0]);
    const block = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
    if (!await block.locator(".opblock-body").count())
        await block.locator(".opblock-summary-control").click();
    await block.locator(".execute").waitFor();
    return block;
}

/* Presses "Execute": { status, body, url } of what the page then shows. */
async function execute(page, block) {
    const before = await block.locator(".live-responses-table").count();
    if (before)
        await block.locator(".btn-clear").click();
    await block.locator(".execute").click();
    const live = block.locator(".live-responses-table .response").first();
    await live.waitFor();
    return {
        status: Number.parseInt(await live.locator(".response-col_status").innerText(), 10),
        body: await live.locator(".response-col_description .highlight-code pre").first().innerText(),
        url: await block.locator(".request-url pre").innerText(),
    };
}

async function fillBody(block, text) {
    await block.locator("textarea.body-param__text").fill(text);
}

async function signIn(page) {
    await page.click(".auth-wrapper .authorize");
    await page.fill("#oauth_username", teacher.phone);
    await page.fill("#oauth_password", teacher.password);
    await page.click("[aria-label='Apply given OAuth2 credentials']");
    await page.waitForSelector(".auth-container >> text=Logout");
    await page.click(".auth-container:has(> div) .btn-done >> nth=0");
    await page.waitForSelector(".dialog-ux", { state: "detached" });
}

/* The operations that the page shows, one area after the other, and those of the document. */
async function shown(page) {
    const operations = [], areas = await page.locator(".opblock-tag").evaluateAll(heads => heads.map(head => head.dataset.tag));
    for (const area of areas) {
        await openArea(page, area);
        operations.push(...await page.locator(".opblock").evaluateAll(blocks => blocks.map(block =>
            `${block.querySelector(".opblock-summary-method").textContent.toLowerCase()} ${block.querySelector("[data-path]").dataset.path}`)));
        await page.click(`.opblock-tag[data-tag="${area}"]`);
        await page.waitForSelector(".opblock", { state: "detached" });
    }
    assert.ok(operations.includes("get /sessions/active") && operations.includes("get /livez"));
    return operations.sort();
}

async function described(base) {
    const { paths } = await (await fetch(`${base}/openapi.json`)).json();
    return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(method => `${method} ${path}`)).sort();
}

for (const [where, base] of Object.entries(PLACES)) {
    test(`everything is listed and can be tried, signed in by the form, ${where}`, async () => {
        const page = await openDocs(base());
        assert.deepEqual(await shown(page), await described(base()));
        await signIn(page);
        const create = await operation(page, "post", "/sessions"), title = `Tried ${where}`;
        await fillBody(create, JSON.stringify({ title }));
        const created = await execute(page, create);
        assert.deepEqual([created.status, created.url], [200, `${base()}/sessions`]);
        assert.equal(JSON.parse(created.body).title, title);
        const listed = await execute(page, await operation(page, "get", "/sessions/active"));
        assert.ok(listed.status === 200 && JSON.parse(listed.body).some(session => session.title === title), listed.body);
        assertNoTrouble(page);
        await page.context().close();
    });
}

test("an area whose accounts are its own: signed up, authorized and asked there", async () => {
    const page = await openDocs(`${server.url}/m/coaching`);
    const signUp = await operation(page, "post", "/v1/auth/signup");
    await fillBody(signUp, JSON.stringify({ email: "tried@example.org", password: "pass123", display_name: "Tried" }));
    const { access_token: token } = JSON.parse((await execute(page, signUp)).body);
    await page.click(".auth-wrapper .authorize");
    const key = page.locator("form", { has: page.locator("h4 code:text-is('bearer')") });
    await key.locator("input").fill(token);
    await key.locator("[aria-label='Apply credentials']").click();
    await key.locator(".btn-done").click();
    const { status, body, url } = await execute(page, await operation(page, "get", "/v1/users/me"));
    assert.deepEqual([status, JSON.parse(body).display_name, url], [200, "Tried", `${server.url}/m/coaching/v1/users/me`]);
    await screenshot(page, "docs-coaching");
    assertNoTrouble(page);
    await page.context().close();
});

test("a refusal is shown with its reasons", async () => {
    const page = await openDocs(server.url), create = await operation(page, "post", "/sessions");
    assert.equal((await execute(page, create)).status, 400, "nobody has signed in");
    await signIn(page);
    await fillBody(create, JSON.stringify({ title: "" }));
    const refused = await execute(page, create);
    assert.equal(refused.status, 422);
    assert.deepEqual(JSON.parse(refused.body).detail[0].loc, ["body", "title"]);
    await screenshot(page, "docs-refused");
    assertNoTrouble(page, /POST http:\S+\/sessions$/, /console: Failed to load resource/);
    await page.context().close();
});

test("legacy identity is offered, and an event stream shows how it begins", async () => {
    const page = await openDocs(server.url);
    const { session_id } = await server.call("POST", "/sessions", { token: teacher.token, json: { title: "Streamed" } });
    await page.click(".auth-wrapper .authorize");
    const key = page.locator("form", { has: page.locator("h4 code:text-is('user_id')") });
    await key.locator("input").fill(String(teacher.user_id));
    await key.locator("[aria-label='Apply credentials']").click();
    await key.locator(".btn-done").click();
    const follow = await operation(page, "get", "/sse/sessions/{session_id}");
    await follow.locator("tr[data-param-name=session_id] input").fill(String(session_id));
    const { status, body, url } = await execute(page, follow);
    assert.equal(status, 200);
    assert.match(url, /\?user_id=\d+$/);
    assert.match(body, /event: connected[^]*event: session_state/);
    assertNoTrouble(page, /GET \S+\/sse\/\S+ net::ERR_ABORTED/); /* it would go on for ever */
    await page.context().close();
});

test("the page is as narrow as a phone", async () => {
    const page = await openPage(browser, { viewport: { width: 360, height: 740 } });
    await page.goto(`${server.url}/docs`);
    await page.click(".opblock-tag");
    await page.waitForSelector(".opblock");
    await screenshot(page, "docs-phone");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
    assertNoTrouble(page);
    await page.context().close();
});
