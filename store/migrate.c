/* Migrate: see migrate.h. Each step and its note in public.schema_migrations commit together or not at all; the lock of
 * the session keeps a second server waiting until the first is through. */
#include "store/migrate.h"

#include "proto/base/log.h"
#include "store/lock_class.h"
#include "store/pg_session.h"
#include "store/statements.h"

#include <stdlib.h>

struct applied {
    PGresult *rows; /* number, name, applied_at; rising. NULL when the database has no list yet */
    int n;
};

static bool lock(PGconn *c, struct buf *why)
{
    struct db_params p = { 0 };
    db_param_int4(&p, LOCK_MIGRATE);
    db_param_int4(&p, 0);
    return pg_session_do(c, &STORE_LOCK, &p, why);
}

/* Reads the list of applied steps; no list is no step. */
static bool read_applied(PGconn *c, struct applied *a, struct buf *why)
{
    *a = (struct applied){ 0 };
    PGresult *known = pg_session_run(c, &STORE_MIGRATIONS_KNOWN, NULL, why);
    bool listed = known && *PQgetvalue(known, 0, 0) == 't', failed = !known;
    PQclear(known);
    if (!listed)
        return !failed;
    a->rows = pg_session_run(c, &STORE_MIGRATIONS_APPLIED, NULL, why);
    a->n = a->rows ? PQntuples(a->rows) : 0;
    return a->rows != NULL;
}

static int applied_number(const struct applied *a, int row)
{
    return atoi(PQgetvalue(a->rows, row, 0));
}

/* The row of a step, or -1. */
static int applied_row(const struct applied *a, int number)
{
    for (int i = 0; i < a->n; i++)
        if (applied_number(a, i) == number)
            return i;
    return -1;
}

static const struct migration *known_step(int number)
{
    for (int i = 0; i < migration_count; i++)
        if (migrations[i].number == number)
            return &migrations[i];
    return NULL;
}

/* A database that was migrated by something else than an older or this very program is left alone. */
static bool check_applied(const struct applied *a, struct buf *why)
{
    for (int i = 0; i < a->n; i++) {
        int number = applied_number(a, i);
        const struct migration *m = known_step(number);
        if (m && !strcmp(m->name, PQgetvalue(a->rows, i, 1)))
            continue;
        if (m)
            buf_printf(why, "step %04d of the database is \"%s\", here it is \"%s\": this is not its program", number,
                       PQgetvalue(a->rows, i, 1), m->name);
        else
            buf_printf(why, "the database is at step %04d, which this program does not know: use a newer one", number);
        return false;
    }
    return true;
}

static bool run_script(PGconn *c, const char *sql, struct buf *why)
{
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    PQclear(r);
    return ok || pg_session_refuse(why, "the script", PQerrorMessage(c));
}

/* One step, in its own transaction with the note of it. */
static bool run_step(PGconn *c, const struct migration *m, bool up, struct buf *why)
{
    struct buf reason = { 0 };
    struct db_params note = { 0 };
    db_param_int4(&note, m->number);
    if (up)
        db_param_text(&note, text_of(m->name));
    bool ok = pg_session_do(c, &STORE_BEGIN, NULL, &reason) && run_script(c, up ? m->up : m->down, &reason) &&
              pg_session_do(c, up ? &STORE_MIGRATION_ADD : &STORE_MIGRATION_REMOVE, &note, &reason) &&
              pg_session_do(c, &STORE_COMMIT, NULL, &reason);
    if (ok) {
        log_info(up ? "migration applied" : "migration undone", F_INT("step", m->number), F_STR("name", m->name));
    } else {
        buf_printf(why, "step %04d %s cannot be %s: ", m->number, m->name, up ? "applied" : "undone");
        buf_text(why, buf_view(&reason));
        (void)pg_session_do(c, &STORE_ROLLBACK, NULL, &reason); /* the first reason is the one to tell */
    }
    buf_fini(&reason);
    return ok;
}

static bool apply_missing(PGconn *c, const struct applied *a, int to, struct buf *why)
{
    for (int i = 0; i < migration_count && (to < 0 || migrations[i].number <= to); i++)
        if (applied_row(a, migrations[i].number) < 0 && !run_step(c, &migrations[i], true, why))
            return false;
    return true;
}

static bool undo_applied(PGconn *c, const struct applied *a, int to, struct buf *why)
{
    for (int i = migration_count; i-- > 0 && migrations[i].number > to;)
        if (applied_row(a, migrations[i].number) >= 0 && !run_step(c, &migrations[i], false, why))
            return false;
    return true;
}

static bool migrate(const char *conninfo, int to, bool up, struct buf *why)
{
    struct applied a = { 0 };
    PGconn *c = pg_session_open(conninfo, "lectern migrate", why);
    bool ok = c && lock(c, why) && (!up || pg_session_do(c, &STORE_MIGRATIONS_TABLE, NULL, why)) &&
              read_applied(c, &a, why) && check_applied(&a, why) &&
              (up ? apply_missing(c, &a, to, why) : undo_applied(c, &a, to, why));
    PQclear(a.rows);
    PQfinish(c);
    return ok;
}

bool migrate_up(const char *conninfo, int to, struct buf *why)
{
    return migrate(conninfo, to, true, why);
}

bool migrate_down(const char *conninfo, int to, struct buf *why)
{
    return migrate(conninfo, to, false, why);
}

static void put_status(const struct applied *a, struct buf *out)
{
    for (int i = 0; i < migration_count; i++) {
        int row = applied_row(a, migrations[i].number);
        buf_printf(out, "%04d  %-24s %s%s\n", migrations[i].number, migrations[i].name,
                   row < 0 ? "not applied" : "applied ", row < 0 ? "" : PQgetvalue(a->rows, row, 2));
    }
    for (int i = 0; i < a->n; i++)
        if (!known_step(applied_number(a, i)))
            buf_printf(out, "%04d  %-24s applied %s, not known to this program\n", applied_number(a, i),
                       PQgetvalue(a->rows, i, 1), PQgetvalue(a->rows, i, 2));
}

bool migrate_status(const char *conninfo, struct buf *out, struct buf *why)
{
    struct applied a = { 0 };
    PGconn *c = pg_session_open(conninfo, "lectern migrate", why);
    bool ok = c && read_applied(c, &a, why);
    if (ok)
        put_status(&a, out);
    PQclear(a.rows);
    PQfinish(c);
    return ok;
}
