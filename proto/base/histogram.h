/* Histogram: how often values of each size came: four buckets per power of two, so a quantile is off by at most a
 * fifth. Plain fields, one writer; whoever reads on another thread gets a copy. Times are in microseconds; other values
 * are plain numbers. About a kilobyte; adding is two increments and no branch that surprises. */
#pragma once

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 2,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_BITS, /* buckets per power of two */
    HISTOGRAM_POWERS = 32,                 /* values from 2^32 on fall into the last bucket */
    HISTOGRAM_BUCKETS = (HISTOGRAM_POWERS - HISTOGRAM_BITS + 1) * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t bucket[HISTOGRAM_BUCKETS];
    uint64_t sum;
};

/* The bucket of a value: those below HISTOGRAM_STEPS have one each; above, the bits behind the leading one choose. */
static inline uint32_t histogram_bucket(uint64_t v)
{
    if (v < HISTOGRAM_STEPS)
        return (uint32_t)v;
    if (v >> HISTOGRAM_POWERS)
        return HISTOGRAM_BUCKETS - 1;
    uint32_t shift = 63 - HISTOGRAM_BITS - (uint32_t)__builtin_clzll(v);
    return (shift << HISTOGRAM_BITS) + (uint32_t)(v >> shift);
}

static inline void histogram_add(struct histogram *h, uint64_t v)
{
    h->bucket[histogram_bucket(v)]++;
    h->sum += v;
}

/* The time between two readings of a clock, nanoseconds; 0 if the clocks of two workers disagree about which came
 * first. */
static inline void histogram_add_ns(struct histogram *h, uint64_t from, uint64_t to)
{
    histogram_add(h, to > from ? (to - from) / 1000 : 0);
}

/* The least value of a bucket; of HISTOGRAM_BUCKETS: 2^32. */
uint64_t histogram_bottom(uint32_t bucket);

void histogram_merge(struct histogram *to, const struct histogram *from);

/* What has come since `before`, an earlier copy of the same histogram. */
void histogram_subtract(struct histogram *h, const struct histogram *before);

/* How many values. */
uint64_t histogram_count(const struct histogram *h);

/* How many values are less than 2^power; exact for every power below HISTOGRAM_POWERS. */
uint64_t histogram_below(const struct histogram *h, unsigned power);

/* The least value of the bucket in which the quantile lies (share 0..1); 0 without values. */
uint64_t histogram_quantile(const struct histogram *h, double share);
