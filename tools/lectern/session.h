/* Session of a command: commands that work on the database which the operator means: DATABASE_URL, or the private one
 * of the server that runs in the data folder. Main thread. */
#pragma once

#include "store/pg_session.h"

/* What such a command can do; a table of them ends with a zeroed one. */
struct session_verb {
    const char *name, *args, *about;
    int least, most; /* arguments */
    /* args ends with NULL; what is to be printed goes to out. False with a sentence in why. */
    bool (*go)(PGconn *c, char **args, struct buf *out, struct buf *why);
    bool changes;  /* it is one transaction, with a row in operations.audit that says who did it */
    bool verbatim; /* args are as they were typed; else without what nobody sees around them */
};

/* Runs `lectern <command> VERB [ARGUMENT…] [options]`; `more` ends its help. Returns the exit code: 2 for what cannot
 * be understood, 1 for what fails. */
int session_command(const struct session_verb *verbs, const char *more, int argc, char **argv);

/* The rows of a statement; NULL with the reason in why: it failed, or there was none and `none` says so. */
PGresult *session_rows(PGconn *c, const struct statement *st, const struct db_params *p, const char *none,
                       struct buf *why);
