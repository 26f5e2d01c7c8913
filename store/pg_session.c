/* Session: see pg_session.h. Notices are nobody's concern here. */
#include "store/pg_session.h"

#include "store/pg_conninfo.h"
#include "store/statements.h"

#include <poll.h>

enum { ANSWER_MS = 5000 };

bool pg_session_refuse(struct buf *why, const char *what, const char *message)
{
    buf_puts(why, what);
    buf_puts(why, ": ");
    pg_conninfo_put_error(why, message);
    return false;
}

static void ignore_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

static void explain_failure(PGconn *c, struct buf *why)
{
    const char *message = PQerrorMessage(c), *name = PQdb(c);
    if (strstr(message, "does not exist") && strstr(message, "database \""))
        buf_printf(why, "there is no database \"%s\" yet: make it with createdb, then start again", name ? name : "");
    else
        (void)pg_session_refuse(why, "cannot connect to the database", message); /* told in why */
    if (strstr(message, "unsupported startup parameter"))
        buf_puts(why,
                 "; the pooler takes no such option from the address or from the environment (PGOPTIONS and the like)");
}

/* Text that is not UTF-8 would be refused by some statements, cut by others, and told to clients as it is. */
static bool keeps_utf8(const PGconn *c, const PGresult *settings, struct buf *why)
{
    const char *encoding = PQgetvalue(settings, 0, 1);
    if (!strcmp(encoding, "UTF8"))
        return true;
    buf_printf(why,
               "the database \"%s\" keeps text as %s; lectern needs one in UTF8: make it with createdb "
               "--encoding=UTF8 --template=template0",
               PQdb(c) ? PQdb(c) : "", encoding);
    return false;
}

/* A pooler without a place says so by silence. */
static bool is_answered(PGconn *c)
{
    struct pollfd fd = { .fd = PQsocket(c), .events = POLLIN };
    while (PQisBusy(c))
        if (poll(&fd, 1, ANSWER_MS) <= 0 || !PQconsumeInput(c))
            return false;
    return true;
}

static bool set_up(PGconn *c, const struct pg_conninfo *info, struct buf *why)
{
    const char *const settings[] = { info->settings.p };
    bool answered = PQsendQueryParams(c, STORE_SETTINGS.sql, 1, NULL, settings, NULL, NULL, 0) && is_answered(c);
    PGresult *first = answered ? PQgetResult(c) : NULL, *r;
    const char *message = PQerrorMessage(c);
    bool good = PQresultStatus(first) == PGRES_TUPLES_OK
                    ? keeps_utf8(c, first, why)
                    : pg_session_refuse(why, "the session cannot be set up",
                                        *message ? message : "no answer; a pooler has perhaps no place for it");
    PQclear(first);
    while (good && (r = PQgetResult(c)))
        PQclear(r);
    return good;
}

PGconn *pg_session_open(const char *conninfo, const char *name, struct buf *why)
{
    struct pg_conninfo info;
    if (!pg_conninfo_init(&info, conninfo, NULL, why))
        return NULL;
    pg_conninfo_add(&info, "connect_timeout", "10");
    pg_conninfo_add(&info, "application_name", name);
    PGconn *c = PQconnectdbParams(info.keywords, info.values, 0);
    bool open = PQstatus(c) == CONNECTION_OK;
    if (open)
        PQsetNoticeReceiver(c, ignore_notice, NULL);
    else
        explain_failure(c, why);
    if (!open || !set_up(c, &info, why)) {
        PQfinish(c);
        c = NULL;
    }
    pg_conninfo_fini(&info);
    return c;
}

PGresult *pg_session_run(PGconn *c, const struct statement *st, const struct db_params *p, struct buf *why)
{
    static const struct db_params none;
    Oid types[DB_MAX_PARAMS];
    p = p ? p : &none;
    for (int i = 0; i < p->n; i++)
        types[i] = st->params[i].oid;
    PGresult *r = PQexecParams(c, st->sql, p->n, types, p->values, p->lengths, p->formats, 0);
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return r;
    (void)pg_session_refuse(why, st->name, PQerrorMessage(c)); /* told in why */
    PQclear(r);
    return NULL;
}

bool pg_session_do(PGconn *c, const struct statement *st, const struct db_params *p, struct buf *why)
{
    PGresult *r = pg_session_run(c, st, p, why);
    PQclear(r);
    return r != NULL;
}
