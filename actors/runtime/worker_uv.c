/* Worker on libuv: a thread with a loop that drives the core. Before the poll (prepare) and after it (check) the worker
 * has a turn, so what a socket's callback sends is handled and flushed in the same turn of the loop. While something is
 * ready an idle handle keeps the poll from waiting. One uv_timer stands for the whole timer heap. */
#include "actors/runtime/worker_uv.h"

#include "actors/runtime/actor_core.h"
#include "actors/runtime/scheduler.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"
#include "proto/base/log.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define MS ((uint64_t)1000000)

enum { CLOSE_MS = 5000 }; /* what services may take to close their handles once `end` has run */

struct driver {
    struct worker *worker;
    uv_thread_t thread;
    uv_loop_t loop;
    uv_async_t async;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    uv_timer_t timer;
    uv_sem_t begun;
    bool begin_ok;
    uint64_t armed;     /* due time for which the timer is set; 0: not set */
    uint64_t busy_from; /* when the last poll ended */
};

static void read_clock(struct worker *w)
{
    struct timespec t;

    w->now = uv_hrtime();
    clock_gettime(CLOCK_REALTIME, &t);
    w->wall = t.tv_sec * (int64_t)1000000 + t.tv_nsec / 1000;
}

/* Under the worker's lock, and only while it sleeps, so the handle is open. */
static void wake(struct worker *w)
{
    struct driver *d = w->driver;

    (void)uv_async_send(&d->async); /* cannot fail on an open handle */
}

static void on_wake(uv_async_t *handle)
{
    struct driver *d = handle->data;

    d->worker->stats.wakeups++;
}

/* The heap itself is looked at by the next turn. */
static void on_timer(uv_timer_t *handle)
{
    struct driver *d = handle->data;

    d->armed = 0;
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle; /* its being active is what counts: the poll does not wait */
}

/* The loop's clock has milliseconds: round up, so that the timer never fires early. */
static void arm_timer(struct driver *d)
{
    uint64_t due = d->worker->timers.root ? d->worker->timers.root->due : 0;

    if (due == d->armed)
        return;
    d->armed = due;
    if (!due) {
        uv_timer_stop(&d->timer);
        return;
    }
    uint64_t at = (due + MS - 1) / MS, now = uv_now(&d->loop);
    uv_timer_start(&d->timer, on_timer, at > now ? at - now : 0, 0);
}

static void turn(struct driver *d)
{
    d->worker->stale = false;
    read_clock(d->worker);
    if (!worker_turn(d->worker))
        uv_stop(&d->loop);
}

static void before_poll(uv_prepare_t *handle)
{
    struct driver *d = handle->data;

    turn(d);
    arm_timer(d);
    uint64_t now = uv_hrtime();
    d->worker->stats.busy_ns += now - d->busy_from;
    histogram_add_ns(&d->worker->measures.turn_us, d->busy_from, now);
    d->worker->stale = true;
    if (worker_may_sleep(d->worker))
        uv_idle_stop(&d->idle);
    else
        uv_idle_start(&d->idle, on_idle);
}

static void after_poll(uv_check_t *handle)
{
    struct driver *d = handle->data;

    d->busy_from = uv_hrtime();
    turn(d);
}

/* ---- the thread ---- */

static void on_close_timeout(uv_timer_t *handle)
{
    log_error("a service left handles open; giving the loop up");
    uv_stop(handle->loop);
}

static void close_handles(struct driver *d)
{
    uv_close((uv_handle_t *)&d->async, NULL);
    uv_close((uv_handle_t *)&d->prepare, NULL);
    uv_close((uv_handle_t *)&d->check, NULL);
    uv_close((uv_handle_t *)&d->idle, NULL);
}

/* Services closed their handles in `end`; their close callbacks and jobs of the pool are still to come. */
static void drain_loop(struct driver *d)
{
    uv_update_time(&d->loop);
    uv_timer_start(&d->timer, on_close_timeout, CLOSE_MS, 0);
    uv_unref((uv_handle_t *)&d->timer);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&d->timer, NULL);
    uv_run(&d->loop, UV_RUN_NOWAIT);
}

static void finish(struct driver *d)
{
    struct worker *w = d->worker;
    struct system *s = w->system;

    w->stale = false;
    read_clock(w);
    worker_close(w);
    if (d->begin_ok && s->end)
        s->end(w, s->arg);
    close_handles(d);
    drain_loop(d);
    worker_release(w);
}

static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void run_thread(void *arg)
{
    struct driver *d = arg;
    struct worker *w = d->worker;
    struct system *s = w->system;
    char name[16];

    snprintf(name, sizeof(name), "worker-%u", (unsigned)w->index % 10000u);
    pthread_setname_np(pthread_self(), name);
    block_signals();
    worker_enter(w);
    read_clock(w);
    w->stats.started_ns = d->busy_from = w->now;
    word_set(&w->beat, w->now);
    d->begin_ok = !s->begin || s->begin(w, s->arg);
    bool go_on = d->begin_ok;
    uv_sem_post(&d->begun);
    if (go_on) {
        if (s->ingress)
            actor_wake(s->ingress[w->index]);
        uv_run(&d->loop, UV_RUN_DEFAULT);
    }
    finish(d);
    worker_enter(NULL);
}

static void init_handles(struct driver *d)
{
    uv_prepare_init(&d->loop, &d->prepare);
    uv_check_init(&d->loop, &d->check);
    uv_idle_init(&d->loop, &d->idle);
    uv_timer_init(&d->loop, &d->timer);
    d->async.data = d->prepare.data = d->check.data = d->timer.data = d;
    uv_prepare_start(&d->prepare, before_poll);
    uv_check_start(&d->check, after_poll);
}

/* A loop that has an async handle only. */
static bool init_loop(struct driver *d)
{
    if (uv_loop_init(&d->loop))
        return false;
    if (!uv_async_init(&d->loop, &d->async, on_wake))
        return true;
    uv_loop_close(&d->loop);
    return false;
}

static void undo(struct driver *d)
{
    close_handles(d);
    uv_close((uv_handle_t *)&d->timer, NULL);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_loop_close(&d->loop);
}

bool worker_uv_start(struct worker *w)
{
    struct driver *d = calloc(1, sizeof(*d));

    if (!d)
        return false;
    d->worker = w;
    if (!init_loop(d)) {
        free(d);
        return false;
    }
    init_handles(d);
    uv_sem_init(&d->begun, 0);
    w->driver = d;
    w->loop = &d->loop;
    w->wake = wake;
    w->read_clock = read_clock;
    if (!uv_thread_create(&d->thread, run_thread, d))
        return true;
    undo(d);
    uv_sem_destroy(&d->begun);
    free(d);
    w->driver = NULL;
    w->loop = NULL;
    return false;
}

bool worker_uv_begun(struct worker *w)
{
    struct driver *d = w->driver;

    uv_sem_wait(&d->begun);
    return d->begin_ok;
}

/* A loop that could not be closed still has handles that point into memory of others: it is left alone. */
void worker_uv_join(struct worker *w)
{
    struct driver *d = w->driver;

    uv_thread_join(&d->thread);
    uv_sem_destroy(&d->begun);
    w->driver = NULL;
    w->loop = NULL;
    if (!uv_loop_close(&d->loop))
        free(d);
}
