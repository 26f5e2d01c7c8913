/* The console in a browser: it shows what `lectern admin` says, moves, sorts, marks what is silent, survives the server, and keeps nobody out. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { assertNoTrouble, launchBrowser, openPage, screenshot } from "./browser.mjs";
import { load } from "./modules.mjs";
import { startServer } from "./server.mjs";

const LECTERN = process.env.LECTERN_BIN ?? fileURLToPath(new URL("../../build/lectern", import.meta.url));
const PHONE = { viewport: { width: 360, height: 740 } };
const listened = [];
let server, browser, axe, teacher, session, seat, base;

/* A port that nobody listens at, below those the kernel gives to connections out: the console is to come back at the same one. */
async function freePort() {
    const least = Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"));
    for (;;) {
        const port = randomInt(Math.min(10000, least - 1000), least);
        const probe = createServer().listen(port, "127.0.0.1");
        const free = await new Promise(resolve => probe.once("listening", () => resolve(true)).once("error", () => resolve(false)));
        if (!free)
            continue;
        await new Promise(resolve => probe.close(resolve));
        return port;
    }
}

async function admin(...words) {
    const { stdout } = await promisify(execFile)(LECTERN, ["admin", "--data", server.data, ...words, "--json"]);
    return JSON.parse(stdout);
}

/* In the page: is there anything of the first line's colour? */
function lineDrawn(chart) {
    const canvas = document.querySelector(`[data-chart=${chart}] canvas`);
    const wanted = getComputedStyle(document.documentElement).getPropertyValue("--series-1").trim();
    const [r, g, b] = [1, 3, 5].map(at => Number.parseInt(wanted.slice(at, at + 2), 16));
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, i) => i % 4 === 0 && value === r && data[i + 1] === g && data[i + 2] === b);
}

/* Somebody in the room, whose stream is read and dropped. */
async function listen(person) {
    const end = new AbortController();
    const answer = await fetch(`${server.url}/sse/sessions/${session.session_id}`, { headers: { Authorization: `Bearer ${person.token}` }, signal: end.signal });
    assert.equal(answer.status, 200);
    listened.push(end);
    answer.body.pipeTo(new WritableStream()).catch(() => {});
}

before(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    [server, browser, axe] = await Promise.all([startServer("--console", `127.0.0.1:${port}`), launchBrowser(), load("axe-core").then(found => found.default.source)]);
    teacher = await server.person("teacher", "Ada Lovelace");
    session = await server.call("POST", "/sessions", { token: teacher.token, json: { title: "Engines" } });
    await listen(teacher);
    seat = await server.call("POST", `/sessions/${session.session_id}/join`, { token: teacher.token, json: {} });
});
after(async () => {
    listened.forEach(end => end.abort());
    await Promise.all([server?.close(), browser?.close()]);
});

async function openConsole(options) {
    const page = await openPage(browser, options);
    await page.goto(`${base}/console`);
    await page.locator(".status[data-state=live]").waitFor();
    await page.locator("[data-chart=requests] canvas").waitFor();
    return page;
}

const section = (page, name) => page.locator(`[data-section=${name}]`);
const chat = () => server.call("POST", `/sessions/${session.session_id}/chat`, { token: teacher.token, json: { participant_id: seat.participant_id, message: "hello" } });

test("it shows what lectern admin says", async () => {
    const page = await openConsole();
    const info = await admin("info"), workers = await admin("workers"), queues = await admin("queues"), rooms = await admin("rooms");
    for (const key of ["version", "address", "state", "pid"])
        assert.equal(await page.locator(`[data-tile=${key}] dd`).innerText(), String(info[key]));
    assert.equal(await section(page, "workers").locator("tbody tr").count(), workers.length);
    assert.deepEqual(await section(page, "queues").locator("tbody tr td:first-child").allInnerTexts(), queues.map(row => row.queue));
    const shown = await section(page, "rooms").locator("tbody tr").allInnerTexts();
    assert.equal(shown.length, rooms.length);
    assert.ok(shown[0].includes(String(session.session_id)));
    assert.ok((await section(page, "conns").locator("tbody tr").allInnerTexts()).some(text => text.includes("GET /sse/sessions/")));
    assert.ok(!(await page.locator("body").innerText()).includes(teacher.name), "names nobody");
    await screenshot(page, "console");
    assertNoTrouble(page);
    await page.context().close();
});

test("the charts move", async () => {
    const page = await openConsole();
    const above = key => page.waitForFunction(name => Number.parseFloat(document.querySelector(`[data-chart=${name}] .now`).textContent) > 0, key);
    let on = true;
    const talk = (async () => { while (on) await chat(); })();
    try {
        await Promise.all(["messages", "requests", "deliveries", "memory"].map(above));
        await page.waitForFunction(() => /p50 .*p99 \d/.test(document.querySelector("[data-chart=latency] .now").textContent));
        await Promise.all(["messages", "requests", "deliveries", "memory", "busy"].map(key => page.waitForFunction(lineDrawn, key)));
    } finally {
        on = false;
        await talk;
    }
    assertNoTrouble(page);
    await page.context().close();
});

test("tables sort, by keyboard too", async () => {
    const page = await openConsole();
    const table = section(page, "queues"), column = table.locator("th", { hasText: "limit" });
    const limits = async () => (await table.locator("tbody tr td:nth-child(3)").allInnerTexts()).filter(text => text !== "–").map(text => Number(text.replaceAll(",", "")));
    await column.locator("button").focus();
    await page.keyboard.press("Enter");
    assert.equal(await column.getAttribute("aria-sort"), "descending");
    assert.deepEqual(await limits(), (await limits()).sort((a, b) => b - a));
    await page.keyboard.press("Enter");
    assert.equal(await column.getAttribute("aria-sort"), "ascending");
    assert.deepEqual(await limits(), (await limits()).sort((a, b) => a - b));
    await page.keyboard.press("Enter");
    assert.equal(await column.getAttribute("aria-sort"), null);
    await page.context().close();
});

test("a silent worker is marked, an unknown command left out", async () => {
    const page = await openPage(browser);
    const answers = {
        info: { v: 1, ok: true, data: { version: "1", pid: 1 } },
        workers: { v: 1, ok: true, data: [{ worker: 0, answered: true, busy_now: 0.5 }, { worker: 1, answered: false }], silent: [1] },
        db: { v: 1, ok: false, error: "the database is away" },
        rooms: { v: 1, ok: true, data: [] },
        queues: { v: 1, ok: false, error: "there is no command \"queues\"; ask help" },
    };
    await page.route("**/console/events", route => route.fulfill({ contentType: "text/event-stream", body: `event: answers\ndata: ${JSON.stringify({ at_ms: 1000, answers })}\n\n` }));
    await page.goto(`${base}/console`);
    await section(page, "workers").locator("tr.silent").waitFor();
    assert.match(await section(page, "workers").innerText(), /Silent: worker 1\./);
    assert.match(await section(page, "rooms").innerText(), /Nothing to show/);
    assert.match(await section(page, "db").innerText(), /the database is away/);
    assert.ok(!await section(page, "queues").isVisible());
    assertNoTrouble(page);
    await page.context().close();
});

test("a killed server is noticed, and its return", async () => {
    const page = await openConsole();
    const pid = await page.locator("[data-tile=pid] dd").innerText();
    await server.kill();
    await page.locator(".status[data-state=lost]").waitFor();
    assert.match(await page.locator(".status").innerText(), /Connection lost at .*; trying again/);
    await server.start();
    await page.locator(".status[data-state=live]").waitFor();
    await page.waitForFunction(old => document.querySelector("[data-tile=pid] dd").textContent !== old, pid);
    assertNoTrouble(page, /console\/events/);
    await page.context().close();
});

test("nothing keeps people out, and a phone is wide enough", async () => {
    for (const colorScheme of ["light", "dark"]) {
        const page = await openConsole({ ...PHONE, colorScheme });
        for (const viewport of [PHONE.viewport, { width: 1280, height: 900 }]) {
            await page.setViewportSize(viewport);
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
            assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical")
                .map(({ id, nodes }) => `${id}: ${nodes.map(node => node.failureSummary).join("; ")}`), [], `${colorScheme} ${viewport.width}`);
            await screenshot(page, `console-${colorScheme}-${viewport.width}`);
        }
        assertNoTrouble(page);
        await page.context().close();
    }
});
