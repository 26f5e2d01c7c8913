/* Sse: the spelling that rooms keep their events in, in chunks of an endless answer. See sse.h. */
#include "transport/sse/sse.h"

#include "proto/config/config_live.h"
#include "transport/http/chunked.h"
#include "transport/streams/stream.h"
#include "transport/streams/streams.h"

static void put_event(const struct spelling *sp, const struct frame_parts *event, struct buf *out)
{
    frame_put_parts(out, event);
}

static void put_retry(struct buf *out, int64_t retry)
{
    buf_puts(out, "retry: ");
    buf_int(out, retry);
    buf_putc(out, '\n');
}

static struct chunk *framed(struct text spelt)
{
    return chunk_framed(spelt, false);
}

static void put_head(struct request *rq, struct buf *out)
{
    respond_put_stream(rq, out);
}

static void turn_away(struct request *rq, const struct room_joined *j)
{
    respond_stream_over(rq, j->hello, j->participant ? CLOSE_REMOVED : CLOSE_SESSION_ENDED);
}

/* ---- its life ---- */

/* A comment to whom nothing has been said for so long. */
static void keep_alive(struct channel *c, uint64_t now)
{
    uint64_t silence = (uint64_t)config_here()->sse_keepalive * 1000000000 - STREAMS_SWEEP_NS / 2;
    struct chunk *comment = now - c->flushed >= silence ? framed(TEXT(": keep-alive\n\n")) : NULL;
    for (uint32_t i = c->n; comment && i-- > 0;)
        if (c->streams[i]->phase == STREAM_LIVE && now - c->streams[i]->last_sent >= silence)
            (void)stream_write(c->streams[i], comment);
    chunk_unref(comment);
}

/* When the server goes its clients are told to come back after a time of their own. */
static void put_goodbye(const struct stream *s, struct buf *out)
{
    put_retry(out, 500 + (int64_t)(worker_random(streams_worker(s->all)) % (uint64_t)(config_here()->sse_retry * 2)));
    buf_putc(out, '\n');
}

static void end(struct stream *s, struct text last, enum close_reason why)
{
    struct buf goodbye = { 0 };
    if (last.p && why == CLOSE_DRAIN)
        put_goodbye(s, &goodbye);
    struct chunk *chunk = chunk_framed(goodbye.n ? buf_view(&goodbye) : last, true);
    output_end(s->wire, chunk, why);
    chunk_unref(chunk);
    buf_fini(&goodbye);
}

static const struct wire_user user = { .closed = stream_on_closed, .drained = stream_on_drained };

static const struct protocol protocol = {
    .size = sizeof(struct stream),
    .head = put_head,
    .user = &user,
    .turn_away = turn_away,
    .kept = true,
    .cut = true,
    .put = put_event,
    .put_first = put_retry,
    .chunk = framed,
    .sweep = keep_alive,
    .end = end,
};

static const struct spelling spelling = { .protocol = &protocol };

/* ---- opening ---- */

static void on_joined(struct request *rq, enum error why, struct message *answer)
{
    streams_joined(rq, &spelling, why, answer);
}

void sse_open(struct request *rq, struct address room)
{
    streams_ask(rq, room, on_joined);
}
