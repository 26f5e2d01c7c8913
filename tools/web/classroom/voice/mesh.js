/* Live voice: everybody connected with everybody, as in the app. Listening needs no permission; the microphone is asked for when
 * somebody first wants to speak. Who is muted is not heard, on either side: the own track is silent, and so are the
 * loudspeakers of others' voices. */
import { createMicrophone } from "./microphone.js";
import { createPeer } from "./peer.js";

const NEWCOMER_MS = 600; // contract, section 9.2: how long a newcomer gets before the offer
const LISTEN_MS = 90; // short sounds in the rhythm of a clock would never be met by one that fits into a second
const PAUSE_MS = 800; // between words somebody still speaks
const AUDIBLE = 0.02; // of full level

function loudspeaker() {
    const audio = new Audio();
    audio.autoplay = true;
    return audio;
}

/** `send(participantId, payload)` relays a signal. `onChange()`: something that `mesh` tells has changed.
 *  Feed it with `update(state)` after every event, `arrived(id)` and `signal(from, payload)`. */
export function createMesh({ send, iceServers, onChange, onBlocked = () => {} }) {
    const peers = new Map(); // participant id → { peer, audio, state, newcomer, heardAt }
    const microphone = createMicrophone({ onChange: microphoneChanged });
    const stream = new MediaStream();
    const holds = { pushed: false, kept: false };
    let own = { id: null, muted: false };
    let speaking = new Set();

    /* ---- speaking ---- */

    const wanted = () => holds.pushed || holds.kept;
    const talking = () => microphone.state === "on" && wanted() && !own.muted;

    function applyTrack() {
        if (microphone.track)
            microphone.track.enabled = talking();
    }

    function microphoneChanged() {
        applyTrack();
        for (const { peer } of peers.values())
            peer.speakWith(microphone.track);
        onChange();
    }

    function hold(name, on) {
        if (holds[name] === on)
            return;
        holds[name] = on;
        if (on && !own.muted)
            microphone.open();
        applyTrack();
        onChange();
    }

    /* ---- peers ---- */

    function add(id) {
        const entry = { audio: loudspeaker(), state: "waiting", newcomer: null, heardAt: -Infinity };
        entry.peer = createPeer({
            offers: own.id > id,
            send: payload => send(id, payload),
            connect: () => new RTCPeerConnection({ iceServers }),
            stream,
            onTrack: track => play(entry, track),
            onState: state => { entry.state = state; onChange(); },
        });
        entry.peer.speakWith(microphone.track);
        peers.set(id, entry);
        return entry;
    }

    function remove(id) {
        const { peer, audio, newcomer } = peers.get(id);
        clearTimeout(newcomer);
        peer.close();
        audio.srcObject = null;
        peers.delete(id);
    }

    function play(entry, track) {
        entry.audio.srcObject = new MediaStream([track]);
        entry.audio.play().catch(error => error.name === "NotAllowedError" && onBlocked());
    }

    /** Makes the mesh fit the class: who is there gets a peer, who has left loses it, who is muted is not heard. */
    function update(state) {
        if (state.ownId === null)
            return;
        if (own.id !== state.ownId)
            [...peers.keys()].forEach(remove);
        own = { id: state.ownId, muted: state.people[state.ownId]?.muted ?? false };
        for (const id of [...peers.keys()])
            if (!state.people[id]?.present || id === own.id)
                remove(id);
        for (const person of Object.values(state.people)) {
            if (!person.present || person.id === own.id)
                continue;
            const entry = peers.get(person.id) ?? add(person.id);
            entry.audio.muted = person.muted;
        }
        if (wanted() && !own.muted && microphone.state === "off")
            microphone.open();
        applyTrack();
    }

    /** The stream has told who is there: everybody without a connection is greeted. */
    function greetNew() {
        for (const { peer, state } of peers.values())
            if (state === "waiting" || state === "lost")
                peer.greet();
    }

    /** The others were told that this page has left, and have hung up. */
    function greetAll() {
        for (const { peer } of peers.values())
            peer.greet();
    }

    /** Somebody has come, or come back. */
    function arrived(id) {
        const entry = peers.get(id);
        if (!entry)
            return;
        clearTimeout(entry.newcomer);
        entry.newcomer = setTimeout(entry.peer.greet, NEWCOMER_MS);
    }

    function signal(from, payload) {
        peers.get(from)?.peer.take(payload);
    }

    /* ---- who is heard ---- */

    function isAudible({ peer, audio }) {
        const receivers = audio.muted ? [] : peer.connection()?.getReceivers() ?? [];
        return receivers.some(receiver => (receiver.getSynchronizationSources?.() ?? []).some(source => source.audioLevel > AUDIBLE));
    }

    function listen() {
        const now = performance.now();
        for (const entry of peers.values())
            if (isAudible(entry))
                entry.heardAt = now;
        const heard = new Set([...peers].filter(([, { heardAt }]) => now - heardAt < PAUSE_MS).map(([id]) => id));
        if (heard.size === speaking.size && [...heard].every(id => speaking.has(id)))
            return;
        speaking = heard;
        onChange();
    }

    const ear = setInterval(listen, LISTEN_MS);

    function resumeSound() {
        for (const { audio } of peers.values())
            if (audio.srcObject)
                audio.play().catch(() => {});
    }

    function close() {
        clearInterval(ear);
        [...peers.keys()].forEach(remove);
        microphone.close();
    }

    return {
        update, greetNew, greetAll, arrived, signal, resumeSound, close,
        push: on => hold("pushed", on),
        keepOpen: on => hold("kept", on),
        microphone: () => microphone.state,
        talking,
        keptOpen: () => holds.kept,
        stateOf: id => peers.get(id)?.state ?? "none",
        isSpeaking: id => (id === own.id ? talking() : speaking.has(id)),
        connected: () => [...peers.values()].filter(({ state }) => state === "connected").length,
    };
}
