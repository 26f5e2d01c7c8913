/* A server under test, with a data folder and a database of its own; ended and removed with the test's process at the latest. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("serve.py", import.meta.url));

export class Server {
    /* Options are those of `lectern serve`. It starts with start(). */
    constructor(...options) {
        this.process = spawn("/usr/bin/python3", ["-B", PROGRAM, ...options.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
        this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    }

    async command(word) {
        this.process.stdin.write(`${word}\n`);
        const { value, done } = await this.answers.next();
        const answer = done ? { failed: `${word}: serve.py ended` } : JSON.parse(value);
        if (answer.failed)
            throw new Error(answer.failed);
        Object.assign(this, answer); /* url, data */
        return this;
    }

    /* Returns when it listens; after stop or kill it comes back at the same address with the same data. */
    start() { return this.command("start"); }
    /* Orderly end; throws when a sanitizer had something to say. */
    stop() { return this.command("stop"); }
    /* Ends at once, like a crash. */
    kill() { return this.command("kill"); }

    /* Ends it for good, with the checks of stop, and removes its folder. */
    async close() {
        try {
            await this.stop();
        } finally {
            const ended = once(this.process, "exit");
            this.process.stdin.end();
            await ended;
        }
    }

    /* A request of the test's own: call("POST", "/sessions", { token, json | form | body }) -> the parsed answer, which must be 200, or of
     * that status. */
    async call(method, path, { token, json, form, body, headers = {}, status = 200 } = {}) {
        const content = json !== undefined ? [JSON.stringify(json), { "Content-Type": "application/json" }]
            : form !== undefined ? [new URLSearchParams(form), {}] : [body, {}];
        const authorization = token ? { Authorization: `Bearer ${token}` } : {};
        const answer = await fetch(this.url + path, { method, body: content[0], headers: { ...content[1], ...authorization, ...headers } });
        const text = await answer.text();
        if (answer.status !== status)
            throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        return answer.headers.get("content-type").startsWith("application/json") ? JSON.parse(text) : text;
    }

    /* Signs a person up and in: { user_id, name, role, phone, password, token }. */
    async person(role, name = `A ${role}`) {
        const phone = String(7000000000 + (this.people = (this.people ?? 0) + 1)), password = "pass123";
        await this.call("POST", "/auth/register", { json: { name, phone_number: phone, password, role } });
        const { access_token, user_id } = await this.call("POST", "/auth/login", { form: { username: phone, password } });
        return { user_id, name, role, phone, password, token: access_token };
    }
}

/* Started. */
export function startServer(...options) {
    return new Server(...options).start();
}
