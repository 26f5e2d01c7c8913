/* A whole class in a browser: a teacher and three students, each in a context of their own, from signing up to the report. The cases are the
 * scenes of one play and build on one another. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launchBrowser, screenshot } from "./browser.mjs";
import { Person } from "./classroom/person.mjs";
import { wav } from "./classroom/wav.mjs";
import { startServer } from "./server.mjs";

const TITLE = "Spanish, lesson 4";
const RECORDING_S = 600;
const VOICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/* What leaving a class ends, and a body read piece by piece, whose end Chromium likes to call an abortion. */
const LEFT = [/^failed: GET \S+\/(sse\/sessions\/\d+|audio\/\d+\/stream\S*|sessions\/\d+\/audio\/state|sessions\/\d+\/logs\.ndjson) net::ERR_ABORTED/];
/* A voice's last signals, which may meet the end of the class, or of somebody's part in it. */
const late = status => [new RegExp(`^answer: ${status} POST \\S+/action`), new RegExp(`^console: Failed to load resource: .* ${status} .*/action\\)`)];
/* What a server that is killed leaves on a page's console. */
const CUT_OFF = [/^failed: .*net::ERR_/, /^console: Failed to load resource: net::ERR_/];

let server, browser, ada, ben, cem, dee, students, everybody, session;

before(async () => {
    [server, browser] = await Promise.all([startServer("--identity", "token"), launchBrowser(...VOICES)]);
    everybody = [ada, ben, cem, dee] = await Promise.all(["Ada", "Ben", "Cem", "Dee"].map(name => Person.open(browser, server.url, name)));
    students = [ben, cem, dee];
});
after(() => Promise.all([browser?.close(), server?.close()]));

/* A case that is not played when one before it has failed. */
let failed = null;
function scene(name, play) {
    test(name, async () => {
        assert.equal(failed, null, "not played: an earlier scene has failed");
        try {
            await play();
        } catch (error) {
            failed = name;
            throw error;
        }
    });
}

const each = (people, work) => Promise.all(people.map(work));
const call = (method, path, options) => server.call(method, path, { token: ada.token, ...options });
const act = (type, fields) => call("POST", `/sessions/${session}/action`, { json: { type, ...fields } });

scene("everybody signs up by the form; the teacher starts a class", async () => {
    await each(everybody, one => one.signUp(one === ada ? "Teacher" : "Student"));
    await ada.sees("No class is running. Start one above.");
    await ben.sees("No class is running. New ones show up here by themselves.");
    session = await ada.startClass(TITLE);
    await ada.sees("You are the first.");
    await ada.sees("Nothing has been said yet.");
});

scene("a student is invited", async () => {
    await ada.button("Invite").click();
    const dialog = ada.dialog("Invite students");
    await dialog.getByLabel("Find by name or phone number").fill("be");
    await ada.reads(dialog.locator("li .name"), ["Ben"]);
    await ada.button("Invite", dialog).click();
    await dialog.getByText("Ben is invited.").waitFor();
    await screenshot(ada.page, "class-invite", {});
    await ada.page.keyboard.press("Escape");
});

scene("the students see the class and join it", async () => {
    await each(students, one => one.joinClass(TITLE));
    await each(everybody, one => one.seesPeople("Ada", "Ben", "Cem", "Dee"));
});

scene("hands queue in the order they are raised", async () => {
    for (const [one, queue] of [[cem, ["Cem"]], [ben, ["Cem", "Ben"]], [dee, ["Cem", "Ben", "Dee"]]]) {
        await one.button("Raise hand").click();
        await ada.seesHands(...queue);
    }
    await ben.seesHands("Cem", "Ben (you)", "Dee");
    await ben.sees("Your hand is up, number 2 in line.");
    await ada.button("Lower the hand of Cem").click();
    await each([ada, dee], one => one.seesHands(...(one === dee ? ["Ben", "Dee (you)"] : ["Ben", "Dee"])));
    await ben.button("Raise hand").click();
    await ada.seesHands("Dee");
    await ada.button("Lower all").click();
    await each(everybody, one => one.seesHands());
    await dee.isPressed("Raise hand", false);
});

scene("everybody chats, and what is typed is text", async () => {
    await ada.say("Hello! Can everybody read this?");
    await ben.say("Yes <img src=x onerror=alert(1)> & \"quotes\"");
    await cem.say("¿Empezamos? 😀");
    const said = ["Hello! Can everybody read this?", "Yes <img src=x onerror=alert(1)> & \"quotes\"", "¿Empezamos? 😀"];
    await each(everybody, one => one.readsChat(said));
    assert.equal(await ada.page.locator(".message-text img").count(), 0);
});

scene("one is muted, all are muted, one unmutes", async () => {
    await ada.button("Mute Ben").click();
    await ben.isPressed("Mute");
    await ben.sees("You are muted.");
    await ada.isPressed("Mute Ben");
    await cem.personRow("Ben").getByText("Muted").waitFor();
    await ada.button("Mute all").click();
    await each(students, one => one.isPressed("Mute"));
    await ada.isPressed("Mute", false);
    await each(students, one => one.button("Mute").click());
    await each(students, one => one.isPressed("Mute", false));
});

scene("voices: everybody is connected with everybody and hears who holds the button", async () => {
    await each(everybody, one => one.isConnectedTo(3));
    await ada.press("Hold to talk");
    await ada.sees("Everybody hears you.");
    await each(students, one => one.receivesFrom(1));
    await each(students, one => one.hearsVoices(1));
    await ben.personRow("Ada").getByText("Speaking").waitFor();
    await screenshot(ben.page, "class-voice", {});
    await ada.release();
    await ada.isPressed("Hold to talk", false);
    assert.equal(await ada.speaks(), false);
});

scene("voices: the space bar talks, but not in the chat; who is muted is silent", async () => {
    await ben.page.locator("h1").focus();
    await ben.page.keyboard.down("Space");
    await ada.hearsVoices(1);
    await ben.page.keyboard.up("Space");
    await ben.field("Write a message").focus();
    await ben.page.keyboard.down("Space");
    assert.equal(await ben.speaks(), false);
    await ben.page.keyboard.up("Space");
    assert.equal(await ben.field("Write a message").inputValue(), " ");
    await ben.field("Write a message").fill("");
    await ben.field("Keep open").check();
    await ben.isPressed("Hold to talk");
    assert.equal(await ben.speaks(), true);
    await ada.button("Mute Ben").click();
    await ben.isPressed("Hold to talk", false);
    assert.equal(await ben.speaks(), false);
    await ada.button("Mute Ben").click();
    await ben.isPressed("Hold to talk");
    await ben.field("Keep open").uncheck();
    await ben.isPressed("Hold to talk", false);
});

scene("audio: a recording is uploaded, with progress, and chosen", async () => {
    await ada.sees("Nothing is chosen yet.");
    await ada.button("Choose audio").click();
    const dialog = ada.dialog("Choose audio");
    await dialog.getByText("No recordings yet.").waitFor();
    await dialog.getByText("Add a recording").click();
    await dialog.getByLabel("File").setInputFiles({ name: "rising tone.wav", mimeType: "audio/wav", buffer: wav(RECORDING_S) });
    assert.equal(await dialog.getByLabel("Title").inputValue(), "rising tone");
    await dialog.getByLabel("Title").fill("A rising tone");
    await ada.button("Upload", dialog).click();
    await ada.button("Use A rising tone", dialog).click();
    await dialog.waitFor({ state: "detached" });
    await each(everybody, one => one.panel("Audio").getByText("A rising tone").waitFor());
});

scene("audio: everybody hears it in step: played, moved, faster, paused", async () => {
    await ada.button("Play for everybody").click();
    await each(everybody, one => one.panel("Audio").getByText("Playing").first().waitFor());
    await each(everybody, one => one.allowSound());
    await each(everybody, one => one.isInStep());
    await ada.field("Position").fill("300");
    await each(everybody, one => one.panel("Audio").getByText("5:0").first().waitFor());
    await each(everybody, one => one.isInStep());
    await ada.field("Speed").selectOption("1.5×");
    await each(everybody, one => one.panel("Audio").getByText("Playing at 1.5×").waitFor());
    await each(everybody, one => one.isInStep());
    await screenshot(ada.page, "class-audio", {});
    await ada.button("Pause for everybody").click();
    await each(everybody, one => one.panel("Audio").getByText("Paused").waitFor());
    await each(everybody, one => one.isInStep("paused"));
    await ada.button("−10 s").click();
    await each(everybody, one => one.isInStep("paused"));
    await ada.button("Play for everybody").click();
    await each(everybody, one => one.isInStep());
});

scene("a reload in the middle: back in the class, with its chat, its audio and its voices", async () => {
    await dee.button("Raise hand").click();
    await ada.seesHands("Dee");
    await dee.page.reload();
    await dee.isLive();
    await dee.seesPeople("Ada", "Ben", "Cem", "Dee");
    await dee.hears("Hello! Can everybody read this?");
    await dee.panel("Audio").getByText("Playing").first().waitFor();
    await dee.allowSound();
    await dee.isInStep();
    await each(everybody, one => one.isConnectedTo(3));
    await ada.press("Hold to talk");
    await dee.hearsVoices(1);
    await ada.release();
});

scene("a server killed in the middle: all pages say so, come back by themselves and have lost nothing", async () => {
    const cutOff = each(everybody, one => one.isCutOff());
    await server.kill();
    await cutOff;
    await screenshot(ben.page, "class-reconnecting", {});
    const back = each(everybody, one => one.isBack());
    await server.start();
    await act("chat", { text: "said while you were away" });
    await back;
    await each(everybody, one => one.hears("said while you were away"));
    await dee.say("and we are back");
    const said = (await call("GET", `/sessions/${session}/chat`)).map(row => row.message);
    assert.equal(said.length, 5);
    await each(everybody, one => one.readsChat(said));
    await each(everybody, one => one.seesPeople("Ada", "Ben", "Cem", "Dee"));
    await each(everybody, one => one.isInStep());
    await each(everybody, one => one.isConnectedTo(3));
    everybody.forEach(one => one.noTrouble(...CUT_OFF));
});

scene("who is removed is out until invited again", async () => {
    await ada.button("Remove Cem").click();
    await ada.button("Remove", ada.dialog("Remove Cem from the class?")).click();
    await cem.sees("The teacher has removed you from the class.");
    await cem.heading("Classes").waitFor();
    await each([ada, ben, dee], one => one.seesPeople("Ada", "Ben", "Dee"));
    await cem.page.getByRole("link", { name: `Join ${TITLE}` }).click();
    await cem.sees("The teacher has removed you from this class. Ask to be invited again.");
    await screenshot(cem.page, "class-removed", {});
    cem.noTrouble(...LEFT, ...late(403));
    await ada.button("Invite").click();
    const dialog = ada.dialog("Invite students");
    await ada.button("Invite", dialog.getByRole("listitem").filter({ hasText: "Cem" })).click();
    await dialog.getByText("Cem is invited.").waitFor();
    await ada.page.keyboard.press("Escape");
    await cem.joinClass(TITLE);
    await each(everybody, one => one.seesPeople("Ada", "Ben", "Cem", "Dee"));
    await each(everybody, one => one.isConnectedTo(3));
});

scene("the report while the class runs: figures, timeline, attendance, log with its filter", async () => {
    await ada.button("Report").click();
    await ada.heading(`Report: ${TITLE}`).waitFor();
    await ada.page.locator(".chart canvas").waitFor();
    await ada.sees("At most 4 people at once; 5 messages");
    await ada.reads(ada.panel("Attendance").locator("tbody th"), ["Ada", "Ben", "Cem", "Dee"]);
    const log = ada.panel("Log").first();
    await log.getByText("Said: and we are back").waitFor();
    await ada.field("Show").selectOption({ label: "Removed (1)" });
    await ada.reads(log.locator("tbody td:last-child"), ["Removed Cem"]);
    await screenshot(ada.page, "class-report", {});
    await ada.button(/^Class/).click();
});

async function downloaded(one, name) {
    const [download] = await Promise.all([one.page.waitForEvent("download"), one.button(name).click()]);
    return { name: download.suggestedFilename(), lines: (await readFile(await download.path(), "utf8")).trim().split("\r\n") };
}

scene("the end: everybody is told, the report stays, and can be taken along", async () => {
    await ada.button("End class").click();
    await ada.button("End class", ada.dialog("End this class for everybody?")).click();
    await each(students, one => one.sees("The class is over."));
    await each(students, one => one.heading("Classes").waitFor());
    await ada.heading(`Report: ${TITLE}`).waitFor();
    const attendance = await downloaded(ada, "Download CSV of the attendance");
    assert.equal(attendance.name, `attendance-${session}.csv`);
    assert.equal(attendance.lines.length, 5);
    for (const name of ["Ada", "Ben", "Cem", "Dee"])
        assert.ok(attendance.lines.some(line => line.includes(name)), `${name} in ${attendance.lines}`);
    const log = await downloaded(ada, "Download CSV of the whole log");
    const { total_events: events } = await call("GET", `/sessions/${session}/logs/summary`);
    assert.equal(log.lines.length, events + 1);
    await ada.page.getByRole("link", { name: "Back to your classes" }).click();
    await ada.page.getByRole("link", { name: `Report of ${TITLE}` }).waitFor();
    await screenshot(ada.page, "home-past");
    everybody.forEach(one => one.noTrouble(...LEFT, ...late(400)));
});
