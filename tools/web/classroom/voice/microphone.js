/* The microphone: asked for when it is first needed, given back when the class is left. Says in a word what became of it. */

const WANTED = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };

const WORDS = {
    NotAllowedError: "denied",
    SecurityError: "denied",
    NotFoundError: "missing",
    OverconstrainedError: "missing",
};

/** `onChange()` is called when `state` changes: 'off', 'asking', 'on', 'denied', 'missing', 'failed', 'unsupported'. */
export function createMicrophone({ onChange, devices = navigator.mediaDevices }) {
    const microphone = { state: devices?.getUserMedia ? "off" : "unsupported", track: null, open, close };
    let asking = null;
    let closed = false;

    function become(state, track = null) {
        microphone.state = state;
        microphone.track = track;
        onChange();
    }

    async function ask() {
        become("asking");
        try {
            const [track] = (await devices.getUserMedia(WANTED)).getAudioTracks();
            if (closed)
                return track.stop();
            track.enabled = false; // nobody hears a microphone that was only just allowed
            track.onended = () => become("off");
            become("on", track);
        } catch (error) {
            become(WORDS[error.name] ?? "failed");
        } finally {
            asking = null;
        }
    }

    /** Asks for the microphone unless it is there. The promise is kept in any case. */
    async function open() {
        if (microphone.state === "on" || microphone.state === "unsupported")
            return;
        asking ??= ask();
        await asking;
    }

    function close() {
        closed = true;
        microphone.track?.stop();
    }

    return microphone;
}
