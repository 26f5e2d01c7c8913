/* Message: making, releasing and naming envelopes. The envelope lies at the head of its nng_msg's body, so one
 * allocation by nng carries both. Any thread; the table of hooks is written at start only. */
#include "proto/message.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
#define MESSAGE_NAME(symbol, number, payload, purpose) [MESSAGE_##symbol] = #symbol,
    MESSAGE_KINDS(MESSAGE_NAME)
#undef MESSAGE_NAME
};

static void (*releases[MESSAGE_KIND_COUNT])(struct message *m);
static int64_t alive;

struct message *message_create(enum message_kind kind, size_t size)
{
    assert(kind < MESSAGE_KIND_COUNT);
    nng_msg *nng;

    if (size > UINT32_MAX || nng_msg_alloc(&nng, sizeof(struct message) + size))
        return NULL;
    struct message *m = nng_msg_body(nng);
    assert((uintptr_t)m % _Alignof(struct message) == 0);
    memset(m, 0, sizeof(*m) + size);
    m->nng = nng;
    m->kind = kind;
    m->size = size;
    m->reply = NO_RETURN;
    /* Relaxed: a sum for operators and tests; exact once the threads that made messages have been joined. */
    __atomic_fetch_add(&alive, 1, __ATOMIC_RELAXED);
    return m;
}

void message_destroy(struct message *m)
{
    if (!m)
        return;
    if (releases[m->kind])
        releases[m->kind](m);
    nng_msg_free(m->nng);
    /* Relaxed: pairs with the count in message_create, and orders nothing. */
    __atomic_fetch_sub(&alive, 1, __ATOMIC_RELAXED);
}

void message_on_destroy(enum message_kind kind, void (*release)(struct message *m))
{
    assert(kind < MESSAGE_KIND_COUNT);
    releases[kind] = release;
}

const char *message_kind_name(enum message_kind kind)
{
    assert(kind < MESSAGE_KIND_COUNT);
    return names[kind];
}

int64_t message_alive(void)
{
    /* Relaxed: advisory; a stale value is corrected by the next look. */
    return __atomic_load_n(&alive, __ATOMIC_RELAXED);
}
