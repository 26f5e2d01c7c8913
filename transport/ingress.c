/* Ingress: passes what rooms say to the table of waiting requests or to the streams. */
#include "transport/ingress.h"

#include "actors/runtime/inspect.h"
#include "transport/asks.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"

#include <assert.h>

static enum receive receive(struct actor *self, struct message *m)
{
    struct transport *t = transport_of(actor_worker(self));
    switch (m->kind) {
    case MESSAGE_ROOM_DELIVER: /* as the room left it: actors/room/event.c */
        assert(room_deliver(m)->room.kind && room_deliver(m)->seq >= 0);
        streams_deliver(t->streams, room_deliver(m));
        break;
    case MESSAGE_ROOM_CUT:
        streams_cut(t->streams, room_cut(m)->room);
        break;
    default:
        if (!asks_answered(t->asks, m) && m->kind == MESSAGE_ROOM_JOINED)
            streams_abandon(t->streams, room_joined(m));
    }
    return RECEIVED;
}

static bool activate(struct actor *self)
{
    return true;
}

static void describe(const struct actor *self, struct json *out)
{
    const struct transport *t = transport_of(actor_worker(self));
    json_int(out, "asks", asks_waiting(t->asks));
    json_int(out, "streams", streams_count(t->streams));
}

/* An answer belongs to the request that waits for it. */
static void tell(const struct actor *self, const struct message *m, struct message_told *ret)
{
    room_tell(m, ret);
    if (m->kind != MESSAGE_ROOM_ANSWER && m->kind != MESSAGE_ROOM_JOINED && m->kind != MESSAGE_ACTOR_ERROR)
        return;
    const struct request *rq = asks_waits(transport_of(actor_worker(self))->asks, m);
    if (!rq)
        return;
    ret->user = request_user(rq);
    ret->request = request_number(rq);
    ret->request_worker = worker_index(actor_worker(self));
}

static const struct actor_kind kind = {
    .name = "ingress",
    .mailbox_limit = 262144,
    .activate = activate,
    .receive = receive,
    .describe = describe,
    .tell = tell,
};

const struct actor_kind *ingress_kind(void)
{
    return &kind;
}

/* ---- the part of a worker ---- */

static bool part_prepare(const struct setup *s)
{
    return system_set_ingress(s->system, &kind);
}

static struct queue_numbers of_mailbox(const struct mailbox_numbers *m)
{
    return (struct queue_numbers){ m->limit ? (int64_t)m->limit : -1, m->depth, m->highest, (int64_t)m->full };
}

static void read_mailbox(struct worker *w, struct queue_numbers *ret)
{
    struct worker_measures m;
    worker_measure(w, &m);
    *ret = of_mailbox(&m.deepest);
}

static void read_deliveries(struct worker *w, struct queue_numbers *ret)
{
    struct worker_measures m;
    worker_measure(w, &m);
    *ret = of_mailbox(&m.ingress);
}

static const struct queue_row queues[] = {
    { "mailbox", "mailbox of an actor", "its kind's",
      "sender gets `OVERLOADED` (503); urgent messages have as much again in reserve",
      "all who may speak to the actor, `budget-requests` each", read_mailbox },
    { "deliveries", "deliveries to a worker (its ingress mailbox)", "262144",
      "all streams of that worker are cut; they come back",
      "rooms with many people; `room-people`, `budget-actions`, `budget-signals`", read_deliveries },
    { 0 },
};

const struct part ingress_part = { .name = "ingress", .prepare = part_prepare, .queues = queues };
