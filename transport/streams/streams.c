/* Streams: opening, delivery, keep-alive, drain. See streams.h. A stream's struct outlives its connection only while a
 * page of the log is being read for it. */
#include "transport/streams/streams.h"

#include "actors/runtime/shared.h"
#include "proto/base/log.h"
#include "proto/config/config_live.h"
#include "transport/asks.h"
#include "transport/http/stream.h"
#include "transport/streams/catch_up.h"
#include "transport/streams/last_id.h"
#include "transport/streams/stream.h"
#include "transport/streams/streams_state.h"
#include "transport/transport.h"

#include <assert.h>
#include <stdlib.h>

enum { DRAIN_NS = 50 * 1000 * 1000 };

/* ---- measuring ---- */

/* The streams have been sent all that came: one reading of the clock, after the writes. */
static void measure(struct streams *s)
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

static void measure_later(struct streams *s, const struct room_deliver *d)
{
    s->measures.events++;
    if (!d->committed)
        return;
    if (s->nuntold == UNTOLD_MOST)
        measure(s);
    s->untold[s->nuntold++] = (struct untold){ d->published, d->committed };
}

/* ---- streams ---- */

void streams_abandon(struct streams *s, const struct room_joined *j)
{
    if (!j->why && !j->ends)
        leave_tell(s, j->room, (struct room_leave){ j->stream, j->participant });
}

static void cut_channel(struct channel *c);

/* The channel for a stream whose place is seq. Streams that were not told all of what came before come back for it.
 * NULL without memory. */
static struct channel *channel_at(struct streams *all, const struct spelling *sp, struct room_key room, int64_t seq)
{
    struct channel *c = channel_find(all, room, sp);
    if (c && c->seq < seq) {
        c->seq = seq;
        cut_channel(c);
        c = channel_find(all, room, sp);
    }
    return c ? c : channel_create(all, room, sp, seq);
}

/* The stream with everything it must be told first. j NULL: it is of no room. NULL without memory. */
static struct stream *stream_create(struct request *rq, const struct spelling *sp, const struct room_joined *j)
{
    struct streams *all = transport_of(request_worker(rq))->streams;
    const struct token *token = &request_caller(rq)->token;
    struct stream *s = calloc(1, sp->protocol->size);
    if (!s)
        return NULL;
    s->all = all;
    s->sign_in = token->sign_in;
    s->signed_in = stream_seconds(token->signed_in);
    s->expires = stream_seconds(token->expires);
    s->judged_elsewhere = !token->expires && (request_caller(rq)->session || request_area(rq)->own_accounts);
    s->last_sent = worker_now(all->worker);
    s->phase = j ? STREAM_CATCHING : STREAM_LIVE;
    if (j) {
        s->id = j->stream;
        s->participant = j->participant;
    }
    if ((!j || catch_up_begin(s, sp, j)) && (!sp->protocol->init || sp->protocol->init(s, rq)))
        return s;
    stream_release(s);
    return NULL;
}

/* Everything that may fail has been done. */
static void begin(struct stream *s, struct request *rq, struct text head)
{
    const struct spelling *sp = stream_spelling(s);
    s->wire = request_take_wire(rq);
    bool kept = stream_keep(s); /* it may close at once */
    stream_begin(s->wire, stream_room(s), head, sp->protocol->user, s);
    if (s->phase != STREAM_GONE)
        tokens_watch(s);
    if (s->phase < STREAM_ENDING && sp->protocol->begun)
        sp->protocol->begun(s);
    catch_up_pump(s);
    stream_let_go(s, kept);
}

/* It takes over the request's wire, which is there. False without memory; the request is to be answered. */
static enum error open_stream(struct request *rq, const struct spelling *sp, const struct room_joined *j)
{
    struct streams *all = transport_of(request_worker(rq))->streams;
    struct buf head = { 0 };
    sp->protocol->head(rq, &head);
    struct stream *s = head.failed ? NULL : stream_create(rq, sp, j);
    struct channel *ch =
        s ? channel_at(all, sp, j ? j->room : (struct room_key){ NO_ROOM, NO_ROOM_ID }, j ? j->seq : 0) : NULL;
    enum error why = ch ? channel_add(ch, s, request_caller(rq)->user_id) : ERROR_OVERLOADED;
    if (!why) {
        s->skip = (uint32_t)ch->out.n;
        begin(s, rq, buf_view(&head));
    } else if (s) {
        if (ch && !ch->n)
            channel_destroy(ch);
        stream_forget(s, sp);
    }
    buf_fini(&head);
    return why;
}

static bool takes_none(const struct streams *s, const struct request *rq)
{
    return s->draining || s->aside || !request_alive(rq);
}

void streams_joined(struct request *rq, const struct spelling *sp, enum error why, struct message *answer)
{
    struct streams *s = transport_of(request_worker(rq))->streams;
    const struct room_joined *j = why ? NULL : room_joined(answer);
    if (why) {
        respond_error(rq, why);
    } else if (j->ends) {
        sp->protocol->turn_away(rq, j);
    } else if (takes_none(s, rq)) {
        streams_abandon(s, j);
        respond_error(rq, ERROR_UNAVAILABLE);
    } else if ((why = open_stream(rq, sp, j))) {
        streams_abandon(s, j);
        respond_error(rq, why);
    }
}

void streams_ask(struct request *rq, struct address room, asks_done *joined)
{
    struct worker *w = request_worker(rq);
    struct streams *s = transport_of(w)->streams;
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
    asks_room(rq, room, &cmd, joined);
}

void streams_open_alone(struct request *rq, const struct spelling *sp)
{
    bool none = takes_none(transport_of(request_worker(rq))->streams, rq);
    enum error why = none ? ERROR_UNAVAILABLE : open_stream(rq, sp, NULL);
    if (why)
        respond_error(rq, why);
}

/* ---- delivery ---- */

static void flush_dirty(void *arg)
{
    struct streams *s = arg;
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
    c->next_dirty = c->all->dirty;
    c->all->dirty = c;
}

/* Ends streams after what they have been sent: one participant's, or (0) all. The room knows. */
static void end_streams(struct channel *c, int32_t participant)
{
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        if (participant && s->participant != participant)
            continue;
        s->leaving = true;
        stream_stop(s, NULL, participant ? CLOSE_REMOVED : CLOSE_SESSION_ENDED);
    }
}

/* A frame for one participant's streams, everybody else gets the other one (or nothing). Who should get one that found
 * no memory comes back for it, unless it has no number and may be lost. */
static void deliver_apart(struct channel *c, const struct room_deliver *d)
{
    struct chunk *only = NULL, *rest = NULL;
    bool only_whole = !d->only_frame || channel_spell(c, d->only_frame, &only);
    bool rest_whole = !d->frame || channel_spell(c, d->frame, &rest);
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        bool apart = s->participant == d->only;
        struct chunk *mine = apart ? only : rest;
        if (mine && d->seq)
            stream_tell(s, mine);
        else if (mine)
            stream_offer(s, mine);
        else if (d->seq && !(apart ? only_whole : rest_whole))
            stream_stop(s, NULL, CLOSE_NO_MEMORY);
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

/* False: the channel has heard of it already. */
static bool deliver_to(struct channel *c, const struct room_deliver *d)
{
    if (d->seq && d->seq <= c->seq)
        return false;
    if (missed_one(c, d)) {
        log_warn("streams cut: an event was lost on the way", F_INT("room", d->room.id), F_INT("seq", d->seq));
        cut_channel(c);
        return true;
    }
    if (d->frame && !d->only && !d->end_all) {
        spelling_put(c->spelling, d->frame, &c->out);
        mark_dirty(c);
        return true;
    }
    channel_use(c);
    if (d->only)
        deliver_apart(c, d);
    else if (d->frame) {
        spelling_put(c->spelling, d->frame, &c->out);
        channel_flush(c);
    }
    if (d->end_all)
        end_streams(c, 0);
    channel_done(c);
    return true;
}

void streams_deliver(struct streams *s, const struct room_deliver *d)
{
    bool heard = false;
    int at = 0;
    for (struct channel *c; (c = channel_next(s, d->room, &at));)
        heard |= deliver_to(c, d);
    if (heard)
        measure_later(s, d);
}

static void cut_channel(struct channel *c)
{
    channel_use(c);
    c->all->measures.cut += c->n;
    for (uint32_t i = c->n; i-- > 0;)
        stream_stop(c->streams[i], NULL, CLOSE_RESYNC);
    channel_done(c);
}

void streams_cut(struct streams *s, struct room_key room)
{
    int at = 0;
    for (struct channel *c; room.kind && (c = channel_next(s, room, &at));)
        cut_channel(c);
    if (room.kind)
        return;
    log_warn("all streams of a worker cut: its queue was full", F_INT("worker", worker_index(s->worker)));
    for (uint32_t i = s->n; i-- > 0;)
        if (i < s->n)
            cut_channel(s->list[i]);
}

/* ---- keep-alive, drain ---- */

static void sweep(void *arg)
{
    struct streams *s = arg;
    for (uint32_t i = s->n; i-- > 0;) {
        struct channel *c = i < s->n ? s->list[i] : NULL;
        if (!c)
            continue;
        c->busy = true;
        c->spelling->protocol->sweep(c, worker_now(s->worker));
        channel_done(c);
    }
    tokens_sweep(s);
    leave_pay(s);
}

static void say_goodbye(struct stream *s)
{
    s->leaving = true;
    stream_stop(s, NULL, CLOSE_DRAIN);
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
    struct streams *s = (struct streams *)((char *)timer - offsetof(struct streams, drain_timer));
    uint32_t share = s->drain_share;
    for (uint32_t i = s->n; i-- > 0 && share;)
        if (i < s->n)
            share = drain_channel(s->list[i], share);
    if (s->count)
        worker_timer_start(s->worker, timer, s->drain_ns);
}

void streams_drain(struct streams *s, uint64_t ns)
{
    s->draining = true;
    s->drain_timer.fire = drain_step;
    s->drain_ns = DRAIN_NS;
    s->drain_share = (uint32_t)(s->count / (ns / DRAIN_NS + 1)) + 1;
    worker_timer_start(s->worker, &s->drain_timer, DRAIN_NS);
}

void streams_set_aside(struct streams *s, uint32_t batch, uint64_t first_ns, uint64_t ns)
{
    if (s->draining)
        return;
    s->aside = true;
    s->drain_timer.fire = drain_step;
    s->drain_share = batch;
    s->drain_ns = ns;
    worker_timer_start(s->worker, &s->drain_timer, first_ns ? first_ns : 1);
}

void streams_take_back(struct streams *s)
{
    if (s->draining)
        return;
    s->aside = false;
    worker_timer_stop(s->worker, &s->drain_timer);
}

/* ---- life ---- */

struct streams *streams_create(struct worker *w)
{
    struct streams *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->worker = w;
    worker_every(w, STREAMS_SWEEP_NS, sweep, s);
    worker_at_end_of_turn(w, flush_dirty, s);
    return s;
}

void streams_destroy(struct streams *s)
{
    if (!s)
        return;
    assert(!s->count);
    worker_timer_stop(s->worker, &s->drain_timer);
    while (s->n)
        channel_destroy(s->list[s->n - 1]);
    for (int i = 0; i < STREAM_SORTS; i++)
        idmap_fini(&s->sorts[i].by_id);
    free(s->list);
    free(s->owed);
    free(s);
}

uint32_t streams_count(const struct streams *s)
{
    return s->count;
}

const struct streams_measures *streams_measures(const struct streams *s)
{
    return &s->measures;
}

static uint64_t channel_memory(const struct channel *c)
{
    const struct protocol *p = c->spelling->protocol;
    uint64_t bytes = sizeof *c + c->cap * (sizeof *c->streams + sizeof *c->users) + c->out.cap;
    for (uint32_t i = 0; i < c->n; i++) {
        const struct stream *s = c->streams[i];
        bytes += p->size + (s->catching ? catch_up_memory(s->catching) : 0) + (p->memory ? p->memory(s) : 0);
    }
    return bytes;
}

uint64_t streams_memory(const struct streams *s)
{
    uint64_t bytes = sizeof *s + s->cap * sizeof *s->list + s->owed_cap * sizeof *s->owed;
    for (uint32_t i = 0; i < s->n; i++)
        bytes += channel_memory(s->list[i]);
    return bytes;
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->streams = streams_create(w));
}

static void part_drain(struct worker *w)
{
    streams_drain(transport_of(w)->streams, (uint64_t)config_here()->drain_time * 1000000000 / 4);
}

static bool part_drained(struct worker *w)
{
    const struct streams *s = transport_of(w)->streams;
    return !s || !streams_count(s);
}

static void part_close(struct worker *w)
{
    streams_destroy(transport_of(w)->streams);
}

static void part_describe(struct worker *w, struct json *out)
{
    json_int(out, "events", (int64_t)streams_measures(transport_of(w)->streams)->events);
    json_int(out, "deliveries", (int64_t)streams_measures(transport_of(w)->streams)->sends);
}

static const struct queue_row queues[] = {
    { "stream_backlog", "a stream's backlog, and what is held back while it catches up", "`sse-backlog`",
      "the stream is cut; it comes back with its last id; from half of it on a signal is dropped",
      "its reader, by not reading", NULL },
    { 0 },
};

static const struct memory_row memory[] = {
    { "streams", "event streams and sockets, and what those that catch up are still to be told" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    *ret = (struct memory_amount){ streams_count(transport_of(w)->streams), streams_memory(transport_of(w)->streams) };
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
