/* Slow: see slow.h. */
#include "actors/runtime/slow.h"

#include "actors/runtime/worker_core.h"

#include <stdlib.h>

struct slow {
    struct ring *ring;
    uint64_t forgotten; /* number of its last entry that is forgotten */
    struct slow_counts counts;
};

struct slow *slow_create(void)
{
    struct slow *s = calloc(1, sizeof(*s));

    if (s && !(s->ring = ring_create(SLOW_PLACES, sizeof(struct slow_entry)))) {
        free(s);
        return NULL;
    }
    return s;
}

void slow_destroy(struct slow *s)
{
    if (s)
        ring_destroy(s->ring);
    free(s);
}

void worker_slow_note(struct worker *w, const struct slow_entry *e)
{
    struct slow_entry *place = ring_put(w->slow->ring);

    *place = *e;
    place->at = worker_wall_at(w, worker_clock(w));
    w->slow->counts.of[e->what]++;
}

const struct ring *worker_slow_entries(const struct worker *w)
{
    return w->slow->ring;
}

uint64_t worker_slow_first(const struct worker *w)
{
    uint64_t oldest = ring_oldest(w->slow->ring);

    return oldest > w->slow->forgotten ? oldest : w->slow->forgotten + 1;
}

void worker_slow_forget(struct worker *w)
{
    w->slow->forgotten = w->slow->ring->last;
}

struct slow_counts worker_slow_counts(const struct worker *w)
{
    return w->slow->counts;
}
