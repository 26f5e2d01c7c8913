/* Intake: order, backpressure, failures, abandoning at every moment, and the end of the worker. A file that is a pipe
 * stands for a disk that is slow. */
#include "transport/intake.h"

#include "tests/transport/http/http_help.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/intake_test.XXXXXX";
static struct files files;
static struct intakes *intakes;
static struct pool *gate_pool; /* holds threads of the pool until the test lets go */

/* What the callbacks have seen. Worker's thread; read by calls. */
static struct seen {
    int room, failed, done, kept, why;
    struct intake *in;
} seen;

static void on_room(void *arg)
{
    seen.room++;
}

static void on_failed(void *arg, int why)
{
    seen.failed++;
    seen.why = why;
    intake_abandon(seen.in);
    seen.in = NULL;
}

static void on_done(void *arg, int why)
{
    seen.done++;
    seen.why = why;
    if (why == -ECANCELED) {
        intake_abandon(seen.in);
        seen.in = NULL;
    }
}

static void on_kept(void *arg, int why)
{
    seen.kept++;
    seen.why = why;
    seen.in = NULL;
}

static const struct intake_ops ops = { on_room, on_failed };

/* ---- the server ---- */

static bool begin(struct worker *w)
{
    seen = (struct seen){ 0 };
    intakes = intakes_create(w, &files, 1, 3);
    gate_pool = pool_create(w, 16, 0);
    return intakes && gate_pool;
}

static void end(struct worker *w)
{
    pool_destroy(gate_pool);
    intakes_close(intakes);
}

static int setup(void **state)
{
    struct buf why = { 0 };
    bool open = files_open(&files, folder, &why);
    buf_fini(&why);
    server_defaults();
    server_more.begin = begin;
    server_more.end = end;
    server_start(NULL);
    return open ? 0 : -1;
}

static int count_files(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static int teardown(void **state)
{
    server_stop();
    files_close(&files);
    return count_files();
}

static void get_seen(struct http *h, void *arg)
{
    *(struct seen *)arg = seen;
}

static struct seen look(void)
{
    struct seen s;
    server_call(get_seen, &s);
    return s;
}

static void see_alive(struct http *h, void *arg)
{
    *(unsigned *)arg = intakes_alive(intakes);
}

static void await_end(void)
{
    unsigned alive = 1;
    while (alive)
        server_call(see_alive, &alive);
}

/* ---- a pool that does nothing until the test says so ---- */

struct gate {
    struct pool_job job; /* first */
    sem_t *open;
};

static void wait_at_gate(struct pool_job *job)
{
    sem_wait(((struct gate *)job)->open);
}

static void gate_passed(struct pool_job *job)
{
}

enum { THREADS = 4 };
static struct gate gates[THREADS];
static sem_t open_gate;

static void close_gates(struct http *h, void *arg)
{
    for (int i = 0; i < THREADS; i++) {
        gates[i] = (struct gate){ .job = { .work = wait_at_gate, .done = gate_passed }, .open = &open_gate };
        assert_true(pool_submit(gate_pool, &gates[i].job));
    }
}

static void open_gates(void)
{
    for (int i = 0; i < THREADS; i++)
        sem_post(&open_gate);
}

/* ---- what is done to an intake ---- */

static void create(struct http *h, void *arg)
{
    seen.in = intake_create(intakes, "mp3", &ops, &seen);
    if (arg && seen.in)
        strcpy(arg, intake_name(seen.in));
}

struct giving {
    size_t n;
    int times;
    char fill;
    bool last; /* what the last intake_put said */
};

static void give(struct http *h, void *arg)
{
    struct giving *g = arg;
    char *bytes = malloc(g->n);
    memset(bytes, g->fill, g->n);
    for (int i = 0; i < g->times && seen.in; i++)
        g->last = intake_put(seen.in, (struct text){ bytes, g->n });
    free(bytes);
}

static void finish(struct http *h, void *arg)
{
    intake_finish(seen.in, on_done);
}

static void keep(struct http *h, void *arg)
{
    intake_keep(seen.in, on_kept);
}

static void abandon(struct http *h, void *arg)
{
    intake_abandon(seen.in);
    seen.in = NULL;
}

static void leave(struct http *h, void *arg)
{
    intake_leave(seen.in);
    seen.in = NULL;
}

static void await_done(void)
{
    while (!look().done)
        ;
}

static void path_of(const char *name, const char *ending, char ret[static 128])
{
    snprintf(ret, 128, "%s/%s%s", folder, name, ending);
}

/* ---- the tests ---- */

static void bytes_arrive_in_order(void **state)
{
    char name[FILES_NAME_MAX], path[128];
    server_call(create, name);
    for (char fill = 'a'; fill <= 'z'; fill++) {
        struct giving g = { .n = 10007, .times = 5, .fill = fill };
        server_call(give, &g);
    }
    server_call(finish, NULL);
    await_done();
    assert_int_equal(look().why, 0);
    server_call(keep, NULL);
    await_end();
    assert_int_equal(look().kept, 1);
    assert_int_equal(look().why, 0);
    path_of(name, "", path);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (char fill = 'a'; fill <= 'z'; fill++)
        for (int i = 0; i < 5 * 10007; i++)
            assert_int_equal(fgetc(f), fill);
    assert_int_equal(fgetc(f), EOF);
    fclose(f);
    assert_int_equal(unlink(path), 0);
}

static void an_empty_file_is_a_file(void **state)
{
    char name[FILES_NAME_MAX], path[128];
    server_call(create, name);
    server_call(finish, NULL);
    await_done();
    server_call(keep, NULL);
    await_end();
    path_of(name, "", path);
    assert_int_equal(unlink(path), 0);
}

/* What is gathered stays near its limit, and the giver hears when there is room. */
static void a_slow_disk_stops_the_giver(void **state)
{
    char name[FILES_NAME_MAX];
    server_call(create, name);
    server_call(close_gates, NULL);
    struct giving g = { .n = INTAKE_UNIT, .times = 1, .fill = 'x', .last = true };
    int given = 0;
    while (g.last && given < 10) {
        server_call(give, &g);
        given++;
    }
    assert_int_equal(given, 3); /* one is being written, two are gathered */
    assert_int_equal(look().room, 0);
    open_gates();
    while (!look().room)
        ;
    server_call(abandon, NULL);
    await_end();
    assert_int_equal(look().room, 1);
    assert_int_equal(look().failed, 0);
}

static void abandoning_leaves_nothing(void **state)
{
    static void (*const steps[])(struct http *, void *) = { NULL, give, finish };
    for (int upto = 0; upto < 3; upto++) {
        struct giving g = { .n = INTAKE_UNIT, .times = 2, .fill = 'x' };
        server_call(create, NULL);
        for (int i = 1; i <= upto; i++)
            server_call(steps[i], &g);
        server_call(abandon, NULL);
        await_end();
        assert_int_equal(count_files(), 0);
    }
    assert_int_equal(look().failed, 0);
}

static void a_file_may_be_left_for_the_next_start(void **state)
{
    char name[FILES_NAME_MAX], path[128];
    server_call(create, name);
    server_call(finish, NULL);
    await_done();
    server_call(leave, NULL);
    await_end();
    path_of(name, ".part", path);
    assert_int_equal(unlink(path), 0);
}

static void create_all(struct http *h, void *arg)
{
    struct intake *all[4];
    for (int i = 0; i < 4; i++)
        all[i] = intake_create(intakes, "mp3", &ops, NULL);
    *(bool *)arg = all[2] && !all[3];
    for (int i = 0; i < 4; i++)
        intake_abandon(all[i]);
}

static void there_are_not_too_many(void **state)
{
    bool limited = false;
    server_call(create_all, &limited);
    assert_true(limited);
    await_end();
}

static void limit_files(rlim_t most)
{
    struct rlimit l;
    getrlimit(RLIMIT_FSIZE, &l);
    l.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &l);
}

static void a_full_disk_is_told(void **state)
{
    limit_files(100000);
    server_call(create, NULL);
    struct giving g = { .n = INTAKE_UNIT, .times = 1, .fill = 'x' };
    server_call(give, &g);
    await_end();
    limit_files(RLIM_INFINITY);
    assert_int_equal(look().failed, 1);
    assert_int_equal(look().why, -EFBIG);
}

static void a_full_disk_is_told_at_the_end(void **state)
{
    limit_files(100);
    server_call(create, NULL);
    struct giving g = { .n = 1000, .times = 1, .fill = 'x' };
    server_call(give, &g);
    server_call(finish, NULL);
    await_done();
    limit_files(RLIM_INFINITY);
    assert_int_equal(look().failed, 0);
    assert_int_equal(look().why, -EFBIG);
    server_call(abandon, NULL);
    await_end();
}

/* Whatever is under way when the worker stops: nothing is left (teardown looks). */
static void stopping_removes_what_is_unfinished(void **state)
{
    struct giving g = { .n = INTAKE_UNIT, .times = 2, .fill = 'x' };
    server_call(create, NULL);
    server_call(give, &g);
    server_call(finish, NULL);
}

static void stopping_while_the_pool_is_busy(void **state)
{
    struct giving g = { .n = INTAKE_UNIT, .times = 1, .fill = 'x' };
    server_call(create, NULL);
    server_call(give, &g);
    server_call(finish, NULL);
    await_done();
    server_call(close_gates, NULL);
    server_call(abandon, NULL);
    open_gates();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int make_folder(void **state)
{
    signal(SIGXFSZ, SIG_IGN);
    sem_init(&open_gate, 0, 0);
    setenv("UV_THREADPOOL_SIZE", "4", 1);
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_arrive_in_order),
        TEST(an_empty_file_is_a_file),
        TEST(a_slow_disk_stops_the_giver),
        TEST(abandoning_leaves_nothing),
        TEST(a_file_may_be_left_for_the_next_start),
        TEST(there_are_not_too_many),
        TEST(a_full_disk_is_told),
        TEST(a_full_disk_is_told_at_the_end),
        TEST(stopping_removes_what_is_unfinished),
        TEST(stopping_while_the_pool_is_busy),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
