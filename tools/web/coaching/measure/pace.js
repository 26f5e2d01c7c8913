/* How fast somebody speaks, out of syllables and of when there is speech: in words per second of talking. */

/** Syllables that are found in a word of spoken English, on the average: about 1.4 are spoken, of which one in seven is swallowed by its neighbour. */
const SYLLABLES_PER_WORD = 1.22;

const SLOT_HOPS = 10; // 10 hops of 10 ms: what is counted together
const TALK_SLOTS = 150; // over how much talking the pace is taken: 15 s, so that one quick phrase does not count as quick speech
const LEAST_SLOTS = 50; // of talking, before there is a pace
const KEPT_SLOTS = 300; // older ones do not count
const PAUSE_SLOTS = 8; // a pause up to this long belongs to the talking, a longer one is silence
const QUIET_SLOTS = 15; // after this much silence nobody talks, and there is no pace

/** step(active, syllable) for each hop of 10 ms; rate() in words per second, 0 while nobody talks. */
export function createPace() {
    const slots = []; // the oldest first: { talk, syllables }
    let hops = 0;
    let current = { talk: false, syllables: 0 };
    let silence = Infinity; // slots since the last with speech

    function close() {
        if (current.talk && silence <= PAUSE_SLOTS)
            for (let i = 1; i <= silence; i++)
                slots.at(-i).talk = true;
        silence = current.talk ? 0 : silence + 1;
        slots.push(current);
        if (slots.length > KEPT_SLOTS)
            slots.shift();
        current = { talk: false, syllables: 0 };
    }

    return {
        step(active, syllable) {
            current.talk ||= active;
            current.syllables += syllable;
            hops += 1;
            if (hops % SLOT_HOPS === 0)
                close();
        },
        rate() {
            let talk = 0, syllables = 0;
            if (silence > QUIET_SLOTS)
                return 0;
            for (let i = slots.length - 1; i >= 0 && talk < TALK_SLOTS; i--)
                if (slots[i].talk) {
                    talk += 1;
                    syllables += slots[i].syllables;
                }
            return talk < LEAST_SLOTS ? 0 : syllables / SYLLABLES_PER_WORD / (talk * SLOT_HOPS / 100);
        },
    };
}
