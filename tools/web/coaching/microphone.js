/* The microphone, measured in the audio thread (measure/). What comes here is numbers. */

const here = path => new URL(path, import.meta.url).href;

/* The browser's own corrections would make a soft voice behind as loud as the one in front, or remove it. */
const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

async function codeOfDetector() {
    const answer = await fetch(here("../lib/fvad/fvad.wasm"));
    if (!answer.ok)
        throw new Error(`fvad.wasm: ${answer.status}`);
    return answer.arrayBuffer();
}

/** Opens it, after the person has allowed it. `onSecond`: as the meter's; `onEnd()`: it is gone (unplugged, forbidden) or measuring failed.
 *  Resolves to { deafen(deaf), close() }; fails with the browser's error, "NotAllowedError" where it was not allowed. */
export async function openMicrophone({ onSecond, onEnd }) {
    if (!navigator.mediaDevices)
        throw new DOMException("not a secure context", "NotSupportedError");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    const context = new AudioContext();
    let closed = false;

    function close() {
        closed = true;
        stream.getTracks().forEach(track => track.stop());
        context.close().catch(() => {}); // it may be closed
    }

    function end() {
        if (closed)
            return;
        close();
        onEnd();
    }

    try {
        const [code] = await Promise.all([codeOfDetector(), context.audioWorklet.addModule(here("measure/worklet.js"))]);
        const meter = new AudioWorkletNode(context, "lectern-meter", { numberOfOutputs: 0, processorOptions: { code } });
        meter.port.onmessage = ({ data }) => (data.failed ? end() : closed || onSecond(data.second));
        meter.onprocessorerror = end;
        stream.getAudioTracks()[0].addEventListener("ended", end);
        context.createMediaStreamSource(stream).connect(meter);
        await context.resume();
        return { deafen: deaf => meter.port.postMessage({ deaf }), close };
    } catch (error) {
        close();
        throw error;
    }
}
