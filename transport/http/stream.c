/* Stream: see stream.h. */
#include "transport/http/stream.h"

#include "transport/http/request_state.h"

#include <assert.h>
#include <stdlib.h>

struct wire *request_take_wire(struct request *rq)
{
    assert(rq->tag == REQUEST_TAG && !rq->answered);
    assert(!request_head_only(rq));
    struct connection *c = rq->connection;
    assert(!c || c->rq == rq);
    respond_count(rq, rq->route->endpoint->socket ? 101 : 200);
    if (c) {
        c->rq = NULL;
        c->wire.bare = rq->head.http10;
    }
    request_free(rq);
    return c ? &c->wire : NULL;
}

void stream_begin(struct wire *w, struct room_key room, struct text head, const struct wire_user *user, void *arg)
{
    struct connection *c = connection_of(w);
    assert(c->state == CONNECTION_BUSY && !c->rq); /* taken from its request, not begun yet */
    if (!wire_use(w, user, arg))                   /* it broke between the takeover and now */
        return;
    connection_enter(c, CONNECTION_STREAM);
    c->room = room;
    (*connection_counted_as(c))++;
    if (!user->bytes)
        connection_drop_pending(c);
    wire_deadline(w, DEADLINE_NONE);
    wire_read(w, true);
    wire_watch_peer(w);
    buf_text(output_buf(w), head);
    (void)output_done(w); /* a failure has called closed */
}

void stream_take_early(struct wire *w)
{
    struct connection *c = connection_of(w);
    char *early = c->pending;
    if (c->feeding || !early)
        return; /* whoever feeds it hands on what is left */
    const char *p = early + c->pending_at;
    size_t n = c->pending_n;
    c->pending = NULL;
    connection_drop_pending(c);
    w->user->bytes(w, p, n);
    free(early);
}
