/* What was measured as people read it. The limits are those that the server nudges at unless it is told otherwise: marks on a scale, no more. */

export const PACE = { limit: 3, most: 5 }; // words per second
export const OVERLAP = { limit: 0.3, most: 1 };

const BRISK = 0.85; // of the limit

/** How much of a scale a value fills, from 0 to 1. */
export function share(value, { most }) {
    return Math.max(0, Math.min(1, value / most));
}

/** 'calm', 'brisk' or 'over'. */
export function zone(value, { limit }) {
    return value > limit ? "over" : value > limit * BRISK ? "brisk" : "calm";
}

/** Words per minute, in steps that do not flicker. */
export function wordsPerMinute(rate) {
    return Math.round(rate * 60 / 5) * 5;
}

/** Per cent, likewise. */
export function percent(ratio) {
    return Math.round(ratio * 20) * 5;
}

/** A value that follows what is measured a little more slowly, for the eye. */
export function eased(before, now) {
    return before === null || now === 0 ? now : before + (now - before) * 0.5;
}
