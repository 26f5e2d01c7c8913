/* Where the class is in its audio file, and what a listener's player has to do to be there too. Arithmetic only; times are
 * milliseconds of the page's monotonic clock (performance.now), positions seconds. Contract: classroom, section 6.1. */

export const STOPPED = Object.freeze({ audioId: null, status: "stopped", speed: 1, position: 0, title: null, duration: null, asOf: 0 });

const IN_STEP_S = 0.04; // nobody hears this
const FAR_S = 1.2; // catching up by speed would take longer than a jump disturbs
const NUDGE_PER_S = 0.2; // a second of drift changes the speed by a fifth, …
const NUDGE_MOST = 0.08; // … but never by more than can pass unnoticed

/** The record after news that arrived at `now`. Keys the news leaves out stay as they were, unless they told of another file. */
export function playbackFrom(news, before, now, status = news.status ?? before.status) {
    const sameFile = (news.audio_id ?? before.audioId) === before.audioId;
    const known = sameFile ? before : { ...before, title: null, duration: null };
    return {
        audioId: news.audio_id ?? before.audioId,
        status,
        speed: news.speed ?? before.speed,
        position: news.position ?? positionAt(before, now),
        title: news.title ?? known.title,
        duration: news.duration ?? known.duration,
        asOf: now,
    };
}

/** The effective position: it moves while the class plays, and stops at the end of the file. */
export function positionAt(playback, now) {
    const moved = playback.status === "playing" ? (now - playback.asOf) / 1000 * playback.speed : 0;
    const position = Math.max(0, playback.position + moved);
    return playback.duration === null ? position : Math.min(position, playback.duration);
}

/** Whether the file has been played to its end. Never for a file of unknown length. */
export function atEnd(playback, now) {
    return playback.duration !== null && positionAt(playback, now) >= playback.duration;
}

/** What brings a player that stands at `actual` to `expected`: { rate } to go on at, and { seek } when it has to jump. */
export function correction(actual, expected, speed) {
    const ahead = actual - expected;
    if (Math.abs(ahead) > FAR_S * Math.max(1, speed))
        return { rate: speed, seek: expected };
    if (Math.abs(ahead) <= IN_STEP_S)
        return { rate: speed, seek: null };
    const nudge = Math.min(NUDGE_MOST, Math.abs(ahead) * NUDGE_PER_S);
    return { rate: speed * (1 - Math.sign(ahead) * nudge), seek: null };
}
