/* Turn state: what a turn consists of, for who keeps turns without knowing what becomes of them. */
#pragma once

#include "actors/room/recent.h"

struct actor;
struct message;
struct statement;

struct turn {
    struct turn *next; /* private to persistence */
    struct actor *actor;
    struct buf rows; /* journal rows; write them with the journal_* functions */
    uint32_t nrows;  /* of them; known to persistence */
    struct message *out, **out_end;

    /* the first durable event of this turn, to find out later whether it was committed */
    const struct statement *settle;
    int64_t settle_id, settle_seq;

    /* the durable events of this turn: the first, and the others side by side */
    struct recent_event event;
    struct buf events;

    void (*released)(struct actor *actor,
                     int64_t seq); /* called behind what it says, with settle_seq; NULL: nobody is */

    uint64_t submitted; /* worker_now() */
    bool failed;        /* something found no memory: the turn is refused as a whole */
};
