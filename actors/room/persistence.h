/* Persistence: the group commit of one worker (design, section 6). Rooms hand in turns; their rows go to the database
 * in batches, a batch whenever the one before has committed; a turn's answers and events leave after its commit, in the
 * order of the turns. Home worker's thread only.
 *
 * Queue: turns waiting, at most PERSISTENCE_TURNS; full: the turn is refused with ERROR_OVERLOADED and its room is
 * rebuilt. Database away: turns wait up to config.write_wait, then are refused with ERROR_UNAVAILABLE and their rooms
 * are rebuilt. A batch the database refuses is tried room by room; the room at fault is refused and rebuilt, the others
 * go on. A commit whose answer was lost is settled by asking for the batch's first event before anything is sent again.
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

enum { PERSISTENCE_TURNS = 65536 };

/* Made on the worker's thread; needs the worker's databases. NULL without memory. */
struct persistence *persistence_create(struct worker *w, uint32_t batch_turns, uint64_t wait_ns);
void persistence_destroy(struct persistence *p); /* refuses what is left */

/* Takes the turn. */
void persistence_submit(struct persistence *p, struct turn *t);

/* False while the database has been away for longer than writes wait: a room then refuses commands with
 * ERROR_UNAVAILABLE before it changes anything, and need not be rebuilt. */
bool persistence_accepts(const struct persistence *p);

/* Sends an event to the ingress of the worker that m->reply names. When that worker's queue is full, its streams miss
 * the event and are all cut instead: they come back with their last id. Takes m. */
void persistence_deliver(struct persistence *p, struct message *m);

/* The database's connection came or went. */
void persistence_db_up(struct persistence *p, bool up);

/* Is everything committed? For a graceful stop. */
bool persistence_idle(const struct persistence *p);

struct persistence_stats {
    uint64_t batches, turns, refused, retried, settled, cut_workers;
    uint64_t full; /* turns refused because too many waited */
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
