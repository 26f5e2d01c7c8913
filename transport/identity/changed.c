/* Changed: see changed.h. A telling goes to each worker by a call of its own, which comes back to the worker that began
 * it; it lives until the last one is back, so a late one finds it. */
#include "transport/identity/changed.h"

#include "transport/people/people.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"

#include <assert.h>
#include <stdlib.h>

struct telling {
    struct timer timer; /* first: until all are back */
    struct changed *changed;
    struct change what;
    struct request *rq; /* NULL: it has been told */
    void (*done)(struct request *rq);
    int missing; /* workers */
    struct telling *next, *prev;
};

struct changed {
    struct worker *worker;
    struct telling *list;
    int n;
};

/* Goes to a worker and comes back. */
struct call {
    struct change what;
    struct worker *back;
    struct telling *telling; /* `back`'s: not to be looked at elsewhere */
};

struct changed *changed_create(struct worker *w)
{
    struct changed *c = calloc(1, sizeof *c);
    if (c)
        c->worker = w;
    return c;
}

static void tell(struct telling *t)
{
    struct request *rq = t->rq;
    t->rq = NULL;
    if (rq)
        t->done(rq);
}

static void end(struct telling *t)
{
    assert(!t->rq && t->changed->n && (t->prev ? t->prev->next : t->changed->list) == t);
    worker_timer_stop(t->changed->worker, &t->timer);
    if (t->prev)
        t->prev->next = t->next;
    else
        t->changed->list = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->changed->n--;
    free(t);
}

void changed_destroy(struct changed *c)
{
    while (c && c->list) {
        tell(c->list);
        end(c->list);
    }
    free(c);
}

/* ---- on each worker ---- */

void changed_here(struct worker *w, int32_t user_id)
{
    struct transport *t = transport_of(w);
    if (!t || !t->people)
        return;
    people_forget(t->people, user_id);
    if (t->streams)
        streams_judge(t->streams, user_id);
}

static void come_back(struct worker *w, void *arg)
{
    struct telling *t = ((struct call *)arg)->telling;
    free(arg);
    assert(t->missing > 0);
    if (--t->missing)
        return;
    tell(t);
    end(t);
}

static void change(struct worker *w, void *arg)
{
    struct call *c = arg;
    struct transport *t = transport_of(w);
    if (t && t->streams && c->what.renewed.user_id)
        streams_renew(t->streams, &c->what.renewed);
    if (c->what.user_id)
        changed_here(w, c->what.user_id);
    if (!worker_call(c->back, come_back, c))
        free(c); /* that one stops */
}

/* ---- on the one that tells ---- */

static void on_late(struct timer *timer)
{
    struct telling *t = (struct telling *)timer;
    tell(t);
    if (!t->missing) /* nobody could be asked */
        end(t);
}

static void call_one(struct telling *t, struct worker *to)
{
    struct call *c = malloc(sizeof *c);
    if (!c)
        return;
    *c = (struct call){ t->what, t->changed->worker, t };
    if (worker_call(to, change, c))
        t->missing++;
    else
        free(c); /* it stops: silent */
}

bool changed_everywhere(struct request *rq, const struct change *what, void (*done)(struct request *rq))
{
    struct worker *w = request_worker(rq);
    struct changed *changed = transport_of(w)->changed;
    struct telling *t = changed->n < CHANGED_MOST ? calloc(1, sizeof *t) : NULL;
    if (!t)
        return false;
    *t = (struct telling){ .timer.fire = on_late, .changed = changed, .what = *what, .rq = rq, .done = done };
    t->next = changed->list;
    if (t->next)
        t->next->prev = t;
    changed->list = t;
    changed->n++;
    worker_timer_start(w, &t->timer, (uint64_t)CHANGED_WAIT_MS * 1000000);
    for (int i = 0; i < system_workers(worker_system(w)); i++)
        call_one(t, system_worker(worker_system(w), i));
    return true;
}
