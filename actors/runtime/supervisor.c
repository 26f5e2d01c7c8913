/* Supervisor: restart intensity as a ring of the last failures' times. One more failure than the intensity allows
 * within the window leads to quarantine; an attempt after quarantine that fails within the window leads straight back.
 * Home worker. */
#include "actors/runtime/supervisor.h"

#include "proto/base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MS ((uint64_t)1000000)

static const uint64_t PAUSE = 100 * MS, PAUSE_MOST = 5000 * MS, QUARANTINE = 10000 * MS;

static uint32_t allowed(const struct actor *a)
{
    return a->home->system->options.restarts;
}

static uint64_t window(const struct actor *a)
{
    return a->home->system->options.window_s * 1000 * MS;
}

static struct supervision *record_of(struct actor *a)
{
    if (!a->supervision)
        a->supervision = calloc(1, sizeof(struct supervision) + allowed(a) * sizeof(uint64_t));
    return a->supervision;
}

void supervisor_forget(struct actor *a)
{
    if (a->supervision)
        free(a->supervision->why);
    free(a->supervision);
    a->supervision = NULL;
}

void supervisor_note(struct actor *a, const char *why)
{
    struct supervision *v = record_of(a);

    if (v) {
        free(v->why);
        v->why = strdup(why ? why : "unknown");
        v->loading = a->life == LIFE_LOADING;
    }
    a->life = LIFE_FAILED;
}

/* Remembers a failure now; true when there have been more within the window than the intensity allows. */
static bool too_many(struct actor *a, struct supervision *v)
{
    uint64_t now = a->home->now, oldest = v->at[v->next];
    bool full = v->count == allowed(a);

    v->at[v->next] = now;
    v->next = (v->next + 1) % allowed(a);
    if (!full)
        v->count++;
    return full && now - oldest <= window(a);
}

static uint32_t recent(const struct actor *a, const struct supervision *v)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->count; i++)
        n += a->home->now - v->at[i] <= window(a);
    return n;
}

static uint64_t pause_after(uint32_t failures)
{
    uint64_t pause = PAUSE << (failures > 1 ? (failures < 8 ? failures : 8) - 1 : 0);

    return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}

static void retry_in(struct actor *a, enum actor_life until, uint64_t ns)
{
    a->life = until;
    a->supervision->retry_at = a->home->now + ns;
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
        bus_drop(a->home->system, a->held);
        a->held = NULL;
    }
}

static void obey(struct actor *a, struct supervision *v)
{
    v->confined = v->ordered == ORDER_CONFINE;
    a->life = v->confined ? LIFE_QUARANTINED : LIFE_NEW;
    v->ordered = ORDER_NONE;
    log_failure(a, LOG_WARN, v->confined ? "actor quarantined" : "actor restarted");
}

bool supervisor_order(struct actor *a, enum supervision_order order)
{
    if ((a->life != LIFE_LOADING && a->life != LIFE_ACTIVE) || !record_of(a))
        return false;
    a->supervision->ordered = order;
    actor_fail(a, "an operator wants it");
    return true;
}

void supervisor_decide(struct actor *a)
{
    struct supervision *v = a->supervision;

    assert(a->life == LIFE_FAILED && !a->holds);
    reset(a);
    if (!v) {
        log_failure(a, LOG_ERROR, "actor stops: no memory to supervise it");
        a->life = LIFE_LEAVING;
        a->why_absent = ERROR_UNAVAILABLE;
        mailbox_close(&a->mailbox);
        return;
    }
    v->restarts++;
    if (v->ordered) {
        obey(a, v);
    } else if (too_many(a, v)) {
        log_failure(a, LOG_ERROR, "actor quarantined");
        retry_in(a, LIFE_QUARANTINED, QUARANTINE);
    } else {
        log_failure(a, LOG_WARN, "actor restarted");
        if (v->loading)
            retry_in(a, LIFE_BACKOFF, pause_after(recent(a, v)));
        else
            a->life = LIFE_NEW;
    }
}

/* After quarantine every remembered failure counts as if it had just happened: the next one within the window is one
 * too many. */
static void put_on_probation(struct actor *a)
{
    struct supervision *v = a->supervision;

    v->count = allowed(a);
    for (uint32_t i = 0; i < v->count; i++)
        v->at[i] = a->home->now;
}

void supervisor_release(struct actor *a)
{
    if (a->life != LIFE_BACKOFF && a->life != LIFE_QUARANTINED)
        return;
    worker_timer_stop(a->home, &a->timer);
    if (a->life == LIFE_QUARANTINED && !a->supervision->confined)
        put_on_probation(a);
    a->supervision->confined = false;
    a->life = LIFE_NEW;
    if (a->state == ACTOR_WAITING)
        actor_move(a, ACTOR_READY);
    else
        actor_wake(a);
}
