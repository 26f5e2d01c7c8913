/* Chunk: bytes that several wires of one worker send: made once per turn, freed with the last reference. Worker-local.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct chunk {
    uint32_t refs;
    uint32_t n;
    uint8_t before, behind; /* so many of the bytes at either end are framing, which a bare wire is spared */
    char p[];
};

/* One reference, n bytes to be filled by the caller. NULL without memory. */
struct chunk *chunk_create(size_t n);
void chunk_unref(struct chunk *c); /* may be NULL */
