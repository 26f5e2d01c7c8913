/* Bus: from an address to a mailbox, and a named answer when there is no way in. Any thread; takes a shard's lock for
 * the look-up and the home worker's for the wake-up, one after the other. */
#include "actors/runtime/bus.h"

#include "actors/runtime/bus_core.h"
#include "actors/runtime/counts.h"
#include "actors/runtime/kinds.h"
#include "actors/runtime/registry.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

#include <assert.h>

static void count_full(struct system *s, bool ingress)
{
    struct worker *w = worker_current_of(s);

    if (w)
        (ingress ? &w->measures.ingress : &w->measures.deepest)->full++;
}

/* ---- messages that do not arrive ---- */

/* Without memory for the error nobody answers; whoever waits has a time limit. */
static void tell(struct system *s, const struct message *m, enum error why)
{
    struct message *e = m->reply.worker < 0 ? NULL : message_create(MESSAGE_ACTOR_ERROR, sizeof(struct actor_error));

    if (!e)
        return;
    ((struct actor_error *)e->payload)->why = why;
    bus_reply(s, m->reply, e);
}

/* An answer or a timer is refused in silence: its sender does not wait. */
void bus_refuse(struct system *s, struct address to, struct message *m, enum error why)
{
    struct worker *w = worker_current_of(s);

    counts_add(s, COUNT_REFUSED);
    if (m->kind == MESSAGE_TIMER || m->kind == MESSAGE_ACTOR_ERROR || to.kind == s->ingress_kind)
        ;
    else if (to.kind->refuse)
        to.kind->refuse(w ? w : system_home(s, to), m, why);
    else
        tell(s, m, why);
    message_destroy(m);
}

/* ---- sending ---- */

/* Pushes and wakes; the reference is kept by the inject queue or given back. */
static enum mailbox_push push(struct system *s, struct actor *a, struct message *m, bool urgent)
{
    struct worker *w = worker_current_of(s);

    if (w && w->trace)
        m->sent = worker_clock(w);
    enum mailbox_push result = mailbox_push(&a->mailbox, m, urgent);
    if (result == MAILBOX_WOKE && a->home != w && worker_inject(a->home, a))
        return result;
    if (result == MAILBOX_WOKE && a->home == w)
        actor_wake(a);
    else if (result == MAILBOX_CLOSED && !word_raised(&s->stopping))
        registry_forget(a);
    actor_unref(a);
    return result;
}

/* A mailbox that has just closed is forgotten and the next look-up makes a new actor, so the second attempt finds an
 * open one unless that closes too. Returns ERROR_OK when the message is delivered. */
static enum error deliver(struct system *s, struct address to, struct message *m, bool urgent)
{
    while (!word_raised(&s->stopping)) {
        struct actor *a = registry_take(s, to);
        if (!a)
            return ERROR_OVERLOADED;
        enum mailbox_push result = push(s, a, m, urgent);
        if (result == MAILBOX_FULL) {
            count_full(s, false);
            return ERROR_OVERLOADED;
        }
        if (result != MAILBOX_CLOSED)
            return ERROR_OK;
    }
    return ERROR_UNAVAILABLE;
}

void bus_send(struct system *s, struct address to, struct message *m)
{
    assert(to.kind && m);
    counts_add(s, COUNT_SENT);
    enum error why = deliver(s, to, m, false);
    if (why)
        bus_refuse(s, to, m, why);
}

bool bus_send_urgent(struct system *s, struct address to, struct message *m)
{
    assert(to.kind && m);
    enum error why = deliver(s, to, m, true);
    if (why == ERROR_OVERLOADED)
        return false;
    counts_add(s, COUNT_SENT);
    if (why)
        bus_refuse(s, to, m, why);
    return true;
}

/* An ingress lives as long as the system: no look-up. */
static bool to_ingress(struct system *s, int worker, struct message *m, bool urgent)
{
    struct actor *a = s->ingress && worker >= 0 && worker < s->worker_count ? s->ingress[worker] : NULL;

    if (!a)
        return false;
    word_ref(&a->refs);
    enum mailbox_push result = push(s, a, m, urgent);
    if (result == MAILBOX_FULL)
        count_full(s, true);
    return result == MAILBOX_QUEUED || result == MAILBOX_WOKE;
}

bool bus_reply(struct system *s, struct return_address to, struct message *m)
{
    assert(m);
    m->reply = to;
    counts_add(s, COUNT_SENT);
    bool sent = !to.node && to_ingress(s, to.worker, m, true);
    if (!sent)
        counts_drop(s, m);
    return sent;
}

bool bus_to_ingress(struct system *s, int worker, struct message *m)
{
    assert(m);
    if (!to_ingress(s, worker, m, false))
        return false;
    counts_add(s, COUNT_SENT);
    return true;
}
