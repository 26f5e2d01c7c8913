/* Hand db help: a database connection that keeps what it is asked until the test answers. One thread at a time. */
#pragma once

#include "store/db.h"

enum { HAND_QUERIES = 64 };

/* A statement it has been asked. */
struct hand_query {
    const struct statement *statement;
    char params[256]; /* "5 hello true": numbers, texts and truths, blank between them */
    db_done *done;
    void *arg;
};

struct hand_db {
    struct db base;
    bool away, full; /* full: refuses queries */
    struct hand_query asked[HAND_QUERIES];
    int n, answered;
};

void hand_db_open(struct hand_db *db);

/* Questions that have not been answered. */
int hand_db_pending(const struct hand_db *db);

/* Answers the oldest one. cells: row by row, NULL is null; sqlstate 42601 when refused. */
void hand_db_answer(struct hand_db *db, enum db_status status, int rows, int columns, const char *const *cells);

/* The oldest one is answered after all others: it is on another connection. */
void hand_db_defer(struct hand_db *db);

/* Answers all that is left with DB_AWAY. */
void hand_db_close(struct hand_db *db);
