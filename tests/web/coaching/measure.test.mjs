/* Unit tests of what the page of coaching measures, on speech that espeak-ng speaks: pace, two voices at once, and calm that stays unnudged. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { createMeter } from "../../../tools/web/coaching/measure/meter.js";
import { createPace } from "../../../tools/web/coaching/measure/pace.js";
import { RATE, createResampler } from "../../../tools/web/coaching/measure/resampler.js";
import { createVoiceActivity } from "../../../tools/web/coaching/measure/voice_activity.js";
import { shareOfTwo } from "../../../tools/web/coaching/measure/voices.js";
import { find, load } from "../modules.mjs";
import { TEXT, conversation, folder, length, spoken, together, words } from "./speech.mjs";

const into = folder();
const { default: library } = await load("@echogarden/fvad-wasm");
const code = new WebAssembly.Module(readFileSync(find("@echogarden/fvad-wasm/fvad.wasm")));

/* What the meter says of each second. */
async function measured({ rate, samples }) {
    const seconds = [];
    const feed = createMeter({ rate, active: await createVoiceActivity(library, code), onSecond: second => seconds.push(second) });
    for (let at = 0; at < samples.length; at += 128)
        feed(samples.subarray(at, at + 128));
    return seconds;
}

const mean = numbers => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const paces = seconds => seconds.map(second => second.speaking_rate).filter(rate => rate > 0);

/* ---- pace ---- */

for (const voice of ["en-us", "en-gb+m3", "en-us+f3", "en-gb-scotland+f2"])
    for (const speed of [110, 170, 240])
        test(`words per second are right within 15 %: ${voice}, ${speed}`, async () => {
            const sound = spoken(into, voice, speed), truth = words(TEXT) / length(sound);
            const told = mean(paces(await measured(sound)));
            assert.ok(Math.abs(told / truth - 1) < 0.15, `${told} told, ${truth} spoken`);
        });

test("at 48 and 44.1 kHz, as microphones have it, the pace is the same", async () => {
    const sound = spoken(into, "en-us", 170), truth = mean(paces(await measured(sound)));
    for (const rate of [44100, 48000]) {
        const at = i => Math.min(sound.samples.length - 1, Math.floor(i * sound.rate / rate));
        const samples = Float32Array.from({ length: sound.samples.length * rate / sound.rate }, (_, i) => sound.samples[at(i)]);
        const told = mean(paces(await measured({ rate, samples })));
        assert.ok(Math.abs(told / truth - 1) < 0.05, `${told} at ${rate}, ${truth} at ${sound.rate}`);
    }
});

test("silence and noise have no pace, and no voices", async () => {
    let seed = 1;
    const noise = () => (seed = seed * 16807 % 2147483647) / 2147483647 - 0.5;
    for (const samples of [new Float32Array(RATE * 8), Float32Array.from({ length: RATE * 8 }, () => noise() * 0.002)])
        for (const second of await measured({ rate: RATE, samples }))
            assert.deepEqual({ ...second, speaking: 0 }, { speaking_rate: 0, overlap_ratio: 0, speaking: 0 });
});

test("a pace is of talk: short pauses count, long ones do not, and who has stopped has none", () => {
    const pace = createPace();
    const talk = (seconds, syllables) => { for (let hop = 0; hop < seconds * 100; hop++) pace.step(true, hop % Math.round(100 / syllables) === 0); };
    const rest = seconds => { for (let hop = 0; hop < seconds * 100; hop++) pace.step(false, false); };
    talk(4, 4);
    assert.equal(pace.rate(), 0, "too little to tell");
    talk(4, 4);
    const before = pace.rate();
    rest(0.5);
    talk(2, 4);
    assert.ok(pace.rate() < before, "a short pause belongs to the talk");
    const [now] = [pace.rate()];
    rest(1.2);
    assert.equal(pace.rate(), now, "a longer one does not");
    rest(1);
    assert.equal(pace.rate(), 0);
});

/* ---- two voices ---- */

const PAIRS = [["en-us", "en-gb-scotland+f2"], ["en-gb+m3", "en-us+f3"]];

for (const [one, other] of PAIRS)
    test(`two voices at once are told: ${one} and ${other}`, async () => {
        const later = TEXT.slice(TEXT.indexOf("The other thing")) + TEXT;
        const seconds = await measured(together(spoken(into, one, 150), spoken(into, other, 150, later)));
        const overlaps = seconds.map(second => second.overlap_ratio);
        assert.ok(mean(overlaps) > 0.4, `${mean(overlaps)} on the average`);
        assert.ok(overlaps.filter(ratio => ratio > 0.3).length > overlaps.length * 0.6);
        assert.ok(overlaps.every(ratio => ratio >= 0 && ratio <= 1));
    });

test("one voice after the other are not two at once", async () => {
    const [one, other] = [spoken(into, "en-us", 150), spoken(into, "en-gb-scotland+f2", 150)];
    const turn = one.rate * 3, turns = 8;
    const samples = Float32Array.from({ length: turn * turns }, (_, i) => (Math.floor(i / turn) % 2 ? other : one).samples[i]);
    const seconds = await measured({ rate: one.rate, samples });
    assert.ok(seconds.filter(second => second.overlap_ratio > 0.3).length <= 1);
});

test("two voices found once are chance, found again and again talk", () => {
    const looks = (...at) => Array.from({ length: 33 }, (_, i) => at.includes(i));
    assert.equal(shareOfTwo(looks()), 0);
    assert.equal(shareOfTwo(looks(10)), 0);
    assert.equal(shareOfTwo(looks(3, 20)), 0);
    assert.equal(shareOfTwo(looks(10, 14)), 0);
    assert.equal(shareOfTwo(looks(3, 14, 25)), 0);
    assert.equal(shareOfTwo(looks(10, 12, 14)), 13 / 33);
    assert.equal(shareOfTwo(looks(0, 8, 16, 24, 32)), 1);
});

/* ---- calm ---- */

/* What the server makes of seconds: how often it nudges whoever sends them. */
function nudgesFor(seconds) {
    let free = 0, nudges = 0;
    seconds.forEach(({ speaking_rate: rate, overlap_ratio: overlap }, at) => {
        if ((rate > 3 || overlap > 0.3) && at >= free) {
            nudges += 1;
            free = at + 10;
        }
    });
    return nudges;
}

for (const pair of PAIRS)
    test(`ten minutes of calm talk in turns are nudged once at most: ${pair.join(" and ")}`, async () => {
        const seconds = await measured(conversation(into, pair, 110, 600));
        assert.equal(seconds.length, 600);
        assert.ok(paces(seconds).length > 500, "they talk");
        assert.ok(nudgesFor(seconds) <= 1, `${nudgesFor(seconds)} nudges`);
    });

test("two minutes of quick talk in turns are nudged as often as may be", async () => {
    assert.ok(nudgesFor(await measured(conversation(into, PAIRS[0], 220, 120))) >= 9);
});

/* ---- rates ---- */

test("sound is brought to one rate, whatever the pieces it comes in", () => {
    const tone = Float32Array.from({ length: 48000 }, (_, i) => Math.sin(2 * Math.PI * 440 * i / 48000));
    const whole = [], pieces = [];
    createResampler(48000, sample => whole.push(sample))(tone);
    const feed = createResampler(48000, sample => pieces.push(sample));
    for (let at = 0; at < tone.length; at += 128)
        feed(tone.subarray(at, at + 128));
    assert.deepEqual(pieces, whole);
    assert.ok(Math.abs(whole.length - RATE) <= 1);
    const above = Math.max(...whole.slice(1000).map(Math.abs));
    assert.ok(above > 0.95 && above < 1.05, "what speech consists of passes");
    const high = [];
    createResampler(48000, sample => high.push(sample))(tone.map((_, i) => Math.sin(2 * Math.PI * 12000 * i / 48000)));
    assert.ok(Math.max(...high.slice(1000).map(Math.abs)) < 0.02, "what is above does not come back as something else");
});
