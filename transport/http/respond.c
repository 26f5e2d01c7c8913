/* Respond: the one place that writes status lines and headers. An answer ends its request. */
#include "actors/runtime/slow.h"
#include "actors/runtime/trace.h"
#include "transport/http/accept.h"
#include "transport/http/body_head.h"
#include "transport/http/chunked.h"
#include "transport/http/cors.h"
#include "transport/http/upgrade.h"

#include "proto/base/address.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/config/config_live.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

/* Reason phrases; a status that is not here has none. */
static const char *const reasons[] = {
    [101] = "Switching Protocols",
    [200] = "OK",
    [201] = "Created",
    [202] = "Accepted",
    [204] = "No Content",
    [206] = "Partial Content",
    [301] = "Moved Permanently",
    [302] = "Found",
    [303] = "See Other",
    [304] = "Not Modified",
    [307] = "Temporary Redirect",
    [400] = "Bad Request",
    [401] = "Unauthorized",
    [403] = "Forbidden",
    [404] = "Not Found",
    [405] = "Method Not Allowed",
    [408] = "Request Timeout",
    [409] = "Conflict",
    [410] = "Gone",
    [413] = "Content Too Large",
    [414] = "URI Too Long",
    [415] = "Unsupported Media Type",
    [416] = "Range Not Satisfiable",
    [421] = "Misdirected Request",
    [426] = "Upgrade Required",
    [417] = "Expectation Failed",
    [422] = "Unprocessable Entity",
    [429] = "Too Many Requests",
    [431] = "Request Header Fields Too Large",
    [500] = "Internal Server Error",
    [501] = "Not Implemented",
    [502] = "Bad Gateway",
    [503] = "Service Unavailable",
    [504] = "Gateway Timeout",
    [505] = "HTTP Version Not Supported",
    [507] = "Insufficient Storage",
};

/* Headers that a status always has. */
static const char *const status_lines[] = {
    [401] = "WWW-Authenticate: Bearer\r\n", [415] = "Accept-Encoding: identity\r\n", /* RFC 9110, 15.5.16 */
};

/* Those that every answer has, and those of JSON that says nothing else of caches. */
#define EVERY_ANSWER "X-Content-Type-Options: nosniff\r\n"
#define JSON_TYPE    "application/json"
#define JSON_ANSWER  "Content-Type: " JSON_TYPE "\r\nCache-Control: no-store\r\n" EVERY_ANSWER

static const char *of_status(const char *const *table, size_t n, int status)
{
    return (size_t)status < n && table[status] ? table[status] : "";
}
#define OF_STATUS(table, status) of_status(table, sizeof(table) / sizeof *(table), status)

static void put_date(struct http *h, struct buf *out)
{
    uint64_t now = uv_now(h->wires.loop);
    if (now >= h->date_until) {
        struct timespec wall;
        struct tm parts;
        clock_gettime(CLOCK_REALTIME, &wall);
        gmtime_r(&wall.tv_sec, &parts);
        strftime(h->date, sizeof h->date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        h->date_until = now + 1000 - (uint64_t)wall.tv_nsec / 1000000;
    }
    buf_puts(out, h->date);
}

static void put_type(struct buf *out, const struct body_head *head)
{
    const char *type = head->status == 204 ? NULL : head->content_type;
    if (type && !strcmp(type, JSON_TYPE) && !(head->extra && strstr(head->extra, "Cache-Control:"))) {
        buf_put(out, JSON_ANSWER, sizeof JSON_ANSWER - 1);
        return;
    }
    if (type) {
        buf_put(out, "Content-Type: ", 14);
        buf_puts(out, type);
        buf_put(out, "\r\n", 2);
    }
    buf_put(out, EVERY_ANSWER, sizeof EVERY_ANSWER - 1);
}

static void put_retry(struct buf *out, int status, uint32_t seconds)
{
    if ((status != 429 && status != 503) || seconds == RETRY_UNKNOWN)
        return;
    buf_puts(out, "Retry-After: ");
    buf_int(out, seconds ? seconds : RETRY_USUAL);
    buf_put(out, "\r\n", 2);
}

static void put_start(struct http *h, struct buf *out, const struct body_head *head)
{
    buf_put(out, "HTTP/1.1 ", 9);
    buf_int(out, head->status);
    buf_putc(out, ' ');
    buf_puts(out, OF_STATUS(reasons, head->status));
    buf_put(out, "\r\n", 2);
    put_date(h, out);
    put_type(out, head);
    if (head->status != 204 && head->status != 304 && head->length != BODY_UNKNOWN) {
        buf_put(out, "Content-Length: ", 16);
        buf_int(out, (int64_t)head->length);
        buf_put(out, "\r\n", 2);
    }
    buf_puts(out, OF_STATUS(status_lines, head->status));
}

void respond_put_head(const struct request *rq, const struct body_head *head, enum after after, struct buf *out)
{
    put_start(rq->http, out, head);
    put_retry(out, head->status, rq->retry_s);
    if (head->length == BODY_UNKNOWN && !rq->head.http10 && head->status != 101)
        buf_puts(out, "Transfer-Encoding: chunked\r\n");
    cors_put(rq, out);
    if (rq->area && (rq->area->token_in_query || (rq->route && rq->route->endpoint->socket)))
        buf_puts(out, "Referrer-Policy: no-referrer\r\n"); /* the address may hold a token */
    if (head->extra)
        buf_puts(out, head->extra);
    if (after != AFTER_NEXT)
        buf_puts(out, "Connection: close\r\n");
    else if (rq->head.http10)
        buf_puts(out, "Connection: keep-alive\r\n");
    buf_put(out, "\r\n", 2);
}

enum after respond_after(const struct request *rq)
{
    if (rq->linger)
        return request_uploads(rq) ? AFTER_SWALLOW : AFTER_LINGER;
    return rq->close || !rq->head.keep_alive || rq->http->wires.draining || rq->http->aside ? AFTER_CLOSE : AFTER_NEXT;
}

enum close_reason respond_ends_for(const struct request *rq)
{
    if (rq->linger)
        return rq->why;
    return rq->head.keep_alive ? CLOSE_DRAIN : CLOSE_CLIENT_ASKED;
}

/* The place of an area in the measures; few are compared. */
static int place_of(const struct http *h, const struct area *area)
{
    int i = 0;
    while (i < HTTP_AREAS_MOST - 1 && h->areas[i] && h->areas[i] != area)
        i++;
    return i < HTTP_AREAS_MOST - 1 && h->areas[i] ? i : HTTP_AREAS_MOST - 1;
}

static void count_class(struct http *h, int place, int status)
{
    h->measures.areas[place].by_class[status / 100 < HTTP_CLASSES ? status / 100 : 0]++;
}

static void trace(const struct request *rq, int status)
{
    struct worker *w = rq->http->worker;
    worker_trace_note(
        w, &(struct trace_entry){
               .type = "request",
               .route = rq->route,
               .status = status,
               .bytes = (uint32_t)rq->body_n,
               .took_us = (int64_t)(worker_clock(w) - rq->began) / 1000,
               .wait_us = rq->waited_ns ? (int64_t)rq->waited_ns / 1000 : -1,
               .told = { .user = rq->caller.user_id, .request_worker = worker_index(w), .request = rq->number } });
}

static void note_slow(const struct request *rq, int status, uint64_t took)
{
    worker_slow_note(rq->http->worker,
                     &(struct slow_entry){ .what = SLOW_REQUEST,
                                           .took_us = (int64_t)took / 1000,
                                           .wait_us = rq->waited_ns ? (int64_t)rq->waited_ns / 1000 : -1,
                                           .route = rq->route,
                                           .status = status,
                                           .user = rq->caller.user_id,
                                           .number = rq->number,
                                           .bytes = (uint32_t)rq->body_n });
}

void respond_count(const struct request *rq, int status)
{
    struct http *h = rq->http;
    int place = place_of(h, rq->by_method || rq->inner.done ? rq->area : NULL);
    count_class(h, place, status);
    uint64_t now = worker_now(h->worker);
    histogram_add_ns(&h->measures.areas[place].request_us, rq->began, now);
    if (slow_is(now - rq->began, config_here()->slow_request))
        note_slow(rq, status, now - rq->began);
    if (worker_traces(h->worker))
        trace(rq, status);
}

void respond_log(const struct request *rq, int status, uint64_t n)
{
    if (!log_enabled(LOG_DEBUG))
        return;
    char client[ADDRESS_TEXT_MAX];
    address_put_host(&rq->peer, client);
    log_debug("request", F_TEXT("method", rq->head.method_text), F_TEXT("path", rq->head.path), F_INT("status", status),
              F_STR("client", client), F_INT("us", (int64_t)(worker_clock(rq->http->worker) - rq->began) / 1000),
              F_INT("user_id", rq->caller.user_id), F_INT("bytes", (int64_t)n));
}

/* Of unknown length: in one chunk, or up to the connection's end. */
static void put_body(const struct request *rq, const struct body_head *head, struct text body, struct buf *out)
{
    if (rq->head.method == HEAD_HEAD || head->status == 204 || head->status == 304)
        return;
    if (head->length == BODY_UNKNOWN && !rq->head.http10)
        chunked_put(out, body, true);
    else
        buf_text(out, body);
}

static void answer_with(struct request *rq, const struct body_head *head, struct text body)
{
    assert(rq->tag == REQUEST_TAG && !rq->answered);
    rq->answered = true;
    struct connection *c = rq->connection;
    assert(head->status >= 200 && head->status < 600);
    assert(!c || (c->rq == rq && c->state == CONNECTION_BUSY));
    respond_count(rq, head->status);
    respond_log(rq, head->status, body.n);
    if (!c) {
        if (rq->inner.done)
            rq->inner.done(rq->inner.arg, rq, head->status, body);
        request_free(rq);
        return;
    }
    enum after after = respond_after(rq);
    enum close_reason ends_for = respond_ends_for(rq);
    struct buf *out = output_buf(&c->wire);
    respond_put_head(rq, head, after, out);
    put_body(rq, head, body, out);
    bool open = output_done(&c->wire);
    if (open)
        c->rq = NULL;
    request_free(rq);
    if (open)
        connection_answered(c, after, ends_for);
}

static void answer(struct request *rq, int status, const char *content_type, const char *extra, struct text body)
{
    answer_with(rq, &(struct body_head){ status, content_type, extra, body.n }, body);
}

/* ---- event streams ---- */

static const struct body_head stream_head = { 200, "text/event-stream; charset=utf-8",
                                              "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\n", BODY_UNKNOWN };

void respond_put_stream(const struct request *rq, struct buf *out)
{
    struct body_head head = stream_head;
    bool stays = rq->head.keep_alive && !rq->head.http10;
    if (stays)
        head.extra = "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\nConnection: keep-alive\r\n";
    respond_put_head(rq, &head, stays ? AFTER_NEXT : AFTER_CLOSE, out);
}

void respond_stream_head(struct request *rq)
{
    answer_with(rq, &stream_head, TEXT(""));
}

void respond_stream_over(struct request *rq, struct text frames, enum close_reason why)
{
    rq->close = rq->linger = true;
    rq->why = why;
    answer_with(rq, &stream_head, frames);
}

/* ---- sockets ---- */

void respond_put_switch(const struct request *rq, struct buf *out)
{
    char accept[UPGRADE_ACCEPT_MAX];
    struct buf extra = { 0 };
    if (!upgrade_accept(rq->head.headers[HEADER_SEC_WEBSOCKET_KEY], accept)) {
        out->failed = true;
        return;
    }
    buf_puts(&extra, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
    buf_puts(&extra, accept);
    buf_put(&extra, "\r\n", 3);
    respond_put_head(rq, &(struct body_head){ 101, NULL, extra.p, BODY_UNKNOWN }, AFTER_NEXT, out);
    out->failed |= extra.failed;
    buf_fini(&extra);
}

/* ---- event streams, put off ---- */

/* What passes must not look like a refusal: a browser's EventSource gives up for good at any status but 200 (HTML
 * standard, "Server-sent events"). So who asks for events is told when to come back; who does not gets the status. */
static bool comes_back(const struct request *rq, enum error why)
{
    bool stream = rq->route && rq->route->endpoint->event_stream;
    return stream && error_status(why) >= 500 && accept_names(rq->head.headers[HEADER_ACCEPT], "text/event-stream");
}

static void put_off(struct request *rq)
{
    char text[40];
    bool away = rq->http->wires.draining || rq->http->aside;
    int64_t wait = config_here()->sse_retry;
    wait += (int64_t)(worker_random(rq->http->worker) % (uint64_t)(wait / 2 + 1));
    int n = snprintf(text, sizeof text, "retry: %lld\n\n", (long long)wait);
    respond_stream_over(rq, (struct text){ text, (size_t)n }, away ? CLOSE_DRAIN : CLOSE_RESYNC);
}

/* ---- errors ---- */

static void put_detail(struct buf *out, struct text detail)
{
    buf_puts(out, "{\"detail\":");
    json_escape(out, detail);
    buf_putc(out, '}');
}

void respond_put_allow(struct buf *out, uint8_t methods)
{
    static const char *const names[METHOD_COUNT] = {
        [GET] = "GET, HEAD", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE",
    };
    buf_puts(out, "Allow: ");
    for (int m = 0; m < METHOD_COUNT; m++)
        if (methods & 1u << m)
            buf_printf(out, "%s, ", names[m]);
    buf_puts(out, "OPTIONS\r\n");
}

void respond_bare(struct connection *c, enum error why, enum close_reason ends_for)
{
    struct buf body = { 0 };
    put_detail(&body, text_of(error_detail(why)));
    struct buf *out = output_buf(&c->wire);
    put_start(http_of(c), out, &(struct body_head){ error_status(why), JSON_TYPE, NULL, body.n });
    put_retry(out, error_status(why), RETRY_USUAL);
    buf_puts(out, "Connection: close\r\n\r\n");
    buf_text(out, buf_view(&body));
    out->failed |= body.failed;
    buf_fini(&body);
    count_class(http_of(c), HTTP_AREAS_MOST - 1, error_status(why));
    log_debug("request refused", F_INT("status", error_status(why)), F_STR("why", error_name(why)));
    if (output_done(&c->wire))
        connection_answered(c, AFTER_LINGER, ends_for);
}

/* ---- what handlers call ---- */

void respond_json(struct request *rq, int status, struct text body)
{
    answer(rq, status, JSON_TYPE, NULL, body);
}

void respond_built(struct request *rq, int status, struct buf *body)
{
    if (body->failed)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_json(rq, status, buf_view(body));
    buf_fini(body);
}

void respond_content(struct request *rq, int status, const char *content_type, const char *extra, struct text body)
{
    answer(rq, status, content_type, extra, body);
}

/* These last until somebody changes something: there is no use in trying again soon. */
static bool lasts(enum error why)
{
    return why == ERROR_GOOGLE_NOT_CONFIGURED || why == ERROR_YOUTUBE_NO_KEY || why == ERROR_YOUTUBE_KEY ||
           why == ERROR_YOUTUBE_QUOTA;
}

void respond_later(struct request *rq, enum error why, uint64_t ns)
{
    uint64_t seconds = (ns + NS_PER_SECOND - 1) / NS_PER_SECOND;
    rq->retry_s = seconds < RETRY_UNKNOWN ? (uint32_t)seconds : RETRY_UNKNOWN - 1;
    respond_error(rq, why);
}

void respond_detail(struct request *rq, enum error why, struct text detail)
{
    if (comes_back(rq, why)) {
        put_off(rq);
        return;
    }
    struct buf body = { 0 }, extra = { 0 };
    if (lasts(why))
        rq->retry_s = RETRY_UNKNOWN;
    put_detail(&body, detail);
    if (why == ERROR_METHOD_NOT_ALLOWED) {
        respond_put_allow(&extra, rq->allow);
        buf_putc(&extra, 0);
    }
    if (why == ERROR_UPGRADE_REQUIRED)
        buf_put(&extra, upgrade_wanted, strlen(upgrade_wanted) + 1);
    bool whole = !body.failed && !extra.failed; /* without memory the status alone still says it */
    answer(rq, error_status(why), JSON_TYPE, whole && extra.n ? extra.p : NULL,
           whole ? buf_view(&body) : TEXT("{\"detail\":\"Server is busy, try again\"}"));
    buf_fini(&body);
    buf_fini(&extra);
}

void respond_error(struct request *rq, enum error why)
{
    respond_detail(rq, why, text_of(error_detail(why)));
}

void respond_invalid(struct request *rq, const char *where, const char *name, const char *message, const char *type)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_begin_array(&j, "detail");
    json_begin_object(&j, NULL);
    json_begin_array(&j, "loc");
    json_str(&j, NULL, where);
    if (name)
        json_str(&j, NULL, name);
    json_end_array(&j);
    json_str(&j, "msg", message);
    json_str(&j, "type", type);
    json_end_object(&j);
    json_end_array(&j);
    json_end_object(&j);
    if (body.failed)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_json(rq, error_status(ERROR_UNPROCESSABLE), buf_view(&body));
    buf_fini(&body);
}

static const char foreign_key_violation[] = "23503";

void respond_db(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_REFUSED) {
        respond_error(rq, ERROR_UNAVAILABLE);
        return;
    }
    log_error("the database refused a statement", F_STR("statement", rq->asked ? rq->asked->name : ""),
              F_STR("sqlstate", r->sqlstate), F_STR("constraint", r->constraint), F_TEXT("path", rq->head.path));
    /* What the statement refers to went away while it ran: asked again, it says what. */
    respond_error(rq, strcmp(r->sqlstate, foreign_key_violation) ? ERROR_INTERNAL : ERROR_UNAVAILABLE);
}
