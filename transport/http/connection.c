/* Connection: from bytes to requests, one at a time and in order, and what ends a connection. See connection_state.h
 * for the states. What arrives while a request is under way is kept up to a limit; then reading stops. */
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/http/body.h"
#include "transport/http/connection_state.h"
#include "transport/http/forwarded.h"
#include "transport/http/http.h"
#include "transport/http/request_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_BYTES_MOST = 1 << 20, SWALLOW_BYTES_MOST = 64 << 20 };

/* ---- its end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = connection_of(handle);
    struct http *h = c->http;
    output_free(c);
    free(c->pending);
    c->tag = 0;
    free(c);
    h->stats.connections--;
    listener_retry(h);
    http_release(h);
}

/* The request loses its client: a handler's goes on to its answer, one that has not begun ends here. */
static void leave_request(struct connection *c)
{
    struct request *rq = c->rq;
    c->rq = NULL;
    if (!rq)
        return;
    rq->connection = NULL;
    if (c->state == CONNECTION_BODY)
        request_free(rq);
    else if (c->state == CONNECTION_ANSWER)
        body_left(rq);
}

/* What its client has asked for is over. */
static void stop_counting(struct connection *c)
{
    if (c->counted)
        c->client->count--;
    c->counted = false;
}

/* Remembers it as it was. */
static void record(const struct connection *c, enum close_reason why)
{
    struct closed one = { .why = why, .at = uv_now(c->http->loop) };
    connection_look(c, &one.was);
    closed_add(&c->http->closed, &one);
}

void connection_close(struct connection *c, enum close_reason why)
{
    if (c->state == CONNECTION_CLOSED)
        return;
    record(c, why);
    bool stream = c->state == CONNECTION_STREAM || c->state == CONNECTION_ENDING;
    leave_request(c);
    c->state = CONNECTION_CLOSED;
    writable_forget(c);
    deadline_remove(&c->link);
    stop_counting(c);
    peers_forget(&c->http->peers, c->client);
    peers_give(&c->http->peers, c->peer);
    c->peer = c->client = NULL;
    if (c->refused)
        c->http->refusals--;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
    if (stream)
        stream_closed(c);
}

static void shut_down(struct connection *c)
{
    if (c->shut)
        return;
    c->shut = true;
    if (shutdown(c->fd, SHUT_WR) < 0)
        connection_close(c, close_reason_of_errno(errno));
}

static void linger(struct connection *c, bool swallow, enum close_reason why)
{
    c->state = CONNECTION_LINGER;
    c->why = why;
    c->linger.dropped = 0;
    c->linger.most = swallow ? SWALLOW_BYTES_MOST : LINGER_BYTES_MOST;
    connection_drop_pending(c);
    connection_deadline(c, swallow ? DEADLINE_SWALLOW : DEADLINE_LINGER);
    if (c->ended)
        return;
    connection_read(c, true);
}

/* ---- small changes ---- */

void connection_deadline(struct connection *c, enum deadline class)
{
    deadline_remove(&c->link);
    c->class = class;
    deadline_add(&c->http->deadlines, &c->link, class, uv_now(c->http->loop));
    if (class != DEADLINE_NONE)
        http_watch(c->http);
}

void connection_drop_pending(struct connection *c)
{
    free(c->pending);
    c->pending = NULL;
    c->pending_at = c->pending_n = c->pending_cap = 0;
}

/* A request is under way: what its client sends now has to wait. */
static bool under_way(const struct connection *c)
{
    return c->state == CONNECTION_BUSY || c->state == CONNECTION_ANSWER;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct connection *c = connection_of(handle);
    size_t most = READ_BUFFER;
    if (under_way(c) && c->pending_n < PENDING_MOST)
        most = PENDING_MOST - c->pending_n;
    *buf = uv_buf_init(c->http->read_buffer, (unsigned)most);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

void connection_read(struct connection *c, bool on)
{
    if (c->reading == on || c->state == CONNECTION_CLOSED)
        return;
    c->reading = on;
    if (!on)
        uv_read_stop((uv_stream_t *)&c->tcp);
    else if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) < 0)
        connection_close(c, CLOSE_SOCKET_FAILED);
}

/* ---- from bytes to requests ---- */

/* What an answer to a head or a body that cannot be used means for the connection. Other answers: the head is none, the
 * body is not wanted. */
static const struct {
    enum error error;
    enum close_reason head, body;
} ends[] = {
    { ERROR_REQUEST_TIMEOUT, CLOSE_HEADER_TIMEOUT, CLOSE_BODY_TIMEOUT },
    { ERROR_BAD_REQUEST, CLOSE_PROTOCOL_ERROR, CLOSE_PROTOCOL_ERROR },
    { ERROR_URI_TOO_LONG, CLOSE_HEAD_TOO_LARGE, CLOSE_BODY_REFUSED },
    { ERROR_HEADERS_TOO_LARGE, CLOSE_HEAD_TOO_LARGE, CLOSE_BODY_REFUSED },
    { ERROR_BODY_TOO_LARGE, CLOSE_BODY_TOO_LARGE, CLOSE_BODY_TOO_LARGE },
    { ERROR_OVERLOADED, CLOSE_NO_MEMORY, CLOSE_BODY_REFUSED },
};

static enum close_reason ends_for(enum error why, bool body)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].error == why)
            return body ? ends[i].body : ends[i].head;
    return body ? CLOSE_BODY_REFUSED : CLOSE_PROTOCOL_ERROR;
}

/* Answers without a request and gives up on what follows. */
static void refuse(struct connection *c, enum error why)
{
    c->http->stats.refused++;
    respond_bare(c, why, ends_for(why, false));
}

/* Its answer is the last one: its body may still be coming. */
static void give_up_body(struct request *rq, enum close_reason why)
{
    rq->close = rq->linger = true;
    rq->why = why;
}

static void say_continue(struct connection *c)
{
    buf_puts(output_buf(c), "HTTP/1.1 100 Continue\r\n\r\n");
    (void)output_done(c); /* a failure shows in the state */
}

/* What the head says against its body already; ERROR_OK: nothing. */
static enum error unwanted(const struct request *rq, bool upload)
{
    if (rq->head.encoded && rq->route && rq->route->endpoint->body_kind != BODY_NONE)
        return ERROR_BODY_ENCODED;
    bool large = !upload && rq->head.framing == FRAMING_LENGTH && rq->head.length > request_body_limit(rq);
    return large ? ERROR_BODY_TOO_LARGE : ERROR_OK;
}

static void begin_body(struct connection *c, const struct request *rq)
{
    c->state = CONNECTION_BODY;
    c->body.chunked = chunked_begin();
    c->body.left = rq->head.length;
}

static void expect_body(struct connection *c, struct request *rq)
{
    begin_body(c, rq);
    if (!rq->head.expect_continue)
        return;
    if (rq->refusal) { /* the client waits before it sends the body, or does not: nobody knows where the next request
                          begins */
        give_up_body(rq, CLOSE_BODY_REFUSED);
        request_begin(rq);
        return;
    }
    say_continue(c);
}

static bool over_address_cap(const struct peer *p)
{
    return p->count > (uint64_t)config_here()->max_per_address;
}

/* Who the request came from, if its proxy says so; the proxy itself has no cap. ERROR_OK, or why it is refused. */
static enum error know_client(struct connection *c, struct text head)
{
    struct sockaddr_storage address;
    struct peers *peers = &c->http->peers;
    struct peer *before = c->client;
    c->client = NULL;
    if (forwarded_for(head, &c->http->proxies, &address)) {
        c->client = peers_know(peers, (struct sockaddr *)&address);
        if (!c->client) {
            c->client = before;
            return ERROR_OVERLOADED;
        }
        c->client->count++;
        c->counted = true;
    }
    peers_forget(peers, before);
    return c->client && over_address_cap(c->client) ? ERROR_OVERLOADED : ERROR_OK;
}

static void begin_request(struct connection *c, const char *p, size_t n)
{
    enum error why = ERROR_OK, crowd = c->proxied ? know_client(c, (struct text){ p, n }) : ERROR_OK;
    struct request *rq = request_create(c->http, c, p, n, &why);
    if (!rq) {
        refuse(c, why);
        return;
    }
    c->rq = rq;
    c->route = rq->route;
    c->requests++;
    c->http->stats.requests++;
    bool body = rq->head.framing != FRAMING_NONE, later = body && request_uploads(rq);
    rq->refusal = rq->refusal ?: crowd;
    if (c->refused) {
        c->state = CONNECTION_BUSY;
        give_up_body(rq, c->why);
        respond_error(rq, ERROR_OVERLOADED);
    } else if (body && (why = unwanted(rq, later))) {
        c->state = CONNECTION_BUSY;
        give_up_body(rq, ends_for(why, true));
        respond_error(rq, why);
    } else if (body && !later) {
        expect_body(c, rq);
    } else {
        c->state = CONNECTION_BUSY;
        if (later)
            give_up_body(rq, CLOSE_BODY_REFUSED); /* until its body has been read */
        request_begin(rq);
    }
}

/* Steps return false when they need more bytes. */
static bool head_step(struct connection *c, const char *p, size_t n, size_t *at)
{
    if (!c->scan.at)
        while (n - *at >= 2 && p[*at] == '\r' && p[*at + 1] == '\n') /* clients of old end a body so */
            *at += 2;
    if (*at == n || (n - *at == 1 && p[*at] == '\r'))
        return false;
    const char *head = p + *at;
    switch (head_scan(&c->scan, head, n - *at, (size_t)config.max_line, (size_t)config.max_headers)) {
    case SCAN_MORE:
        return false;
    case SCAN_BAD:
        refuse(c, ERROR_BAD_REQUEST);
        return true;
    case SCAN_LINE_TOO_LONG:
        refuse(c, ERROR_URI_TOO_LONG);
        return true;
    case SCAN_HEADERS_TOO_LARGE:
        refuse(c, ERROR_HEADERS_TOO_LARGE);
        return true;
    case SCAN_DONE:
        break;
    }
    size_t length = c->scan.at;
    *at += length;
    c->scan = (struct head_scan){ 0 };
    begin_request(c, head, length);
    return true;
}

void connection_refuse_body(struct connection *c, enum error why)
{
    struct request *rq = c->rq;
    c->state = CONNECTION_BUSY;
    give_up_body(rq, ends_for(why, true));
    if (rq->upload)
        upload_answer(rq, why);
    else
        respond_error(rq, why);
}

static void body_complete(struct connection *c)
{
    c->state = CONNECTION_BUSY;
    if (c->rq->upload)
        upload_complete(c->rq);
    else
        request_begin(c->rq);
}

static bool length_step(struct connection *c, const char *p, size_t n, size_t *at)
{
    size_t take = n - *at < c->body.left ? n - *at : (size_t)c->body.left;
    struct text piece = { p + *at, take };
    *at += take;
    c->body.left -= take;
    enum error why = request_body(c->rq, piece, take == c->rq->head.length);
    if (why)
        connection_refuse_body(c, why);
    else if (!c->body.left)
        body_complete(c);
    else
        return false;
    return true;
}

static bool chunked_body_step(struct connection *c, const char *p, size_t n, size_t *at)
{
    struct text piece;
    enum error why = ERROR_BODY_TOO_LARGE;
    switch (chunked_step(&c->body.chunked, p, n, at, &piece)) {
    case CHUNKED_MORE:
        return false;
    case CHUNKED_DATA:
        if (c->rq->body_n + piece.n <= request_body_limit(c->rq))
            why = request_body(c->rq, piece, false);
        if (why)
            connection_refuse_body(c, why);
        return true;
    case CHUNKED_END:
        body_complete(c);
        return true;
    case CHUNKED_BAD:
        break;
    }
    connection_refuse_body(c, ERROR_BAD_REQUEST);
    return true;
}

/* Uses up bytes until a request is under way or more are needed. Returns how many it used. */
static size_t consume(struct connection *c, const char *p, size_t n)
{
    size_t at = 0;
    bool more = true;
    while (more) {
        if (c->state == CONNECTION_BODY && upload_paused(c->rq))
            more = false;
        else if (c->state == CONNECTION_HEAD && !c->backlog)
            more = head_step(c, p, n, &at);
        else if (c->state == CONNECTION_BODY && c->rq->head.framing == FRAMING_CHUNKED)
            more = chunked_body_step(c, p, n, &at);
        else if (c->state == CONNECTION_BODY)
            more = length_step(c, p, n, &at);
        else
            more = false;
    }
    return at;
}

static bool keep_pending(struct connection *c, const char *p, size_t n)
{
    if (c->pending_at && c->pending_at + c->pending_n + n > c->pending_cap) {
        memmove(c->pending, c->pending + c->pending_at, c->pending_n);
        c->pending_at = 0;
    }
    size_t need = c->pending_at + c->pending_n + n;
    if (need > c->pending_cap) {
        size_t cap = need < 1024 ? 1024 : need + need / 2;
        char *more = realloc(c->pending, cap);
        if (!more)
            return false;
        c->pending = more;
        c->pending_cap = (uint32_t)cap;
    }
    memcpy(c->pending + c->pending_at + c->pending_n, p, n);
    c->pending_n += (uint32_t)n;
    return true;
}

/* ---- what to wait for next ---- */

static void settle_head(struct connection *c)
{
    if (c->refused && !c->ended)
        return; /* its time is short, whatever comes */
    if (c->backlog) {
        connection_deadline(c, DEADLINE_WRITE);
    } else if (c->ended) {
        connection_close(c, CLOSE_PEER_CLOSED);
    } else if (c->pending_n) {
        if (c->class != DEADLINE_REQUEST || c->fresh)
            connection_deadline(c, DEADLINE_REQUEST);
    } else if (c->fresh || c->class != DEADLINE_IDLE) {
        connection_deadline(c, DEADLINE_IDLE);
    }
    c->fresh = false;
}

static void settle_body(struct connection *c)
{
    bool paused = upload_paused(c->rq);
    if (paused)
        connection_deadline(c, DEADLINE_NONE);
    else if (c->class != DEADLINE_REQUEST || c->fresh || upload_progress(c->rq))
        connection_deadline(c, DEADLINE_REQUEST);
    c->fresh = false;
}

static void settle_ending(struct connection *c)
{
    if (c->backlog)
        connection_deadline(c, DEADLINE_WRITE);
    else if (c->pending_n && c->stream.ops == NULL) /* closing over unread bytes would reset the answer away */
        linger(c, false, c->why);
    else
        connection_close(c, c->why);
}

static void settle_answer(struct connection *c)
{
    enum deadline class = c->backlog || c->waits ? DEADLINE_WRITE : DEADLINE_NONE;
    if (c->class != class)
        connection_deadline(c, class);
}

void connection_settle(struct connection *c)
{
    switch ((enum connection_state)c->state) {
    case CONNECTION_HEAD:
        settle_head(c);
        break;
    case CONNECTION_BODY:
        settle_body(c);
        break;
    case CONNECTION_BUSY:
        if (c->class != DEADLINE_NONE)
            connection_deadline(c, DEADLINE_NONE);
        break;
    case CONNECTION_ANSWER:
        settle_answer(c);
        break;
    case CONNECTION_ENDING:
        settle_ending(c);
        break;
    case CONNECTION_STREAM:
    case CONNECTION_LINGER:
    case CONNECTION_CLOSED:
        break;
    }
    if (c->state == CONNECTION_LINGER && !c->backlog)
        shut_down(c);
    if (c->state == CONNECTION_LINGER && c->ended && !c->backlog)
        connection_close(c, c->why);
}

/* Keeps what is left of the bytes, or lets them go when nobody will want them. */
static bool put_away(struct connection *c, const char *p, size_t n, size_t used, bool from_pending)
{
    if (c->state == CONNECTION_STREAM || c->state == CONNECTION_LINGER || c->state == CONNECTION_CLOSED) {
        connection_drop_pending(c);
        return true;
    }
    if (!from_pending)
        return used == n || keep_pending(c, p + used, n - used);
    c->pending_at += (uint32_t)used;
    c->pending_n -= (uint32_t)used;
    if (!c->pending_n)
        connection_drop_pending(c);
    return true;
}

/* p[0..n) has arrived (or nothing, to go on with what is pending). */
static void feed(struct connection *c, const char *p, size_t n)
{
    struct http *h = c->http;
    bool from_pending = c->pending_n > 0;
    if (from_pending) {
        if (n && !keep_pending(c, p, n)) {
            connection_close(c, CLOSE_NO_MEMORY);
            return;
        }
        p = c->pending + c->pending_at;
        n = c->pending_n;
    }
    c->feeding = true;
    c->share = BODY_SHARE;
    h->corked = c;
    size_t used = consume(c, p, n);
    bool kept = put_away(c, p, n, used, from_pending);
    bool open = output_flush(c);
    h->corked = NULL;
    buf_reset(&h->out); /* a connection that was closed meanwhile may have left something */
    c->feeding = false;
    if (!open)
        return;
    if (!kept) {
        connection_close(c, CLOSE_NO_MEMORY);
        return;
    }
    connection_settle(c);
    connection_read(c, !c->ended && (!under_way(c) || c->pending_n < PENDING_MOST) &&
                           !(c->state == CONNECTION_HEAD && c->backlog && c->pending_n >= PENDING_MOST) &&
                           !(c->state == CONNECTION_BODY && upload_paused(c->rq)));
}

void connection_receive(struct connection *c)
{
    begin_body(c, c->rq);
    if (c->rq->head.expect_continue)
        say_continue(c);
    if (!c->feeding)
        feed(c, "", 0);
}

void connection_resume(struct connection *c)
{
    if (c->state == CONNECTION_BODY && !c->feeding)
        feed(c, "", 0);
}

void connection_answered(struct connection *c, enum after after, enum close_reason why)
{
    if (c->state == CONNECTION_CLOSED)
        return;
    c->rq = NULL;
    c->fresh = true;
    stop_counting(c);
    if (after == AFTER_LINGER || after == AFTER_SWALLOW) {
        linger(c, after == AFTER_SWALLOW, why);
    } else if (after == AFTER_CLOSE || c->http->closing) {
        c->state = CONNECTION_ENDING;
        c->why = why;
        c->stream.ops = NULL;
    } else {
        c->state = CONNECTION_HEAD;
        c->scan = (struct head_scan){ 0 };
    }
    if (!c->feeding)
        feed(c, "", 0);
}

void connection_drained(struct connection *c)
{
    if (c->state == CONNECTION_STREAM)
        stream_drained(c);
    else if (c->state == CONNECTION_HEAD)
        feed(c, "", 0);
    else if (c->state == CONNECTION_ANSWER)
        body_go_on(c->rq);
    else
        connection_settle(c);
}

void connection_writable(struct connection *c)
{
    if (c->state == CONNECTION_ANSWER && !c->backlog)
        body_go_on(c->rq);
}

/* ---- from the loop ---- */

/* Who has had its last answer was to close. */
static enum close_reason why_ended(const struct connection *c, int status)
{
    bool over = c->state == CONNECTION_ENDING || c->state == CONNECTION_LINGER;
    if (over)
        return c->why;
    return status == UV_EOF ? CLOSE_PEER_CLOSED : close_reason_of_errno(-status);
}

static void on_end(struct connection *c, ssize_t n)
{
    c->ended = true;
    c->reading = false;
    uv_read_stop((uv_stream_t *)&c->tcp);
    bool waits = under_way(c) || (c->state == CONNECTION_HEAD && c->backlog) ||
                 (c->state == CONNECTION_LINGER && c->backlog) || (c->state == CONNECTION_ENDING && c->backlog);
    if (n != UV_EOF || !waits)
        connection_close(c, why_ended(c, (int)n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = connection_of(stream);
    if (n < 0) {
        on_end(c, n);
        return;
    }
    c->http->stats.received += (uint64_t)n;
    c->received += (uint64_t)n;
    c->touched = uv_now(c->http->loop);
    switch ((enum connection_state)c->state) {
    case CONNECTION_HEAD:
    case CONNECTION_BODY:
        if (!c->backlog || c->state == CONNECTION_BODY) {
            feed(c, buf->base, (size_t)n);
            return;
        }
        /* fall through */
    case CONNECTION_BUSY:
    case CONNECTION_ANSWER:
        if (!keep_pending(c, buf->base, (size_t)n))
            connection_close(c, CLOSE_NO_MEMORY);
        else if (c->pending_n >= PENDING_MOST)
            connection_read(c, false);
        return;
    case CONNECTION_LINGER:
        c->linger.dropped += (uint32_t)n;
        if (c->linger.dropped > c->linger.most)
            connection_close(c, c->why);
        return;
    case CONNECTION_STREAM:
    case CONNECTION_ENDING:
    case CONNECTION_CLOSED:
        return;
    }
}

static enum close_reason why_expired(const struct connection *c)
{
    if (c->class == DEADLINE_WRITE)
        return CLOSE_WRITE_TIMEOUT;
    if (c->state == CONNECTION_LINGER)
        return c->why;
    return c->class == DEADLINE_IDLE ? CLOSE_IDLE_TIMEOUT : CLOSE_DRAIN;
}

void connection_expire(struct connection *c)
{
    struct http *h = c->http;
    bool answers = c->state == CONNECTION_ANSWER;
    if (c->class == DEADLINE_WRITE && (answers ? body_progress(c->rq) : output_progress(c))) {
        connection_deadline(c, DEADLINE_WRITE);
        return;
    }
    if (c->refused && c->state == CONNECTION_HEAD) {
        respond_bare(c, ERROR_OVERLOADED, c->why);
        return;
    }
    h->stats.timeouts += c->class == DEADLINE_REQUEST;
    h->stats.cut_slow += c->class == DEADLINE_WRITE;
    if (c->class != DEADLINE_REQUEST) {
        connection_close(c, why_expired(c));
        return;
    }
    if (c->state == CONNECTION_BODY)
        connection_refuse_body(c, ERROR_REQUEST_TIMEOUT);
    else
        refuse(c, ERROR_REQUEST_TIMEOUT);
}

/* ---- its beginning ---- */

static uint16_t port_of(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
                                    : ((const struct sockaddr_in *)a)->sin_port;
}

void connection_accept(struct http *h, int fd, const struct sockaddr *peer, bool refused)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c || uv_tcp_init(h->loop, &c->tcp) < 0) {
        free(c);
        close(fd);
        return;
    }
    c->tag = CONNECTION_TAG;
    c->http = h;
    c->fd = fd;
    c->late = h->aside;
    c->link.next = c->link.prev = &c->link;
    c->serial = ++h->serial;
    c->opened = c->touched = uv_now(h->loop);
    c->port = port_of(peer);
    c->peer = peers_take(&h->peers, peer);
    h->stats.accepted++;
    if (++h->stats.connections > h->stats.highest)
        h->stats.highest = h->stats.connections;
    if (uv_tcp_open(&c->tcp, fd) < 0) {
        close(fd);
        connection_close(c, CLOSE_SOCKET_FAILED);
        return;
    }
    connection_deadline(c, DEADLINE_IDLE);
    connection_read(c, true);
    c->proxied = c->peer && h->proxies.n && networks_have(&h->proxies, &c->peer->address);
    if (c->state == CONNECTION_CLOSED || (!refused && c->peer && (c->proxied || !over_address_cap(c->peer))))
        return;
    h->stats.refused++;
    h->stats.turned_away++;
    c->why = refused ? CLOSE_TOO_MANY : c->peer ? CLOSE_TOO_MANY_OF_PEER : CLOSE_NO_MEMORY;
    if (h->refusals >= REFUSALS_MOST) {
        connection_close(c, c->why);
        return;
    }
    c->refused = true;
    h->refusals++;
    connection_deadline(c, DEADLINE_LINGER); /* its answer depends on what it asks for, if it does so at once */
}
