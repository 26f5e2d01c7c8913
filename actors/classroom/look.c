/* What operators see of a classroom, and how its events are read from the log: see look.h. */
#include "actors/classroom/look.h"

#include "actors/classroom/state.h"
#include "store/statements.h"

static const struct classroom *room_of(const struct actor *self)
{
    return actor_state((struct actor *)self);
}

static struct room_glance glance(const struct actor *self)
{
    const struct classroom *room = room_of(self);
    struct room_glance g = { .active = room->active,
                             .creator = room->creator,
                             .epoch = room->epoch,
                             .seq = room->seq,
                             .streams = room->ears.n,
                             .people = room->npeople };
    for (uint32_t i = 0; i < room->npeople; i++)
        g.present += room->people[i].present;
    return g;
}

static const struct listeners *listeners(const struct actor *self)
{
    return &room_of(self)->ears;
}

void classroom_tell(const struct actor *self, const struct message *m, struct message_told *ret)
{
    room_told(self, m, ret);
    const struct person *p = m->kind == MESSAGE_ROOM_LEAVE
                                 ? person_by_id(room_of(self), room_leave((struct message *)m)->participant)
                                 : NULL;
    if (p)
        ret->user = p->user;
}

static uint32_t streams_of(const struct actor *self, int32_t user)
{
    const struct person *p = person_by_user(room_of(self), user);
    return p ? p->streams : 0;
}

static bool part(const struct actor *self, int32_t user, struct json *out)
{
    const struct person *p = person_by_user(room_of(self), user);
    if (!p || !out)
        return p;
    json_int(out, "participant_id", p->id);
    json_int(out, "streams", p->streams);
    json_bool(out, "present", p->present);
    json_bool(out, "muted", p->muted);
    json_bool(out, "kicked", p->kicked);
    return true;
}

static uint32_t members(const struct actor *self, uint32_t most, struct json *out)
{
    const struct classroom *room = room_of(self);
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
static void event(const struct db_result *r, int row, struct room_past *past)
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

#define DURABLE_LASTS_LOG(name)  name,
#define DURABLE_LASTS_KEPT(name) name,
#define DURABLE_LASTS_NEVER(name)
#define DURABLE_EVENT(symbol, number, name, lasts) DURABLE_##lasts(name)

/* No stream hears of the last. */
static const char *const events[] = { EVENTS(DURABLE_EVENT) "participant_invited", NULL };

const struct room_ops classroom_ops = {
    .kind = &classroom_actor,
    .op_name = classroom_op_name,
    .events = events,
    .glance = glance,
    .listeners = listeners,
    .streams_of = streams_of,
    .part = part,
    .members = members,
    .replay = &CLASSROOM_REPLAY,
    .event = event,
};
