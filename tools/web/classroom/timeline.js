/* A class's log as a few hundred points in time: how many people were there, and how much happened. Takes the rows one by one,
 * oldest first, in memory that does not grow with the log: when a class outgrows its buckets, they become twice as wide. */

const BUCKETS = 240;

const activities = {
    chat_message: "messages",
    hand_raised: "hands",
    audio_play: "audio",
    audio_pause: "audio",
    audio_seek: "audio",
    audio_selected: "audio",
};

const presence = {
    participant_joined: (here, id) => here.add(id),
    participant_left: (here, id) => here.delete(id),
    participant_kicked: (here, id) => here.delete(id),
    session_ended: here => here.clear(),
};

const emptyBucket = people => ({ people, messages: 0, hands: 0, audio: 0 });

function merged(a, b) {
    return {
        people: Math.max(a.people, b.people),
        messages: a.messages + b.messages,
        hands: a.hands + b.hands,
        audio: a.audio + b.audio,
    };
}

/** `add({ event_type, event_details, at })`, `at` in seconds since any epoch, never going back.
 *  `result(end)` gives { start, width, buckets, most, totals }: buckets of `width` seconds from `start` to `end`. */
export function createTimeline(limit = BUCKETS) {
    const here = new Set();
    const totals = { messages: 0, hands: 0, audio: 0 };
    let start = null;
    let width = 1;
    let buckets = [];
    let most = 0;

    function widen() {
        width *= 2;
        const halves = buckets;
        buckets = [];
        for (let i = 0; i < halves.length; i += 2)
            buckets.push(i + 1 < halves.length ? merged(halves[i], halves[i + 1]) : halves[i]);
    }

    /** The bucket of a time; those in between are as full of people as the class is now. */
    function bucketAt(at) {
        start ??= at;
        while ((at - start) / width >= limit)
            widen();
        const index = Math.max(0, Math.floor((at - start) / width));
        while (buckets.length <= index)
            buckets.push(emptyBucket(here.size));
        return buckets[buckets.length - 1];
    }

    function add({ event_type: type, event_details: details, at }) {
        const bucket = bucketAt(at);
        if (Object.hasOwn(presence, type))
            presence[type](here, details?.participant_id);
        if (Object.hasOwn(activities, type)) {
            bucket[activities[type]] += 1;
            totals[activities[type]] += 1;
        }
        bucket.people = Math.max(bucket.people, here.size);
        most = Math.max(most, here.size);
    }

    function result(end) {
        if (start !== null && end > start)
            bucketAt(end);
        return { start, width, buckets, most, totals };
    }

    return { add, result };
}
