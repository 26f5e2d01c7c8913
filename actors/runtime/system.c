/* System: workers, kinds and registry together: creation, start, stop. Main thread. */
#include "actors/runtime/system.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/registry.h"
#include "actors/runtime/run.h"
#include "actors/runtime/scheduler.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"
#include "actors/runtime/worker_uv.h"

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

static bool create_workers(struct system *s, uint64_t seed)
{
    s->workers = calloc(s->worker_count, sizeof(*s->workers));
    if (!s->workers)
        return false;
    for (int i = 0; i < s->worker_count; i++) {
        s->workers[i] = worker_create(s, i, seed ? seed * 0x9e3779b97f4a7c15 + i : entropy());
        if (!s->workers[i])
            return false;
    }
    return true;
}

static void set_intensity(struct system *s, uint32_t restarts, uint32_t window_s)
{
    if (!restarts && !window_s) {
        restarts = RESTARTS;
        window_s = WINDOW_S;
    }
    s->restarts = !restarts ? 1 : restarts > RESTARTS_MOST ? RESTARTS_MOST : restarts;
    s->window_ns = window_s * (uint64_t)1000000000;
}

struct system *system_create(const struct system_options *o)
{
    assert(o->workers > 0);
    struct system *s = aligned_alloc(64, (sizeof(*s) + 63) / 64 * 64);

    if (!s)
        return NULL;
    memset(s, 0, sizeof(*s));
    s->worker_count = o->workers;
    s->random = o->seed;
    set_intensity(s, o->restarts, o->window_s);
    pthread_mutex_init(&s->kinds_lock, NULL);
    if (registry_init(s) && create_workers(s, o->seed))
        return s;
    system_destroy(s);
    return NULL;
}

int system_workers(const struct system *s)
{
    return s->worker_count;
}

struct worker *system_worker(struct system *s, int index)
{
    assert(index >= 0 && index < s->worker_count);
    return s->workers[index];
}

bool system_set_ingress(struct system *s, const struct actor_kind *kind)
{
    assert(!s->ingress_kind && !kind->idle_ns);
    s->ingress_kind = kind;
    s->ingress = calloc(s->worker_count, sizeof(*s->ingress));
    for (int i = 0; s->ingress && i < s->worker_count; i++) {
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
    while (started < s->worker_count && worker_uv_start(s->workers[started]))
        started++;
    for (int i = 0; i < started; i++)
        begun &= worker_uv_begun(s->workers[i]);
    s->started = begun && started == s->worker_count;
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
    for (int i = 0; s->ingress && i < s->worker_count; i++) {
        if (s->ingress[i])
            actor_unref(s->ingress[i]);
        s->ingress[i] = NULL;
    }
}

/* Without threads: a simulation, or a system that was never started. */
static void close_workers(struct system *s)
{
    word_raise(&s->stopping);
    for (int i = 0; s->workers && i < s->worker_count && s->workers[i]; i++) {
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
        stop_workers(s, s->worker_count);
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
    for (int i = 0; s->workers && i < s->worker_count; i++)
        worker_destroy(s->workers[i]);
    free(s->workers);
    free(s->ingress);
    pthread_mutex_destroy(&s->kinds_lock);
    free(s);
}
