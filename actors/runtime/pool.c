/* Pool: blocking work on libuv's threads, with a limit per worker on what runs and on what waits. Own thread but for
 * `work`. Jobs wait in the order of their turns, which is start-time fair queueing (Goyal, Vin and Cheng, 1996) with jobs
 * of one size: an owner's job has the turn after the one before it, his first one that which is served now. So the last
 * one is the newest of whoever has most. In the simulation a job is a call of its worker, and the seed chooses which of
 * the waiting ones runs. */
#include "actors/runtime/pool.h"

#include "actors/runtime/core.h"
#include "actors/runtime/sim.h"

#include <assert.h>
#include <stdlib.h>

struct pool {
    struct worker *worker;
    unsigned running_limit, waiting_limit, running, waiting, highest;
    uint64_t refused, turn; /* turn: of the job that was taken last */
    struct pool_job *first, *last;
    bool ending; /* destroyed while jobs run: the last one frees it */
};

struct pool *pool_create(struct worker *w, unsigned running, unsigned waiting)
{
    assert(running);
    struct pool *p = calloc(1, sizeof(*p));

    if (p)
        *p = (struct pool){ .worker = w, .running_limit = running, .waiting_limit = waiting };
    return p;
}

static struct pool_job *take_waiting(struct pool *p, unsigned which)
{
    struct pool_job *before = NULL, *job = p->first;

    for (; which--; job = job->next)
        before = job;
    if (before)
        before->next = job->next;
    else
        p->first = job->next;
    if (p->last == job)
        p->last = before;
    p->waiting--;
    return job;
}

static uint64_t next_turn(const struct pool *p, uint64_t owner)
{
    uint64_t turn = p->turn;

    for (const struct pool_job *job = p->first; job; job = job->next)
        if (job->owner == owner)
            turn = job->turn + 1; /* his later ones stand behind */
    return turn;
}

static void put_waiting(struct pool *p, struct pool_job *job)
{
    struct pool_job *before = NULL, **at = &p->first;

    for (; *at && (*at)->turn <= job->turn; at = &before->next)
        before = *at;
    job->next = *at;
    *at = job;
    if (p->last == before)
        p->last = job;
    if (++p->waiting > p->highest)
        p->highest = p->waiting;
}

static void cancel(struct pool_job *job)
{
    job->cancelled = true;
    job->done(job);
}

void pool_destroy(struct pool *p)
{
    if (!p)
        return;
    p->ending = true;
    while (p->first)
        cancel(take_waiting(p, 0));
    if (!p->running)
        free(p);
}

static void on_work(uv_work_t *uv)
{
    struct pool_job *job = uv->data;

    job->work(job);
}

static void on_done(uv_work_t *uv, int status);

static bool start(struct pool *p, struct pool_job *job)
{
    job->uv.data = job;
    if (uv_queue_work(p->worker->loop, &job->uv, on_work, on_done))
        return false;
    p->running++;
    return true;
}

static void on_done(uv_work_t *uv, int status)
{
    struct pool_job *job = uv->data;
    struct pool *p = job->pool;

    p->running--;
    job->cancelled = status != 0 || p->ending;
    job->done(job);
    if (p->ending && !p->running) {
        free(p);
        return;
    }
    while (p->first && p->running < p->running_limit) {
        struct pool_job *next = take_waiting(p, 0);
        p->turn = next->turn;
        if (!start(p, next))
            cancel(next);
    }
}

static void run_simulated(struct worker *w, void *arg)
{
    struct pool *p = arg;

    p->running--;
    if (p->first) {
        struct pool_job *job = take_waiting(p, sim_random(w->system) % p->waiting);
        job->work(job);
        job->done(job);
    }
    if (p->ending && !p->running)
        free(p);
}

/* Every waiting job has one call under way, counted as running. */
static bool submit_simulated(struct pool *p, struct pool_job *job)
{
    if (p->waiting >= p->running_limit + p->waiting_limit || !worker_call(p->worker, run_simulated, p))
        return false;
    p->running++;
    put_waiting(p, job);
    return true;
}

bool pool_submit(struct pool *p, struct pool_job *job)
{
    assert(!p->ending && job->work && job->done);
    job->pool = p;
    job->cancelled = false;
    job->turn = next_turn(p, job->owner);
    if (p->worker->system->simulated)
        return submit_simulated(p, job);
    if (p->running < p->running_limit)
        return start(p, job);
    bool full = p->waiting >= p->waiting_limit;
    p->refused += full;
    if (full && (!p->last || p->last->turn <= job->turn))
        return false;
    struct pool_job *last = full ? take_waiting(p, p->waiting - 1) : NULL;
    put_waiting(p, job);
    if (last)
        cancel(last);
    return true;
}

struct pool_stats pool_stats(const struct pool *p)
{
    return (struct pool_stats){ p->running, p->waiting, p->highest, p->waiting_limit, p->refused };
}

unsigned pool_waiting(const struct pool *p)
{
    return p->waiting;
}

unsigned pool_limit(const struct pool *p)
{
    return p->waiting_limit;
}
