/* Chunk: reference-counted bytes of one worker; see connection.h. */
#include "transport/http/chunked.h"
#include "transport/http/connection.h"

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

struct chunk *chunk_framed(struct text piece, bool last)
{
    struct chunk *c = chunk_create(piece.n + CHUNKED_FRAME_MOST);
    if (!c)
        return NULL;
    size_t begins;
    c->n = (uint32_t)chunked_write(c->p, piece, last, &begins);
    c->before = (uint8_t)begins;
    c->behind = (uint8_t)(c->n - begins - piece.n);
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
