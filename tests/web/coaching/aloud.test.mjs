/* Unit tests of nudges said aloud: only to who wants them, softly, and unheard by the meter. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { createSpeech } from "../../../tools/web/coaching/speech.js";

let kept, said, deaf;
const synthesis = { speak: words => said.push(words), cancel() {} };

beforeEach(() => {
    [kept, said, deaf] = [new Map(), [], []];
    globalThis.document = { documentElement: { lang: "en" } };
    globalThis.sessionStorage = { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
    globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
});

test("nothing is said unless it is wanted, and what is wanted is remembered", () => {
    const speech = createSpeech(() => {}, synthesis);
    speech.say("Slowly.");
    assert.deepEqual(said, []);
    speech.want(true);
    createSpeech(() => {}, synthesis).say("Slowly.");
    assert.deepEqual(said.map(({ text }) => text), ["Slowly."]);
    speech.want(false);
    speech.say("Slowly.");
    assert.equal(said.length, 1);
});

test("it is said softly, and the meter is deaf as long as it is said, also when saying it fails", () => {
    const speech = createSpeech(speaking => deaf.push(speaking), synthesis);
    speech.want(true);
    for (const ends of ["onend", "onerror"]) {
        speech.say("Slowly.");
        const words = said.at(-1);
        assert.ok(words.volume < 0.5 && words.rate < 1);
        words.onstart();
        words[ends]();
    }
    assert.deepEqual(deaf, [true, false, true, false]);
});

test("who leaves while it is said hears with open ears again; a browser without a voice says nothing", () => {
    const speech = createSpeech(speaking => deaf.push(speaking), synthesis);
    speech.close();
    assert.deepEqual(deaf, [false]);
    const mute = createSpeech(() => {}, null);
    mute.want(true);
    mute.say("Slowly.");
    mute.close();
    assert.equal(mute.available, false);
});
