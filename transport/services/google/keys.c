/* Keys: see keys.h. A question is looked at again after each fetch, on its own worker, and settled by then: a fetch
 * that has just ended, well or not, is not repeated. */
#include "transport/services/google/keys.h"

#include "actors/runtime/bus.h"
#include "proto/base/log.h"
#include "proto/field.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

enum { SECOND = 1000000000, LOOK_S = 7 }; /* LOOK_S: to look again if a worker could not be told */

struct keys {
    const char *url;
    keys_desk_of *desk_of;
    pthread_mutex_t lock; /* guards the rest */
    struct jwks *set;     /* the last good one; NULL: none yet */
    uint64_t fresh_until; /* by the monotonic clock */
    uint64_t tried;       /* when a fetch last ended; 0: never */
    bool fetching;
};

struct keys_desk {
    struct keys *keys;
    struct worker *worker;
    keys_fetch *fetch;
    void *fetch_arg;
    struct keys_question *waiting, **last;
    uint32_t n, highest;
    uint64_t refused;
    struct timer timer;
};

struct keys *keys_create(const char *url, keys_desk_of *desk_of)
{
    struct keys *k = calloc(1, sizeof *k);
    if (!k || pthread_mutex_init(&k->lock, NULL)) {
        free(k);
        return NULL;
    }
    k->url = url;
    k->desk_of = desk_of;
    return k;
}

void keys_destroy(struct keys *k)
{
    if (!k)
        return;
    jwks_destroy(k->set);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

/* ---- a question ---- */

enum view { SETTLED, WAIT, FETCH };

static uint64_t rest_locked(const struct keys *k, uint64_t now)
{
    int64_t left = (int64_t)(k->tried + (uint64_t)KEYS_PAUSE_S * SECOND - now);
    return k->tried && left > 0 ? (uint64_t)left : 0;
}

/* What is to be done about a key. FETCH: the caller is the one who fetches. Clocks of workers differ by a turn, so a
 * time may lie a little in the future. */
static enum view judge_locked(struct keys *k, struct text kid, uint64_t now, enum keys_answer *ret_answer,
                              struct jwks_key **ret_key)
{
    bool fresh = k->set && (int64_t)(k->fresh_until - now) > 0;
    struct jwks_key *key = k->set ? jwks_find(k->set, kid) : NULL;
    *ret_answer = key ? KEYS_FOUND : k->set ? KEYS_UNKNOWN : KEYS_AWAY;
    *ret_key = key;
    if ((key && fresh) || (!k->fetching && rest_locked(k, now)))
        return SETTLED;
    jwks_key_unref(key);
    if (k->fetching)
        return WAIT;
    k->fetching = true;
    return FETCH;
}

static void wait_in(struct keys_desk *d, struct keys_question *q)
{
    q->next = NULL;
    *d->last = q;
    d->last = &q->next;
    if (++d->n > d->highest)
        d->highest = d->n;
    worker_timer_start(d->worker, &d->timer, (uint64_t)LOOK_S * SECOND);
}

static void consider(struct keys_desk *d, struct keys_question *q)
{
    enum keys_answer answer;
    struct jwks_key *key;
    pthread_mutex_lock(&d->keys->lock);
    enum view view = judge_locked(d->keys, q->kid, worker_now(d->worker), &answer, &key);
    pthread_mutex_unlock(&d->keys->lock);
    if (view == SETTLED) {
        q->done(q, answer, key);
        jwks_key_unref(key);
        return;
    }
    wait_in(d, q);
    if (view == FETCH)
        d->fetch(d, d->keys->url, d->fetch_arg);
}

/* Considers everybody who waits once more. */
static void look(struct keys_desk *d)
{
    struct keys_question *all = d->waiting;
    d->waiting = NULL;
    d->last = &d->waiting;
    d->n = 0;
    worker_timer_stop(d->worker, &d->timer);
    while (all) {
        struct keys_question *q = all;
        all = q->next;
        consider(d, q);
    }
}

static void look_later(struct timer *t)
{
    look((struct keys_desk *)((char *)t - offsetof(struct keys_desk, timer)));
}

void keys_find(struct keys_desk *d, struct keys_question *q)
{
    if (d->n >= KEYS_WAITING_MOST) {
        d->refused++;
        q->done(q, KEYS_BUSY, NULL);
    } else
        consider(d, q);
}

uint64_t keys_rest(const struct keys_desk *d)
{
    pthread_mutex_lock(&d->keys->lock);
    uint64_t rest = rest_locked(d->keys, worker_now(d->worker));
    pthread_mutex_unlock(&d->keys->lock);
    return rest;
}

/* ---- a fetch ---- */

static void look_there(struct worker *w, void *arg)
{
    const struct keys *k = arg;
    struct keys_desk *d = k->desk_of(w);
    if (d)
        look(d);
}

/* Everybody's questions are looked at again; a worker that cannot be told looks by its timer. */
static void tell_all(struct keys_desk *d)
{
    struct system *s = worker_system(d->worker);
    for (int i = 0; i < system_workers(s); i++)
        if (system_worker(s, i) != d->worker && !worker_call(system_worker(s, i), look_there, d->keys))
            log_debug("a worker was not told of new keys", F_INT("worker", i));
    look(d);
}

void keys_fetched(struct keys_desk *d, struct text document, struct text cache_control, struct text age)
{
    struct keys *k = d->keys;
    struct jwks *set = document.p ? jwks_read(document) : NULL, *old = NULL;
    int64_t life = keys_life(cache_control, age);
    uint64_t now = worker_now(d->worker);
    if (set)
        log_info("Google's keys are here", F_INT("keys", jwks_count(set)), F_INT("fresh_s", life));
    else if (document.p)
        log_warn("what came is no document of keys");
    pthread_mutex_lock(&k->lock);
    assert(k->fetching); /* one worker fetches, and it is this one */
    k->fetching = false;
    k->tried = now;
    if (set) {
        old = k->set;
        k->set = set;
        k->fresh_until = now + (uint64_t)life * SECOND;
    }
    pthread_mutex_unlock(&k->lock);
    jwks_destroy(old);
    tell_all(d);
}

/* ---- the desk ---- */

struct keys_desk *keys_desk_create(struct keys *k, struct worker *w, keys_fetch *fetch, void *arg)
{
    struct keys_desk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    *d = (struct keys_desk){ .keys = k, .worker = w, .fetch = fetch, .fetch_arg = arg, .timer.fire = look_later };
    d->last = &d->waiting;
    return d;
}

void keys_desk_destroy(struct keys_desk *d)
{
    if (!d)
        return;
    worker_timer_stop(d->worker, &d->timer);
    while (d->waiting) {
        struct keys_question *q = d->waiting;
        d->waiting = q->next;
        q->done(q, KEYS_AWAY, NULL);
    }
    free(d);
}

struct keys_stats keys_desk_stats(const struct keys_desk *d)
{
    return (struct keys_stats){ d->n, d->highest, d->refused };
}

/* ---- what headers say ---- */

/* The number of seconds that a text says; -1 if it says none. */
static int64_t seconds_of(struct text t)
{
    int64_t v;
    return t.p && field_read_integer(t, &v) && v >= 0 ? v : -1;
}

static struct text trimmed(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct text){ p, (size_t)(end - p) };
}

/* max-age, less what has passed of it; 0 if it is not said or the document is not to be kept. */
static int64_t said_life(struct text cache_control)
{
    static const char max_age[] = "max-age=";
    const char *at = cache_control.p, *end = at + cache_control.n;
    int64_t life = 0;
    while (at && at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma ? comma : end;
        struct text one = trimmed(at, stop);
        if ((one.n == 8 && !strncasecmp(one.p, "no-store", 8)) || (one.n == 8 && !strncasecmp(one.p, "no-cache", 8)))
            return 0;
        if (one.n >= sizeof max_age && !strncasecmp(one.p, max_age, sizeof max_age - 1))
            life = seconds_of((struct text){ one.p + sizeof max_age - 1, one.n - (sizeof max_age - 1) });
        at = stop + 1;
    }
    return life;
}

int64_t keys_life(struct text cache_control, struct text age)
{
    int64_t life = said_life(cache_control), passed = seconds_of(age);
    life = life > KEYS_FRESH_MOST_S ? KEYS_FRESH_MOST_S : life;
    life -= passed < 0 ? 0 : passed > life ? life : passed;
    return life < KEYS_FRESH_LEAST_S ? KEYS_FRESH_LEAST_S : life;
}
