/* Outbound: see outbound.h. A call waits, runs and ends here; transfer.c knows how it is asked, sockets.c how libcurl
 * and the loop meet. */
#include "transport/outbound/outbound.h"

#include "proto/base/state.h"
#include "transport/outbound/sockets.h"
#include "transport/outbound/transfer.h"

#include <assert.h>
#include <stdlib.h>

/* A call that could not begin ends without a word, so WAITING needs no place in a list. */
enum call_state { CALL_WAITING, CALL_RUNNING, CALL_ENDED };

#define TO(state) STATE(CALL_##state)
static const struct state_row states[] = {
    [CALL_WAITING] = { "waiting", TO(RUNNING) | TO(ENDED) },
    [CALL_RUNNING] = { "running", TO(ENDED) },
    [CALL_ENDED] = { "ended", 0 },
};

struct outbound_call {
    struct outbound *outbound;
    struct outbound_call *next, *previous; /* in its list */
    enum call_state state;
    struct transfer transfer;
    uint64_t due; /* loop milliseconds */
    outbound_done *done;
    void *arg;
};

struct calls {
    struct outbound_call *first, *last;
    uint32_t n;
};

struct outbound {
    struct outbound_options options;
    struct sockets sockets;
    struct calls running, waiting;
    uv_timer_t patience; /* until the waiting calls are looked at */
    uint32_t handles;    /* not closed yet: the sockets, all together, and the timer */
    bool closing, destroyed;
    struct outbound_stats stats;
};

bool outbound_setup(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void outbound_finish(void)
{
    curl_global_cleanup();
}

static void enter(struct outbound_call *c, enum call_state to)
{
    c->state = state_next(states, c->state, to);
}

static void calls_push(struct calls *q, struct outbound_call *c)
{
    c->next = NULL;
    c->previous = q->last;
    *(q->last ? &q->last->next : &q->first) = c;
    q->last = c;
    q->n++;
}

static void calls_remove(struct calls *q, struct outbound_call *c)
{
    assert(q->n && (c->previous ? c->previous->next : q->first) == c && (c->next ? c->next->previous : q->last) == c);
    *(c->previous ? &c->previous->next : &q->first) = c->next;
    *(c->next ? &c->next->previous : &q->last) = c->previous;
    q->n--;
}

static void call_destroy(struct outbound_call *c)
{
    transfer_free(&c->transfer);
    free(c);
}

/* Takes the call out of its list and out of libcurl. */
static void unlink_call(struct outbound_call *c)
{
    struct outbound *o = c->outbound;
    calls_remove(c->state == CALL_RUNNING ? &o->running : &o->waiting, c);
    if (c->state == CALL_RUNNING)
        curl_multi_remove_handle(o->sockets.multi, c->transfer.easy);
    enter(c, CALL_ENDED);
}

/* Tells whoever waits, and frees the call. */
static void finish(struct outbound_call *c, enum outbound_end end)
{
    struct outbound_answer answer = { .end = end, .body = TEXT(""), .head = TEXT("") };
    long status = 0;
    unlink_call(c);
    if (end == OUTBOUND_ANSWERED) {
        curl_easy_getinfo(c->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (int)status;
        answer.body = buf_view(&c->transfer.body);
        answer.head = buf_view(&c->transfer.head);
        c->outbound->stats.answered++;
    } else {
        c->outbound->stats.failed++;
    }
    c->done(c->arg, &answer);
    call_destroy(c);
}

static uint64_t left_ms(const struct outbound_call *c)
{
    uint64_t now = uv_now(c->outbound->options.loop);
    return c->due > now ? c->due - now : 0;
}

/* Hands the call to libcurl. */
static bool start(struct outbound_call *c)
{
    struct outbound *o = c->outbound;
    curl_easy_setopt(c->transfer.easy, CURLOPT_TIMEOUT_MS, (long)left_ms(c));
    if (curl_multi_add_handle(o->sockets.multi, c->transfer.easy))
        return false;
    enter(c, CALL_RUNNING);
    calls_push(&o->running, c);
    return true;
}

static void start_waiting(struct outbound *o)
{
    while (o->waiting.first && o->running.n < o->options.running) {
        struct outbound_call *c = o->waiting.first;
        if (!left_ms(c)) {
            finish(c, OUTBOUND_TIMEOUT);
            continue;
        }
        calls_remove(&o->waiting, c);
        if (!start(c)) {
            calls_push(&o->waiting, c);
            if (o->waiting.n > o->stats.highest)
                o->stats.highest = o->waiting.n;
            finish(c, OUTBOUND_NO_MEMORY);
        }
    }
}

static struct outbound *of_sockets(struct sockets *s)
{
    return (struct outbound *)((char *)s - offsetof(struct outbound, sockets));
}

/* Takes up what has finished, and starts what waits. */
static void reap(struct sockets *s)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(s->multi, &left))) {
        struct outbound_call *c;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        finish(c, transfer_end(&c->transfer, code));
    }
    start_waiting(of_sockets(s));
}

static void on_patience_over(uv_timer_t *timer);

/* Has the waiting calls looked at in so many milliseconds, instead of any earlier wish. */
static void look_in(struct outbound *o, uint64_t ms)
{
    uv_timer_start(&o->patience, on_patience_over, ms, 0);
}

/* Ends the waiting calls whose time is over, and starts others. The done of a call that ends here may change the list:
 * begin anew. */
static void on_patience_over(uv_timer_t *timer)
{
    struct outbound *o = timer->data;
    uint64_t next = UINT64_MAX;
    for (struct outbound_call *c = o->waiting.first; c;) {
        uint64_t ms = left_ms(c);
        if (!ms)
            finish(c, OUTBOUND_TIMEOUT);
        next = !ms ? UINT64_MAX : ms < next ? ms : next;
        c = ms ? c->next : o->waiting.first;
    }
    start_waiting(o);
    if (o->waiting.first && next < UINT64_MAX)
        look_in(o, next);
}

static enum outbound_end refusal(const struct outbound *o)
{
    if (o->closing)
        return OUTBOUND_STOPPED;
    bool straight = o->running.n < o->options.running && !o->waiting.n;
    return straight || o->waiting.n < o->options.waiting ? OUTBOUND_ANSWERED : OUTBOUND_FULL;
}

/* Starts or queues a prepared call. */
static enum outbound_end submit(struct outbound *o, struct outbound_call *c)
{
    if (o->running.n < o->options.running && !o->waiting.n)
        return start(c) ? OUTBOUND_ANSWERED : OUTBOUND_NO_MEMORY;
    calls_push(&o->waiting, c);
    if (!uv_is_active((uv_handle_t *)&o->patience) || left_ms(c) < uv_timer_get_due_in(&o->patience))
        look_in(o, left_ms(c));
    return OUTBOUND_ANSWERED;
}

struct outbound_call *outbound_send(struct outbound *o, const struct outbound_request *rq, outbound_done *done,
                                    void *arg, enum outbound_end *ret_why)
{
    *ret_why = refusal(o);
    o->stats.full += *ret_why == OUTBOUND_FULL;
    if (*ret_why)
        return NULL;
    struct outbound_call *c = calloc(1, sizeof *c);
    *ret_why = OUTBOUND_NO_MEMORY;
    if (!c)
        return NULL;
    *c = (struct outbound_call){
        .outbound = o, .due = uv_now(o->options.loop) + rq->total_ms, .done = done, .arg = arg
    };
    *ret_why = transfer_prepare(&c->transfer, rq, o->options.ca_file, o->options.proxy, c);
    if (!*ret_why)
        *ret_why = submit(o, c);
    if (!*ret_why)
        return c;
    call_destroy(c);
    return NULL;
}

void outbound_cancel(struct outbound_call *c)
{
    struct outbound *o = c->outbound;
    unlink_call(c);
    call_destroy(c);
    if (o->waiting.first)
        look_in(o, 0); /* its place is free, but no done may run in here */
}

/* The last that closes takes the whole with it, if nobody wants it any more. */
static void release(struct outbound *o)
{
    assert(o->handles && o->closing);
    if (!--o->handles && o->destroyed)
        free(o);
}

static void on_sockets_closed(struct sockets *s)
{
    release(of_sockets(s));
}

static void on_patience_closed(uv_handle_t *handle)
{
    release(handle->data);
}

struct outbound *outbound_create(const struct outbound_options *o)
{
    struct outbound *out = calloc(1, sizeof *out);
    if (!out)
        return NULL;
    out->options = *o;
    out->sockets = (struct sockets){ .loop = o->loop, .acted = reap, .closed = on_sockets_closed };
    if (!sockets_open(&out->sockets, o->running)) {
        free(out);
        return NULL;
    }
    uv_timer_init(o->loop, &out->patience);
    out->patience.data = out;
    out->handles = 2;
    return out;
}

void outbound_close(struct outbound *o)
{
    if (!o || o->closing)
        return;
    o->closing = true;
    while (o->waiting.first)
        finish(o->waiting.first, OUTBOUND_STOPPED);
    while (o->running.first)
        finish(o->running.first, OUTBOUND_STOPPED);
    assert(!o->running.n && !o->waiting.n);
    sockets_close(&o->sockets);
    uv_close((uv_handle_t *)&o->patience, on_patience_closed);
}

void outbound_destroy(struct outbound *o)
{
    if (!o)
        return;
    outbound_close(o);
    o->destroyed = true;
    if (!o->handles)
        free(o);
}

struct outbound_stats outbound_stats(const struct outbound *o)
{
    struct outbound_stats s = o->stats;
    s.running = o->running.n;
    s.waiting = o->waiting.n;
    return s;
}
