/* Throttle: a table of counters in sets by the key's hash (FNV-1a with a process-wide secret start, so that nobody can aim
 * at somebody else's place). In a full set the key with the fewest failures makes way, so that guesses at ever new accounts
 * do not wipe out what their address has used up. */
#include "transport/identity/throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum { WAYS = 8, SETS = THROTTLE_PLACES / WAYS };

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

static struct counter *set_of(struct throttle *t, uint64_t hash)
{
    return &t->counters[hash % SETS * WAYS];
}

/* Another worker's clock may be a turn ahead of this one's, so `began` may lie in the future. */
static bool counts(const struct throttle *t, const struct counter *c, uint64_t now)
{
    return c->hash && (int64_t)(now - c->began) < (int64_t)t->window_ns;
}

/* The key's counter if it counts now, else NULL. Caller holds the lock. */
static struct counter *find_locked(struct throttle *t, uint64_t hash, uint64_t now)
{
    struct counter *set = set_of(t, hash);
    for (int i = 0; i < WAYS; i++)
        if (set[i].hash == hash)
            return counts(t, &set[i], now) ? &set[i] : NULL;
    return NULL;
}

/* The key's own place, or one that does not count, or that of the fewest failures, the oldest of these. Caller holds the lock. */
static struct counter *place_locked(struct throttle *t, uint64_t hash, uint64_t now)
{
    struct counter *set = set_of(t, hash), *best = NULL;
    uint32_t fewest = UINT32_MAX;
    for (int i = 0; i < WAYS; i++) {
        uint32_t failures = counts(t, &set[i], now) ? set[i].failures : 0;
        if (set[i].hash == hash)
            return &set[i];
        if (!best || failures < fewest || (failures == fewest && set[i].began < best->began)) {
            best = &set[i];
            fewest = failures;
        }
    }
    return best;
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
        *place_locked(t, hash, now) = (struct counter){ hash, now, 1 };
    pthread_mutex_unlock(&t->lock);
}

void throttle_forget(struct throttle *t, struct text key)
{
    uint64_t hash = hash_of(t, key);
    pthread_mutex_lock(&t->lock);
    for (struct counter *c = set_of(t, hash), *end = c + WAYS; c < end; c++)
        if (c->hash == hash)
            *c = (struct counter){ 0 };
    pthread_mutex_unlock(&t->lock);
}
