/* Stream: see stream.h. One stream, the channels that streams of a room share, and what their rooms are told. */
#include "transport/sse/stream.h"

#include "actors/runtime/bus.h"
#include "actors/runtime/kinds.h"
#include "proto/base/log.h"
#include "proto/config/config_live.h"
#include "transport/sse/sse_state.h"

#include <assert.h>
#include <stdlib.h>

static const struct text nothing = { "", 0 };

struct worker *sse_worker(const struct sse *s)
{
    return s->worker;
}

uint32_t sse_channels(const struct sse *s)
{
    return s->n;
}

struct channel *sse_channel(const struct sse *s, uint32_t k)
{
    return s->list[k];
}

/* ---- one stream ---- */

static enum output_sent push(struct stream *s, struct chunk *c)
{
    return output_push(s->wire, c, (size_t)config_here()->sse_backlog);
}

bool stream_write(struct stream *s, struct chunk *c)
{
    s->last_sent = worker_now(s->sse->worker);
    return push(s, c) != OUTPUT_CUT;
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

void stream_tell(struct stream *s, struct chunk *chunk)
{
    if (s->phase == STREAM_LIVE)
        (void)push(s, chunk);
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

void stream_release(struct stream *s)
{
    catch_up_free(s->catching);
    free(s);
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

struct channel *channel_find(struct sse *s, struct room_key room)
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

struct channel *channel_create(struct sse *s, struct room_key room, int64_t seq)
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

void channel_destroy(struct channel *c)
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

bool channel_add(struct channel *c, struct stream *s, int32_t user)
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

void channel_remove(struct stream *s)
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
void channel_flush(struct channel *c)
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

void leave_tell(struct sse *s, struct room_key room, struct room_leave leave)
{
    if (!s->draining && !send_leave(s, room, leave))
        owe_leave(s, room, leave);
}

void leave_pay(struct sse *s)
{
    while (s->nowed && send_leave(s, s->owed[s->nowed - 1].room, s->owed[s->nowed - 1].leave))
        s->nowed--;
}

void stream_part(struct stream *s, struct text last, enum close_reason why)
{
    if (s->phase >= STREAM_ENDING)
        return;
    leave_tell(s->sse, s->channel->room, (struct room_leave){ s->id, s->participant });
    s->leaving = true;
    stream_stop(s, last, why);
}
