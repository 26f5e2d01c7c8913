/* Throttle: a direct-mapped table of counters by the key's hash (FNV-1a with a process-wide secret start, so that
 * nobody can aim at somebody else's place). */
#include "transport/identity/throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

struct counter {
    uint64_t hash; /* 0: free */
    uint64_t began;
    uint32_t failures;
};

struct throttle {
    pthread_mutex_t lock;
    uint64_t window_ns, seed;
    struct counter counters[THROTTLE_PLACES]; /* guarded by lock */
};

struct throttle *throttle_create(uint64_t window_ns)
{
    struct throttle *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->window_ns = window_ns;
    if (getrandom(&t->seed, sizeof t->seed, 0) != sizeof t->seed || pthread_mutex_init(&t->lock, NULL)) {
        free(t);
        return NULL;
    }
    return t;
}

void throttle_destroy(struct throttle *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static uint64_t hash_of(const struct throttle *t, struct text key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ t->seed;
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * UINT64_C(0x100000001b3);
    return h ? h : 1;
}

/* The key's counter if it counts now, else NULL. Caller holds the lock. Another worker's clock may be a turn ahead of
 * this one's, so `began` may lie in the future. */
static struct counter *find_locked(struct throttle *t, uint64_t hash, uint64_t now)
{
    struct counter *c = &t->counters[hash % THROTTLE_PLACES];
    return c->hash == hash && (int64_t)(now - c->began) < (int64_t)t->window_ns ? c : NULL;
}

uint64_t throttle_wait(struct throttle *t, struct text key, uint32_t most, uint64_t now)
{
    uint64_t hash = hash_of(t, key);
    pthread_mutex_lock(&t->lock);
    struct counter *c = find_locked(t, hash, now);
    uint64_t wait = !c || c->failures < most ? 0 : c->began + t->window_ns - now;
    pthread_mutex_unlock(&t->lock);
    return wait;
}

void throttle_failed(struct throttle *t, struct text key, uint64_t now)
{
    uint64_t hash = hash_of(t, key);
    pthread_mutex_lock(&t->lock);
    struct counter *c = find_locked(t, hash, now);
    if (c)
        c->failures++;
    else
        t->counters[hash % THROTTLE_PLACES] = (struct counter){ hash, now, 1 };
    pthread_mutex_unlock(&t->lock);
}

void throttle_forget(struct throttle *t, struct text key)
{
    uint64_t hash = hash_of(t, key);
    pthread_mutex_lock(&t->lock);
    if (t->counters[hash % THROTTLE_PLACES].hash == hash)
        t->counters[hash % THROTTLE_PLACES] = (struct counter){ 0 };
    pthread_mutex_unlock(&t->lock);
}
