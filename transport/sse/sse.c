/* Sse: opening streams, delivery, keep-alive, drain. See sse.h. A stream's struct outlives its connection only while a
 * page of the log is being read for it. */
#include "transport/sse/sse.h"

#include "actors/runtime/shared.h"
#include "proto/base/log.h"
#include "proto/config/config_live.h"
#include "transport/asks.h"
#include "transport/http/stream.h"
#include "transport/sse/last_id.h"
#include "transport/sse/sse_state.h"
#include "transport/sse/stream.h"
#include "transport/transport.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SWEEP_NS = 500 * 1000 * 1000, DRAIN_NS = 50 * 1000 * 1000 };

static const struct text nothing = { "", 0 };

/* ---- measuring ---- */

/* The streams have been sent all that came: one reading of the clock, after the writes. */
static void measure(struct sse *s)
{
    if (!s->nuntold)
        return;
    uint64_t now = worker_clock(s->worker);
    for (uint32_t i = 0; i < s->nuntold; i++) {
        histogram_add_ns(&s->measures.publish_deliver_us, s->untold[i].published, now);
        histogram_add_ns(&s->measures.commit_deliver_us, s->untold[i].committed, now);
    }
    s->nuntold = 0;
}

static void measure_later(struct sse *s, const struct room_deliver *d)
{
    s->measures.events++;
    if (!d->committed)
        return;
    if (s->nuntold == UNTOLD_MOST)
        measure(s);
    s->untold[s->nuntold++] = (struct untold){ d->published, d->committed };
}

/* ---- streams ---- */

void sse_abandon(struct sse *s, const struct room_joined *j)
{
    if (!j->why && !j->ends)
        leave_tell(s, j->room, (struct room_leave){ j->stream, j->participant });
}

static void on_closed(struct wire *w)
{
    struct stream *s = w->arg;
    struct room_key room = s->channel->room;
    bool tell = !s->leaving;
    s->phase = STREAM_GONE;
    channel_remove(s);
    if (tell)
        leave_tell(s->sse, room, (struct room_leave){ s->id, s->participant });
    if (!s->asking)
        stream_release(s);
}

static void on_drained(struct wire *w)
{
    struct stream *s = w->arg;
    if (s->phase == STREAM_CATCHING)
        catch_up_pump(s);
}

static const struct wire_user stream_user = { .closed = on_closed, .drained = on_drained };

static void cut_channel(struct channel *c);

/* The channel for a stream whose place is seq. Streams that were not told all of what came before come back for it.
 * NULL without memory. */
static struct channel *channel_at(struct sse *sse, struct room_key room, int64_t seq)
{
    struct channel *c = channel_find(sse, room);
    if (c && c->seq < seq) {
        c->seq = seq;
        cut_channel(c);
        c = channel_find(sse, room);
    }
    return c ? c : channel_create(sse, room, seq);
}

/* The stream with everything it must be told first. NULL without memory. */
static struct stream *stream_create(struct sse *sse, const struct room_joined *j, const struct token *token)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->sse = sse;
    s->id = j->stream;
    s->participant = j->participant;
    s->sign_in = token->sign_in;
    s->signed_in = stream_seconds(token->signed_in);
    s->expires = stream_seconds(token->expires);
    s->last_sent = worker_now(sse->worker);
    if (catch_up_begin(s, j))
        return s;
    stream_release(s);
    return NULL;
}

/* Everything that may fail has been done. */
static void begin(struct stream *s, struct request *rq, struct text head)
{
    s->wire = request_take_wire(rq);
    s->asking = true; /* it may close at once: keep it until that is known */
    stream_begin(s->wire, s->channel->room, head, &stream_user, s);
    if (s->phase != STREAM_GONE)
        tokens_watch(s);
    s->asking = false;
    if (s->phase == STREAM_GONE)
        stream_release(s);
    else
        catch_up_pump(s);
}

/* The room has let the stream in: it takes over the request's wire, which is there. */
static void open_stream(struct sse *sse, struct request *rq, const struct room_joined *j)
{
    struct buf head = { 0 };
    const struct caller *caller = request_caller(rq);
    respond_put_stream(rq, &head);
    struct stream *s = head.failed ? NULL : stream_create(sse, j, &caller->token);
    struct channel *ch = s ? channel_at(sse, j->room, j->seq) : NULL;
    if (ch && channel_add(ch, s, caller->user_id)) {
        s->skip = (uint32_t)ch->out.n;
        begin(s, rq, buf_view(&head));
    } else {
        if (ch && !ch->n)
            channel_destroy(ch);
        if (s)
            stream_release(s);
        sse_abandon(sse, j);
        respond_error(rq, ERROR_OVERLOADED);
    }
    buf_fini(&head);
}

static void on_joined(struct request *rq, enum error why, struct message *answer)
{
    struct sse *s = transport_of(request_worker(rq))->sse;
    const struct room_joined *j = why ? NULL : room_joined(answer);
    if (why)
        respond_error(rq, why);
    else if (j->ends)
        respond_stream_over(rq, j->hello, j->participant ? CLOSE_REMOVED : CLOSE_SESSION_ENDED);
    else if (s->draining || s->aside || !request_alive(rq)) {
        sse_abandon(s, j);
        respond_error(rq, ERROR_UNAVAILABLE);
    } else
        open_stream(s, rq, j);
}

void sse_open(struct request *rq, struct address room)
{
    struct worker *w = request_worker(rq);
    struct sse *s = transport_of(w)->sse;
    const struct caller *caller = request_caller(rq);
    if (s->draining || s->aside) {
        respond_error(rq, ERROR_UNAVAILABLE);
        return;
    }
    struct room_command cmd = {
        .op = ROOM_LISTEN,
        .caller = { caller->user_id, caller->rank >= TEACHER, caller->name },
        .stream = ((uint64_t)worker_index(w) + 1) << 48 | ++s->next_id,
    };
    cmd.last = last_id_of(rq, &cmd.last_epoch, &cmd.last_seq);
    asks_room(rq, room, &cmd, on_joined);
}

/* ---- delivery ---- */

static void flush_dirty(void *arg)
{
    struct sse *s = arg;
    for (struct channel *c; (c = s->dirty);) {
        s->dirty = c->next_dirty;
        c->dirty = false;
        channel_flush(c);
    }
    measure(s);
}

static void mark_dirty(struct channel *c)
{
    if (c->dirty)
        return;
    c->dirty = true;
    c->next_dirty = c->sse->dirty;
    c->sse->dirty = c;
}

/* Ends streams after what they have been sent: one participant's, or (0) all. The room knows. */
static void end_streams(struct channel *c, int32_t participant)
{
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        if (participant && s->participant != participant)
            continue;
        s->leaving = true;
        stream_stop(s, nothing, participant ? CLOSE_REMOVED : CLOSE_SESSION_ENDED);
    }
}

/* A frame for one participant's streams, everybody else gets the other one (or nothing). Who should get one that found
 * no memory comes back for it. */
static void deliver_apart(struct channel *c, const struct room_deliver *d)
{
    struct chunk *only = d->only_frame ? chunk_framed(shared_text(d->only_frame), false) : NULL;
    struct chunk *rest = d->frame ? chunk_framed(shared_text(d->frame), false) : NULL;
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        bool apart = s->participant == d->only;
        struct chunk *mine = apart ? only : rest;
        if (mine)
            stream_tell(s, mine);
        else if (apart ? d->only_frame : d->frame)
            stream_stop(s, nothing, CLOSE_NO_MEMORY);
    }
    chunk_unref(only);
    chunk_unref(rest);
    if (d->end_only)
        end_streams(c, d->only);
}

/* An event was lost on the way here: all streams of the channel come back for it. */
static bool missed_one(struct channel *c, const struct room_deliver *d)
{
    bool gap = d->seq && d->seq > c->seq + 1;
    if (d->seq)
        c->seq = d->seq;
    return gap;
}

void sse_deliver(struct sse *s, const struct room_deliver *d)
{
    struct channel *c = channel_find(s, d->room);
    if (!c || (d->seq && d->seq <= c->seq))
        return;
    measure_later(s, d);
    if (missed_one(c, d)) {
        log_warn("streams cut: an event was lost on the way", F_INT("room", d->room.id), F_INT("seq", d->seq));
        sse_cut(s, d->room);
        return;
    }
    if (d->frame && !d->only && !d->end_all) {
        buf_text(&c->out, shared_text(d->frame));
        mark_dirty(c);
        return;
    }
    channel_use(c);
    if (d->only)
        deliver_apart(c, d);
    else if (d->frame) {
        buf_text(&c->out, shared_text(d->frame));
        channel_flush(c);
    }
    if (d->end_all)
        end_streams(c, 0);
    channel_done(c);
}

static void cut_channel(struct channel *c)
{
    channel_use(c);
    c->sse->measures.cut += c->n;
    for (uint32_t i = c->n; i-- > 0;)
        stream_stop(c->streams[i], nothing, CLOSE_RESYNC);
    channel_done(c);
}

void sse_cut(struct sse *s, struct room_key room)
{
    if (room.kind) {
        struct channel *c = channel_find(s, room);
        if (c)
            cut_channel(c);
        return;
    }
    log_warn("all streams of a worker cut: its queue was full", F_INT("worker", worker_index(s->worker)));
    for (uint32_t i = s->n; i-- > 0;)
        if (i < s->n)
            cut_channel(s->list[i]);
}

/* ---- keep-alive, drain ---- */

static void keep_alive(struct channel *c, uint64_t now, uint64_t silence, struct chunk *comment)
{
    if (now - c->flushed < silence)
        return;
    c->busy = true;
    for (uint32_t i = c->n; i-- > 0;)
        if (c->streams[i]->phase == STREAM_LIVE && now - c->streams[i]->last_sent >= silence)
            (void)stream_write(c->streams[i], comment);
    channel_done(c);
}

static void sweep(void *arg)
{
    struct sse *s = arg;
    uint64_t silence = (uint64_t)config_here()->sse_keepalive * 1000000000 - SWEEP_NS / 2;
    struct chunk *comment = chunk_framed(TEXT(": keep-alive\n\n"), false);
    for (uint32_t i = s->n; comment && i-- > 0;)
        if (i < s->n)
            keep_alive(s->list[i], worker_now(s->worker), silence, comment);
    chunk_unref(comment);
    tokens_sweep(s);
    leave_pay(s);
}

static void say_goodbye(struct stream *s)
{
    char text[40];
    uint64_t wait = 500 + worker_random(s->sse->worker) % (uint64_t)(config_here()->sse_retry * 2);
    int n = snprintf(text, sizeof text, "retry: %u\n\n", (unsigned)wait);
    s->leaving = true;
    stream_stop(s, (struct text){ text, (size_t)n }, CLOSE_DRAIN);
}

/* Says goodbye to `share` streams that have not heard it yet; returns what is left of the share. */
static uint32_t drain_channel(struct channel *c, uint32_t share)
{
    channel_use(c);
    for (uint32_t i = c->n; i-- > 0 && share;)
        if (c->streams[i]->phase < STREAM_ENDING) {
            say_goodbye(c->streams[i]);
            share--;
        }
    channel_done(c);
    return share;
}

static void drain_step(struct timer *timer)
{
    struct sse *s = (struct sse *)((char *)timer - offsetof(struct sse, drain_timer));
    uint32_t share = s->drain_share;
    for (uint32_t i = s->n; i-- > 0 && share;)
        if (i < s->n)
            share = drain_channel(s->list[i], share);
    if (s->streams)
        worker_timer_start(s->worker, timer, s->drain_ns);
}

void sse_drain(struct sse *s, uint64_t ns)
{
    s->draining = true;
    s->drain_timer.fire = drain_step;
    s->drain_ns = DRAIN_NS;
    s->drain_share = (uint32_t)(s->streams / (ns / DRAIN_NS + 1)) + 1;
    worker_timer_start(s->worker, &s->drain_timer, DRAIN_NS);
}

void sse_set_aside(struct sse *s, uint32_t batch, uint64_t first_ns, uint64_t ns)
{
    if (s->draining)
        return;
    s->aside = true;
    s->drain_timer.fire = drain_step;
    s->drain_share = batch;
    s->drain_ns = ns;
    worker_timer_start(s->worker, &s->drain_timer, first_ns ? first_ns : 1);
}

void sse_take_back(struct sse *s)
{
    if (s->draining)
        return;
    s->aside = false;
    worker_timer_stop(s->worker, &s->drain_timer);
}

/* ---- life ---- */

struct sse *sse_create(struct worker *w)
{
    struct sse *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->worker = w;
    worker_every(w, SWEEP_NS, sweep, s);
    worker_at_end_of_turn(w, flush_dirty, s);
    return s;
}

void sse_destroy(struct sse *s)
{
    if (!s)
        return;
    assert(!s->streams);
    worker_timer_stop(s->worker, &s->drain_timer);
    while (s->n)
        channel_destroy(s->list[s->n - 1]);
    for (int i = 0; i < KINDS; i++)
        idmap_fini(&s->kinds[i].by_id);
    free(s->list);
    free(s->owed);
    free(s);
}

uint32_t sse_streams(const struct sse *s)
{
    return s->streams;
}

const struct sse_measures *sse_measures(const struct sse *s)
{
    return &s->measures;
}

static uint64_t channel_memory(const struct channel *c)
{
    uint64_t bytes = sizeof *c + c->cap * (sizeof *c->streams + sizeof *c->users) + c->out.cap;
    for (uint32_t i = 0; i < c->n; i++) {
        const struct stream *s = c->streams[i];
        bytes += sizeof *s + (s->catching ? catch_up_memory(s->catching) : 0);
    }
    return bytes;
}

uint64_t sse_memory(const struct sse *s)
{
    uint64_t bytes = sizeof *s + s->cap * sizeof *s->list + s->owed_cap * sizeof *s->owed;
    for (uint32_t i = 0; i < s->n; i++)
        bytes += channel_memory(s->list[i]);
    return bytes;
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->sse = sse_create(w));
}

static void part_drain(struct worker *w)
{
    sse_drain(transport_of(w)->sse, (uint64_t)config_here()->drain_time * 1000000000 / 4);
}

static bool part_drained(struct worker *w)
{
    const struct sse *s = transport_of(w)->sse;
    return !s || !sse_streams(s);
}

static void part_close(struct worker *w)
{
    sse_destroy(transport_of(w)->sse);
}

static void part_describe(struct worker *w, struct json *out)
{
    json_int(out, "events", (int64_t)sse_measures(transport_of(w)->sse)->events);
    json_int(out, "deliveries", (int64_t)sse_measures(transport_of(w)->sse)->sends);
}

static const struct queue_row queues[] = {
    { "stream_backlog", "a stream's backlog, and what is held back while it catches up", "`sse-backlog`",
      "the stream is cut; it comes back with its last id", NULL },
    { 0 },
};

static const struct memory_row memory[] = {
    { "streams", "event streams, and what those that catch up are still to be told" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    *ret = (struct memory_amount){ sse_streams(transport_of(w)->sse), sse_memory(transport_of(w)->sse) };
}

const struct part streams_part = {
    .name = "streams",
    .open = part_open,
    .drain = part_drain,
    .drained = part_drained,
    .ended = part_drained,
    .close = part_close,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
};
