/* Sse state: the event streams of a worker, their channels, and what is owed to rooms. Private to transport/sse. Own
 * worker's thread. */
#pragma once

#include "actors/room/idmap.h"
#include "actors/runtime/worker.h"
#include "proto/room.h"
#include "transport/sse/measures.h"

struct channel;

enum { KINDS = 8, UNTOLD_MOST = 256 };

/* What may not have been heard of revoked tokens, since when (seconds since 1970; 0: nothing). */
struct token_watch {
    int64_t missed_since;
    bool asking, missed_again; /* again: while it was being asked for */
};

/* When an event that is being delivered was said and committed. */
struct untold {
    uint64_t published, committed;
};

/* A leave that the room's mailbox had no place for: tried again. */
struct owed_leave {
    struct room_key room;
    struct room_leave leave;
};

struct sse {
    struct worker *worker;
    struct { /* channels by room, per kind of room */
        const char *kind;
        struct idmap by_id; /* index into list */
    } kinds[KINDS];
    struct channel **list;
    uint32_t n, cap, streams;
    struct channel *dirty;
    uint64_t next_id;
    struct owed_leave *owed;
    uint32_t nowed, owed_cap;
    struct timer drain_timer;
    uint32_t drain_share; /* streams to end per step */
    uint64_t drain_ns;    /* between steps */
    bool draining;        /* for good */
    bool aside;
    struct token_watch watch;
    uint32_t nuntold;
    struct untold untold[UNTOLD_MOST];
    struct sse_measures measures;
};
