/* Closed: see closed.h. */
#include "transport/http/closed.h"

#include <assert.h>

void closed_add(struct closed_ring *r, const struct closed *one)
{
    r->kept[r->n++ % CLOSED_KEPT] = *one;
    r->by_reason[one->why]++;
}

uint32_t closed_count(const struct closed_ring *r)
{
    return r->n < CLOSED_KEPT ? (uint32_t)r->n : CLOSED_KEPT;
}

const struct closed *closed_at(const struct closed_ring *r, uint32_t i)
{
    assert(i < closed_count(r));
    return &r->kept[(r->n - 1 - i) % CLOSED_KEPT];
}
