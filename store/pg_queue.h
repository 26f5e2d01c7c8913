/* Queries of one connection: a fixed pool, and lists of those waiting for a connection and those under way. Loop thread
 * only. Private to db_pg. */
#pragma once

#include "store/db.h"

#include <libpq-fe.h>

struct pg_query {
    struct pg_query *next;
    const struct statement *statement; /* NULL for a batch */
    db_done *done;
    void *arg;
    uint64_t since;           /* loop's milliseconds when it came */
    struct db_params *params; /* own copy while it waits, else NULL */
    PGresult *rows, *error;   /* the first of each kind */
    uint32_t sent;            /* statements sent for it; 0: not counted */
    uint32_t results;         /* statements answered without an error */
};

struct pg_list {
    struct pg_query *head, *tail;
    uint32_t n;
};

struct pg_pool {
    struct pg_query *all, *unused;
};

bool pg_pool_init(struct pg_pool *pool, uint32_t n); /* false without memory */
void pg_pool_fini(struct pg_pool *pool);
struct pg_query *pg_pool_take(struct pg_pool *pool); /* zeroed; NULL when all are in use */
void pg_pool_give(struct pg_pool *pool, struct pg_query *q);

void pg_list_push(struct pg_list *list, struct pg_query *q);
struct pg_query *pg_list_pop(struct pg_list *list); /* NULL when empty */

/* Copies parameters with the bytes they borrow into one block for free(). NULL without memory. */
struct db_params *pg_params_copy(const struct db_params *p);
