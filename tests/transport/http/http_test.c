/* Http: the answers' heads, areas and their CORS rules, caps, shortage of descriptors, draining. */
#include "http_help.h"

#include "transport/http/connection_state.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELLO_FROM_A "GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n"
#define HELLO        "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

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

static void head_has_the_length_and_no_body(void **state)
{
    struct client *c = client_open();
    client_puts(c, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" HELLO);
    assert_int_equal(client_read_head(c), 200);
    assert_true(client_has(c, "Content-Length: 14"));
    assert_int_equal(client_read_head(c), 404);
    assert_int_equal(client_read(c), 200);
    client_close(c);
}

static void wrong_methods_name_the_right_ones(void **state)
{
    struct client *c = client_open();
    client_puts(c, "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 405);
    assert_true(client_has(c, "Allow: GET, HEAD, OPTIONS"));
    assert_string_equal(c->body, "{\"detail\":\"Method Not Allowed\"}");
    client_puts(c, "HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read_head(c), 405);
    client_puts(c, "OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Allow: POST, OPTIONS"));
    client_puts(c, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    client_puts(c, "OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 404);
    client_close(c);
}

static void some_statuses_have_headers_of_their_own(void **state)
{
    struct client *c = client_open();
    client_puts(c, "POST /who-first?user_id=2 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 401);
    assert_true(client_has(c, "WWW-Authenticate: Bearer"));
    client_close(c);
}

/* Any origin is an area's own choice here: outside development that comes without credentials. */
static void credentials_are_for_those_that_are_named(void **state)
{
    struct client *c = client_open();
    static const char get[] = "GET %s HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\n\r\n";
    static const struct {
        const char *path, *origin;
        bool dev, credentials;
    } rows[] = {
        { "/hello", "https://a.example", false, false },  { "/hello", "https://a.example", true, true },
        { "/ours", "https://ours.example", false, true }, { "/ours", "https://a.example", false, false },
        { "/ours", "https://a.example", true, true },
    };
    config.cors_origins = "*,https://ours.example";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[200], line[100];
        config.dev = rows[i].dev;
        snprintf(request, sizeof request, get, rows[i].path, rows[i].origin);
        snprintf(line, sizeof line, "Access-Control-Allow-Origin: %s", rows[i].origin);
        client_puts(c, request);
        assert_int_equal(client_read(c), 200);
        assert_true(client_has(c, line));
        if (client_has(c, "Access-Control-Allow-Credentials: true") != rows[i].credentials)
            fail_msg("%s from %s", rows[i].path, rows[i].origin);
    }
    client_close(c);
}

static void pages_of_others_may_read_headers(void **state)
{
    static const char *const requests[] = {
        HELLO_FROM_A,
        "GET /nowhere HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n",
        "POST /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n",
        "POST /json-first HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n",
        "OPTIONS /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n",
    };
    static const char *const names[] = { "Content-Disposition", "Content-Range", "Accept-Ranges",   "ETag",
                                         "Retry-After",         "Location",      "WWW-Authenticate" };
    struct client *c = client_open();
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        client_puts(c, requests[i]);
        (void)client_read(c);
        const char *line = strstr(c->answer, "\r\nAccess-Control-Expose-Headers: ");
        assert_non_null(line);
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            const char *name = strstr(line + 2, names[j]);
            assert_true(name && name < strstr(line + 2, "\r\n"));
        }
    }
    client_puts(c, "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: "
                   "PUT\r\n\r\n" HELLO "GET /second HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n");
    for (int i = 0; i < 3; i++) { /* a preflight, nobody's page, one that is not let in */
        assert_int_equal(client_read(c), 200);
        assert_null(strstr(c->answer, "Expose"));
    }
    client_close(c);
}

static void every_answer_says_how_to_take_it(void **state)
{
    struct client *c = client_open();
    client_puts(c, HELLO "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /text/a HTTP/1.1\r\nHost: x\r\n\r\n"
                         "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n");
    static const struct {
        int status;
        bool json;
    } rows[] = { { 200, true }, { 404, true }, { 200, false }, { 400, true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(client_read(c), rows[i].status);
        assert_true(client_has(c, "X-Content-Type-Options: nosniff"));
        assert_int_equal(client_has(c, "Cache-Control: no-store"), rows[i].json);
    }
    client_close(c);
}

/* Before it has come, where the endpoint takes one. */
static void a_compressed_body_is_refused(void **state)
{
    static const char *const heads[] = {
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n",
        "POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Encoding: identity, br\r\n\r\n",
        "POST /maybe HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Encoding: x\r\nExpect: 100-continue\r\n\r\n",
        "POST /json-first HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nContent-Encoding: zstd\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct client *c = client_open();
        client_puts(c, heads[i]);
        assert_int_equal(client_read(c), 415);
        assert_true(client_has(c, "Accept-Encoding: identity"));
        assert_true(client_has(c, "Connection: close"));
        client_close(c);
    }
    struct client *c = client_open();
    client_puts(
        c, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nContent-Encoding: identity\r\n\r\n{\"word\":\"a\"}"
           "POST /maybe?word=a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Encoding: gzip\r\n\r\n"
           "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n\r\nx");
    for (int i = 0; i < 3; i++)
        assert_int_equal(client_read(c), 200);
    client_close(c);
}

static void areas_have_their_own_cors(void **state)
{
    config.dev = true;
    struct client *c = client_open();
    client_puts(
        c, "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n"
           "Access-Control-Request-Headers: x-one, x-two\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Access-Control-Allow-Origin: https://a.example"));
    assert_true(client_has(c, "Access-Control-Allow-Credentials: true"));
    assert_true(client_has(c, "Access-Control-Allow-Headers: x-one, x-two"));
    assert_true(client_has(c, "Access-Control-Max-Age: 600"));
    assert_true(client_has(c, "Vary: Origin"));
    client_puts(c, "GET /second HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_null(strstr(c->answer, "Access-Control"));
    client_puts(c, "GET /second HTTP/1.1\r\nHost: x\r\nOrigin: https://second.example\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Access-Control-Allow-Origin: https://second.example"));
    assert_null(strstr(c->answer, "Credentials"));
    client_puts(c, "GET /nowhere HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n");
    assert_int_equal(client_read(c), 404);
    assert_true(client_has(c, "Access-Control-Allow-Origin: https://a.example"));
    client_puts(c, HELLO);
    assert_int_equal(client_read(c), 200);
    assert_null(strstr(c->answer, "Access-Control"));
    client_close(c);
}

/* A preflight of a path that several areas share: one of them taking the origin will do. */
static void a_shared_path_takes_the_origins_of_each_area(void **state)
{
    static const struct {
        const char *path, *origin;
        bool allowed;
    } rows[] = {
        { "/shared", "https://second.example", true },          { "/shared", "https://third.example", true },
        { "/shared", "https://fourth.example", false },         { "/second", "https://third.example", false },
        { "/m/second/shared", "https://third.example", false }, { "/m/third/shared", "https://third.example", true },
    };
    struct client *c = client_open();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[300], line[100];
        snprintf(request, sizeof request,
                 "OPTIONS %s HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nAccess-Control-Request-Method: POST\r\n\r\n",
                 rows[i].path, rows[i].origin);
        snprintf(line, sizeof line, "Access-Control-Allow-Origin: %s", rows[i].origin);
        client_puts(c, request);
        assert_int_equal(client_read(c), 200);
        if (client_has(c, line) != rows[i].allowed)
            fail_msg("%s from %s", rows[i].path, rows[i].origin);
    }
    client_close(c);
}

static void a_token_in_the_address_stays_there(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /told/5 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Referrer-Policy: no-referrer"));
    client_puts(c, HELLO);
    assert_int_equal(client_read(c), 200);
    assert_null(strstr(c->answer, "Referrer-Policy"));
    client_close(c);
}

static void mounts_and_hosts_choose_the_area(void **state)
{
    static const struct {
        const char *request;
        int status;
    } rows[] = {
        { "GET /m/second/second HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
        { "GET /m/second/hello HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
        { "GET /m/second/ready HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
        { "GET /m/nobody/hello HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
        { "GET /m/first HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
        { "GET /second HTTP/1.1\r\nHost: Second.Example:8000\r\n\r\n", 200 },
        { "GET /hello HTTP/1.1\r\nHost: second.example\r\n\r\n", 404 },
        { "GET /hello HTTP/1.1\r\nHost: second.example.org\r\n\r\n", 200 },
        { "GET http://second.example/hello HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
        { "GET /ready HTTP/1.1\r\nHost: second.example\r\n\r\n", 200 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (client_once(rows[i].request, NULL, 0) != rows[i].status)
            fail_msg("not %d: %s", rows[i].status, rows[i].request);
}

static bool none(const struct http_stats *s)
{
    return s->connections == 0;
}

/* Over a cap: 503 and close, also for who says nothing; a place that has become free is given again. */
static void caps_are_kept(void **state)
{
    int64_t *const caps[] = { &config.max_connections, &config.max_per_address };
    for (int i = 0; i < 2; i++) {
        *caps[i] = 2;
        struct client *a = client_open(), *b = client_open(), *over = client_open();
        if (i)
            client_puts(over, HELLO);
        assert_int_equal(client_read(over), 503);
        assert_true(client_has(over, "Retry-After: 1"));
        assert_true(client_has(over, "Connection: close"));
        assert_true(client_at_end(over));
        client_puts(a, HELLO);
        assert_int_equal(client_read(a), 200);
        client_close(over);
        client_close(a);
        client_close(b);
        server_await(none);
        assert_int_equal(client_once(HELLO, NULL, 0), 200);
        server_await(none);
        *caps[i] = 1000;
    }
}

static void see_accepting(struct http *h, void *arg)
{
    *(bool *)arg = h->wires.accepting;
}

/* Without a free descriptor a connection waits in the kernel; when there is one again, it is served, with nobody's
 * help. */
static void accepting_survives_a_shortage_of_descriptors(void **state)
{
    struct rlimit usual, tight;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), lowest_free = dup(fd);
    close(lowest_free);
    tight = (struct rlimit){ .rlim_cur = (rlim_t)lowest_free, .rlim_max = usual.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    struct client *c = client_connect(fd);
    client_puts(c, HELLO);
    bool accepting = true;
    while (accepting) /* ends: the test has a time limit */
        server_call(see_accepting, &accepting);
    assert_int_equal(server_stats().accepted, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_int_equal(client_read(c), 200);
    server_call(see_accepting, &accepting);
    assert_true(accepting);
    client_close(c);
}

static void drain(struct http *h, void *arg)
{
    http_drain(h);
}

static void see_drained(struct http *h, void *arg)
{
    *(bool *)arg = http_drained(h);
}

static void draining_ends_what_is_idle_and_answers_the_rest(void **state)
{
    struct client *idle = client_open(), *busy = client_open();
    client_puts(idle, HELLO);
    assert_int_equal(client_read(idle), 200);
    client_puts(busy, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    server_await_later();
    server_call(drain, NULL);
    assert_true(client_at_end(idle));
    bool drained = true;
    server_call(see_drained, &drained);
    assert_false(drained);
    assert_true(server_answer_later());
    assert_int_equal(client_read(busy), 200);
    assert_true(client_has(busy, "Connection: close"));
    assert_true(client_at_end(busy));
    server_await(none);
    server_call(see_drained, &drained);
    assert_true(drained);
    client_close(idle);
    client_close(busy);
}

/* Closing cuts what is left: streams, half requests, connections that were just answered. */
static void closing_cuts_everything(void **state)
{
    struct client *waiting = client_open(), *half = client_open(), *stream = client_open();
    client_puts(stream, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    client_read_raw(stream, 20);
    client_puts(half, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    client_puts(waiting, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    server_await_later();
    server_stop();
    assert_int_equal(server_stream_calls().closed, 1);
    assert_int_equal(server_last_end(), CLOSE_SHUTDOWN);
    client_close(waiting);
    client_close(half);
    client_close(stream);
    server_start(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(head_has_the_length_and_no_body),
        TEST(wrong_methods_name_the_right_ones),
        TEST(some_statuses_have_headers_of_their_own),
        TEST(areas_have_their_own_cors),
        TEST(credentials_are_for_those_that_are_named),
        TEST(pages_of_others_may_read_headers),
        TEST(every_answer_says_how_to_take_it),
        TEST(a_compressed_body_is_refused),
        TEST(a_shared_path_takes_the_origins_of_each_area),
        TEST(a_token_in_the_address_stays_there),
        TEST(mounts_and_hosts_choose_the_area),
        TEST(caps_are_kept),
        TEST(accepting_survives_a_shortage_of_descriptors),
        TEST(draining_ends_what_is_idle_and_answers_the_rest),
        TEST(closing_cuts_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
