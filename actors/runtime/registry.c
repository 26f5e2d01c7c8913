/* Registry: 64 shards, each a chained hash table under a mutex; the link is in the actor. A sender gets a reference
 * under the shard's lock and pushes after it let go. Tables grow when they are full; without memory they stay and
 * chains get longer. */
#include "actors/runtime/registry.h"

#include "actors/runtime/kinds.h"
#include "actors/runtime/words.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 16 };

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static uint64_t hash_address(struct address a)
{
    return mix(kind_hash(a.kind) + mix((uint64_t)a.id + 0x9e3779b97f4a7c15) + 31 * mix((uint64_t)a.id_low));
}

static bool is_at(const struct actor *a, struct address address)
{
    return a->id == address.id && a->id_low == address.id_low && a->kind == address.kind;
}

bool registry_init(struct system *s)
{
    bool complete = true;

    for (int i = 0; i < SHARDS; i++) {
        struct shard *shard = &s->shards[i];
        pthread_mutex_init(&shard->lock, NULL);
        shard->buckets = calloc(FIRST_BUCKETS, sizeof(struct actor *));
        shard->mask = FIRST_BUCKETS - 1;
        complete &= shard->buckets != NULL;
    }
    return complete;
}

void registry_fini(struct system *s)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *shard = &s->shards[i];
        assert(!shard->n);
        free(shard->buckets);
        pthread_mutex_destroy(&shard->lock);
    }
}

static struct shard *shard_of(struct system *s, uint64_t hash)
{
    return &s->shards[hash % SHARDS];
}

/* The bucket takes other bits than the shard. */
static struct actor **bucket_locked(struct shard *shard, uint64_t hash)
{
    return &shard->buckets[(hash / SHARDS) & shard->mask];
}

static struct actor *look_up_locked(struct shard *shard, uint64_t hash, struct address address)
{
    struct actor *a = *bucket_locked(shard, hash);

    while (a && !is_at(a, address))
        a = a->hash_next;
    return a;
}

static void grow_locked(struct shard *shard)
{
    struct actor **old = shard->buckets;
    uint32_t count = shard->mask + 1;
    struct actor **buckets = calloc(2 * (size_t)count, sizeof(struct actor *));

    if (!buckets)
        return;
    shard->buckets = buckets;
    shard->mask = 2 * count - 1;
    for (uint32_t i = 0; i < count; i++) {
        for (struct actor *a = old[i], *next; a; a = next) {
            next = a->hash_next;
            struct actor **bucket = bucket_locked(shard, hash_address(actor_address(a)));
            a->hash_next = *bucket;
            *bucket = a;
        }
    }
    free(old);
}

static struct actor *add_locked(struct system *s, struct shard *shard, uint64_t hash, struct address address)
{
    int kind = system_kind_index(s, address.kind);
    struct actor *a = kind < 0 ? NULL : actor_create(system_home(s, address), address, kind);

    if (!a)
        return NULL;
    if (shard->n > shard->mask)
        grow_locked(shard);
    struct actor **bucket = bucket_locked(shard, hash);
    a->hash_next = *bucket;
    *bucket = a;
    shard->n++;
    return a;
}

struct actor *registry_take(struct system *s, struct address address)
{
    uint64_t hash = hash_address(address);
    struct shard *shard = shard_of(s, hash);

    pthread_mutex_lock(&shard->lock);
    struct actor *a = look_up_locked(shard, hash, address);
    if (!a)
        a = add_locked(s, shard, hash, address);
    if (a)
        word_ref(&a->refs);
    pthread_mutex_unlock(&shard->lock);
    return a;
}

struct actor *registry_find(struct system *s, struct address address)
{
    uint64_t hash = hash_address(address);
    struct shard *shard = shard_of(s, hash);

    pthread_mutex_lock(&shard->lock);
    struct actor *a = look_up_locked(shard, hash, address);
    if (a)
        word_ref(&a->refs);
    pthread_mutex_unlock(&shard->lock);
    return a;
}

void registry_forget(struct actor *a)
{
    uint64_t hash = hash_address(actor_address(a));
    struct shard *shard = shard_of(a->home->system, hash);

    pthread_mutex_lock(&shard->lock);
    struct actor **at = bucket_locked(shard, hash);
    while (*at && *at != a)
        at = &(*at)->hash_next;
    bool found = *at;
    if (found) {
        *at = a->hash_next;
        shard->n--;
    }
    pthread_mutex_unlock(&shard->lock);
    if (found)
        actor_unref(a);
}

static struct actor *take_any_locked(struct shard *shard)
{
    for (uint32_t i = 0; shard->n && i <= shard->mask; i++) {
        struct actor *a = shard->buckets[i];
        if (a) {
            shard->buckets[i] = a->hash_next;
            shard->n--;
            return a;
        }
    }
    return NULL;
}

struct actor *registry_take_any(struct system *s)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *shard = &s->shards[i];
        pthread_mutex_lock(&shard->lock);
        struct actor *a = shard->buckets ? take_any_locked(shard) : NULL;
        pthread_mutex_unlock(&shard->lock);
        if (a)
            return a;
    }
    return NULL;
}
