/* Arena: bump allocation. Blocks come from the kernel and go back to it, not to the heap: a burst of requests would
 * else leave holes between what the streams keep. Under the address sanitizer they come from the heap and none is kept
 * for reuse, so that a use after the request shows. */
#include "transport/http/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

struct arena_block {
    struct arena_block *next;
    size_t size;
    char memory[] __attribute__((aligned(16)));
};

#ifdef __SANITIZE_ADDRESS__
static const uint32_t keep = 0;
static const bool mapped = false;
#else
static const uint32_t keep = ARENA_POOL_MOST;
static const bool mapped = true;
#endif

static struct arena_block *block_create(size_t size)
{
    if (!mapped || size != ARENA_BLOCK)
        return malloc(size);
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void block_destroy(struct arena_block *b)
{
    if (mapped && b->size == ARENA_BLOCK)
        (void)munmap(b, ARENA_BLOCK); /* it can only fail on a bad address */
    else
        free(b);
}

static struct arena_block *block_take(struct arena_pool *pool, size_t size)
{
    struct arena_block *b = pool->free;
    assert(!b == !pool->kept);
    if (b && size <= ARENA_BLOCK) {
        pool->free = b->next;
        pool->kept--;
        if (pool->spare > pool->kept)
            pool->spare = pool->kept;
    } else {
        if (size < ARENA_BLOCK)
            size = ARENA_BLOCK;
        b = block_create(size);
        if (!b)
            return NULL;
        b->size = size;
        pool->bytes += size;
    }
    pool->out++;
    return b;
}

static void block_give(struct arena_pool *pool, struct arena_block *b)
{
    assert(pool->out);
    pool->out--;
    if (b->size != ARENA_BLOCK || pool->kept == keep) {
        pool->bytes -= b->size;
        block_destroy(b);
        return;
    }
    b->next = pool->free;
    pool->free = b;
    pool->kept++;
}

static void pool_free(struct arena_pool *pool, uint32_t n)
{
    for (struct arena_block *b; n-- && (b = pool->free);) {
        pool->free = b->next;
        pool->kept--;
        pool->bytes -= b->size;
        block_destroy(b);
    }
}

void arena_pool_trim(struct arena_pool *pool)
{
    pool_free(pool, pool->spare);
    pool->spare = pool->kept;
}

void arena_pool_fini(struct arena_pool *pool)
{
    pool_free(pool, pool->kept);
    pool->spare = 0;
}

/* A block of its own for something large leaves the current block in place for what comes next. */
static void *alloc_slow(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    struct arena_block *b = block_take(a->pool, n + sizeof *b);
    if (!b)
        return NULL;
    bool own = a->blocks && n > ARENA_BLOCK / 4;
    if (own) {
        b->next = a->blocks->next;
        a->blocks->next = b;
        return b->memory;
    }
    b->next = a->blocks;
    a->blocks = b;
    a->at = b->memory + n;
    a->end = (char *)b + b->size;
    return b->memory;
}

void *arena_alloc(struct arena *a, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    if (n > (size_t)(a->end - a->at))
        return alloc_slow(a, n);
    void *p = a->at;
    a->at += n;
    return p;
}

struct text arena_copy(struct arena *a, struct text t)
{
    char *p = t.p ? arena_alloc(a, t.n + 1) : NULL;
    if (!p)
        return (struct text){ 0 };
    memcpy(p, t.p, t.n);
    p[t.n] = 0;
    return (struct text){ p, t.n };
}

void arena_fini(struct arena *a)
{
    struct arena_pool *pool = a->pool;
    struct arena_block *b = a->blocks;
    while (b) {
        struct arena_block *next = b->next;
        block_give(pool, b);
        b = next;
    }
}
