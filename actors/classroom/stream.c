/* Streams of a classroom: a new one is greeted and caught up, the last one of a person ends their presence (classroom
 * contract, section 9.1). */
#include "actors/classroom/state.h"
#include "actors/room/persistence.h"

#include <stdlib.h>

static void say_joined(struct classroom *room, struct turn *t, const struct person *p)
{
    struct happening h = {
        .at = room_now(room), .user = p->user, .log = "participant_joined", .event = EVENT_PARTICIPANT_JOINED
    };
    struct buf details = { 0 }, data = { 0 };
    room_put_joined(&details, p, h.at, true);
    struct json j = room_begin_data(&data, "participant_joined");
    json_int(&j, "participant_id", p->id);
    json_int(&j, "user_id", p->user);
    json_str(&j, "name", p->name);
    json_bool(&j, "is_teacher", p->teacher);
    if (p->muted) /* this and the hand were kept while their owner was away: others may not know */
        json_bool(&j, "is_muted", true);
    if (p->hand.at)
        hands_tell(room, &j);
    json_end_object(&j);
    room_say_these(room, t, &h, &details, &data);
}

void room_person_left(struct classroom *room, struct turn *t, struct person *p, bool tell)
{
    struct happening h = {
        .at = room_now(room), .user = p->user, .log = "participant_left", .event = EVENT_PARTICIPANT_LEFT
    };
    p->present = p->was_connected = false;
    p->streams = 0;
    p->left_at = h.at;
    person_store(room, p, t);
    struct buf details = { 0 }, data = { 0 };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_int(&j, "participant_id", p->id);
    json_time(&j, "left_at", h.at);
    json_end_object(&j);
    if (tell) {
        j = room_begin_data(&data, "participant_left");
        json_int(&j, "participant_id", p->id);
        json_end_object(&j);
    }
    room_say_these(room, t, &h, &details, &data);
}

bool room_can_write(const struct classroom *room)
{
    return persistence_accepts(worker_persistence(actor_worker(room->actor)));
}

void room_leave_stream(struct classroom *room, const struct room_leave *leave)
{
    struct person *p = person_by_id(room, listeners_remove(&room->ears, leave->stream));
    if (!p || !p->streams || --p->streams)
        return;
    if (!room_can_write(room)) { /* nobody is seen to leave: the grace of a restart is given instead */
        p->was_connected = true;
        room_grant_grace(room);
        return;
    }
    struct turn *t = turn_begin(room->actor);
    if (!t) {
        actor_fail(room->actor, "no memory");
        return;
    }
    room_person_left(room, t, p, true);
    turn_end(t);
}

void room_grant_grace(struct classroom *room)
{
    actor_timer(room->actor, 0, room->grace_ns);
}

void room_end_grace(struct classroom *room)
{
    struct turn *t = NULL;
    if (!room_can_write(room)) {
        room_grant_grace(room);
        return;
    }
    for (uint32_t i = 0; i < room->npeople && room->active; i++) {
        struct person *p = &room->people[i];
        if (!p->was_connected || p->streams)
            continue;
        if (!t && !(t = turn_begin(room->actor))) {
            actor_fail(room->actor, "no memory");
            return;
        }
        room_person_left(room, t, p, true);
    }
    if (t)
        turn_end(t);
}

/* connected, then reset if the id could not be served, then session_state. */
static void greet(const struct classroom *room, const struct person *p, bool resumed, bool reset, struct buf *out)
{
    struct buf data = { 0 };
    struct json j = json_into(&data);
    json_begin_object(&j, NULL);
    json_int(&j, "session_id", room->id);
    json_int(&j, "participant_id", p->id);
    json_int(&j, "user_id", p->user);
    json_end_object(&j);
    frame_put(out, room->epoch, 0, "connected", buf_view(&data));
    if (reset)
        frame_put(out, room->epoch, 0, "reset",
                  TEXT("{\"type\":\"reset\",\"reason\":\"events since the given id are not known\"}"));
    out->failed = out->failed || data.failed;
    buf_reset(&data);
    classroom_snapshot(room, p->id, &data);
    frame_put(out, room->epoch, resumed ? 0 : room->seq, "session_state", buf_view(&data));
    out->failed = out->failed || data.failed;
    buf_fini(&data);
}

/* Takes references of the ring's events after .. upto. */
static bool take_missed(const struct classroom *room, struct room_joined *joined, int64_t after, int64_t upto)
{
    size_t n = (size_t)(upto - after);
    if (!(joined->missed = malloc(n * sizeof *joined->missed)))
        return false;
    for (int64_t seq = after + 1; seq <= upto; seq++)
        joined->missed[joined->missed_count++] = shared_ref(listeners_frame(&room->ears, seq));
    return true;
}

/* Everything the new stream must know. Its own participant_joined is event room->seq, the last one said. */
static struct message *welcome(struct classroom *room, const struct person *p, const struct room_command *cmd,
                               struct return_address reply)
{
    int64_t upto = room->seq - 1;
    bool resumed = cmd->last == LAST_ID_GOOD && cmd->last_epoch == room->epoch && cmd->last_seq <= upto;
    bool in_ring = resumed && listeners_have(&room->ears, cmd->last_seq, upto);
    struct buf hello = { 0 }, end = { 0 };
    greet(room, p, resumed, cmd->last != LAST_ID_NONE && !resumed, &hello);
    if (resumed)
        frame_put(&end, room->epoch, room->seq, "resumed", TEXT("{\"type\":\"resumed\"}"));
    struct room_joined how = { .room = { classroom_kind_name, room->id },
                               .stream = cmd->stream,
                               .participant = p->id,
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

/* Who is not let in is told what those hear who are there when it happens: that ends a client's listening, while a
 * refusal has it come back for ever. `removed`: the participant; 0: the session has ended. */
static void turn_away(struct classroom *room, struct message *m, int32_t removed)
{
    const struct room_command *cmd = room_command(m);
    struct turn *t = turn_begin(room->actor);
    struct buf hello = { 0 };
    if (!t) {
        (void)room_no_memory(room, m);
        return;
    }
    frame_put(&hello, room->epoch, 0, removed ? "kicked" : event_name(EVENT_SESSION_ENDED),
              removed ? KICKED_DATA : ENDED_DATA);
    struct room_joined how = { .ends = true,
                               .room = { classroom_kind_name, room->id },
                               .stream = cmd->stream,
                               .participant = removed,
                               .hello = buf_view(&hello) };
    turn_say(t, hello.failed ? NULL : room_joined_create(&how, m->reply));
    turn_end(t);
    buf_fini(&hello);
}

/* The snapshot is told before the flags are, so that who comes hears of its own as everybody else does. */
static void let_in(struct classroom *room, struct turn *t, struct person *p, struct message *m)
{
    const struct room_command *cmd = room_command(m);
    struct listener who = { cmd->stream, m->reply.worker, p->id };
    p->present = true;
    p->kicked = p->was_connected = p->quiet = false;
    p->streams++;
    person_store(room, p, t);
    say_joined(room, t, p); /* before the stream is a listener: it is not told of itself */
    if (!listeners_add(&room->ears, system_workers(worker_system(actor_worker(room->actor))), who))
        t->failed = true;
    turn_say(t, welcome(room, p, cmd, m->reply));
    room_say_flags(room, t, p);
}

enum receive room_listen(struct classroom *room, struct message *m)
{
    bool fresh;
    enum receive so_far;
    if (!room->active) {
        turn_away(room, m, 0);
        return RECEIVED;
    }
    struct person *p = room_enter(room, m, &room_command(m)->caller, &fresh, &so_far);
    if (!p)
        return so_far;
    if (person_banned(room, p)) {
        turn_away(room, m, p->id);
        return RECEIVED;
    }
    struct turn *t = turn_begin(room->actor);
    if (!t)
        return room_no_memory(room, m);
    let_in(room, t, p, m);
    turn_end(t);
    return RECEIVED;
}
