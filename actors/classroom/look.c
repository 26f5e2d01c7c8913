/* What operators see of a classroom, and how its events are read from the log: see look.h. */
#include "actors/classroom/look.h"

#include "actors/classroom/state.h"
#include "store/statements.h"

static const struct classroom *class_of(const struct actor *self)
{
    return actor_state((struct actor *)self);
}

struct room_glance classroom_glance(const struct actor *self)
{
    const struct classroom *room = class_of(self);
    struct room_glance g = { .active = room->active,
                             .creator = room->creator,
                             .epoch = room->base.epoch,
                             .seq = room->base.seq,
                             .streams = room->base.listeners.n,
                             .people = room->npeople };
    for (uint32_t i = 0; i < room->npeople; i++)
        g.present += room->people[i].present;
    return g;
}

void classroom_tell(const struct actor *self, const struct message *m, struct message_told *ret)
{
    room_told(self, m, ret);
    const struct person *p = m->kind == MESSAGE_ROOM_LEAVE
                                 ? person_by_id(class_of(self), room_leave((struct message *)m)->participant)
                                 : NULL;
    if (p)
        ret->user = p->user;
}

uint32_t classroom_streams_of(const struct actor *self, int32_t user)
{
    const struct person *p = person_by_user(class_of(self), user);
    return p ? p->streams : 0;
}

bool classroom_part_of(const struct actor *self, int32_t user, struct json *out)
{
    const struct person *p = person_by_user(class_of(self), user);
    if (!p || !out)
        return p;
    json_int(out, "participant_id", p->id);
    json_int(out, "streams", p->streams);
    json_bool(out, "present", p->present);
    json_bool(out, "muted", p->muted);
    json_bool(out, "kicked", p->kicked);
    return true;
}

uint32_t classroom_members(const struct actor *self, uint32_t most, struct json *out)
{
    const struct classroom *room = class_of(self);
    uint32_t n = room->npeople < most ? room->npeople : most;
    for (uint32_t i = 0; i < n; i++) {
        const struct person *p = &room->people[i];
        json_begin_object(out, NULL);
        json_int(out, "participant_id", p->id);
        json_int(out, "user_id", p->user);
        json_str(out, "name", p->name);
        json_bool(out, "is_teacher", p->teacher);
        json_bool(out, "present", p->present);
        json_int(out, "streams", p->streams);
        json_bool(out, "muted", p->muted);
        json_bool(out, "hand_raised", p->hand.at != 0);
        json_bool(out, "kicked", p->kicked);
        json_time(out, "joined_at", p->joined_at);
        json_end_object(out);
    }
    return room->npeople - n;
}

/* Kept events stand there as they were told; a chat is made again from its row. */
void classroom_event(const struct db_result *r, int row, struct room_past *past)
{
    struct text name = db_text(r, row, CLASSROOM_REPLAY_NAME), message = db_text(r, row, CLASSROOM_REPLAY_MESSAGE);
    past->seq = db_int(r, row, CLASSROOM_REPLAY_SEQ);
    if (name.p && name.n < sizeof past->text) {
        memcpy(past->text, name.p, name.n);
        past->text[name.n] = 0;
        past->name = past->text;
        past->data = db_text(r, row, CLASSROOM_REPLAY_DATA);
    } else if (message.p) {
        struct buf quoted = { 0 };
        json_escape(&quoted, message);
        frame_chat_data(&past->made, (int32_t)db_int(r, row, CLASSROOM_REPLAY_PARTICIPANT_ID),
                        db_text(r, row, CLASSROOM_REPLAY_SENDER_NAME), buf_view(&quoted),
                        db_stamp(r, row, CLASSROOM_REPLAY_AT));
        past->made.failed = past->made.failed || quoted.failed;
        past->name = event_name(EVENT_CHAT);
        past->data = buf_view(&past->made);
        buf_fini(&quoted);
    }
}
