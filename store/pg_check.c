/* Check: see pg_check.h.
 *
 * How a pooler by the transaction shows itself. Asked twice, the first session gets the process that was used last (as
 * PgBouncer does by default) or another one (round robin), which is told from the first. In the former case that
 * process is free now, so the next session gets it while the first one lives. Other clients of the same pool may take
 * processes in between, so as many sessions are asked as there will be, and again ROUNDS times. A pooler by the
 * session, or none, can never be taken for one by the transaction. */
#include "store/pg_check.h"

#include "store/pg_session.h"
#include "store/statements.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 16 };

struct checked {
    PGconn *c;
    char process[80]; /* that answered last; empty: none yet */
};

static bool refuse_shared(struct buf *why)
{
    buf_puts(why, "the database is reached through a pooler that hands out its connections by the transaction or the "
                  "statement; lectern keeps settings, prepared statements, notifications and locks in its sessions: "
                  "give it one by the session (PgBouncer: pool_mode = session), or the database itself");
    return false;
}

/* Asks one session and compares. False: it has none to itself, or no answer. */
static bool look(struct checked *all, int n, int which, struct buf *why)
{
    struct checked *one = &all[which];
    PGresult *r = pg_session_run(one->c, &STORE_SERVER, NULL, why);
    if (!r)
        return false;
    const char *process = PQgetvalue(r, 0, 1);
    bool shared = *one->process && strcmp(one->process, process);
    for (int i = 0; i < n; i++)
        shared |= i != which && !strcmp(all[i].process, process);
    snprintf(one->process, sizeof one->process, "%s", process);
    PQclear(r);
    return !shared || refuse_shared(why);
}

static bool refuse_few(int open, int wanted, struct buf *why)
{
    struct buf reason = { 0 };
    buf_text(&reason, buf_view(why));
    buf_reset(why);
    buf_printf(
        why,
        "only %d of the %d database connections that the workers hold can be opened: allow more (PostgreSQL: "
        "max_connections, the role's limit; PgBouncer: default_pool_size, max_db_connections, max_client_conn), or "
        "use fewer --workers or --read-connections (",
        open, wanted);
    buf_text(why, buf_view(&reason));
    buf_putc(why, ')');
    buf_fini(&reason);
    return false;
}

static bool look_again(struct checked *all, int n, struct buf *why)
{
    bool good = true;
    for (int round = 0; good && round < ROUNDS; round++)
        good = look(all, n, round % n, why) && look(all, n, 0, why) && look(all, n, 0, why);
    return good;
}

bool pg_check(const char *conninfo, int sessions, struct buf *why)
{
    struct checked *all = calloc((size_t)sessions, sizeof *all);
    int open = 0;
    bool good = all || pg_session_refuse(why, "the database cannot be looked at", "out of memory");
    while (good && open < sessions) {
        all[open].c = pg_session_open(conninfo, "lectern check", why);
        good = all[open].c || (open && refuse_few(open, sessions, why));
        good = good && look(all, open + 1, open, why);
        open++;
    }
    good = good && look_again(all, sessions, why);
    for (int i = 0; i < open; i++)
        PQfinish(all[i].c);
    free(all);
    return good;
}
