/* Outbound: see outbound.h. A call waits, runs and ends here; transfer.c knows how it is asked, sockets.c how libcurl
 * and the loop meet. */
#include "transport/outbound/outbound_state.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

const char *outbound_words(enum outbound_end end)
{
    static const char *const words[] = {
#define OUTBOUND_WORDS(symbol, words) [OUTBOUND_##symbol] = words,
        OUTBOUND_ENDS(OUTBOUND_WORDS)
#undef OUTBOUND_WORDS
    };
    assert(end < OUTBOUND_END_COUNT);
    return words[end];
}

bool outbound_setup(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void outbound_finish(void)
{
    curl_global_cleanup();
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
    *(c->previous ? &c->previous->next : &q->first) = c->next;
    *(c->next ? &c->next->previous : &q->last) = c->previous;
    q->n--;
}

struct outbound *outbound_create(const struct outbound_options *o)
{
    struct outbound *out = calloc(1, sizeof *out);
    if (!out)
        return NULL;
    out->options = *o;
    if (sockets_open(out))
        return out;
    free(out);
    return NULL;
}

static void call_destroy(struct outbound_call *c)
{
    transfer_free(c);
    free(c);
}

/* Takes the call out of its list and out of libcurl. */
static void unlink_call(struct outbound_call *c)
{
    struct outbound *o = c->outbound;
    calls_remove(c->state == CALL_RUNNING ? &o->running : &o->waiting, c);
    if (c->state == CALL_RUNNING)
        curl_multi_remove_handle(o->multi, c->easy);
    c->state = CALL_ENDED;
}

/* Tells whoever waits, and frees the call. */
static void finish(struct outbound_call *c, enum outbound_end end)
{
    struct outbound_answer answer = { .end = end, .body = TEXT(""), .head = TEXT("") };
    long status = 0;
    unlink_call(c);
    if (end == OUTBOUND_ANSWERED) {
        curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (int)status;
        answer.body = buf_view(&c->body);
        answer.head = buf_view(&c->head);
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
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, (long)left_ms(c));
    if (curl_multi_add_handle(o->multi, c->easy))
        return false;
    c->state = CALL_RUNNING;
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

void outbound_reap(struct outbound *o)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(o->multi, &left))) {
        struct outbound_call *c;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        finish(c, transfer_end(c, code));
    }
    start_waiting(o);
}

/* The done of a call that ends here may change the list: begin anew. */
void outbound_look(struct outbound *o)
{
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
        sockets_look_in(o, next);
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
        sockets_look_in(o, left_ms(c));
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
    *ret_why = transfer_prepare(c, rq);
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
        sockets_look_in(o, 0); /* its place is free, but no done may run in here */
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
    sockets_close(o);
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

/* The value on this header line, if it has this name. */
static struct text value_on(struct text line, const char *name)
{
    size_t n = strlen(name);
    if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n))
        return (struct text){ 0 };
    struct text value = { line.p + n + 1, line.n - n - 1 };
    while (value.n && (*value.p == ' ' || *value.p == '\t')) {
        value.p++;
        value.n--;
    }
    while (value.n && strchr(" \t\r\n", value.p[value.n - 1]))
        value.n--;
    return value;
}

struct text outbound_header(const struct outbound_answer *a, const char *name)
{
    for (struct text rest = a->head; rest.n;) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) + 1 : rest.n;
        struct text value = value_on((struct text){ rest.p, n }, name);
        if (value.p)
            return value;
        rest.p += n;
        rest.n -= n;
    }
    return (struct text){ 0 };
}

struct outbound_stats outbound_stats(const struct outbound *o)
{
    struct outbound_stats s = o->stats;
    s.running = o->running.n;
    s.waiting = o->waiting.n;
    return s;
}
