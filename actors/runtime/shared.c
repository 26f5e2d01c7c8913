/* Shared: reference-counted bytes. Any thread; the counting itself is in words.h. */
#include "actors/runtime/shared.h"

#include "actors/runtime/words.h"

#include <assert.h>
#include <stdlib.h>

struct shared *shared_create(struct text bytes)
{
    if (bytes.n > UINT32_MAX)
        return NULL;
    struct shared *s = malloc(sizeof(*s) + bytes.n);
    if (!s)
        return NULL;
    *s = (struct shared){ .refs = 1, .n = bytes.n };
    if (bytes.n)
        memcpy(s->p, bytes.p, bytes.n);
    return s;
}

struct shared *shared_event(struct text frame, struct frame_mark event)
{
    struct shared *s = shared_create(frame);
    assert(event.name && event.data_at + event.data_n <= frame.n);
    if (s)
        s->event = event;
    return s;
}

struct shared *shared_ref(struct shared *s)
{
    assert(s);
    word_ref(&s->refs);
    return s;
}

void shared_unref(struct shared *s)
{
    if (s && word_unref(&s->refs))
        free(s);
}
