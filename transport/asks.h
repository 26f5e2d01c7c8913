/* Asks: requests that wait for a room's answer. One table per worker, own thread only.
 * Queue: ASKS_MOST waiting requests; full: 503. No answer within the configured time: 503. There are two of these times:
 * what a room answers by itself comes soon; what it has to wait for itself, from outside, may take long. */
#pragma once

#include "actors/part.h"
#include "proto/room.h"
#include "transport/http/request.h"

struct asks;

extern const struct part asks_part;

enum { ASKS_MOST = 65536 };

struct asks *asks_create(struct worker *w, uint64_t soon_ns, uint64_t long_ns); /* NULL without memory */
void asks_destroy(struct asks *a); /* who still waits gets ERROR_UNAVAILABLE */

/* Called exactly once, later: why is ERROR_OK and answer the room's message (borrowed), or why says what went wrong. */
typedef void asks_done(struct request *rq, enum error why, struct message *answer);

/* Sends cmd to the room in the name of the request. When it cannot even be sent, the request is answered and done is
 * not called. */
void asks_room(struct request *rq, struct address room, const struct room_command *cmd, asks_done *done);

/* The same for an answer that may take long. */
void asks_room_long(struct request *rq, struct address room, const struct room_command *cmd, asks_done *done);

/* The same for who is no request. False: it cannot even be sent, and done is not called. */
typedef void asks_plain_done(void *arg, enum error why, struct message *answer);
bool asks_plain(struct worker *w, struct address room, const struct room_command *cmd, asks_plain_done *done,
                void *arg);

/* An answer has come (ingress). False: nobody waits for it any more. The message stays the caller's. */
bool asks_answered(struct asks *a, struct message *m);

/* The request that waits for this answer; NULL: none does. */
const struct request *asks_waits(const struct asks *a, const struct message *m);

uint32_t asks_waiting(const struct asks *a);

/* Numbers for operators. `refused`: for which there was no place; `late`: that got no answer in time. */
struct asks_stats {
    uint32_t waiting, highest;
    uint64_t refused, late;
};
struct asks_stats asks_stats(const struct asks *a);
uint64_t asks_memory(const struct asks *a); /* bytes that it holds */
