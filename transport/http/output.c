/* Output: what a connection has to send. The socket is tried first; only what it does not take is queued, by reference
 * to chunks, and written by libuv when the socket is ready again. */
#include "transport/http/connection_state.h"
#include "transport/http/http.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { FLYING_MOST = 32 };

struct backlog {
    uv_write_t write;
    struct chunk **ring;
    uint32_t cap, first, n; /* cap is a power of two */
    uint32_t flying;        /* chunks that libuv is writing */
    uint32_t skip;          /* bytes of the first chunk that are sent already */
    size_t bytes;
    uint64_t done, seen; /* bytes written ever; at the last output_progress */
    size_t flying_bytes;
};

static struct chunk *at(const struct backlog *b, uint32_t i)
{
    return b->ring[(b->first + i) & (b->cap - 1)];
}

static bool ring_push(struct backlog *b, struct chunk *chunk)
{
    if (b->n == b->cap) {
        uint32_t cap = b->cap ? b->cap * 2 : 4;
        struct chunk **ring = malloc(cap * sizeof *ring);
        if (!ring)
            return false;
        for (uint32_t i = 0; i < b->n; i++)
            ring[i] = at(b, i);
        free(b->ring);
        b->ring = ring;
        b->cap = cap;
        b->first = 0;
    }
    b->ring[(b->first + b->n++) & (b->cap - 1)] = chunk;
    chunk->refs++;
    return true;
}

static void ring_drop(struct backlog *b, uint32_t n)
{
    for (; n; n--) {
        chunk_unref(at(b, 0));
        b->first++;
        b->n--;
    }
}

void output_free(struct connection *c)
{
    struct backlog *b = c->backlog;
    if (!b)
        return;
    ring_drop(b, b->n);
    free(b->ring);
    free(b);
    c->backlog = NULL;
}

static void fly(struct connection *c);

static void on_written(uv_write_t *write, int status)
{
    struct connection *c = write->data;
    struct backlog *b = c->backlog;
    if (c->state == CONNECTION_CLOSED)
        return;
    if (status < 0) {
        connection_close(c);
        return;
    }
    b->bytes -= b->flying_bytes;
    b->done += b->flying_bytes;
    ring_drop(b, b->flying);
    b->flying = 0;
    b->flying_bytes = 0;
    b->skip = 0;
    if (b->n) {
        fly(c);
        return;
    }
    output_free(c);
    connection_drained(c);
}

/* Hands the first chunks to libuv. A failure closes the connection. */
static void fly(struct connection *c)
{
    struct backlog *b = c->backlog;
    uv_buf_t bufs[FLYING_MOST];
    while (b->flying < b->n && b->flying < FLYING_MOST) {
        struct chunk *chunk = at(b, b->flying);
        uint32_t skip = b->flying ? 0 : b->skip;
        bufs[b->flying++] = uv_buf_init(chunk->p + skip, chunk->n - skip);
        b->flying_bytes += chunk->n - skip;
    }
    b->write.data = c;
    if (uv_write(&b->write, (uv_stream_t *)&c->tcp, bufs, b->flying, on_written) < 0)
        connection_close(c);
}

/* Queues a chunk behind what is queued. */
static bool enqueue(struct connection *c, struct chunk *chunk, size_t skip)
{
    struct backlog *b = c->backlog;
    bool begin = !b;
    if (begin)
        b = c->backlog = calloc(1, sizeof *b);
    if (!b || !ring_push(b, chunk)) {
        connection_close(c);
        return false;
    }
    b->bytes += chunk->n - skip;
    if (!begin)
        return true;
    b->skip = (uint32_t)skip;
    fly(c);
    return c->state != CONNECTION_CLOSED;
}

/* Bytes the socket took; -1 when the connection is broken. */
static ssize_t try_send(struct connection *c, const char *p, size_t n)
{
    ssize_t sent;
    do
        sent = send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -1;
}

static bool write_bytes(struct connection *c, const char *p, size_t n)
{
    ssize_t sent = c->backlog ? 0 : try_send(c, p, n);
    if (sent == (ssize_t)n)
        return true;
    struct chunk *rest = sent < 0 ? NULL : chunk_create(n - (size_t)sent);
    if (!rest) {
        connection_close(c);
        return false;
    }
    memcpy(rest->p, p + sent, rest->n);
    bool kept = enqueue(c, rest, 0);
    chunk_unref(rest);
    return kept;
}

struct buf *output_buf(struct connection *c)
{
    struct http *h = c->http;
    if (h->corked == c)
        return &h->out;
    buf_reset(&h->scratch);
    return &h->scratch;
}

bool output_done(struct connection *c)
{
    struct http *h = c->http;
    if (h->corked == c)
        return h->out.failed || h->out.n > CORK_MOST ? output_flush(c) : true;
    if (h->scratch.failed) {
        connection_close(c);
        return false;
    }
    return write_bytes(c, h->scratch.p, h->scratch.n);
}

bool output_flush(struct connection *c)
{
    struct buf *out = &c->http->out;
    if (c->http->corked != c || (!out->n && !out->failed))
        return c->state != CONNECTION_CLOSED;
    bool whole = !out->failed;
    size_t n = out->n;
    buf_reset(out);
    if (whole)
        return write_bytes(c, out->p, n);
    connection_close(c);
    return false;
}

bool output_chunk(struct connection *c, struct chunk *chunk)
{
    if (!output_flush(c))
        return false;
    ssize_t sent = c->backlog ? 0 : try_send(c, chunk->p, chunk->n);
    if (sent == (ssize_t)chunk->n)
        return true;
    if (sent >= 0)
        return enqueue(c, chunk, (size_t)sent);
    connection_close(c);
    return false;
}

size_t output_backlog(const struct connection *c)
{
    return c->backlog ? c->backlog->bytes : 0;
}

bool output_progress(struct connection *c)
{
    struct backlog *b = c->backlog;
    if (!b)
        return true;
    uint64_t taken = b->done + b->flying_bytes - uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    bool moved = taken > b->seen;
    b->seen = taken;
    return moved;
}
