/* Timer heap: the armed timers of one worker, earliest first. An intrusive pairing heap: arming allocates nothing, so a
 * timer can never be lost for want of memory. Own thread; knows no clock and no worker: worker_timer_start does. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A one-shot timer embedded in its user's struct. */
struct timer {
    uint64_t due; /* worker_now() at which it fires; 0: not armed */
    void (*fire)(struct timer *t);
    struct timer *child, *next, *prev; /* private to timer.c */
};

struct timer_heap {
    struct timer *root; /* the earliest, or NULL */
    uint32_t n;
};

/* Adds a timer whose due time is set and that is in no heap. */
void timer_heap_add(struct timer_heap *h, struct timer *t);

/* Takes an armed timer out and marks it as not armed. */
void timer_heap_remove(struct timer_heap *h, struct timer *t);
