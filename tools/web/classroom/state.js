/* The class as the page knows it: a pure function from events to states. No clock, no network, no element: the time at which
 * an event arrived comes with it. Contract: classroom, sections 9.1 and 9.2; resuming: transport/sse/README.md.
 *
 * After a resume the snapshot comes first and is already the newest state; the missed events that follow it are history.
 * They are told (chat), but they change nobody's hand, voice or presence. */
import { STOPPED, playbackFrom } from "./playback.js";

export const initialState = Object.freeze({
    ownId: null,
    people: Object.freeze({}), // participant id → { id, userId, name, isTeacher, muted, present }; who has left stays, absent
    hands: Object.freeze([]), // participant ids, the first to raise first
    playback: STOPPED,
    chat: Object.freeze([]), // { from, name, text, at }, oldest first
    chatKnown: false, // whether `chat` holds what was said before this page came
    replaying: false, // between the snapshot of a resume and its end
    caughtUp: 0, // how many events the resume under way, or the last one, has brought
    left: null, // { why: 'kicked', reason } or { why: 'ended' }
});

/** Who is in class now: teachers first, then by name. */
export function peopleIn(state, compare = (a, b) => a.localeCompare(b)) {
    const present = Object.values(state.people).filter(person => person.present);
    return present.sort((a, b) => b.isTeacher - a.isTeacher || compare(a.name, b.name) || a.id - b.id);
}

/* ---- people ---- */

function withPerson(state, id, changes) {
    const before = state.people[id] ?? { id, userId: null, name: "", isTeacher: false, muted: false, present: false };
    return { ...state, people: { ...state.people, [id]: { ...before, ...changes } } };
}

function came(state, data) {
    const before = state.people[data.participant_id];
    const next = withPerson(state, data.participant_id, {
        userId: data.user_id,
        name: data.name ?? "",
        isTeacher: data.is_teacher ?? before?.isTeacher ?? false,
        muted: data.is_muted ?? before?.muted ?? false,
        present: true,
    });
    return { ...next, hands: data.hands ?? state.hands };
}

function went(state, data) {
    const id = data.participant_id;
    const next = state.people[id] ? withPerson(state, id, { present: false }) : state;
    return { ...next, hands: data.hands ?? state.hands.filter(hand => hand !== id) };
}

function muted(state, data) {
    return state.people[data.participant_id] ? withPerson(state, data.participant_id, { muted: data.is_muted }) : state;
}

function handRaised(state, data) {
    const id = data.participant_id;
    return { ...state, hands: data.hands ?? (state.hands.includes(id) ? state.hands : [...state.hands, id]) };
}

function handLowered(state, data) {
    return { ...state, hands: data.hands ?? state.hands.filter(id => id !== data.participant_id) };
}

/* ---- chat: one list from two sources, the events and the stored history ---- */

/** Puts messages into the list, each once, in the order they were said. A class never gives two messages the same time, so
 *  the time is a message's name. */
function withChat(state, messages) {
    const known = new Set(state.chat.map(message => message.at));
    const fresh = messages.filter(message => !known.has(message.at));
    if (!fresh.length)
        return state;
    const chat = [...state.chat, ...fresh].sort((a, b) => (a.at < b.at ? -1 : 1));
    return { ...state, chat };
}

function message(data, people) {
    const from = data.from ?? data.participant_id;
    return { from, name: data.sender_name ?? people[from]?.name ?? "", text: data.text ?? data.message, at: data.timestamp };
}

function said(state, data) {
    return withChat(state, [message(data, state.people)]);
}

/** What was said before, as GET /sessions/{id}/chat gives it. */
export function withHistory(state, rows) {
    return { ...withChat(state, rows.map(row => message(row, state.people))), chatKnown: true };
}

/* ---- the stream ---- */

/** Whose hands are up, from a snapshot: a server that keeps no order is asked for the flags. */
function handsOf(data) {
    return data.hands ?? Object.keys(data.participants).map(Number).filter(id => data.participants[id].raised_hand);
}

function snapshot(state, data, { id, now }) {
    const absent = {};
    for (const person of Object.values(state.people))
        absent[person.id] = { ...person, present: false };
    const fresh = { ...state, ownId: data.participant_id, people: absent, hands: handsOf(data) };
    const peopled = Object.entries(data.participants).reduce(
        (next, [key, person]) => came(next, { ...person, participant_id: Number(key) }), fresh);
    const replaying = id === null; // a resumed snapshot has no place in the order of events
    return {
        ...peopled,
        playback: playbackFrom(data.playback, STOPPED, now),
        chatKnown: state.chatKnown && replaying,
        replaying,
        caughtUp: 0,
    };
}

function resumed(state) {
    return { ...state, replaying: false };
}

/* ---- the class and its audio ---- */

function selected(state, data, { now }) {
    const afresh = { ...STOPPED, speed: state.playback.speed };
    return { ...state, playback: playbackFrom({ ...data, position: 0 }, afresh, now, "stopped") };
}

function plays(status) {
    return (state, data, { now }) => ({ ...state, playback: playbackFrom(data, state.playback, now, status) });
}

function leaves(why) {
    return (state, data) => ({ ...state, left: { why, reason: data.reason ?? "" } });
}

const reducers = {
    connected: (state, data) => ({ ...state, ownId: data.participant_id, replaying: false }),
    session_state: snapshot,
    resumed,
    participant_joined: came,
    participant_added: came,
    participant_already_present: came,
    participant_left: went,
    participant_kicked: went,
    participant_muted: muted,
    hand_raised: handRaised,
    hand_lowered: handLowered,
    chat: said,
    audio_selected: selected,
    audio_play: plays("playing"),
    audio_pause: plays("paused"),
    audio_seek: plays(undefined),
    audio_speed_change: plays(undefined),
    kicked: leaves("kicked"),
    session_ended: leaves("ended"),
};

/** What counts of missed events; everything else is in the snapshot already. */
const history = new Set(["chat", "session_ended", "kicked"]);
const endsReplay = new Set(["resumed", "connected"]);

/** The state after an event. `event` is { event, id, data (an object), now }; unknown events change nothing. */
export function reduce(state, event) {
    const missed = state.replaying && !endsReplay.has(event.event);
    const counted = missed && event.id !== null ? { ...state, caughtUp: state.caughtUp + 1 } : state;
    if (!Object.hasOwn(reducers, event.event) || (missed && !history.has(event.event)))
        return counted;
    return reducers[event.event](counted, event.data, event);
}
