/* Streams of a room: a new one is greeted and caught up, or turned away. See kind.h. */
#include "actors/room/kind.h"

#include <assert.h>
#include <stdlib.h>

/* Greetings on their way: frames and where each stands. */
struct hello {
    struct buf text;
    struct frame_mark at[ROOM_HELLO_MOST];
    int n;
};

static void put(const struct room *room, int64_t seq, const char *type, struct text data, struct hello *to)
{
    assert(to->n < ROOM_HELLO_MOST);
    to->at[to->n++] = frame_put(&to->text, room->epoch, seq, type, data);
}

/* The same with data that the kind writes. */
static void put_written(const struct room *room, int64_t seq, const char *type, int32_t participant,
                        void (*write)(const struct room *room, int32_t participant, struct buf *data), struct hello *to)
{
    struct buf data = { 0 };
    write(room, participant, &data);
    put(room, seq, type, buf_view(&data), to);
    to->text.failed = to->text.failed || data.failed;
    buf_fini(&data);
}

/* connected, then reset if the id could not be served, then how the room stands. */
static void greet(const struct room *room, int32_t participant, bool resumed, bool reset, struct hello *to)
{
    const struct room_ops *ops = actor_address(room->actor).kind->room;
    if (!ops->connected)
        return;
    put_written(room, 0, "connected", participant, ops->connected, to);
    if (reset)
        put(room, 0, "reset", TEXT("{\"type\":\"reset\",\"reason\":\"events since the given id are not known\"}"), to);
    if (ops->state)
        put_written(room, resumed ? 0 : room->seq, ops->state_event, participant, ops->state, to);
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
    struct hello hello = { 0 };
    struct buf end = { 0 };
    greet(room, participant, resumed, cmd->last != LAST_ID_NONE && !resumed, &hello);
    struct room_joined how = { .room = room_key(room),
                               .stream = cmd->stream,
                               .participant = participant,
                               .epoch = room->epoch,
                               .seq = room->seq,
                               .hello = buf_view(&hello.text) };
    memcpy(how.hello_at, hello.at, sizeof how.hello_at);
    if (resumed) {
        how.resumed_at = frame_put(&end, room->epoch, room->seq, "resumed", TEXT("{\"type\":\"resumed\"}"));
        how.resumed = buf_view(&end);
    }
    if (resumed && !in_ring) {
        how.log_after = cmd->last_seq;
        how.log_last = upto;
    }
    struct message *m = hello.text.failed || end.failed ? NULL : room_joined_create(&how, reply);
    if (m && in_ring && cmd->last_seq < upto && !take_missed(room, room_joined(m), cmd->last_seq, upto)) {
        message_destroy(m);
        m = NULL;
    }
    buf_fini(&hello.text);
    buf_fini(&end);
    return m;
}

void room_admit(struct room *room, struct turn *t, const struct message *m, int32_t participant, int64_t upto)
{
    const struct room_command *cmd = room_command((struct message *)m);
    assert(!m->reply.node); /* listeners are told by worker */
    struct listener who = { cmd->stream, m->reply.worker, participant };
    if (!listeners_add(&room->listeners, system_workers(worker_system(actor_worker(room->actor))), who))
        t->failed = true;
    turn_say(t, welcome(room, participant, upto, cmd, m->reply));
}

void room_turn_away(struct room *room, struct message *m, int32_t removed, const char *type, struct text data)
{
    struct turn *t = turn_begin(room->actor);
    struct hello hello = { 0 };
    if (!t) {
        (void)room_no_memory(room, m);
        return;
    }
    put(room, 0, type, data, &hello);
    struct room_joined how = { .ends = true,
                               .room = room_key(room),
                               .stream = room_command(m)->stream,
                               .participant = removed,
                               .hello = buf_view(&hello.text),
                               .hello_at = { hello.at[0] } };
    turn_say(t, hello.text.failed ? NULL : room_joined_create(&how, m->reply));
    turn_end(t);
    buf_fini(&hello.text);
}
