/* Closed: the connections of a worker that ended last, the newest in place of the oldest, and how many ended for which
 * reason. Fixed memory, no allocation. Worker's thread only. */
#pragma once

#include "transport/http/connection_look.h"
#include "transport/wire/close_reason.h"

enum { CLOSED_KEPT = 256 };

struct closed {
    struct connection_look was; /* in its last moment */
    enum close_reason why;
    uint64_t at; /* loop milliseconds */
};

/* Private to closed.c; shown for embedding. Begins zeroed. */
struct closed_ring {
    uint64_t n; /* ever */
    uint64_t by_reason[CLOSE_REASON_COUNT];
    struct closed kept[CLOSED_KEPT];
};

void closed_add(struct closed_ring *r, const struct closed *one);

/* How many are kept. */
uint32_t closed_count(const struct closed_ring *r);
/* The i-th newest, from 0; i < closed_count. Valid until the next closed_add. */
const struct closed *closed_at(const struct closed_ring *r, uint32_t i);
