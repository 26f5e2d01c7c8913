/* Databases: a worker's connections to PostgreSQL, by purpose. Own thread only; found here and nowhere else. */
#pragma once

#include "actors/part.h"
#include "store/db_pool.h"

/* For statements of requests that stand alone; several connections behind one. */
static inline struct db *db_reading(const struct worker *w)
{
    return worker_service(w, SERVICE_DB_READ);
}

/* For those that may take long (reports), so that they hold up no other. */
static inline struct db *db_slow(const struct worker *w)
{
    return worker_service(w, SERVICE_DB_SLOW);
}

/* For the group commit (room/persistence.h) and nobody else. */
static inline struct db *db_writing(const struct worker *w)
{
    return worker_service(w, SERVICE_DB_WRITE);
}

/* How many connections so many workers hold together. Any thread. */
int databases_connections(int workers);

extern const struct part databases_part;
