/* Scheduler: how a worker goes round. Own thread. */
#include "actors/runtime/scheduler.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/roster.h"
#include "actors/runtime/run.h"
#include "actors/runtime/slow.h"
#include "actors/runtime/trace_core.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

#include <assert.h>
#include <stdlib.h>

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
    w->slow = slow_create();
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
    slow_destroy(w->slow);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* ---- what others have sent ---- */

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

/* A run costs at least one message of the bound, so that it ends even when runs take none. What is ready still has its
 * run in the next turn, behind the sockets. */
bool worker_turn(struct worker *w)
{
    word_set(&w->beat, w->now);
    bool go_on = worker_take(w);

    worker_fire_timers(w);
    uint64_t from = w->loop && w->ready_first ? uv_hrtime() : 0;
    w->run_from = from;
    for (uint32_t left = TURN_MESSAGES; w->ready_first && left;) {
        uint32_t n = run_ready(w, 0) + 1;
        left -= n < left ? n : left;
        if (from && w->run_from - from > TURN_NS)
            break;
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
