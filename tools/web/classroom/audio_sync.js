/* Keeps an <audio> element where the class is. The class's record and the clock say where it should stand; the element is
 * nudged by its speed, or moved when it is far off. What a browser refuses to play before a gesture is told, not fought. */
import { atEnd, correction, positionAt } from "./playback.js";

const CHECK_MS = 500;
const RETRY_MS = 3000;
const FRESH_MS = 60000;

/** `urlOf(audioId)` promises the file's address, which may be good for some hours only. `onChange()`: `blocked`, `failed`,
 *  `waiting` or the known `duration` has changed. */
export function createAudioSync({ audio, urlOf, onChange, clock = () => performance.now() }) {
    const sync = { element: audio, blocked: false, failed: false, waiting: false, duration: null, follow, unblock, drift, close };
    let playback = null;
    let starting = false;
    let seekCost = 0; // seconds a jump took the last time: the class goes on meanwhile
    let jumpedAt = null;
    let loading = 0; // counts files that were begun: only the last one's address is of use
    let addressedAt = null; // when the element's address was given

    function tell(changes) {
        const news = Object.entries(changes).some(([key, value]) => sync[key] !== value);
        Object.assign(sync, changes);
        if (news)
            onChange();
    }

    /** The class's record has changed. */
    function follow(next) {
        const otherFile = next.audioId !== playback?.audioId;
        playback = next;
        if (otherFile)
            load();
        step();
    }

    function load() {
        tell({ failed: false, waiting: playback.audioId !== null, duration: null });
        jumpedAt = null;
        loading++;
        if (playback.audioId === null) {
            audio.removeAttribute("src");
            audio.load();
            return;
        }
        open(playback.audioId, loading);
    }

    async function open(audioId, turn) {
        const url = await urlOf(audioId).catch(() => null);
        if (turn !== loading)
            return;
        if (url === null) {
            setTimeout(() => turn === loading && open(audioId, turn), RETRY_MS);
            return;
        }
        addressedAt = clock();
        audio.src = url;
        audio.load();
    }

    /** An address that was good may have ended in the middle of the class. */
    function failed() {
        if (!audio.hasAttribute("src"))
            return;
        if (clock() - addressedAt > FRESH_MS)
            load();
        else
            tell({ failed: true, waiting: false });
    }

    const due = () => positionAt(playback, clock());

    /** Once the length is known from the file itself, the record may still not know it. */
    const ended = () => atEnd({ ...playback, duration: playback.duration ?? sync.duration }, clock());

    function step() {
        if (!playback || playback.audioId === null || sync.failed || audio.readyState < HTMLMediaElement.HAVE_METADATA)
            return;
        if (playback.status === "playing" && !ended())
            keepUp();
        else
            rest();
    }

    function keepUp() {
        if (audio.seeking)
            return;
        const { rate, seek } = correction(audio.currentTime, due(), playback.speed);
        if (seek !== null)
            jump(seek + seekCost * playback.speed);
        setRate(rate);
        if (audio.paused)
            start();
    }

    function rest() {
        if (!audio.paused)
            audio.pause();
        setRate(playback.speed);
        if (!audio.seeking && Math.abs(audio.currentTime - due()) > 0.05 && !ended())
            jump(due());
    }

    function setRate(rate) {
        if (audio.playbackRate !== rate)
            audio.playbackRate = rate;
    }

    function jump(to) {
        jumpedAt = clock();
        audio.currentTime = to;
    }

    function onSeeked() {
        if (jumpedAt !== null)
            seekCost = Math.min(2, (clock() - jumpedAt) / 1000);
        jumpedAt = null;
        step();
    }

    async function start() {
        if (starting)
            return;
        starting = true;
        try {
            await audio.play();
            tell({ blocked: false });
        } catch (error) {
            if (error.name === "NotAllowedError")
                tell({ blocked: true });
        } finally {
            starting = false;
        }
    }

    /** Called from a gesture of the user, which is what browsers want to see before they play. */
    function unblock() {
        tell({ blocked: false });
        if (playback?.status === "playing")
            start();
    }

    /** Seconds the element is ahead of the class. */
    function drift() {
        return audio.currentTime - due();
    }

    const ready = () => {
        tell({ waiting: false, duration: Number.isFinite(audio.duration) ? audio.duration : null });
        step();
    };
    const listeners = {
        loadedmetadata: ready,
        durationchange: ready,
        canplay: ready,
        seeked: onSeeked,
        waiting: () => tell({ waiting: true }),
        playing: () => tell({ waiting: false, blocked: false }),
        error: failed,
    };
    for (const [event, listener] of Object.entries(listeners))
        audio.addEventListener(event, listener);
    audio.preservesPitch = true;
    const timer = setInterval(step, CHECK_MS);

    function close() {
        clearInterval(timer);
        loading++;
        for (const [event, listener] of Object.entries(listeners))
            audio.removeEventListener(event, listener);
        audio.pause();
        audio.removeAttribute("src");
        audio.load();
    }

    return sync;
}
