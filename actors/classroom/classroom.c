/* Classroom: the actor: loading a session's room, passing on what it is sent, leaving memory, describing itself. The
 * rules are in classroom_rules.c. */
#include "actors/classroom/classroom.h"

#include "actors/classroom/look.h"
#include "actors/classroom/state.h"
#include "actors/databases.h"
#include "actors/room/persistence.h"
#include "proto/base/log.h"
#include "store/statements.h"

static uint64_t grace_ns;
static uint32_t ring_limit;

static void on_loaded(void *arg, const struct db_result *r)
{
    struct actor *self = arg;
    struct classroom *room = actor_state(self);
    actor_unhold(self);
    if (r->status == DB_REFUSED)
        log_error("a classroom could not be read", F_INT("id", room->id), F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK) {
        actor_absent(self, ERROR_UNAVAILABLE);
        return;
    }
    if (!r->rows) {
        actor_absent(self, ERROR_SESSION_NOT_FOUND);
        return;
    }
    if (!classroom_read(room, r)) {
        actor_fail(self, "no memory");
        return;
    }
    for (uint32_t i = 0; i < room->npeople; i++)
        if (room->people[i].was_connected)
            room_grant_grace(room);
    actor_resume(self);
}

static bool activate(struct actor *self)
{
    struct classroom *room = actor_state(self);
    struct db_params p = { 0 };
    *room = (struct classroom){
        .actor = self, .id = (int32_t)actor_address(self).id, .grace_ns = grace_ns, .ears.ring_limit = ring_limit
    };
    playback_init(&room->playback);
    db_param_int4(&p, room->id);
    actor_hold(self);
    actor_wait(self);
    if (!db_query(db_reading(actor_worker(self)), &CLASSROOM_LOAD, &p, on_loaded, self)) {
        actor_unhold(self);
        actor_absent(self, ERROR_UNAVAILABLE);
    }
    return true;
}

/* Signals go on while the database is away. */
static bool only_relays(const struct classroom *room, const struct room_command *said)
{
    const struct person *p = said->op == ROOM_SIGNAL ? person_by_user(room, said->caller.user) : NULL;
    return p && !p->quiet;
}

static enum receive receive(struct actor *self, struct message *m)
{
    struct classroom *room = actor_state(self);
    switch (m->kind) {
    case MESSAGE_ROOM_COMMAND:
        if (!room_can_write(room) && !only_relays(room, room_command(m))) {
            room_answer_now(actor_worker(self), m, ERROR_UNAVAILABLE);
            return RECEIVED;
        }
        return room_obey(room, m);
    case MESSAGE_ROOM_LEAVE:
        room_leave_stream(room, room_leave(m));
        return RECEIVED;
    case MESSAGE_TIMER:
        room_end_grace(room);
        return RECEIVED;
    default: /* ROOM_WAKE: being active is all it asks for */
        return RECEIVED;
    }
}

static bool idle(const struct actor *self)
{
    const struct classroom *room = actor_state((struct actor *)self);
    for (uint32_t i = 0; i < room->npeople; i++)
        if (room->people[i].was_connected)
            return false;
    return !room->ears.n;
}

/* Streams of a room that is built anew are cut: they come back with their last id and lose nothing. */
static void passivate(struct actor *self)
{
    struct classroom *room = actor_state(self);
    struct worker *w = actor_worker(self);
    int workers = room->ears.had ? system_workers(worker_system(w)) : 0;
    for (int i = 0; i < workers; i++) {
        if (!(room->ears.had >> i & 1))
            continue;
        struct message *m = message_create(MESSAGE_ROOM_CUT, sizeof(struct room_cut));
        if (!m)
            continue;
        room_cut(m)->room = (struct room_key){ classroom_kind_name, room->id };
        m->reply.worker = i;
        persistence_deliver(worker_persistence(w), m);
    }
    classroom_clear(room);
}

/* People with their names and places, streams, and the frames of the ring, which others may hold too. */
static uint64_t memory(const struct actor *self)
{
    const struct classroom *room = actor_state((struct actor *)self);
    const struct listeners *l = &room->ears;
    uint64_t bytes = room->cap * sizeof *room->people + l->cap * sizeof *l->list + l->ring_bytes +
                     l->ring_cap * sizeof *l->ring +
                     (room->by_user.cap + room->by_id.cap + l->by_stream.cap) * sizeof(struct idmap_slot);
    for (uint32_t i = 0; i < room->npeople; i++)
        bytes += strlen(room->people[i].name) + 1;
    return bytes;
}

static void describe(const struct actor *self, struct json *out)
{
    const struct classroom *room = actor_state((struct actor *)self);
    json_int(out, "session_id", room->id);
    json_bool(out, "is_active", room->active);
    json_int(out, "created_by", room->creator);
    json_int(out, "epoch", room->epoch);
    json_int(out, "seq", room->seq);
    json_int(out, "streams", room->ears.n);
    json_int(out, "ring", room->ears.ring_n);
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
    bool unknown = m->kind == MESSAGE_ROOM_COMMAND && why == ERROR_SESSION_NOT_FOUND;
    room_answer_now(w, m, unknown ? room_missing(room_command((struct message *)m)->op) : why);
}

struct actor_kind classroom_actor = {
    .name = classroom_kind_name,
    .state_size = sizeof(struct classroom),
    .room = &classroom_ops,
    .activate = activate,
    .receive = receive,
    .idle = idle,
    .passivate = passivate,
    .describe = describe,
    .tell = classroom_tell,
    .memory = memory,
    .refuse = refuse,
};

const struct actor_kind *classroom_kind(void)
{
    return &classroom_actor;
}

void classroom_setup(uint32_t ring, uint64_t idle_ns, uint64_t grace, uint32_t mailbox)
{
    ring_limit = ring;
    grace_ns = grace;
    classroom_actor.idle_ns = idle_ns;
    classroom_actor.mailbox_limit = mailbox;
    listeners_setup();
}

struct address classroom_address(int32_t session_id)
{
    return (struct address){ .kind = &classroom_actor, .id = session_id };
}
