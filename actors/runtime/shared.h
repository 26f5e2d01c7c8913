/* Shared: reference-counted immutable bytes, for an event that goes to many workers and stays in a ring.
 * Any thread may hold and drop references; the bytes are written only by the creator before the first share. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

struct shared {
    uint32_t refs; /* atomic; private to shared.c */
    uint32_t n;
    char p[];
};

struct shared *shared_create(struct text bytes); /* one reference; NULL without memory */
struct shared *shared_ref(struct shared *s);
void shared_unref(struct shared *s); /* NULL is fine */

static inline struct text shared_text(const struct shared *s)
{
    return (struct text){ s->p, s->n };
}
