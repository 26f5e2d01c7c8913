/* Ingress: passes what rooms say to the table of waiting requests or to the streams. */
#include "transport/ingress.h"

#include "transport/asks.h"
#include "transport/sse/sse.h"
#include "transport/transport.h"

static enum receive receive(struct actor *self, struct message *m)
{
    struct transport *t = transport_of(actor_worker(self));
    switch (m->kind) {
    case MESSAGE_ROOM_DELIVER:
        sse_deliver(t->sse, room_deliver(m));
        break;
    case MESSAGE_ROOM_CUT:
        sse_cut(t->sse, room_cut(m)->room);
        break;
    default:
        if (!asks_answered(t->asks, m) && m->kind == MESSAGE_ROOM_JOINED)
            sse_abandon(t->sse, room_joined(m));
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
    json_int(out, "streams", sse_streams(t->sse));
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
