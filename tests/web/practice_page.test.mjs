/* The page of practice, screen by screen: wherever it is mounted, by keyboard alone, for a screen reader (axe-core), as narrow as a phone, and when
 * something goes wrong. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PHONE, letsEverybodyIn, tabTo } from "./access.mjs";
import { assertNoTrouble, launchBrowser, openPage, screenshot } from "./browser.mjs";
import { Person } from "./practice/person.mjs";
import { startProxy } from "./proxy.mjs";
import { startServer } from "./server.mjs";

const TITLE = "An exercise with a name that is rather long, to see where it goes";
/* Where there is no tutor, and what leaving a page with one ends. */
const TUTOR = [/^answer: 404 GET \S+\/api\/chat\/sessions/, /^console: Failed to load resource: .*404 .*\/api\/chat\/sessions/, /^failed: GET \S+\/api\/chat\/\S+ net::ERR_ABORTED/];

let server, browser, proxy, teacher, student, exercise;

/* Signed up and in: { id, role, name, email, token, password } */
async function person(role, name) {
    const password = "pass123", kind = role === "teacher" ? "/teacher" : "";
    const email = `${role}-${process.pid}-${person.count = (person.count ?? 0) + 1}@example.org`;
    await server.call("POST", `/m/practice/api/auth/register${kind}`, { json: { email, name, password } });
    const { user_id: id, access_token: token } = await server.call("POST", `/m/practice/api/auth/login${kind}`, { json: { email, password } });
    return { id, role, name, email, token, password, since: Date.now() };
}

const call = (who, method, path, options) => server.call(method, `/m/practice/api/${path}`, { token: who.token, ...options });

async function handIn(code, verdict) {
    const made = await call(student, "POST", "submissions/", { status: 201, json: { student_id: student.id, exercise_id: exercise, code } });
    if (verdict)
        await call(teacher, "PUT", `submissions/${made.id}/evaluate`, { json: verdict });
}

before(async () => {
    [server, browser] = await Promise.all([startServer("--root-path", "/seeds"), launchBrowser()]);
    [proxy, teacher, student] = await Promise.all([startProxy("/seeds", server.url), person("teacher", "Tess Teacher"), person("student", "Ada Lovelace")]);
    const made = await call(teacher, "POST", "exercises/", { status: 201, json: {
        title: TITLE, description: "Read numbers until there are no more.\nPrint their sum, which may be as long a line as this one is, or longer than that.",
        difficulty_level: "medium", topic: "loops and other things", starter_code: "total = 0\n", solution_code: "print(sum(map(int, input().split())))",
        expected_output: "6", test_cases: [{ input: "1 2 3", output: "6" }, { input: "0", output: "0", hidden: true }], hints: ["A loop.", "Another hint."] } });
    exercise = made.id;
    await call(teacher, "POST", "exercises/", { status: 201, json: { title: "Another", description: "…", difficulty_level: "hard", topic: "loops" } });
    await handIn("print(1)", { status: "failing", score: 30, feedback: "Look at the first number again: it is counted twice." });
    await handIn("print(6)", { status: "passing", score: 75, feedback: "Good." });
    await handIn("for i in range(3):\n    print(i)");
});
after(() => Promise.all([proxy?.close(), server?.close(), browser?.close()]));

/* A page on which somebody is signed in, at the screen of that address. */
async function signedIn(who, hash, options) {
    const page = await openPage(browser, { reducedMotion: "reduce", ...options });
    await signIn(page, who, hash);
    return page;
}

async function signIn(page, who, hash) {
    await page.addInitScript(account => sessionStorage.setItem("lectern.practice", JSON.stringify(account)), { ...who, password: undefined });
    await page.goto(`${server.url}/practice${hash}`);
}

async function closed(page, ...allowed) {
    assertNoTrouble(page, ...TUTOR, ...allowed);
    await page.context().close();
}

/* ---- long lists ---- */

/* Answers a list itself, out of these rows, page by page; what it was asked for. */
async function answersList(page, path, rows) {
    const asked = [];
    await page.route(url => url.pathname.endsWith(path), route => {
        const query = new URL(route.request().url()).searchParams, skip = Number(query.get("skip"));
        asked.push(skip);
        return route.fulfill({ json: rows.slice(skip, skip + Number(query.get("limit"))) });
    });
    return asked;
}

const STUDENTS = Array.from({ length: 700 }, (_, index) => ({ id: index + 1, name: `Student ${index + 1}`, email: `s${index + 1}@example.org`,
    grade_level: null, exercises_completed: 0, quizzes_passed: 0, last_active: "Never", total_exercises: 2, average_score: 0 }));

test("students come as they are wanted, and a search goes on behind them", async () => {
    const page = await openPage(browser, { reducedMotion: "reduce" });
    const asked = await answersList(page, "/analytics/students", STUDENTS);
    await signIn(page, teacher, "#/students");
    const rows = page.locator("tbody tr"), more = page.getByRole("button", { name: "Show more" });
    await rows.nth(199).waitFor();
    assert.deepEqual([await rows.count(), asked], [200, [0]]);
    await more.click();
    await rows.nth(399).waitFor();
    assert.deepEqual(asked, [0]);
    await page.getByLabel("Find by name or e-mail address").fill("Student 650");
    await page.getByRole("link", { name: "Student 650", exact: true }).waitFor();
    assert.equal(await rows.count(), 1);
    assert.deepEqual(asked, [0, 500]);
    await closed(page);
});

test("what is to be judged comes as it is wanted, from the first that waits on", async () => {
    const page = await openPage(browser, { reducedMotion: "reduce" });
    const work = (id, status) => ({ id, student_id: student.id, exercise_id: exercise, code: `print(${id})`, language: "python", status, score: null, feedback: null,
        submitted_at: "2026-01-29T11:29:39.123456", completed_at: null });
    const asked = await answersList(page, `/submissions/exercise/${exercise}`,
        Array.from({ length: 250 }, (_, index) => work(index + 1, index < 120 ? "passing" : "submitted")));
    await signIn(page, teacher, `#/exercises/${exercise}/submissions`);
    await page.getByText("80 of the first 200 wait for a verdict").waitFor();
    await page.locator("code", { hasText: "print(121)" }).waitFor();
    assert.deepEqual(asked, [0, 100]);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("130 wait for a verdict").waitFor();
    assert.deepEqual([await page.locator(".queued").count(), asked], [250, [0, 100, 200]]);
    assert.equal(await page.getByRole("button", { name: "Show more" }).isVisible(), false);
    await closed(page);
});

/* ---- where it is mounted ---- */

const PLACES = {
    "at the root": () => server.url,
    "under a proxy's prefix": () => proxy.url,
    "under its mount": () => `${server.url}/m/practice`,
    "under its mount behind a proxy": () => `${proxy.url}/m/practice`,
};

for (const [where, base] of Object.entries(PLACES))
    test(`sign up, open an exercise, write, reload: ${where}`, async () => {
        const one = await Person.open(browser, base(), "Grace");
        await one.signUp("Student");
        await one.opens(TITLE);
        await one.writes("print(2)");
        await one.page.reload();
        assert.match(await (await one.editor("Your code")).innerText(), /print\(2\)/);
        one.noTrouble(...TUTOR);
        await one.close();
    });

/* ---- keyboard ---- */

test("by keyboard alone: signing in, finding an exercise, writing and handing in", async () => {
    const page = await openPage(browser), { keyboard } = page;
    const who = await person("student", "Keyes");
    await page.goto(`${server.url}/practice`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await tabTo(page, "E-mail address");
    await keyboard.type(who.email);
    await tabTo(page, "Password");
    await keyboard.type(who.password);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Exercises" }).waitFor();
    await tabTo(page, "Search");
    await keyboard.type("rather long");
    await page.getByText("1 exercise", { exact: true }).waitFor();
    await tabTo(page, TITLE);
    await keyboard.press("Enter");
    await page.locator(".editor[data-ready]").waitFor();
    await tabTo(page, "Language");
    await keyboard.press("Tab");
    await keyboard.press("Control+End");
    await keyboard.type("if total:");
    await keyboard.press("Enter");
    await keyboard.press("Tab");
    await keyboard.type("print(total)");
    assert.match(await page.getByRole("textbox", { name: "Your code" }).innerText(), /if total:\s+print\(total\)/);
    await keyboard.press("Escape");
    await keyboard.press("Tab");
    await tabTo(page, "Submit");
    await keyboard.press("Enter");
    await page.locator(".submission", { hasText: "Waiting" }).waitFor();
    await closed(page);
});

/* ---- screens: for a screen reader, and as narrow as a phone ---- */

const SCREENS = {
    "practice sign in": { hash: () => "#/sign-in", ready: "Sign in" },
    "practice sign up": { hash: () => "#/sign-up", ready: "Create an account" },
    "a student's exercises": { as: "student", hash: () => "#/", ready: TITLE },
    "a teacher's exercises": { as: "teacher", hash: () => "#/", ready: TITLE },
    "a student's exercise": { as: "student", hash: () => `#/exercises/${exercise}`, ready: "Your submissions", editor: true },
    "a teacher's exercise": { as: "teacher", hash: () => `#/exercises/${exercise}`, ready: "Mastery rate" },
    "writing": { as: "teacher", hash: () => "#/exercises/new", ready: "Add a hint", editor: true },
    "changing": { as: "teacher", hash: () => `#/exercises/${exercise}/edit`, ready: "Add a hint", editor: true },
    "grading": { as: "teacher", hash: () => `#/exercises/${exercise}/submissions`, ready: "Submission of Ada Lovelace" },
    "history": { as: "student", hash: () => "#/history", ready: "75 of 100" },
    "progress": { as: "student", hash: () => "#/progress", ready: "Exercise by exercise" },
    "leaderboard": { as: "student", hash: () => "#/leaderboard", ready: "Average score" },
    "students": { as: "teacher", hash: () => "#/students", ready: "Ada Lovelace" },
    "a student": { as: "teacher", hash: () => `#/students/${student.id}`, ready: "Exercise by exercise" },
};

async function openScreen({ as, hash, ready, editor }, options) {
    const page = as ? await signedIn(as === "teacher" ? teacher : student, hash(), options) : await openPage(browser, { reducedMotion: "reduce", ...options });
    if (!as)
        await page.goto(`${server.url}/practice${hash()}`);
    await page.getByText(ready).first().waitFor();
    if (editor)
        await page.locator(".editor[data-ready]").first().waitFor();
    return page;
}

/* In the page: what is wider than its frame, so that one would have to know that there is more, and what is too small to be read. */
function cutOff() {
    const wide = [...document.querySelectorAll("nav, .table-frame")].filter(node => node.scrollWidth > node.clientWidth);
    const tiny = [...document.querySelectorAll("svg text")].filter(node => node.getBoundingClientRect().height < 10);
    return [...wide, ...tiny].map(node => node.textContent);
}

for (const [name, screen] of Object.entries(SCREENS))
    test(`nothing keeps people out, and a phone is wide enough: ${name}`, async () => {
        for (const colorScheme of ["light", "dark"]) {
            const page = await openScreen(screen, { ...PHONE, colorScheme });
            await screenshot(page, `tall-${name.replaceAll(" ", "-")}-${colorScheme}`);
            assert.deepEqual(await page.evaluate(cutOff), [], `${name}: cut off`);
            await letsEverybodyIn(page, `${name.replaceAll(" ", "-")}-${colorScheme}`);
            await closed(page);
        }
    });

/* ---- when something goes wrong ---- */

test("a wrong password, an address that is taken, a server that is not there: said in words", async () => {
    const page = await openPage(browser);
    await page.goto(`${server.url}/practice#/sign-in`);
    await page.getByLabel("E-mail address").fill(student.email);
    await page.getByLabel("Password").fill("wrong password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("E-mail address or password is wrong.").waitFor();
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Ada again");
    await page.getByLabel("E-mail address").fill(student.email);
    await page.getByLabel("Password").fill("another one");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("There is an account with this e-mail address already.").waitFor();
    await page.route("**/auth/register", route => route.abort());
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
    await closed(page, /^answer: 40[01] POST \S+\/auth\//, /^console: Failed to load resource/, /^failed: POST \S+\/auth\/register net::ERR_FAILED/);
});

test("a sign-in that no longer counts: one is asked to sign in again, and is then where one was", async () => {
    const page = await openPage(browser);
    await page.goto(`${server.url}/practice#/exercises/${exercise}`);
    await page.evaluate(account => sessionStorage.setItem("lectern.practice", JSON.stringify(account)), { ...student, token: "ended" });
    await page.reload();
    await page.getByText("Your sign-in is no longer valid.").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem("lectern.practice")), null);
    await page.getByLabel("E-mail address").fill(student.email);
    await page.getByLabel("Password").fill(student.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: TITLE }).waitFor();
    await closed(page, /^answer: 401 GET/, /^console: Failed to load resource: .*401/);
});

test("tokens that are old are renewed when the page is opened", async () => {
    const { email, password, ...who } = await person("student", "Eve");
    const { refresh_token: refresh } = await server.call("POST", "/m/practice/api/auth/login", { json: { email, password } });
    const page = await openPage(browser);
    await page.addInitScript(account => sessionStorage.getItem("lectern.practice") ?? sessionStorage.setItem("lectern.practice", JSON.stringify(account)),
        { ...who, email, refresh, since: 0 });
    await page.goto(`${server.url}/practice`);
    await page.getByRole("heading", { name: "Exercises" }).waitFor();
    const kept = await page.evaluate(() => JSON.parse(sessionStorage.getItem("lectern.practice")));
    assert.notEqual(kept.token, who.token);
    assert.notEqual(kept.refresh, refresh);
    assert.ok(kept.since > 0);
    await closed(page);
});

test("the password is changed, and signing out ends the session", async () => {
    const kim = await person("student", "Kim");
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
    await server.call("POST", "/m/practice/api/auth/login", { json: { email: kim.email, password: "another one" } });
    const answer = page.waitForResponse(answer => answer.url().endsWith("/auth/logout"));
    await page.getByRole("button", { name: "Sign out" }).click();
    assert.equal((await answer).status(), 200);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await assert.rejects(call(kim, "GET", "auth/me"), /401/);
    await closed(page, /^answer: 400 POST \S+\/auth\/change-password/, /^console: Failed to load resource: .*400/);
});

test("an exercise that is gone, a screen for others: said, and the way back", async () => {
    const page = await signedIn(student, "#/exercises/2000000000");
    await page.getByText("This exercise does not exist (any more).").waitFor();
    await page.goto(`${server.url}/practice#/students`);
    await page.getByRole("heading", { name: "Exercises" }).waitFor();
    await closed(page, /^answer: 404 GET \S+\/exercises\/2000000000/, /^console: Failed to load resource: .*404/);
});

test("what cannot be saved stays in the form, and says why", async () => {
    const page = await signedIn(teacher, `#/exercises/${exercise}/edit`);
    await page.getByLabel("What is to be done").fill("precious words");
    await page.route("**/api/exercises/*", route => (route.request().method() === "PUT" ? route.abort() : route.continue()));
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
    assert.equal(await page.getByLabel("What is to be done").inputValue(), "precious words");
    await closed(page, /^failed: PUT \S+ net::ERR_FAILED/, /^console: Failed to load resource: net::ERR_FAILED/);
});

test("without the editor's library there is a field still, and what is written counts", async () => {
    const page = await openPage(browser);
    await page.route("**/lib/codemirror/view.js", route => route.abort());
    await page.addInitScript(account => sessionStorage.setItem("lectern.practice", JSON.stringify(account)), await person("student", "Plain"));
    await page.goto(`${server.url}/practice#/exercises/${exercise}`);
    await page.getByRole("textbox", { name: "Your code" }).fill("print('plain')");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.locator(".submission", { hasText: "Waiting" }).waitFor();
    await page.locator(".submission summary").click();
    await page.locator(".submission code", { hasText: "print('plain')" }).waitFor();
    await closed(page, /^failed: GET \S+\/view\.js net::ERR_FAILED/, /^console: Failed to load resource: net::ERR_FAILED/);
});
