/* The conversation with the tutor about one exercise: over a socket where there is one, else by requests. Either way a message is stored before it
 * shows, and what was missed is read again after a connection was lost. Knows nothing of the screen. */
import { openSocket } from "../kit/socket.js";
import { retryDelay } from "../kit/stream.js";
import { after, conversationOf, cutOff, messageFrom, silent, topicOf, withStored } from "./conversation.js";

const OPENING_MS = 3000; // for a first connection; then the question goes by request
const LOOK_AGAIN_MS = 2000; // for a reply that is due while nothing is heard

/** `onChange(state)`: the conversation with `phase`: 'loading', 'ready', 'live', 'waiting' or 'missing' (there is no tutor here).
 *  `onLost(question)`: what was sent is not stored. Returns { say(question, code), retryNow(), close() }; say() fails with an ApiError if nothing was
 *  stored. */
export function openTutor({ service, student, exercise, onChange, onLost, open = openSocket,
    later = globalThis.setTimeout.bind(globalThis), never = globalThis.clearTimeout.bind(globalThis) }) {
    let state = { ...silent, phase: "loading" };
    let session = null;
    let socket = null;
    let closed = false;
    let pending = null; // the message that went out over the socket and has not come back: { message, resolve }
    let timer = null;
    let looks = 0;

    function change(changes) {
        if (closed)
            return;
        state = { ...state, ...changes };
        onChange(state);
    }

    /* ---- what is stored ---- */

    async function look() {
        const stored = await service.messages(session.id);
        change(withStored(state, stored));
        settle(stored);
        if (state.waiting)
            lookLater();
    }

    function lookLater() {
        never(timer);
        looks += 1;
        timer = later(() => look().then(() => { looks = 0; }).catch(lookLater), retryDelay(looks, LOOK_AGAIN_MS));
    }

    /** Whether the message that was under way is among those that are stored. */
    function settle(stored) {
        const mine = pending && stored.find(({ role, content }) => role === "user" && content === pending.message.content);
        if (mine) {
            pending.resolve();
            pending = null;
        }
    }

    function lose() {
        const lost = pending;
        pending = null;
        if (lost) {
            onLost(lost.message.message_metadata.question);
            lost.resolve();
        }
    }

    /* ---- the socket ---- */

    function onFrame(frame) {
        if (frame.type === "ended")
            session = null;
        if (frame.type === "ended" || frame.type === "error")
            lose();
        else
            change(after(state, frame));
        if (frame.type === "message")
            settle([frame]);
    }

    /** Back after a loss: what was missed, and whether the last message arrived. */
    async function catchUp() {
        try {
            await look();
            lose();
        } catch {
            socket?.retryNow();
        }
    }

    function onPhase({ phase, again }) {
        if (phase === "open") {
            change({ phase: "live" });
            if (again)
                catchUp();
        } else if (phase === "waiting") {
            change({ ...cutOff(state), phase: "waiting" });
        } else if (phase === "refused" || phase === "absent") {
            change({ ...cutOff(state), phase: "ready" });
            socket = null;
            if (session && (pending || state.waiting))
                catchUp();
        }
    }

    /** Resolves when it is known whether there is a connection, or after a while. */
    function connect() {
        socket?.close();
        return new Promise(resolve => {
            const enough = later(resolve, OPENING_MS);
            const told = phase => {
                onPhase(phase);
                if (phase.phase !== "connecting") {
                    never(enough);
                    resolve();
                }
            };
            socket = open({ url: () => service.socketUrl(session.id), onFrame, onPhase: told });
        });
    }

    /* ---- saying ---- */

    async function begin() {
        session = await service.openConversation(student, topicOf(exercise));
        await connect();
    }

    const isNew = () => !state.messages.some(({ session_id: id }) => id === session.id);

    async function byRequest(message) {
        const stored = await service.say(session.id, message);
        change(withStored(state, [stored]));
        looks = 0;
        await look();
    }

    function bySocket(message) {
        return new Promise(resolve => {
            pending = { message, resolve };
            change({ waiting: true });
        });
    }

    /** In the conversation that there is, or a new one. */
    async function send(question, code) {
        if (!session)
            await begin();
        const message = messageFrom(question, { exercise, first: isNew(), code });
        if (socket?.send({ type: "message", ...message }))
            return bySocket(message);
        change({ waiting: true });
        return byRequest(message);
    }

    async function say(question, code) {
        try {
            await send(question, code);
        } catch (error) {
            change(withStored(state, []));
            if (error.name !== "ApiError" || error.status !== 400 || !session)
                throw error;
            session = null; // it has ended meanwhile, elsewhere
            await send(question, code);
        }
    }

    async function start() {
        try {
            session = conversationOf(await service.conversations(student), exercise);
            change({ phase: "ready" });
            if (session) {
                connect();
                await look();
            }
        } catch (error) {
            if (error.name !== "ApiError")
                throw error;
            change({ phase: error.status === 404 || error.status === 405 ? "missing" : "ready" });
        }
    }

    start();
    return {
        say,
        retryNow: () => socket?.retryNow(),
        close() {
            closed = true;
            never(timer);
            socket?.close();
        },
    };
}
