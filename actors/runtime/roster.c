/* Roster: one list per kind, ordered by last activity, so that a sweep looks only at actors whose time has come. Own
 * thread. */
#include "actors/runtime/roster.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker.h"

#include <assert.h>

enum { SWEEP_MOST = 256 }; /* actors asked in one sweep; the others in the next, a millisecond later */
#define SWEEP_SOON ((uint64_t)1000000)

static struct roster *roster_of(struct actor *a)
{
    return &a->home->rosters[a->kind_index];
}

static void append(struct actor *a)
{
    struct roster *r = roster_of(a);

    a->last_active = a->home->now;
    a->newer = NULL;
    a->older = r->newest;
    if (r->newest)
        r->newest->newer = a;
    else
        r->oldest = a;
    r->newest = a;
}

static void unlink_actor(struct actor *a)
{
    struct roster *r = roster_of(a);

    if (a->older)
        a->older->newer = a->newer;
    else
        r->oldest = a->newer;
    if (a->newer)
        a->newer->older = a->older;
    else
        r->newest = a->older;
}

static void arm_by(struct worker *w, uint64_t due)
{
    if (!w->sweep.due || due < w->sweep.due)
        worker_timer_start(w, &w->sweep, due > w->now ? due - w->now : SWEEP_SOON);
}

void roster_enter(struct actor *a)
{
    assert(!a->listed);
    word_ref(&a->refs);
    a->listed = true;
    append(a);
    a->home->stats.actors++;
    if (a->kind->idle_ns)
        arm_by(a->home, a->last_active + a->kind->idle_ns);
}

void roster_touch(struct actor *a)
{
    if (roster_of(a)->newest == a) {
        a->last_active = a->home->now;
        return;
    }
    unlink_actor(a);
    append(a);
}

void roster_leave(struct actor *a)
{
    assert(a->listed);
    unlink_actor(a);
    a->listed = false;
    a->home->stats.actors--;
    actor_unref(a);
}

static bool wants_to_leave(const struct actor *a)
{
    return a->state == ACTOR_PARKED && a->life == LIFE_ACTIVE && !a->holds && !a->held && !a->fired &&
           (!a->kind->idle || a->kind->idle(a));
}

/* Asks from the oldest on; returns how many it looked at. One that stays is asked again after another idle time. */
static int sweep_kind(struct worker *w, struct roster *r, int most)
{
    int seen = 0;

    for (struct actor *a = r->oldest; a && seen < most; a = r->oldest, seen++) {
        if (!a->kind->idle_ns || w->now - a->last_active < a->kind->idle_ns)
            break;
        bool leaves = wants_to_leave(a);
        roster_touch(a);
        if (leaves) {
            a->may_leave = true;
            actor_move(a, ACTOR_READY);
        }
    }
    return seen;
}

void roster_sweep(struct timer *t)
{
    struct worker *w = (struct worker *)((char *)t - offsetof(struct worker, sweep));
    int left = SWEEP_MOST;

    for (int i = 0; i < KINDS_MAX && left; i++)
        left -= sweep_kind(w, &w->rosters[i], left);
    for (int i = 0; i < KINDS_MAX; i++) {
        const struct actor *oldest = w->rosters[i].oldest;
        if (oldest && oldest->kind->idle_ns)
            arm_by(w, left ? oldest->last_active + oldest->kind->idle_ns : w->now + SWEEP_SOON);
    }
}
