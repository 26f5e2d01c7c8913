/* A session as one takes part in it: its socket, what is measured here, what the server says to it. Shows nothing. */
import { openSocket } from "../kit/socket.js";
import { isOld } from "./account.js";

const NUDGES_KEPT = 50;

/** `onChange(state)`: { phase, participants, nudges, second }. Phases: 'connecting', 'live', 'waiting', and as the last 'ended'. Nudges are the newest
 *  first, { number, type, intensity, message, at }; `second` is what was measured last, or null. `onNudge(nudge)` for each once.
 *  Returns { measured(second), silent(), retryNow(), close() }. */
export function openLive({ app, session, onChange, onNudge, now = Date.now }) {
    let state = { phase: "connecting", participants: [], nudges: [], second: null };
    let numbers = 0;

    function become(changes) {
        state = { ...state, ...changes };
        onChange(state);
    }

    function takeNudge({ nudge_type: type, intensity, message }) {
        const nudge = { number: ++numbers, type, intensity, message, at: now() };
        become({ nudges: [nudge, ...state.nudges].slice(0, NUDGES_KEPT) });
        onNudge(nudge);
    }

    function onFrame({ type, payload }) {
        if (type === "server.session_state")
            become({ participants: payload.participants });
        else if (type === "server.nudge")
            takeNudge(payload);
    }

    /** A session that has ended refuses its socket, which a browser cannot tell from a network that is gone. */
    async function whetherEnded() {
        if (isOld(app.account))
            await app.renew();
        const found = await app.service.session(session);
        if (found?.status !== "ACTIVE" && state.phase !== "ended")
            end();
    }

    function end() {
        socket.close();
        become({ phase: "ended", second: null });
    }

    function onPhase({ phase }) {
        if (phase === "refused")
            end();
        else
            become({ phase: phase === "open" ? "live" : phase });
        if (phase === "waiting" && app.account)
            whetherEnded().catch(() => {}); // nobody answers: it is tried again anyway
    }

    const socket = openSocket({ url: () => app.service.sessionSocket(session), onFrame, onPhase, patience: Infinity });

    return {
        /** Told to the server if it is reached, else shown alone: a second that is gone says nothing any more. */
        measured(second) {
            const { speaking_rate, overlap_ratio } = second;
            socket.send({ type: "client.feature_frame", sid: session, payload: { timestamp_ms: now(), speaking_rate, overlap_ratio } });
            become({ second });
        },
        silent: () => become({ second: null }),
        retryNow: socket.retryNow,
        close: socket.close,
    };
}
