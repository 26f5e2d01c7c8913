/* A person in front of the page of coaching: what they do and what they see there. */
import { openPage } from "../browser.mjs";
import { Visitor } from "../visitor.mjs";

let numbers = 0;

/* Remembers what the page says aloud, and says nothing: a browser under test has no voice. */
function rememberWords() {
    window.said = [];
    Object.defineProperty(window, "speechSynthesis", { value: { speak: words => window.said.push(words.text), cancel() {} } });
}

/* Ways by which sound could leave, none of which the page asks for. */
function closeOtherWays() {
    for (const way of ["RTCPeerConnection", "WebTransport", "MediaRecorder"])
        Object.defineProperty(window, way, { get() { console.error(`${way} was asked for`); } });
}

/* What a page sends: { requests: [{ line, body }], frames }, which grow. */
function whatLeaves(page) {
    const requests = [], frames = [];
    page.on("request", request => requests.push({ line: `${request.method()} ${request.url()}`, body: request.postData() }));
    page.on("websocket", socket => socket.on("framesent", ({ payload }) => frames.push(payload)));
    return { requests, frames };
}

export class Person extends Visitor {
    /* options are those of a browser context. */
    static async open(browser, base, name, options) {
        const page = await openPage(browser, { reducedMotion: "reduce", permissions: ["microphone"], ...options });
        await page.addInitScript(rememberWords);
        await page.addInitScript(closeOtherWays);
        const one = new Person(page, base, name);
        one.left = whatLeaves(page);
        one.email = `someone-${process.pid}-${++numbers}@example.org`;
        return one;
    }

    /* `hash`: an invitation's, say. */
    async signUp(hash = "#/sign-up") {
        await this.page.goto(`${this.base}/coaching${hash}`);
        await this.field("Name").fill(this.name);
        await this.field("E-mail address").fill(this.email);
        await this.field("Password").fill(this.password);
        await this.button("Create account").click();
        await this.title("Together").waitFor();
        Object.assign(this, await this.account());
        return this;
    }

    account() { return this.page.evaluate(() => JSON.parse(sessionStorage.getItem("lectern.coaching"))); }

    async goTo(name) {
        await this.page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
        await this.title(name).waitFor();
    }

    async adds(email, type = "Couple") {
        await this.field("Their e-mail address").fill(email);
        await this.field("You are").selectOption(type);
        await this.button("Add").click();
    }

    link(name, within = this.page) { return within.getByRole("link", { name, exact: true }); }

    /* From the screen of a relationship; says where it goes on. */
    async startsSession() {
        await this.button("Start a session").click();
        await this.isLive();
        return new URL(this.page.url()).hash.match(/sessions\/([\w-]+)/)[1];
    }

    async isLive() { await this.page.locator(".pill[data-phase=live]").waitFor(); }
    async isCutOff() { await this.page.locator(".pill", { hasText: "Reconnecting" }).waitFor(); }

    async listens() {
        await this.button("Start listening").click();
        await this.button("Stop listening").waitFor();
    }

    /* Waits until something is measured here. */
    async isMeasured() { await this.page.locator(".gauge[data-zone]:not([data-zone=off])").first().waitFor(); }

    /* Waits for a nudge of that type in the list, more of them than `before`. */
    async isNudged(type, before = 0) { await this.nudges(type).nth(before).waitFor(); }
    nudges(type) { return this.panel("Nudges").locator(`li[data-type=${type}]`); }
}
