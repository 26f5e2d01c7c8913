/* Db: one pipelined, non-blocking PostgreSQL connection on a worker's loop. Own thread only; never blocks.
 * Statements are prepared at connect. Queries go out at once and are answered in order. Reconnects by itself with
 * backoff. A seam: production uses db_pg, the simulation a fake with the same table of operations. */
#pragma once

#include "proto/base/buf.h"
#include "store/statement.h"

#include <stdbool.h>

struct db;

enum db_status {
    DB_OK,
    DB_AWAY,    /* no connection, and it did not come back within the wait; or the queue is full */
    DB_LOST,    /* the connection broke while this was under way: it may or may not have happened */
    DB_REFUSED, /* the database refused it: sqlstate says why; nothing of it happened */
    DB_RETRY,   /* refused for a passing reason (see sqlstate.h): nothing of it happened, try again */
};

/* One row set in text format. Borrowed: valid during the callback only. */
struct db_result {
    enum db_status status;
    const char *sqlstate;   /* five letters when REFUSED or RETRY, else "" */
    const char *constraint; /* name of the violated constraint or "" */
    int rows;
    const void *data; /* private to the implementation */
    const struct db_ops *ops;
};

/* Parameters of one execution, binary or text as the statement's types want. Filled in order, then handed to db_query.
 * Fixed size; no allocation for small values: texts are borrowed until db_query returns. */
#define DB_MAX_PARAMS 32
struct db_params {
    int n;
    const char *values[DB_MAX_PARAMS];
    int lengths[DB_MAX_PARAMS];
    int formats[DB_MAX_PARAMS]; /* 0 text, 1 binary */
    char scratch[DB_MAX_PARAMS][8];
};
void db_param_null(struct db_params *p);
void db_param_int4(struct db_params *p, int32_t v);
void db_param_int8(struct db_params *p, int64_t v);
void db_param_bool(struct db_params *p, bool v);
void db_param_float8(struct db_params *p, double v);
void db_param_timestamp(struct db_params *p, int64_t us); /* microseconds since 1970 UTC */
void db_param_text(struct db_params *p, struct text v);   /* binary text: exact bytes; absent gives null */
void db_param_binary(struct db_params *p, struct text v); /* the type's binary format, made by the caller */

typedef void db_done(void *arg, const struct db_result *r);

struct db_step {
    const struct statement *statement;
    struct db_params params;
};

struct db_ops {
    bool (*query)(struct db *db, const struct statement *st, const struct db_params *p, db_done *done, void *arg);
    bool (*batch)(struct db *db, const struct db_step *steps, int n, db_done *done, void *arg);
    struct text (*value)(const struct db_result *r, int row, int column); /* absent for null */
    bool (*up)(const struct db *db);
};

/* Base of every implementation. */
struct db {
    const struct db_ops *ops;
};

/* Runs one statement in its own transaction. done is called exactly once, later, on this thread (never from inside this
 * call). False: refused now (queue full): done is not called; the caller answers 503.
 * While there is no connection, queries wait up to the configured time, then done gets DB_AWAY. */
static inline bool db_query(struct db *db, const struct statement *st, const struct db_params *p, db_done *done,
                            void *arg)
{
    return db->ops->query(db, st, p, done, arg);
}

/* Runs the steps in one transaction; done is called once, after the commit's own result (the sync), with the first
 * error if there was one and no rows. Parameters are copied to the connection's buffer before it returns. Does not wait
 * for a connection: false when there is none. */
static inline bool db_batch(struct db *db, const struct db_step *steps, int n, db_done *done, void *arg)
{
    return db->ops->batch(db, steps, n, done, arg);
}

static inline bool db_up(const struct db *db)
{
    return db->ops->up(db);
}

/* Reading a result. Absent text for null; numbers: 0 for null. */
static inline struct text db_text(const struct db_result *r, int row, int column)
{
    return r->ops->value(r, row, column);
}
int64_t db_int(const struct db_result *r, int row, int column);
bool db_bool(const struct db_result *r, int row, int column);
bool db_null(const struct db_result *r, int row, int column);
double db_real(const struct db_result *r, int row, int column);   /* NaN for null */
int64_t db_stamp(const struct db_result *r, int row, int column); /* microseconds since 1970; 0 for null */
