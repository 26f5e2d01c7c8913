/* Help for tests of the store: one private PostgreSQL in a folder of its own per test program, migrated; its end by an
 * alarm when a test waits for what never happens. */
#pragma once

#include "store/db.h"
#include "store/private_pg.h"

#include <libpq-fe.h>
#include <uv.h>

extern struct private_pg *help_pg; /* the program's own */

/* Runs the loop until the condition holds. */
#define RUN_UNTIL(loop, condition)                                                                                     \
    while (!(condition))                                                                                               \
    uv_run((loop), UV_RUN_ONCE)

/* For cmocka's group setup and teardown. */
int help_start(void **state);
int help_stop(void **state);

/* A fresh folder that the database's user can pass; removed with everything in it by help_remove. */
void help_folder(char path[static 64]);
void help_remove(const char *path);

/* A plain connection; and one statement on it whose first value is returned as a number. Both assert. */
PGconn *help_connect(const char *conninfo);
long help_ask(PGconn *c, const char *sql);

/* Closes a loop in which nothing is left but what is closing; asserts that. */
void help_close_loop(uv_loop_t *loop);
