/* Streams of a classroom: a new one is greeted and caught up, the last one of a person ends their presence (classroom
 * contract, section 9.1). */
#include "actors/classroom/state.h"

/* Not logged: nothing has changed. */
static void say_flag(struct classroom *room, struct turn *t, const struct person *p, enum event e, struct buf *data)
{
    struct happening h = { .at = room_now(&room->base), .user = p->user, .event = e };
    class_say_these(room, t, &h, &(struct buf){ 0 }, data);
}

void class_say_flags(struct classroom *room, struct turn *t, const struct person *p)
{
    struct buf muted = { 0 }, hand = { 0 };
    if (p->muted) {
        class_put_muted(&muted, p);
        say_flag(room, t, p, EVENT_PARTICIPANT_MUTED, &muted);
    }
    if (p->hand.at) {
        class_put_hand(&hand, room, p);
        say_flag(room, t, p, EVENT_HAND_RAISED, &hand);
    }
}

static void say_joined(struct classroom *room, struct turn *t, const struct person *p)
{
    struct happening h = {
        .at = room_now(&room->base), .user = p->user, .log = "participant_joined", .event = EVENT_PARTICIPANT_JOINED
    };
    struct buf details = { 0 }, data = { 0 };
    class_put_joined(&details, p, h.at, true);
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
    class_say_these(room, t, &h, &details, &data);
}

void class_person_left(struct classroom *room, struct turn *t, struct person *p, bool tell)
{
    struct happening h = {
        .at = room_now(&room->base), .user = p->user, .log = "participant_left", .event = EVENT_PARTICIPANT_LEFT
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
    class_say_these(room, t, &h, &details, &data);
}

void class_stream_left(struct classroom *room, int32_t participant)
{
    struct person *p = person_by_id(room, participant);
    if (!p || !p->streams || --p->streams)
        return;
    if (!room_can_write(&room->base)) { /* nobody is seen to leave: the grace of a restart is given instead */
        p->was_connected = true;
        class_grant_grace(room);
        return;
    }
    struct turn *t = turn_begin(room->base.actor);
    if (!t) {
        actor_fail(room->base.actor, "no memory");
        return;
    }
    class_person_left(room, t, p, true);
    turn_end(t);
}

void class_grant_grace(struct classroom *room)
{
    actor_timer(room->base.actor, 0, room->grace_ns);
}

void class_end_grace(struct classroom *room)
{
    struct turn *t = NULL;
    if (!room_can_write(&room->base)) {
        class_grant_grace(room);
        return;
    }
    for (uint32_t i = 0; i < room->npeople && room->active; i++) {
        struct person *p = &room->people[i];
        if (!p->was_connected || p->streams)
            continue;
        if (!t && !(t = turn_begin(room->base.actor))) {
            actor_fail(room->base.actor, "no memory");
            return;
        }
        class_person_left(room, t, p, true);
    }
    if (t)
        turn_end(t);
}

static void turn_away(struct classroom *room, struct message *m, int32_t removed)
{
    room_turn_away(&room->base, m, removed, removed ? "kicked" : event_name(EVENT_SESSION_ENDED),
                   removed ? KICKED_DATA : ENDED_DATA);
}

/* The snapshot is told before the flags are, so that who comes hears of its own as everybody else does. */
static void let_in(struct classroom *room, struct turn *t, struct person *p, struct message *m)
{
    p->present = true;
    p->kicked = p->was_connected = p->quiet = false;
    p->streams++;
    person_store(room, p, t);
    say_joined(room, t, p); /* before the stream is a listener: it is not told of itself */
    room_admit(&room->base, t, m, p->id, room->base.seq - 1);
    class_say_flags(room, t, p);
}

enum receive class_listen(struct classroom *room, struct message *m)
{
    bool fresh;
    enum receive so_far;
    if (!room->active) {
        turn_away(room, m, 0);
        return RECEIVED;
    }
    struct person *p = class_enter(room, m, &room_command(m)->caller, &fresh, &so_far);
    if (!p)
        return so_far;
    if (person_banned(room, p)) {
        turn_away(room, m, p->id);
        return RECEIVED;
    }
    struct turn *t = turn_begin(room->base.actor);
    if (!t)
        return room_no_memory(&room->base, m);
    let_in(room, t, p, m);
    turn_end(t);
    return RECEIVED;
}
