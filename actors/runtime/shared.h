/* Shared: reference-counted immutable bytes, for an event that goes to many workers and stays in a ring.
 * Any thread may hold and drop references; the bytes are written only by the creator before the first share. */
#pragma once

#include "proto/frame.h"

#include <stdint.h>

struct shared {
    uint32_t refs; /* atomic; private to shared.c */
    uint32_t n;
    struct frame_mark event; /* where its pieces stand; no name: the bytes are no event */
    char p[];
};

struct shared *shared_create(struct text bytes); /* one reference; NULL without memory */
/* The same for an event that stands in the bytes as frame_put wrote it. */
struct shared *shared_event(struct text frame, struct frame_mark event);
struct shared *shared_ref(struct shared *s);
void shared_unref(struct shared *s); /* NULL is fine */

/* What an event says; absent: nothing. */
static inline struct text shared_data(const struct shared *s)
{
    return s->event.data_n ? (struct text){ s->p + s->event.data_at, s->event.data_n } : (struct text){ 0 };
}

static inline struct text shared_text(const struct shared *s)
{
    return (struct text){ s->p, s->n };
}
