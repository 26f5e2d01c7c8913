/* Session: see pg_session.h. Notices are nobody's concern here. */
#include "store/pg_session.h"

#include "store/pg_conninfo.h"

#include <stdlib.h>

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
}

PGconn *pg_session_open(const char *conninfo, const char *name, struct buf *why)
{
    struct pg_conninfo info;
    char *plain = pg_conninfo_plain(conninfo);
    if (!plain) {
        buf_puts(why, "out of memory");
        return NULL;
    }
    PGconn *c = NULL;
    if (pg_conninfo_init(&info, plain, NULL, why)) {
        pg_conninfo_add(&info, "connect_timeout", "10");
        pg_conninfo_add(&info, "application_name", name);
        c = PQconnectdbParams(info.keywords, info.values, 0);
        if (PQstatus(c) != CONNECTION_OK) {
            explain_failure(c, why);
            PQfinish(c);
            c = NULL;
        }
        pg_conninfo_fini(&info);
    }
    free(plain);
    if (c)
        PQsetNoticeReceiver(c, ignore_notice, NULL);
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
