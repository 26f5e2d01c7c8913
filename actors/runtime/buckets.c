/* Buckets: see buckets.h. A place is one word: a mark, 24 bits of the key's hash, and a value of 40 bits, which is an
 * instant in ticks of 4,096 ns or an amount. An amount is an instant of a clock that stands at 0, so both are counted by
 * the same code. The instants wrap after 52 days: what is left of one from so long ago is more than its period, and counts
 * as nothing. Two threads may both find a new key a place, and its rate is then counted by the one that is found
 * first, which does no harm; what is held would never be given back, so it has short locks. */
#include "actors/runtime/buckets.h"

#include "actors/runtime/words.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { WAYS = 8, SETS = BUCKET_PLACES / WAYS, VALUE_BITS = 40, TICK_BITS = 12, LOCKS = 64 };

#define VALUE_MASK   ((UINT64_C(1) << VALUE_BITS) - 1)
#define AMOUNT_MOST  (UINT64_C(1) << (VALUE_BITS - 1))
#define DAY_NS       UINT64_C(86400000000000)
#define SPAN_LONGEST (DAY_NS >> TICK_BITS)

struct buckets {
    uint64_t rates[BUCKET_PLACES];
    uint64_t held[BUCKET_PLACES]; /* guarded by the set's lock */
    pthread_mutex_t locks[LOCKS];
};

struct buckets *buckets_create(void)
{
    struct buckets *b = calloc(1, sizeof *b);
    for (int i = 0; b && i < LOCKS; i++)
        pthread_mutex_init(&b->locks[i], NULL);
    return b;
}

void buckets_destroy(struct buckets *b)
{
    free(b);
}

static uint64_t mark_of(uint64_t key)
{
    uint64_t mark = key >> VALUE_BITS;
    return mark ? mark : 1; /* a word of 0 is a place that nobody ever had */
}

/* How far the value lies ahead of now. */
static uint64_t ahead(uint64_t word, uint64_t now, uint64_t farthest)
{
    uint64_t far = (word - now) & VALUE_MASK;
    return far <= farthest ? far : 0;
}

struct found {
    uint64_t *place, word;
    uint64_t ahead; /* of the key; 0 if the place is another's */
    bool free;      /* it is the key's, or nobody's any more */
};

/* The key's own place, else a free one, else the one that is free first. */
static struct found find(uint64_t *places, uint64_t key, uint64_t now, uint64_t farthest)
{
    uint64_t *set = &places[key % SETS * WAYS], mark = mark_of(key), least = UINT64_MAX;
    struct found best = { 0 };
    for (int i = 0; i < WAYS; i++) {
        uint64_t word = word_read(&set[i]), far = ahead(word, now, farthest);
        if (word >> VALUE_BITS == mark)
            return (struct found){ &set[i], word, far, true };
        if (far < least) {
            least = far;
            best = (struct found){ &set[i], word, 0, !far };
        }
    }
    return best;
}

static bool put(const struct found *f, uint64_t key, uint64_t value)
{
    return word_swap(f->place, f->word, mark_of(key) << VALUE_BITS | (value & VALUE_MASK));
}

/* ---- rates ---- */

static uint64_t ticks(uint64_t ns)
{
    return ns >> TICK_BITS;
}

struct cost {
    uint64_t span, cost; /* of a whole bucket; of what is taken. Ticks */
};

static struct cost cost_of(uint64_t n, uint64_t most, uint64_t period_ns)
{
    uint64_t span = ticks(period_ns) ?: 1;
    if (n >= most)
        return (struct cost){ span, span };
    return (struct cost){ span, (uint64_t)((unsigned __int128)n * span / most) ?: 1 };
}

static struct found find_rate(struct buckets *b, uint64_t key, uint64_t span, uint64_t now)
{
    struct found f = find(b->rates, key, ticks(now), SPAN_LONGEST);
    f.ahead = f.ahead <= span ? f.ahead : 0; /* of a turn of the clock ago */
    return f;
}

uint64_t buckets_take(struct buckets *b, uint64_t key, uint64_t n, uint64_t most, uint64_t period_ns, uint64_t now)
{
    struct cost c = cost_of(n, most, period_ns);
    struct found f;
    do {
        f = find_rate(b, key, c.span, now);
        if (f.ahead + c.cost > c.span)
            return (f.ahead + c.cost - c.span) << TICK_BITS;
    } while (!put(&f, key, ticks(now) + f.ahead + c.cost));
    return 0;
}

void buckets_give(struct buckets *b, uint64_t key, uint64_t n, uint64_t most, uint64_t period_ns, uint64_t now)
{
    struct cost c = cost_of(n, most, period_ns);
    struct found f;
    do {
        f = find_rate(b, key, c.span, now);
        if (!f.ahead)
            return;
    } while (!put(&f, key, ticks(now) + (f.ahead > c.cost ? f.ahead - c.cost : 0)));
}

bool buckets_taken(struct buckets *b, uint64_t key, uint64_t period_ns, uint64_t now)
{
    return find_rate(b, key, ticks(period_ns), now).ahead;
}

/* ---- what is held ---- */

static pthread_mutex_t *lock_of(struct buckets *b, uint64_t key)
{
    return &b->locks[key % SETS % LOCKS];
}

static enum hold hold_locked(struct buckets *b, uint64_t key, uint64_t n, uint64_t most)
{
    struct found f = find(b->held, key, 0, AMOUNT_MOST);
    if (f.ahead + n > (most < AMOUNT_MOST ? most : AMOUNT_MOST))
        return HELD_REFUSED;
    if (!f.free)
        return HELD_UNKEPT;
    put(&f, key, f.ahead + n);
    return HELD_KEPT;
}

enum hold buckets_hold(struct buckets *b, uint64_t key, uint64_t n, uint64_t most)
{
    pthread_mutex_lock(lock_of(b, key));
    enum hold held = hold_locked(b, key, n, most);
    pthread_mutex_unlock(lock_of(b, key));
    return held;
}

void buckets_release(struct buckets *b, uint64_t key, uint64_t n)
{
    pthread_mutex_lock(lock_of(b, key));
    struct found f = find(b->held, key, 0, AMOUNT_MOST);
    assert(f.ahead >= n); /* it is given back once */
    put(&f, key, f.ahead - n);
    pthread_mutex_unlock(lock_of(b, key));
}

uint64_t buckets_held(struct buckets *b, uint64_t key)
{
    pthread_mutex_lock(lock_of(b, key));
    uint64_t n = find(b->held, key, 0, AMOUNT_MOST).ahead;
    pthread_mutex_unlock(lock_of(b, key));
    return n;
}
