/* A WebSocket that comes back by itself, until it is closed or refused. Frames are JSON both ways, bare text where one says so; knows no frame by name. */
import { retryDelay } from "./stream.js";

const FIRST_RETRY_MS = 2000;
const NEVER_OPENED_MOST = 4; // attempts: a browser does not tell a refusal from a network that lets no socket through

/** Codes that mean "no" rather than "not now": an end, a breach of rules, and the refusals of RFC 6455's range for applications. */
function isRefusal(code) {
    return code === 1000 || code === 1008 || (code >= 4400 && code < 4500);
}

function parsed(text) {
    try {
        const frame = JSON.parse(text);
        return frame && typeof frame === "object" ? frame : null;
    } catch {
        return null;
    }
}

/** Opens a socket at what `url()` gives (asked for anew each time, as tokens change) and keeps it open.
 *  `onFrame(frame)`: an object. `onPhase({ phase, … })`: 'connecting' (the first time), 'open' (with `again`: it was open before), 'waiting' (with
 *  `delay`), and as the last 'refused' (with `code`), or 'absent' when the first attempts never opened.
 *  `patience`: how many first attempts may fail before that.
 *  Returns { send(frame): whether it went out; a text goes as it is, isOpen(), retryNow(), close() }. */
export function openSocket({ url, onFrame, onPhase, patience = NEVER_OPENED_MOST, WebSocket = globalThis.WebSocket, random = Math.random,
    later = globalThis.setTimeout.bind(globalThis), never = globalThis.clearTimeout.bind(globalThis) }) {
    let closed = false;
    let socket = null;
    let timer = null;
    let failures = 0;
    let opened = false;

    function end(phase) {
        closed = true;
        onPhase(phase);
    }

    function onClose({ code }) {
        socket = null;
        if (closed)
            return;
        failures += 1;
        if (isRefusal(code))
            return end({ phase: "refused", code });
        if (!opened && failures >= patience)
            return end({ phase: "absent" });
        const delay = retryDelay(failures, FIRST_RETRY_MS, random);
        timer = later(retryNow, delay);
        onPhase({ phase: "waiting", delay });
    }

    function connect() {
        const own = socket = new WebSocket(url());
        own.addEventListener("open", () => {
            if (closed)
                return;
            failures = 0;
            onPhase({ phase: "open", again: opened });
            opened = true;
        });
        own.addEventListener("message", ({ data }) => {
            const frame = closed ? null : parsed(data);
            if (frame)
                onFrame(frame);
        });
        own.addEventListener("close", onClose);
    }

    function retryNow() {
        if (closed || timer === null)
            return;
        never(timer);
        timer = null;
        connect();
    }

    const isOpen = () => !closed && socket?.readyState === 1;

    onPhase({ phase: "connecting" });
    connect();
    return {
        isOpen, retryNow,
        send(frame) {
            const open = isOpen();
            if (open)
                socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
            return open;
        },
        close() {
            closed = true;
            never(timer);
            socket?.close();
        },
    };
}
