/* Mailbox: a reservation word decides who may enter, an intrusive list with an embedded stub keeps the order. Producers
 * run on any thread, the rest on the owner's. Allocates nothing, locks nothing. */
#include "actors/runtime/mailbox.h"

#include <assert.h>

#define CLOSED ((uint64_t)1)
#define PLACE  ((uint64_t)2) /* one message in the reservation word */

static_assert(sizeof(struct mailbox) <= 64, "a mailbox fits a cache line");
static_assert(offsetof(struct message, next) == 0, "the stub is a message of which only the link exists");

/* The link of a message or of the stub, which has no more than that. */
static struct message **link_of(struct message *m)
{
    return (struct message **)(void *)m;
}

static struct message *stub_of(struct mailbox *m)
{
    return (struct message *)(void *)&m->stub_next;
}

void mailbox_init(struct mailbox *m, uint32_t limit)
{
    assert(limit > 0);
    *m = (struct mailbox){ .limit = limit };
    m->head = m->tail = stub_of(m);
}

static void append(struct mailbox *m, struct message *msg)
{
    /* Relaxed: nobody sees the message before the exchange. */
    __atomic_store_n(link_of(msg), NULL, __ATOMIC_RELAXED);
    /* Release: the body must be visible before the link; acquire: prev's own link was reset before we set it. Pairs
     * with the exchange of the next producer and the load of head in mailbox_pop. */
    struct message *prev = __atomic_exchange_n(&m->head, msg, __ATOMIC_ACQ_REL);
    /* Release: the body must be visible to whoever follows the link. Pairs with the acquires in mailbox_pop. */
    __atomic_store_n(link_of(prev), msg, __ATOMIC_RELEASE);
}

enum mailbox_push mailbox_push(struct mailbox *m, struct message *msg, bool urgent)
{
    uint64_t most = (urgent ? 2 * (uint64_t)m->limit : m->limit) * PLACE;
    /* Acquire: whoever is told CLOSED sees what the owner did before closing. Pairs with mailbox_close. */
    uint64_t word = __atomic_load_n(&m->word, __ATOMIC_ACQUIRE);

    do {
        if (word & CLOSED)
            return MAILBOX_CLOSED;
        if (word >= most)
            return MAILBOX_FULL;
        /* Acquire: the one that gets WOKE must see the last run's writes. Pairs with the release in mailbox_settle. */
    } while (!__atomic_compare_exchange_n(&m->word, &word, word + PLACE, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    append(m, msg);
    return word == 0 ? MAILBOX_WOKE : MAILBOX_QUEUED;
}

struct message *mailbox_pop(struct mailbox *m)
{
    struct message *tail = m->tail;
    /* Acquire: the body of what the link leads to. Pairs with the release store in append. */
    struct message *next = __atomic_load_n(link_of(tail), __ATOMIC_ACQUIRE);

    if (tail == stub_of(m)) {
        if (!next)
            return NULL;
        m->tail = tail = next;
        /* Acquire: as above. */
        next = __atomic_load_n(link_of(tail), __ATOMIC_ACQUIRE);
    }
    if (next) {
        m->tail = next;
        return tail;
    }
    /* Acquire: pairs with the exchange in append. Another head means that a producer has not linked yet. */
    if (__atomic_load_n(&m->head, __ATOMIC_ACQUIRE) != tail)
        return NULL;
    /* The last message can only be taken off when something follows it: the stub. */
    append(m, stub_of(m));
    /* Acquire: pairs with the release store in append. */
    next = __atomic_load_n(link_of(tail), __ATOMIC_ACQUIRE);
    if (!next)
        return NULL;
    m->tail = next;
    return tail;
}

bool mailbox_settle(struct mailbox *m, uint32_t n)
{
    /* Acquire-release: the next owner sees this run's writes, and this one what the producers wrote. Pairs with the
     * compare-and-swap in mailbox_push. */
    uint64_t before = __atomic_fetch_sub(&m->word, n * PLACE, __ATOMIC_ACQ_REL);
    uint32_t depth = before / PLACE;

    assert(depth >= n);
    if (depth > m->highest)
        m->highest = depth;
    return depth > n;
}

bool mailbox_close_if_drained(struct mailbox *m, uint32_t n)
{
    uint64_t drained = n * PLACE;

    /* Acquire-release: as in mailbox_settle. A push that came first makes it fail; one that comes later sees CLOSED. */
    return __atomic_compare_exchange_n(&m->word, &drained, CLOSED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

void mailbox_close(struct mailbox *m)
{
    /* Acquire-release: pairs with the compare-and-swap in mailbox_push; what was reserved before is still to be popped.
     */
    __atomic_fetch_or(&m->word, CLOSED, __ATOMIC_ACQ_REL);
}

uint32_t mailbox_depth(const struct mailbox *m)
{
    /* Relaxed: advisory; a stale value is corrected by the next settle. */
    return __atomic_load_n(&m->word, __ATOMIC_RELAXED) / PLACE;
}
