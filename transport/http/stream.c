/* Stream: a connection that has been taken over and only sends. See connection.h for the contract. */
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/http/connection_state.h"
#include "transport/http/http.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static void set_option(int fd, int level, int name, int64_t value)
{
    int v = value < 1 ? 1 : (int)value;
    (void)setsockopt(fd, level, name, &v,
                     sizeof v); /* without it a dead peer is noticed later, by the kernel's defaults */
}

/* A peer that says nothing and acknowledges nothing is gone after half_open_timeout: while data waits by
 * TCP_USER_TIMEOUT, in silence by probes, the first after a third of it. */
static void watch_peer(int fd)
{
    int64_t seconds = config_here()->half_open_timeout;
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds / 3);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds / 6);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

void stream_begin(struct connection *c, struct room_key room, struct text head, const struct stream_ops *ops, void *arg)
{
    assert(c->tag == CONNECTION_TAG && ops && (c->state == CONNECTION_BUSY || c->state == CONNECTION_CLOSED));
    if (c->state == CONNECTION_CLOSED) { /* it broke between the takeover and now */
        ops->closed(c, arg);
        return;
    }
    c->state = CONNECTION_STREAM;
    c->stream.ops = ops;
    c->stream.arg = arg;
    c->stream.room = room;
    c->http->stats.streams++;
    connection_drop_pending(c);
    connection_deadline(c, DEADLINE_NONE);
    connection_read(c, true);
    watch_peer(c->fd);
    buf_text(output_buf(c), head);
    (void)output_done(c); /* a failure has called closed */
}

enum stream_send stream_send(struct connection *c, struct chunk *chunk)
{
    if (c->state != CONNECTION_STREAM)
        return STREAM_CUT;
    if (c->backlog && output_backlog(c) + chunk->n > (size_t)config_here()->sse_backlog) {
        c->http->stats.cut_slow++;
        connection_close(c, CLOSE_SLOW_READER);
        return STREAM_CUT;
    }
    if (!output_chunk(c, chunk))
        return STREAM_CUT;
    return c->backlog ? STREAM_BEHIND : STREAM_SENT;
}

void stream_end(struct connection *c, struct chunk *last, enum close_reason why)
{
    if (c->state != CONNECTION_STREAM)
        return;
    if (last && !output_chunk(c, last))
        return;
    c->state = CONNECTION_ENDING;
    c->why = why;
    if (!output_flush(c))
        return;
    if (c->backlog)
        connection_deadline(c, DEADLINE_WRITE);
    else
        connection_close(c, why);
}

size_t stream_backlog(const struct connection *c)
{
    return output_backlog(c);
}

void *stream_arg(const struct connection *c)
{
    return c->stream.arg;
}

void stream_drained(struct connection *c)
{
    if (c->stream.ops->drained)
        c->stream.ops->drained(c, c->stream.arg);
}

void stream_closed(struct connection *c)
{
    const struct stream_ops *ops = c->stream.ops;
    c->stream.ops = NULL;
    if (!ops)
        return;
    c->http->stats.streams--;
    ops->closed(c, c->stream.arg);
}
