/* The meter in the browser's audio thread. It posts numbers, once a second; no sound leaves this thread. */
import fvad from "../../lib/fvad/fvad.js";
import { createMeter } from "./meter.js";
import { createVoiceActivity } from "./voice_activity.js";

class Meter extends AudioWorkletProcessor {
    constructor({ processorOptions: { code } }) {
        super();
        this.feed = null;
        this.deaf = false; // while the page itself speaks
        this.port.onmessage = ({ data }) => { this.deaf = data.deaf; };
        this.begin(code).catch(error => this.port.postMessage({ failed: String(error) }));
    }

    async begin(code) {
        const active = await createVoiceActivity(fvad, new WebAssembly.Module(code));
        this.feed = createMeter({ rate: sampleRate, active, onSecond: second => this.port.postMessage({ second }) });
    }

    process([[samples]]) {
        if (samples && !this.deaf)
            this.feed?.(samples);
        return true;
    }
}

registerProcessor("lectern-meter", Meter);
