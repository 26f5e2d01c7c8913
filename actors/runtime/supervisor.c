/* Supervisor: one more failure than the restart intensity allows within the window leads to quarantine; an attempt after
 * quarantine that fails within the window leads straight back. Home worker. */
#include "actors/runtime/supervisor.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/counts.h"
#include "actors/runtime/worker.h"
#include "proto/base/log.h"

#include <assert.h>
#include <string.h>

#define MS ((uint64_t)1000000)

static const uint64_t PAUSE = 100 * MS, PAUSE_MOST = 5000 * MS, QUARANTINE = 10000 * MS;

static uint64_t pause_after(uint32_t failures)
{
    uint64_t pause = PAUSE << (failures > 1 ? (failures < 8 ? failures : 8) - 1 : 0);

    return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}

static void retry(struct timer *t)
{
    supervisor_release((struct actor *)((char *)t - offsetof(struct actor, timer)));
}

/* The timer is free: a reset has dropped the actor's own. */
static void retry_in(struct actor *a, enum actor_life until, uint64_t ns)
{
    actor_live(a, until);
    a->timer.fire = retry;
    worker_timer_start(a->home, &a->timer, ns);
}

static void log_failure(const struct actor *a, enum log_level level, const char *what)
{
    const struct supervision *v = a->supervision;

    log_line(level, what, F_STR("kind", a->kind->name), F_INT("id", a->id),
             F_STR("why", v && v->why ? v->why : "no memory for the reason"));
}

/* Back to the zeroed state from which activation starts. A held timer message belongs to the life that has ended. */
static void reset(struct actor *a)
{
    if (a->built && a->kind->passivate)
        a->kind->passivate(a);
    a->built = false;
    memset(a->private_state, 0, a->kind->state_size);
    actor_drop_timers(a);
    if (a->held && a->held->kind == MESSAGE_TIMER) {
        counts_drop(a->home->system, a->held);
        a->held = NULL;
    }
}

static void obey(struct actor *a, struct supervision *v)
{
    v->confined = v->ordered == ORDER_CONFINE;
    actor_live(a, v->confined ? LIFE_QUARANTINED : LIFE_NEW);
    v->ordered = ORDER_NONE;
    log_failure(a, LOG_WARN, v->confined ? "actor quarantined" : "actor restarted");
}

bool supervisor_order(struct actor *a, enum supervision_order order)
{
    if ((a->life != LIFE_LOADING && a->life != LIFE_ACTIVE) || !actor_supervision(a))
        return false;
    a->supervision->ordered = order;
    actor_fail(a, "an operator wants it");
    return true;
}

void supervisor_decide(struct actor *a)
{
    struct supervision *v = a->supervision;
    uint64_t now = a->home->now, window_ns = a->home->system->window_ns;

    assert(a->life == LIFE_FAILED && !a->holds);
    reset(a);
    if (!v) {
        log_failure(a, LOG_ERROR, "actor stops: no memory to supervise it");
        actor_live(a, LIFE_LEAVING);
        a->why_absent = ERROR_UNAVAILABLE;
        mailbox_close(&a->mailbox);
        return;
    }
    v->restarts++;
    if (v->ordered) {
        obey(a, v);
    } else if (supervision_too_many(v, now, window_ns)) {
        log_failure(a, LOG_ERROR, "actor quarantined");
        retry_in(a, LIFE_QUARANTINED, QUARANTINE);
    } else {
        log_failure(a, LOG_WARN, "actor restarted");
        if (v->loading)
            retry_in(a, LIFE_BACKOFF, pause_after(supervision_recent(v, now, window_ns)));
        else
            actor_live(a, LIFE_NEW);
    }
}

void supervisor_release(struct actor *a)
{
    if (a->life != LIFE_BACKOFF && a->life != LIFE_QUARANTINED)
        return;
    worker_timer_stop(a->home, &a->timer);
    if (a->life == LIFE_QUARANTINED && !a->supervision->confined)
        supervision_put_on_probation(a->supervision, a->home->now);
    a->supervision->confined = false;
    actor_live(a, LIFE_NEW);
    actor_go_on(a);
}
