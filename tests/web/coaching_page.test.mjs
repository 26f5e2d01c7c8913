/* The page of coaching, screen by screen: wherever it is mounted, by keyboard alone, for a screen reader (axe-core), as narrow as a phone, and when
 * something goes wrong. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PHONE, letsEverybodyIn, tabTo } from "./access.mjs";
import { assertNoTrouble, launchBrowser, openPage, screenshot } from "./browser.mjs";
import { Person } from "./coaching/person.mjs";
import { startProxy } from "./proxy.mjs";
import { startServer } from "./server.mjs";

/* What leaving a screen with a request under way ends. */
const LEFT = /^failed: GET \S+ net::ERR_ABORTED/;

let server, browser, proxy, ada, ben, couple, session;

const call = (who, method, path, options) => server.call(method, `/m/coaching/v1/${path}`, { token: who?.token, ...options });

/* Signed up: { id, name, email, password, token, refresh, since } */
async function person(name) {
    const password = "pass123", email = `${name.toLowerCase().replace(/\W/g, "")}-${process.pid}-${person.count = (person.count ?? 0) + 1}@example.org`;
    const { access_token: token, refresh_token: refresh } = await call(null, "POST", "auth/signup", { json: { email, password, display_name: name } });
    const { id } = await call({ token }, "GET", "users/me");
    return { id, name, email, password, token, refresh, since: Date.now() };
}

before(async () => {
    [server, browser] = await Promise.all([startServer("--root-path", "/seeds"), launchBrowser("--use-fake-device-for-media-stream")]);
    [proxy, ada, ben] = await Promise.all([startProxy("/seeds", server.url), person("Ada Lovelace"), person("Benedict with a rather long name, to see where it goes")]);
    couple = (await call(ada, "POST", "relationships", { json: { type: "romantic", member_ids: [ben.id] } })).id;
    await call(ben, "PUT", `relationships/${couple}/consent/me`, { json: { scopes: ["REALTIME_FEATURES_ONLY", "SUMMARY_SHARED"] } });
    await call(ben, "POST", "pokes", { json: { relationship_id: couple, receiver_id: ada.id, type: "miss_you", emoji: "🤗" } });
    await call(ada, "POST", `relationships/${couple}/invites`, { json: { email: "somebody.with.a.long.address@example.org" } });
    session = (await call(ada, "POST", "sessions", { json: { relationship_id: couple, participants: [ben.id] } })).id;
    const ended = (await call(ada, "POST", "sessions", { json: { relationship_id: couple, participants: [ben.id] } })).id;
    await call(ada, "POST", `sessions/${ended}/finalize`);
    ada.ended = ended;
});
after(() => Promise.all([proxy?.close(), server?.close(), browser?.close()]));

const kept = ({ password, ...account }) => account;

/* A page on which somebody is signed in, at the screen of that address. */
async function signedIn(who, hash, options) {
    const page = await openPage(browser, { reducedMotion: "reduce", permissions: ["microphone"], ...options });
    await page.addInitScript(account => sessionStorage.getItem("lectern.coaching") ?? sessionStorage.setItem("lectern.coaching", JSON.stringify(account)), kept(who));
    await page.goto(`${server.url}/coaching${hash}`);
    return page;
}

async function closed(page, ...allowed) {
    assertNoTrouble(page, LEFT, ...allowed);
    await page.context().close();
}

/* ---- where it is mounted ---- */

const PLACES = {
    "at the root": () => server.url,
    "under a proxy's prefix": () => proxy.url,
    "under its mount": () => `${server.url}/m/coaching`,
    "under its mount behind a proxy": () => `${proxy.url}/m/coaching`,
};

for (const [where, base] of Object.entries(PLACES))
    test(`sign up, add somebody, reload: ${where}`, async () => {
        const one = await Person.open(browser, base(), "Grace");
        await one.signUp();
        await one.adds(ben.email, "Friends");
        await one.title(ben.name).waitFor();
        await one.page.reload();
        await one.title(ben.name).waitFor();
        one.noTrouble(LEFT);
        await one.close();
    });

/* ---- invitations ---- */

test("who has no account is invited: the link leads in, and to who has sent it", async () => {
    const host = await Person.open(browser, server.url, "Hosta");
    await host.signUp();
    await host.adds(`guest-${process.pid}@example.org`, "Family");
    const dialog = host.dialog("The invitation is ready");
    const link = await dialog.getByLabel("Link").inputValue();
    assert.match(link, /\/coaching#\/sign-up\/[\w-]{43}$/);
    await host.page.keyboard.press("Escape");

    const guest = await Person.open(browser, server.url, "Guest");
    guest.email = `guest-${process.pid}@example.org`;
    const token = link.split("/").at(-1);
    await guest.page.goto(`${server.url}/signup?token=${token}`);
    await guest.sees("Hosta invites you: as family.");
    assert.equal(await guest.field("E-mail address").inputValue(), guest.email);
    assert.ok(!new URL(guest.page.url()).search, "the token is not in what servers see");
    await guest.field("Name").fill("Guest");
    await guest.field("Password").fill("pass123");
    await guest.button("Create account").click();
    await guest.page.getByRole("link", { name: "Hosta" }).waitFor();
    await host.page.reload();
    await host.title("Guest").waitFor();
    await host.panel("Invitations").getByText("Accepted").waitFor();
    await guest.close();
    const late = await Person.open(browser, server.url, "Late");
    await late.page.goto(link);
    await late.sees("This invitation does not count any more.");
    late.noTrouble(/^answer: 404 GET \S+\/validate/, /^console: Failed to load resource: .*404/);
    await late.close();
    host.noTrouble(LEFT);
    await host.close();
});

/* ---- consent ---- */

test("consent is given, changed, revoked, and both see it", async () => {
    const one = await person("Cora"), other = await person("Dora");
    const { id } = await call(one, "POST", "relationships", { json: { type: "romantic", member_ids: [other.id] } });
    const page = await signedIn(one, `#/relationships/${id}`);
    await page.getByLabel("Start from").selectOption("Default Couple Settings");
    await page.getByRole("button", { name: "Give consent" }).click();
    await page.getByText("Your consent is saved.").first().waitFor();
    await page.getByText("Not everybody has given their consent.").waitFor();
    const { members } = await call(other, "GET", `relationships/${id}/consent`);
    assert.deepEqual(members.find(member => member.user_id === one.id).scopes.sort(), ["MEDIATION_ALLOWED", "REALTIME_FEATURES_ONLY", "SUMMARY_SHARED"]);
    await page.getByLabel("Help in disagreements").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Nudges while we talk, A summary we both see").waitFor();
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("Your consent is revoked.").first().waitFor();
    const { members: now } = await call(other, "GET", `relationships/${id}/consent`);
    assert.equal(now.find(member => member.user_id === one.id).consent_status, "REVOKED");
    await closed(page);
});

test("the profile is changed and shown again; what is not changed stays", async () => {
    const who = await person("Flora"), page = await signedIn(who, "#/profile");
    await page.getByLabel("Name", { exact: true }).fill("Flora the Second");
    await page.getByLabel("How I like to be told things").selectOption("Gently");
    await page.getByLabel("Goals").fill("listen\nask");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your profile is saved.").first().waitFor();
    await page.reload();
    await page.getByText("Flora the Second").first().waitFor();
    const me = await call(who, "GET", "users/me");
    assert.deepEqual([me.display_name, me.communication_style, me.goals, me.hobbies], ["Flora the Second", "GENTLE", ["listen", "ask"], null]);
    await closed(page);
});

/* ---- together ---- */

test("things to do together are told, and all of them are seen", async () => {
    const page = await signedIn(ada, `#/relationships/${couple}`), told = await call(ada, "GET", `activities/suggestions?rid=${couple}`);
    const cards = page.getByRole("region", { name: "Things to do together" }).getByRole("listitem");
    await cards.first().waitFor();
    assert.ok(told.length >= 5);
    assert.deepEqual(await cards.allTextContents(), told.map(({ title, description }) => title + description));
    await closed(page);
});

/* ---- keyboard ---- */

test("by keyboard alone: signing in, opening a relationship, poking, starting a session, ending it", async () => {
    const page = await openPage(browser, { reducedMotion: "reduce", permissions: ["microphone"] }), { keyboard } = page;
    const who = await person("Keyes"), friend = await person("Friend");
    await call(who, "POST", "relationships", { json: { type: "friend", member_ids: [friend.id] } });
    await page.goto(`${server.url}/coaching`);
    await page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
    await tabTo(page, "E-mail address");
    await keyboard.type(who.email);
    await tabTo(page, "Password");
    await keyboard.type(who.password);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Together", level: 1 }).waitFor();
    await tabTo(page, "Friend");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Friend", level: 1 }).waitFor();
    await tabTo(page, "Start a session");
    await keyboard.press("Enter");
    await page.locator(".pill[data-phase=live]").waitFor();
    await tabTo(page, "Start listening");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Stop listening" }).waitFor();
    await page.locator(".gauge:not([data-zone=off])").first().waitFor();
    await tabTo(page, "End the session");
    await keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "End the session" }).focus();
    await keyboard.press("Enter");
    await page.getByRole("region", { name: "Summary" }).waitFor();
    await closed(page);
});

/* ---- screens: for a screen reader, and as narrow as a phone ---- */

const SCREENS = {
    "coaching sign in": { hash: () => "#/sign-in", ready: "Sign in" },
    "coaching sign up": { hash: () => "#/sign-up", ready: "Create an account" },
    "together": { as: true, hash: () => "#/", ready: "Going on now" },
    "a relationship": { as: true, hash: () => `#/relationships/${couple}`, ready: "Things to do together" },
    "a session": { as: true, hash: () => `#/sessions/${session}`, ready: "Live", listen: true },
    "a session's report": { as: true, hash: () => `#/sessions/${ada.ended}/report`, ready: "For the next time" },
    "sessions": { as: true, hash: () => "#/history", ready: "Ended" },
    "profile": { as: true, hash: () => "#/profile", ready: "About me" },
};

async function openScreen({ as, hash, ready, listen }, options) {
    const page = as ? await signedIn(ada, hash(), options) : await openPage(browser, { reducedMotion: "reduce", ...options });
    if (!as)
        await page.goto(`${server.url}/coaching${hash()}`);
    await page.getByText(ready).first().waitFor({ state: "attached" });
    if (listen) {
        await page.getByRole("button", { name: "Start listening" }).click();
        await page.locator(".gauge:not([data-zone=off])").first().waitFor();
    }
    return page;
}

for (const [name, screen] of Object.entries(SCREENS))
    test(`nothing keeps people out, and a phone is wide enough: ${name}`, async () => {
        for (const colorScheme of ["light", "dark"]) {
            const page = await openScreen(screen, { ...PHONE, colorScheme });
            await screenshot(page, `tall-${name.replaceAll(" ", "-")}-${colorScheme}`);
            await letsEverybodyIn(page, `${name.replaceAll(" ", "-")}-${colorScheme}`);
            await closed(page);
        }
    });

/* ---- when something goes wrong ---- */

test("a wrong password, an address that is taken, a server that is not there: said in words", async () => {
    const page = await openPage(browser);
    await page.goto(`${server.url}/coaching#/sign-in`);
    await page.getByLabel("E-mail address").fill(ada.email);
    await page.getByLabel("Password").fill("wrong password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("E-mail address or password is wrong.").waitFor();
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Ada again");
    await page.getByLabel("E-mail address").fill(ada.email);
    await page.getByLabel("Password").fill("another one");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("There is an account with this e-mail address already.").waitFor();
    await page.route("**/auth/signup", route => route.abort());
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
    await closed(page, /^answer: 40[01] POST \S+\/auth\//, /^console: Failed to load resource/, /^failed: POST \S+\/auth\/signup net::ERR_FAILED/);
});

test("an access token that has ended is changed for a new one, without a word", async () => {
    const who = await person("Eve"), page = await signedIn({ ...who, token: "ended" }, "#/profile");
    await page.getByRole("heading", { name: "Profile", level: 1 }).waitFor();
    const { token, refresh } = await page.evaluate(() => JSON.parse(sessionStorage.getItem("lectern.coaching")));
    assert.notEqual(token, "ended");
    assert.ok(refresh);
    await closed(page, /^answer: 401 /, /^console: (Failed to load resource: .*401|WebSocket)/);
});

test("a sign-in that no longer counts: one is asked to sign in again, and is then where one was", async () => {
    const page = await signedIn({ ...ada, token: "ended", refresh: "ended" }, `#/relationships/${couple}`);
    await page.getByText("Your sign-in is no longer valid.").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem("lectern.coaching")), null);
    await page.getByLabel("E-mail address").fill(ada.email);
    await page.getByLabel("Password").fill(ada.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: ben.name, level: 1 }).waitFor();
    await closed(page, /^answer: (401|429) /, /^console: (Failed to load resource: .*4(01|29)|WebSocket)/);
});

test("a relationship of others, a session that is not there: said, and the way back", async () => {
    const stranger = await person("Stranger"), page = await signedIn(stranger, `#/relationships/${couple}`);
    await page.getByText("You are not part of this, or it does not exist any more.").first().waitFor();
    await page.goto(`${server.url}/coaching#/sessions/${session}`);
    await page.getByText("This is not yours to see.").waitFor();
    await page.getByRole("link", { name: "Together" }).click();
    await page.getByText("Nobody yet. Add somebody below.").waitFor();
    await closed(page, /^answer: 40[34] GET/, /^console: Failed to load resource: .*40[34]/);
});

test("a microphone that is not allowed: said why, and the session goes on", async () => {
    const page = await signedIn(ada, `#/sessions/${session}`, { permissions: [] });
    await page.getByRole("button", { name: "Start listening" }).click();
    await page.getByRole("alert").getByText("The browser does not allow the microphone.").waitFor();
    await page.locator(".pill[data-phase=live]").waitFor();
    await closed(page);
});

test("a relationship is removed, after a question", async () => {
    const one = await person("Rue"), other = await person("Sue");
    await call(one, "POST", "relationships", { json: { type: "date", member_ids: [other.id] } });
    const page = await signedIn(one, "#/");
    await page.getByRole("link", { name: "Sue" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("Nobody yet. Add somebody below.").waitFor();
    assert.deepEqual(await call(other, "GET", "relationships"), []);
    await closed(page);
});
