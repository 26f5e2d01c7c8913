/* Ring: see ring.h. */
#include "proto/base/ring.h"

#include <stdlib.h>

struct ring *ring_create(uint32_t most, uint32_t size)
{
    assert(most && !(most & (most - 1)) && size);
    struct ring *r = calloc(1, sizeof *r + (size_t)most * size);
    if (!r)
        return NULL;
    r->most = most;
    r->size = size;
    return r;
}

void ring_destroy(struct ring *r)
{
    free(r);
}

size_t ring_bytes(const struct ring *r)
{
    uint64_t used = r->last < r->most ? r->last + 1 : r->most; /* place 0 is the last to be filled */
    return sizeof *r + (size_t)used * r->size;
}
