/* Admin: the two threads, what they hand to each other, and the way out. See admin.h. */
#include "transport/admin/admin.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/admin/answer.h"
#include "transport/admin/door.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Whoever is in admin_ask. */
struct insider {
    struct asker asker; /* first */
    struct admin *admin;
    struct buf *answer;
    bool done; /* guarded by the admin's lock */
};

struct admin {
    /* immutable after open */
    struct admin_options options;
    pthread_t threads[2];
    int started;
    /* the loop's thread; the main thread's while it does not run */
    uv_loop_t loop;
    struct door doors[2];
    struct turns turns;
    uv_async_t wake;
    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* for the thread of commands: there is one; for others: it has ended one, or itself */
    const char *state;
    struct asker *job;      /* whose command runs, or has run; written by the loop's thread only */
    struct buf answer;      /* of it, when it is done */
    bool done;              /* it is */
    struct insider *inside; /* comes to wait */
    bool closed, ended;     /* no more commands; their thread has none any more */
};

void admin_path(char *ret, size_t size)
{
    if (*config.admin_socket)
        snprintf(ret, size, "%s", config.admin_socket);
    else
        snprintf(ret, size, "%s/admin.sock", config.data);
}

/* ---- the thread of commands ---- */

/* Waits for one. NULL: there are no more. */
static struct asker *next_job(struct admin *a, const char **ret_state)
{
    pthread_mutex_lock(&a->lock);
    while (!a->closed && (!a->job || a->done))
        pthread_cond_wait(&a->changed, &a->lock);
    struct asker *job = a->closed ? NULL : a->job;
    *ret_state = a->state;
    a->ended = a->closed;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    return job;
}

static void end_job(struct admin *a, struct buf answer)
{
    pthread_mutex_lock(&a->lock);
    a->answer = answer;
    a->done = true;
    pthread_mutex_unlock(&a->lock);
    uv_async_send(&a->wake);
}

static void *run_commands(void *arg)
{
    struct admin *a = arg;
    const char *state;
    pthread_setname_np(pthread_self(), "commands");
    for (struct asker *job; (job = next_job(a, &state));) {
        struct buf answer = { 0 };
        admin_answer(&a->options.server, state, job->caller, job->request, &answer);
        end_job(a, answer);
    }
    return NULL;
}

/* ---- the loop's thread ---- */

/* If no command runs, the next one does. */
static void give_job(struct admin *a)
{
    pthread_mutex_lock(&a->lock);
    if (!a->closed && !a->job && (a->job = turns_next(&a->turns)))
        pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

static void on_asked(void *arg)
{
    give_job(arg);
}

/* Whose command has ended, with its answer; else NULL. */
static struct asker *take_job(struct admin *a, struct buf *ret)
{
    struct asker *job = a->done ? a->job : NULL;
    *ret = a->answer;
    a->answer = (struct buf){ 0 };
    a->job = job ? NULL : a->job;
    a->done = false;
    return job;
}

static void on_wake(uv_async_t *wake)
{
    struct admin *a = wake->data;
    struct buf answer;
    pthread_mutex_lock(&a->lock);
    struct asker *job = take_job(a, &answer);
    struct insider *inside = a->inside;
    a->inside = NULL;
    bool closed = a->closed;
    pthread_mutex_unlock(&a->lock);
    if (inside) {
        turns_add(&a->turns, &inside->asker);
        turns_wait(&a->turns, &inside->asker);
    }
    if (job)
        job->answered(job, &answer);
    give_job(a);
    if (closed)
        uv_stop(&a->loop);
}

static void *run_loop(void *arg)
{
    struct admin *a = arg;
    pthread_setname_np(pthread_self(), "admin");
    uv_run(&a->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* ---- asking from inside ---- */

static void on_inside_answered(struct asker *asker, struct buf *answer)
{
    struct insider *i = (struct insider *)asker;
    struct admin *a = i->admin;
    turns_remove(&a->turns, asker);
    pthread_mutex_lock(&a->lock);
    *i->answer = *answer;
    i->done = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

void admin_ask(struct admin *a, struct text request, struct buf *answer)
{
    struct insider own = { .asker = { .caller = { .uid = -1, .pid = -1, .viewer = true },
                                      .request = request,
                                      .answered = on_inside_answered },
                           .admin = a,
                           .answer = answer };
    pthread_mutex_lock(&a->lock);
    assert(!a->inside && !a->closed);
    a->inside = &own;
    pthread_mutex_unlock(&a->lock);
    uv_async_send(&a->wake);
    pthread_mutex_lock(&a->lock);
    while (!own.done)
        pthread_cond_wait(&a->changed, &a->lock);
    pthread_mutex_unlock(&a->lock);
}

/* ---- opening ---- */

static bool init(struct admin *a, const struct admin_options *o)
{
    pthread_condattr_t attributes;
    a->options = *o;
    a->state = "starting";
    pthread_mutex_init(&a->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&a->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    a->wake.data = a;
    if (uv_loop_init(&a->loop))
        return false;
    if (!uv_async_init(&a->loop, &a->wake, on_wake))
        return true;
    uv_loop_close(&a->loop);
    return false;
}

static bool open_doors(struct admin *a, struct buf *why)
{
    const struct admin_options *o = &a->options;
    struct door_options door = { .loop = &a->loop,
                                 .turns = &a->turns,
                                 .asked = on_asked,
                                 .arg = a,
                                 .stall_ms = (uint64_t)(o->stall_ms ? o->stall_ms : ADMIN_STALL_MS) };
    if (o->viewer_path && !strcmp(o->viewer_path, o->path)) {
        buf_printf(why, "the viewers' socket cannot be the operators', %s", o->path);
        return false;
    }
    if (!door_open(&a->doors[0], o->path, (struct socket_access){ 0 }, &door, why))
        return false;
    door.viewers = true;
    return !o->viewer_path || door_open(&a->doors[1], o->viewer_path,
                                        (struct socket_access){ .shared = true, .group = o->viewer_group }, &door, why);
}

static bool start_threads(struct admin *a, struct buf *why)
{
    static void *(*const runs[])(void *arg) = { run_loop, run_commands };
    while (a->started < 2 && !pthread_create(&a->threads[a->started], NULL, runs[a->started], a))
        a->started++;
    if (a->started < 2)
        buf_puts(why, "cannot open the admin socket: no thread");
    return a->started == 2;
}

struct admin *admin_open(const struct admin_options *o, struct buf *why)
{
    struct admin *a = calloc(1, sizeof *a);
    if (!a || !init(a, o)) {
        buf_puts(why, "cannot open the admin socket: out of memory or descriptors");
        free(a);
        return NULL;
    }
    if (open_doors(a, why) && start_threads(a, why))
        return a;
    admin_close(a);
    return NULL;
}

void admin_state(struct admin *a, const char *state)
{
    pthread_mutex_lock(&a->lock);
    a->state = state;
    pthread_mutex_unlock(&a->lock);
}

/* ---- closing ---- */

/* Has the thread of commands no more to do with anything? */
static bool stop_commands(struct admin *a)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 2; /* a command asks at most twice for half a second */
    pthread_mutex_lock(&a->lock);
    a->closed = true;
    pthread_cond_broadcast(&a->changed);
    while (a->started == 2 && !a->ended && !pthread_cond_timedwait(&a->changed, &a->lock, &until))
        ;
    bool ended = a->ended || a->started < 2;
    pthread_mutex_unlock(&a->lock);
    return ended;
}

/* The threads have ended. */
static void release(struct admin *a)
{
    uv_close((uv_handle_t *)&a->wake, NULL);
    uv_run(&a->loop, UV_RUN_DEFAULT);
    uv_loop_close(&a->loop);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* The last answer leaves, as far as its peer takes it at once. */
static void answer_last(struct admin *a)
{
    struct buf answer;
    struct asker *job = a->job;
    bool done = take_job(a, &answer) != NULL;
    answer.failed |= !done; /* it was given to the thread, which had no more to do with it */
    if (job)
        job->answered(job, &answer);
}

static struct admin *volatile left_behind;

void admin_close(struct admin *a)
{
    if (!a)
        return;
    bool ended = stop_commands(a);
    uv_async_send(&a->wake);
    if (a->started > 0)
        pthread_join(a->threads[0], NULL);
    if (ended)
        answer_last(a);
    for (int i = 0; i < 2; i++)
        door_close(&a->doors[i]);
    if (!ended) {
        log_warn("the admin socket is still busy");
        left_behind = a; /* the thread may look at it as long as the process lives */
        return;
    }
    if (a->started > 1)
        pthread_join(a->threads[1], NULL);
    release(a);
}
