/* Unit tests of playback.js: the position arithmetic of the contract, section 6.1, and the correction of drift. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { STOPPED, atEnd, correction, playbackFrom, positionAt } from "../../../tools/web/classroom/playback.js";

const playing = { audioId: 1, status: "playing", speed: 1.5, position: 10, title: "One", duration: 60, asOf: 1000 };

test("a playing position moves with the speed and stops at the end", () => {
    assert.equal(positionAt(playing, 1000), 10);
    assert.equal(positionAt(playing, 5000), 16);
    assert.equal(positionAt(playing, 500000), 60);
    assert.equal(positionAt({ ...playing, duration: null }, 101000), 160);
});

test("a paused or stopped position stays", () => {
    for (const status of ["paused", "stopped"])
        assert.equal(positionAt({ ...playing, status }, 99000), 10);
});

test("news keep what they leave out; a position left out is folded in", () => {
    const after = playbackFrom({ speed: 2 }, playing, 3000);
    assert.deepEqual(after, { ...playing, speed: 2, position: 13, asOf: 3000 });
});

test("news of another file forget the title and the length of this one", () => {
    const after = playbackFrom({ audio_id: 2, position: 0, speed: 1 }, playing, 2000, "playing");
    assert.deepEqual(after, { audioId: 2, status: "playing", speed: 1, position: 0, title: null, duration: null, asOf: 2000 });
});

test("a snapshot of silence is the stopped record", () => {
    const snapshot = { audio_id: null, status: "stopped", speed: 1, position: 0, title: null, duration: null };
    assert.deepEqual(playbackFrom(snapshot, STOPPED, 0), STOPPED);
});

test("the end is known only of a file of known length", () => {
    assert.equal(atEnd(playing, 2000), false);
    assert.equal(atEnd(playing, 90000), true);
    assert.equal(atEnd({ ...playing, duration: null }, 900000), false);
});

test("who is in step goes on, who is far jumps", () => {
    assert.deepEqual(correction(10.03, 10, 1), { rate: 1, seek: null });
    assert.deepEqual(correction(5, 10, 1.5), { rate: 1.5, seek: 10 });
    assert.deepEqual(correction(12, 10, 1), { rate: 1, seek: 10 });
});

test("who is a little off is brought back by a speed nobody hears", () => {
    for (const [off, speed] of [[0.1, 1], [-0.1, 1], [0.5, 2], [-1, 0.5], [1.1, 1]]) {
        const { rate, seek } = correction(10 + off, 10, speed);
        assert.equal(seek, null);
        assert.ok(off > 0 ? rate < speed : rate > speed, `off by ${off}: ${rate}`);
        assert.ok(Math.abs(rate / speed - 1) <= 0.0801, `off by ${off}: ${rate}`);
    }
});

test("following the correction ends in step, from anywhere and at any speed", () => {
    for (const speed of [0.5, 1, 1.5, 2, 4])
        for (const start of [-30, -1, -0.3, 0.05, 0.7, 30]) {
            let actual = 100 + start, expected = 100;
            for (let second = 0; second < 120; second += 0.5) {
                const { rate, seek } = correction(actual, expected, speed);
                actual = (seek ?? actual) + 0.5 * rate;
                expected += 0.5 * speed;
            }
            assert.ok(Math.abs(actual - expected) <= 0.05, `speed ${speed}, from ${start}: ${actual - expected}`);
        }
});
