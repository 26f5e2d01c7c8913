/* Clock: nanoseconds of the machine's monotonic clock, the same in every process of a run. */
#pragma once

#include <stdint.h>
#include <time.h>

enum { CLOCK_MS = 1000000 };

static inline uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
