/* Connection: what a request may do to the connection that it came by: have its body read, be answered. See
 * connection_state.h for the states; reader.c brings the requests. */
#include "transport/http/request_state.h"

#include <stdlib.h>

uint32_t *connection_counted_as(const struct connection *c)
{
    struct http_stats *s = &http_of(c)->stats;
    return c->route && c->route->endpoint->socket ? &s->sockets : &s->streams;
}

void connection_drop_pending(struct connection *c)
{
    free(c->pending);
    c->pending = NULL;
    c->pending_at = c->pending_n = c->pending_cap = 0;
}

#define TO(state) STATE(CONNECTION_##state)
const struct state_row connection_states[] = {
    [CONNECTION_HEAD] = { "idle", TO(BODY) | TO(BUSY) | TO(OVER) },
    [CONNECTION_BODY] = { "body", TO(BUSY) },
    [CONNECTION_BUSY] = { "busy", TO(HEAD) | TO(BODY) | TO(ANSWER) | TO(STREAM) | TO(OVER) },
    [CONNECTION_ANSWER] = { "answer", TO(HEAD) | TO(OVER) },
    [CONNECTION_STREAM] = { "stream", 0 },
    [CONNECTION_OVER] = { "ending", 0 },
};

/* What its client has asked for is over. */
void connection_stop_counting(struct connection *c)
{
    assert(!c->counted || (c->client && c->client->count));
    if (c->counted)
        c->client->count--;
    c->counted = false;
}

static void linger(struct connection *c, bool swallow, enum close_reason why)
{
    connection_enter(c, CONNECTION_OVER);
    connection_drop_pending(c);
    wire_linger(&c->wire, swallow, why);
}

/* Whoever brings the requests goes on with what has come already, and chooses what to wait for. */
static void go_on(struct connection *c)
{
    if (!c->feeding)
        c->wire.user->bytes(&c->wire, "", 0);
}

/* ---- its body ---- */

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

enum close_reason connection_ends_for(enum error why, bool body)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].error == why)
            return body ? ends[i].body : ends[i].head;
    return body ? CLOSE_BODY_REFUSED : CLOSE_PROTOCOL_ERROR;
}

void connection_give_up_body(struct connection *c, enum error why)
{
    connection_enter(c, CONNECTION_BUSY);
    request_give_up_body(c->rq, connection_ends_for(why, true));
}

void connection_begin_body(struct connection *c)
{
    const struct request *rq = c->rq;
    connection_enter(c, CONNECTION_BODY);
    if (rq->head.framing == FRAMING_CHUNKED)
        c->body.chunked = chunked_begin();
    else
        c->body.left = rq->head.length;
}

void connection_say_continue(struct connection *c)
{
    buf_puts(output_buf(&c->wire), "HTTP/1.1 100 Continue\r\n\r\n");
    (void)output_done(&c->wire); /* a failure shows in the state */
}

void connection_receive(struct connection *c)
{
    connection_begin_body(c);
    if (c->rq->head.expect_continue)
        connection_say_continue(c);
    go_on(c);
}

void connection_resume(struct connection *c)
{
    if (c->state == CONNECTION_BODY)
        go_on(c);
}

/* ---- its answer ---- */

void connection_settle_answer(struct connection *c)
{
    enum deadline class = c->wire.backlog || c->wire.waits ? DEADLINE_WRITE : DEADLINE_NONE;
    if (c->wire.state == WIRE_OPEN && c->wire.class != class)
        wire_deadline(&c->wire, class);
}

void connection_answered(struct connection *c, enum after after, enum close_reason why)
{
    if (c->wire.state == WIRE_CLOSED)
        return;
    assert(!c->rq);
    c->fresh = true;
    connection_stop_counting(c);
    if (after == AFTER_LINGER || after == AFTER_SWALLOW) {
        linger(c, after == AFTER_SWALLOW, why);
    } else if (after == AFTER_CLOSE || c->wire.wires->closing) {
        connection_enter(c, CONNECTION_OVER);
        wire_finish(&c->wire, why);
    } else {
        connection_enter(c, CONNECTION_HEAD);
        c->scan = (struct head_scan){ 0 };
    }
    go_on(c);
}
