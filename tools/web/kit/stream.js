/* The event stream of a class. A fetch instead of an EventSource, because only a fetch can send a token. It comes back by
 * itself, with the id of the last event it has seen, until it is closed or refused. Knows no event by name. */
import { createSseParser } from "./sse_parser.js";

const FIRST_RETRY_MS = 2000; // until the server says otherwise by `retry:`
const LONGEST_RETRY_MS = 30000;
const SILENCE_MS = 70000; // the server says something every 25 s; after this long the connection is dead

/** How long to wait before attempt `failures` (1, 2, …): twice as long each time, spread so that a class does not come back
 *  in step. The first attempt waits what the server asked for, which the server has spread already. */
export function retryDelay(failures, asked, random = Math.random) {
    if (failures <= 1)
        return asked;
    const longest = Math.min(asked * 2 ** (failures - 1), Math.max(LONGEST_RETRY_MS, asked));
    return Math.round(longest * (0.5 + random() / 2));
}

/** Whether an answer means "not now" rather than "no". */
function passing(status) {
    return status >= 500 || status === 429 || status === 408;
}

async function detailOf(answer) {
    try {
        const { detail } = await answer.json();
        return typeof detail === "string" ? detail : "";
    } catch {
        return "";
    }
}

/** Opens the stream at `url` and keeps it open.
 *  `onEvent({ event, data, id })`: data is the text as sent.
 *  `onPhase({ phase, … })`: 'connecting' (the first time), 'open', 'waiting' (with `delay` and `failures`) and, as the last,
 *  'refused' (with `status` and `detail`).
 *  Returns `close()` for good, `retryNow()` for when the network is back, `useToken(token)` for the connections to come. */
export function openStream({ url, token, onEvent, onPhase, fetch = globalThis.fetch, random = Math.random,
    later = globalThis.setTimeout.bind(globalThis), never = globalThis.clearTimeout.bind(globalThis) }) {
    let closed = false;
    let attempt = null; // the AbortController of the connection under way
    let timer = null;
    let asked = FIRST_RETRY_MS;
    let failures = 0;
    let lastId = null;
    let shown = token;

    function headers() {
        const common = { Accept: "text/event-stream", Authorization: `Bearer ${shown}` };
        return lastId === null ? common : { ...common, "Last-Event-ID": lastId };
    }

    function take(event) {
        if (closed)
            return;
        if (event.id !== null)
            lastId = event.id;
        failures = 0;
        onEvent(event);
    }

    /** Reads to the end, with a watch on silence. */
    async function read(body, controller) {
        const parser = createSseParser({ onEvent: take, onRetry: milliseconds => { asked = milliseconds; } });
        const decoder = new TextDecoder();
        const reader = body.getReader();
        for (;;) {
            const watch = later(() => controller.abort(), SILENCE_MS);
            try {
                const { done, value } = await reader.read();
                if (done)
                    return;
                parser.feed(decoder.decode(value, { stream: true }));
            } finally {
                never(watch);
            }
        }
    }

    /** One connection, from request to end. True: it may be tried again. */
    async function connect(controller) {
        const watch = later(() => controller.abort(), SILENCE_MS);
        let answer;
        try {
            answer = await fetch(url, { headers: headers(), cache: "no-store", signal: controller.signal });
        } finally {
            never(watch);
        }
        if (answer.ok) {
            onPhase({ phase: "open", resumed: lastId !== null });
            await read(answer.body, controller);
            return true;
        }
        if (passing(answer.status))
            return true;
        const detail = await detailOf(answer);
        if (!closed)
            onPhase({ phase: "refused", status: answer.status, detail });
        return false;
    }

    async function run() {
        const controller = attempt = new AbortController();
        let again = true;
        try {
            again = await connect(controller);
        } catch {
            // No connection, or one that broke: the same as an end of the stream.
        }
        if (attempt === controller)
            attempt = null;
        if (closed || !again)
            return;
        failures += 1;
        const delay = retryDelay(failures, asked, random);
        timer = later(retryNow, delay);
        onPhase({ phase: "waiting", delay, failures });
    }

    function retryNow() {
        if (closed || timer === null)
            return;
        never(timer);
        timer = null;
        run();
    }

    function close() {
        closed = true;
        never(timer);
        attempt?.abort();
    }

    onPhase({ phase: "connecting" });
    run();
    return { close, retryNow, useToken: renewed => { shown = renewed; } };
}
