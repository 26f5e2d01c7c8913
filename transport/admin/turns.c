/* Turns: see turns.h. When a user or a process was served stands with each of its askers, so that it takes no table. */
#include "transport/admin/turns.h"

#include <assert.h>

void turns_add(struct turns *t, struct asker *a)
{
    a->waits = 0;
    a->user_served = a->process_served = t->clock ? t->clock - 1 : 0;
    for (const struct asker *other = t->first; other; other = other->next) {
        if (turns_same_user(a, other))
            a->user_served = other->user_served;
        if (turns_same_process(a, other))
            a->process_served = other->process_served;
    }
    a->next = t->first;
    t->first = a;
}

void turns_remove(struct turns *t, struct asker *a)
{
    struct asker **at = &t->first;
    while (*at && *at != a)
        at = &(*at)->next;
    assert(*at);
    *at = a->next;
}

void turns_wait(struct turns *t, struct asker *a)
{
    assert(!a->waits); /* one request at a time */
    a->waits = ++t->waited;
}

static bool is_before(const struct asker *a, const struct asker *b)
{
    if (a->user_served != b->user_served)
        return a->user_served < b->user_served;
    if (a->process_served != b->process_served)
        return a->process_served < b->process_served;
    return a->waits < b->waits;
}

struct asker *turns_next(struct turns *t)
{
    struct asker *next = NULL;
    for (struct asker *a = t->first; a; a = a->next)
        if (a->waits && (!next || is_before(a, next)))
            next = a;
    if (!next)
        return NULL;
    next->waits = 0;
    t->clock += 2; /* so that who comes has a place before it */
    for (struct asker *a = t->first; a; a = a->next) {
        if (turns_same_user(a, next))
            a->user_served = t->clock;
        if (turns_same_process(a, next))
            a->process_served = t->clock;
    }
    return next;
}
