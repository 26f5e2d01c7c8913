/* Output: what a connection has to send. The socket is tried first; only what it does not take is queued, by reference
 * to chunks, and written by libuv when the socket is ready again. */
#include "transport/http/connection_state.h"
#include "transport/http/http.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { FLYING_MOST = 32, MEMORY_LOOKS = 8 };

struct backlog {
    uv_write_t write;
    struct chunk **ring;
    uint32_t cap, first, n; /* cap is a power of two */
    uint32_t flying;        /* chunks that libuv is writing */
    uint32_t skip;          /* bytes of the first chunk that are sent already */
    size_t bytes;
    uint64_t done; /* bytes that libuv has written */
    int64_t seen;  /* acknowledged bytes at the last output_progress */
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

/* What of a chunk is for this connection. */
static struct text part_of(const struct connection *c, const struct chunk *chunk)
{
    if (!c->bare)
        return (struct text){ chunk->p, chunk->n };
    return (struct text){ chunk->p + chunk->before, chunk->n - chunk->before - chunk->behind };
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

void output_count(struct connection *c, uint64_t n)
{
    c->http->stats.sent += n;
    c->sent += n;
    c->touched = uv_now(c->http->loop);
}

static void fly(struct connection *c);

static void on_written(uv_write_t *write, int status)
{
    struct connection *c = write->data;
    struct backlog *b = c->backlog;
    if (c->state == CONNECTION_CLOSED)
        return;
    if (status < 0) {
        connection_close(c, close_reason_of_errno(-status));
        return;
    }
    b->bytes -= b->flying_bytes;
    b->done += b->flying_bytes;
    output_count(c, b->flying_bytes);
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
        struct text part = part_of(c, at(b, b->flying));
        uint32_t skip = b->flying ? 0 : b->skip;
        bufs[b->flying++] = uv_buf_init((char *)part.p + skip, (unsigned)part.n - skip);
        b->flying_bytes += part.n - skip;
    }
    b->write.data = c;
    int failed = uv_write(&b->write, (uv_stream_t *)&c->tcp, bufs, b->flying, on_written);
    if (failed < 0)
        connection_close(c, close_reason_of_errno(-failed));
}

/* Queues a chunk behind what is queued. */
static bool enqueue(struct connection *c, struct chunk *chunk, size_t skip)
{
    struct backlog *b = c->backlog;
    bool begin = !b;
    if (begin)
        b = c->backlog = calloc(1, sizeof *b);
    if (!b || !ring_push(b, chunk)) {
        connection_close(c, CLOSE_NO_MEMORY);
        return false;
    }
    if (begin)
        b->seen = -(int64_t)output_unacknowledged(c); /* what the socket had taken before */
    b->bytes += part_of(c, chunk).n - skip;
    if (!begin)
        return true;
    b->skip = (uint32_t)skip;
    fly(c);
    return c->state != CONNECTION_CLOSED;
}

/* Bytes the socket took; -1 when the connection is broken. */
static ssize_t try_send(struct connection *c, const char *p, size_t n, int flags)
{
    ssize_t sent;
    do
        sent = send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL | flags);
    while (sent < 0 && errno == EINTR);
    if (sent > 0)
        output_count(c, (uint64_t)sent);
    return sent >= 0 ? sent : errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -1;
}

static bool write_bytes(struct connection *c, const char *p, size_t n, int flags)
{
    ssize_t sent = c->backlog ? 0 : try_send(c, p, n, flags);
    if (sent == (ssize_t)n)
        return true;
    enum close_reason why = sent < 0 ? close_reason_of_errno(errno) : CLOSE_NO_MEMORY;
    struct chunk *rest = sent < 0 ? NULL : chunk_create(n - (size_t)sent);
    if (!rest) {
        connection_close(c, why);
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
        connection_close(c, CLOSE_NO_MEMORY);
        return false;
    }
    return write_bytes(c, h->scratch.p, h->scratch.n, 0);
}

static bool flush(struct connection *c, int flags)
{
    struct buf *out = &c->http->out;
    if (c->http->corked != c || (!out->n && !out->failed))
        return c->state != CONNECTION_CLOSED;
    bool whole = !out->failed;
    size_t n = out->n;
    buf_reset(out);
    if (whole)
        return write_bytes(c, out->p, n, flags);
    connection_close(c, CLOSE_NO_MEMORY);
    return false;
}

bool output_flush(struct connection *c)
{
    return flush(c, 0);
}

bool output_flush_more(struct connection *c)
{
    return flush(c, MSG_MORE);
}

bool output_cork(struct connection *c)
{
    if (c->http->corked)
        return false;
    c->http->corked = c;
    return true;
}

void output_uncork(struct connection *c)
{
    struct http *h = c->http;
    assert(h->corked == c);
    (void)output_flush(c); /* a failure shows in the state */
    h->corked = NULL;
    buf_reset(&h->out); /* a connection that was closed meanwhile may have left something */
}

bool output_chunk(struct connection *c, struct chunk *chunk)
{
    if (!output_flush(c))
        return false;
    struct text part = part_of(c, chunk);
    ssize_t sent = c->backlog ? 0 : try_send(c, part.p, part.n, 0);
    if (sent == (ssize_t)part.n)
        return true;
    if (sent >= 0)
        return enqueue(c, chunk, (size_t)sent);
    connection_close(c, close_reason_of_errno(errno));
    return false;
}

size_t output_backlog(const struct connection *c)
{
    return c->backlog ? c->backlog->bytes : 0;
}

uint64_t output_unacknowledged(const struct connection *c)
{
    int n = 0;
    return ioctl(c->fd, SIOCOUTQ, &n) < 0 ? 0 : (uint64_t)n;
}

bool output_progress(struct connection *c)
{
    struct backlog *b = c->backlog;
    if (!b)
        return true;
    uint64_t written = b->done + b->flying_bytes - uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    int64_t acknowledged = (int64_t)(written - output_unacknowledged(c));
    bool moved = acknowledged > b->seen;
    b->seen = acknowledged;
    return moved;
}

uint64_t output_memory(const struct connection *c)
{
    const struct backlog *b = c->backlog;
    uint64_t whole = 0, own = 0;
    if (!b)
        return 0;
    for (uint32_t i = 0; i < b->n; i += b->n / MEMORY_LOOKS + 1) {
        whole += at(b, i)->n;
        own += at(b, i)->n / at(b, i)->refs;
    }
    return sizeof *b + b->cap * sizeof *b->ring +
           (whole ? (uint64_t)((double)b->bytes * (double)own / (double)whole) : 0);
}
