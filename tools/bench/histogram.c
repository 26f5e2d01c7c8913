/* Histogram: see histogram.h. Values below 64 have a bucket each; above, the six bits behind the leading one choose. */
#include "tools/bench/histogram.h"

static uint32_t bucket_of(uint64_t v)
{
    if (v < HISTOGRAM_STEPS)
        return (uint32_t)v;
    uint32_t shift = 57 - (uint32_t)__builtin_clzll(v);
    return (shift + 1) * HISTOGRAM_STEPS + (uint32_t)(v >> shift) - HISTOGRAM_STEPS;
}

static double bottom_of(uint32_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    return (double)((uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << (bucket / HISTOGRAM_STEPS - 1));
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->bucket[bucket_of(ns)]++;
    h->n++;
    if (ns > h->most)
        h->most = ns;
}

double histogram_ms(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->n), below = 0;
    if (!h->n)
        return 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if ((below += h->bucket[i]) > wanted)
            return bottom_of(i) / 1e6;
    return (double)h->most / 1e6;
}

void histogram_put(const struct histogram *h, FILE *to)
{
    fprintf(to, "{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}", histogram_ms(h, .5), histogram_ms(h, .99),
            (double)h->most / 1e6);
}
