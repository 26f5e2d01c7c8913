/* Door: peers that do what they should not, beside one that does what it should. Commands are real; there are no
 * workers to ask, for `help` needs none. */
#include "actors/runtime/system.h"
#include "line_help.h"
#include "proto/config/config.h"
#include "tests/test.h"
#include "transport/admin/admin.h"
#include "transport/admin/door.h"
#include "transport/admin/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELP   "{\"v\":1,\"command\":\"help\"}"
#define SCHEMA "{\"v\":1,\"command\":\"schema\"}"

static struct system *s;
static struct admin *admin;
static char folder[64], path[128], viewers[128];

static int open_with(int64_t stall_ms)
{
    struct buf why = { 0 };
    struct admin_options o = { .server = { .system = s, .version = "1", .address = "" },
                               .path = path,
                               .viewer_path = viewers,
                               .viewer_group = (gid_t)-1,
                               .stall_ms = stall_ms };
    admin = admin_open(&o, &why);
    return !admin;
}

static int setup(void **state)
{
    config = (struct config){ .identity = "token" };
    strcpy(folder, "/tmp/lectern-door-XXXXXX");
    s = system_create(&(struct system_options){ .workers = 1 });
    if (!s || !mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/a", folder);
    snprintf(viewers, sizeof viewers, "%s/v", folder);
    return open_with(0);
}

static int setup_hasty(void **state)
{
    return setup(state) || (admin_close(admin), open_with(40));
}

static int teardown(void **state)
{
    admin_close(admin);
    system_destroy(s);
    return rmdir(folder); /* the sockets are gone */
}

static void assert_answers(int fd)
{
    json_t *answer = line_ask(fd, HELP, strlen(HELP));
    assert_true(json_array_size(json_object_get(answer, "data")) > 10);
    json_decref(answer);
}

static void assert_serves(const char *at)
{
    int fd = line_dial(at);
    assert_answers(fd);
    close(fd);
}

static void say(int fd, const char *text)
{
    assert_int_equal(line_send(fd, text, strlen(text)), 0);
}

static void bytes_may_come_one_by_one(void **state)
{
    int fd = line_dial(path);
    for (const char *p = HELP "\n"; *p; p++)
        assert_int_equal(line_send(fd, p, 1), 0);
    char *line = line_read(fd);
    assert_non_null(strstr(line, "\"ok\":true"));
    free(line);
    assert_answers(fd);
    close(fd);
}

static void many_requests_at_once_are_answered_in_their_order(void **state)
{
    enum { MANY = 200 };
    int fd = line_dial(path);
    struct buf all = { 0 };
    for (int i = 0; i < MANY; i++)
        buf_printf(&all, "{\"v\":1,\"command\":\"c%d\"}\n", i);
    assert_int_equal(line_send(fd, all.p, all.n), 0);
    for (int i = 0; i < MANY; i++) {
        char want[32], *line = line_read(fd);
        snprintf(want, sizeof want, "\\\"c%d\\\"", i);
        assert_non_null(line);
        assert_non_null(strstr(line, want));
        free(line);
    }
    buf_fini(&all);
    close(fd);
}

static void half_of_the_connection_may_end(void **state)
{
    int fd = line_dial(path);
    say(fd, HELP "\n\n" HELP); /* the last without its line feed */
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    for (int i = 0; i < 3; i++) {
        char *line = line_read(fd);
        assert_non_null(strstr(line, i == 1 ? "\"ok\":false" : "\"ok\":true"));
        free(line);
    }
    assert_true(line_ended(fd));
    close(fd);
}

static void a_line_too_long_is_told_and_the_last(void **state)
{
    size_t n = 4 * ADMIN_REQUEST_MAX;
    char *bytes = malloc(n);
    memset(bytes, 'x', n);
    int fd = line_dial(path);
    (void)line_send(fd, bytes, n); /* it may be closed before it has read all */
    char *line = line_read(fd);
    assert_non_null(strstr(line, "64 KiB"));
    assert_true(line_ended(fd));
    free(line);
    close(fd);
    fd = line_dial(path);
    bytes[ADMIN_REQUEST_MAX] = '\n';
    assert_int_equal(line_send(fd, bytes, ADMIN_REQUEST_MAX + 1), 0);
    line = line_read(fd);
    assert_non_null(strstr(line, "a request is"));
    assert_answers(fd);
    free(line);
    free(bytes);
    close(fd);
}

static void another_protocol_is_told(void **state)
{
    int fd = line_dial(path);
    assert_int_equal(line_send(fd, "\0SP\0\0\60\0\0", 8), 0);
    char *line = line_read(fd);
    assert_non_null(strstr(line, "lectern admin of its version"));
    assert_true(line_ended(fd));
    free(line);
    close(fd);
}

static void who_connects_and_dies_harms_nobody(void **state)
{
    for (int i = 0; i < 1000; i++)
        close(line_dial(i % 2 ? path : viewers));
    for (int i = 0; i < 300; i++) { /* in the middle of a request, of an answer */
        int fd = line_dial(path);
        say(fd, i % 3 ? SCHEMA "\n" SCHEMA "\n" : "{\"v\"");
        close(fd);
    }
    assert_serves(path);
    assert_serves(viewers);
}

static void who_never_reads_keeps_nobody_waiting(void **state)
{
    enum { PEERS = 20 };
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++) {
        fds[i] = line_dial(path);
        for (int j = 0; j < 50; j++)
            say(fds[i], SCHEMA "\n");
    }
    for (int i = 0; i < 10; i++)
        assert_serves(path);
    for (int i = 0; i < PEERS; i++)
        close(fds[i]);
    assert_serves(path);
}

/* All from one process, so what counts is who has asked anything. */
static void a_flood_takes_places_from_itself(void **state)
{
    enum { FLOOD = 2 * ADMIN_PEERS_MAX };
    int good = line_dial(path), fds[FLOOD];
    assert_answers(good);
    for (int i = 0; i < FLOOD; i++) {
        fds[i] = line_dial(path);
        if (i % 2)
            say(fds[i], "{");
    }
    assert_answers(good);
    assert_serves(path);
    assert_serves(viewers);
    int ended = 0;
    for (int i = 0; i < FLOOD; i++) {
        char byte;
        ended += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
        close(fds[i]);
    }
    assert_in_range(ended, FLOOD - ADMIN_PEERS_MAX, FLOOD);
    assert_answers(good);
    close(good);
}

static void who_stalls_is_closed_and_who_is_idle_stays(void **state)
{
    int idle = line_dial(path), half = line_dial(path), deaf = line_dial(path);
    assert_answers(idle);
    say(half, "{\"v\":1");
    for (int i = 0; i < 50; i++)
        say(deaf, SCHEMA "\n");
    assert_true(line_ended(half));
    int n = 0;
    for (char *line; n < 60 && (line = line_read(deaf)); n++) /* what was on its way */
        free(line);
    assert_in_range(n, 1, 49);
    assert_answers(idle);
    close(idle);
    close(half);
    close(deaf);
}

/* As many descriptors as are left, but for `keep`. Returns how many it took. */
static int take_descriptors(int *fds, int most, int keep)
{
    int n = 0;
    while (n < most && (fds[n] = dup(0)) >= 0)
        n++;
    for (; keep && n; keep--)
        close(fds[--n]);
    return n;
}

/* The test's own end of the connection needs one too. */
static void without_descriptors_one_who_comes_is_answered(void **state)
{
    enum { MOST = 200 };
    struct rlimit before, low;
    int fds[MOST];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = (struct rlimit){ 100, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_serves(path);
    int n = take_descriptors(fds, MOST, 1);
    for (int i = 0; i < 20; i++) {
        int fd = line_dial(path); /* takes the last; the server has its spare one */
        assert_answers(fd);
        close(fd);
        close(line_dial(path));
    }
    int waits = line_dial(path); /* and the next one waits until there are some */
    while (n)
        close(fds[--n]);
    assert_answers(waits);
    assert_serves(path);
    close(waits);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* Nothing it may send is anything but an answer that is an error, or the end. */
static void random_bytes_harm_nobody(void **state)
{
    unsigned seed = 7;
    for (int round = 0; round < 200; round++) {
        char bytes[3000];
        size_t n = (size_t)rand_r(&seed) % sizeof bytes;
        int fd = line_dial(path);
        for (size_t i = 0; i < n; i++)
            bytes[i] = rand_r(&seed) % 50 ? (char)rand_r(&seed) : '\n';
        (void)line_send(fd, bytes, n);
        shutdown(fd, SHUT_WR);
        for (char *line; (line = line_read(fd)); free(line))
            assert_non_null(strstr(line, "\"ok\":false"));
        close(fd);
    }
    assert_serves(path);
}

static void closing_waits_for_no_peer(void **state)
{
    int silent = line_dial(path), half = line_dial(viewers), deaf = line_dial(path);
    say(half, "{");
    for (int i = 0; i < 50; i++)
        say(deaf, SCHEMA "\n");
    assert_serves(path);
    admin_close(admin);
    assert_true(line_ended(silent));
    assert_int_equal(access(path, F_OK), -1);
    close(silent);
    close(half);
    close(deaf);
    assert_int_equal(open_with(0), 0);
    assert_serves(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_may_come_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(many_requests_at_once_are_answered_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(half_of_the_connection_may_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_too_long_is_told_and_the_last, setup, teardown),
        cmocka_unit_test_setup_teardown(another_protocol_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(who_connects_and_dies_harms_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(who_never_reads_keeps_nobody_waiting, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_takes_places_from_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(who_stalls_is_closed_and_who_is_idle_stays, setup_hasty, teardown),
        cmocka_unit_test_setup_teardown(without_descriptors_one_who_comes_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(random_bytes_harm_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_waits_for_no_peer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
