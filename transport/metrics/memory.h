/* Memory: where one worker's memory is, part by part, and the sum over workers. Taking it looks at every actor,
 * connection and stream of the worker: some milliseconds where there are tens of thousands. */
#pragma once

#include "actors/runtime/bus.h"

/* The parts: X(symbol, name, what it is). A new one gets a line in memory_take. */
#define MEMORY_PARTS(X)                                                                                                \
    X(ROOMS, "rooms", "rooms: people, and places of their streams")                                                    \
    X(ROOM_RINGS, "room_rings", "recent events that rooms keep for those who come back")                               \
    X(ACTORS, "actors", "actors that are no rooms")                                                                    \
    X(CONNECTIONS, "connections", "their state, idle ones included")                                                   \
    X(OUTPUT, "output", "what slow clients have not taken yet, what several wait for counted once")                    \
    X(EARLY, "early", "what clients have sent before it was their turn, and half heads")                               \
    X(REQUESTS, "requests", "requests being answered, and blocks kept for the next ones")                              \
    X(STREAMS, "streams", "event streams, and what those that catch up are still to be told")                          \
    X(ASKS, "asks", "requests that wait for a room")                                                                   \
    X(TURNS, "turns", "what rooms have said and is not committed")                                                     \
    X(DATABASE, "database", "places of statements, and about what libpq holds for a connection")                       \
    X(TOKENS, "tokens", "verified tokens")                                                                             \
    X(PEOPLE, "people", "names and roles of who has called lately")                                                    \
    X(UPLOADS, "uploads", "files on their way to the disk, at most")                                                   \
    X(RECENT, "recent", "newest events, for operators")                                                                \
    X(TRACE, "trace", "entries of traces, for operators")                                                              \
    X(SLOW, "slow", "slow turns and requests, for operators")                                                          \
    X(CLOSED, "closed", "connections that ended last, for operators")                                                  \
    X(FIGURES, "figures", "what is measured, and copies of it")

enum memory_part {
#define MEMORY_SYMBOL(symbol, name, about) MEMORY_##symbol,
    MEMORY_PARTS(MEMORY_SYMBOL)
#undef MEMORY_SYMBOL
        MEMORY_PART_COUNT
};

struct memory_amount {
    uint64_t count, bytes;
};

enum { MEMORY_KINDS_MOST = 8 };

struct memory_sample {
    uint64_t answered; /* workers */
    struct memory_amount parts[MEMORY_PART_COUNT];
    /* actors by kind, rooms with their rings; name NULL: no more */
    struct memory_kind {
        const char *name;
        struct memory_amount amount;
    } kinds[MEMORY_KINDS_MOST];
    int64_t greatest_room; /* 0: none */
    uint64_t greatest_bytes;
    uint64_t behind, most_behind; /* bytes that clients have not taken, all together; of the one that is furthest */
    uint64_t slowest;             /* the number (look.h) of that one, of this worker: */
    int slowest_worker;
};

extern const struct memory_part_row {
    const char *name, *about;
} memory_parts[MEMORY_PART_COUNT];

/* Worker's thread, while its transport is there. */
void memory_take(struct worker *w, struct memory_sample *ret);

/* Adds one worker's to a sum that began zeroed. */
void memory_add(struct memory_sample *sum, const struct memory_sample *one);

/* Bytes of all parts. */
uint64_t memory_bytes(const struct memory_sample *s);
