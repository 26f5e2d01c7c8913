/* Fake store: the tables of rooms in memory behind the operations of store/db.h, for the simulation. It knows the
 * statements of its kinds of room by their pointers, keeps the database's constraints, and answers only when told to,
 * with the outcome it is told. The tables outlive the connections: a crash is a new system over the same store. One
 * thread, or as fake_store_threads says. */
#pragma once

#include "actors/runtime/worker.h"
#include "fake_tables_help.h"

#include <pthread.h>

struct fake_store;
struct fake_db; /* one connection */

/* What becomes of the oldest statement or transaction of a connection. */
enum fake_outcome {
    FAKE_DONE,      /* it happens, unless a constraint refuses it */
    FAKE_RETRY,     /* refused for a passing reason: nothing happens */
    FAKE_LOST,      /* the connection breaks, nothing happened; everything under way is answered with DB_LOST */
    FAKE_LOST_DONE, /* the connection breaks after it happened */
    FAKE_OUTCOMES
};

/* A text with this in it is refused by the database, like a character that its encoding does not have. */
#define FAKE_POISON "poison"

/* The kinds whose tables it has: ended by NULL, living as long as it does. */
struct fake_store *fake_store_create(const struct fake_kind *const *kinds);
void fake_store_destroy(struct fake_store *s);

/* What a law of the store that was broken says, or NULL: a hole in a room's numbers, two rows for one person. */
const char *fake_store_broken(const struct fake_store *s);

/* ---- what every kind has; a kind's own tables are read by its own helper ---- */

int32_t fake_store_user(struct fake_store *s, const char *name, bool teacher);
int32_t fake_store_user_id(const struct fake_store *s, const char *name); /* 0: nobody */
const char *fake_store_user_name(const struct fake_store *s, int32_t user);
bool fake_store_is_teacher(const struct fake_store *s, int32_t user);

/* A room of the kind at that place of the list; ids are 1 … n over all kinds. */
int32_t fake_store_room(struct fake_store *s, int kind);
int fake_store_rooms(const struct fake_store *s);
int64_t fake_store_seq(const struct fake_store *s, int32_t room);
void *fake_store_own(const struct fake_store *s, const struct fake_kind *kind); /* its tables */
uint64_t fake_store_digest(const struct fake_store *s);

/* ---- connections ---- */

/* Opens a connection for the worker; on_up is called on its thread when it comes or goes. Statements wait for an absent
 * connection so long, then get DB_AWAY. */
struct db *fake_db_open(struct fake_store *s, struct worker *w, bool writes, uint64_t wait_ns,
                        void (*on_up)(struct worker *w, bool up));
/* All connections, without an answer to anybody: the process is gone. After the workers have ended. */
void fake_store_close(struct fake_store *s);

struct fake_db *fake_db_of(struct fake_store *s, int worker, bool writes);

/* Statements and transactions that nobody has decided about. */
int fake_db_pending(const struct fake_db *db);

/* Decides about the oldest one; it happens, and is answered, in a later turn of the worker. */
void fake_db_decide(struct fake_db *db, enum fake_outcome outcome);

/* The connection goes (answering what is under way with DB_LOST, nothing of it happened) or comes back. */
void fake_db_away(struct fake_db *db);
void fake_db_back(struct fake_db *db);
bool fake_db_is_up(const struct fake_db *db);

/* For workers of threads of their own: transactions and statements are performed under this lock, and decided every
 * `tick_ns` by the worker's chance, so many in a thousand not well. Before any connection. */
void fake_store_threads(struct fake_store *s, pthread_mutex_t *lock, uint64_t tick_ns, uint32_t faults);
