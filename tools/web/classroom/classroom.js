/* One class as it runs: its stream feeds the state, the audio and the voices. What to show is the views' affair; they are told
 * by `onChange` (something is different), `onEvent` (something happened, in words for a live region) and `onLeft`. */
import { openStream } from "../kit/stream.js";
import { createAudioSync } from "./audio_sync.js";
import { iceServers } from "./settings.js";
import { initialState, reduce, withHistory } from "./state.js";
import { createMesh } from "./voice/mesh.js";

const BACK_SHOWN_MS = 8000;
const HISTORY_RETRY_MS = 3000;

/** Joins class `id` by opening its stream. `renewToken()` promises a new token when the one that the stream was opened with is
 *  about to end. Returns the class:
 *    state        see state.js
 *    connection   { phase: 'connecting' | 'live' | 'waiting' | 'back' | 'refused', detail, caughtUp }
 *    audio, mesh  see audio_sync.js, voice/mesh.js
 *    leave()      closes everything */
export function joinClassroom({ lectern, token, renewToken, id, onChange, onEvent, onLeft }) {
    const room = { id, state: initialState, connection: { phase: "connecting" }, audio: null, mesh: null, leave };
    let gone = false;
    let greeting = false; // between the start of a connection and its snapshot
    let backTimer = null;
    let historyTimer = null;

    room.mesh = createMesh({
        send: (participant, payload) => lectern.signal(id, participant, payload),
        iceServers, onChange, onBlocked: onChange,
    });
    room.audio = createAudioSync({ audio: new Audio(), urlOf: audio => lectern.classAudioUrl(id, audio), onChange });

    function become(connection) {
        clearTimeout(backTimer);
        room.connection = connection;
        onChange();
    }

    function live() {
        const { replaying, caughtUp } = room.state;
        if (replaying)
            return;
        become({ phase: greeting === "again" ? "back" : "live", caughtUp });
        if (greeting === "again")
            backTimer = setTimeout(() => become({ phase: "live" }), BACK_SHOWN_MS);
        greeting = false;
        room.mesh.greetNew();
    }

    function takePhase(news) {
        if (news.phase === "open")
            greeting = room.state.ownId === null ? "first" : "again";
        else if (news.phase === "refused")
            left({ why: "refused", status: news.status, reason: news.detail });
        else
            become(news);
    }

    function take({ event, data, id: eventId }) {
        const parsed = parse(data);
        if (!parsed || gone)
            return;
        const happened = { event: parsed.type ?? event, id: eventId, data: parsed, now: performance.now() };
        const before = room.state;
        if (happened.event === "token_expiring")
            goOn();
        change(reduce(before, happened));
        voices(happened);
        if (happened.event === "session_state" && !room.state.chatKnown)
            loadHistory();
        if (greeting && (happened.event === "session_state" || happened.event === "resumed"))
            live();
        if (!before.replaying)
            onEvent(happened, room);
        if (room.state.left)
            left(room.state.left);
    }

    function change(next) {
        if (next === room.state)
            return;
        const playbackChanged = next.playback !== room.state.playback;
        room.state = next;
        room.mesh.update(next);
        if (playbackChanged)
            room.audio.follow(next.playback);
        onChange();
    }

    function voices({ event, data }) {
        const { mesh, state } = room;
        if (event === "webrtc_signal")
            mesh.signal(data.from, data.payload);
        else if (event === "participant_joined")
            mesh.arrived(data.participant_id);
        else if (event === "participant_left" && data.participant_id === state.ownId)
            mesh.greetAll();
    }

    /** If it fails, the stream ends with its token, and the next one is refused. */
    async function goOn() {
        try {
            stream.useToken(await renewToken());
        } catch (error) {
            if (error.name !== "ApiError")
                throw error;
        }
    }

    async function loadHistory() {
        clearTimeout(historyTimer);
        try {
            const rows = await lectern.history(id);
            if (!gone)
                change(withHistory(room.state, rows));
        } catch {
            if (!gone)
                historyTimer = setTimeout(loadHistory, HISTORY_RETRY_MS);
        }
    }

    function left(why) {
        if (gone)
            return;
        leave();
        onLeft(why);
    }

    function leave() {
        gone = true;
        clearTimeout(backTimer);
        clearTimeout(historyTimer);
        removeEventListener("online", retryNow);
        stream.close();
        room.audio.close();
        room.mesh.close();
    }

    const stream = openStream({ url: lectern.streamUrl(id), token, onEvent: take, onPhase: takePhase });
    const retryNow = () => stream.retryNow();
    addEventListener("online", retryNow);
    return room;
}

function parse(data) {
    try {
        const value = JSON.parse(data);
        return value && typeof value === "object" ? value : null;
    } catch {
        return null;
    }
}
