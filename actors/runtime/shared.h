/* Shared: reference-counted immutable bytes, for an event that goes to many workers and stays in a ring.
 * Any thread may hold and drop references; the bytes are written only by the creator before the first share. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

struct shared {
    uint32_t refs; /* atomic; private to shared.c */
    uint32_t n;
    const char *name;         /* of an event, static; NULL: it is none */
    uint32_t data_at, data_n; /* where in the bytes what the event says stands; data_n 0: nowhere */
    char p[];
};

struct shared *shared_create(struct text bytes); /* one reference; NULL without memory */
/* The same for an event that stands in the bytes in some spelling, with what it says as one piece of them. */
struct shared *shared_event(struct text bytes, const char *name, size_t data_at, size_t data_n);
struct shared *shared_ref(struct shared *s);
void shared_unref(struct shared *s); /* NULL is fine */

/* What an event says; absent: nothing. */
static inline struct text shared_data(const struct shared *s)
{
    return s->data_n ? (struct text){ s->p + s->data_at, s->data_n } : (struct text){ 0 };
}

static inline struct text shared_text(const struct shared *s)
{
    return (struct text){ s->p, s->n };
}
