/* Counts syllables in a stream of sound: each has a vowel, and each vowel is a hill of loudness in the band where vowels are loud (after de Jong and
 * Wempe, "Praat script to detect syllable nuclei", 2009). Knows no words and keeps no sound. */
import { lowPass } from "./resampler.js";

export const HOP = 80; // samples: 10 ms

const RISE_DB = 2; // a hill is this much higher than the valleys on both its sides
const RANGE_DB = 22; // below the loudest of late a hill is noise, or somebody else
const FLOOR_DB = -65; // below, all is silence
const FORGET_DB = 0.02; // per hop: how fast the loudest of late fades, 2 dB a second
const SMOOTHING = 0.45;

/** A counter. step(samples, voiced): HOP samples, and whether they may belong to a vowel. It returns whether a syllable has just ended its hill. */
export function createSyllableCounter(rate) {
    const low = lowPass(2200, rate, 0.7071);
    const under = lowPass(300, rate, 0.7071);
    let smooth = FLOOR_DB;
    let valley = FLOOR_DB;
    let top = null; // { db, voiced } of the hill that is climbed
    let loudest = FLOOR_DB;

    function loudness(samples) {
        let power = 0;
        for (const sample of samples) {
            const band = low(sample);
            const rest = band - under(band);
            power += rest * rest;
        }
        return Math.max(FLOOR_DB, 10 * Math.log10(power / samples.length + 1e-12));
    }

    return function step(samples, voiced) {
        smooth += (loudness(samples) - smooth) * SMOOTHING;
        loudest = Math.max(smooth, loudest - FORGET_DB);
        if (top === null) {
            valley = Math.min(valley, smooth);
            if (smooth > valley + RISE_DB)
                top = { db: smooth, voiced };
            return false;
        }
        if (smooth > top.db) {
            top.db = smooth;
            top.voiced ||= voiced;
        }
        if (smooth > top.db - RISE_DB)
            return false;
        const counts = top.voiced && top.db > loudest - RANGE_DB;
        top = null;
        valley = smooth;
        return counts;
    };
}
