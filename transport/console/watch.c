/* Watch: see watch.h. */
#include "transport/console/watch.h"

#include "proto/base/json.h"
#include "proto/base/stamp.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_MS = 1000 };

/* What is looked at. Numbers, addresses of actors and of clients; nobody's name. */
static const struct {
    const char *name, *request;
} looks[] = {
    { "info", "{\"v\":1,\"command\":\"info\"}" },
    { "workers", "{\"v\":1,\"command\":\"workers\"}" },
    { "actors", "{\"v\":1,\"command\":\"actors\",\"args\":[\"--top\",\"20\",\"--by\",\"cpu\"]}" },
    { "rooms", "{\"v\":1,\"command\":\"rooms\",\"args\":[\"--top\",\"20\"]}" },
    { "conns", "{\"v\":1,\"command\":\"conns\",\"args\":[\"--top\",\"20\"]}" },
    { "queues", "{\"v\":1,\"command\":\"queues\"}" },
    { "db", "{\"v\":1,\"command\":\"db\"}" },
    { "commits", "{\"v\":1,\"command\":\"db\",\"args\":[\"commits\"]}" },
    { "slow", "{\"v\":1,\"command\":\"slow\",\"args\":[\"--top\",\"20\"]}" },
    { "closed", "{\"v\":1,\"command\":\"closed\",\"args\":[\"--top\",\"20\"]}" },
    { "latency", "{\"v\":1,\"command\":\"latency\"}" },
    { "doctor", "{\"v\":1,\"command\":\"latency\",\"args\":[\"doctor\"]}" },
};

struct watch {
    /* immutable once started */
    struct admin *admin;
    struct worker *to;
    void (*news)(struct worker *w, void *watch);
    pthread_t thread;
    bool started;
    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t lookers;
    bool stop;
    struct buf text; /* empty: taken */
};

struct watch *watch_create(void)
{
    struct watch *w = calloc(1, sizeof *w);
    pthread_condattr_t attributes;
    if (!w)
        return NULL;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return w;
}

void watch_destroy(struct watch *w)
{
    if (!w)
        return;
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    buf_fini(&w->text);
    free(w);
}

/* ---- the thread ---- */

static struct timespec from_now(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += ms % 1000 * 1000000;
    t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* False once it is to stop. */
static bool rest_until(struct watch *w, const struct timespec *until)
{
    pthread_mutex_lock(&w->lock);
    while (!w->stop && !pthread_cond_timedwait(&w->changed, &w->lock, until))
        ;
    bool stop = w->stop;
    pthread_mutex_unlock(&w->lock);
    return !stop;
}

/* Sleeps until somebody looks. False once it is to stop. */
static bool wait_for_lookers(struct watch *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->stop && !w->lookers)
        pthread_cond_wait(&w->changed, &w->lock);
    bool stop = w->stop;
    pthread_mutex_unlock(&w->lock);
    return !stop;
}

/* False once it is to stop. */
static bool look(struct watch *w, struct json *out)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        struct buf answer = { 0 };
        admin_ask(w->admin, text_of(looks[i].request), &answer);
        if (answer.n && !answer.failed)
            json_raw(out, looks[i].name, buf_view(&answer));
        buf_fini(&answer);
        struct timespec now = from_now(0);
        if (!rest_until(w, &now))
            return false;
    }
    return true;
}

static void tell(struct watch *w, struct buf *text)
{
    pthread_mutex_lock(&w->lock);
    struct buf old = w->text;
    w->text = *text;
    pthread_mutex_unlock(&w->lock);
    buf_fini(&old);
    (void)worker_call(w->to, w->news, w); /* refused only when it stops */
}

static bool look_around(struct watch *w)
{
    struct buf text = { 0 };
    struct json j = json_into(&text);
    int64_t began = stamp_now();
    json_begin_object(&j, NULL);
    json_str(&j, "type", "answers");
    json_begin_object(&j, "answers");
    bool open = look(w, &j);
    json_end_object(&j);
    json_int(&j, "at_ms", began / 1000);
    json_int(&j, "took_ms", (stamp_now() - began) / 1000);
    json_end_object(&j);
    if (open && !text.failed)
        tell(w, &text);
    else
        buf_fini(&text);
    return open;
}

static void *run(void *arg)
{
    struct watch *w = arg;
    while (wait_for_lookers(w)) {
        struct timespec next = from_now(EVERY_MS);
        if (!look_around(w) || !rest_until(w, &next))
            break;
    }
    return NULL;
}

/* ---- from other threads ---- */

bool watch_start(struct watch *w, struct admin *a, struct worker *to, void (*news)(struct worker *w, void *watch))
{
    w->admin = a;
    w->to = to;
    w->news = news;
    w->started = !pthread_create(&w->thread, NULL, run, w);
    return w->started;
}

void watch_stop(struct watch *w)
{
    if (!w->started)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    w->started = false;
}

void watch_lookers(struct watch *w, uint32_t n)
{
    pthread_mutex_lock(&w->lock);
    w->lookers = n;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

bool watch_take(struct watch *w, struct buf *ret)
{
    pthread_mutex_lock(&w->lock);
    *ret = w->text;
    w->text = (struct buf){ 0 };
    pthread_mutex_unlock(&w->lock);
    return ret->n != 0;
}
