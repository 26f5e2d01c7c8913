/* Sockets by clients of others: Chromium's own and the npm package ws each hold a conversation in one class. */
import assert from "node:assert/strict";
import { on } from "node:events";
import { after, before, test } from "node:test";

import { launchBrowser, openPage } from "./browser.mjs";
import { load } from "./modules.mjs";
import { startServer } from "./server.mjs";

const { default: WebSocket } = await load("ws");
let server, browser, teacher, session;

before(async () => {
    [server, browser] = await Promise.all([startServer("--identity", "token", "--ws-ping", "1"), launchBrowser()]);
    teacher = await server.person("teacher");
    session = (await server.call("POST", "/sessions", { token: teacher.token, json: { title: "Sockets" } })).session_id;
});
after(() => Promise.all([browser?.close(), server?.close()]));

const address = (token, more = "") => `${server.url.replace("http", "ws")}/ws/sessions/${session}?token=${token}${more}`;

/* In the page: a socket whose messages are read one after the other. */
function pageSocket(url) {
    const socket = new WebSocket(url), waiting = [], readers = [];
    window.told = { next: () => waiting.length ? Promise.resolve(waiting.shift()) : new Promise(done => readers.push(done)) };
    const take = what => readers.length ? readers.shift()(what) : waiting.push(what);
    socket.onmessage = message => take(JSON.parse(message.data));
    socket.onclose = end => take({ closed: end.code, reason: end.reason, clean: end.wasClean });
    window.socket = socket;
    return new Promise((done, failed) => { socket.onopen = () => done(socket.protocol + socket.extensions); socket.onerror = () => failed(new Error("refused")); });
}
const told = page => page.evaluate(() => window.told.next());
async function until(next, fits) {
    for (;;) {
        const got = await next();
        if (fits(got))
            return got;
        assert.equal(got.closed, undefined, JSON.stringify(got));
    }
}

test("Chromium holds a conversation", async () => {
    const page = await openPage(browser), student = await server.person("student", "Chromium");
    await page.goto(`${server.url}/livez`);
    assert.equal(await page.evaluate(pageSocket, address(student.token)), "", "no subprotocol, no extension");
    const next = () => told(page);
    assert.equal((await next()).event, "connected");
    assert.equal((await next()).event, "session_state");
    await page.evaluate(() => socket.send(JSON.stringify({ type: "chat", text: "H\u00e9llo \u{1f600}".repeat(200), ref: 7 })));
    assert.deepEqual(await until(next, got => got.ref === 7), { ref: 7, status: 200, body: { ok: true } });
    const big = "x".repeat(300000);
    await page.evaluate(text => socket.send(JSON.stringify({ type: "nothing", pad: text, ref: "big" })), big);
    assert.equal((await until(next, got => got.ref === "big")).status, 400);
    await page.evaluate(() => socket.close(4000, "enough"));
    assert.deepEqual(await until(next, got => got.closed), { closed: 4000, reason: "", clean: true });
    await page.context().close();
});

test("Chromium is told why it ends, and what refuses it", async () => {
    const page = await openPage(browser), student = await server.person("student", "Kicked");
    await page.goto(`${server.url}/livez`);
    await assert.rejects(page.evaluate(pageSocket, address("a.b.c")), /refused/);
    await page.evaluate(pageSocket, address(student.token));
    const next = () => told(page), me = await until(next, got => got.event === "connected");
    await server.call("DELETE", `/sessions/${session}/participants/${me.data.participant_id}`, { token: teacher.token });
    await until(next, got => got.event === "kicked");
    assert.deepEqual(await next(), { closed: 4403, reason: "removed", clean: true });
    await page.context().close();
});

/* The messages of a client of ws as JSON, and its end. */
function open(url, options = {}) {
    const socket = new WebSocket(url, options), messages = on(socket, "message", { close: ["close"] });
    const opened = new Promise((done, failed) => socket.once("open", done).once("error", failed));
    const closed = new Promise(done => socket.once("close", (code, reason) => done([code, String(reason)])));
    return { socket, opened, closed, next: async () => JSON.parse((await messages.next()).value[0]) };
}

test("the package ws holds a conversation", async () => {
    const student = await server.person("student", "Node");
    const { socket, opened, closed, next } = open(address(student.token), { perMessageDeflate: true, headers: { "X-Other": "1" } });
    const pinged = new Promise(done => socket.once("ping", done));
    await opened;
    assert.equal(socket.extensions, "");
    assert.equal((await next()).event, "connected");
    const ponged = new Promise(done => socket.once("pong", data => done(String(data))));
    socket.ping("are you there");
    assert.equal(await ponged, "are you there");
    socket.send("{\"type\":\"raise", { fin: false });
    socket.ping("in between");
    socket.send("_hand\",\"ref\":[1]}", { fin: true });
    assert.deepEqual((await until(next, got => got.ref)).body, { ok: true });
    await pinged;
    socket.close(1000, "bye");
    assert.deepEqual(await closed, [1000, ""]);
});

test("the package ws comes back for what it missed", async () => {
    const student = await server.person("student", "Back"), first = open(address(student.token));
    const last = (await until(first.next, got => got.id)).id;
    await server.call("POST", `/sessions/${session}/action`, { token: teacher.token, json: { type: "chat", text: "before" } });
    await until(first.next, got => got.event === "chat");
    await server.kill();
    assert.equal((await first.closed)[0], 1006);
    await server.start();
    const again = open(address(student.token, `&last_event_id=${last}`));
    const missed = await until(again.next, got => got.event === "chat");
    assert.equal(missed.data.text, "before");
    await until(again.next, got => got.event === "resumed");
    await server.call("DELETE", `/sessions/${session}`, { token: teacher.token });
    assert.deepEqual(await again.closed, [1000, "over"]);
});

test("ws is refused by HTTP", async () => {
    for (const [url, status] of [[address("a.b.c"), 401], [address(teacher.token).replace(/\d+\?/, "999999?"), 404]]) {
        const { socket, opened } = open(url);
        const answer = new Promise(done => socket.once("unexpected-response", (_, got) => done(got.statusCode)));
        assert.equal(await Promise.race([answer, opened.catch(error => error.message)]), status);
        socket.terminate();
    }
});
