/* Unit tests of timeline.js: counts and presence per bucket, and that wider buckets lose nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createTimeline } from "../../../tools/web/classroom/timeline.js";

const row = (at, event_type, participant_id) => ({ at, event_type, event_details: { participant_id } });

test("an empty log has nothing to show", () => {
    assert.deepEqual(createTimeline().result(100), { start: null, width: 1, buckets: [], most: 0, totals: { messages: 0, hands: 0, audio: 0 } });
});

test("people stay until they leave, and what happens is counted where it happened", () => {
    const timeline = createTimeline();
    [row(10, "session_created"), row(11, "participant_joined", 1), row(12, "participant_joined", 2), row(13, "chat_message", 1), row(13.5, "chat_message", 2),
        row(14, "hand_raised", 1), row(15, "participant_left", 1), row(17, "audio_play")].forEach(timeline.add);
    const { start, width, buckets, most, totals } = timeline.result(18);
    assert.deepEqual([start, width, most, totals], [10, 1, 2, { messages: 2, hands: 1, audio: 1 }]);
    assert.deepEqual(buckets.map(bucket => bucket.people), [0, 1, 2, 2, 2, 2, 1, 1, 1]);
    assert.deepEqual(buckets.map(bucket => bucket.messages), [0, 0, 0, 2, 0, 0, 0, 0, 0]);
});

test("joining again does not count twice, and leaving twice is leaving", () => {
    const timeline = createTimeline();
    [row(0, "participant_joined", 1), row(1, "participant_joined", 1), row(2, "participant_left", 1), row(3, "participant_kicked", 1)].forEach(timeline.add);
    assert.equal(timeline.result(4).most, 1);
    assert.equal(timeline.result(4).buckets.at(-1).people, 0);
});

test("a long class gets wider buckets, and nothing is lost", () => {
    const timeline = createTimeline(8);
    timeline.add(row(0, "participant_joined", 1));
    for (let at = 1; at <= 1000; at++)
        timeline.add(row(at, "chat_message", 1));
    timeline.add(row(1000, "session_ended"));
    const { width, buckets, totals } = timeline.result(1001);
    assert.equal(width, 128);
    assert.ok(buckets.length <= 8);
    assert.equal(buckets.reduce((sum, bucket) => sum + bucket.messages, 0), 1000);
    assert.equal(totals.messages, 1000);
    assert.ok(buckets.every(bucket => bucket.people === 1));
});

test("a class of months and a log of one row", () => {
    const timeline = createTimeline();
    timeline.add(row(5, "chat_message", 1));
    const { buckets, width } = timeline.result(5 + 90 * 86400);
    assert.ok(buckets.length <= 240 && buckets.length * width >= 90 * 86400);
});
