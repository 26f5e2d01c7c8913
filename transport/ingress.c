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

static const struct actor_kind kind = {
    .name = "ingress",
    .mailbox_limit = 262144,
    .activate = activate,
    .receive = receive,
    .describe = describe,
};

const struct actor_kind *ingress_kind(void)
{
    return &kind;
}
