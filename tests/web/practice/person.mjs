/* A person in front of the page of practice: what they do and what they see there. */
import { openPage } from "../browser.mjs";
import { Visitor } from "../visitor.mjs";

let numbers = 0;

export class Person extends Visitor {
    /* options are those of a browser context. */
    static async open(browser, base, name, options) {
        const page = await openPage(browser, { reducedMotion: "reduce", ...options });
        const one = new Person(page, base, name);
        one.email = `someone-${process.pid}-${++numbers}@example.org`;
        return one;
    }

    async signUp(role) {
        await this.page.goto(`${this.base}/practice#/sign-up`);
        await this.field(role).check();
        await this.field("Name").fill(this.name);
        await this.field("E-mail address").fill(this.email);
        await this.field("Password").fill(this.password);
        await this.button("Create account").click();
        await this.title("Exercises").waitFor();
        Object.assign(this, await this.account());
        return this;
    }

    account() { return this.page.evaluate(() => JSON.parse(sessionStorage.getItem("lectern.practice"))); }

    link(name, within = this.page) { return within.getByRole("link", { name, exact: true }); }

    async goTo(name) {
        await this.page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
        await this.title(name).waitFor();
    }

    async opens(title) {
        await this.link(title).click();
        await this.title(title).waitFor();
        await this.panel("Task").waitFor();
    }

    /* The editor of that name, once it is CodeMirror; its place in the page. */
    async editor(name) {
        await this.page.locator(".editor[data-ready]").first().waitFor();
        return this.page.getByRole("textbox", { name, exact: true });
    }

    async writes(code, name = "Your code") {
        const editor = await this.editor(name);
        await editor.click();
        await this.page.keyboard.press("Control+A");
        await this.page.keyboard.insertText(code);
    }

    async submits() {
        const before = await this.attempts().count();
        await this.button("Submit").click();
        await this.attempts().nth(before).waitFor();
    }

    attempts() { return this.panel("Your submissions").locator(".submission"); }
}
