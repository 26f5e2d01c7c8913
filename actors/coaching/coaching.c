/* Coaching: the actor: what is a session's own in loading its room, leaving memory, and describing itself. The rules are in
 * rules.c. */
#include "actors/coaching/coaching.h"

#include "actors/coaching/state.h"
#include "store/statements.h"

static struct actor_kind actor;

/* ---- its life ---- */

static bool read_rows(struct room *room, const struct db_result *r)
{
    return coaching_read(coaching_of(room), r);
}

static void clear(struct room *room)
{
    coaching_clear(coaching_of(room));
}

static enum receive obey(struct room *room, struct message *m)
{
    return coaching_obey(coaching_of(room), m);
}

static void left(struct room *room, int32_t participant)
{
}

static bool idle(const struct actor *self)
{
    return !room_of(self)->listeners.n;
}

/* ---- its log ---- */

static void event(const struct db_result *r, int row, struct room_past *past)
{
    struct text payload = db_text(r, row, COACHING_REPLAY_PAYLOAD);
    past->seq = db_int(r, row, COACHING_REPLAY_SEQ);
    past->name = payload.p ? COACHING_NUDGE : COACHING_ENDED;
    coaching_put_event(&past->made, past->name, db_text(r, row, COACHING_REPLAY_SID), payload.p ? payload : TEXT("{}"));
    past->data = buf_view(&past->made);
}

/* ---- what is seen of it ---- */

static const struct coaching *seen(const struct actor *self)
{
    return coaching_of(room_of(self));
}

static uint32_t streams_of(const struct actor *self, int32_t user)
{
    return listeners_of(&room_of(self)->listeners, user);
}

static uint32_t present(const struct coaching *session)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < session->ntalkers; i++)
        n += listeners_of(&session->base.listeners, session->talkers[i].person) > 0;
    return n;
}

static struct room_glance glance(const struct actor *self)
{
    const struct coaching *session = seen(self);
    return (struct room_glance){ .active = session->active,
                                 .creator = session->creator,
                                 .epoch = session->base.epoch,
                                 .seq = session->base.seq,
                                 .streams = session->base.listeners.n,
                                 .people = session->ntalkers,
                                 .present = present(session) };
}

static void put_talker(const struct coaching *session, const struct talker *who, struct json *out)
{
    room_put_listener(&session->base, who->person, out);
    json_time(out, "nudged_at", who->nudged_at);
}

static bool part(const struct actor *self, int32_t user, struct json *out)
{
    const struct talker *who = coaching_talker(seen(self), user);
    if (who && out)
        put_talker(seen(self), who, out);
    return who;
}

static uint32_t members(const struct actor *self, uint32_t most, struct json *out)
{
    const struct coaching *session = seen(self);
    uint32_t n = session->ntalkers < most ? session->ntalkers : most;
    for (uint32_t i = 0; i < n; i++) {
        json_begin_object(out, NULL);
        put_talker(session, &session->talkers[i], out);
        json_int(out, "user_id", session->talkers[i].person);
        json_text(out, "name", session->talkers[i].name);
        json_end_object(out);
    }
    return session->ntalkers - n;
}

static void describe(const struct actor *self, struct json *out)
{
    const struct coaching *session = seen(self);
    json_text(out, "sid", session->sid);
    json_bool(out, "is_active", session->active);
    json_int(out, "created_by", session->creator);
    json_int(out, "participants", session->ntalkers);
    json_int(out, "epoch", session->base.epoch);
    json_int(out, "seq", session->base.seq);
    json_int(out, "streams", session->base.listeners.n);
}

static uint64_t memory(const struct actor *self)
{
    return coaching_bytes(seen(self));
}

static const char *const events[] = { COACHING_NUDGE, COACHING_ENDED, NULL };

const struct room_ops coaching_ops = {
    .kind = &actor,
    .number = 3,
    .op_name = coaching_op_name,
    .events = events,
    .load = &COACHING_LOAD,
    .absent = ERROR_COACHING_CLOSED,
    .read = read_rows,
    .clear = clear,
    .obey = obey,
    .left = left,
    .settle = &COACHING_SETTLE,
    .replay = &COACHING_REPLAY,
    .event = event,
    .glance = glance,
    .streams_of = streams_of,
    .part = part,
    .members = members,
};

static struct actor_kind actor = {
    .name = "coaching",
    .state_size = sizeof(struct coaching),
    .room = &coaching_ops,
    .activate = room_activate,
    .receive = room_receive,
    .idle = idle,
    .passivate = room_passivate,
    .describe = describe,
    .tell = room_told,
    .memory = memory,
    .refuse = room_answer_now,
};

struct address coaching_address(int32_t number)
{
    return (struct address){ .kind = &actor, .id = number };
}
