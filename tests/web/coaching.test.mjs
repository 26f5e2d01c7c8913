/* Two people in real Chromium with the page of coaching: they find each other, talk into fake microphones, are nudged, and read what is left of it;
 * over reloads and a server that dies. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launchBrowser, screenshot } from "./browser.mjs";
import { Person } from "./coaching/person.mjs";
import { TEXT, folder, spoken, together, writeWav } from "./coaching/speech.mjs";
import { startServer } from "./server.mjs";

/* What leaving a screen with a request under way ends, and what a server that is away breaks. */
const LEFT = /^failed: GET \S+ net::ERR_ABORTED/;
const AWAY = [LEFT, /^failed: \S+ \S+ net::ERR_/, /^console: (Failed to load resource|WebSocket connection to)/, /^answer: 50[023] /, /^answer: 403 GET \S+\/ws/];

const into = folder();
let server;

/* A browser whose microphone hears this file again and again. */
const browserHearing = path => launchBrowser("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${path}`);

before(async () => { server = await startServer(); });
after(() => server?.close());

/* All that has left a device: two numbers a second, and what was typed. Addresses are no hiding place either. */
function assertNoSound({ requests, frames }, session) {
    const told = frames.filter(frame => frame !== "ping").map(frame => JSON.parse(frame));
    assert.ok(told.length > 5, "it was measured");
    for (const { type, sid, payload, ...more } of told) {
        assert.deepEqual([type, sid, more, Object.keys(payload)], ["client.feature_frame", session, {}, ["timestamp_ms", "speaking_rate", "overlap_ratio"]]);
        assert.ok(Object.values(payload).every(Number.isFinite));
    }
    for (const { line, body } of requests) { /* an access token has some 250 letters */
        assert.ok(line.length < 600 && (body ?? "").length < 1000, line);
        assert.ok(body === null || JSON.parse(body));
    }
    const afterwards = requests.slice(requests.findLastIndex(({ line }) => /\/worklet\.js$/.test(line)));
    assert.deepEqual(afterwards.filter(({ line, body }) => body !== null && !/auth\/refresh$/.test(line)), [], "nothing but frames, once it listens");
}

/* Two people in browsers of their own, each hearing a file, together in one relationship that the first shows. */
async function couple(t, heardByOne, heardByOther) {
    const browsers = await Promise.all([heardByOne, heardByOther].map(browserHearing));
    t.after(() => Promise.all(browsers.map(browser => browser.close())));
    const [ada, ben] = await Promise.all([["Ada", browsers[0]], ["Ben", browsers[1]]].map(([name, browser]) => Person.open(browser, server.url, name)));
    await Promise.all([ada.signUp(), ben.signUp()]);
    await ada.adds(ben.email);
    await ada.title("Ben").waitFor();
    return [ada, ben];
}

test("two people talk fast and at once, are nudged, reload, lose the server, and read the report", async t => {
    const fast = writeWav(join(into, "fast.wav"), spoken(into, "en-us", 260));
    const both = writeWav(join(into, "both.wav"), together(spoken(into, "en-us", 130), spoken(into, "en-gb-scotland+f2", 130, TEXT.slice(TEXT.indexOf("The other thing")) + TEXT)));
    const [ada, ben] = await couple(t, fast, both);
    const session = await ada.startsSession();

    /* The partner finds what goes on, without being told. */
    await ben.link("Join").click();
    await ben.isLive();
    await ben.sees("With Ada");
    await ada.sees("No sound leaves this device");

    await ada.field("Say nudges softly").check();
    await ada.listens();
    await ada.isMeasured();
    await Promise.all([ada, ben].map(one => one.isNudged("SLOW_DOWN")));
    await ada.page.waitForFunction(() => window.said.includes("Try slowing down."));
    await ben.listens();
    await Promise.all([ada, ben].map(one => one.isNudged("PAUSE")));
    await screenshot(ada.page, "coaching-session");
    assert.deepEqual(await ben.page.evaluate(() => window.said), [], "who has not asked for it hears nothing");

    /* A reload: the page is where it was, and listens. */
    await ada.page.reload();
    await ada.isLive();
    await ada.button("Stop listening").waitFor();
    await ada.isNudged("SLOW_DOWN");

    /* A server that dies and comes back. */
    await server.kill();
    await Promise.all([ada.isCutOff(), ben.isCutOff()]);
    await ada.sees("The server is not reached: no nudges until it is.");
    await server.start();
    await Promise.all([ada.isLive(), ben.isLive()]);
    const before = await ada.nudges("SLOW_DOWN").count();
    await ada.isNudged("SLOW_DOWN", before);

    /* The end, for both. */
    await ada.button("End the session").click();
    await ada.button("End the session", ada.dialog("End the session?")).click();
    await Promise.all([ada, ben].map(one => one.title("Report").waitFor()));
    await Promise.all([ada, ben].map(one => one.panel("Summary").waitFor()));
    await ada.sees("With Ben");
    const summary = await ada.panel("Summary").locator(".report-summary").innerText();
    const [, all, slow, pause] = summary.match(/^(\d+) nudges delivered\. (\d+) slow-down suggestions, (\d+) pause suggestions\.$/).map(Number);
    assert.ok(all === slow + pause && slow >= 3 && pause >= 1, summary);
    assert.equal(await ben.panel("Summary").locator(".report-summary").innerText(), summary);

    await ben.goTo("Sessions");
    await ben.sees("With Ada");
    await ben.sees("Ended");
    await ben.page.goto(`${server.url}/coaching#/sessions/${session}`);
    await ben.panel("Summary").waitFor();
    [ada, ben].forEach(one => {
        one.noTrouble(...AWAY);
        assertNoSound(one.left, session);
    });
});

test("pokes arrive live, wherever one is, and are kept", async t => {
    const quiet = writeWav(join(into, "quiet.wav"), { rate: 22050, samples: new Float32Array(22050) });
    const [ada, ben] = await couple(t, quiet, quiet);
    const established = new Promise(done => ben.page.on("websocket", socket => socket.on("framereceived", ({ payload }) => /established/.test(payload) && done())));
    await ben.page.reload();
    await established;
    await ben.goTo("Profile");
    await ada.button(/^Love/).click();
    await ada.sees("You to Ben: Love ❤️");
    await ben.page.locator(".notice", { hasText: "Ada: Love ❤️" }).waitFor();
    await ben.goTo("Together");
    await ben.link("Ada").click();
    await ben.sees("Ada: Love ❤️");
    await ada.button(/^Sorry/).click();
    await ben.panel("Pokes").getByText("Ada: Sorry 🙏").waitFor();
    [ada, ben].forEach(one => one.noTrouble(LEFT));
});
