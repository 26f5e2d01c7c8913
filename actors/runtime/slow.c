/* Slow: see slow.h. */
#include "actors/runtime/slow.h"

#include "actors/runtime/core.h"

void worker_slow_note(struct worker *w, const struct slow_entry *e)
{
    struct slow_entry *place = ring_put(w->slow);

    *place = *e;
    place->at = worker_wall_at(w, worker_clock(w));
    w->slow_counts.of[e->what]++;
}

const struct ring *worker_slow_entries(const struct worker *w)
{
    return w->slow;
}

uint64_t worker_slow_first(const struct worker *w)
{
    uint64_t oldest = ring_oldest(w->slow);

    return oldest > w->slow_forgotten ? oldest : w->slow_forgotten + 1;
}

void worker_slow_forget(struct worker *w)
{
    w->slow_forgotten = w->slow->last;
}

struct slow_counts worker_slow_counts(const struct worker *w)
{
    return w->slow_counts;
}
