/* Actor: the state table, and what an actor may ask of the runtime. Everything but creation and references runs on the
 * home worker; nothing here blocks. How a batch runs is in run.c. */
#include "actors/runtime/actor.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/counts.h"
#include "actors/runtime/supervision.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"
#include "proto/base/state.h"

#include <assert.h>
#include <stdlib.h>

#define TIMER_RETRY ((uint64_t)10000000)

#define TO(state) STATE(ACTOR_##state)
static const struct state_row states[] = {
    [ACTOR_PARKED] = { "parked", TO(READY) | TO(STOPPED) },
    [ACTOR_READY] = { "ready", TO(RUNNING) | TO(STOPPED) },
    [ACTOR_RUNNING] = { "running", TO(READY) | TO(PARKED) | TO(WAITING) | TO(STOPPED) },
    [ACTOR_WAITING] = { "waiting", TO(READY) | TO(STOPPED) },
    [ACTOR_STOPPED] = { "stopped", 0 },
};

/* Its worker's end makes it leave whatever it is, also when it is about to. */
#define INTO(life) STATE(LIFE_##life)
static const struct state_row lives[] = {
    [LIFE_NEW] = { "new", INTO(LOADING) | INTO(LEAVING) },
    [LIFE_LOADING] = { "loading", INTO(ACTIVE) | INTO(FAILED) | INTO(LEAVING) },
    [LIFE_ACTIVE] = { "active", INTO(FAILED) | INTO(LEAVING) },
    [LIFE_FAILED] = { "failed", INTO(NEW) | INTO(BACKOFF) | INTO(QUARANTINED) | INTO(LEAVING) },
    [LIFE_BACKOFF] = { "backoff", INTO(NEW) | INTO(LEAVING) },
    [LIFE_QUARANTINED] = { "quarantined", INTO(NEW) | INTO(LEAVING) },
    [LIFE_LEAVING] = { "leaving", INTO(LEAVING) },
};

static void enqueue(struct worker *w, struct actor *a)
{
    a->ready_next = NULL;
    if (w->ready_last)
        w->ready_last->ready_next = a;
    else
        w->ready_first = a;
    w->ready_last = a;
    w->stats.ready++;
}

void actor_move(struct actor *a, enum actor_state to)
{
    a->state = (uint8_t)state_next(states, a->state, to);
    if (to == ACTOR_READY)
        enqueue(a->home, a);
}

void actor_live(struct actor *a, enum actor_life to)
{
    a->life = (uint8_t)state_next(lives, a->life, to);
}

/* A running actor looks at its mailbox when it ends its run, a waiting one when it is resumed. */
void actor_wake(struct actor *a)
{
    if (a->state == ACTOR_PARKED)
        actor_move(a, ACTOR_READY);
}

void actor_go_on(struct actor *a)
{
    if (a->state == ACTOR_PARKED || a->state == ACTOR_WAITING)
        actor_move(a, ACTOR_READY);
}

struct actor *actor_create(struct worker *home, struct address address, uint8_t kind_index)
{
    struct actor *a = calloc(1, sizeof(*a) + address.kind->state_size);

    if (!a)
        return NULL;
    a->kind = address.kind;
    a->id = address.id;
    a->id_low = address.id_low;
    a->home = home;
    a->kind_index = kind_index;
    a->refs = 1;
    mailbox_init(&a->mailbox, address.kind->mailbox_limit);
    return a;
}

void actor_unref(struct actor *a)
{
    if (!word_unref(&a->refs))
        return;
    assert(!a->held && !a->built);
    supervision_destroy(a->supervision);
    free(a);
}

void *actor_state(struct actor *a)
{
    return a->private_state;
}

struct address actor_address(const struct actor *a)
{
    return (struct address){ a->kind, a->id, a->id_low };
}

struct worker *actor_worker(const struct actor *a)
{
    return a->home;
}

uint64_t actor_serial(const struct actor *a)
{
    return a->serial;
}

void actor_wait(struct actor *a)
{
    assert(a->state == ACTOR_RUNNING);
    a->wait = true;
}

void actor_resume(struct actor *a)
{
    if (a->life == LIFE_LOADING)
        actor_live(a, LIFE_ACTIVE);
    a->wait = false;
    if (a->state == ACTOR_WAITING)
        actor_move(a, ACTOR_READY);
}

void actor_absent(struct actor *a, enum error why)
{
    if (a->life == LIFE_LEAVING || a->state == ACTOR_STOPPED)
        return;
    actor_live(a, LIFE_LEAVING);
    a->why_absent = why;
    a->wait = false;
    mailbox_close(&a->mailbox);
    actor_drop_timers(a);
    actor_go_on(a);
}

struct supervision *actor_supervision(struct actor *a)
{
    if (!a->supervision)
        a->supervision = supervision_create(a->home->system->restarts);
    return a->supervision;
}

void actor_note_failure(struct actor *a, const char *why)
{
    struct supervision *v = actor_supervision(a);

    if (v)
        supervision_note(v, why, a->life == LIFE_LOADING);
    actor_live(a, LIFE_FAILED);
}

/* A late report about a life that has ended already changes nothing. */
void actor_fail(struct actor *a, const char *why)
{
    if ((a->life != LIFE_LOADING && a->life != LIFE_ACTIVE) || a->state == ACTOR_STOPPED)
        return;
    actor_note_failure(a, why);
    a->wait = false;
    actor_go_on(a);
}

void actor_hold(struct actor *a)
{
    a->holds++;
}

void actor_unhold(struct actor *a)
{
    assert(a->holds);
    if (--a->holds)
        return;
    if (a->life == LIFE_FAILED && a->state == ACTOR_WAITING)
        actor_move(a, ACTOR_READY);
    else if (a->life == LIFE_LEAVING)
        actor_wake(a);
}

struct message *actor_take_message(struct actor *a)
{
    struct message *m = a->home->receiving;

    assert(a->state == ACTOR_RUNNING && m);
    a->home->receiving = NULL;
    return m;
}

/* ---- timers: four slots share one timer of the worker's heap ---- */

static void timer_fired(struct timer *t);

static void arm_earliest(struct actor *a)
{
    uint64_t earliest = 0;

    for (int i = 0; i < ACTOR_TIMERS; i++)
        if (a->due[i] && (!earliest || a->due[i] < earliest))
            earliest = a->due[i];
    if (!earliest)
        worker_timer_stop(a->home, &a->timer);
    else if (a->timer.due != earliest) {
        a->timer.fire = timer_fired;
        worker_timer_start(a->home, &a->timer, earliest > a->home->now ? earliest - a->home->now : 0);
    }
}

static void timer_fired(struct timer *t)
{
    struct actor *a = (struct actor *)((char *)t - offsetof(struct actor, timer));

    for (int i = 0; i < ACTOR_TIMERS; i++) {
        if (a->due[i] && a->due[i] <= a->home->now) {
            a->due[i] = 0;
            a->fired |= 1u << i;
        }
    }
    arm_earliest(a);
    if (a->fired)
        actor_wake(a);
}

void actor_timer(struct actor *a, int slot, uint64_t ns)
{
    assert(slot >= 0 && slot < ACTOR_TIMERS);
    if (a->life != LIFE_LOADING && a->life != LIFE_ACTIVE)
        return;
    a->fired &= ~(1u << slot);
    worker_refresh(a->home);
    a->due[slot] = ns ? a->home->now + ns : 0;
    arm_earliest(a);
}

void actor_drop_timers(struct actor *a)
{
    a->fired = 0;
    for (int i = 0; i < ACTOR_TIMERS; i++)
        a->due[i] = 0;
    worker_timer_stop(a->home, &a->timer);
}

struct message *actor_fired_message(struct actor *a)
{
    int slot = __builtin_ctz(a->fired);
    struct message *m = message_create(MESSAGE_TIMER, sizeof(struct actor_timer));

    a->fired &= ~(1u << slot);
    if (!m) {
        a->due[slot] = a->home->now + TIMER_RETRY;
        arm_earliest(a);
        return NULL;
    }
    ((struct actor_timer *)m->payload)->slot = slot;
    counts_add(a->home->system, COUNT_SENT);
    return m;
}

const char *actor_state_name(const struct actor *a)
{
    return a->life == LIFE_QUARANTINED ? lives[a->life].name : states[a->state].name;
}

void address_write(struct buf *out, struct address a)
{
    uint64_t high = a.id, low = a.id_low;

    buf_puts(out, a.kind->name);
    buf_putc(out, '/');
    if (!low)
        buf_int(out, a.id);
    else
        buf_printf(out, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16) & 0xffff,
                   (unsigned)high & 0xffff, (unsigned)(low >> 48), (unsigned long long)(low & 0xffffffffffff));
}
