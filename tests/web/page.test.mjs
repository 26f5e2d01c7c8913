/* The page people use, screen by screen: wherever it is mounted, by keyboard alone, for a screen reader (axe-core), as narrow as a phone, and
 * when something goes wrong. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { PHONE, letsEverybodyIn, tabTo } from "./access.mjs";
import { assertNoTrouble, launchBrowser, openPage } from "./browser.mjs";
import { Person } from "./classroom/person.mjs";
import { startProxy } from "./proxy.mjs";
import { startServer } from "./server.mjs";

/* What leaving a class ends, and a body read piece by piece, whose end Chromium likes to call an abortion. */
const LEFT = [/^failed: GET \S+\/(sse\/sessions\/\d+|sessions\/\d+\/logs\.ndjson) net::ERR_ABORTED/];
const TITLE = "A class with a name that is rather long, to see where it goes";

let server, browser, proxy, ada, session;
before(async () => {
    [server, browser] = await Promise.all([startServer("--root-path", "/seeds"), launchBrowser()]);
    [proxy, ada] = await Promise.all([startProxy("/seeds", server.url), server.person("teacher", "Ada Lovelace")]);
    session = (await server.call("POST", "/sessions", { token: ada.token, json: { title: TITLE } })).session_id;
    for (const text of ["Hello!", "A message that is long enough to need a second line on a phone, and perhaps a third one too."])
        await server.call("POST", `/sessions/${session}/action`, { token: ada.token, json: { type: "chat", text } });
});
after(() => Promise.all([proxy?.close(), server?.close(), browser?.close()]));

/* A page on which `person` of server.person is signed in, at the screen of that address. */
async function signedIn(person, hash, options) {
    const page = await openPage(browser, { reducedMotion: "reduce", ...options });
    await page.addInitScript(account => sessionStorage.setItem("lectern.account", JSON.stringify(account)),
        { userId: person.user_id, name: person.name, role: person.role, token: person.token });
    await page.goto(`${server.url}/${hash}`);
    return page;
}

async function closed(page, ...allowed) {
    assertNoTrouble(page, ...LEFT, ...allowed);
    await page.context().close();
}

/* ---- where it is mounted ---- */

const PLACES = {
    "at the root": () => server.url,
    "under a proxy's prefix": () => proxy.url,
    "under a mount": () => `${server.url}/m/classroom`,
    "under a mount behind a proxy": () => `${proxy.url}/m/classroom`,
};

for (const [where, base] of Object.entries(PLACES))
    test(`sign up, start a class, chat, reload: ${where}`, async () => {
        const one = await Person.open(browser, base(), "Grace");
        await one.signUp("Teacher");
        await one.startClass(`Tried ${where}`);
        await one.say("anybody?");
        await one.page.reload();
        await one.isLive();
        await one.hears("anybody?");
        assert.ok(one.page.url().startsWith(`${base()}/#/classes/`));
        one.noTrouble(...LEFT);
        await one.close();
    });

/* ---- keyboard ---- */

test("by keyboard alone: signing in, starting a class, its parts, leaving it", async () => {
    const page = await openPage(browser), { keyboard } = page;
    const who = await server.person("teacher", "Keyes");
    await page.goto(server.url);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await tabTo(page, "Phone number");
    await keyboard.type(who.phone);
    await tabTo(page, "Password");
    await keyboard.type(who.password);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Your classes" }).waitFor();
    await tabTo(page, "What is it about?");
    await keyboard.type("Without a mouse");
    await keyboard.press("Enter");
    await page.locator(".pill[data-phase=live]").waitFor();
    await tabTo(page, "Mute");
    await keyboard.press("Space");
    await page.locator("[aria-pressed=true]", { hasText: "Mute" }).waitFor();
    await tabTo(page, "Write a message");
    await keyboard.type("typed");
    await keyboard.press("Enter");
    await page.locator(".message-text", { hasText: "typed" }).waitFor();
    await tabTo(page, "Leave the class");
    await keyboard.press("Enter");
    await page.getByRole("link", { name: "Enter Without a mouse" }).waitFor();
    await closed(page);
});

test("a dialog keeps the focus, closes by Escape and gives it back", async () => {
    const page = await signedIn(ada, `#/classes/${session}`);
    await page.locator(".pill[data-phase=live]").waitFor();
    await page.getByRole("button", { name: "End class" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "End this class for everybody?" });
    await dialog.waitFor();
    assert.ok(await dialog.evaluate(node => node.contains(document.activeElement)));
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "End class");
    await closed(page);
});

/* ---- screens: for a screen reader, and as narrow as a phone ---- */

const SCREENS = {
    "sign in": { hash: "#/sign-in", ready: "Sign in" },
    "sign up": { hash: "#/sign-up", ready: "Create an account" },
    "a teacher's classes": { as: "teacher", hash: "#/", ready: TITLE },
    "a student's classes": { as: "student", hash: "#/", ready: TITLE },
    "a teacher's class": { as: "teacher", hash: "class", ready: "Hello!" },
    "a student's class": { as: "student", hash: "class", ready: "Hello!" },
    "inviting": { as: "teacher", hash: "class", ready: "Hello!", open: ["People", "Invite"] },
    "choosing audio": { as: "teacher", hash: "class", ready: "Hello!", open: ["Choose audio"] },
    "ending": { as: "teacher", hash: "class", ready: "Hello!", open: ["End class"] },
    "the report in a class": { as: "teacher", hash: "class", ready: "Hello!", open: ["Report"] },
    "a report": { as: "teacher", hash: "report", ready: "Attendance" },
    "recordings": { as: "teacher", hash: "#/audio", ready: "Add a recording" },
};

/* Presses the buttons one after the other; "People" is one only where the parts of a class do not fit side by side. */
async function press(page, names) {
    for (const name of names)
        if (name !== "People" || await page.getByRole("button", { name }).isVisible())
            await page.getByRole("button", { name }).first().click();
}

async function openScreen({ as, hash, ready, open = [] }, options) {
    const addresses = { class: `#/classes/${session}`, report: `#/classes/${session}/report` };
    const person = as === "student" ? await server.person("student", "Ben Okafor") : ada;
    const page = as ? await signedIn(person, addresses[hash] ?? hash, options) : await openPage(browser, { reducedMotion: "reduce", ...options });
    if (!as)
        await page.goto(`${server.url}/${hash}`);
    await page.getByText(ready).first().waitFor({ state: "attached" });
    await press(page, open);
    await page.getByText("Loading…").filter({ visible: true }).first().waitFor({ state: "hidden" });
    return page;
}

for (const [name, screen] of Object.entries(SCREENS))
    test(`nothing keeps people out, and a phone is wide enough: ${name}`, async () => {
        for (const colorScheme of ["light", "dark"]) {
            const page = await openScreen(screen, { ...PHONE, colorScheme });
            await letsEverybodyIn(page, `${name.replaceAll(" ", "-")}-${colorScheme}`);
            await closed(page);
        }
    });

/* ---- when something goes wrong ---- */

test("a wrong password, a number that is taken, a server that is not there: said in words", async () => {
    const page = await openPage(browser);
    await page.goto(`${server.url}/#/sign-in`);
    await page.getByLabel("Phone number").fill(ada.phone);
    await page.getByLabel("Password").fill("wrong password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("Phone number or password is wrong.").waitFor();
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Ada again");
    await page.getByLabel("Phone number").fill(ada.phone);
    await page.getByLabel("Password").fill("another one");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("There is an account with this phone number already.").waitFor();
    await page.route("**/auth/register", route => route.abort());
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
    await closed(page, /^answer: 40[01] POST \S+\/auth\//, /^console: Failed to load resource/, /^failed: POST \S+\/auth\/register net::ERR_FAILED/);
});

test("an address of a class, not signed in: after signing in one is there", async () => {
    const page = await openPage(browser);
    await page.goto(`${server.url}/#/classes/${session}`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("Phone number").fill(ada.phone);
    await page.getByLabel("Password").fill(ada.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: TITLE }).waitFor();
    await closed(page);
});

test("a token that is no longer valid: one is asked to sign in again", async () => {
    const page = await signedIn({ ...ada, token: `${ada.token}x` }, "#/");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByText("Your sign-in is no longer valid.").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem("lectern.account") === null), true);
    await closed(page, /^answer: 401 GET/, /^console: Failed to load resource: .*401/);
});

/* The token with other times, as the server would have signed it: from so many seconds ago until so many from now. */
async function dated(token, ago, left) {
    const secret = (await readFile(`${server.data}/jwt_secret`, "utf8")).trim();
    const [head, body] = token.split(".");
    const now = Math.floor(Date.now() / 1000);
    const claims = { ...JSON.parse(Buffer.from(body, "base64url")), iat: now - ago, exp: now + left };
    const text = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

const kept = page => page.evaluate(() => JSON.parse(sessionStorage.getItem("lectern.account"))?.token);
const renewed = page => page.waitForResponse(answer => answer.url().endsWith("/auth/refresh") && answer.status() === 200);

test("a token that is about to end is renewed, and the class goes on", async () => {
    const ben = await server.person("student", "Ben");
    const token = await dated(ben.token, 10, 60);
    const page = await signedIn({ ...ben, token }, "#/");
    await page.getByRole("heading", { name: TITLE }).waitFor();
    const answer = renewed(page);
    await page.goto(`${server.url}/#/classes/${session}`);
    const { access_token: fresh } = await (await answer).json();
    await page.locator(".pill[data-phase=live]").waitFor();
    await page.waitForFunction(fresh => JSON.parse(sessionStorage.getItem("lectern.account")).token === fresh, fresh);
    assert.notEqual(fresh, token);
    await closed(page);
});

test("a token that is half spent is renewed when the page is opened", async () => {
    const eve = await server.person("student", "Eve");
    const page = await openPage(browser);
    const answer = renewed(page);
    await page.addInitScript(account => sessionStorage.getItem("lectern.account") ?? sessionStorage.setItem("lectern.account", JSON.stringify(account)),
        { userId: eve.user_id, name: eve.name, role: eve.role, token: await dated(eve.token, 4 * 86400, 3 * 86400) });
    await page.goto(`${server.url}/#/`);
    const { access_token: fresh } = await (await answer).json();
    await page.waitForFunction(fresh => JSON.parse(sessionStorage.getItem("lectern.account")).token === fresh, fresh);
    assert.equal(await kept(page), fresh);
    await closed(page);
});

test("the password is changed, and whoever changed it goes on", async () => {
    const kim = await server.person("student", "Kim");
    const page = await signedIn(kim, "#/");
    await page.getByRole("button", { name: "Change password" }).click();
    const dialog = page.getByRole("dialog", { name: "Change password" });
    await dialog.getByLabel("Old password").fill("not this one");
    await dialog.getByLabel("New password").fill("another one");
    await page.keyboard.press("Enter");
    await dialog.getByText("The old password is wrong.").waitFor();
    await dialog.getByLabel("Old password").fill(kim.password);
    await page.keyboard.press("Enter");
    await page.getByText("The password is changed.").waitFor();
    assert.equal(await dialog.count(), 0);
    await server.call("GET", "/sessions/active", { token: await kept(page) });
    await assert.rejects(server.call("GET", "/sessions/active", { token: kim.token }), /401/);
    await server.call("POST", "/auth/login", { form: { username: kim.phone, password: "another one" } });
    await closed(page, /^answer: 403 POST \S+\/auth\/password/, /^console: Failed to load resource: .*403/);
});

test("signing out ends the token", async () => {
    const dan = await server.person("student", "Dan");
    const page = await signedIn(dan, "#/");
    const answer = page.waitForResponse(answer => answer.url().endsWith("/auth/logout"));
    await page.getByRole("button", { name: "Sign out" }).click();
    assert.equal((await answer).status(), 200);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await assert.rejects(server.call("GET", "/sessions/active", { token: dan.token }), /401/);
    await closed(page);
});

test("a class that does not exist, and another teacher's report", async () => {
    const page = await signedIn(ada, "#/classes/2000000000");
    await page.getByText("This class does not exist.").waitFor();
    await page.getByRole("heading", { name: "Your classes" }).waitFor();
    const other = await server.person("teacher", "Other");
    const theirs = await signedIn(other, `#/classes/${session}/report`);
    await theirs.getByRole("alert").getByText("Only the teacher who holds a class can see its report.").waitFor();
    await closed(page, /^answer: 404 GET \S+\/sse\//, /^console: Failed to load resource: .*404/);
    await closed(theirs, /^answer: 403 GET/, /^console: Failed to load resource: .*403/);
});

test("a message that cannot be sent stays, and says why", async () => {
    const page = await signedIn(ada, `#/classes/${session}`);
    await page.locator(".pill[data-phase=live]").waitFor();
    await page.route("**/action", route => route.abort());
    await page.getByLabel("Write a message").fill("precious words");
    await page.keyboard.press("Enter");
    await page.getByText("Not sent. The server cannot be reached.").waitFor();
    assert.equal(await page.getByLabel("Write a message").inputValue(), "precious words");
    await page.unroute("**/action");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".message-text", { hasText: "precious words" }).waitFor();
    await page.getByText("Not sent.").waitFor({ state: "hidden" });
    await closed(page, /^failed: POST \S+\/action net::ERR_FAILED/, /^console: Failed to load resource: net::ERR_FAILED/);
});
