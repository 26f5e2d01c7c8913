/* The private PostgreSQL: taken over after a kill -9 of the server, recovered after one of the database, one server to
 * a data folder, not reachable from outside, nothing inherited and nothing leaked. */
#include "store/private_pg.h"

#include "proto/base/log.h"
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char data[64]; /* made anew for this program; the cluster in it serves several tests */
static struct buf why;

static struct private_pg *start(const char *folder)
{
    buf_reset(&why);
    struct private_pg *pg = private_pg_start(folder, &why);
    if (!pg)
        fail_msg("%.*s", (int)why.n, why.p);
    return pg;
}

/* 0 while there is none. */
static pid_t postmaster_in(const char *folder)
{
    char path[256];
    int pid = 0;
    snprintf(path, sizeof path, "%s/postgres/cluster/postmaster.pid", folder);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%d", &pid) != 1)
        pid = 0;
    if (f)
        fclose(f);
    return pid;
}

static long ask_it(struct private_pg *pg, const char *sql)
{
    PGconn *c = help_connect(private_pg_conninfo(pg));
    long v = help_ask(c, sql);
    PQfinish(c);
    return v;
}

/* A server that starts the database and is then killed. Returns the database's process. */
static pid_t start_and_die(const char *folder, int signal_to_postmaster)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct buf reason = { 0 };
        if (!private_pg_start(folder, &reason))
            _exit(1);
        if (signal_to_postmaster)
            kill(postmaster_in(folder), signal_to_postmaster);
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    return postmaster_in(folder);
}

static int descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void start_and_stop_leave_nothing_open(void **state)
{
    int before = descriptors();
    struct private_pg *pg = start(data);
    pid_t pid = postmaster_in(data);
    assert_int_equal(ask_it(pg, "select 1 from pg_database where datname = 'lectern'"), 1);
    private_pg_stop(pg);
    assert_int_equal(descriptors(), before);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    private_pg_stop(NULL);
}

static void one_left_behind_is_taken_over(void **state)
{
    pid_t left = start_and_die(data, 0);
    assert_int_equal(kill(left, 0), 0);
    struct private_pg *pg = start(data);
    assert_int_equal(postmaster_in(data), left);
    ask_it(pg, "create table kept (x int)");
    private_pg_stop(pg);
    assert_int_equal(postmaster_in(data), 0); /* it removes the file last */
}

static void one_that_was_killed_too_recovers(void **state)
{
    pid_t dead = start_and_die(data, SIGKILL);
    struct private_pg *pg = start(data);
    assert_int_not_equal(postmaster_in(data), dead);
    assert_int_equal(ask_it(pg, "select count(*) from kept"), 0);
    private_pg_stop(pg);
}

/* The process number in a stale lock file has been given to somebody else of the same user. */
static void a_lock_file_that_names_a_stranger_is_no_hindrance(void **state)
{
    char path[256];
    struct stat cluster;
    snprintf(path, sizeof path, "%s/postgres/cluster", data);
    assert_int_equal(stat(path, &cluster), 0);
    pid_t stranger = fork();
    if (stranger == 0) {
        if (setresuid(cluster.st_uid, cluster.st_uid, cluster.st_uid) && geteuid() != cluster.st_uid)
            _exit(1);
        for (;;)
            pause();
    }
    snprintf(path, sizeof path, "%s/postgres/cluster/postmaster.pid", data);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%d\n", (int)stranger);
    assert_int_equal(fclose(f), 0);
    struct private_pg *pg = start(data);
    assert_int_not_equal(postmaster_in(data), stranger);
    assert_int_equal(ask_it(pg, "select count(*) from kept"), 0);
    private_pg_stop(pg);
    assert_int_equal(kill(stranger, SIGKILL), 0);
    assert_int_equal(waitpid(stranger, NULL, 0), stranger);
}

static void one_that_is_stopping_is_waited_for(void **state)
{
    (void)start_and_die(data, SIGINT);
    struct private_pg *pg = start(data);
    assert_int_equal(ask_it(pg, "select count(*) from kept"), 0);
    private_pg_stop(pg);
}

static void a_second_server_is_refused(void **state)
{
    struct private_pg *pg = start(data);
    char want[64];
    snprintf(want, sizeof want, "another lectern (process %d) uses the data folder", (int)getpid());
    buf_reset(&why);
    assert_null(private_pg_start(data, &why));
    buf_putc(&why, '\0');
    assert_non_null(strstr(why.p, want));
    assert_int_equal(ask_it(pg, "select 1"), 1); /* the first one's goes on */
    private_pg_stop(pg);
}

static void it_is_closed_to_others_and_inherits_nothing(void **state)
{
    struct private_pg *pg = start(data);
    PGconn *c = help_connect(private_pg_conninfo(pg));
    PGresult *r = PQexec(c, "select current_setting('listen_addresses'), current_setting('unix_socket_directories'), "
                            "current_setting('fsync'), current_setting('server_encoding')");
    struct stat st;
    assert_string_equal(PQgetvalue(r, 0, 0), "");
    assert_int_equal(stat(PQgetvalue(r, 0, 1), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_string_equal(PQgetvalue(r, 0, 2), "on");
    assert_string_equal(PQgetvalue(r, 0, 3), "UTF8");
    PQclear(r);
    PQfinish(c);
    char path[64], link[512], fds[300];
    snprintf(path, sizeof path, "/proc/%d", (int)postmaster_in(data));
    assert_int_equal(stat(path, &st), 0);
    assert_int_not_equal(st.st_uid, 0);
    snprintf(fds, sizeof fds, "%s/fd", path);
    DIR *d = opendir(fds);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char name[600];
        snprintf(name, sizeof name, "%s/%s", fds, e->d_name);
        ssize_t n = readlink(name, link, sizeof link - 1);
        link[n > 0 ? n : 0] = '\0';
        assert_null(strstr(link, "lectern.lock"));
    }
    closedir(d);
    private_pg_stop(pg);
}

static bool takes_connections(struct private_pg *pg)
{
    return PQping(private_pg_conninfo(pg)) == PQPING_OK;
}

static void watch_and_kill(struct private_pg *pg)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    private_pg_watch(pg, &loop);
    for (int round = 0; round < 2; round++) {
        pid_t pid = postmaster_in(data);
        kill(pid, SIGKILL);
        while (!postmaster_in(data) || postmaster_in(data) == pid || !takes_connections(pg))
            uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(ask_it(pg, "select count(*) from kept"), 0);
    private_pg_unwatch(pg);
    help_close_loop(&loop);
    private_pg_stop(pg);
}

static void a_watched_one_is_started_again(void **state)
{
    watch_and_kill(start(data));
}

static void one_taken_over_is_watched_too(void **state)
{
    (void)start_and_die(data, 0);
    watch_and_kill(start(data));
}

static void a_long_path_gets_a_short_socket(void **state)
{
    char top[64], folder[256], target[256];
    help_folder(top);
    snprintf(folder, sizeof folder, "%s/%s/%s", top, "a-folder-with-a-name-of-some-length-here-as-people-have-them",
             "and, one more 'quoted' name");
    struct private_pg *pg = start(folder);
    const char *conninfo = private_pg_conninfo(pg);
    assert_non_null(strstr(conninfo, "host='/tmp/lectern-"));
    assert_int_equal(ask_it(pg, "select 1"), 1);
    sscanf(conninfo, "host='%255[^']'", target);
    private_pg_stop(pg);
    pg = start(folder);
    assert_non_null(strstr(private_pg_conninfo(pg), target));
    private_pg_stop(pg);
    help_remove(target);
    help_remove(top);
}

/* As for somebody who works as root below /root. */
static void a_closed_folder_gets_its_cluster_elsewhere(void **state)
{
    if (geteuid() != 0)
        skip();
    char top[64], path[128], base[256];
    help_folder(top);
    assert_int_equal(chmod(top, 0700), 0);
    struct private_pg *pg = start(top);
    snprintf(path, sizeof path, "%s/postgres", top);
    ssize_t n = readlink(path, base, sizeof base - 1);
    assert_true(n > 0);
    base[n] = '\0';
    assert_memory_equal(base, "/var/lib/lectern/", 17);
    ask_it(pg, "create table there (x int)");
    private_pg_stop(pg);
    pg = start(top);
    assert_int_equal(ask_it(pg, "select count(*) from there"), 0);
    private_pg_stop(pg);
    help_remove(base);
    help_remove(top);
}

static int make_data(void **state)
{
    alarm(600);
    log_setup(getenv("LECTERN_TEST_LOG") ? LOG_DEBUG : LOG_ERROR, false);
    help_folder(data);
    return 0;
}

static int remove_data(void **state)
{
    help_remove(data);
    buf_fini(&why);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_and_stop_leave_nothing_open),
        cmocka_unit_test(one_left_behind_is_taken_over),
        cmocka_unit_test(one_that_was_killed_too_recovers),
        cmocka_unit_test(a_lock_file_that_names_a_stranger_is_no_hindrance),
        cmocka_unit_test(one_that_is_stopping_is_waited_for),
        cmocka_unit_test(a_second_server_is_refused),
        cmocka_unit_test(it_is_closed_to_others_and_inherits_nothing),
        cmocka_unit_test(a_watched_one_is_started_again),
        cmocka_unit_test(one_taken_over_is_watched_too),
        cmocka_unit_test(a_long_path_gets_a_short_socket),
        cmocka_unit_test(a_closed_folder_gets_its_cluster_elsewhere),
    };
    return cmocka_run_group_tests(tests, make_data, remove_data);
}
