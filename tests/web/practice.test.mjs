/* A whole lesson of practice in a browser: a teacher writes an exercise, two students solve it, the teacher grades with keys alone, all see the
 * leaderboard; the server dies and comes back in the middle. The cases are the scenes of one play and build on one another. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchBrowser, screenshot } from "./browser.mjs";
import { Person } from "./practice/person.mjs";
import { startServer } from "./server.mjs";

const TITLE = "Sum <img src=x onerror=alert(1)> of two";
/* What a server that is killed leaves on a page's console. */
const CUT_OFF = [/^failed: .*net::ERR_/, /^console: Failed to load resource: net::ERR_/, /^console: WebSocket connection/];
/* Where there is no tutor. */
const NO_TUTOR = [/^answer: 404 GET \S+\/api\/chat\/sessions/, /^console: Failed to load resource: .*404 .*\/api\/chat\/sessions/];
/* Where the tutor has no socket. */
const NO_SOCKET = [/^console: WebSocket connection to/];

let server, browser, tess, ada, ben, everybody, exercise, hasTutor;

before(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    everybody = [tess, ada, ben] = await Promise.all(["Tess", "Ada", "Ben"].map(name => Person.open(browser, server.url, name)));
    hasTutor = Object.keys((await server.call("GET", "/m/practice/openapi.json")).paths).some(path => path.includes("/chat/"));
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

scene("everybody signs up by the form", async () => {
    await each(everybody, one => one.signUp(one === tess ? "Teacher" : "Student"));
    await tess.sees("There are no exercises yet. Write the first one.");
    await ada.sees("There are no exercises yet. Your teacher writes them.");
});

scene("the teacher writes an exercise", async () => {
    await tess.link("Write an exercise").click();
    await tess.title("Write an exercise").waitFor();
    await tess.field("Title").fill(TITLE);
    await tess.field("Topic").fill("functions");
    await tess.field("Difficulty").selectOption({ label: "Beginner" });
    await tess.field("What is to be done").fill("Read two numbers and print their sum.\n<b>Mind the sign.</b>");
    await tess.writes("def add(a, b):\n    pass", "Starter code");
    for (const [number, input, output] of [[1, "1 2", "3"], [2, "-1 1", "0"]]) {
        await tess.button("Add a test case").click();
        await tess.field(`Input of test case ${number}`).fill(input);
        await tess.field(`Output of test case ${number}`).fill(output);
    }
    await tess.page.getByLabel("Hidden from students").nth(1).check();
    await tess.button("Add a hint").click();
    await tess.field("Hint 1").fill("There is a sign for it.");
    await tess.button("Add a hint").click();
    await tess.field("Hint 2").fill("It is +.");
    await tess.writes("def add(a, b):\n    return a + b", "Solution (students never see it)");
    await screenshot(tess.page, "practice-write");
    await tess.button("Save").click();
    await tess.title(TITLE).waitFor();
    await tess.panel("Figures").getByText("Students who tried").waitFor();
    await tess.panel("Solution").getByText("return a + b").waitFor();
    exercise = Number(new URL(tess.page.url()).hash.match(/\d+/)[0]);
    assert.equal(await tess.page.locator("main img, main b").count(), 0);
});

scene("a second exercise, so that there is something to filter", async () => {
    await server.call("POST", "/m/practice/api/exercises/", { token: tess.token, status: 201, json: {
        title: "Café loops", description: "Count to ten.", difficulty_level: "advanced", topic: "loops" } });
    await ada.page.reload();
    await ada.sees("2 exercises");
    await ada.field("Search").fill("cafe ten");
    await ada.sees("1 exercise");
    await ada.reads(ada.page.locator(".cards h3"), ["Café loops"]);
    await ada.field("Topic").selectOption("functions");
    await ada.sees("No exercise is like that.");
    await ada.button("Clear the filter").click();
    await ada.field("Difficulty").selectOption({ label: "Beginner" });
    await ada.reads(ada.page.locator(".cards h3"), [TITLE]);
    await screenshot(ada.page, "practice-list");
});

scene("a student reads it, hint by hint, without what is hidden", async () => {
    await ada.opens(TITLE);
    const task = ada.panel("Task");
    await task.getByText("Mind the sign.").waitFor();
    assert.equal(await task.getByRole("region", { name: "Test cases" }).locator("tbody tr").count(), 1);
    assert.equal(await ada.page.getByText("return a + b").count(), 0);
    await ada.button("Show the first of 2 hints").click();
    await task.getByText("There is a sign for it.").waitFor();
    assert.equal(await task.getByText("It is +.").count(), 0);
    await ada.button("Show another hint").click();
    await task.getByText("It is +.").waitFor();
});

scene("both students hand in what they have written", async () => {
    await ben.page.reload();
    await ben.opens(TITLE);
    assert.match(await (await ben.editor("Your code")).innerText(), /def add/);
    await ada.writes("def add(a, b):\n    return a + b");
    await ada.submits();
    await ada.attempts().first().getByText("Waiting").waitFor();
    await ben.page.getByLabel("Language").selectOption({ label: "JavaScript" });
    await ben.writes("const add = (a, b) => a - b; // <script>alert(1)</script>");
    await ben.submits();
    await ben.attempts().first().getByText("Code (JavaScript)").waitFor();
    await screenshot(ada.page, "practice-exercise");
});

scene("a student asks the tutor", async () => {
    if (!hasTutor)
        return ada.sees("There is no tutor on this server.");
    await ada.field("Your question").fill("Why does <b>this</b> work?");
    await ada.page.keyboard.press("Enter");
    await ada.page.locator(".message.own", { hasText: "Why does <b>this</b> work?" }).waitFor();
    await ada.page.locator(".messages .message:not(.own)").waitFor();
    await ada.page.reload();
    await ada.page.locator(".messages .message:not(.own)").waitFor();
    assert.equal(await ada.page.locator(".messages .message").count(), 2);
    await screenshot(ada.page, "practice-tutor");
});

scene("the server dies while somebody writes: nothing is lost, and it goes on", async () => {
    everybody.forEach(one => one.noTrouble(...NO_TUTOR, ...NO_SOCKET));
    await ben.writes("const add = (a, b) => a + b;");
    await server.kill();
    await ben.button("Submit").click();
    await ben.page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
    await server.start();
    await ben.page.reload();
    await ben.title(TITLE).waitFor();
    assert.match(await (await ben.editor("Your code")).innerText(), /a \+ b/);
    await ben.submits();
    assert.equal(await ben.attempts().count(), 2);
    everybody.forEach(one => one.noTrouble(...CUT_OFF, ...NO_TUTOR));
});

scene("the teacher grades with keys alone", async () => {
    const { keyboard } = tess.page;
    await tess.page.getByRole("link", { name: "Submissions", exact: true }).click();
    await tess.sees("3 wait for a verdict");
    await tess.page.locator(".grading").focus();
    await tess.panel("Submission of Ada").waitFor();
    await keyboard.press("m");
    await keyboard.press("s");
    await keyboard.type("95");
    await keyboard.press("Escape");
    await keyboard.press("e");
    await keyboard.type("Well done, <b>Ada</b>.");
    await keyboard.press("Control+Enter");
    await tess.sees("2 wait for a verdict");
    await tess.panel("Submission of Ben").getByText("a - b").waitFor();
    await keyboard.press("f");
    await keyboard.press("s");
    await keyboard.type("20");
    await keyboard.press("Control+Enter");
    await tess.sees("1 waits for a verdict");
    await tess.panel("Submission of Ben").getByText("a + b").waitFor();
    await keyboard.press("p");
    await keyboard.press("s");
    await keyboard.type("80");
    await screenshot(tess.page, "practice-grade");
    await keyboard.press("Control+Enter");
    await tess.sees("0 wait for a verdict");
    await keyboard.press("k");
    await tess.panel("Submission of Ben").getByText("a - b").waitFor();
});

scene("the students see their verdicts without asking", async () => {
    await ada.attempts().getByText("95 of 100").waitFor();
    await ada.attempts().getByText("Well done, <b>Ada</b>.").waitFor();
    await ben.reads(ben.attempts().locator(".score"), ["80 of 100", "20 of 100"]);
    await ben.goTo("History");
    await ben.reads(ben.page.locator(".submission .score"), ["80 of 100", "20 of 100"]);
    await screenshot(ben.page, "practice-history");
});

scene("everybody sees the leaderboard", async () => {
    await each(everybody, one => one.goTo("Leaderboard"));
    await each(everybody, one => one.reads(one.page.locator("tbody th"), one === tess ? ["Ada", "Ben"] : one === ada ? ["Ada you", "Ben"] : ["Ada", "Ben you"]));
    await ada.reads(ada.page.locator("tbody .with-bar span").filter({ hasText: /\d/ }), ["1", "95", "1", "80"]);
    await screenshot(ada.page, "practice-leaderboard");
});

scene("progress, in figures and charts", async () => {
    await ben.goTo("Progress");
    await ben.panel("At a glance").getByText("1 of 2").waitFor();
    await ben.page.getByRole("img", { name: "2 scores: the first 20, the last 80, the best 80." }).waitFor();
    await ben.page.getByRole("img", { name: "Not begun: 1, Begun: 0, Completed: 1, Mastered: 0" }).waitFor();
    await screenshot(ben.page, "practice-progress");
    await tess.goTo("Students");
    await tess.field("Find by name or e-mail address").fill("ben");
    await tess.reads(tess.page.locator("tbody th a"), ["Ben"]);
    await tess.link("Ben").click();
    await tess.title("Ben").waitFor();
    await tess.panel("Submissions").getByText("20 of 100").waitFor();
});

scene("the teacher changes the exercise and sees its figures", async () => {
    await tess.goTo("Exercises");
    await tess.page.getByRole("link", { name: `Change ${TITLE}` }).click();
    await tess.field("Title").fill("Sum of two");
    await tess.button("Remove hint 2").click();
    await tess.button("Save").click();
    await tess.title("Sum of two").waitFor();
    await tess.panel("Figures").getByText("100 %").waitFor();
    await screenshot(tess.page, "practice-teacher");
    const { hints, solution_code: solution, test_cases: cases } = await server.call("GET", `/m/practice/api/exercises/${exercise}`, { token: tess.token });
    assert.deepEqual(hints, ["There is a sign for it."]);
    assert.equal(solution, "def add(a, b):\n    return a + b");
    assert.deepEqual(cases, [{ input: "1 2", output: "3" }, { input: "-1 1", output: "0", hidden: true }]);
});

scene("and takes one away", async () => {
    await tess.goTo("Exercises");
    await tess.link("Café loops").click();
    await tess.link("Change").click();
    await tess.button("Remove").click();
    await tess.button("Remove", tess.dialog(/^Remove/)).click();
    await tess.title("Exercises").waitFor();
    await tess.reads(tess.page.locator(".cards h3"), ["Sum of two"]);
});

scene("nobody had trouble", () => everybody.forEach(one => one.noTrouble(...NO_TUTOR, ...NO_SOCKET)));
