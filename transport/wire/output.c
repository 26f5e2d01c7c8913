/* Output: what a wire has to send. The socket is tried first; only what it does not take is queued, by reference
 * to chunks, and written by libuv when the socket is ready again. */
#include "transport/wire/output.h"

#include "proto/base/text.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { FLYING_MOST = 32, MEMORY_LOOKS = 8, GATHERED_MOST = 65536 };

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
    assert(b->n < b->cap && chunk->refs && chunk->refs < UINT32_MAX);
    b->ring[(b->first + b->n++) & (b->cap - 1)] = chunk;
    chunk->refs++;
    return true;
}

static void ring_drop(struct backlog *b, uint32_t n)
{
    assert(n <= b->n);
    for (; n; n--) {
        chunk_unref(at(b, 0));
        b->first++;
        b->n--;
    }
}

/* What of a chunk is for this wire. */
static struct text part_of(const struct wire *w, const struct chunk *chunk)
{
    if (!w->bare)
        return (struct text){ chunk->p, chunk->n };
    return (struct text){ chunk->p + chunk->before, chunk->n - chunk->before - chunk->behind };
}

void output_free(struct wire *w)
{
    struct backlog *b = w->backlog;
    if (!b)
        return;
    ring_drop(b, b->n);
    free(b->ring);
    free(b);
    w->backlog = NULL;
}

void output_count(struct wire *w, uint64_t n)
{
    w->wires->stats.sent += n;
    w->sent += n;
    w->touched = uv_now(w->wires->loop);
}

static void fly(struct wire *w);

static void on_written(uv_write_t *write, int status)
{
    struct wire *w = write->data;
    struct backlog *b = w->backlog;
    if (w->state == WIRE_CLOSED)
        return;
    if (status < 0) {
        wire_close(w, close_reason_of_errno(-status));
        return;
    }
    assert(b && b->flying && b->flying <= b->n && b->flying_bytes <= b->bytes);
    b->bytes -= b->flying_bytes;
    b->done += b->flying_bytes;
    output_count(w, b->flying_bytes);
    ring_drop(b, b->flying);
    b->flying = 0;
    b->flying_bytes = 0;
    b->skip = 0;
    if (b->n) {
        fly(w);
        return;
    }
    assert(!b->bytes);
    output_free(w);
    if (w->state != WIRE_OPEN)
        wire_settle(w);
    else if (w->user->drained)
        w->user->drained(w);
}

/* Hands the first chunks to libuv. A failure closes the wire. */
static void fly(struct wire *w)
{
    struct backlog *b = w->backlog;
    uv_buf_t bufs[FLYING_MOST];
    assert(b->n && !b->flying && !b->flying_bytes); /* one write at a time */
    while (b->flying < b->n && b->flying < FLYING_MOST) {
        struct text part = part_of(w, at(b, b->flying));
        uint32_t skip = b->flying ? 0 : b->skip;
        bufs[b->flying++] = uv_buf_init((char *)part.p + skip, (unsigned)part.n - skip);
        b->flying_bytes += part.n - skip;
    }
    b->write.data = w;
    int failed = uv_write(&b->write, (uv_stream_t *)&w->tcp, bufs, b->flying, on_written);
    if (failed < 0)
        wire_close(w, close_reason_of_errno(-failed));
}

/* Queues a chunk behind what is queued. */
static bool enqueue(struct wire *w, struct chunk *chunk, size_t skip)
{
    struct backlog *b = w->backlog;
    bool begin = !b;
    assert(skip < part_of(w, chunk).n && (begin || !skip)); /* what is behind others has not been sent in part */
    if (begin)
        b = w->backlog = calloc(1, sizeof *b);
    if (!b || !ring_push(b, chunk)) {
        wire_close(w, CLOSE_NO_MEMORY);
        return false;
    }
    if (begin)
        b->seen = -(int64_t)output_unacknowledged(w); /* what the socket had taken before */
    b->bytes += part_of(w, chunk).n - skip;
    if (!begin)
        return true;
    b->skip = (uint32_t)skip;
    fly(w);
    return w->state != WIRE_CLOSED;
}

/* Bytes the socket took; -1 when it is broken. */
static ssize_t try_send(struct wire *w, const char *p, size_t n, int flags)
{
    ssize_t sent;
    do
        sent = send(w->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL | flags);
    while (sent < 0 && errno == EINTR);
    if (sent > 0)
        output_count(w, (uint64_t)sent);
    return sent >= 0 ? sent : errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -1;
}

/* Of a closed wire nothing is sent: its descriptor may be somebody else's by now. */
static bool write_bytes(struct wire *w, const char *p, size_t n, int flags)
{
    if (w->state == WIRE_CLOSED)
        return false;
    ssize_t sent = w->backlog ? 0 : try_send(w, p, n, flags);
    if (sent == (ssize_t)n)
        return true;
    enum close_reason why = sent < 0 ? close_reason_of_errno(errno) : CLOSE_NO_MEMORY;
    struct chunk *rest = sent < 0 ? NULL : chunk_create(n - (size_t)sent);
    if (!rest) {
        wire_close(w, why);
        return false;
    }
    memcpy(rest->p, p + sent, rest->n);
    bool kept = enqueue(w, rest, 0);
    chunk_unref(rest);
    return kept;
}

struct buf *output_buf(struct wire *w)
{
    struct wires *ws = w->wires;
    if (ws->corked == w)
        return &ws->out;
    buf_reset(&ws->scratch);
    return &ws->scratch;
}

bool output_done(struct wire *w)
{
    struct wires *ws = w->wires;
    if (ws->corked == w)
        return ws->out.failed || ws->out.n > GATHERED_MOST ? output_flush(w) : true;
    if (ws->scratch.failed) {
        wire_close(w, CLOSE_NO_MEMORY);
        return false;
    }
    return write_bytes(w, ws->scratch.p, ws->scratch.n, 0);
}

static bool flush(struct wire *w, int flags)
{
    struct buf *out = &w->wires->out;
    if (w->wires->corked != w || (!out->n && !out->failed))
        return w->state != WIRE_CLOSED;
    bool whole = !out->failed;
    size_t n = out->n;
    buf_reset(out);
    if (whole)
        return write_bytes(w, out->p, n, flags);
    wire_close(w, CLOSE_NO_MEMORY);
    return false;
}

bool output_flush(struct wire *w)
{
    return flush(w, 0);
}

bool output_flush_more(struct wire *w)
{
    return flush(w, MSG_MORE);
}

bool output_cork(struct wire *w)
{
    if (w->wires->corked)
        return false;
    w->wires->corked = w;
    return true;
}

void output_uncork(struct wire *w)
{
    struct wires *ws = w->wires;
    assert(ws->corked == w);
    (void)output_flush(w); /* a failure shows in the state */
    ws->corked = NULL;
    buf_reset(&ws->out); /* a wire that was closed meanwhile may have left something */
}

bool output_chunk(struct wire *w, struct chunk *chunk)
{
    if (!output_flush(w))
        return false;
    struct text part = part_of(w, chunk);
    ssize_t sent = w->backlog ? 0 : try_send(w, part.p, part.n, 0);
    if (sent == (ssize_t)part.n)
        return true;
    if (sent >= 0)
        return enqueue(w, chunk, (size_t)sent);
    wire_close(w, close_reason_of_errno(errno));
    return false;
}

bool output_has_room(const struct wire *w, size_t n, size_t behind_most)
{
    return !w->backlog || output_backlog(w) + n <= behind_most;
}

void output_count_slow(struct wire *w)
{
    w->wires->stats.cut_slow++;
}

enum output_sent output_push(struct wire *w, struct chunk *chunk, size_t behind_most)
{
    if (w->state != WIRE_OPEN)
        return OUTPUT_CUT;
    if (!output_has_room(w, chunk->n, behind_most)) {
        output_count_slow(w);
        wire_close(w, CLOSE_SLOW_READER);
        return OUTPUT_CUT;
    }
    if (!output_chunk(w, chunk))
        return OUTPUT_CUT;
    return w->backlog ? OUTPUT_BEHIND : OUTPUT_SENT;
}

void output_end(struct wire *w, struct chunk *last, enum close_reason why)
{
    if (w->state != WIRE_OPEN || (last && !output_chunk(w, last)))
        return;
    wire_finish(w, why);
    if (output_flush(w))
        wire_settle(w);
}

size_t output_backlog(const struct wire *w)
{
    return w->backlog ? w->backlog->bytes : 0;
}

uint64_t output_unacknowledged(const struct wire *w)
{
    int n = 0;
    return ioctl(w->fd, SIOCOUTQ, &n) < 0 ? 0 : (uint64_t)n;
}

bool output_progress(struct wire *w)
{
    struct backlog *b = w->backlog;
    if (!b)
        return true;
    uint64_t written = b->done + b->flying_bytes - uv_stream_get_write_queue_size((uv_stream_t *)&w->tcp);
    int64_t acknowledged = (int64_t)(written - output_unacknowledged(w));
    bool moved = acknowledged > b->seen;
    b->seen = acknowledged;
    return moved;
}

uint64_t output_memory(const struct wire *w)
{
    const struct backlog *b = w->backlog;
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
