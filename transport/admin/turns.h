/* Turns: whose request runs next. One runs at a time, and each asker has one that waits, at most. Next is the user who
 * was served longest ago; of that user the process that was; of that process who has waited longest. So a process that
 * asks by many connections, or for slow things, has others wait for one command of its own, not for all of them. Who is
 * new comes before the one that was served last and behind those that wait since before, so nobody gains by coming
 * anew. A user or a process is forgotten with the last asker of it. One thread, no locks. */
#pragma once

#include "transport/admin/command.h"

/* Whoever asks: a member of its owner's struct. The first three are set by the owner. */
struct asker {
    struct admin_caller caller;
    struct text request; /* from turns_wait until the answer */
    /* Its request has run: the answer's bytes become the asker's; `failed` without memory. */
    void (*answered)(struct asker *a, struct buf *answer);
    /* private */
    struct asker *next;
    uint64_t waits;                       /* its number among all that came to wait; 0: for nothing */
    uint64_t user_served, process_served; /* by the clock */
};

struct turns {
    struct asker *first;
    uint64_t clock, waited; /* rises with each that is served; with each that comes to wait */
};

void turns_add(struct turns *t, struct asker *a); /* waits for nothing yet */
void turns_remove(struct turns *t, struct asker *a);

/* The asker has a request. */
void turns_wait(struct turns *t, struct asker *a);
/* Who is served now, and no longer waits. NULL: nobody waits. */
struct asker *turns_next(struct turns *t);

/* Are both of one user, or of one process of that user? */
static inline bool turns_same_user(const struct asker *a, const struct asker *b)
{
    return a->caller.uid == b->caller.uid;
}

static inline bool turns_same_process(const struct asker *a, const struct asker *b)
{
    return turns_same_user(a, b) && a->caller.pid == b->caller.pid;
}
