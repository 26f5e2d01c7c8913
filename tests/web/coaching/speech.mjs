/* Speech for tests, spoken by espeak-ng into WAV files; what a microphone hears of it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const TEXT = `I wanted to talk about the weekend. We said that we would go and see your mother, but then the car broke down and nobody called her.
I felt a little bit alone with it, because I had to explain it to her on Monday. What do you think we could do another time? Maybe we can write it down on
Friday evening, so that both of us know who calls, and when. I do not want to argue about it again. It is not that important, but it comes back every month.
The other thing is the kitchen. I like to cook with you, and I would love to do it more often. On Tuesday I was tired, and you were tired too, so we
ordered something. That was fine with me. Tell me how it was for you, and what you would like to eat this week. My brother asked whether we could help him
on Saturday. He is moving to a new apartment near the river, and there are a lot of boxes. I told him that I would ask you first.`;

export const words = text => text.trim().split(/\s+/).length;

/* A folder for files, gone with the process at the latest. */
export function folder() {
    const path = mkdtempSync(join(tmpdir(), "lectern-speech-"));
    process.on("exit", () => rmSync(path, { recursive: true, force: true }));
    return path;
}

/* { rate, samples: Float32Array } of the first channel of a WAV file with 16 bits. */
export function readWav(path) {
    const bytes = readFileSync(path);
    const at = bytes.indexOf("data", 12, "latin1") + 8;
    const samples = new Float32Array((bytes.length - at) >> 1);
    for (let i = 0; i < samples.length; i++)
        samples[i] = bytes.readInt16LE(at + i * 2) / 32768;
    return { rate: bytes.readUInt32LE(24), samples };
}

/* Mono, 16 bits. */
export function writeWav(path, { rate, samples }) {
    const bytes = Buffer.alloc(44 + samples.length * 2);
    bytes.write("RIFF", 0);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    bytes.write("WAVEfmt ", 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(rate, 24);
    bytes.writeUInt32LE(rate * 2, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write("data", 36);
    bytes.writeUInt32LE(samples.length * 2, 40);
    samples.forEach((sample, i) => bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(sample * 32767))), 44 + i * 2));
    writeFileSync(path, bytes);
    return path;
}

/* A voice of espeak-ng at a speed of its own scale; { rate, samples }. */
export function spoken(into, voice, speed, text = TEXT) {
    const path = join(into, `${voice}-${speed}.wav`);
    execFileSync("espeak-ng", ["-v", voice, "-s", String(speed), "-w", path, text]);
    return readWav(path);
}

/* Two voices in turns of one to three sentences, with pauses of 0.2 to 1 s between them, the same at every run: so many seconds of it. */
export function conversation(into, voices, speed, seconds) {
    const sentences = TEXT.match(/[^.?!]+[.?!]/g);
    let chance = 7, next = 0;
    const random = () => (chance = chance * 16807 % 2147483647) / 2147483647;
    const said = {}; // what has been spoken already
    let samples = null, rate = 0, filled = 0;
    for (let turn = 0; !samples || filled < samples.length; turn++) {
        const count = 1 + Math.floor(random() * 3), voice = voices[turn % voices.length];
        const text = sentences.slice(next, next + count).join("");
        next = (next + count) % sentences.length;
        const words = said[voice + text] ??= spoken(into, voice, speed, text);
        rate = words.rate;
        samples ??= new Float32Array(seconds * rate);
        samples.set(words.samples.subarray(0, samples.length - filled), filled);
        filled += words.samples.length + Math.floor((0.2 + 0.8 * random()) * rate);
    }
    return { rate, samples };
}

const power = samples => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

/* Two voices at once, the second so many decibels softer, as long as the shorter. */
export function together(one, other, softer = 0) {
    const gain = Math.sqrt(power(one.samples) / power(other.samples)) * 10 ** (-softer / 20);
    const length = Math.min(one.samples.length, other.samples.length);
    return { rate: one.rate, samples: one.samples.slice(0, length).map((sample, i) => 0.5 * (sample + gain * other.samples[i])) };
}

/* How long it is from the first sound to the last, in seconds. */
export function length({ rate, samples }) {
    const loud = sample => Math.abs(sample) > 0.01;
    return (samples.findLastIndex(loud) - samples.findIndex(loud)) / rate;
}
