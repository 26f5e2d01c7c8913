/* Sse: channels, delivery, presence. See sse.h. A stream's struct outlives its connection only while a page of the log
 * is being read for it. */
#include "transport/sse/sse.h"

#include "actors/room/idmap.h"
#include "actors/runtime/shared.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/asks.h"
#include "transport/http/stream.h"
#include "transport/sse/last_id.h"
#include "transport/sse/stream.h"
#include "transport/transport.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SWEEP_NS = 500 * 1000 * 1000, DRAIN_NS = 50 * 1000 * 1000, KINDS = 8, UNTOLD_MOST = 256 };

/* When an event that is being delivered was said and committed. */
struct untold {
    uint64_t published, committed;
};

/* A leave that the room's mailbox had no place for: tried again. */
struct owed_leave {
    struct room_key room;
    struct room_leave leave;
};

struct sse {
    struct worker *worker;
    struct { /* channels by room, per kind of room */
        const char *kind;
        struct idmap by_id; /* index into list */
    } kinds[KINDS];
    struct channel **list;
    uint32_t n, cap, streams;
    struct channel *dirty;
    uint64_t next_id;
    struct owed_leave *owed;
    uint32_t nowed, owed_cap;
    struct timer drain_timer;
    uint32_t drain_share; /* streams to end per step */
    uint64_t drain_ns;    /* between steps */
    bool draining;        /* for good */
    bool aside;
    struct token_watch watch;
    uint32_t nuntold;
    struct untold untold[UNTOLD_MOST];
    struct sse_measures measures;
};

struct worker *sse_worker(const struct sse *s)
{
    return s->worker;
}

struct token_watch *sse_token_watch(struct sse *s)
{
    return &s->watch;
}

uint32_t sse_channels(const struct sse *s)
{
    return s->n;
}

struct channel *sse_channel(const struct sse *s, uint32_t k)
{
    return s->list[k];
}

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

/* ---- one stream ---- */

bool stream_write(struct stream *s, struct chunk *c)
{
    s->last_sent = worker_now(s->sse->worker);
    return output_push(s->wire, c) != OUTPUT_CUT;
}

void stream_stop(struct stream *s, struct text last, enum close_reason why)
{
    if (s->phase >= STREAM_ENDING)
        return;
    struct chunk *end = chunk_framed(s->phase == STREAM_LIVE ? last : nothing, true);
    s->phase = STREAM_ENDING;
    output_end(s->wire, end, why);
    chunk_unref(end);
}

/* A live event for this stream alone, or held back while it catches up. */
static void stream_tell(struct stream *s, struct chunk *chunk)
{
    if (s->phase == STREAM_LIVE)
        (void)output_push(s->wire, chunk);
    else if (s->phase == STREAM_CATCHING && !catch_up_hold(s, chunk))
        stream_stop(s, nothing, CLOSE_SLOW_READER);
}

void stream_say(struct stream *s, struct text frame)
{
    struct chunk *chunk = chunk_framed(frame, false);
    if (chunk)
        stream_tell(s, chunk);
    else
        stream_stop(s, nothing, CLOSE_NO_MEMORY);
    chunk_unref(chunk);
}

/* ---- channels ---- */

static struct idmap *channels_of(struct sse *s, const char *kind)
{
    for (int i = 0; i < KINDS; i++) {
        if (!s->kinds[i].kind)
            s->kinds[i].kind = kind;
        if (s->kinds[i].kind == kind)
            return &s->kinds[i].by_id;
    }
    assert(!"more kinds of rooms than KINDS");
    return NULL;
}

static struct channel *channel_find(struct sse *s, struct room_key room)
{
    uint32_t at = idmap_get(channels_of(s, room.kind), (uint64_t)room.id);
    return at == IDMAP_NONE ? NULL : s->list[at];
}

static bool list_has_room(struct sse *s)
{
    if (s->n < s->cap)
        return true;
    uint32_t cap = s->cap ? s->cap * 2 : 16;
    struct channel **list = realloc(s->list, cap * sizeof *list);
    if (!list)
        return false;
    s->list = list;
    s->cap = cap;
    return true;
}

static struct channel *channel_create(struct sse *s, struct room_key room, int64_t seq)
{
    struct channel *c = list_has_room(s) ? calloc(1, sizeof *c) : NULL;
    if (!c || !idmap_put(channels_of(s, room.kind), (uint64_t)room.id, s->n)) {
        free(c);
        return NULL;
    }
    c->room = room;
    c->sse = s;
    c->seq = seq;
    c->due = UINT32_MAX;
    s->list[s->n++] = c;
    return c;
}

static void channel_destroy(struct channel *c)
{
    struct sse *s = c->sse;
    uint32_t at = idmap_get(channels_of(s, c->room.kind), (uint64_t)c->room.id);
    idmap_remove(channels_of(s, c->room.kind), (uint64_t)c->room.id);
    s->list[at] = s->list[--s->n];
    if (at < s->n)
        (void)idmap_put(channels_of(s, s->list[at]->room.kind), (uint64_t)s->list[at]->room.id, at);
    for (struct channel **d = &s->dirty; *d; d = &(*d)->next_dirty)
        if (*d == c) {
            *d = c->next_dirty;
            break;
        }
    buf_fini(&c->out);
    free(c->streams);
    free(c->users);
    free(c);
}

/* Channels are used while streams of theirs end; an empty one goes when nobody uses it. */
void channel_done(struct channel *c)
{
    c->busy = false;
    if (!c->n)
        channel_destroy(c);
}

static bool channel_has_room(struct channel *c)
{
    if (c->n < c->cap)
        return true;
    uint32_t cap = c->cap ? c->cap * 2 : 4;
    struct stream **streams = realloc(c->streams, cap * sizeof *streams);
    if (!streams)
        return false;
    c->streams = streams;
    int32_t *users = realloc(c->users, cap * sizeof *users);
    if (!users)
        return false;
    c->users = users;
    c->cap = cap;
    return true;
}

static bool channel_add(struct channel *c, struct stream *s, int32_t user)
{
    if (!channel_has_room(c))
        return false;
    s->channel = c;
    s->at = c->n;
    c->users[c->n] = user;
    c->streams[c->n++] = s;
    c->sse->streams++;
    c->sse->measures.opened++;
    return true;
}

static void channel_remove(struct stream *s)
{
    struct channel *c = s->channel;
    c->streams[s->at] = c->streams[--c->n];
    c->users[s->at] = c->users[c->n];
    c->streams[s->at]->at = s->at;
    c->sse->streams--;
    s->channel = NULL;
    if (!c->n && !c->busy)
        channel_destroy(c);
}

/* ---- telling the room that a stream has ended ---- */

static bool send_leave(struct sse *s, struct room_key room, struct room_leave leave)
{
    struct system *sys = worker_system(s->worker);
    struct message *m = message_create(MESSAGE_ROOM_LEAVE, sizeof leave);
    const struct actor_kind *kind = system_kind(sys, text_of(room.kind));
    if (!m || !kind) {
        message_destroy(m);
        return !kind;
    }
    m->reply = NO_RETURN;
    *room_leave(m) = leave;
    if (bus_send_urgent(sys, (struct address){ .kind = kind, .id = room.id }, m))
        return true;
    message_destroy(m);
    return false;
}

static void owe_leave(struct sse *s, struct room_key room, struct room_leave leave)
{
    if (s->nowed == s->owed_cap) {
        uint32_t cap = s->owed_cap ? s->owed_cap * 2 : 16;
        struct owed_leave *owed = realloc(s->owed, cap * sizeof *owed);
        if (!owed) {
            log_error("a stream's end could not be told to its room", F_INT("room", room.id));
            return;
        }
        s->owed = owed;
        s->owed_cap = cap;
    }
    s->owed[s->nowed++] = (struct owed_leave){ room, leave };
}

static void tell_leave(struct sse *s, struct room_key room, struct room_leave leave)
{
    if (!s->draining && !send_leave(s, room, leave))
        owe_leave(s, room, leave);
}

static void pay_leaves(struct sse *s)
{
    while (s->nowed && send_leave(s, s->owed[s->nowed - 1].room, s->owed[s->nowed - 1].leave))
        s->nowed--;
}

void stream_part(struct stream *s, struct text last, enum close_reason why)
{
    if (s->phase >= STREAM_ENDING)
        return;
    tell_leave(s->sse, s->channel->room, (struct room_leave){ s->id, s->participant });
    s->leaving = true;
    stream_stop(s, last, why);
}

void sse_abandon(struct sse *s, const struct room_joined *j)
{
    if (!j->why && !j->ends)
        tell_leave(s, j->room, (struct room_leave){ j->stream, j->participant });
}

/* ---- streams ---- */

void stream_release(struct stream *s)
{
    catch_up_free(s->catching);
    free(s);
}

static void on_closed(struct wire *w)
{
    struct stream *s = w->arg;
    struct room_key room = s->channel->room;
    bool tell = !s->leaving;
    s->phase = STREAM_GONE;
    channel_remove(s);
    if (tell)
        tell_leave(s->sse, room, (struct room_leave){ s->id, s->participant });
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

/* What came after the stream had joined. */
static void send_tail(struct stream *s, struct text out)
{
    struct text tail = { out.p + s->skip, out.n - s->skip };
    struct chunk *chunk = tail.n ? chunk_framed(tail, false) : NULL;
    s->skip = 0;
    if (chunk)
        stream_tell(s, chunk);
    else if (tail.n)
        stream_stop(s, nothing, CLOSE_NO_MEMORY);
    chunk_unref(chunk);
}

/* Sends the frames of this turn: one chunk, by reference, to every stream that was there before them. Streams may end
 * meanwhile: their places are taken by later ones, so this goes backwards. */
static void channel_flush(struct channel *c)
{
    if (!c->out.n && !c->out.failed)
        return;
    struct chunk *chunk = c->out.failed ? NULL : chunk_framed(buf_view(&c->out), false);
    bool outer = c->busy;
    c->busy = true;
    c->flushed = worker_now(c->sse->worker);
    c->sse->measures.sends += c->n;
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        if (!chunk)
            stream_stop(s, nothing, CLOSE_NO_MEMORY);
        else if (s->skip)
            send_tail(s, buf_view(&c->out));
        else
            stream_tell(s, chunk);
    }
    chunk_unref(chunk);
    buf_reset(&c->out);
    c->busy = outer;
    if (!outer)
        channel_done(c);
}

void channel_use(struct channel *c)
{
    c->busy = true;
    channel_flush(c);
}

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
    pay_leaves(s);
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

const struct part streams_part = {
    .name = "streams",
    .open = part_open,
    .drain = part_drain,
    .drained = part_drained,
    .ended = part_drained,
    .close = part_close,
    .describe = part_describe,
    .queues = queues,
};
