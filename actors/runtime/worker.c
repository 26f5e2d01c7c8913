/* Worker: its clock and chance, its services, timers and hooks, and the door through which other threads reach it:
 * worker_inject, worker_call and worker_stop take the worker's lock, everything else runs on its own thread. */
#include "actors/runtime/worker.h"

#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

#include <assert.h>
#include <stdlib.h>

static_assert(SERVICE_COUNT <= (int)SERVICES_MAX, "a place for each service");

static _Thread_local struct worker *current;

void worker_enter(struct worker *w)
{
    current = w;
}

struct worker *worker_current(void)
{
    return current;
}

void worker_refresh(struct worker *w)
{
    if (!w->stale)
        return;
    w->stale = false;
    w->read_clock(w);
}

/* The clock is no part of what a const worker promises to keep. */
uint64_t worker_now(const struct worker *w)
{
    worker_refresh((struct worker *)w);
    return w->now;
}

int64_t worker_wall(const struct worker *w)
{
    worker_refresh((struct worker *)w);
    return w->wall;
}

int64_t worker_wall_at(const struct worker *w, uint64_t clock)
{
    return w->wall + ((int64_t)clock - (int64_t)w->now) / 1000;
}

/* splitmix64 */
uint64_t worker_random(struct worker *w)
{
    uint64_t x = w->random += 0x9e3779b97f4a7c15;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

int worker_index(const struct worker *w)
{
    return w->index;
}

struct system *worker_system(const struct worker *w)
{
    return w->system;
}

uv_loop_t *worker_loop(struct worker *w)
{
    return w->loop;
}

void worker_set_service(struct worker *w, enum worker_service slot, void *service)
{
    assert(slot < SERVICE_COUNT);
    w->services[slot] = service;
}

void *worker_service(const struct worker *w, enum worker_service slot)
{
    assert(slot < SERVICE_COUNT);
    return w->services[slot];
}

struct worker_stats worker_stats(const struct worker *w)
{
    struct worker_stats stats = w->stats;

    stats.timers = w->timers.n;
    return stats;
}

uint64_t worker_clock(const struct worker *w)
{
    return w->loop ? uv_hrtime() : w->now;
}

uint64_t worker_beat(const struct worker *w)
{
    return word_read(&w->beat);
}

/* ---- hooks and timers ---- */

void worker_at_end_of_turn(struct worker *w, void (*hook)(void *arg), void *arg)
{
    assert(w->hook_count < HOOKS_MAX);
    w->hooks[w->hook_count++] = (struct hook){ hook, arg };
}

static void every_fired(struct timer *t)
{
    struct every *e = (struct every *)((char *)t - offsetof(struct every, timer));

    if (e->worker->closed)
        return; /* what it is for is ending */
    worker_timer_start(e->worker, t, e->ns);
    e->hook(e->arg);
}

void worker_every(struct worker *w, uint64_t ns, void (*hook)(void *arg), void *arg)
{
    assert(w->every_count < HOOKS_MAX && ns);
    struct every *e = &w->everies[w->every_count++];

    *e = (struct every){ .timer.fire = every_fired, .worker = w, .ns = ns, .hook = hook, .arg = arg };
    worker_timer_start(w, &e->timer, ns);
}

void worker_timer_start(struct worker *w, struct timer *t, uint64_t ns)
{
    if (t->due)
        timer_heap_remove(&w->timers, t);
    worker_refresh(w);
    t->due = w->now + (ns ? ns : 1);
    timer_heap_add(&w->timers, t);
}

void worker_timer_stop(struct worker *w, struct timer *t)
{
    if (t->due)
        timer_heap_remove(&w->timers, t);
}

/* A timer that is armed again while firing is due later than now, so this ends. */
void worker_fire_timers(struct worker *w)
{
    struct timer *t;

    while ((t = w->timers.root) && t->due <= w->now) {
        timer_heap_remove(&w->timers, t);
        t->fire(t);
    }
}

/* ---- what others send ---- */

static void wake_locked(struct worker *w)
{
    if (!w->sleeping)
        return;
    w->sleeping = false;
    w->wake(w);
}

static bool inject_locked(struct worker *w, struct actor *a)
{
    if (w->closed)
        return false;
    if (w->inject_last)
        w->inject_last->inject_next = a;
    else
        w->inject_first = a;
    w->inject_last = a;
    wake_locked(w);
    return true;
}

/* An actor that is in the queue already will be woken after its claim is given back, and then sees this push as well.
 */
bool worker_inject(struct worker *w, struct actor *a)
{
    if (!word_claim(&a->injected))
        return false;
    a->inject_next = NULL;
    pthread_mutex_lock(&w->lock);
    bool kept = inject_locked(w, a);
    pthread_mutex_unlock(&w->lock);
    return kept;
}

bool worker_call(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg)
{
    struct call *c = malloc(sizeof(*c));

    if (!c)
        return false;
    *c = (struct call){ NULL, fn, arg };
    pthread_mutex_lock(&w->lock);
    bool kept = !w->closed;
    if (kept) {
        if (w->call_last)
            w->call_last->next = c;
        else
            w->call_first = c;
        w->call_last = c;
        wake_locked(w);
    }
    pthread_mutex_unlock(&w->lock);
    if (!kept)
        free(c);
    return kept;
}

void worker_stop(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    wake_locked(w);
    pthread_mutex_unlock(&w->lock);
}
