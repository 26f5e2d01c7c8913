/* Ring: the newest of what is noted, in fixed places: the oldest is overwritten. Entries are numbered from 1, so a
 * reader who remembers a number goes on behind it and can tell how many were overwritten meanwhile. One owner, no
 * locks; nothing is allocated after ring_create. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
    uint64_t last; /* number of the newest; 0: none yet */
    uint32_t most; /* a power of two */
    uint32_t size; /* of an entry */
    _Alignas(16) char entries[];
};

/* `most` is a power of two. NULL without memory. Its pages are taken as it is filled. */
struct ring *ring_create(uint32_t most, uint32_t size);
void ring_destroy(struct ring *r);

/* The place of a new entry, which holds an old one: the caller fills all of it. */
static inline void *ring_put(struct ring *r)
{
    return r->entries + (size_t)(++r->last & (r->most - 1)) * r->size;
}

/* The number of the oldest that is still there; one above the newest if there is none. */
static inline uint64_t ring_oldest(const struct ring *r)
{
    return r->last >= r->most ? r->last - r->most + 1 : 1;
}

/* An entry from ring_oldest to r->last. Borrowed until the next ring_put. */
static inline const void *ring_at(const struct ring *r, uint64_t number)
{
    assert(number >= ring_oldest(r) && number <= r->last);
    return r->entries + (size_t)(number & (r->most - 1)) * r->size;
}

/* Bytes that it holds. */
size_t ring_bytes(const struct ring *r);
