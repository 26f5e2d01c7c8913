/* Room: what every kind of room holds, and offers beside its actor: how one is found, seen by operators, and read from
 * the log. Whoever serves rooms in general (streams, operators, memory) knows these and no kind; the list of kinds is
 * actors/room_kinds.h. What a kind is made with is actors/room/kind.h. */
#pragma once

#include "actors/room/listeners.h"
#include "actors/runtime/inspect.h"
#include "store/db.h"

/* What every room holds: the state of each kind begins with it. Home worker's thread only. */
struct room {
    struct actor *actor;
    int64_t id;
    int32_t epoch;   /* the life of its numbering: told with each number */
    int64_t seq;     /* of the last event, committed or not */
    int64_t last_at; /* time of the last event: times rise strictly within a room */
    struct listeners listeners;
};

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

struct room_ops {
    /* A name and an id that operators type and read: the number of a session, say. */
    struct actor_kind *kind;
    uint16_t number; /* of the kind, from 1: fixed, none is given twice */

    const char *(*op_name)(uint16_t op); /* the name of an operation of its own; NULL: it is none */
    const char *const *events;           /* what it notes for operators, by name, ended by NULL: its durable events */

    /* ---- its life and its rules: home worker; kind.h says when ---- */

    void (*init)(struct room *room); /* the state is zeroed but for its room; NULL: it stays so */
    const struct statement *load;    /* takes the room's id (int4); no row: there is no such room */
    enum error absent;               /* what that is called */
    /* Reads its rows, from which epoch, seq and last_at come too. False: no memory. */
    bool (*read)(struct room *room, const struct db_result *r);
    void (*clear)(struct room *room); /* frees what the state owns beside its room, and leaves it empty */

    /* Judges a ROOM_COMMAND and does it; what receive returns. Asked only while turns are taken, or if it `relays`. */
    enum receive (*obey)(struct room *room, struct message *m);
    bool (*relays)(const struct room *room, const struct room_command *said); /* writes nothing; NULL: none does */
    void (*left)(struct room *room, int32_t participant); /* a stream of theirs has ended, and listens no more */
    enum receive (*timer)(struct room *room, int slot);   /* what receive returns; NULL: it sets none */
    /* A turn with events is committed; the number of its first. May set timers. NULL: never called. */
    void (*committed)(struct room *room, int64_t seq);

    /* What a stream that is let in is told of itself ("connected"), and of the room as it stands, by that event. NULL: it is
     * told nothing but what happens, or no state. */
    void (*connected)(const struct room *room, int32_t participant, struct buf *data);
    const char *state_event;
    void (*state)(const struct room *room, int32_t participant, struct buf *data);

    /* Gives the ids (int4) of rooms whose rows say what is no longer so: they are woken at start, and when the database
     * comes back, and put it right. NULL: none are. */
    const struct statement *left_behind;

    const struct statement *settle; /* takes the room's id (int4) and a number (int8): has that event been committed? */

    /* The events of a room after one number and up to another, to continue a stream: takes the room's id, both numbers,
     * and how many at most; `event` reads a row. Without memory past->made.failed is set. */
    const struct statement *replay;
    void (*event)(const struct db_result *r, int row, struct room_past *past);

    /* ---- for operators: the actor of an actor_info (inspect.h), on its home worker, during that call; nothing changes ---- */

    struct room_glance (*glance)(const struct actor *self);
    /* Streams that somebody has in it. */
    uint32_t (*streams_of)(const struct actor *self, int32_t user);
    /* Writes members of an open object (NULL: writes nothing): somebody's part in it. False: none, nothing is written. */
    bool (*part)(const struct actor *self, int32_t user, struct json *out);
    /* Rows, comma separated: everybody who has ever been in it, at most `most`; how many are left off is returned. */
    uint32_t (*members)(const struct actor *self, uint32_t most, struct json *out);
};

/* At start, before the first room is activated: for how long a room of the kind may be silent before it leaves memory, how
 * many messages may wait for one, and of all kinds together how many events a ring holds. */
void room_kind_setup(const struct room_ops *ops, uint32_t ring, uint64_t idle_ns, uint32_t mailbox);

/* The actor's room. */
static inline struct room *room_of(const struct actor *self)
{
    return actor_state((struct actor *)self);
}

/* Where a room is, in this system; its kind is NULL if no such kind has been registered or active here. Any thread. */
struct address room_address(const struct system *s, struct room_key room);

/* That of an actor that operators look at; NULL: it is no room, or its state is half-built. */
static inline const struct room_ops *room_ops_at(const struct actor_info *info)
{
    return info->actor ? info->address.kind->room : NULL;
}

/* Writes members of an open object: how somebody listens to a room. */
void room_put_listener(const struct room *room, int32_t participant, struct json *out);

/* Bytes of a room's ring: its frames and their places. */
uint64_t room_ring_bytes(const struct listeners *l);

/* Rows: the events that the ring still has, oldest first, the newest `most` of them; what they say only with `data`. How
 * many are left off is returned. */
uint32_t room_recent(const struct listeners *l, uint32_t most, bool data, struct json *out);

/* Writes "data", what an event says, if the ring still has it. False: it has not, and nothing is written. */
bool room_said(const struct listeners *l, int64_t seq, struct json *out);
