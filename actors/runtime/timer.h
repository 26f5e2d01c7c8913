/* Timer heap: the armed timers of one worker, earliest first. An intrusive pairing heap: arming allocates nothing, so a
 * timer can never be lost for want of memory. Own thread; knows no clock. struct timer itself is in worker.h. */
#pragma once

#include "actors/runtime/worker.h"

struct timer_heap {
    struct timer *root; /* the earliest, or NULL */
    uint32_t n;
};

/* Adds a timer whose due time is set and that is in no heap. */
void timer_heap_add(struct timer_heap *h, struct timer *t);

/* Takes an armed timer out and marks it as not armed. */
void timer_heap_remove(struct timer_heap *h, struct timer *t);
