/* Desk help: one simulated worker with a database that answers by hand, a kind of actor that does nothing, and an
 * ingress that keeps the order of what arrives. For unit tests of what stands between rooms and the database. One
 * thread. */
#pragma once

#include "actors/room/ids.h"
#include "actors/room/persistence.h"
#include "actors/runtime/sim.h"
#include "proto/room.h"
#include "tests/test.h"

#define MS     ((uint64_t)1000000)
#define SECOND (1000 * MS)

enum { DESK_OPS = 64, DESK_HEARD = 256 };

/* A statement or transaction that the database has been given. */
struct desk_op {
    const struct statement *statement; /* of its first step */
    int steps, rows;                   /* rows of the first step's arrays; 0 for a query */
    int64_t first, second;             /* a query's first two parameters */
    db_done *done;
    void *arg;
};

/* What the newest stream that was let in, or turned away, was told. */
struct desk_joined {
    int32_t participant, epoch;
    bool ends;
    int64_t seq, log_after, log_last;
    char hello[512], missed[512], resumed[64]; /* frames */
};

struct desk {
    struct system *system;
    struct worker *worker;
    struct db db;
    bool up, full;
    const char *sqlstate;         /* of what is answered DB_RETRY or is away; NULL: none */
    struct desk_op ops[DESK_OPS]; /* in order; those before `answered` have been */
    int nops, answered;
    struct persistence *persistence;
    struct ids *ids;
    int heard[DESK_HEARD]; /* in order of arrival: an answer's slot if it is a yes, -slot if a no, 1000 + seq for an
                              event */
    enum error why[DESK_HEARD];
    int nheard, cuts, activations;
    struct desk_joined joined;
    struct room_deliver delivered; /* the newest; its frames are gone */
    char frame[256], only_frame[256];
    int64_t alive;                   /* messages before it opened */
    void (*hear)(struct message *m); /* takes what arrives, borrowed, instead of keeping its order; NULL: nobody does */
};
extern struct desk desk;

void desk_open(uint32_t batch_turns, uint32_t ingress_mailbox); /* batches of any number of rows and bytes */
void desk_open_with(const struct persistence_options *o, uint32_t ingress_mailbox);
void desk_close(void); /* checks that nothing is left */

void desk_run(void);
void desk_wait(uint64_t ns);

/* Operations of the database that have not been answered. */
int desk_pending(void);
struct desk_op *desk_newest(void);

/* Answers the oldest one; cells fill the rows of one column. */
void desk_answer(enum db_status status, int rows, const int64_t *cells);
void desk_up(bool up); /* breaks off what is under way when it goes */

/* An actor, and one that is active. */
struct actor *desk_actor(int64_t id);

/* A turn of the actor that writes `rows` log rows from `seq` on and answers `slot`. Not yet ended. */
struct turn *desk_turn(struct actor *a, int rows, int64_t seq, uint32_t slot);

/* Asserts what has been heard, in order, and forgets it. The list ends with 0. */
#define assert_heard(...) desk_assert_heard((const int[]){ __VA_ARGS__, 0 }, __FILE__, __LINE__)
void desk_assert_heard(const int *expected, const char *file, int line);
