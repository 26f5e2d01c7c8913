/* Help for tests of the store: see pg_help.h. */
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include "proto/base/log.h"
#include "store/migrate.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct private_pg *help_pg;
static char folder[64];
static FILE *guard;

void help_folder(char path[static 64])
{
    strcpy(path, "/tmp/lectern-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    assert_int_equal(chmod(path, 0711), 0);
}

void help_remove(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", path, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* However the test program ends, the end of its pipe lets a shell stop what it started and remove what it made. */
static void start_guard(void)
{
    char command[512];
    snprintf(command, sizeof command,
             "cat; p=%s/postgres/cluster/postmaster.pid; if [ -f $p ]; then kill -INT $(head -n 1 $p); "
             "tail --pid=$(head -n 1 $p) -f /dev/null; fi; rm -rf %s",
             folder, folder);
    guard = popen(command, "we");
    assert_non_null(guard);
}

int help_start(void **state)
{
    (void)state;
    struct buf why = { 0 };
    alarm(600);
    log_setup(getenv("LECTERN_TEST_LOG") ? LOG_DEBUG : LOG_ERROR, false);
    help_folder(folder);
    start_guard();
    help_pg = private_pg_start(folder, &why);
    bool ok = help_pg && migrate_up(private_pg_conninfo(help_pg), -1, &why);
    if (!ok)
        fprintf(stderr, "%.*s\n", (int)why.n, why.p);
    buf_fini(&why);
    return ok ? 0 : -1;
}

int help_stop(void **state)
{
    (void)state;
    private_pg_stop(help_pg);
    return pclose(guard);
}

static void ignore_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

PGconn *help_connect(const char *conninfo)
{
    PGconn *c = PQconnectdb(conninfo);
    assert_int_equal(PQstatus(c), CONNECTION_OK);
    PQsetNoticeReceiver(c, ignore_notice, NULL);
    return c;
}

long help_ask(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(c));
    long v = PQntuples(r) ? atol(PQgetvalue(r, 0, 0)) : 0;
    PQclear(r);
    return v;
}

void help_close_loop(uv_loop_t *loop)
{
    uv_run(loop, UV_RUN_NOWAIT); /* closes what is closing */
    assert_int_equal(uv_loop_close(loop), 0);
}
