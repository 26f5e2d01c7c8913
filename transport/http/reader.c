/* Reader: from bytes to requests, one at a time and in order: the user of a wire that has come. See connection_state.h
 * for the states. What arrives while a request is under way is kept up to a limit; then reading stops. */
#include "proto/config/config_live.h"
#include "transport/http/body.h"
#include "transport/http/forwarded.h"
#include "transport/http/request_state.h"

#include <assert.h>
#include <stdlib.h>

/* ---- its end ---- */

/* The request loses its client: a handler's goes on to its answer, one that has not begun ends here. */
static void leave_request(struct connection *c)
{
    struct request *rq = c->rq;
    c->rq = NULL;
    if (!rq)
        return;
    assert(rq->tag == REQUEST_TAG && rq->connection == c);
    rq->connection = NULL;
    if (c->state == CONNECTION_BODY)
        request_free(rq);
    else if (c->state == CONNECTION_ANSWER)
        body_left(rq);
}

static void on_closed(struct wire *w)
{
    leave_request(connection_of(w));
}

/* A request is under way: what its client sends now has to wait. */
static bool under_way(const struct connection *c)
{
    return c->state == CONNECTION_BUSY || c->state == CONNECTION_ANSWER;
}

static size_t on_room(const struct wire *w)
{
    const struct connection *c = (const struct connection *)w;
    return under_way(c) && c->pending_n < PENDING_MOST ? PENDING_MOST - c->pending_n : WIRE_READ_MOST;
}

/* ---- from bytes to requests ---- */

/* Answers without a request and gives up on what follows. */
static void refuse(struct connection *c, enum error why)
{
    http_of(c)->stats.refused++;
    respond_bare(c, why, connection_ends_for(why, false));
}

/* What the head says against its body already; ERROR_OK: nothing. */
static enum error unwanted(const struct request *rq, bool upload)
{
    if (rq->head.encoded && rq->route && rq->route->endpoint->body_kind != BODY_NONE)
        return ERROR_BODY_ENCODED;
    bool large = !upload && rq->head.framing == FRAMING_LENGTH && rq->head.length > request_body_limit(rq);
    return large ? ERROR_BODY_TOO_LARGE : ERROR_OK;
}

static void expect_body(struct connection *c, struct request *rq)
{
    if (rq->head.expect_continue && rq->refusal) {
        /* the client waits before it sends the body, or does not: nobody knows where the next request begins */
        connection_enter(c, CONNECTION_BUSY);
        request_give_up_body(rq, CLOSE_BODY_REFUSED);
        request_begin(rq);
        return;
    }
    connection_begin_body(c);
    if (rq->head.expect_continue)
        connection_say_continue(c);
}

static bool over_address_cap(const struct peer *p)
{
    return p->count > (uint64_t)config_here()->max_per_address;
}

/* Who the request came from, if its proxy says so; the proxy itself has no cap. ERROR_OK, or why it is refused. */
static enum error know_client(struct connection *c, struct text head)
{
    struct sockaddr_storage address;
    struct http *h = http_of(c);
    struct peers *peers = &h->wires.peers;
    struct peer *before = c->client;
    c->client = NULL;
    if (forwarded_for(head, &h->proxies, &address)) {
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
    assert(c->state == CONNECTION_HEAD && !c->rq); /* one at a time */
    struct request *rq = request_create(http_of(c), c, p, n, &why);
    if (!rq) {
        refuse(c, why);
        return;
    }
    c->rq = rq;
    c->route = rq->route;
    c->requests++;
    http_of(c)->stats.requests++;
    bool body = rq->head.framing != FRAMING_NONE, later = body && request_uploads(rq);
    rq->refusal = rq->refusal ?: crowd;
    if (c->refused) {
        connection_enter(c, CONNECTION_BUSY);
        request_give_up_body(rq, c->wire.why);
        respond_error(rq, ERROR_OVERLOADED);
    } else if (body && (why = unwanted(rq, later))) {
        connection_enter(c, CONNECTION_BUSY);
        request_give_up_body(rq, connection_ends_for(why, true));
        respond_error(rq, why);
    } else if (body && !later) {
        expect_body(c, rq);
    } else {
        connection_enter(c, CONNECTION_BUSY);
        if (later)
            request_give_up_body(rq, CLOSE_BODY_REFUSED); /* until its body has been read */
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

static void refuse_body(struct connection *c, enum error why)
{
    struct request *rq = c->rq;
    connection_give_up_body(c, why);
    if (rq->upload)
        upload_answer(rq, why);
    else
        respond_error(rq, why);
}

static void body_complete(struct connection *c)
{
    connection_enter(c, CONNECTION_BUSY);
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
        refuse_body(c, why);
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
            refuse_body(c, why);
        return true;
    case CHUNKED_END:
        body_complete(c);
        return true;
    case CHUNKED_BAD:
        break;
    }
    refuse_body(c, ERROR_BAD_REQUEST);
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
        else if (c->state == CONNECTION_HEAD && !c->wire.backlog)
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
    assert(c->pending_at + c->pending_n <= c->pending_cap && !c->pending == !c->pending_cap);
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
    struct wire *w = &c->wire;
    if (c->refused && !w->ended)
        return; /* its time is short, whatever comes */
    if (w->backlog) {
        wire_deadline(w, DEADLINE_WRITE);
    } else if (w->ended) {
        wire_close(w, CLOSE_PEER_CLOSED);
    } else if (c->pending_n) {
        if (w->class != DEADLINE_READ || c->fresh)
            wire_deadline(w, DEADLINE_READ);
    } else if (c->fresh || w->class != DEADLINE_IDLE) {
        wire_deadline(w, DEADLINE_IDLE);
    }
    c->fresh = false;
}

static void settle_body(struct connection *c)
{
    bool paused = upload_paused(c->rq);
    if (paused)
        wire_deadline(&c->wire, DEADLINE_NONE);
    else if (c->wire.class != DEADLINE_READ || c->fresh || upload_progress(c->rq))
        wire_deadline(&c->wire, DEADLINE_READ);
    c->fresh = false;
}

static void settle_open(struct connection *c)
{
    switch ((enum connection_state)c->state) {
    case CONNECTION_HEAD:
        settle_head(c);
        break;
    case CONNECTION_BODY:
        settle_body(c);
        break;
    case CONNECTION_BUSY:
        if (c->wire.class != DEADLINE_NONE)
            wire_deadline(&c->wire, DEADLINE_NONE);
        break;
    case CONNECTION_ANSWER:
        connection_settle_answer(c);
        break;
    case CONNECTION_STREAM:
    case CONNECTION_OVER:
        break;
    }
}

static void settle(struct connection *c)
{
    if (c->wire.state == WIRE_OPEN)
        settle_open(c);
    else
        wire_settle(&c->wire);
}

/* What has come too early for a stream is its user's, if that wants it. */
static void hand_on(struct connection *c, const char *p, size_t n)
{
    if (n && c->wire.state == WIRE_OPEN && c->wire.user->bytes)
        c->wire.user->bytes(&c->wire, p, n);
}

/* Keeps what is left of the bytes, or lets them go when nobody will want them. */
static bool put_away(struct connection *c, const char *p, size_t n, size_t used, bool from_pending)
{
    assert(used <= n);
    if (c->wire.state == WIRE_ENDING)
        c->wire.unread |= used < n;
    if (c->wire.state != WIRE_OPEN || c->state == CONNECTION_STREAM) {
        hand_on(c, p + used, n - used);
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

/* Is more wanted of its peer? What a connection or a wire that is over reads is dropped. */
static bool wants_more(const struct connection *c)
{
    if (c->wire.ended)
        return false;
    if (under_way(c) || (c->state == CONNECTION_HEAD && c->wire.backlog))
        return c->pending_n < PENDING_MOST;
    return !(c->state == CONNECTION_BODY && upload_paused(c->rq));
}

/* Uses p[0..n) up, and what is gathered meanwhile is sent. False: it has been closed. */
static bool use(struct connection *c, const char *p, size_t n, bool from_pending)
{
    c->feeding = true;
    c->share = BODY_SHARE;
    bool mine = output_cork(&c->wire);
    size_t used = consume(c, p, n);
    bool kept = put_away(c, p, n, used, from_pending);
    if (mine)
        output_uncork(&c->wire);
    c->feeding = false;
    if (!kept)
        wire_close(&c->wire, CLOSE_NO_MEMORY);
    return c->wire.state != WIRE_CLOSED;
}

/* p[0..n) has arrived (or nothing, to go on with what is pending). */
static void feed(struct connection *c, const char *p, size_t n)
{
    bool from_pending = c->pending_n > 0;
    if (from_pending) {
        if (n && !keep_pending(c, p, n)) {
            wire_close(&c->wire, CLOSE_NO_MEMORY);
            return;
        }
        p = c->pending + c->pending_at;
        n = c->pending_n;
    }
    if (!use(c, p, n, from_pending))
        return;
    settle(c);
    if (c->state != CONNECTION_STREAM)
        wire_read(&c->wire, wants_more(c));
}

/* ---- what its wire tells ---- */

static void on_drained(struct wire *w)
{
    struct connection *c = connection_of(w);
    if (c->state == CONNECTION_HEAD)
        feed(c, "", 0);
    else if (c->state == CONNECTION_ANSWER)
        body_go_on(c->rq);
    else
        settle(c);
}

static void on_writable(struct wire *w)
{
    struct connection *c = connection_of(w);
    if (c->state == CONNECTION_ANSWER && !w->backlog)
        body_go_on(c->rq);
}

/* There is something to be said to a peer that says no more. */
static bool on_ended(struct wire *w)
{
    const struct connection *c = connection_of(w);
    return under_way(c) || (c->state == CONNECTION_HEAD && w->backlog);
}

/* No bytes: to go on (connection.c). */
static void on_bytes(struct wire *w, const char *p, size_t n)
{
    struct connection *c = connection_of(w);
    if (!n || c->state == CONNECTION_BODY || (c->state == CONNECTION_HEAD && !w->backlog))
        feed(c, p, n);
    else if (!keep_pending(c, p, n))
        wire_close(w, CLOSE_NO_MEMORY);
    else if (c->pending_n >= PENDING_MOST)
        wire_read(w, false);
}

static void answer_in_time(struct connection *c)
{
    if (body_progress(c->rq))
        wire_deadline(&c->wire, DEADLINE_WRITE);
    else
        wire_time_out(&c->wire);
}

static bool on_expired(struct wire *w)
{
    struct connection *c = connection_of(w);
    if (c->state == CONNECTION_ANSWER) {
        answer_in_time(c);
        return true;
    }
    if (w->class != DEADLINE_WRITE && c->refused && c->state == CONNECTION_HEAD) {
        respond_bare(c, ERROR_OVERLOADED, (enum close_reason)w->why);
        return true;
    }
    if (w->class != DEADLINE_READ)
        return false;
    http_of(c)->stats.timeouts++;
    if (c->state == CONNECTION_BODY)
        refuse_body(c, ERROR_REQUEST_TIMEOUT);
    else
        refuse(c, ERROR_REQUEST_TIMEOUT);
    return true;
}

/* ---- its beginning and end ---- */

/* `over`: over a cap, whatever it asks for within the lingering time gets 503 (an event stream as respond.c says). */
void reader_accepted(struct wire *w, bool over)
{
    struct connection *c = connection_of(w);
    struct http *h = http_of(c);
    c->late = h->aside;
    c->proxied = w->peer && h->proxies.n && networks_have(&h->proxies, &w->peer->address);
    if (!over && w->peer && (c->proxied || !over_address_cap(w->peer)))
        return;
    h->stats.refused++;
    h->stats.turned_away++;
    w->why = over ? CLOSE_TOO_MANY : w->peer ? CLOSE_TOO_MANY_OF_PEER : CLOSE_NO_MEMORY;
    if (h->refusals >= REFUSALS_MOST) {
        wire_close(w, (enum close_reason)w->why);
        return;
    }
    c->refused = true;
    h->refusals++;
    wire_deadline(w, DEADLINE_LINGER); /* its answer depends on what it asks for, if it does so at once */
}

const struct wire_user reader = {
    .bytes = on_bytes,
    .room = on_room,
    .drained = on_drained,
    .writable = on_writable,
    .ended = on_ended,
    .expired = on_expired,
    .closed = on_closed,
};
