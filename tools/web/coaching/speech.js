/* Nudges said aloud, softly, if wanted. Whether they are is remembered for the tab. */

const KEY = "lectern.coaching.aloud";
const VOLUME = 0.35;

/** `onSpeaking(speaking)`: the page itself speaks, which the microphone hears. */
export function createSpeech(onSpeaking, synthesis = globalThis.speechSynthesis) {
    const saying = new Set(); // some browsers forget words that nobody holds, and never say that they have ended
    const wanted = () => sessionStorage.getItem(KEY) === "yes";

    function say(text) {
        if (!synthesis || !wanted())
            return;
        const words = Object.assign(new SpeechSynthesisUtterance(text), { volume: VOLUME, rate: 0.9, lang: document.documentElement.lang });
        words.onstart = () => onSpeaking(true);
        words.onend = words.onerror = () => {
            saying.delete(words);
            onSpeaking(false);
        };
        saying.add(words);
        synthesis.speak(words);
    }

    return {
        available: Boolean(synthesis), wanted, say,
        want: aloud => sessionStorage.setItem(KEY, aloud ? "yes" : "no"),
        close() {
            synthesis?.cancel();
            onSpeaking(false);
        },
    };
}
