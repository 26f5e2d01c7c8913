/* Chunk: see chunk.h. */
#include "transport/wire/chunk.h"

#include <assert.h>
#include <stdlib.h>

struct chunk *chunk_create(size_t n)
{
    struct chunk *c = n > UINT32_MAX ? NULL : malloc(sizeof *c + n);
    if (!c)
        return NULL;
    *c = (struct chunk){ .refs = 1, .n = (uint32_t)n };
    return c;
}

void chunk_unref(struct chunk *c)
{
    if (!c)
        return;
    assert(c->refs > 0);
    if (--c->refs == 0)
        free(c);
}
