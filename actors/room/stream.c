/* Streams of a room: a new one is greeted and caught up, or turned away. See kind.h. */
#include "actors/room/kind.h"

#include <stdlib.h>

/* Appends a frame whose data the kind writes. */
static void put(const struct room *room, int64_t seq, const char *type, int32_t participant,
                void (*write)(const struct room *room, int32_t participant, struct buf *data), struct buf *out)
{
    struct buf data = { 0 };
    write(room, participant, &data);
    frame_put(out, room->epoch, seq, type, buf_view(&data));
    out->failed = out->failed || data.failed;
    buf_fini(&data);
}

/* connected, then reset if the id could not be served, then how the room stands. */
static void greet(const struct room *room, int32_t participant, bool resumed, bool reset, struct buf *out)
{
    const struct room_ops *ops = actor_address(room->actor).kind->room;
    put(room, 0, "connected", participant, ops->connected, out);
    if (reset)
        frame_put(out, room->epoch, 0, "reset",
                  TEXT("{\"type\":\"reset\",\"reason\":\"events since the given id are not known\"}"));
    put(room, resumed ? 0 : room->seq, ops->state_event, participant, ops->state, out);
}

/* Takes references of the ring's events after .. upto. */
static bool take_missed(const struct room *room, struct room_joined *joined, int64_t after, int64_t upto)
{
    size_t n = (size_t)(upto - after);
    if (!(joined->missed = malloc(n * sizeof *joined->missed)))
        return false;
    for (int64_t seq = after + 1; seq <= upto; seq++)
        joined->missed[joined->missed_count++] = shared_ref(listeners_frame(&room->listeners, seq));
    return true;
}

/* Everything the new stream must know. */
static struct message *welcome(struct room *room, int32_t participant, int64_t upto, const struct room_command *cmd,
                               struct return_address reply)
{
    bool resumed = cmd->last == LAST_ID_GOOD && cmd->last_epoch == room->epoch && cmd->last_seq <= upto;
    bool in_ring = resumed && listeners_have(&room->listeners, cmd->last_seq, upto);
    struct buf hello = { 0 }, end = { 0 };
    greet(room, participant, resumed, cmd->last != LAST_ID_NONE && !resumed, &hello);
    if (resumed)
        frame_put(&end, room->epoch, room->seq, "resumed", TEXT("{\"type\":\"resumed\"}"));
    struct room_joined how = { .room = room_key(room),
                               .stream = cmd->stream,
                               .participant = participant,
                               .epoch = room->epoch,
                               .seq = room->seq,
                               .hello = buf_view(&hello),
                               .resumed = buf_view(&end) };
    if (resumed && !in_ring) {
        how.log_after = cmd->last_seq;
        how.log_last = upto;
    }
    struct message *m = hello.failed || end.failed ? NULL : room_joined_create(&how, reply);
    if (m && in_ring && cmd->last_seq < upto && !take_missed(room, room_joined(m), cmd->last_seq, upto)) {
        message_destroy(m);
        m = NULL;
    }
    buf_fini(&hello);
    buf_fini(&end);
    return m;
}

void room_admit(struct room *room, struct turn *t, const struct message *m, int32_t participant, int64_t upto)
{
    const struct room_command *cmd = room_command((struct message *)m);
    struct listener who = { cmd->stream, m->reply.worker, participant };
    if (!listeners_add(&room->listeners, system_workers(worker_system(actor_worker(room->actor))), who))
        t->failed = true;
    turn_say(t, welcome(room, participant, upto, cmd, m->reply));
}

void room_turn_away(struct room *room, struct message *m, int32_t removed, const char *type, struct text data)
{
    struct turn *t = turn_begin(room->actor);
    struct buf hello = { 0 };
    if (!t) {
        (void)room_no_memory(room, m);
        return;
    }
    frame_put(&hello, room->epoch, 0, type, data);
    struct room_joined how = { .ends = true,
                               .room = room_key(room),
                               .stream = room_command(m)->stream,
                               .participant = removed,
                               .hello = buf_view(&hello) };
    turn_say(t, hello.failed ? NULL : room_joined_create(&how, m->reply));
    turn_end(t);
    buf_fini(&hello);
}
