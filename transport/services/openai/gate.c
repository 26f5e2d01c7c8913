/* Gate: see gate.h. A question that waits is a ticket, which only says whose it is; each worker knows its own in their
 * order. A place that is given back goes to the worker of the next ticket. */
#include "transport/services/openai/gate.h"

#include "actors/runtime/worker.h"

#include <pthread.h>
#include <stdlib.h>

struct gate {
    struct gate_options options;
    pthread_mutex_t lock; /* guards the rest */
    uint32_t inside;
    uint8_t *tickets; /* a ring */
    uint32_t first, waiting, highest;
    uint32_t granted[WORKERS_MOST]; /* places for questions that have waited */
    uint32_t failed;                /* in a row */
    uint64_t rest_until;            /* 0: it is asked */
    bool trying;                    /* one question is inside to find out */
};

struct gate *gate_create(const struct gate_options *o)
{
    struct gate *g = calloc(1, sizeof *g);
    if (!g || !(g->tickets = malloc(o->waiting + 1)) || pthread_mutex_init(&g->lock, NULL)) {
        free(g ? g->tickets : NULL);
        free(g);
        return NULL;
    }
    g->options = *o;
    return g;
}

void gate_destroy(struct gate *g)
{
    if (!g)
        return;
    pthread_mutex_destroy(&g->lock);
    free(g->tickets);
    free(g);
}

/* ---- is it asked? ---- */

/* Clocks of workers differ by a turn. */
static bool resting_locked(const struct gate *g, uint64_t now)
{
    return g->rest_until && ((int64_t)(g->rest_until - now) > 0 || g->trying);
}

/* May this question be put? The first after the rest is the one that tries. */
static bool begin_locked(struct gate *g, uint64_t now)
{
    if (resting_locked(g, now))
        return false;
    g->trying = g->rest_until != 0;
    return true;
}

static void judge_locked(struct gate *g, enum gate_verdict verdict, uint64_t now, struct gate_left *ret)
{
    if (verdict == GATE_GOOD) {
        ret->opened = g->rest_until != 0;
        g->rest_until = g->failed = 0;
    } else if (verdict == GATE_BAD && (++g->failed >= g->options.failures || g->trying)) {
        ret->closed = !g->rest_until;
        g->rest_until = now + g->options.rest_ns;
    }
    g->trying = false;
}

/* ---- places ---- */

/* Hands a place on; the worker that has it now, -1: nobody. */
static int pass_on_locked(struct gate *g)
{
    if (!g->waiting) {
        g->inside--;
        return -1;
    }
    int worker = g->tickets[g->first];
    g->first = (g->first + 1) % g->options.waiting;
    g->waiting--;
    g->granted[worker]++;
    return worker;
}

static enum gate_answer wait_locked(struct gate *g, int worker)
{
    if (g->waiting == g->options.waiting)
        return GATE_FULL;
    g->tickets[(g->first + g->waiting++) % g->options.waiting] = (uint8_t)worker;
    g->highest = g->waiting > g->highest ? g->waiting : g->highest;
    return GATE_WAITS;
}

static enum gate_answer enter_locked(struct gate *g, int worker, uint64_t now)
{
    if (!resting_locked(g, now) && g->inside == g->options.places)
        return wait_locked(g, worker);
    if (!begin_locked(g, now))
        return GATE_RESTS;
    g->inside++;
    return GATE_IN;
}

enum gate_answer gate_enter(struct gate *g, int worker, uint64_t now)
{
    pthread_mutex_lock(&g->lock);
    enum gate_answer answer = enter_locked(g, worker, now);
    pthread_mutex_unlock(&g->lock);
    return answer;
}

static enum gate_answer next_locked(struct gate *g, int worker, uint64_t now, int *ret_next)
{
    *ret_next = -1;
    if (!g->granted[worker])
        return GATE_WAITS;
    g->granted[worker]--;
    if (begin_locked(g, now))
        return GATE_IN;
    *ret_next = pass_on_locked(g);
    return GATE_RESTS;
}

enum gate_answer gate_next(struct gate *g, int worker, uint64_t now, int *ret_next)
{
    pthread_mutex_lock(&g->lock);
    enum gate_answer answer = next_locked(g, worker, now, ret_next);
    pthread_mutex_unlock(&g->lock);
    return answer;
}

struct gate_left gate_leave(struct gate *g, enum gate_verdict verdict, uint64_t now)
{
    struct gate_left left = { 0 };
    pthread_mutex_lock(&g->lock);
    judge_locked(g, verdict, now, &left);
    left.next = pass_on_locked(g);
    pthread_mutex_unlock(&g->lock);
    return left;
}

struct gate_stats gate_stats(struct gate *g, uint64_t now)
{
    pthread_mutex_lock(&g->lock);
    struct gate_stats s = { g->inside, g->options.waiting, g->waiting, g->highest, resting_locked(g, now) };
    pthread_mutex_unlock(&g->lock);
    return s;
}
