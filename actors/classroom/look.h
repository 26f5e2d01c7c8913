/* What operators see of a classroom. Called with the actor of an actor_info (bus.h), on its home worker, during that
 * call; changes nothing. */
#pragma once

#include "actors/classroom/classroom.h"

struct classroom_glance {
    int32_t session, creator, epoch;
    bool active;
    int64_t seq;
    uint32_t streams, people, present, ring;
    uint64_t ring_bytes; /* of its frames, and their places */
};

struct classroom_glance classroom_glance(const struct actor *self);

/* What may be told of a message to it, for traces: that of room_tell, and who has left. */
void classroom_tell(const struct actor *self, const struct message *m, struct message_told *ret);

/* The person's part in it. False: none. */
struct classroom_part {
    int32_t participant;
    uint32_t streams;
    bool present, muted, kicked;
};
bool classroom_part_of(const struct actor *self, int32_t user, struct classroom_part *ret);

/* Rows, comma separated: everybody who has ever been in it, at most `most`; how many are left off is returned. */
uint32_t classroom_members(const struct actor *self, uint32_t most, struct json *out);

/* Rows: the events that the ring still has, oldest first, the newest `most` of them; what they say only with `data`. */
uint32_t classroom_recent(const struct actor *self, uint32_t most, bool data, struct json *out);

/* Writes "data", what an event says, if the ring still has it. False: it has not, and nothing is written. */
bool classroom_said(const struct actor *self, int64_t seq, struct json *out);
