/* Whether one voice sounds or two at once. A vowel repeats itself at the pitch of its voice; what is left after one voice's repetition is taken away
 * repeats itself again only if there is another (after de Cheveigné, "Separation of concurrent harmonic sounds", 1993). */
import { lowPass } from "./resampler.js";

const SPAN = 320; // samples that are compared: 40 ms at 8 kHz
const LAG_LEAST = 22; // samples: a pitch of 360 Hz
const LAG_MOST = 110; // 73 Hz
const KEPT = SPAN + 2 * LAG_MOST + 4;
const TOP_HZ = 1100; // above, a lag of whole samples is too coarse

/* Shares of power, 0: all of it repeats, 1: nothing does. */
const VOICED = 0.35; // up to this much left: a voice
const ALONE = 0.12; // less left than this: no second voice, or one too soft to tell
const SECOND = 0.3; // left of what the first voice has left: a second voice

const LOOK_HOPS = 3; // hops of 10 ms from one look to the next
const LOOKS = 33; // of the last second
const NEAR_LOOKS = 8; // two voices are told where both have vowels: looks between two such moments are counted as well
const SPREAD = 4; // and this many at both ends
const LEAST_LOOKS = 3; // found in a second; fewer are chance

/** How much of a signal's end is left when it is taken from itself `lag` samples later. */
function left(x, lag) {
    let different = 0, all = 1e-9;
    for (let i = x.length - SPAN; i < x.length; i++) {
        const a = x[i], b = x[i - lag];
        different += (a - b) * (a - b);
        all += a * a + b * b;
    }
    return different / all;
}

/** The lag at which it repeats itself best, between samples if need be: { lag, rest }. Of a lag and its multiples the shortest. */
function repetition(x) {
    const rests = new Float64Array(LAG_MOST + 1).fill(2);
    let best = LAG_LEAST;
    for (let lag = LAG_LEAST; lag <= LAG_MOST; lag++) {
        rests[lag] = left(x, lag);
        if (rests[lag] < rests[best])
            best = lag;
    }
    for (let lag = LAG_LEAST + 1; lag < best; lag++)
        if (rests[lag] < rests[best] + 0.04 && rests[lag] <= rests[lag - 1] && rests[lag] <= rests[lag + 1]) {
            best = lag;
            break;
        }
    const inside = best > LAG_LEAST && best < LAG_MOST;
    const [a, b, c] = inside ? [rests[best - 1], rests[best], rests[best + 1]] : [0, rests[best], 0];
    const bow = a - 2 * b + c;
    return { lag: best + (inside && bow > 1e-9 ? (a - c) / (2 * bow) : 0), rest: b };
}

/** The signal less its repetition at a lag between two samples: { y, rest }, rest the share of power that is left. */
function without(x, lag) {
    const whole = Math.floor(lag), part = lag - whole;
    const y = x.slice();
    let power = 0, all = 1e-9;
    for (let i = whole + 1; i < x.length; i++) {
        const b = x[i - whole] * (1 - part) + x[i - whole - 1] * part;
        y[i] = x[i] - b;
        if (i >= x.length - SPAN) {
            power += y[i] * y[i];
            all += x[i] * x[i] + b * b;
        }
    }
    return { y, rest: power / all };
}

/** Whether one pitch is the other, or a multiple or a part of it: then it is the same voice. */
function related(one, other) {
    const ratio = Math.max(one, other) / Math.min(one, other);
    return Math.abs(ratio - Math.round(ratio)) < 0.06 * Math.round(ratio) || Math.abs(ratio - 1.5) < 0.06;
}

/** What sounds in the last KEPT samples: { voiced, two }. */
export function voicesIn(x) {
    const first = repetition(x);
    if (first.rest > 2 * VOICED)
        return { voiced: false, two: false };
    const { y, rest } = without(x, first.lag);
    if (rest < ALONE)
        return { voiced: true, two: false };
    const second = repetition(y);
    const two = second.rest < SECOND && !related(first.lag, second.lag);
    return { voiced: first.rest < VOICED || two, two };
}

/** The share of looks that belong to talk of two: `found` are the looks, the oldest first, at which both were told. */
export function shareOfTwo(found) {
    if (found.filter(Boolean).length < LEAST_LOOKS)
        return 0;
    const filled = new Array(found.length).fill(false);
    let last = -Infinity;
    found.forEach((two, at) => {
        if (!two)
            return;
        if (at - last <= NEAR_LOOKS)
            for (let i = last - SPREAD; i <= at + SPREAD; i++)
                if (i in filled)
                    filled[i] = true;
        last = at;
    });
    return filled.filter(Boolean).length / found.length;
}

/** step(samples, speech) for each hop: { voiced } of the last look; overlap(): the share of the last second in which two voices sounded. */
export function createVoices(rate) {
    const filter = lowPass(TOP_HZ, rate, 0.7071);
    const kept = new Float32Array(KEPT);
    const found = new Array(LOOKS).fill(false);
    let hops = 0;
    let now = { voiced: false, two: false };

    return {
        step(samples, speech) {
            kept.copyWithin(0, samples.length);
            kept.set(samples.map(filter), KEPT - samples.length);
            hops += 1;
            if (hops % LOOK_HOPS === 0) {
                now = speech ? voicesIn(kept) : { voiced: false, two: false };
                found.push(now.two);
                found.shift();
            }
            return now;
        },
        overlap: () => shareOfTwo(found),
    };
}
