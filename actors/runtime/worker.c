/* Worker: the ready queue, what others inject, the timers, the hooks. Everything here runs on the worker's own thread
 * but worker_inject, worker_call and worker_stop, which take the worker's lock. Knows nothing of loops. */
#include "actors/runtime/worker.h"

#include "actors/runtime/roster.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

#include <assert.h>
#include <stdlib.h>

static _Thread_local struct worker *current;

struct worker *worker_create(struct system *s, int index, uint64_t seed)
{
    struct worker *w = aligned_alloc(64, (sizeof(*w) + 63) / 64 * 64);

    if (!w)
        return NULL;
    memset(w, 0, sizeof(*w));
    w->system = s;
    w->index = index;
    w->random = seed;
    w->sweep.fire = roster_sweep;
    w->slow = ring_create(SLOW_PLACES, sizeof(struct slow_entry));
    if (!w->slow) {
        free(w);
        return NULL;
    }
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

void worker_destroy(struct worker *w)
{
    if (!w)
        return;
    tracer_destroy(w->tracer);
    ring_destroy(w->slow);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

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
void worker_inject(struct worker *w, struct actor *a)
{
    bool kept = false;

    if (word_claim(&a->injected)) {
        a->inject_next = NULL;
        pthread_mutex_lock(&w->lock);
        kept = inject_locked(w, a);
        pthread_mutex_unlock(&w->lock);
    }
    if (!kept)
        actor_unref(a);
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

static void wake_injected(struct actor *a)
{
    for (struct actor *next; a; a = next) {
        next = a->inject_next;
        word_yield(&a->injected);
        actor_wake(a);
        actor_unref(a);
    }
}

static void run_calls(struct worker *w, struct call *c)
{
    for (struct call *next; c; c = next) {
        next = c->next;
        c->fn(w, c->arg);
        free(c);
    }
}

/* Takes all that was sent; with `close`, nothing comes after. */
static bool take(struct worker *w, bool close)
{
    pthread_mutex_lock(&w->lock);
    struct actor *actors = w->inject_first;
    struct call *calls = w->call_first;
    bool go_on = !w->stop;
    w->inject_first = w->inject_last = NULL;
    w->call_first = w->call_last = NULL;
    w->sleeping = false;
    w->closed |= close;
    pthread_mutex_unlock(&w->lock);
    wake_injected(actors);
    run_calls(w, calls);
    return go_on;
}

bool worker_take(struct worker *w)
{
    return take(w, false);
}

bool worker_may_sleep(struct worker *w)
{
    if (w->ready_first)
        return false;
    pthread_mutex_lock(&w->lock);
    w->sleeping = !w->inject_first && !w->call_first && !w->stop;
    bool may = w->sleeping;
    pthread_mutex_unlock(&w->lock);
    return may;
}

/* ---- a turn ---- */

static struct actor *take_ready(struct worker *w, uint32_t which)
{
    struct actor *before = NULL, *a = w->ready_first;

    for (; which--; a = a->ready_next)
        before = a;
    if (before)
        before->ready_next = a->ready_next;
    else
        w->ready_first = a->ready_next;
    if (w->ready_last == a)
        w->ready_last = before;
    w->stats.ready--;
    return a;
}

static uint32_t run_ready(struct worker *w, uint32_t which)
{
    uint32_t n = run_actor(take_ready(w, which));

    w->stats.actors_run++;
    w->stats.messages += n;
    return n;
}

void worker_run_one(struct worker *w, uint32_t which)
{
    assert(which < w->stats.ready);
    run_ready(w, which);
}

void worker_end_turn(struct worker *w)
{
    w->stats.turns++;
    for (int i = 0; i < w->hook_count; i++)
        w->hooks[i].fn(w->hooks[i].arg);
}

/* A run costs at least one message of the bound, so that it ends even when runs take none. */
bool worker_turn(struct worker *w)
{
    word_set(&w->beat, w->now);
    bool go_on = worker_take(w);

    worker_fire_timers(w);
    if (w->loop && w->ready_first)
        w->run_from = uv_hrtime();
    for (uint32_t left = TURN_MESSAGES; w->ready_first && left;) {
        uint32_t n = run_ready(w, 0) + 1;
        left -= n < left ? n : left;
    }
    worker_end_turn(w);
    return go_on;
}

/* ---- the end ---- */

void worker_close(struct worker *w)
{
    take(w, true);
    w->ready_first = w->ready_last = NULL;
    w->stats.ready = 0;
    for (int i = 0; i < KINDS_MAX; i++)
        for (struct actor *a = w->rosters[i].oldest; a; a = a->newer)
            if (a->state != ACTOR_STOPPED)
                run_close(a);
}

void worker_release(struct worker *w)
{
    for (int i = 0; i < KINDS_MAX; i++)
        while (w->rosters[i].oldest)
            roster_leave(w->rosters[i].oldest);
}
