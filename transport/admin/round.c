/* Round: see round.h. The lock is held to read and set two flags only. */
#include "transport/admin/round.h"

#include <assert.h>

void round_init(struct round *r, struct system *s)
{
    *r = (struct round){ .system = s };
    pthread_mutex_init(&r->lock, NULL);
    for (int i = 0; i < WORKERS_MOST; i++)
        r->places[i].round = r;
}

static void answer(struct worker *w, void *arg)
{
    struct round_place *p = arg;
    pthread_mutex_lock(&p->round->lock);
    p->asked = false;
    p->answered = true;
    pthread_mutex_unlock(&p->round->lock);
}

/* Has it answered? If all have, forgets that. */
static bool collect(struct round *r, int n)
{
    bool all = true;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < n; i++)
        all &= r->places[i].answered;
    for (int i = 0; all && i < n; i++)
        r->places[i].answered = false;
    pthread_mutex_unlock(&r->lock);
    return all;
}

/* False: it has been asked already, or need not be. */
static bool should_ask(struct round *r, struct round_place *p)
{
    pthread_mutex_lock(&r->lock);
    bool should = !p->asked && !p->answered;
    p->asked |= should;
    pthread_mutex_unlock(&r->lock);
    return should;
}

static void ask(struct round *r, int i)
{
    struct round_place *p = &r->places[i];
    if (!should_ask(r, p) || worker_call(system_worker(r->system, i), answer, p))
        return;
    pthread_mutex_lock(&r->lock);
    p->asked = false; /* without memory, or stopping: the next time again */
    pthread_mutex_unlock(&r->lock);
}

bool round_done(struct round *r)
{
    int n = system_workers(r->system);
    assert(!worker_current() && n <= WORKERS_MOST);
    bool all = collect(r, n);
    for (int i = 0; i < n; i++)
        ask(r, i);
    return all;
}
