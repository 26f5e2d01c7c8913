/* Look: what is said of connections in each state, and the cutting of one. */
#include "tests/transport/http/http_help.h"
#include "transport/http/look.h"

#include <string.h>

#define HOST "Host: x\r\n"

static int setup(void **state)
{
    server_defaults();
    server_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return 0;
}

struct seen {
    int n;
    struct connection_look look[8];
    struct connection_detail detail[8];
};

static void see_one(const struct connection *c, void *arg)
{
    struct seen *s = arg;
    assert_true(s->n < 8);
    connection_look(c, &s->look[s->n]);
    connection_detail(c, &s->detail[s->n++]);
}

static void see_all(struct http *h, void *arg)
{
    http_each(h, see_one, arg);
}

/* The only connection, once its state is this. */
static struct seen await_state(const char *state)
{
    struct seen s;
    do { /* ends: the test has a time limit */
        s = (struct seen){ 0 };
        server_call(see_all, &s);
    } while (s.n != 1 || strcmp(s.look[0].state, state) != 0);
    return s;
}

static void assert_request(const struct connection_look *l, const char *expected)
{
    char text[LOOK_REQUEST_MAX];
    look_request(l->route, text);
    assert_string_equal(text, expected);
}

static void one_that_has_said_nothing(void **state)
{
    struct client *c = client_open();
    struct seen s = await_state("idle");
    assert_string_equal(s.look[0].kind, "new");
    assert_int_equal(s.look[0].serial, 1);
    assert_int_equal(s.look[0].requests, 0);
    assert_int_equal(s.look[0].peer.any.sa_family, AF_INET);
    assert_int_not_equal(s.look[0].peer.v4.sin_port, 0);
    assert_request(&s.look[0], "");
    assert_string_equal(s.detail[0].deadline, "idle");
    assert_null(s.detail[0].near);
    assert_null(s.detail[0].ends);
    client_close(c);
}

static void one_that_waits_for_its_answer(void **state)
{
    static const char ask[] = "GET /later?token=secret HTTP/1.1\r\n" HOST "\r\n";
    struct client *c = client_open();
    client_puts(c, ask);
    server_await_later();
    client_puts(c, "GET /h");
    struct seen s = await_state("busy");
    while (!s.detail[0].unread)
        s = await_state("busy");
    assert_string_equal(s.look[0].kind, "http");
    assert_true(s.look[0].under_way);
    assert_request(&s.look[0], "GET /later");
    assert_int_equal(s.look[0].received, strlen(ask) + 6);
    assert_int_equal(s.look[0].sent, 0);
    assert_int_equal(s.detail[0].unread, 6);
    assert_null(s.detail[0].deadline);
    assert_true(server_answer_later());
    assert_int_equal(client_read(c), 200);
    s = await_state("head");
    assert_false(s.look[0].under_way);
    assert_true(s.look[0].sent > 0);
    client_close(c);
}

static void one_that_sends_a_body(void **state)
{
    struct client *c = client_open();
    client_puts(c, "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n{");
    struct seen s = await_state("body");
    assert_int_equal(s.detail[0].body, 1);
    assert_int_equal(s.detail[0].body_limit, config.max_body);
    assert_null(s.detail[0].near);
    for (int i = 0; i < 850; i++) {
        char part[1001] = "";
        memset(part, ' ', 1000);
        client_puts(c, part);
    }
    while (s.detail[0].body < 850001)
        s = await_state("body");
    assert_string_equal(s.detail[0].near, "body");
    client_close(c);
}

static void a_stream(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    client_read_raw(c, 20);
    struct seen s = await_state("stream");
    assert_string_equal(s.look[0].kind, "sse");
    assert_true(s.look[0].under_way);
    assert_request(&s.look[0], "GET /stream");
    assert_int_equal(s.detail[0].pending_limit, config.sse_backlog);
    assert_true(s.detail[0].tcp);
    client_close(c);
}

static void one_that_was_refused_lingers(void **state)
{
    struct client *c = client_open();
    client_puts(c, "nonsense\r\n\r\n");
    assert_int_equal(client_read(c), 400);
    struct seen s = await_state("linger");
    assert_string_equal(s.detail[0].ends, "protocol_error");
    client_close(c);
}

static void kill_one(struct http *h, void *arg)
{
    uint64_t serial = *(uint64_t *)arg;
    struct connection *c = http_find(h, serial);
    assert_non_null(c);
    assert_null(http_find(h, serial + 1));
    assert_null(http_find(h, 0));
    connection_kill(c);
    assert_null(http_find(h, serial));
}

static void a_kill_while_a_handler_works(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    server_await_later();
    struct seen s = await_state("busy");
    server_call(kill_one, &s.look[0].serial);
    assert_true(client_at_end(c));
    assert_int_equal(server_last_end(), CLOSE_KILLED);
    assert_true(server_answer_later());
    client_close(c);
    c = client_open();
    assert_int_equal(await_state("idle").look[0].serial, 2);
    client_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_has_said_nothing),    TEST(one_that_waits_for_its_answer),
        TEST(one_that_sends_a_body),        TEST(a_stream),
        TEST(one_that_was_refused_lingers), TEST(a_kill_while_a_handler_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
