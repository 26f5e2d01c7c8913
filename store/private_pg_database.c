/* Private PostgreSQL's database: see private_pg_database.h. */
#include "store/private_pg_database.h"

#include "store/pg_conninfo.h"
#include "store/statements.h"

/* A session in the database that every cluster has. The later keyword wins. */
static PGconn *open_maintenance(const char *conninfo)
{
    static const char *const keywords[] = { "dbname", "dbname", "connect_timeout", NULL };
    const char *const values[] = { conninfo, "postgres", "10", NULL };
    return PQconnectdbParams(keywords, values, 1);
}

PGPing private_pg_ping(const char *conninfo)
{
    static const char *const keywords[] = { "dbname", "dbname", "connect_timeout", NULL };
    const char *const values[] = { conninfo, "postgres", "2", NULL };
    return PQpingParams(keywords, values, 1);
}

static bool run(PGconn *c, const struct statement *st, struct buf *why)
{
    PGresult *r = PQexec(c, st->sql);
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    if (!ok) {
        buf_puts(why, "the private database refuses: ");
        pg_conninfo_put_error(why, PQerrorMessage(c));
    }
    return ok;
}

static bool exists(PGconn *c)
{
    const char *const values[] = { "lectern" };
    PGresult *r = PQexecParams(c, STORE_DATABASE_EXISTS.sql, 1, NULL, values, NULL, NULL, 0);
    bool yes = PQntuples(r) == 1 && *PQgetvalue(r, 0, 0) == 't';
    PQclear(r);
    return yes;
}

bool private_pg_make_database(const char *conninfo, struct buf *why)
{
    PGconn *c = open_maintenance(conninfo);
    bool ok = PQstatus(c) == CONNECTION_OK;
    if (!ok) {
        buf_puts(why, "the private database takes no connection: ");
        pg_conninfo_put_error(why, PQerrorMessage(c));
    } else {
        ok = exists(c) || run(c, &STORE_CREATE_DATABASE, why);
    }
    PQfinish(c);
    return ok;
}
