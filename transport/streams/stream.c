/* Stream: see stream.h. One stream, the channels that streams of a room share, and what their rooms are told. */
#include "transport/streams/stream.h"

#include "actors/room/room.h"
#include "actors/runtime/bus.h"
#include "proto/base/log.h"
#include "proto/base/state.h"
#include "proto/config/config_live.h"
#include "transport/budgets/budgets.h"
#include "transport/streams/catch_up.h"
#include "transport/streams/streams_state.h"

#include <assert.h>
#include <stdlib.h>

struct worker *streams_worker(const struct streams *s)
{
    return s->worker;
}

uint32_t streams_channels(const struct streams *s)
{
    return s->n;
}

struct channel *streams_channel(const struct streams *s, uint32_t k)
{
    return s->list[k];
}

/* ---- spelling ---- */

void spelling_put(const struct spelling *sp, const struct shared *event, struct buf *out)
{
    if (sp->protocol->kept) {
        buf_text(out, shared_text(event));
    } else if (event->event.name) {
        struct frame_parts parts = frame_parts(shared_text(event), &event->event);
        sp->protocol->put(sp, &parts, out);
    }
}

void spelling_put_hello(const struct spelling *sp, const struct room_joined *j, struct buf *out)
{
    if (sp->protocol->kept) {
        buf_text(out, j->hello);
        return;
    }
    for (int i = 0; i < ROOM_HELLO_MOST && j->hello_at[i].name; i++) {
        struct frame_parts parts = frame_parts(j->hello, &j->hello_at[i]);
        sp->protocol->put(sp, &parts, out);
    }
}

/* What is sent of what has been spelt. False without memory; *ret NULL: there is nothing to be sent. */
static bool take_spelt(const struct spelling *sp, struct buf *spelt, struct chunk **ret)
{
    *ret = spelt->n && !spelt->failed ? sp->protocol->chunk(buf_view(spelt)) : NULL;
    bool whole = !spelt->failed && (*ret || !spelt->n);
    buf_fini(spelt);
    return whole;
}

bool channel_spell(const struct channel *c, const struct shared *event, struct chunk **ret)
{
    struct buf spelt = { 0 };
    spelling_put(c->spelling, event, &spelt);
    return take_spelt(c->spelling, &spelt, ret);
}

/* ---- one stream ---- */

static size_t behind_most(void)
{
    return (size_t)config_here()->sse_backlog;
}

bool stream_has_room(const struct stream *s, size_t n)
{
    return output_has_room(s->wire, n, behind_most());
}

bool stream_write(struct stream *s, struct chunk *c)
{
    const struct spelling *sp = stream_spelling(s);
    s->last_sent = worker_now(s->all->worker);
    if (sp->protocol->behind && !stream_has_room(s, c->n) && sp->protocol->behind(s))
        return false;
    return output_push(s->wire, c, behind_most()) != OUTPUT_CUT;
}

#define TO(phase) STATE(STREAM_##phase)
static const struct state_row phases[] = {
    [STREAM_CATCHING] = { "catching up", TO(LIVE) | TO(ENDING) | TO(GONE) },
    [STREAM_LIVE] = { "live", TO(ENDING) | TO(GONE) },
    [STREAM_ENDING] = { "ending", TO(GONE) },
    [STREAM_GONE] = { "gone", 0 },
};

void stream_enter(struct stream *s, enum stream_phase to)
{
    s->phase = state_next(phases, s->phase, to) & UINT8_MAX;
}

void stream_stop(struct stream *s, const struct frame_parts *last, enum close_reason why)
{
    const struct spelling *sp = stream_spelling(s);
    struct buf spelt = { 0 };
    bool live = s->phase == STREAM_LIVE;
    if (s->phase >= STREAM_ENDING)
        return;
    if (last && live)
        sp->protocol->put(sp, last, &spelt);
    stream_enter(s, STREAM_ENDING);
    sp->protocol->end(s, live && !spelt.failed ? buf_view(&spelt) : (struct text){ 0 }, why);
    buf_fini(&spelt);
}

void stream_tell(struct stream *s, struct chunk *chunk)
{
    if (s->phase == STREAM_LIVE)
        (void)stream_write(s, chunk);
    else if (s->phase == STREAM_CATCHING && !catch_up_hold(s, chunk))
        stream_stop(s, NULL, CLOSE_SLOW_READER);
}

void stream_offer(struct stream *s, struct chunk *chunk)
{
    size_t behind = s->phase == STREAM_CATCHING ? catch_up_held(s) : output_backlog(s->wire);
    if (behind + chunk->n > behind_most() / 2)
        s->all->measures.dropped++;
    else
        stream_tell(s, chunk);
}

void stream_say(struct stream *s, const struct frame_parts *event)
{
    const struct spelling *sp = stream_spelling(s);
    struct buf spelt = { 0 };
    struct chunk *chunk;
    sp->protocol->put(sp, event, &spelt);
    if (!take_spelt(sp, &spelt, &chunk))
        stream_stop(s, NULL, CLOSE_NO_MEMORY);
    else if (chunk)
        stream_tell(s, chunk);
    chunk_unref(chunk);
}

/* ---- its end ---- */

void stream_release(struct stream *s)
{
    catch_up_free(s->catching);
    free(s);
}

bool stream_keep(struct stream *s)
{
    bool kept = s->held;
    s->held = true;
    return kept;
}

void stream_let_go(struct stream *s, bool kept)
{
    s->held = kept;
    if (s->phase == STREAM_GONE && !kept && !s->asking)
        stream_release(s);
}

void stream_forget(struct stream *s, const struct spelling *sp)
{
    stream_enter(s, STREAM_GONE);
    if (sp->protocol->gone)
        sp->protocol->gone(s);
    stream_release(s);
}

void stream_gone(struct stream *s)
{
    const struct spelling *sp = stream_spelling(s);
    struct room_key room = s->channel->room;
    struct room_leave leave = { s->id, s->participant };
    struct streams *all = s->all;
    stream_enter(s, STREAM_GONE);
    if (sp->protocol->gone)
        sp->protocol->gone(s);
    channel_remove(s);
    if (!s->leaving)
        leave_tell(all, room, leave);
    if (!s->asking && !s->held)
        stream_release(s);
}

void stream_on_closed(struct wire *w)
{
    stream_gone(w->arg);
}

void stream_on_drained(struct wire *w)
{
    struct stream *s = w->arg;
    if (s->phase == STREAM_CATCHING)
        catch_up_pump(s);
}

/* ---- channels ---- */

static struct idmap *channels_of(struct streams *s, uint16_t kind, const struct spelling *sp)
{
    for (int i = 0; i < STREAM_SORTS; i++) {
        struct channel_sort *sort = &s->sorts[i];
        if (!sort->kind)
            *sort = (struct channel_sort){ .kind = kind, .spelling = sp };
        if (sort->kind == kind && sort->spelling == sp)
            return &sort->by_id;
    }
    assert(!"more kinds of rooms and spellings than STREAM_SORTS");
    return NULL;
}

static struct channel *at_place(const struct streams *s, uint32_t at)
{
    return at == IDMAP_NONE ? NULL : s->list[at];
}

struct channel *channel_find(struct streams *s, struct room_key room, const struct spelling *sp)
{
    return at_place(s, idmap_get(channels_of(s, room.kind, sp), (uint64_t)room.id));
}

struct channel *channel_next(struct streams *s, struct room_key room, int *at)
{
    struct channel *found = NULL;
    while (!found && *at < STREAM_SORTS && s->sorts[*at].kind) {
        struct channel_sort *sort = &s->sorts[(*at)++];
        if (sort->kind == room.kind)
            found = at_place(s, idmap_get(&sort->by_id, (uint64_t)room.id));
    }
    return found;
}

static bool list_has_room(struct streams *s)
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

struct channel *channel_create(struct streams *s, struct room_key room, const struct spelling *sp, int64_t seq)
{
    struct channel *c = list_has_room(s) ? calloc(1, sizeof *c) : NULL;
    if (!c || !idmap_put(channels_of(s, room.kind, sp), (uint64_t)room.id, s->n)) {
        free(c);
        return NULL;
    }
    c->room = room;
    c->spelling = sp;
    c->all = s;
    c->seq = seq;
    c->due = UINT32_MAX;
    s->list[s->n++] = c;
    return c;
}

void channel_destroy(struct channel *c)
{
    struct streams *s = c->all;
    struct idmap *mine = channels_of(s, c->room.kind, c->spelling);
    uint32_t at = idmap_get(mine, (uint64_t)c->room.id);
    idmap_remove(mine, (uint64_t)c->room.id);
    struct channel *last = s->list[--s->n];
    s->list[at] = last;
    if (at < s->n)
        (void)idmap_put(channels_of(s, last->room.kind, last->spelling), (uint64_t)last->room.id, at);
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

enum error channel_add(struct channel *c, struct stream *s, int32_t user)
{
    if (!channel_has_room(c))
        return ERROR_OVERLOADED;
    enum hold held = budget_hold(c->all->worker, BUDGET_STREAMS, payer_person(user), 1);
    if (held == HELD_REFUSED)
        return budget_rows[BUDGET_STREAMS].error;
    s->counted = held == HELD_KEPT;
    s->channel = c;
    s->at = c->n;
    c->users[c->n] = user;
    c->streams[c->n++] = s;
    c->all->count++;
    c->all->measures.opened++;
    return ERROR_OK;
}

void channel_remove(struct stream *s)
{
    struct channel *c = s->channel;
    if (s->counted)
        budget_release(BUDGET_STREAMS, payer_person(c->users[s->at]), 1);
    c->streams[s->at] = c->streams[--c->n];
    c->users[s->at] = c->users[c->n];
    c->streams[s->at]->at = s->at;
    c->all->count--;
    s->channel = NULL;
    if (!c->n && !c->busy)
        channel_destroy(c);
}

/* What came after the stream had joined. */
static void send_tail(struct stream *s, struct text out)
{
    struct text tail = { out.p + s->skip, out.n - s->skip };
    struct chunk *chunk = tail.n ? stream_spelling(s)->protocol->chunk(tail) : NULL;
    s->skip = 0;
    if (chunk)
        stream_tell(s, chunk);
    else if (tail.n)
        stream_stop(s, NULL, CLOSE_NO_MEMORY);
    chunk_unref(chunk);
}

/* Sends the frames of this turn: one chunk, by reference, to every stream that was there before them. Streams may end
 * meanwhile: their places are taken by later ones, so this goes backwards. */
void channel_flush(struct channel *c)
{
    if (!c->out.n && !c->out.failed)
        return;
    struct chunk *chunk = c->out.failed ? NULL : c->spelling->protocol->chunk(buf_view(&c->out));
    bool outer = c->busy;
    c->busy = true;
    c->flushed = worker_now(c->all->worker);
    c->all->measures.sends += c->n;
    for (uint32_t i = c->n; i-- > 0;) {
        struct stream *s = c->streams[i];
        if (!chunk)
            stream_stop(s, NULL, CLOSE_NO_MEMORY);
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

static bool send_leave(struct streams *s, struct room_key room, struct room_leave leave)
{
    struct system *sys = worker_system(s->worker);
    struct message *m = message_create(MESSAGE_ROOM_LEAVE, sizeof leave);
    struct address to = room_address(sys, room);
    if (!m || !to.kind) {
        message_destroy(m);
        return !to.kind;
    }
    m->reply = NO_RETURN;
    *room_leave(m) = leave;
    if (bus_send_urgent(sys, to, m))
        return true;
    message_destroy(m);
    return false;
}

static void owe_leave(struct streams *s, struct room_key room, struct room_leave leave)
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

void leave_tell(struct streams *s, struct room_key room, struct room_leave leave)
{
    if (!s->draining && !send_leave(s, room, leave))
        owe_leave(s, room, leave);
}

void leave_pay(struct streams *s)
{
    while (s->nowed && send_leave(s, s->owed[s->nowed - 1].room, s->owed[s->nowed - 1].leave))
        s->nowed--;
}

void stream_part(struct stream *s, const struct frame_parts *last, enum close_reason why)
{
    if (s->phase >= STREAM_ENDING)
        return;
    leave_tell(s->all, s->channel->room, (struct room_leave){ s->id, s->participant });
    s->leaving = true;
    stream_stop(s, last, why);
}
