/* Classroom: the actor: what is a class's own in loading a session's room, leaving memory, and describing itself. The
 * rules are in rules.c. */
#include "actors/classroom/classroom.h"

#include "actors/classroom/look.h"
#include "actors/classroom/state.h"
#include "store/statements.h"

static uint64_t grace_ns;
static uint32_t people_most;

static struct classroom *class_of(const struct room *room)
{
    return (struct classroom *)room;
}

/* ---- its life ---- */

static void init(struct room *room)
{
    class_of(room)->grace_ns = grace_ns;
    class_of(room)->people_most = people_most;
    playback_init(&class_of(room)->playback);
}

static bool read_rows(struct room *base, const struct db_result *r)
{
    struct classroom *room = class_of(base);
    if (!classroom_read(room, r))
        return false;
    for (uint32_t i = 0; i < room->npeople; i++)
        if (room->people[i].was_connected)
            class_grant_grace(room);
    return true;
}

static void clear(struct room *room)
{
    classroom_clear(class_of(room));
}

/* Signals go on while the database is away. */
static bool relays(const struct room *room, const struct room_command *said)
{
    const struct person *p = said->op == ROOM_SIGNAL ? person_by_user(class_of(room), said->caller.user) : NULL;
    return p && !p->quiet;
}

static enum receive obey(struct room *room, struct message *m)
{
    return class_obey(class_of(room), m);
}

static void left(struct room *room, int32_t participant)
{
    class_stream_left(class_of(room), participant);
}

static enum receive on_timer(struct room *room, int slot)
{
    class_end_grace(class_of(room));
    return RECEIVED;
}

static bool idle(const struct actor *self)
{
    const struct classroom *room = actor_state((struct actor *)self);
    for (uint32_t i = 0; i < room->npeople; i++)
        if (room->people[i].was_connected)
            return false;
    return !room->base.listeners.n;
}

/* ---- greetings ---- */

static void connected(const struct room *room, int32_t participant, struct buf *data)
{
    const struct person *p = person_by_id(class_of(room), participant);
    struct json j = json_into(data);
    json_begin_object(&j, NULL);
    json_int(&j, "session_id", room->id);
    json_int(&j, "participant_id", p->id);
    json_int(&j, "user_id", p->user);
    json_end_object(&j);
}

static void state(const struct room *room, int32_t participant, struct buf *data)
{
    classroom_snapshot(class_of(room), participant, data);
}

/* ---- what is seen of it ---- */

/* People with their names and places, and what every room holds. */
static uint64_t memory(const struct actor *self)
{
    const struct classroom *room = actor_state((struct actor *)self);
    uint64_t bytes = room_memory(&room->base) + room->cap * sizeof *room->people +
                     (room->by_user.cap + room->by_id.cap) * sizeof(struct idmap_slot);
    for (uint32_t i = 0; i < room->npeople; i++)
        bytes += strlen(room->people[i].name) + 1;
    return bytes;
}

static void describe(const struct actor *self, struct json *out)
{
    const struct classroom *room = actor_state((struct actor *)self);
    json_int(out, "session_id", room->base.id);
    json_bool(out, "is_active", room->active);
    json_int(out, "created_by", room->creator);
    json_int(out, "epoch", room->base.epoch);
    json_int(out, "seq", room->base.seq);
    json_int(out, "streams", room->base.listeners.n);
    json_int(out, "ring", room->base.listeners.ring_n);
    playback_put(&room->playback, worker_now(actor_worker(self)), "playback", NULL, out);
    json_begin_array(out, "people");
    for (uint32_t i = 0; i < room->npeople; i++) {
        const struct person *p = &room->people[i];
        json_begin_object(out, NULL);
        json_int(out, "participant_id", p->id);
        json_int(out, "user_id", p->user);
        json_int(out, "streams", p->streams);
        json_bool(out, "present", p->present);
        json_bool(out, "muted", p->muted);
        json_bool(out, "hand_raised", p->hand.at != 0);
        json_bool(out, "kicked", p->kicked);
        json_end_object(out);
    }
    json_end_array(out);
    hands_put(room, out);
}

/* An unknown session has the name that the contract gives it for each command. Also runs on a sender's thread. */
static void refuse(struct worker *w, const struct message *m, enum error why)
{
    bool unknown = m->kind == MESSAGE_ROOM_COMMAND && why == classroom_ops.absent;
    room_answer_now(w, m, unknown ? class_missing(room_command((struct message *)m)->op) : why);
}

#define DURABLE_LASTS_LOG(name)  name,
#define DURABLE_LASTS_KEPT(name) name,
#define DURABLE_LASTS_NEVER(name)
#define DURABLE_EVENT(symbol, number, name, lasts) DURABLE_##lasts(name)

/* No stream hears of the last. */
static const char *const events[] = { EVENTS(DURABLE_EVENT) "participant_invited", NULL };

const struct room_ops classroom_ops = {
    .kind = &classroom_actor,
    .number = 1,
    .op_name = classroom_op_name,
    .events = events,
    .init = init,
    .load = &CLASSROOM_LOAD,
    .absent = ERROR_SESSION_NOT_FOUND,
    .read = read_rows,
    .clear = clear,
    .left_behind = &CLASSROOM_LEFT_BEHIND,
    .obey = obey,
    .relays = relays,
    .left = left,
    .timer = on_timer,
    .connected = connected,
    .state_event = "session_state",
    .state = state,
    .settle = &CLASSROOM_SETTLE,
    .replay = &CLASSROOM_REPLAY,
    .event = classroom_event,
    .glance = classroom_glance,
    .streams_of = classroom_streams_of,
    .part = classroom_part_of,
    .members = classroom_members,
};

struct actor_kind classroom_actor = {
    .name = "classroom",
    .state_size = sizeof(struct classroom),
    .room = &classroom_ops,
    .activate = room_activate,
    .receive = room_receive,
    .idle = idle,
    .passivate = room_passivate,
    .describe = describe,
    .tell = classroom_tell,
    .memory = memory,
    .refuse = refuse,
};

void classroom_setup(uint64_t grace, uint32_t people)
{
    grace_ns = grace;
    people_most = people;
}

struct address classroom_address(int32_t session_id)
{
    return (struct address){ .kind = &classroom_actor, .id = session_id };
}
