/* Buckets: how much of something each of many has used up lately, and how much of something each holds, for all threads
 * together, in fixed memory. What is used up lately is a token bucket, kept as one instant: the one at
 * which it is full again (the generic cell rate algorithm, ITU-T I.371). Any thread; taking costs a few
 * nanoseconds and no lock, holding a short one.
 *
 * Limit: BUCKET_PLACES keys, in sets by a key's hash. A bucket that is full again is as good as none, so its place is
 * free. In a set without a free one the key that will be full first makes way for a new one; of what is held nothing
 * makes way, and a new key is let through unkept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { BUCKET_PLACES = 65536 };

struct buckets;

struct buckets *buckets_create(void); /* NULL without memory */
void buckets_destroy(struct buckets *b);

/* Takes n of the `most` that a key may have at once and has again after `period_ns`, at most a day. 0: taken. Else
 * nothing is, and it is how many nanoseconds later they could be. More than `most` are as good as `most`. now:
 * nanoseconds of the monotonic clock. key: hashed well, and by a secret where somebody may choose it. most > 0. */
uint64_t buckets_take(struct buckets *b, uint64_t key, uint64_t n, uint64_t most, uint64_t period_ns, uint64_t now);

/* Gives back what turned out not to be used. The same arguments as when it was taken, but `now`. */
void buckets_give(struct buckets *b, uint64_t key, uint64_t n, uint64_t most, uint64_t period_ns, uint64_t now);

/* Is it not yet full again? */
bool buckets_taken(struct buckets *b, uint64_t key, uint64_t period_ns, uint64_t now);

enum hold { HELD_REFUSED, HELD_KEPT, HELD_UNKEPT };

/* Holds n more, if the key then holds no more than `most`. HELD_KEPT: buckets_release gives it back, exactly once.
 * HELD_UNKEPT: there was no place for the key, and nothing is to be given back. No key holds more than 2^39. */
enum hold buckets_hold(struct buckets *b, uint64_t key, uint64_t n, uint64_t most);
void buckets_release(struct buckets *b, uint64_t key, uint64_t n);

/* How much a key holds now. */
uint64_t buckets_held(struct buckets *b, uint64_t key);
