/* Run: one batch of one actor: activation or restart if due, then messages, then the state it ends in. Home worker. An
 * actor that used up its batch, or its time, goes to the back of the ready queue, so that no actor starves another. */
#include "actors/runtime/run.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/bus_core.h"
#include "actors/runtime/counts.h"
#include "actors/runtime/registry.h"
#include "actors/runtime/roster.h"
#include "actors/runtime/slow.h"
#include "actors/runtime/supervisor.h"
#include "actors/runtime/trace_core.h"
#include "actors/runtime/words.h"
#include "proto/config/config_live.h"

#include <assert.h>

/* What the simulation's digest is made of. */
static void trace(struct worker *w, const struct actor *a, const struct message *m)
{
    struct system *s = w->system;
    const uint64_t facts[] = { w->index, a->serial, m->kind };

    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
        s->trace = (s->trace ^ facts[i]) * 0x100000001b3;
}

static void activate(struct actor *a)
{
    actor_live(a, LIFE_LOADING);
    a->built = true;
    a->serial = word_add(&a->home->system->serials, 1) + 1;
    bool begun = !a->kind->activate || a->kind->activate(a);
    if (a->life != LIFE_LOADING)
        return;
    if (!begun)
        actor_note_failure(a, "activation failed");
    else if (!a->wait)
        actor_live(a, LIFE_ACTIVE);
}

/* Brings the actor into a life in which it can take messages, or makes it wait. */
static void prepare(struct actor *a)
{
    if (a->life == LIFE_FAILED && a->holds)
        a->wait = true;
    else if (a->life == LIFE_FAILED) {
        trace_actor_ends(a, TRACE_RESTARTED);
        supervisor_decide(a);
    }
    if (a->life == LIFE_NEW)
        activate(a);
    if (a->life == LIFE_BACKOFF)
        a->wait = true;
}

/* The next message: a held one, then fired timers, then the mailbox. */
static struct message *next_message(struct actor *a, uint32_t *popped)
{
    struct message *m = a->held;

    if (m) {
        a->held = NULL;
        return m;
    }
    if (a->fired && (m = actor_fired_message(a)))
        return m;
    m = mailbox_pop(&a->mailbox);
    *popped += m != NULL;
    return m;
}

static void receive(struct actor *a, struct message *m)
{
    struct worker *w = a->home;

    if (w->system->simulated)
        trace(w, a, m);
    a->messages++;
    w->receiving = m;
    uint64_t traced = w->trace ? trace_receive(a, m) : 0;
    enum receive result = a->kind->receive(a, m);
    bool taken = !w->receiving;
    w->receiving = NULL;
    if (traced)
        trace_received(w, traced, result == RECEIVE_LATER);
    if (result == RECEIVE_LATER) {
        assert(!taken);
        a->held = m;
        return;
    }
    if (result == RECEIVE_FAILED && a->life == LIFE_ACTIVE)
        actor_note_failure(a, "receive failed");
    if (result == RECEIVE_FAILED && !taken) {
        bus_refuse(w->system, actor_address(a), m, ERROR_INTERNAL);
        return;
    }
    counts_add(w->system, COUNT_HANDLED);
    if (!taken)
        message_destroy(m);
}

static void deliver(struct actor *a, struct message *m)
{
    if (a->life == LIFE_LEAVING)
        bus_refuse(a->home->system, actor_address(a), m, a->why_absent);
    else if (a->life == LIFE_QUARANTINED)
        bus_refuse(a->home->system, actor_address(a), m, ERROR_UNAVAILABLE);
    else
        receive(a, m);
}

static void release(struct actor *a)
{
    if (a->built && a->kind->passivate)
        a->kind->passivate(a);
    a->built = false;
    actor_drop_timers(a);
}

/* The mailbox is closed and empty. The actor may be gone afterwards. */
static void stop(struct actor *a)
{
    trace_actor_ends(a, TRACE_LEFT);
    release(a);
    actor_move(a, ACTOR_STOPPED);
    registry_forget(a);
    roster_leave(a);
}

static bool leaves_now(struct actor *a, uint32_t popped)
{
    bool asked = a->may_leave;

    a->may_leave = false;
    return asked && !popped && a->life == LIFE_ACTIVE && !a->wait && !a->holds && !a->held && !a->fired &&
           mailbox_close_if_drained(&a->mailbox, popped);
}

static void finish(struct actor *a, uint32_t popped)
{
    if (leaves_now(a, popped)) {
        stop(a);
        return;
    }
    bool more = mailbox_settle(&a->mailbox, popped) || a->fired || a->held;

    if (a->life == LIFE_LEAVING && !more && !a->holds)
        stop(a);
    else if (a->wait)
        actor_move(a, ACTOR_WAITING);
    else if (a->life == LIFE_FAILED)
        actor_move(a, a->holds ? ACTOR_WAITING : ACTOR_READY);
    else
        actor_move(a, more ? ACTOR_READY : ACTOR_PARKED);
}

/* A run begins where the one before has ended: one look at the clock for each. */
static void account(struct actor *a, uint32_t messages, enum message_kind last)
{
    struct worker *w = a->home;

    if (!w->loop)
        return;
    uint64_t now = uv_hrtime(), took = now - w->run_from;
    a->cpu_ns += took;
    w->run_from = now;
    if (slow_is(took, config_here()->slow_turn))
        worker_slow_note(w, &(struct slow_entry){ .what = SLOW_TURN,
                                                  .took_us = (int64_t)took / 1000,
                                                  .actor = actor_address(a),
                                                  .type = messages ? message_kind_name(last) : NULL,
                                                  .messages = messages });
}

static void measure(struct worker *w, const struct actor *a, uint32_t depth)
{
    struct mailbox_numbers *deepest = &w->measures.deepest;

    histogram_add(&w->measures.mailbox_depth, depth);
    if (depth > deepest->highest && a->kind != w->system->ingress_kind) {
        deepest->highest = depth;
        deepest->limit = a->mailbox.limit;
    }
}

/* The simulation has no time that passes meanwhile. */
static bool time_is_up(const struct worker *w)
{
    return w->loop && uv_hrtime() - w->run_from > RUN_NS;
}

uint32_t run_actor(struct actor *a)
{
    uint32_t popped = 0, handled = 0;
    enum message_kind last = 0;
    struct message *m;

    actor_move(a, ACTOR_RUNNING);
    a->wait = false;
    if (!a->listed)
        roster_enter(a);
    prepare(a);
    uint32_t depth = mailbox_depth(&a->mailbox);
    measure(a->home, a, depth);
    uint32_t most = depth + ACTOR_TIMERS + 1;
    if (most > RUN_BATCH)
        most = RUN_BATCH;
    while (handled < most && !a->wait && a->life != LIFE_FAILED && (m = next_message(a, &popped))) {
        last = m->kind;
        deliver(a, m);
        handled++;
        if (time_is_up(a->home))
            break;
    }
    if (handled)
        roster_touch(a);
    account(a, handled, last);
    finish(a, popped);
    return handled;
}

void run_drop_all(struct actor *a)
{
    struct system *s = a->home->system;
    struct message *m;
    uint32_t n = 0;

    if (a->held)
        counts_drop(s, a->held);
    a->held = NULL;
    for (; (m = mailbox_pop(&a->mailbox)); n++)
        counts_drop(s, m);
    mailbox_settle(&a->mailbox, n);
}

void run_close(struct actor *a)
{
    mailbox_close(&a->mailbox);
    release(a);
    actor_live(a, LIFE_LEAVING);
    actor_move(a, ACTOR_STOPPED);
    run_drop_all(a);
}
