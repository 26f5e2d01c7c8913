/* Streams state: the event streams of a worker, their channels, and what is owed to rooms. Private to transport/streams.
 * Own worker's thread. */
#pragma once

#include "actors/room/idmap.h"
#include "actors/runtime/shared.h"
#include "actors/runtime/worker.h"
#include "proto/room.h"
#include "transport/streams/measures.h"
#include "transport/wire/chunk.h"

struct channel;
struct spelling;
struct stream;

enum { STREAM_SORTS = 16 /* a kind of room and a spelling */, UNTOLD_MOST = 256 };

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

struct streams {
    struct worker *worker;
    struct channel_sort { /* channels by room, per kind of room and spelling */
        uint16_t kind;
        const struct spelling *spelling;
        struct idmap by_id; /* index into list */
    } sorts[STREAM_SORTS];
    struct channel **list;
    uint32_t n, cap, count;
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
    struct streams_measures measures;
};

/* ---- streams ---- */

/* The only place that moves a stream once it has begun; asserts that it may. */
void stream_enter(struct stream *s, enum stream_phase to);

/* Frees one that has no wire yet. */
void stream_forget(struct stream *s, const struct spelling *sp);

/* ---- tokens.c ---- */

/* A stream has come: when its token is next to be looked at, and whether it still counts. The stream may be gone
 * afterwards. */
void tokens_watch(struct stream *s);

/* Says of tokens that are about to end that they are, and ends the streams of those that have. */
void tokens_sweep(struct streams *s);

/* ---- channels ---- */

/* The channel of a room and a spelling, NULL if it has no listeners here. */
struct channel *channel_find(struct streams *s, struct room_key room, const struct spelling *sp);
/* The next channel of a room behind place *at of the sorts, which begins at 0; NULL: there is none any more. */
struct channel *channel_next(struct streams *s, struct room_key room, int *at);
/* An empty one, which has been told what came up to seq. NULL without memory. */
struct channel *channel_create(struct streams *s, struct room_key room, const struct spelling *sp, int64_t seq);
void channel_destroy(struct channel *c);
/* ERROR_OK, or why there is no place for it. */
enum error channel_add(struct channel *c, struct stream *s, int32_t user);
/* The stream's place is taken by the last; an empty channel goes when nobody uses it. */
void channel_remove(struct stream *s);
/* Sends the frames of this turn. The channel may be gone afterwards, unless it is in use. */
void channel_flush(struct channel *c);
/* Around what may end its streams; sends first what waits to be sent. */
void channel_use(struct channel *c);
void channel_done(struct channel *c);

/* Spells one event. False without memory; *ret NULL: its clients are not told of it. */
bool channel_spell(const struct channel *c, const struct shared *event, struct chunk **ret);

/* The channels, from 0. One that is used and left empty goes when it is done with, and the last takes its place. */
uint32_t streams_channels(const struct streams *s);
struct channel *streams_channel(const struct streams *s, uint32_t k);

/* Tells a room that a stream of its has ended; what its mailbox has no place for is owed, and told by leave_pay. */
void leave_tell(struct streams *s, struct room_key room, struct room_leave leave);
void leave_pay(struct streams *s);
