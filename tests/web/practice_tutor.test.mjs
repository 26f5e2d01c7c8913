/* The tutor beside an exercise, with a conversation played here by the contract: the reply appears as it is written, a connection that breaks comes
 * back, what was not stored is not lost, and without a socket it goes by requests. */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { after, before, test } from "node:test";

import { PATIENCE_MS, assertNoTrouble, launchBrowser, screenshot } from "./browser.mjs";
import { Person } from "./practice/person.mjs";
import { startServer } from "./server.mjs";

const TITLE = "Sum of two";

let server, browser;

before(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    const account = { email: "tess@example.org", name: "Tess", password: "pass123" };
    await server.call("POST", "/m/practice/api/auth/register/teacher", { json: account });
    const { access_token: token } = await server.call("POST", "/m/practice/api/auth/login/teacher", { json: account });
    await server.call("POST", "/m/practice/api/exercises/", { token, status: 201, json: {
        title: TITLE, description: "Add.", difficulty_level: "easy", topic: "functions", starter_code: "x = 1" } });
});
after(() => Promise.all([browser?.close(), server?.close()]));

/* The tutor's side: sessions and messages as they are stored, sockets as they come. `sockets` false: there are none. */
class Tutor {
    constructor({ sockets = true } = {}) {
        Object.assign(this, { sockets, sessions: [], messages: [], open: [], ear: new EventEmitter(), heard: [], refuse: null });
    }

    async attend(page) {
        await page.route(/\/api\/chat\//, route => this.answer(route));
        await page.routeWebSocket(/\/api\/chat\/ws\//, socket => this.meet(socket));
    }

    store(role, content, metadata = {}) {
        const message = { id: this.messages.length + 1, session_id: this.sessions.at(-1).id, role, content, message_metadata: metadata, created_at: "2026-01-29T11:29:39.123456" };
        this.messages.push(message);
        return message;
    }

    answer(route) {
        const request = route.request(), url = new URL(request.url());
        const json = (status, body) => route.fulfill({ status, json: body });
        if (this.refuse && request.method() === "POST")
            return json(...this.refuse);
        if (request.method() === "POST" && url.pathname.endsWith("/sessions/")) {
            this.sessions.push({ id: this.sessions.length + 9, topic: url.searchParams.get("topic"), is_active: true });
            return json(201, this.sessions.at(-1));
        }
        if (request.method() === "POST") {
            const { content, message_metadata: metadata } = request.postDataJSON();
            const stored = this.store("user", content, metadata);
            this.store("assistant", "By request.");
            return json(200, stored);
        }
        return json(200, url.pathname.endsWith("/messages") ? this.messages : [...this.sessions].reverse());
    }

    meet(socket) {
        if (!this.sockets)
            return socket.close({ code: 4000 });
        this.open.push(socket);
        socket.onMessage(text => {
            this.heard.push(JSON.parse(text));
            this.ear.emit("heard");
        });
    }

    /* The next frame of the page's. */
    async hears() {
        if (!this.heard.length)
            await once(this.ear, "heard", { signal: AbortSignal.timeout(PATIENCE_MS) });
        return this.heard.shift();
    }

    tells(frame) { this.open.at(-1).send(JSON.stringify(frame)); }
    stores(role, content, metadata) { this.tells({ type: "message", ...this.store(role, content, metadata) }); }
}

async function atExercise(name, tutor) {
    const one = await Person.open(browser, server.url, name);
    await tutor.attend(one.page);
    await one.signUp("Student");
    await one.opens(TITLE);
    one.asks = async text => {
        await one.field("Your question").fill(text);
        await one.page.keyboard.press("Enter");
    };
    one.conversation = one.page.locator(".messages .message-text");
    return one;
}

test("a question is shown when it is stored, the reply as it is written, both after a reload", async () => {
    const tutor = new Tutor(), one = await atExercise("Ada", tutor);
    await one.sees("Stuck?");
    await one.asks("Why <b>?");
    const { type, content, message_metadata: metadata } = await tutor.hears();
    assert.equal(type, "message");
    assert.equal(content, `Exercise: ${TITLE}\nAdd.\n\nWhy <b>?\n\nMy code (Python):\nx = 1`);
    assert.equal(await one.conversation.count(), 0);
    tutor.stores("user", content, metadata);
    await one.reads(one.conversation, ["Why <b>?"]);
    await one.sees("with your code");
    await one.sees("The tutor is thinking…");
    tutor.tells({ type: "delta", content: "Beca" });
    await one.page.locator(".writing", { hasText: /^Beca$/ }).waitFor();
    tutor.tells({ type: "delta", content: "use <i>" });
    await one.page.locator(".writing", { hasText: "Because <i>" }).waitFor();
    await screenshot(one.page, "practice-tutor-writing", {});
    tutor.stores("assistant", "Because <i>it</i> does.");
    await one.reads(one.conversation, ["Why <b>?", "Because <i>it</i> does."]);
    await one.page.locator(".writing").waitFor({ state: "hidden" });
    await one.page.getByLabel("Send my code along").uncheck();
    await one.asks("And then?");
    assert.equal((await tutor.hears()).content, "And then?");
    await one.page.reload();
    await one.reads(one.conversation, ["Why <b>?", "Because <i>it</i> does."]);
    assert.equal(tutor.sessions.length, 1);
    one.noTrouble();
    await one.close();
});

test("a connection that breaks comes back: what was stored shows, what was not is there to be sent again", async () => {
    const tutor = new Tutor(), one = await atExercise("Ben", tutor);
    await one.asks("First?");
    const first = await tutor.hears();
    tutor.store("user", first.content, first.message_metadata);
    await tutor.open.at(-1).close({ code: 1001 });
    await one.page.locator(".pill[data-phase=waiting]").waitFor();
    tutor.store("assistant", "Meanwhile.");
    await one.page.locator(".pill[data-phase=live]").waitFor();
    await one.reads(one.conversation, ["First?", "Meanwhile."]);
    assert.equal(await one.field("Your question").inputValue(), "");
    await one.asks("Lost?");
    await tutor.hears();
    await tutor.open.at(-1).close({ code: 1001 });
    await one.page.getByRole("alert").getByText("Not sent.").waitFor();
    assert.equal(await one.field("Your question").inputValue(), "Lost?");
    await one.reads(one.conversation, ["First?", "Meanwhile."]);
    one.noTrouble();
    await one.close();
});

test("a frame that could not be used, and an end from elsewhere: the next question opens a new conversation", async () => {
    const tutor = new Tutor(), one = await atExercise("Cem", tutor);
    await one.asks("Too odd?");
    await tutor.hears();
    tutor.tells({ type: "error", detail: "no" });
    await one.page.getByRole("alert").getByText("Not sent.").waitFor();
    tutor.sessions.at(-1).is_active = false;
    tutor.tells({ type: "ended" });
    await tutor.open.at(-1).close({ code: 1000 });
    await one.page.locator(".pill").waitFor({ state: "hidden" });
    await one.page.keyboard.press("Enter");
    const { content, message_metadata: metadata } = await tutor.hears();
    assert.ok(content.startsWith(`Exercise: ${TITLE}\n`), content);
    tutor.stores("user", content, metadata);
    tutor.stores("assistant", "Better.");
    await one.reads(one.conversation, ["Too odd?", "Better."]);
    assert.equal(tutor.sessions.length, 2);
    one.noTrouble();
    await one.close();
});

test("where no socket comes through it goes by requests, and a refusal keeps what was typed", async () => {
    const tutor = new Tutor({ sockets: false }), one = await atExercise("Dee", tutor);
    tutor.refuse = [503, { detail: "Server is busy, try again" }];
    await one.asks("Anybody?");
    await one.page.getByRole("alert").getByText("Not sent. The server is busy.").waitFor();
    assert.equal(await one.field("Your question").inputValue(), "Anybody?");
    tutor.refuse = null;
    await one.page.getByRole("button", { name: "Send" }).click();
    await one.reads(one.conversation, ["Anybody?", "By request."]);
    assertNoTrouble(one.page, /^answer: 503 POST/, /^console: Failed to load resource: .*503/);
    await one.close();
});
