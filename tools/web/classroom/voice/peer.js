/* One peer of the mesh: an RTCPeerConnection, and how the two sides come to agree.
 *
 * The higher participant id offers, the lower one answers. Whoever sees the other arrive anew offers once more over the
 * connection there is: a page that only lost its event stream answers from the same connection and nobody hears a gap; one
 * that was reloaded answers from another, which its fingerprint shows, and then both start afresh.
 * An offer that stays without a connection is repeated, ever more slowly. */
import { candidatesOf, createSignalQueue, fingerprintOf } from "./signals.js";

const PATIENCE_MS = 8000;
const LONGEST_PATIENCE_MS = 60000;
const MAX_EARLY = 64; // candidates kept for a description that has not come yet

/** `offers`: whether this side makes the offers. `send(payload)` relays to the other side and returns a promise.
 *  `connect()` makes an RTCPeerConnection. `stream`: the MediaStream that the sent track is said to belong to (the app plays only
 *  tracks that belong to one). `onTrack(track)`, `onState(state)` tell of what comes and of 'connecting', 'connected', 'lost'. */
export function createPeer({ offers, send, connect, stream, onTrack, onState, later = setTimeout, never = clearTimeout }) {
    const signals = createSignalQueue({ send, later, never });
    let pc = null;
    let microphone = null;
    let sender = null;
    let early = [];
    let attempts = 0;
    let patience = null;
    let work = Promise.resolve();
    let closed = false;

    /** One step after the other: descriptions must not be set while others are. */
    function then(step) {
        work = work.then(() => (closed ? undefined : step())).catch(() => onFailure());
        return work;
    }

    function onFailure() {
        if (closed)
            return;
        drop();
        expectConnection();
    }

    function drop() {
        if (!pc)
            return;
        pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = null;
        pc.close();
        pc = sender = null;
        signals.clear();
    }

    function afresh() {
        drop();
        pc = connect();
        pc.onicecandidate = ({ candidate }) => candidate?.candidate && signals.pushCandidate(candidate.toJSON());
        pc.ontrack = ({ track }) => onTrack(track);
        pc.onconnectionstatechange = () => connectionChanged(pc.connectionState);
        onState("connecting");
        return pc;
    }

    function connectionChanged(state) {
        if (state === "connected") {
            attempts = 0;
            never(patience);
            patience = null;
            onState("connected");
        } else if (state === "disconnected") {
            onState("connecting");
        } else if (state === "failed") {
            onState("lost");
            expectConnection();
        }
    }

    /** Offers again if there is no connection when the patience ends; the answering side waits for the other's. */
    function expectConnection() {
        if (!offers || patience !== null)
            return;
        const delay = Math.min(PATIENCE_MS * 2 ** attempts, LONGEST_PATIENCE_MS);
        attempts += 1;
        patience = later(() => {
            patience = null;
            if (pc?.connectionState !== "connected")
                then(offerAfresh);
        }, delay);
    }

    async function sendDescription() {
        const { type, sdp } = pc.localDescription;
        await signals.push({ type, sdp });
    }

    async function offer(connection, options) {
        await connection.setLocalDescription(await connection.createOffer(options));
        await sendDescription();
        expectConnection();
    }

    async function offerAfresh() {
        const connection = afresh();
        early = [];
        sender = connection.addTransceiver("audio", { direction: "sendrecv", streams: [stream] }).sender;
        await sender.replaceTrack(microphone);
        await offer(connection);
    }

    async function takeOffer(sdp) {
        const known = pc && fingerprintOf(pc.remoteDescription?.sdp) === fingerprintOf(sdp);
        if (!known && offers && pc?.signalingState === "have-local-offer")
            return; // both have offered: this side's offer counts, and the other side yields
        const connection = known ? pc : afresh();
        await connection.setRemoteDescription({ type: "offer", sdp });
        const audio = connection.getTransceivers().find(one => one.receiver.track.kind === "audio");
        if (audio) {
            audio.direction = "sendrecv";
            sender = audio.sender;
            sender.setStreams?.(stream);
            await sender.replaceTrack(microphone);
        }
        await connection.setLocalDescription(await connection.createAnswer());
        await addEarly(connection);
        await sendDescription();
    }

    async function takeAnswer(sdp) {
        if (pc?.signalingState !== "have-local-offer")
            return;
        const before = pc.currentRemoteDescription;
        if (before && fingerprintOf(before.sdp) !== fingerprintOf(sdp)) {
            await offerAfresh();
            return;
        }
        await pc.setRemoteDescription({ type: "answer", sdp });
        await addEarly(pc);
    }

    async function addEarly(connection) {
        const candidates = early;
        early = [];
        for (const candidate of candidates)
            await addCandidate(connection, candidate);
    }

    async function addCandidate(connection, candidate) {
        try {
            await connection.addIceCandidate(candidate);
        } catch {
            // Of a connection that has been replaced since, or nothing this browser understands: the others will do.
        }
    }

    async function takeCandidates(candidates) {
        for (const candidate of candidates)
            if (pc?.remoteDescription && pc.signalingState !== "have-local-offer")
                await addCandidate(pc, candidate);
            else if (early.length < MAX_EARLY)
                early.push(candidate);
    }

    /** The other side is there, or there anew. */
    function greet() {
        if (!offers)
            return;
        then(() => (pc?.connectionState === "connected" ? offer(pc, { iceRestart: true }) : offerAfresh()));
    }

    /** A payload from the other side. Anything that is not understood is ignored. */
    function take(payload) {
        if (payload?.type === "offer")
            then(() => takeOffer(payload.sdp));
        else if (payload?.type === "answer")
            then(() => takeAnswer(payload.sdp));
        else if (payload && candidatesOf(payload).length)
            then(() => takeCandidates(candidatesOf(payload)));
    }

    /** The track to send from now on, or null for silence. No new negotiation is needed. */
    function speakWith(track) {
        microphone = track;
        then(() => sender?.replaceTrack(track));
    }

    function close() {
        closed = true;
        never(patience);
        drop();
    }

    return { greet, take, speakWith, close, connection: () => pc };
}
