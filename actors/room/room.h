/* Room: what every kind of room offers beside its actor: how one is found, seen by operators, and read from the log.
 * Whoever serves rooms in general (streams, operators, memory) knows these and no kind; the list of kinds is
 * actors/room_kinds.c. */
#pragma once

#include "actors/room/listeners.h"
#include "store/db.h"

/* What is seen of a room at a glance. */
struct room_glance {
    bool active;
    int32_t creator, epoch;
    int64_t seq; /* of the newest event */
    uint32_t streams, people, present;
};

/* An event as it stands in the log. */
struct room_past {
    int64_t seq;
    const char *name; /* NULL: a row that nobody was told of */
    struct text data; /* one line of JSON; `made`, or borrowed from the result */
    struct buf made;  /* the caller frees it */
    char text[64];    /* room for a name that is not static */
};

/* All but `event` take the actor of an actor_info (bus.h), run on its home worker during that call and change nothing. */
struct room_ops {
    /* A name and an id that operators type and read: "classroom", the number of its session. */
    const struct actor_kind *kind;

    const char *(*op_name)(uint16_t op); /* the name of an operation of its own; NULL: it is none */
    const char *const *events;           /* what it notes for operators, by name, ended by NULL: its durable events */

    struct room_glance (*glance)(const struct actor *self);
    const struct listeners *(*listeners)(const struct actor *self);

    /* Streams that somebody has in it. */
    uint32_t (*streams_of)(const struct actor *self, int32_t user);
    /* Writes members of an open object (NULL: writes nothing): somebody's part in it. False: none, nothing is written. */
    bool (*part)(const struct actor *self, int32_t user, struct json *out);
    /* Rows, comma separated: everybody who has ever been in it, at most `most`; how many are left off is returned. */
    uint32_t (*members)(const struct actor *self, uint32_t most, struct json *out);

    /* The events of a room after one number and up to another, to continue a stream: takes the room's id, both numbers,
     * and how many at most; `event` reads a row. Without memory past->made.failed is set. */
    const struct statement *replay;
    void (*event)(const struct db_result *r, int row, struct room_past *past);
};

/* That of an actor that operators look at; NULL: it is no room, or its state is half-built. */
static inline const struct room_ops *room_ops_at(const struct actor_info *info)
{
    return info->actor ? info->address.kind->room : NULL;
}

/* What may be told of a message to a room, for traces: actor_kind.tell. */
void room_told(const struct actor *self, const struct message *m, struct message_told *ret);

/* Bytes of a room's ring: its frames and their places. */
uint64_t room_ring_bytes(const struct listeners *l);

/* Rows: the events that the ring still has, oldest first, the newest `most` of them; what they say only with `data`. How
 * many are left off is returned. */
uint32_t room_recent(const struct listeners *l, uint32_t most, bool data, struct json *out);

/* Writes "data", what an event says, if the ring still has it. False: it has not, and nothing is written. */
bool room_said(const struct listeners *l, int64_t seq, struct json *out);
