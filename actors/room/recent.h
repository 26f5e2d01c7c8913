/* Recent: the newest durable events of all rooms of one worker, for operators: what each was, not what was said in it.
 * Noted when an event may be heard, so in the order of the commits, and within a room in that of the numbers. Own
 * thread.
 *
 * Queue: RECENT_PLACES events. Full: the oldest is overwritten; whoever follows is told how many they missed. */
#pragma once

#include "actors/part.h"
#include "proto/base/ring.h"

enum { RECENT_PLACES = 8192 };

struct recent_event {
    int64_t seq, at;  /* at: microseconds since 1970, as it is told and logged */
    const char *type; /* static */
    int32_t room, user;
    uint32_t bytes; /* of its data as JSON */
    uint16_t kind;  /* of the room: room_ops.number */
};

extern const struct part recent_part;

/* The worker's; NULL in some tests. */
static inline struct ring *worker_recent(const struct worker *w)
{
    return worker_service(w, SERVICE_RECENT);
}

/* NULL without memory. */
static inline struct ring *recent_create(void)
{
    return ring_create(RECENT_PLACES, sizeof(struct recent_event));
}

static inline void recent_note(struct ring *recent, const struct recent_event *e)
{
    *(struct recent_event *)ring_put(recent) = *e;
}
