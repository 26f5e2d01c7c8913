/* Sound at the rate of a microphone brought down to the rate that everything is measured at. Speech is told by what lies below 3.4 kHz, as on a
 * telephone; more would only cost time. */

export const RATE = 8000; // Hz
const CUTOFF = 3400; // Hz

/** A low-pass filter of second order (the RBJ cookbook's); `q` is its quality. Returns step(sample). */
export function lowPass(cutoff, rate, q) {
    const w = 2 * Math.PI * cutoff / rate;
    const alpha = Math.sin(w) / (2 * q);
    const a0 = 1 + alpha;
    const b = (1 - Math.cos(w)) / 2 / a0;
    const a1 = -2 * Math.cos(w) / a0;
    const a2 = (1 - alpha) / a0;
    let x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    return x => {
        const y = b * (x + 2 * x1 + x2) - a1 * y1 - a2 * y2;
        [x2, x1, y2, y1] = [x1, x, y1, y];
        return y;
    };
}

/** Two of them make a Butterworth filter of fourth order. */
function steepLowPass(cutoff, rate) {
    const [first, second] = [lowPass(cutoff, rate, 0.5412), lowPass(cutoff, rate, 1.3066)];
    return x => second(first(x));
}

/** `take(sample)` gets each sample at RATE of what is fed at `rate` (8 kHz and above). Returns feed(samples). */
export function createResampler(rate, take) {
    const filter = rate > RATE ? steepLowPass(CUTOFF, rate) : x => x;
    const step = rate / RATE;
    let last = 0;
    let until = 0; // input samples until the next output, counted from the last one

    return samples => {
        for (const sample of samples) {
            const now = filter(sample);
            for (; until < 1; until += step)
                take(last + (now - last) * until);
            until -= 1;
            last = now;
        }
    };
}
