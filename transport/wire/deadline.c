/* Deadline: rings with a head. Durations come from the configuration; lingering has a fixed, short one. */
#include "transport/wire/deadline.h"

#include "proto/config/config.h"

#include <assert.h>
#include <stddef.h>

enum { LINGER_MS = 2000, SWALLOW_MS = 15000 };

void deadlines_init(struct deadlines *d)
{
    for (int i = 0; i < DEADLINE_COUNT; i++)
        d->lists[i].next = d->lists[i].prev = &d->lists[i];
    d->ms[DEADLINE_NONE] = 0;
    d->ms[DEADLINE_IDLE] = (uint64_t)config.idle_timeout * 1000;
    d->ms[DEADLINE_READ] = d->ms[DEADLINE_WRITE] = (uint64_t)config.request_timeout * 1000;
    d->ms[DEADLINE_LINGER] = LINGER_MS;
    d->ms[DEADLINE_SWALLOW] = SWALLOW_MS;
}

void deadline_add(struct deadlines *d, struct deadline_link *link, enum deadline class, uint64_t now)
{
    struct deadline_link *head = &d->lists[class];
    link->due = now + d->ms[class];
    link->next = head;
    link->prev = head->prev;
    head->prev->next = link;
    head->prev = link;
}

void deadline_remove(struct deadline_link *link)
{
    assert(link->prev->next == link && link->next->prev == link); /* in one list, not removed already */
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->next = link->prev = link;
}

struct deadline_link *deadline_first(struct deadlines *d, enum deadline class)
{
    struct deadline_link *first = d->lists[class].next;
    return first == &d->lists[class] ? NULL : first;
}

struct deadline_link *deadline_due(struct deadlines *d, enum deadline class, uint64_t now)
{
    struct deadline_link *first = class == DEADLINE_NONE ? NULL : deadline_first(d, class);
    return first && first->due <= now ? first : NULL;
}
