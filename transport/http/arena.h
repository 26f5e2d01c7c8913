/* Arena: memory that lives as long as one request. Blocks of one size come from a free list per worker; what is larger
 * has a block of its own. Worker's thread only. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

enum { ARENA_BLOCK = 4096, ARENA_POOL_MOST = 512 };

struct arena_block; /* private to arena.c */

/* The worker's free blocks. Zeroed is empty. At most ARENA_POOL_MOST are kept. */
struct arena_pool {
    struct arena_block *free;
    uint32_t kept;
    uint32_t spare; /* so many have not been needed since arena_pool_trim */
    uint32_t out;   /* blocks in use, for the tests: at rest it is 0 */
    uint64_t bytes; /* of all blocks, in use or kept */
};

void arena_pool_fini(struct arena_pool *pool);

/* Gives back the blocks that have not been needed since the last call. Called now and then. */
void arena_pool_trim(struct arena_pool *pool);

struct arena {
    struct arena_pool *pool;
    struct arena_block *blocks; /* the newest first */
    char *at, *end;
};

static inline struct arena arena_from(struct arena_pool *pool)
{
    return (struct arena){ .pool = pool };
}

/* Memory for any type, not zeroed. NULL without memory. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy with a NUL behind it. Absent text without memory (or for absent text). */
struct text arena_copy(struct arena *a, struct text t);

/* Gives all of it back. The arena may itself lie in the memory it frees: nothing of it is read afterwards. */
void arena_fini(struct arena *a);
