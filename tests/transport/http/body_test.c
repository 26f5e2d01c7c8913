/* Body: produced bodies and ranges of files, seen by clients of raw bytes that are quick, slow, odd, or gone. */
#include "http_help.h"

#include "transport/http/body.h"
#include "transport/http/connection_state.h"
#include "transport/http/request_state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST  "Host: x\r\n"
#define HELLO "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define KIB   1024
#define MIB   (1024 * 1024)

/* What the last body did. Worker's thread; read by a call. */
static struct seen {
    int begun, asked, released;
    struct request *waiting; /* `more` waits for the test */
} seen;

static int file_fd;
static char piece[64 * KIB];

/* ---- endpoints ---- */

static void hello(struct request *rq)
{
    respond_json(rq, 200, TEXT("{}"));
}

static void count_release(struct request *rq)
{
    seen.released++;
}

struct plan {
    int left, size;
    bool fails;
};

static void produce(struct request *rq)
{
    struct plan *plan = request_data(rq);
    struct text next = { piece, (size_t)plan->size };
    seen.asked++;
    if (plan->left-- > 1)
        body_give(rq, next);
    else if (plan->fails)
        body_fail(rq);
    else
        body_finish(rq, plan->left == 0 ? next : TEXT(""));
}

static void wait_for_the_test(struct request *rq)
{
    seen.asked++;
    seen.waiting = rq;
}

/* /pieces/{n}?size=&length=&fails=&waits= */
static void pieces(struct request *rq)
{
    static const struct body_source at_once = { produce, count_release }, later = { wait_for_the_test, count_release };
    struct plan *plan = request_alloc(rq, sizeof *plan);
    seen.begun++;
    *plan = (struct plan){ request_int(rq, "n"), request_int(rq, "size"), request_bool(rq, "fails") };
    request_set_data(rq, plan);
    struct body_head head = { 200, "text/plain", "X-Extra: yes\r\n", BODY_UNKNOWN };
    if (request_has(rq, "length"))
        head.length = (uint64_t)request_int(rq, "length");
    body_begin(rq, &head, request_bool(rq, "waits") ? &later : &at_once);
}

static void range_released(void *arg)
{
    assert_ptr_equal(arg, &file_fd);
    seen.released++;
}

static void range(struct request *rq)
{
    struct body_head head = { 200, "audio/mpeg", NULL, (uint64_t)request_int(rq, "n") };
    seen.begun++;
    struct body_file file = { file_fd, (uint64_t)request_int(rq, "from"), range_released, &file_fd };
    body_range(rq, &head, &file);
}

static const struct field piece_query[] = {
    { "size", FIELD_INT32, .def = "10" },
    { "length", FIELD_INT32 },
    { "fails", FIELD_BOOL, .def = "false" },
    { "waits", FIELD_BOOL, .def = "false" },
    {},
};
static const struct endpoint endpoints[] = {
    { GET, "/hello", ANYONE, .handle = hello },
    { GET, "/pieces/{n:int32}", ANYONE, .handle = pieces, .query = piece_query },
    { GET, "/range/{from:int32}/{n:int32}", ANYONE, .handle = range },
    {},
};
static const struct area area = { .name = "first", .endpoints = { endpoints }, .cors = { .any_origin = true } };
static const struct area second = { .name = "second", .endpoints = { endpoints + 3 } };
static const struct area *const areas[] = { &area, &second, NULL };

/* ---- helpers ---- */

static int setup(void **state)
{
    server_defaults();
    seen = (struct seen){ 0 };
    server_start(areas);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return 0;
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

static bool nobody_is_left(const struct http_stats *s)
{
    return s->connections == 0;
}

static void await_begun(int n)
{
    while (look().begun < n)
        ;
}

static void see_waiting(struct http *h, void *arg)
{
    *(bool *)arg = seen.waiting;
}

static void await_waiting(void)
{
    bool waits = false;
    while (!waits)
        server_call(see_waiting, &waits);
}

enum word { GIVE, FINISH, FAIL };

static void say(struct http *h, void *arg)
{
    struct request *rq = seen.waiting;
    seen.waiting = NULL;
    assert_non_null(rq);
    switch (*(enum word *)arg) {
    case GIVE:
        body_give(rq, TEXT("given"));
        break;
    case FINISH:
        body_finish(rq, TEXT("last"));
        break;
    case FAIL:
        body_fail(rq);
        break;
    }
}

static void tell(enum word word)
{
    server_call(say, &word);
}

static void send_request(struct client *c, const char *target)
{
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", target);
    client_puts(c, request);
}

/* Reads a chunked body; every byte must be `fill`. Returns its length. */
static size_t read_chunks(struct client *c, char fill)
{
    size_t total = 0, n = 1;
    while (n) {
        char size[16] = "";
        for (size_t i = 0; i < 2 || memcmp(size + i - 2, "\r\n", 2) != 0; i++) {
            assert_true(i < sizeof size - 1);
            client_read_raw(c, 1);
            size[i] = c->answer[0];
        }
        n = strtoul(size, NULL, 16);
        client_read_raw(c, n + 2);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(c->answer[i], fill);
        assert_string_equal(c->answer + n, "\r\n");
        total += n;
    }
    return total;
}

/* Reads the whole file, after its head. */
static void read_all(struct client *c)
{
    for (int i = 0; i < 128; i++)
        client_read_raw(c, 64 * KIB);
}

static void expect_hello(struct client *c)
{
    client_puts(c, HELLO);
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "{}");
}

/* ---- produced bodies ---- */

static void pieces_go_out_in_chunks(void **state)
{
    struct client *c = client_open();
    send_request(c, "/pieces/3");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Transfer-Encoding: chunked"));
    assert_true(client_has(c, "Content-Type: text/plain"));
    assert_true(client_has(c, "X-Extra: yes"));
    assert_null(strstr(c->answer, "Content-Length"));
    assert_int_equal(read_chunks(c, 'p'), 30);
    expect_hello(c);
    assert_int_equal(look().released, 1);
    client_close(c);
}

static void a_body_may_be_empty(void **state)
{
    struct client *c = client_open();
    send_request(c, "/pieces/-5");
    assert_int_equal(client_read(c), 200);
    assert_int_equal(read_chunks(c, 'p'), 0);
    send_request(c, "/pieces/-5?length=0");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Content-Length: 0"));
    expect_hello(c);
    client_close(c);
}

static void a_known_length_is_said(void **state)
{
    struct client *c = client_open();
    send_request(c, "/pieces/4?length=40");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Content-Length: 40"));
    assert_int_equal(strlen(c->body), 40);
    expect_hello(c);
    client_close(c);
}

static void an_old_client_reads_to_the_end(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /pieces/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Connection: close"));
    assert_null(strstr(c->answer, "Transfer-Encoding"));
    client_read_raw(c, 30);
    assert_true(client_at_end(c));
    client_close(c);
}

static void head_gets_the_head(void **state)
{
    struct client *c = client_open();
    client_puts(c, "HEAD /pieces/3 HTTP/1.1\r\n" HOST "\r\nHEAD /pieces/3?length=30 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(client_read_head(c), 200);
    assert_int_equal(client_read_head(c), 200);
    assert_true(client_has(c, "Content-Length: 30"));
    client_puts(c, "HEAD /range/0/5 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(client_read_head(c), 200);
    assert_true(client_has(c, "Content-Length: 5"));
    expect_hello(c);
    struct seen s = look();
    assert_int_equal(s.asked, 0);
    assert_int_equal(s.released, 3);
    client_close(c);
}

static void the_producer_may_take_its_time(void **state)
{
    struct client *c = client_open();
    send_request(c, "/pieces/1?waits=1");
    client_puts(c, HELLO);
    await_waiting();
    assert_int_equal(client_read(c), 200);
    tell(GIVE);
    client_read_raw(c, 10);
    assert_string_equal(c->answer, "5\r\ngiven\r\n");
    tell(GIVE);
    client_read_raw(c, 10);
    tell(FINISH);
    client_read_raw(c, 14);
    assert_string_equal(c->answer, "4\r\nlast\r\n0\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "{}");
    assert_int_equal(look().asked, 3);
    assert_int_equal(look().released, 1);
    client_close(c);
}

static void many_bodies_are_pipelined(void **state)
{
    struct client *c = client_open();
    for (int i = 0; i < 200; i++)
        send_request(c, i % 2 ? "/pieces/2" : "/range/100/10");
    for (int i = 0; i < 200; i++) {
        assert_int_equal(client_read(c), 200);
        if (i % 2)
            assert_int_equal(read_chunks(c, 'p'), 20);
        else
            assert_string_equal(c->body, "abcdefghij");
    }
    assert_int_equal(look().released, 200);
    client_close(c);
}

/* More than sockets hold: the producer is not asked while the client does not read. */
static void nothing_is_produced_ahead_of_the_client(void **state)
{
    enum { PIECES = 1000 };
    struct client *c = client_open();
    send_request(c, "/pieces/1000?size=65536");
    await_begun(1);
    int before = -1, now = 0;
    for (int same = 0; same < 50; same = now == before ? same + 1 : 0) {
        before = now;
        now = look().asked;
    }
    assert_true(now < PIECES);
    assert_int_equal(look().released, 0);
    assert_int_equal(client_read(c), 200);
    assert_int_equal(read_chunks(c, 'p'), PIECES * 65536);
    assert_int_equal(look().asked, PIECES);
    expect_hello(c);
    client_close(c);
}

/* ---- bodies that do not end well ---- */

static bool is_reset(struct client *c)
{
    char byte;
    while (recv(c->fd, &byte, 1, 0) > 0)
        ;
    return errno == ECONNRESET;
}

static void a_failed_body_is_seen_to_be_incomplete(void **state)
{
    static const char *const requests[] = { "GET /pieces/3?fails=1 HTTP/1.1\r\n" HOST "\r\n",
                                            "GET /pieces/3?fails=1 HTTP/1.0\r\n\r\n",
                                            "GET /pieces/3?length=60 HTTP/1.1\r\n" HOST "\r\n" };
    for (int i = 0; i < 3; i++) {
        struct client *c = client_open();
        client_puts(c, requests[i]);
        errno = 0;
        assert_true(is_reset(c));
        assert_int_equal(look().released, i + 1);
        client_close(c);
    }
}

static void a_producer_may_fail_later(void **state)
{
    struct client *c = client_open();
    send_request(c, "/pieces/1?waits=1");
    await_waiting();
    tell(FAIL);
    assert_true(is_reset(c));
    assert_int_equal(look().released, 1);
    client_close(c);
}

static void a_client_that_leaves_ends_the_body(void **state)
{
    static const char *const targets[] = { "/pieces/1000?size=65536", "/range/0/8388608" };
    for (int i = 0; i < 2; i++) {
        struct client *c = client_open();
        send_request(c, targets[i]);
        client_read_raw(c, 100);
        client_close(c);
        server_await(nobody_is_left);
        assert_int_equal(look().released, i + 1);
    }
}

/* The request stays until the producer's word. */
static void a_client_may_leave_while_the_producer_works(void **state)
{
    for (enum word word = GIVE; word <= FAIL; word++) {
        struct client *c = client_open();
        send_request(c, "/pieces/1?waits=1");
        await_waiting();
        struct linger reset = { .l_onoff = 1 };
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        client_close(c);
        server_await(nobody_is_left);
        assert_int_equal(look().released, word);
        tell(word);
        assert_int_equal(look().released, word + 1);
    }
}

static void break_off(struct http *h, void *arg)
{
    shutdown(seen.waiting->connection->wire.fd, SHUT_RDWR);
    say(h, arg);
}

/* The piece itself finds the connection broken. */
static void a_client_may_have_left_unseen(void **state)
{
    for (enum word word = GIVE; word <= FAIL; word++) {
        struct client *c = client_open();
        send_request(c, "/pieces/1?waits=1");
        await_waiting();
        server_call(break_off, &word);
        server_await(nobody_is_left);
        assert_int_equal(look().released, word + 1);
        client_close(c);
    }
}

static void a_client_may_end_its_side_first(void **state)
{
    struct client *c = client_open();
    send_request(c, "/range/0/8388608");
    shutdown(c->fd, SHUT_WR);
    assert_int_equal(client_read_head(c), 200);
    read_all(c);
    assert_true(client_at_end(c));
    client_close(c);
}

static void a_client_that_takes_nothing_is_cut(void **state)
{
    static const char *const targets[] = { "/pieces/1000?size=65536", "/range/0/8388608" };
    config.request_timeout = 1;
    server_stop();
    server_start(areas);
    for (int i = 0; i < 2; i++) {
        struct client *c = client_open();
        int small = 4096;
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        send_request(c, targets[i]);
        await_begun(i + 1);
        server_await(nobody_is_left);
        client_close(c);
        assert_int_equal(look().released, i + 1);
    }
    assert_int_equal(server_stats().cut_slow, 2);
}

/* ---- ranges ---- */

static void ranges_are_exact(void **state)
{
    struct client *c = client_open();
    static const struct {
        int from, n;
    } parts[] = { { 0, 1 }, { 25, 3 }, { 8 * MIB - 1, 1 }, { 12345, 500000 }, { 8 * MIB, 0 } };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char target[64];
        snprintf(target, sizeof target, "/range/%d/%d", parts[i].from, parts[i].n);
        send_request(c, target);
        assert_int_equal(client_read(c), 200);
        assert_true(client_has(c, "Content-Type: audio/mpeg"));
        for (int k = 0; k < parts[i].n; k++)
            assert_int_equal(c->body[k], 'a' + (parts[i].from + k) % 25);
    }
    expect_hello(c);
    client_close(c);
}

static void a_file_that_has_shrunk_cuts_the_connection(void **state)
{
    struct client *c = client_open();
    send_request(c, "/range/8388000/1000");
    assert_true(is_reset(c));
    assert_int_equal(look().released, 1);
    client_close(c);
}

static void drain(struct http *h, void *arg)
{
    http_drain(h);
}

static void draining_lets_a_body_end(void **state)
{
    struct client *c = client_open();
    send_request(c, "/range/0/8388608");
    await_begun(1);
    assert_int_equal(client_read_head(c), 200);
    server_call(drain, NULL);
    read_all(c);
    assert_true(client_at_end(c));
    server_await(nobody_is_left);
    client_close(c);
}

static void see_waits(struct http *h, void *arg)
{
    struct deadline_link *link = deadline_first(&h->wires.deadlines, DEADLINE_WRITE);
    *(bool *)arg = link;
}

/* A quick client gets a share per turn, so the worker's other clients are served in between. */
static void others_are_served_meanwhile(void **state)
{
    struct client *c = client_open(), *other = client_open();
    send_request(c, "/range/0/8388608");
    bool waits = false;
    while (!waits)
        server_call(see_waits, &waits);
    expect_hello(other);
    assert_int_equal(look().released, 0);
    client_close(other);
    client_close(c);
}

/* What comes while the answer goes out is served afterwards. */
static void requests_may_come_during_a_body(void **state)
{
    struct client *c = client_open();
    send_request(c, "/range/0/8388608");
    bool waits = false;
    while (!waits)
        server_call(see_waits, &waits);
    for (int i = 0; i < 100; i++)
        client_puts(c, HELLO);
    assert_int_equal(client_read_head(c), 200);
    read_all(c);
    for (int i = 0; i < 100; i++)
        assert_int_equal(client_read(c), 200);
    client_close(c);
}

/* ---- */

static int make_file(void **state)
{
    char path[] = "/tmp/body_test.XXXXXX";
    memset(piece, 'p', sizeof piece);
    file_fd = mkstemp(path);
    if (file_fd < 0 || unlink(path) < 0)
        return -1;
    char *bytes = malloc(8 * MIB);
    for (int i = 0; i < 8 * MIB; i++)
        bytes[i] = (char)('a' + i % 25);
    ssize_t n = write(file_fd, bytes, 8 * MIB);
    free(bytes);
    return n == 8 * MIB ? 0 : -1;
}

static int close_file(void **state)
{
    return close(file_fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pieces_go_out_in_chunks),
        TEST(a_body_may_be_empty),
        TEST(a_known_length_is_said),
        TEST(an_old_client_reads_to_the_end),
        TEST(head_gets_the_head),
        TEST(the_producer_may_take_its_time),
        TEST(many_bodies_are_pipelined),
        TEST(nothing_is_produced_ahead_of_the_client),
        TEST(a_failed_body_is_seen_to_be_incomplete),
        TEST(a_producer_may_fail_later),
        TEST(a_client_that_leaves_ends_the_body),
        TEST(a_client_may_leave_while_the_producer_works),
        TEST(a_client_may_have_left_unseen),
        TEST(a_client_may_end_its_side_first),
        TEST(a_client_that_takes_nothing_is_cut),
        TEST(ranges_are_exact),
        TEST(a_file_that_has_shrunk_cuts_the_connection),
        TEST(draining_lets_a_body_end),
        TEST(others_are_served_meanwhile),
        TEST(requests_may_come_during_a_body),
    };
    return cmocka_run_group_tests(tests, make_file, close_file);
}
