/* System: workers, kinds and registry together: creation, start, stop. Main thread, but for the look-ups of kinds and
 * homes. */
#include "actors/runtime/bus.h"

#include "actors/runtime/registry.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

enum { RESTARTS = 3, WINDOW_S = 5, RESTARTS_MOST = 64 };

static uint64_t entropy(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        seed = uv_hrtime();
    return seed;
}

static bool create_workers(struct system *s)
{
    s->workers = calloc(s->options.workers, sizeof(*s->workers));
    if (!s->workers)
        return false;
    for (int i = 0; i < s->options.workers; i++) {
        uint64_t seed = s->options.seed ? s->options.seed * 0x9e3779b97f4a7c15 + i : entropy();
        s->workers[i] = worker_create(s, i, seed);
        if (!s->workers[i])
            return false;
    }
    return true;
}

static struct system_options complete(struct system_options o)
{
    if (!o.restarts && !o.window_s) {
        o.restarts = RESTARTS;
        o.window_s = WINDOW_S;
    }
    if (!o.restarts)
        o.restarts = 1;
    if (o.restarts > RESTARTS_MOST)
        o.restarts = RESTARTS_MOST;
    return o;
}

struct system *system_create(const struct system_options *o)
{
    assert(o->workers > 0);
    struct system *s = aligned_alloc(64, (sizeof(*s) + 63) / 64 * 64);

    if (!s)
        return NULL;
    memset(s, 0, sizeof(*s));
    s->options = complete(*o);
    s->random = s->options.seed;
    pthread_mutex_init(&s->kinds_lock, NULL);
    if (registry_init(s) && create_workers(s))
        return s;
    system_destroy(s);
    return NULL;
}

/* ---- kinds and homes ---- */

static int kind_index_locked(struct system *s, const struct actor_kind *kind)
{
    int i = 0;

    while (i < s->kind_count && s->kinds[i] != kind)
        i++;
    if (i == KINDS_MAX)
        return -1;
    if (i == s->kind_count)
        s->kinds[s->kind_count++] = kind;
    return i;
}

int system_kind_index(struct system *s, const struct actor_kind *kind)
{
    pthread_mutex_lock(&s->kinds_lock);
    int i = kind_index_locked(s, kind);
    pthread_mutex_unlock(&s->kinds_lock);
    return i;
}

bool system_add_kind(struct system *s, const struct actor_kind *kind)
{
    return system_kind_index(s, kind) >= 0;
}

const struct actor_kind *system_kind(const struct system *s, struct text name)
{
    const struct actor_kind *found = NULL;
    pthread_mutex_t *lock = (pthread_mutex_t *)&s->kinds_lock;

    pthread_mutex_lock(lock);
    for (int i = 0; i < s->kind_count && !found; i++)
        if (text_is(name, s->kinds[i]->name))
            found = s->kinds[i];
    pthread_mutex_unlock(lock);
    return found;
}

int system_workers(const struct system *s)
{
    return s->options.workers;
}

struct worker *system_worker(struct system *s, int index)
{
    assert(index >= 0 && index < s->options.workers);
    return s->workers[index];
}

struct worker *system_home(struct system *s, struct address a)
{
    uint64_t workers = s->options.workers;
    uint64_t n = a.kind == s->ingress_kind ? 0 : registry_hash_kind(a.kind);

    return s->workers[(n % workers + (uint64_t)a.id % workers + (uint64_t)a.id_low % workers) % workers];
}

bool system_set_ingress(struct system *s, const struct actor_kind *kind)
{
    assert(!s->ingress_kind && !kind->idle_ns);
    s->ingress_kind = kind;
    s->ingress = calloc(s->options.workers, sizeof(*s->ingress));
    for (int i = 0; s->ingress && i < s->options.workers; i++) {
        s->ingress[i] = registry_take(s, (struct address){ kind, i, 0 });
        if (!s->ingress[i])
            return false;
    }
    return s->ingress;
}

/* ---- start and stop ---- */

static void stop_workers(struct system *s, int started)
{
    word_raise(&s->stopping);
    for (int i = 0; i < started; i++)
        worker_stop(s->workers[i]);
    for (int i = 0; i < started; i++)
        worker_uv_join(s->workers[i]);
}

bool system_start(struct system *s, bool (*begin)(struct worker *w, void *arg),
                  void (*end)(struct worker *w, void *arg), void *arg)
{
    int started = 0;
    bool begun = true;

    s->begin = begin;
    s->end = end;
    s->arg = arg;
    while (started < s->options.workers && worker_uv_start(s->workers[started]))
        started++;
    for (int i = 0; i < started; i++)
        begun &= worker_uv_begun(s->workers[i]);
    s->started = begun && started == s->options.workers;
    if (s->started)
        return true;
    stop_workers(s, started);
    return false;
}

/* What senders pushed while the workers closed. The owners are gone, so this thread owns the mailboxes. */
static void discard(struct system *s)
{
    struct actor *a;

    while ((a = registry_take_any(s))) {
        mailbox_close(&a->mailbox);
        run_drop_all(a);
        actor_unref(a);
    }
    for (int i = 0; s->ingress && i < s->options.workers; i++) {
        if (s->ingress[i])
            actor_unref(s->ingress[i]);
        s->ingress[i] = NULL;
    }
}

/* Without threads: a simulation, or a system that was never started. */
static void close_workers(struct system *s)
{
    word_raise(&s->stopping);
    for (int i = 0; s->workers && i < s->options.workers && s->workers[i]; i++) {
        struct worker *w = s->workers[i];
        worker_enter(w);
        worker_close(w);
        worker_release(w);
    }
    worker_enter(NULL);
}

void system_stop(struct system *s)
{
    if (word_raised(&s->stopping))
        return;
    if (s->started)
        stop_workers(s, s->options.workers);
    else
        close_workers(s);
}

void system_destroy(struct system *s)
{
    if (!s)
        return;
    system_stop(s);
    discard(s);
    registry_fini(s);
    for (int i = 0; s->workers && i < s->options.workers; i++)
        worker_destroy(s->workers[i]);
    free(s->workers);
    free(s->ingress);
    pthread_mutex_destroy(&s->kinds_lock);
    free(s);
}
