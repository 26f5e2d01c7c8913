/* Ids: database ids that a room must know at once, from blocks taken from the sequences in advance. One per worker, own
 * thread. A block is asked for when the last one is half used; its size doubles while blocks are used up quickly. */
#pragma once

#include "actors/databases.h"

struct ids;

enum { IDS_SEQUENCES = 8 }; /* of all kinds of rooms together */

enum ids_take {
    IDS_TAKEN,
    IDS_LATER, /* none at hand: the actor has been made to wait (actor_wait) and is resumed when there are; answer
                  RECEIVE_LATER */
    IDS_AWAY,  /* none at hand and the database is away: refuse */
};

extern const struct part ids_part;

/* The worker's. */
static inline struct ids *worker_ids(const struct worker *w)
{
    return worker_service(w, SERVICE_IDS);
}

/* Needs the worker's databases. NULL without memory. */
struct ids *ids_create(struct worker *w);
void ids_destroy(struct ids *ids);

/* Numbers for operators: actors that wait for a block of either kind, and takes that had to be refused because too many
 * did, or the database was away. */
struct ids_stats {
    uint32_t waiting, highest, limit;
    uint64_t refused;
};
struct ids_stats ids_stats(const struct ids *ids);

/* `block` gives so many ids as it is asked for (takes: int4, gives: id int8), and is always the same for one sequence. */
enum ids_take ids_take(struct ids *ids, const struct statement *block, struct actor *waiter, int32_t *ret_id);
