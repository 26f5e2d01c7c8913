/* Histogram: reading. See histogram.h. */
#include "proto/base/histogram.h"

#include <assert.h>

uint64_t histogram_bottom(uint32_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    uint32_t shift = (bucket >> HISTOGRAM_BITS) - 1;
    return (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << shift;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        to->bucket[i] += from->bucket[i];
    to->sum += from->sum;
}

void histogram_subtract(struct histogram *h, const struct histogram *before)
{
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        h->bucket[i] -= before->bucket[i];
    h->sum -= before->sum;
}

static uint64_t count_before(const struct histogram *h, uint32_t end)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < end; i++)
        n += h->bucket[i];
    return n;
}

uint64_t histogram_count(const struct histogram *h)
{
    return count_before(h, HISTOGRAM_BUCKETS);
}

uint64_t histogram_below(const struct histogram *h, unsigned power)
{
    assert(power < HISTOGRAM_POWERS);
    return count_before(h, histogram_bucket((uint64_t)1 << power));
}

uint64_t histogram_quantile(const struct histogram *h, double share)
{
    uint64_t n = histogram_count(h), wanted = (uint64_t)(share * (double)n), below = 0;
    if (!n)
        return 0;
    if (wanted >= n)
        wanted = n - 1;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if ((below += h->bucket[i]) > wanted)
            return histogram_bottom(i);
    return 0;
}
