/* Kind: what the actors of all kinds of rooms do alike: loading, passing on what they are sent, refusing, leaving memory.
 * See kind.h. */
#include "actors/room/kind.h"

#include "actors/databases.h"
#include "actors/room/persistence.h"
#include "proto/base/log.h"

static uint32_t ring_limit;

void room_kind_setup(const struct room_ops *ops, uint32_t ring, uint64_t idle_ns, uint32_t mailbox)
{
    ring_limit = ring;
    ops->kind->idle_ns = idle_ns;
    ops->kind->mailbox_limit = mailbox;
    listeners_setup();
}

static const struct room_ops *ops_of(const struct actor *self)
{
    return actor_address(self).kind->room;
}

/* ---- its life ---- */

static void on_loaded(void *arg, const struct db_result *r)
{
    struct actor *self = arg;
    const struct room_ops *ops = ops_of(self);
    struct room *room = room_of(self);
    actor_unhold(self);
    if (r->status == DB_REFUSED)
        log_error("a room could not be read", F_STR("kind", ops->kind->name), F_INT("id", room->id),
                  F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK)
        actor_absent(self, ERROR_UNAVAILABLE);
    else if (!r->rows)
        actor_absent(self, ops->absent);
    else if (!ops->read(room, r))
        actor_fail(self, "no memory");
    else
        actor_resume(self);
}

bool room_activate(struct actor *self)
{
    const struct room_ops *ops = ops_of(self);
    struct room *room = room_of(self);
    struct db_params p = { 0 };
    *room = (struct room){ .actor = self, .id = actor_address(self).id, .listeners.ring_limit = ring_limit };
    if (ops->init)
        ops->init(room);
    db_param_int4(&p, (int32_t)room->id);
    actor_hold(self);
    actor_wait(self);
    if (!db_query(db_reading(actor_worker(self)), ops->load, &p, on_loaded, self)) {
        actor_unhold(self);
        actor_absent(self, ERROR_UNAVAILABLE);
    }
    return true;
}

static enum receive obey(struct room *room, const struct room_ops *ops, struct message *m)
{
    struct worker *w = actor_worker(room->actor);
    bool writes = room_can_write(room), crowded = persistence_crowded(worker_persistence(w), room->actor);
    if ((writes && !crowded) || (ops->relays && ops->relays(room, room_command(m))))
        return ops->obey(room, m);
    room_answer_now(w, m, writes ? ERROR_OVERLOADED : ERROR_UNAVAILABLE);
    return RECEIVED;
}

static void leave(struct room *room, const struct room_ops *ops, uint64_t stream)
{
    int32_t participant = listeners_remove(&room->listeners, stream);
    if (participant)
        ops->left(room, participant);
}

enum receive room_receive(struct actor *self, struct message *m)
{
    const struct room_ops *ops = ops_of(self);
    struct room *room = room_of(self);
    switch (m->kind) {
    case MESSAGE_ROOM_COMMAND:
        return obey(room, ops, m);
    case MESSAGE_ROOM_LEAVE:
        leave(room, ops, room_leave(m)->stream);
        return RECEIVED;
    case MESSAGE_TIMER:
        return ops->timer ? ops->timer(room, ((const struct actor_timer *)m->payload)->slot) : RECEIVED;
    default:
        return RECEIVED;
    }
}

static void cut_streams(struct room *room)
{
    struct worker *w = actor_worker(room->actor);
    int workers = room->listeners.had ? system_workers(worker_system(w)) : 0;
    for (int i = 0; i < workers; i++) {
        if (!(room->listeners.had >> i & 1))
            continue;
        struct message *m = message_create(MESSAGE_ROOM_CUT, sizeof(struct room_cut));
        if (!m)
            continue;
        room_cut(m)->room = room_key(room);
        m->reply.worker = i;
        persistence_deliver(worker_persistence(w), m);
    }
}

void room_passivate(struct actor *self)
{
    struct room *room = room_of(self);
    cut_streams(room);
    ops_of(self)->clear(room);
    listeners_fini(&room->listeners);
}

/* ---- answers ---- */

bool room_can_write(const struct room *room)
{
    return persistence_accepts(worker_persistence(actor_worker(room->actor)));
}

void room_answer_now(struct worker *w, const struct message *m, enum error why)
{
    if (m->reply.worker < 0)
        return;
    struct message *answer = room_answer_create(why, (struct text){ 0 }, m->reply);
    if (answer)
        (void)bus_reply(worker_system(w), m->reply, answer); /* lost: the request runs into its time limit */
}

enum receive room_no_memory(struct room *room, const struct message *m)
{
    room_answer_now(actor_worker(room->actor), m, ERROR_OVERLOADED);
    actor_fail(room->actor, "no memory");
    return RECEIVED;
}

void room_refuse(struct room *room, struct message *m, enum error why)
{
    struct turn *t = turn_begin(room->actor);
    if (!t) {
        (void)room_no_memory(room, m);
        return;
    }
    turn_answer(t, m, why, (struct text){ 0 });
    turn_end(t);
}

/* ---- what is seen of it ---- */

void room_told(const struct actor *self, const struct message *m, struct message_told *ret)
{
    room_tell(m, ret);
    if (m->kind == MESSAGE_ROOM_COMMAND && !ret->what)
        ret->what = ops_of(self)->op_name(room_command((struct message *)m)->op) ?: "unknown";
}

uint64_t room_memory(const struct room *room)
{
    const struct listeners *l = &room->listeners;
    return l->cap * sizeof *l->list + room_ring_bytes(l) + l->by_stream.cap * sizeof(struct idmap_slot);
}
