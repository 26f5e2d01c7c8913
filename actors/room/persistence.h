/* Persistence: the group commit of one worker (design, section 6). Rooms hand in turns; their rows go to the database
 * in batches, a batch whenever the one before has committed; a turn's answers and events leave after its commit, in the
 * order of the room's turns. Home worker's thread only.
 *
 * Shares: a batch is bounded by turns, rows and bytes. Rooms take turns, and when more waits than fits each has an equal
 * share of the batch, so that what one room has waiting delays another's by one batch at most. A turn that is larger
 * than a batch may be goes in one that begins with it.
 *
 * Queue: turns waiting, at most PERSISTENCE_TURNS; full: those of the room with most of them are refused with
 * ERROR_OVERLOADED and it is rebuilt. Database away: turns wait up to config.write_wait, then are refused with
 * ERROR_UNAVAILABLE and their rooms are rebuilt. A batch that the database refuses, or that ran into the time limit of
 * statements, is tried room by room, the one with most rows last; the room at fault is refused and rebuilt, the others go
 * on. Who runs into the time limit is at fault when others have committed meanwhile; else the database lets nobody
 * through, which is a passing reason. A commit whose answer was lost is settled by asking for the batch's first event before anything is sent again.
 */
#pragma once

#include "actors/databases.h"
#include "actors/room/turn.h"
#include "proto/base/histogram.h"

struct persistence;

extern const struct part persistence_part;

/* The worker's. */
static inline struct persistence *worker_persistence(const struct worker *w)
{
    return worker_service(w, SERVICE_PERSISTENCE);
}

enum { PERSISTENCE_TURNS = 65536, PERSISTENCE_ROOM_ROWS = 32768 };

struct persistence_options {
    uint32_t turns, rows; /* of a batch */
    uint64_t bytes;
    uint64_t wait_ns;      /* how long turns wait for a database that is away */
    uint64_t statement_ns; /* how long a statement may run; 0: no refusal is taken for that */
};

/* Made on the worker's thread; needs the worker's databases. NULL without memory. */
struct persistence *persistence_create(struct worker *w, const struct persistence_options *o);
void persistence_destroy(struct persistence *p); /* refuses what is left */

/* Takes the turn. */
void persistence_submit(struct persistence *p, struct turn *t);

/* False while the database has been away for longer than writes wait: a room then refuses commands with
 * ERROR_UNAVAILABLE before it changes anything, and need not be rebuilt. */
bool persistence_accepts(const struct persistence *p);

/* True while a room's rows that are not committed are PERSISTENCE_ROOM_ROWS or more: it then refuses commands with
 * ERROR_OVERLOADED before it changes anything, so that one room's memory has a bound. */
bool persistence_crowded(const struct persistence *p, const struct actor *a);

/* Sends an event to the ingress of the worker that m->reply names. When that worker's queue is full, its streams miss
 * the event and are all cut instead: they come back with their last id. Takes m. */
void persistence_deliver(struct persistence *p, struct message *m);

/* The database's connection came or went. */
void persistence_db_up(struct persistence *p, bool up);

/* Is everything committed? For a graceful stop. */
bool persistence_idle(const struct persistence *p);

struct persistence_stats {
    uint64_t batches, turns, refused, retried, settled, cut_workers;
    uint64_t full; /* times that a room was refused because too many waited */
    uint32_t waiting, in_flight, highest;
    bool refusing; /* the database refuses commits for a passing reason: no room on its disk, read only, … */
};
struct persistence_stats persistence_stats(const struct persistence *p);

/* Bytes that it holds, the turns that wait included, but not the messages that those will send. Looks at every turn. */
uint64_t persistence_memory(const struct persistence *p);

/* What has been measured, by the worker's own clock readings. Borrowed. */
struct persistence_measures {
    struct histogram publish_commit_us; /* of a turn: from its end in the room to its commit */
    struct histogram commit_us;         /* of a batch: from its sending to its commit */
    struct histogram batch_turns;
};
const struct persistence_measures *persistence_measures(const struct persistence *p);
