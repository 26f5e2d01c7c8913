/* Sim: steps instead of threads. One step lets one worker, chosen by seed, take what was sent to it and run one of its
 * ready actors, also chosen by seed. The clock moves only when the test moves it. One thread. */
#include "actors/runtime/sim.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/scheduler.h"
#include "actors/runtime/worker_core.h"

#include <assert.h>

/* A fixed day, so that wall-clock times are the same in every run. */
static const int64_t WALL_START_US = 1700000000000000;
static const uint64_t CLOCK_START = 1000000000;

static void no_wake(struct worker *w)
{
    (void)w; /* the next step finds what was sent */
}

static void set_clock(struct system *s, uint64_t now)
{
    s->clock = now;
    for (int i = 0; i < s->worker_count; i++) {
        s->workers[i]->now = now;
        s->workers[i]->wall = WALL_START_US + (int64_t)(now / 1000) + s->wall_ahead;
    }
}

bool sim_start(struct system *s, bool (*begin)(struct worker *w, void *arg), void *arg)
{
    bool begun = true;

    s->simulated = true;
    s->trace = 0xcbf29ce484222325;
    set_clock(s, CLOCK_START);
    for (int i = 0; i < s->worker_count; i++) {
        struct worker *w = s->workers[i];
        w->wake = no_wake;
        w->stats.started_ns = s->clock;
        worker_enter(w);
        begun &= !begin || begin(w, arg);
        if (s->ingress)
            actor_wake(s->ingress[i]);
    }
    worker_enter(NULL);
    return begun;
}

uint64_t sim_random(struct system *s)
{
    uint64_t x = s->random += 0x9e3779b97f4a7c15;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static bool has_work(const struct worker *w)
{
    return w->ready_first || w->inject_first || w->call_first;
}

static struct worker *choose_worker(struct system *s)
{
    int busy = 0;

    for (int i = 0; i < s->worker_count; i++)
        busy += has_work(s->workers[i]);
    if (!busy)
        return NULL;
    int which = sim_random(s) % (unsigned)busy;
    for (int i = 0;; i++)
        if (has_work(s->workers[i]) && !which--)
            return s->workers[i];
}

bool sim_step(struct system *s)
{
    struct worker *w = choose_worker(s);

    if (!w)
        return false;
    worker_enter(w);
    (void)worker_take(w); /* nobody asks a simulated worker to stop */
    if (w->stats.ready)
        worker_run_one(w, sim_random(s) % w->stats.ready);
    worker_end_turn(w);
    worker_enter(NULL);
    return true;
}

uint64_t sim_run(struct system *s, uint64_t most)
{
    uint64_t steps = 0;

    while (steps < most && sim_step(s))
        steps++;
    return steps;
}

static uint64_t next_due(const struct system *s)
{
    uint64_t due = 0;

    for (int i = 0; i < s->worker_count; i++) {
        const struct timer *t = s->workers[i]->timers.root;
        if (t && (!due || t->due < due))
            due = t->due;
    }
    return due;
}

static void fire_due(struct system *s)
{
    for (int i = 0; i < s->worker_count; i++) {
        struct worker *w = s->workers[i];
        if (!w->timers.root || w->timers.root->due > w->now)
            continue;
        worker_enter(w);
        worker_fire_timers(w);
        worker_end_turn(w);
    }
    worker_enter(NULL);
}

bool sim_next_timer(struct system *s)
{
    uint64_t due = next_due(s);

    if (!due)
        return false;
    if (due > s->clock)
        set_clock(s, due);
    fire_due(s);
    return true;
}

void sim_advance(struct system *s, uint64_t ns)
{
    uint64_t until = s->clock + ns;

    for (uint64_t due = next_due(s); due && due <= until; due = next_due(s))
        (void)sim_next_timer(s); /* one is armed: due says so */
    set_clock(s, until);
}

int64_t sim_wall(const struct system *s)
{
    return WALL_START_US + (int64_t)(s->clock / 1000) + s->wall_ahead;
}

void sim_set_wall(struct system *s, int64_t us)
{
    s->wall_ahead += us - sim_wall(s);
    set_clock(s, s->clock);
}

uint64_t sim_trace(const struct system *s)
{
    return s->trace;
}
