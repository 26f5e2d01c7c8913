/* Request: its making from a head, and its body. */
#include "transport/http/request_state.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/budgets/budgets.h"
#include "transport/http/connection_state.h"
#include "transport/http/document.h"
#include "transport/http/upload_ops.h"

#include <assert.h>

/* ---- what it takes of its caller's budgets ---- */

static const uint64_t SECOND = 1000000000;

static struct payer payer_of(const struct request *rq, enum budget b)
{
    if (budget_rows[b].per == PER_ALL)
        return payer_all();
    if (budget_rows[b].per == PER_PERSON && rq->caller.user_id)
        return payer_person(rq->caller.user_id);
    return payer_address(&rq->peer);
}

enum error request_cost(struct request *rq, enum budget b, uint64_t n)
{
    uint64_t wait = budget_spend(rq->http->worker, b, payer_of(rq, b), n);
    rq->retry_s = (uint32_t)((wait + SECOND - 1) / SECOND);
    return wait ? budget_rows[b].error : ERROR_OK;
}

void request_return(struct request *rq, enum budget b, uint64_t n)
{
    budget_return(rq->http->worker, b, payer_of(rq, b), n);
}

/* Holds n, or says what to answer. Adds what is to be given back. */
static enum error hold(struct request *rq, enum budget b, uint64_t n, uint64_t *kept)
{
    enum hold held = budget_hold(rq->http->worker, b, payer_of(rq, b), n);
    *kept += held == HELD_KEPT ? n : 0;
    return held == HELD_REFUSED ? budget_rows[b].error : ERROR_OK;
}

static void release(const struct request *rq, enum budget b, uint64_t n)
{
    if (n)
        budget_release(b, payer_of(rq, b), n);
}

static enum error spend_body(struct request *rq, uint64_t n)
{
    return hold(rq, BUDGET_BODIES, n, &rq->spent.bodies) ?: hold(rq, BUDGET_ALL_BODIES, n, &rq->spent.all_bodies);
}

enum error request_known(struct request *rq)
{
    if (!rq->caller.user_id)
        return ERROR_OK; /* whoever serves people whom it does not know has a budget of its own for that */
    enum error why = hold(rq, BUDGET_REQUESTS, 1, &rq->spent.requests);
    return why || rq->route->endpoint->method == GET ? why : request_cost(rq, BUDGET_ACTIONS, 1);
}

enum error request_uploading(struct request *rq)
{
    return hold(rq, BUDGET_UPLOADS, 1, &rq->spent.uploads);
}

static void spend_over(struct request *rq)
{
    release(rq, BUDGET_BODIES, rq->spent.bodies);
    release(rq, BUDGET_ALL_BODIES, rq->spent.all_bodies);
    release(rq, BUDGET_REQUESTS, rq->spent.requests);
    release(rq, BUDGET_UPLOADS, rq->spent.uploads);
}

/* ---- its making ---- */

/* Splits the path at '/', decoding what is encoded. A last empty segment (a slash at the end) is left out. */
static enum error split_path(struct request *rq, struct text *segments, int *ret_n)
{
    struct text path = rq->head.path;
    const char *at = path.p, *end = path.p + path.n;
    int n = 0;
    while (at < end) {
        const char *begin = at + 1;
        const char *slash = begin < end ? memchr(begin, '/', (size_t)(end - begin)) : NULL;
        at = slash ? slash : end;
        if (begin == end)
            break;
        if (n == PATH_SEGMENTS_MOST)
            return ERROR_NOT_FOUND;
        struct text s = { begin, (size_t)(at - begin) };
        if (memchr(s.p, '%', s.n)) {
            s = arena_copy(&rq->arena, s);
            if (!s.p)
                return ERROR_OVERLOADED;
            if (!percent_decode((char *)s.p, s.n, false, &s.n))
                return ERROR_BAD_REQUEST;
        }
        segments[n++] = s;
    }
    *ret_n = n;
    return ERROR_OK;
}

/* The decoded segments of a path's rest, joined again. */
static struct text join(struct request *rq, const struct text *segments, int n)
{
    struct buf whole = { 0 };
    for (int i = 0; i < n; i++) {
        buf_puts(&whole, i ? "/" : "");
        buf_text(&whole, segments[i]);
    }
    struct text kept = whole.failed ? (struct text){ 0 } : arena_copy(&rq->arena, buf_view(&whole));
    buf_fini(&whole);
    return kept;
}

static bool keep_params(struct request *rq, const struct match *match)
{
    memcpy(rq->params, match->params, (size_t)match->nparams * sizeof *match->params);
    if (match->nrest < 2)
        return true;
    struct text *last = &rq->params[match->nparams - 1];
    *last = join(rq, match->rest, match->nrest);
    return last->p;
}

static enum error find_route(struct request *rq)
{
    static const enum method methods[] = {
        [HEAD_GET] = GET,
        [HEAD_POST] = POST,
        [HEAD_PUT] = PUT,
        [HEAD_PATCH] = PATCH,
        [HEAD_HEAD] = GET,
        [HEAD_DELETE] = DELETE,
        [HEAD_OPTIONS] = METHOD_COUNT,
        [HEAD_OTHER] = METHOD_COUNT,
    };
    struct text segments[PATH_SEGMENTS_MOST];
    struct match match;
    int n = 0;
    enum error why = text_is(rq->head.path, "*") ? ERROR_OK : split_path(rq, segments, &n);
    if (why == ERROR_NOT_FOUND)
        segments[0] = TEXT(""), n = 1; /* too deep for any endpoint: an empty segment matches none either */
    else if (why)
        return why;
    router_match(rq->http->router, methods[rq->head.method], rq->head.headers[HEADER_HOST], segments, n, &match);
    rq->area = match.area;
    rq->scope = match.scope;
    rq->mounted = match.mounted;
    rq->allow = match.methods;
    rq->by_method = match.by_method;
    if (!keep_params(rq, &match))
        return ERROR_OVERLOADED;
    if (match.routes)
        rq->route = router_choose(match.routes, rq->head.headers[HEADER_CONTENT_TYPE]);
    else
        rq->refusal = match.methods ? ERROR_METHOD_NOT_ALLOWED : ERROR_NOT_FOUND;
    if (text_is(rq->head.path, "*"))
        rq->refusal = ERROR_METHOD_NOT_ALLOWED;
    if (rq->route)
        rq->area = rq->route->area;
    return ERROR_OK;
}

static enum error read_query(struct request *rq)
{
    struct text query = rq->head.query;
    switch (query.n ? pairs_read(&rq->query, &rq->arena, (char *)query.p, query.n) : PAIRS_READ) {
    case PAIRS_READ:
        break;
    case PAIRS_NO_MEMORY:
        return ERROR_OVERLOADED;
    case PAIRS_MALFORMED:
    case PAIRS_TOO_MANY:
        rq->query_bad = true;
        break;
    }
    return ERROR_OK;
}

/* In this order: the head decides what can be understood, the path what it is about. */
static enum error read_head(struct request *rq, struct text head)
{
    enum error why = head_parse(head.p, head.n, &rq->head);
    if (!why)
        why = find_route(rq);
    return why ? why : read_query(rq);
}

/* An empty one, from the client of this connection. NULL without memory. */
static struct request *make(struct http *h, const struct connection *from)
{
    struct arena arena = arena_from(&h->pool);
    struct request *rq = arena_alloc(&arena, sizeof *rq);
    if (!rq)
        return NULL;
    *rq = (struct request){ .tag = REQUEST_TAG, .arena = arena, .http = h, .began = worker_now(h->worker) };
    h->requests++;
    rq->number = h->number = h->number + 1 ?: 1;
    if (from && from->wire.peer)
        memcpy(&rq->peer, &(from->client ? from->client : from->wire.peer)->address, sizeof rq->peer);
    return rq;
}

struct request *request_alone(const struct connection *from)
{
    return make(http_of(from), from);
}

struct request *request_create(struct http *h, struct connection *c, const char *p, size_t n, enum error *ret_why)
{
    *ret_why = ERROR_OVERLOADED;
    struct request *rq = make(h, c);
    if (!rq)
        return NULL;
    rq->connection = c;
    struct text head = arena_copy(&rq->arena, (struct text){ p, n });
    if (head.p)
        *ret_why = read_head(rq, head);
    if (*ret_why) {
        request_free(rq);
        return NULL;
    }
    return rq;
}

void request_free(struct request *rq)
{
    struct http *h = rq->http;
    assert(rq->tag == REQUEST_TAG && h->requests && !rq->out);
    assert(!rq->connection || rq->connection->rq != rq); /* nobody is left who would answer it again */
    spend_over(rq);
    if (rq->sink)
        rq->sink->fini(rq);
    document_free(rq->json);
    buf_fini(&rq->body);
    rq->tag = 0;
    struct arena arena = rq->arena; /* it lies in its own memory */
    arena_fini(&arena);
    h->requests--;
    if (h->wires.closing)
        h->wires.owner->released(&h->wires);
}

/* ---- body ---- */

void request_give_up_body(struct request *rq, enum close_reason why)
{
    rq->close = rq->linger = true;
    rq->why = (uint8_t)why;
}

uint64_t request_body_limit(const struct request *rq)
{
    const struct endpoint *e = rq->route ? rq->route->endpoint : NULL;
    if (e && e->upload)
        return (uint64_t)*e->upload->max_file + (uint64_t)config_here()->max_body;
    if (e && e->max_body)
        return e->max_body;
    uint64_t most = (uint64_t)config_here()->max_body;
    return e && rq->route->body_most < most ? rq->route->body_most : most;
}

bool request_uploads(const struct request *rq)
{
    return rq->route && rq->route->endpoint->upload;
}

enum error request_body(struct request *rq, struct text piece, bool whole)
{
    assert(rq->tag == REQUEST_TAG && !rq->answered);
    rq->body_n += piece.n;
    if (rq->sink)
        return rq->sink->push(rq, piece);
    if (!rq->route || rq->route->endpoint->body_kind == BODY_NONE)
        return ERROR_OK;
    enum error why = spend_body(rq, piece.n);
    if (why)
        return why;
    if (whole) {
        rq->body_text = arena_copy(&rq->arena, piece);
        return rq->body_text.p ? ERROR_OK : ERROR_OVERLOADED;
    }
    buf_text(&rq->body, piece);
    rq->body_text = buf_view(&rq->body);
    return rq->body.failed ? ERROR_OVERLOADED : ERROR_OK;
}

/* ---- for operators ---- */

void request_waited(struct request *rq, uint64_t since)
{
    assert(rq->tag == REQUEST_TAG);
    rq->waited_ns += worker_now(rq->http->worker) - since;
}

uint64_t request_began(const struct request *rq)
{
    return rq->began;
}

uint32_t request_number(const struct request *rq)
{
    return rq->number;
}

int32_t request_user(const struct request *rq)
{
    return rq->caller.user_id;
}

bool request_alive(const struct request *rq)
{
    return rq->connection;
}
