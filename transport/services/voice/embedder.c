/* Embedder: see embedder.h. The queue that workers share, and each worker's desk: questions go to the home through the
 * queue and an async handle, and come back in the same way. The process itself is keeper.c's. */
#include "transport/services/voice/embedder.h"

#include "transport/services/voice/keeper.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct question {
    struct question *next;
    struct embedder_desk *desk; /* that has asked */
    embedder_done *done;
    void *arg;
    uint64_t due;     /* for its turn; milliseconds */
    int16_t *samples; /* until it is with the process */
    size_t n;
    enum embedder_end how;
    float floats[VOICE_FLOATS];
};

struct embedder_desk {
    struct embedder *embedder;
    uv_async_t news; /* questions for the home, or answers for this desk */
    bool ending, closed;
    struct keeper *keeper; /* of the home */
    struct question *back; /* under the lock: that have ended, the last first */
    uint32_t asked;
    uint64_t ended[EMBEDDER_END_COUNT], full;
};

struct embedder {
    struct embedder_options options;
    pthread_mutex_t lock;           /* guards the rest, and what desks say is */
    struct embedder_desk *home;     /* NULL: nobody looks after the process (any more) */
    struct question *first, **last; /* that wait */
    struct question *current;       /* with the process */
    uint32_t waiting, highest;
    uint64_t begun;
    enum keeper_state state;
};

struct embedder *embedder_create(const struct embedder_options *o)
{
    struct embedder *e = calloc(1, sizeof *e);
    if (!e || pthread_mutex_init(&e->lock, NULL)) {
        free(e);
        return NULL;
    }
    e->options = *o;
    e->last = &e->first;
    return e;
}

void embedder_destroy(struct embedder *e)
{
    if (!e)
        return;
    assert(!e->first && !e->current);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

/* ---- questions ---- */

static void question_destroy(struct question *q)
{
    free(q->samples);
    free(q);
}

static struct question *question_create(const int16_t *samples, size_t n)
{
    struct question *q = calloc(1, sizeof *q);
    if (!q || !(q->samples = malloc((n ? n : 1) * sizeof *samples))) {
        free(q);
        return NULL;
    }
    memcpy(q->samples, samples, n * sizeof *samples);
    q->n = n;
    return q;
}

static struct question *pop_locked(struct embedder *e)
{
    struct question *q = e->first;
    if (q && !(e->first = q->next))
        e->last = &e->first;
    e->waiting -= q != NULL;
    return q;
}

static void give_back_locked(struct question *q, enum embedder_end how)
{
    q->how = how;
    q->next = q->desk->back;
    q->desk->back = q;
    (void)uv_async_send(&q->desk->news);
}

/* ---- answers, at the desk that has asked ---- */

static void tell(struct embedder_desk *d, struct question *q)
{
    d->asked--;
    d->ended[q->how]++;
    q->done(q->arg, q->how, q->how == EMBEDDER_EMBEDDED ? q->floats : NULL);
    question_destroy(q);
}

static struct question *take_back(struct embedder_desk *d)
{
    struct question *in_order = NULL, *q;
    pthread_mutex_lock(&d->embedder->lock);
    while ((q = d->back)) {
        d->back = q->next;
        q->next = in_order;
        in_order = q;
    }
    pthread_mutex_unlock(&d->embedder->lock);
    return in_order;
}

static void tell_all(struct embedder_desk *d)
{
    for (struct question *q = take_back(d), *next; q; q = next) {
        next = q->next;
        tell(d, q);
    }
}

/* ---- what the keeper asks, at the home ---- */

static int16_t *next_samples(void *arg, size_t *ret_n)
{
    struct embedder *e = arg;
    int16_t *samples = NULL;
    pthread_mutex_lock(&e->lock);
    struct question *q = e->current = pop_locked(e);
    if (q) {
        samples = q->samples;
        *ret_n = q->n;
        q->samples = NULL;
    }
    pthread_mutex_unlock(&e->lock);
    return samples;
}

/* Its desk may have ended meanwhile and taken it along. */
static void answered(void *arg, enum embedder_end how, const float *floats)
{
    struct embedder *e = arg;
    pthread_mutex_lock(&e->lock);
    struct question *q = e->current;
    e->current = NULL;
    if (q && floats)
        memcpy(q->floats, floats, sizeof q->floats);
    if (q)
        give_back_locked(q, how);
    pthread_mutex_unlock(&e->lock);
}

/* Those that have waited too long are the first. */
static void expire(void *arg, uint64_t now)
{
    struct embedder *e = arg;
    pthread_mutex_lock(&e->lock);
    while (e->first && now >= e->first->due)
        give_back_locked(pop_locked(e), EMBEDDER_TIMEOUT);
    pthread_mutex_unlock(&e->lock);
}

static void changed(void *arg, enum keeper_state state)
{
    struct embedder *e = arg;
    pthread_mutex_lock(&e->lock);
    e->begun += state == KEEPER_BEGINS;
    e->state = state;
    while (state == KEEPER_AWAY && e->first)
        give_back_locked(pop_locked(e), EMBEDDER_AWAY);
    pthread_mutex_unlock(&e->lock);
}

/* ---- a desk ---- */

static void on_news(uv_async_t *handle)
{
    struct embedder_desk *d = handle->data;
    tell_all(d);
    if (d->keeper)
        keeper_look(d->keeper);
}

static void open_home(struct embedder_desk *d, uv_loop_t *loop)
{
    static const struct keeper_ops ops = { next_samples, answered, expire, changed };
    struct embedder *e = d->embedder;
    d->keeper = keeper_create(loop, &e->options, &ops, e);
    pthread_mutex_lock(&e->lock);
    e->home = d->keeper ? d : NULL;
    pthread_mutex_unlock(&e->lock);
}

static void on_closed(uv_handle_t *handle)
{
    ((struct embedder_desk *)handle->data)->closed = true;
}

struct embedder_desk *embedder_desk_create(struct embedder *e, uv_loop_t *loop, bool home)
{
    struct embedder_desk *d = calloc(1, sizeof *d);
    if (!d || uv_async_init(loop, &d->news, on_news)) {
        free(d);
        return NULL;
    }
    d->embedder = e;
    d->news.data = d;
    if (home)
        open_home(d, loop);
    return d;
}

/* What is not asked of a process that is away ends at once, by the desk's own handle. */
static bool put_locked(struct embedder *e, struct question *q)
{
    if (e->home && e->state != KEEPER_AWAY) {
        if (e->waiting == e->options.waiting)
            return false;
        *e->last = q;
        e->last = &q->next;
        e->highest = ++e->waiting > e->highest ? e->waiting : e->highest;
        (void)uv_async_send(&e->home->news);
        return true;
    }
    give_back_locked(q, EMBEDDER_AWAY);
    return true;
}

bool embedder_ask(struct embedder_desk *d, const int16_t *samples, size_t n, embedder_done *done, void *arg)
{
    struct embedder *e = d->embedder;
    struct question *q = d->ending ? NULL : question_create(samples, n);
    if (!q)
        return false;
    q->desk = d;
    q->done = done;
    q->arg = arg;
    q->due = uv_hrtime() / 1000000 + e->options.wait_ms;
    pthread_mutex_lock(&e->lock);
    bool put = put_locked(e, q);
    pthread_mutex_unlock(&e->lock);
    d->asked += put;
    d->full += !put;
    if (!put)
        question_destroy(q);
    return put;
}

/* ---- its end ---- */

static void withdraw_locked(struct embedder_desk *d)
{
    struct embedder *e = d->embedder;
    struct question **at = &e->first, *q;
    while ((q = *at)) {
        if (q->desk != d) {
            at = &q->next;
            continue;
        }
        *at = q->next;
        e->waiting--;
        give_back_locked(q, EMBEDDER_STOPPED);
    }
    e->last = at;
    if (e->current && e->current->desk == d) {
        give_back_locked(e->current, EMBEDDER_STOPPED);
        e->current = NULL;
    }
    if (e->home == d)
        e->home = NULL;
}

/* Without its home nobody's question is answered any more. */
static void abandon_locked(struct embedder *e)
{
    e->state = KEEPER_AWAY;
    while (e->first)
        give_back_locked(pop_locked(e), EMBEDDER_AWAY);
    if (e->current)
        give_back_locked(e->current, EMBEDDER_AWAY);
    e->current = NULL;
}

void embedder_desk_end(struct embedder_desk *d)
{
    if (!d || d->ending)
        return;
    d->ending = true;
    pthread_mutex_lock(&d->embedder->lock);
    withdraw_locked(d);
    if (d->keeper)
        abandon_locked(d->embedder);
    pthread_mutex_unlock(&d->embedder->lock);
    tell_all(d);
    keeper_end(d->keeper);
    uv_close((uv_handle_t *)&d->news, on_closed);
}

bool embedder_desk_ended(const struct embedder_desk *d)
{
    return !d || (d->closed && keeper_ended(d->keeper));
}

void embedder_desk_destroy(struct embedder_desk *d)
{
    if (!d)
        return;
    assert(embedder_desk_ended(d) && !d->back && !d->asked);
    keeper_destroy(d->keeper);
    free(d);
}

struct embedder_stats embedder_stats(struct embedder_desk *d)
{
    struct embedder_stats s = { 0 };
    if (!d)
        return s;
    struct embedder *e = d->embedder;
    s = (struct embedder_stats){ .asked = d->asked, .full = d->full };
    memcpy(s.ended, d->ended, sizeof s.ended);
    pthread_mutex_lock(&e->lock);
    s.waiting = e->waiting;
    s.highest = e->highest;
    s.limit = e->options.waiting;
    s.begun = e->begun;
    s.ready = e->state == KEEPER_READY;
    pthread_mutex_unlock(&e->lock);
    return s;
}
