/* Listeners: the streams that listen to a room, and the ring of its recent events for those that come back. Part of a
 * room's state; home worker's thread only. Memory is taken when the first stream comes. */
#pragma once

#include "actors/room/idmap.h"
#include "actors/room/turn.h"
#include "actors/runtime/shared.h"
#include "proto/room.h"

/* The most bytes of frames a room keeps, beside the limit on their number; what is older comes from the log. */
enum { LISTENERS_RING_BYTES = 1 << 20 };

struct listener {
    uint64_t stream;
    int32_t worker, participant;
};

struct listeners {
    struct listener *list;
    uint32_t n, cap;
    struct idmap by_stream;
    uint64_t had;         /* workers on which there has been a stream, one bit each */
    uint32_t *per_worker; /* streams on each worker; NULL before the first */

    struct shared **ring; /* events ring_last - ring_n + 1 … ring_last; place is seq % ring_cap */
    uint32_t ring_n, ring_cap, ring_limit;
    int64_t ring_last;
    size_t ring_bytes; /* of their frames */
};

void listeners_fini(struct listeners *l);

/* False without memory. */
bool listeners_add(struct listeners *l, int workers, struct listener who);

/* Forgets one stream; the participant it belonged to, 0 if it is unknown. */
int32_t listeners_remove(struct listeners *l, uint64_t stream);

/* How many streams a participant has. */
uint32_t listeners_of(const struct listeners *l, int32_t participant);

/* Forgets all streams of a participant. */
void listeners_remove_person(struct listeners *l, int32_t participant);

/* Keeps an event for those who come back; takes no reference of the caller's. */
void listeners_keep(struct listeners *l, int64_t seq, struct shared *frame);

/* Are the events after+1 … upto all in the ring? */
bool listeners_have(const struct listeners *l, int64_t after, int64_t upto);
struct shared *listeners_frame(const struct listeners *l, int64_t seq);

/* Says one event to every worker that has listeners, as part of the turn. Takes own references of the frames. */
void listeners_tell(const struct listeners *l, struct turn *t, const struct room_deliver *what);

/* The same, at once: for ephemeral events. What finds a full queue is dropped. */
void listeners_tell_now(const struct listeners *l, struct system *s, const struct room_deliver *what);

/* Registers what must be released when room messages are destroyed unread. At start, once. */
void listeners_setup(void);
