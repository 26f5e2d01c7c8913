/* Outbox: `lectern jobs`, also called `lectern outbox`. What could not be done or delivered, and what becomes of it. A running
 * server takes up what is given new attempts at once. Main thread. */
#include "store/statements.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/session.h"

#include <stdlib.h>

static bool list(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    struct db_params p = { 0 };
    bool all = args[0] && !strcmp(args[0], "all");
    db_param_bool(&p, args[0]);
    db_param_text(&p, text_of(all ? NULL : args[0]));
    PGresult *r = pg_session_run(c, &OUTBOX_LIST, &p, why);
    for (int i = 0; i < PQntuples(r); i++)
        buf_printf(out, "%s  %-8s %-8s attempts %-3s since %-26s  %s\n", PQgetvalue(r, i, 0), PQgetvalue(r, i, 1),
                   PQgetvalue(r, i, 2), PQgetvalue(r, i, 3), PQgetvalue(r, i, 4), PQgetvalue(r, i, 6));
    bool good = r && (PQntuples(r) || !args[0] || all);
    if (r && !good)
        buf_printf(why, "there is nothing of the kind %s", args[0]);
    PQclear(r);
    return good;
}

/* What is to happen to a dead message, to those of a kind, or to "all" of them. */
static bool each(PGconn *c, const struct statement *st, const char *id, const char *done, struct buf *out,
                 struct buf *why)
{
    struct db_params p = { 0 };
    if (!strcmp(id, "all"))
        db_param_null(&p);
    else
        db_param_text(&p, text_of(id));
    PGresult *r = pg_session_run(c, st, &p, why);
    bool good = r && (!strcmp(id, "all") || atoi(PQgetvalue(r, 0, 0)));
    if (good)
        buf_printf(out, "%s %s\n", PQgetvalue(r, 0, 0), done);
    else if (r)
        buf_printf(why, "there is no dead message %s, and none of such a kind", id);
    PQclear(r);
    return good;
}

static bool retry(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    return each(c, &OUTBOX_RETRY, args[0], "to be delivered", out, why);
}

static bool drop(PGconn *c, char **args, struct buf *out, struct buf *why)
{
    return each(c, &OUTBOX_DROP, args[0], "forgotten", out, why);
}

static const struct session_verb verbs[] = {
    { "list", "[all|KIND]", "show what was given up, and with all, or of a kind, what still waits", 0, 1, list },
    { "retry", "ID|KIND|all", "try again what was given up", 1, 1, retry, true },
    { "drop", "ID|KIND|all", "forget what was given up", 1, 1, drop, true },
    {},
};

int command_outbox(int argc, char **argv)
{
    return session_command(
        verbs, "The outbox holds what must not be lost: jobs such as reports, mails, pushes, events for Kafka.", argc,
        argv);
}
