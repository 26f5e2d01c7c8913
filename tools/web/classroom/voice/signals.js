/* What two peers say to each other before they hear each other: the payloads of `webrtc_signal`, as the app sends them, and the
 * little that has to be read out of a session description. No network, no peer connection.
 *
 *   { type: 'offer' | 'answer', sdp }                  a session description
 *   { type: 'ice_candidates_batch', candidates }       each { candidate, sdpMid, sdpMLineIndex, … }
 *   { type: 'ice_candidate', candidate: {…} }          one of them: understood, never sent */

const BATCH_MS = 150;
const MAX_BATCH = 50;

/** The fingerprint of the certificate a description was made with. Every connection has a certificate of its own, so two
 *  descriptions with one fingerprint belong to one connection. */
export function fingerprintOf(sdp) {
    return /^a=fingerprint:(\S+ \S+)/m.exec(sdp ?? "")?.[1].toLowerCase() ?? "";
}

/** The candidates a payload brings; none if it brings something else. */
export function candidatesOf(payload) {
    if (payload.type === "ice_candidates_batch" && Array.isArray(payload.candidates))
        return payload.candidates;
    if (payload.type === "ice_candidate" && payload.candidate)
        return [typeof payload.candidate === "string" ? payload : payload.candidate];
    return [];
}

/** Sends the signals for one peer in order, one request at a time: candidates that overtake their offer would be lost. What
 *  cannot be sent is dropped; the negotiation that misses it starts over by itself.
 *  `send(payload)` returns a promise. */
export function createSignalQueue({ send, later = setTimeout, never = clearTimeout }) {
    let sending = Promise.resolve();
    let batch = [];
    let timer = null;

    function push(payload) {
        sending = sending.then(() => send(payload)).catch(() => {});
        return sending;
    }

    function flush() {
        never(timer);
        timer = null;
        if (batch.length)
            push({ type: "ice_candidates_batch", candidates: batch });
        batch = [];
    }

    function pushCandidate(candidate) {
        batch.push(candidate);
        if (batch.length >= MAX_BATCH)
            flush();
        else
            timer ??= later(flush, BATCH_MS);
    }

    /** Forgets what waits, for a connection that has been replaced. */
    function clear() {
        never(timer);
        timer = null;
        batch = [];
    }

    return { push, pushCandidate, clear };
}
