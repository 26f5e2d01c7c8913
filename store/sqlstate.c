/* Sqlstate: see sqlstate.h. What is not in the table is a fault: a transaction whose values are bad must not be tried
 * for ever. Missing rights and tables (class 42) are faults too: they pass only when somebody acts, so the log names
 * them at once. */
#include "store/sqlstate.h"

#include <stddef.h>
#include <string.h>

/* The first row that a state begins with. */
static const struct {
    const char *begins;
    enum sqlstate_means means;
} rows[] = {
    { "08007", SQLSTATE_UNKNOWN }, /* transaction resolution unknown */
    { "08", SQLSTATE_PASSING },    /* connection; a pooler's own refusals (08P01) */
    { "0A000", SQLSTATE_STALE },   /* the plan is old: a table has changed since it was prepared */
    { "25006", SQLSTATE_STALE },   /* read only: demoted; a new connection may find the new primary */
    { "25P03", SQLSTATE_PASSING }, /* idle in transaction for too long */
    { "25P04", SQLSTATE_PASSING }, /* transaction took too long */
    { "26000", SQLSTATE_STALE },   /* no such prepared statement: somebody reset the session, or it is another's */
    { "40003", SQLSTATE_UNKNOWN }, /* statement completion unknown */
    { "40", SQLSTATE_PASSING },    /* deadlock, serialization */
    { "42P05", SQLSTATE_STALE },   /* that prepared statement is there already: the session was another's */
    { "53", SQLSTATE_PASSING },    /* disk full, no memory, too many connections */
    { "55006", SQLSTATE_PASSING }, /* object in use */
    { "55P03", SQLSTATE_PASSING }, /* lock not available */
    { "57", SQLSTATE_PASSING },    /* cancelled, shutting down, crashed, starting */
    { "58", SQLSTATE_PASSING },    /* errors of the system below: input and output, files */
    { "72000", SQLSTATE_PASSING }, /* snapshot too old */
};

enum sqlstate_means sqlstate_means(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows && strlen(sqlstate) == 5; i++)
        if (!strncmp(sqlstate, rows[i].begins, strlen(rows[i].begins)))
            return rows[i].means;
    return SQLSTATE_FAULT;
}
