/* Pool: blocking work on libuv's threads, with a limit per worker on what runs and on what waits. Own thread but for
 * `work`. In the simulation a job is a call of its worker, and the seed chooses which of the waiting ones runs. */
#include "actors/runtime/pool.h"

#include "actors/runtime/core.h"
#include "actors/runtime/sim.h"

#include <assert.h>
#include <stdlib.h>

struct pool {
    struct worker *worker;
    unsigned running_limit, waiting_limit, running, waiting, highest;
    uint64_t refused;
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

static void put_waiting(struct pool *p, struct pool_job *job)
{
    job->next = NULL;
    if (p->last)
        p->last->next = job;
    else
        p->first = job;
    p->last = job;
    if (++p->waiting > p->highest)
        p->highest = p->waiting;
}

void pool_destroy(struct pool *p)
{
    if (!p)
        return;
    p->ending = true;
    while (p->first) {
        struct pool_job *job = take_waiting(p, 0);
        job->cancelled = true;
        job->done(job);
    }
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
        if (!start(p, next)) {
            next->cancelled = true;
            next->done(next);
        }
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
    if (p->worker->system->simulated)
        return submit_simulated(p, job);
    if (p->running < p->running_limit)
        return start(p, job);
    if (p->waiting >= p->waiting_limit) {
        p->refused++;
        return false;
    }
    put_waiting(p, job);
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
