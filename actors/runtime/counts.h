/* Counts: what has become of every message: sent = handled + refused + dropped. On a worker's thread in that worker's
 * words, elsewhere in the system's. Any thread. */
#pragma once

#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

enum count { COUNT_SENT, COUNT_HANDLED, COUNT_REFUSED, COUNT_DROPPED };

static inline uint64_t *counts_word(struct bus_counts *c, enum count what)
{
    uint64_t *const words[] = { [COUNT_SENT] = &c->sent,
                                [COUNT_HANDLED] = &c->handled,
                                [COUNT_REFUSED] = &c->refused,
                                [COUNT_DROPPED] = &c->dropped };

    return words[what];
}

static inline void counts_add(struct system *s, enum count what)
{
    struct worker *w = worker_current_of(s);

    if (w)
        word_count(counts_word(&w->counts, what), 1);
    else
        (void)word_add(counts_word(&s->foreign, what), 1);
}

/* Destroys a message that was sent and tells nobody. */
static inline void counts_drop(struct system *s, struct message *m)
{
    counts_add(s, COUNT_DROPPED);
    message_destroy(m);
}
