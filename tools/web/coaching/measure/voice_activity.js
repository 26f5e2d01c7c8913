/* Whether somebody speaks, by the voice activity detector of WebRTC (libfvad, compiled to WebAssembly). Works in a browser's audio thread and in node. */
import { RATE } from "./resampler.js";

const MODE = 2; // of 0 … 3: how sure it must be. 3 misses soft speech, 0 takes a fan for speech

/** A detector. `library`: the function that the package exports; `binary`: a WebAssembly.Module of its code, compiled before, since an audio thread
 *  can fetch nothing. Resolves to active(samples): whether there is speech in these Float32 samples, 10, 20 or 30 ms of them at RATE. */
export async function createVoiceActivity(library, binary) {
    const vad = await library({
        locateFile: name => name,
        instantiateWasm(imports, received) {
            const instance = new WebAssembly.Instance(binary, imports);
            received(instance, binary);
            return instance.exports;
        },
    });
    const handle = vad._fvad_new();
    const most = RATE * 0.03;
    const at = vad._malloc(most * 2);
    vad._fvad_set_mode(handle, MODE);
    vad._fvad_set_sample_rate(handle, RATE);

    return samples => {
        const words = vad.HEAP16.subarray(at / 2, at / 2 + samples.length);
        for (let i = 0; i < samples.length; i++)
            words[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32767)));
        return vad._fvad_process(handle, at, samples.length) === 1;
    };
}
