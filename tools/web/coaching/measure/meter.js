/* Measures talk: once a second, how fast somebody speaks and how much two voices sound at once. Sound goes in, numbers come out, none of it is kept. */
import { createPace } from "./pace.js";
import { createResampler, RATE } from "./resampler.js";
import { HOP, createSyllableCounter } from "./syllables.js";
import { createVoices } from "./voices.js";

const HOPS_A_SECOND = RATE / HOP;

/** `rate`: samples a second of what is fed. `active(samples)`: whether there is speech in HOP samples (voice_activity.js).
 *  `onSecond({ speaking_rate, overlap_ratio, speaking })`: words per second over the last seconds of talk, 0 while nobody talks; the share of the last
 *  second in which two voices spoke; that in which anybody did. Returns feed(samples), Float32 between -1 and 1. */
export function createMeter({ rate, active, onSecond }) {
    const syllables = createSyllableCounter(RATE);
    const pace = createPace();
    const voices = createVoices(RATE);
    const hop = new Float32Array(HOP);
    let filled = 0;
    let hops = 0;
    let spoken = 0; // hops of this second

    function takeHop() {
        const speech = active(hop);
        const { voiced } = voices.step(hop, speech);
        pace.step(speech, syllables(hop, speech && voiced));
        spoken += speech;
        hops += 1;
        if (hops % HOPS_A_SECOND !== 0)
            return;
        onSecond({ speaking_rate: pace.rate(), overlap_ratio: voices.overlap(), speaking: spoken / HOPS_A_SECOND });
        spoken = 0;
    }

    return createResampler(rate, sample => {
        hop[filled] = sample;
        filled += 1;
        if (filled === HOP) {
            filled = 0;
            takeHop();
        }
    });
}
