/* Histogram of times in nanoseconds: log-linear, 64 steps per power of two, so a quantile is off by at most 1.6 %. One
 * thread. */
#pragma once

#include <stdint.h>
#include <stdio.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_BUCKETS = 64 * HISTOGRAM_STEPS };

struct histogram {
    uint64_t bucket[HISTOGRAM_BUCKETS], n, most;
};

void histogram_add(struct histogram *h, uint64_t ns);

/* The time, in milliseconds, that `share` (0..1) of the values do not exceed; 0 without values. */
double histogram_ms(const struct histogram *h, double share);

/* {"p50":…,"p99":…,"max":…} in milliseconds. */
void histogram_put(const struct histogram *h, FILE *to);
