/* A person in front of the classroom's page: what they do and what they see there. */
import { openPage } from "../browser.mjs";
import { Visitor } from "../visitor.mjs";

let numbers = 0;
const newPhone = () => `${process.pid}${Date.now()}`.slice(-12).padStart(12, "5") + String(++numbers).padStart(4, "0");

/* Remembers every peer connection, so that a test may ask for its statistics. */
function rememberConnections() {
    window.connections = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...settings) {
            super(...settings);
            window.connections.push(this);
        }
    };
}

export class Person extends Visitor {
    constructor(page, base, name, phone) {
        super(page, base, name);
        this.phone = phone;
    }

    /* options are those of a browser context. */
    static async open(browser, base, name, options) {
        const page = await openPage(browser, { reducedMotion: "reduce", ...options });
        await page.addInitScript(rememberConnections);
        return new Person(page, base, name, newPhone());
    }

    personRow(name) { return this.panel(/^People/).getByRole("listitem").filter({ hasText: name }); }

    /* ---- account ---- */

    async signUp(role) {
        await this.page.goto(`${this.base}/#/sign-up`);
        await this.field(role).check();
        await this.field("Name").fill(this.name);
        await this.field("Phone number").fill(this.phone);
        await this.field("Password").fill(this.password);
        await this.button("Create account").click();
        await this.heading(role === "Teacher" ? "Your classes" : "Classes").waitFor();
        this.token = (await this.account()).token;
        return this;
    }

    account() { return this.page.evaluate(() => JSON.parse(sessionStorage.getItem("lectern.account"))); }

    /* ---- classes ---- */

    async startClass(title) {
        await this.field("What is it about?").fill(title);
        await this.button("Start class").click();
        await this.isLive();
        this.session = Number(new URL(this.page.url()).hash.match(/\d+/)[0]);
        return this.session;
    }

    async joinClass(title) {
        await this.page.getByRole("link", { name: `Join ${title}` }).click();
        await this.isLive();
        this.session = Number(new URL(this.page.url()).hash.match(/\d+/)[0]);
    }

    async isLive() {
        await this.page.locator(".pill[data-phase=live]").waitFor();
    }

    /* Waits until the page has lost the server. */
    async isCutOff() {
        await this.page.locator(".pill", { hasText: "Reconnecting" }).waitFor();
    }

    async isBack() {
        await this.page.locator(".pill", { hasText: /^Back/ }).waitFor();
    }

    /* ---- chat ---- */

    async say(text) {
        await this.field("Write a message").fill(text);
        await this.page.keyboard.press("Enter");
        await this.hears(text);
    }

    hears(text) { return this.panel("Chat").locator(".message-text", { hasText: text }).waitFor(); }

    async readsChat(expected) { await this.reads(this.panel("Chat").locator(".message-text"), expected); }

    /* ---- hands, voices ---- */

    raisedHands() { return this.panel("Raised hands").locator("li .name"); }

    async seesHands(...names) { await this.reads(this.raisedHands(), names); }

    async seesPeople(...names) { await this.reads(this.panel(/^People/).locator("li .name"), names); }

    async isPressed(name, pressed = true, within = this.page) {
        await this.button(name, within).and(this.page.locator(`[aria-pressed=${pressed}]`)).waitFor();
    }

    async press(name) {
        const box = await this.button(name).boundingBox();
        await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await this.page.mouse.down();
    }

    release() { return this.page.mouse.up(); }

    /* Waits until this page receives sound with somebody's voice in it from `count` others. */
    async hearsVoices(count) {
        await this.page.waitForFunction(hearing, [count, "energies"], { polling: 200 });
    }

    /* Waits until packets arrive from `count` others: more than at the look before. */
    async receivesFrom(count) {
        await this.page.waitForFunction(hearing, [count, "bytes"], { polling: 200 });
    }

    async isConnectedTo(count) {
        await this.page.waitForFunction(wanted => window.connections.filter(one => one.connectionState === "connected").length === wanted, count);
    }

    /* Whether any track that this page sends is switched on. */
    speaks() {
        return this.page.evaluate(() => window.connections.some(one => one.connectionState === "connected" &&
            one.getSenders().some(sender => sender.track?.enabled)));
    }

    /* ---- audio ---- */

    /* Waits until the file plays here and is where the server says. The server is asked between two looks at the player, so slowness
     * of either only widens the gap between the looks; too wide a gap does not count. */
    async isInStep(status = "playing") {
        await this.page.waitForFunction(inStep, [this.session, status], { polling: 200 }).catch(async error => {
            throw new Error(`${this.name} is not in step: ${JSON.stringify(await this.page.evaluate(() => window.lastStep ?? null))}`, { cause: error });
        });
    }

    /* Gives the browser the gesture it wants before it plays sound, if it wants one. */
    async allowSound() {
        const enable = this.button("Enable sound");
        if (await enable.isVisible())
            await enable.click();
    }
}

/* In the page: whether `count` connections have received more of `what` than ever seen at an earlier look. */
async function hearing([count, what]) {
    window.heard ??= {};
    let growing = 0;
    for (const [index, connection] of window.connections.entries()) {
        if (connection.connectionState !== "connected")
            continue;
        for (const report of (await connection.getStats()).values()) {
            if (report.type !== "inbound-rtp" || report.kind !== "audio")
                continue;
            const now = what === "bytes" ? report.bytesReceived : report.totalAudioEnergy;
            const key = `${index} ${what}`;
            growing += window.heard[key] !== undefined && now > window.heard[key];
            window.heard[key] ??= now;
        }
    }
    return growing >= count;
}

/* In the page: whether the class's player stands between what it did before and after the server named its position. */
async function inStep([session, status]) {
    const tolerance = 0.3;
    const audio = document.querySelector(".class-audio");
    const { token } = JSON.parse(sessionStorage.getItem("lectern.account"));
    const before = audio.currentTime;
    const answer = await fetch(`sessions/${session}/audio/state`, { headers: { Authorization: `Bearer ${token}` } });
    const state = await answer.json();
    const after = audio.currentTime;
    window.lastStep = { before, after, paused: audio.paused, rate: audio.playbackRate, ready: audio.readyState, state };
    const inside = before - tolerance <= state.position && state.position <= after + tolerance && after - before < 2;
    return state.status === status && audio.paused === (status !== "playing") && inside && (status !== "playing" || after > before);
}
