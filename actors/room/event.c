/* Events of a room: one thing that happened becomes a number and a frame, which is encoded once for all its listeners.
 * See kind.h. */
#include "actors/room/kind.h"

#include <assert.h>

int64_t room_now(struct room *room)
{
    int64_t now = worker_wall(actor_worker(room->actor));
    room->last_at = now > room->last_at ? now : room->last_at + 1;
    return room->last_at;
}

/* The encoded frame, one reference; NULL without memory. */
static struct shared *encode(const struct room *room, int64_t seq, const char *type, struct text data)
{
    struct buf b = buf_most(FRAME_MOST);
    struct frame_mark mark = frame_put(&b, room->epoch, seq, type, data);
    struct shared *frame = b.failed ? NULL : shared_event(buf_view(&b), mark);
    buf_fini(&b);
    return frame;
}

/* Of what nobody is told the streams get an empty frame: they must know that its number has passed. */
static void tell(struct room *room, struct turn *t, const struct room_event *e)
{
    struct room_deliver what = { .room = room_key(room),
                                 .seq = room->seq,
                                 .only = e->only,
                                 .user = e->user,
                                 .type = e->data.p ? e->type : e->only_type,
                                 .end_only = e->end_only,
                                 .end_all = e->end_all };
    assert(what.room.kind && what.seq > 0 && (e->only || !e->only_type)); /* see ingress.c for the other side */
    what.frame = e->data.p ? encode(room, room->seq, e->type, e->data) : shared_create(TEXT(""));
    if (e->only_type)
        what.only_frame = encode(room, room->seq, e->only_type, e->only_data);
    t->failed = t->failed || !what.frame || (e->only_type && !what.only_frame);
    if (what.frame)
        listeners_keep(&room->listeners, room->seq, what.frame);
    listeners_tell(&room->listeners, t, &what);
    shared_unref(what.frame);
    shared_unref(what.only_frame);
}

static void on_released(struct actor *actor, int64_t seq)
{
    actor_address(actor).kind->room->committed(room_of(actor), seq);
}

int64_t room_say(struct room *room, struct turn *t, const struct room_event *e)
{
    const struct room_ops *ops = actor_address(room->actor).kind->room;
    int64_t seq = ++room->seq;
    turn_note(t, &(struct recent_event){ .seq = seq,
                                         .at = e->at,
                                         .type = e->type,
                                         .room = (int32_t)room->id,
                                         .user = e->user,
                                         .bytes = e->bytes,
                                         .kind = ops->number });
    turn_settle_by(t, ops->settle, room->id, seq);
    if (ops->committed)
        t->released = on_released;
    if (room->listeners.n)
        tell(room, t, e);
    return seq;
}

void room_whisper(struct room *room, struct turn *t, const char *type, struct text data, int32_t participant)
{
    struct shared *frame = room->listeners.n ? encode(room, 0, type, data) : NULL;
    if (!frame)
        return;
    struct room_deliver what = { .room = room_key(room), .only_frame = frame, .only = participant };
    if (t)
        listeners_tell(&room->listeners, t, &what);
    else
        listeners_tell_now(&room->listeners, worker_system(actor_worker(room->actor)), &what);
    shared_unref(frame);
}

void room_call_out(struct room *room, struct turn *t, const char *type, struct text data)
{
    struct shared *frame = room->listeners.n ? encode(room, 0, type, data) : NULL;
    t->failed = t->failed || (room->listeners.n && !frame);
    if (frame)
        listeners_tell(&room->listeners, t, &(struct room_deliver){ .room = room_key(room), .frame = frame });
    shared_unref(frame);
}

struct json room_begin_data(struct buf *data, const char *type)
{
    struct json j = json_into(data);
    json_begin_object(&j, NULL);
    json_str(&j, "type", type);
    return j;
}
