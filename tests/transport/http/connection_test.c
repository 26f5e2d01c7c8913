/* Connection: framing, pipelining, limits, deadlines and the end of connections, seen by a client of raw bytes. */
#include "http_help.h"

#include "transport/http/connection_state.h"

#include <stdlib.h>
#include <sys/socket.h>

#define HOST  "Host: x\r\n"
#define HELLO "GET /hello HTTP/1.1\r\n" HOST "\r\n"

static int setup(void **state)
{
    server_defaults();
    config.max_line = 256;
    config.max_headers = 1024;
    config.max_body = 4096;
    server_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return 0;
}

static void answers_and_keeps_the_connection(void **state)
{
    struct client *c = client_open();
    for (int i = 0; i < 3; i++) {
        client_puts(c, HELLO);
        assert_int_equal(client_read(c), 200);
        assert_string_equal(c->body, "{\"hello\":true}");
        assert_true(client_has(c, "Content-Type: application/json"));
        assert_true(client_has(c, "Content-Length: 14"));
        assert_null(strstr(c->answer, "Connection:"));
        assert_non_null(strstr(c->answer, "\r\nDate: "));
    }
    client_close(c);
}

static void closes_when_asked(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Connection: close"));
    assert_true(client_at_end(c));
    client_close(c);
}

static void http10_closes_unless_it_asks(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Connection: keep-alive"));
    assert_int_equal(client_read(c), 200);
    assert_true(client_has(c, "Connection: close"));
    assert_true(client_at_end(c));
    client_close(c);
}

static void every_byte_alone_is_understood(void **state)
{
    static const char request[] = "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                                  "8\r\n{\"word\":\r\n5;x=y\r\n\"abc\"\r\n1\r\n}\r\n0\r\nTrailer: t\r\n\r\n" HELLO;
    struct client *c = client_open();
    for (size_t i = 0; i < sizeof request - 1; i++)
        client_send(c, request + i, 1);
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "word=abc n=0 flag=1 has=0 object=");
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "{\"hello\":true}");
    client_close(c);
}

static void pipelined_answers_come_in_order(void **state)
{
    struct client *c = client_open();
    char request[256];
    for (int i = 0; i < 500; i++) {
        snprintf(request, sizeof request, "GET /int/%d HTTP/1.1\r\n" HOST "\r\n", i);
        client_puts(c, request);
    }
    for (int i = 0; i < 500; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "%d 100", i);
        assert_int_equal(client_read(c), 200);
        assert_string_equal(c->body, expected);
    }
    client_close(c);
}

static void a_waiting_request_holds_back_the_next(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    server_await_later();
    client_puts(c, HELLO HELLO);
    assert_int_equal(server_stats().requests, 1);
    assert_true(server_answer_later());
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "later");
    assert_int_equal(client_read(c), 200);
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "{\"hello\":true}");
    client_close(c);
}

struct pending {
    uint32_t n;
    bool reading;
};

static void see_pending(struct http *h, void *arg)
{
    struct deadline_link *link = deadline_first(&h->wires.deadlines, DEADLINE_NONE);
    struct connection *c = link ? (struct connection *)((char *)link - offsetof(struct connection, wire.link)) : NULL;
    *(struct pending *)arg = c ? (struct pending){ c->pending_n, c->wire.reading } : (struct pending){ 0, true };
}

/* Reading stops at the limit; what could not be sent then is answered later, all of it. */
static void pipelining_is_bounded(void **state)
{
    enum { REQUESTS = 40000 };
    struct client *c = client_open();
    client_puts(c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    server_await_later();
    size_t sent = 0, total = (sizeof(HELLO) - 1) * REQUESTS;
    char *bytes = malloc(total);
    for (int i = 0; i < REQUESTS; i++)
        memcpy(bytes + (size_t)i * (sizeof(HELLO) - 1), HELLO, sizeof(HELLO) - 1);
    struct pending pending = { 0, true };
    while (pending.reading) {
        ssize_t n = send(c->fd, bytes + sent, total - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        server_call(see_pending, &pending);
    }
    assert_int_equal(pending.n, PENDING_MOST);
    assert_true(server_answer_later());
    size_t answered = 0, whole = sent / (sizeof(HELLO) - 1);
    assert_int_equal(client_read(c), 200);
    for (; answered < whole; answered++)
        assert_int_equal(client_read(c), 200);
    free(bytes);
    client_close(c);
}

/* A client that does not read its answers is not read from either; when it reads, it gets every one. */
static void answers_not_taken_hold_back_requests(void **state)
{
    enum { BIG = 8 << 20 };
    struct client *c = client_open();
    client_puts(c, "GET /big HTTP/1.1\r\n" HOST "\r\n" HELLO);
    size_t seen = 0;
    while (!c->n || seen < 1000) { /* the head of the first */
        client_read_raw(c, 1000);
        seen += 1000;
    }
    assert_int_equal(server_stats().requests, 1);
    char *body = strstr(c->answer, "\r\n\r\n") + 4;
    size_t left = BIG + (size_t)(body - c->answer) - 1000;
    for (; left > 1000; left -= 1000)
        client_read_raw(c, 1000);
    client_read_raw(c, left);
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "{\"hello\":true}");
    client_close(c);
}

static void a_half_closed_client_gets_its_answers(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /later HTTP/1.1\r\n" HOST "\r\n" HELLO);
    shutdown(c->fd, SHUT_WR);
    server_await_later();
    assert_true(server_answer_later());
    assert_int_equal(client_read(c), 200);
    assert_int_equal(client_read(c), 200);
    assert_true(client_at_end(c));
    client_close(c);
}

static bool nobody(const struct http_stats *s)
{
    return s->connections == 0;
}

static void see_requests(struct http *h, void *arg)
{
    *(uint32_t *)arg = h->requests;
}

static void a_request_outlives_its_client(void **state)
{
    struct client *c = client_open();
    client_puts(c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    server_await_later();
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
    client_close(c);
    server_await(nobody);
    uint32_t requests;
    server_call(see_requests, &requests);
    assert_int_equal(requests, 1);
    assert_true(server_answer_later());
    server_call(see_requests, &requests);
    assert_int_equal(requests, 0);
}

static void continue_is_sent_once_wanted(void **state)
{
    struct client *c = client_open();
    client_puts(c, "POST /ignore HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
    client_read_raw(c, 25);
    assert_string_equal(c->answer, "HTTP/1.1 100 Continue\r\n\r\n");
    client_puts(c, "abc");
    assert_int_equal(client_read(c), 200);
    client_puts(c, HELLO);
    assert_int_equal(client_read(c), 200);
    client_close(c);
}

static void continue_is_not_sent_for_what_is_refused(void **state)
{
    static const struct {
        const char *request;
        int status;
    } rows[] = {
        { "POST /nowhere HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", 404 },
        { "POST /ignore HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n", 413 },
        { "POST /ignore HTTP/1.1\r\n" HOST "Expect: 200-ok\r\nContent-Length: 3\r\n\r\n", 417 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = client_open();
        client_puts(c, rows[i].request);
        assert_int_equal(client_read(c), rows[i].status);
        assert_true(client_has(c, "Connection: close"));
        assert_true(client_at_end(c));
        client_close(c);
    }
}

static void limits_have_their_answers(void **state)
{
    char line[600], headers[3000], body[9000];
    snprintf(line, sizeof line, "GET /%0300d HTTP/1.1\r\n" HOST "\r\n", 0);
    snprintf(headers, sizeof headers, "GET /hello HTTP/1.1\r\n" HOST "X: %01100d\r\n\r\n", 0);
    snprintf(body, sizeof body,
             "POST /ignore HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1001\r\n%04097d\r\n0\r\n\r\n", 0);
    assert_int_equal(client_once(line, NULL, 0), 414);
    assert_int_equal(client_once(headers, NULL, 0), 431);
    assert_int_equal(client_once(body, NULL, 0), 413);
    assert_int_equal(client_once("POST /ignore HTTP/1.1\r\n" HOST "Content-Length: 4097\r\n\r\n", NULL, 0), 413);
    assert_int_equal(client_once("POST /small HTTP/1.1\r\n" HOST "Content-Length: 17\r\n\r\n", NULL, 0), 413);
    snprintf(body, sizeof body, "POST /ignore HTTP/1.1\r\n" HOST "Content-Length: 4096\r\n\r\n%04096d", 0);
    assert_int_equal(client_once(body, NULL, 0), 200);
}

/* The largest limit is ours, not http-parser's. */
static void large_heads_are_taken_when_allowed(void **state)
{
    enum { HEAD_SIZE = 200000 };
    config.max_headers = 262144;
    static char text[HEAD_SIZE + 100];
    snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\n" HOST "X: %0*d\r\n\r\n", HEAD_SIZE, 0);
    assert_int_equal(client_once(text, NULL, 0), 200);
}

/* The answer arrives although the client has sent, and goes on sending, what nobody reads. */
static void a_refusal_reaches_a_client_that_still_sends(void **state)
{
    struct client *c = client_open();
    static char junk[200000];
    client_puts(c, "POST /ignore HTTP/1.1\r\n" HOST "Content-Length: 200000\r\n\r\n");
    client_send(c, junk, sizeof junk);
    assert_int_equal(client_read(c), 413);
    assert_true(client_at_end(c));
    client_close(c);
}

static void unframed_requests_are_refused_and_closed(void **state)
{
    static const char *const requests[] = {
        "GET /hello HTTP/1.1\nHost: x\n\n",
        "GET /hello HTTP/1.1\r\nHost: x\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\n y\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello  HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET /hello\r\nHost: x\r\n\r\n",
        "GET hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /h%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nabc\r\n0\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
        "\x16\x03\x01\x02",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct client *c = client_open();
        client_puts(c, requests[i]);
        if (client_read(c) != 400)
            fail_msg("%d for %s", c->status, requests[i]);
        assert_true(client_has(c, "Connection: close"));
        assert_true(client_at_end(c));
        client_close(c);
    }
}

static void odd_but_right_requests_are_taken(void **state)
{
    static const char *const requests[] = {
        "\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello? HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%68ello?a=%20b HTTP/1.1\r\nHost:\r\n\r\n",
        "GET http://x.example:80/hello HTTP/1.1\r\nHost: other\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhOST:\tx\t \r\nX-Empty:\r\nX: \x80\xff\r\n\r\n",
        "GET /m/first/hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n003 \r\n",
    };
    for (size_t i = 0; i + 1 < sizeof requests / sizeof *requests; i++)
        if (client_once(requests[i], NULL, 0) != 200)
            fail_msg("refused: %s", requests[i]);
    assert_int_equal(client_once("GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", NULL, 0), 505);
    assert_int_equal(client_once("BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 405);
    assert_int_equal(client_once("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 400);
}

static void shorten_deadlines(struct http *h, void *arg)
{
    for (int i = DEADLINE_IDLE; i < DEADLINE_COUNT; i++)
        h->wires.deadlines.ms[i] = 1;
}

static void slow_senders_are_cut(void **state)
{
    static const char *const starts[] = {
        "GET /hel",
        "GET /hello HTTP/1.1\r\nHost: x\r\nX: ",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
        "POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    };
    server_call(shorten_deadlines, NULL);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct client *c = client_open();
        client_puts(c, starts[i]);
        assert_int_equal(client_read(c), 408);
        assert_true(client_at_end(c));
        client_close(c);
    }
    assert_int_equal(server_stats().timeouts, 4);
}

static void idle_connections_are_closed(void **state)
{
    server_call(shorten_deadlines, NULL);
    struct client *fresh = client_open(), *used = client_open();
    client_puts(used, HELLO);
    assert_int_equal(client_read(used), 200);
    assert_true(client_at_end(used));
    assert_true(client_at_end(fresh));
    client_close(fresh);
    client_close(used);
}

static bool cut_slow(const struct http_stats *s)
{
    return s->cut_slow == 1 && s->connections == 0;
}

static void a_client_that_never_reads_is_cut(void **state)
{
    server_call(shorten_deadlines, NULL);
    struct client *c = client_open();
    client_puts(c, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    server_await(cut_slow);
    client_close(c);
}

/* Mutations of good requests: whatever comes, the server lives and answers the next one. */
static void garbage_does_no_harm(void **state)
{
    static const char seed[] =
        "POST /form?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2f\r\n--b\r\nContent-Disposition: form-data; name=id\r\n\r\n5"
        "\r\n5\r\n--b--\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    char bytes[sizeof seed];
    uint64_t random = 7;
    for (int i = 0; i < 400; i++) {
        memcpy(bytes, seed, sizeof seed);
        for (int k = 0; k < 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[(random >> 33) % (sizeof seed - 1)] = (char)(random >> 25);
        }
        struct client *c = client_open();
        client_send(c, bytes, sizeof seed - 1);
        shutdown(c->fd, SHUT_WR);
        while (client_read_head(c)) /* bodies look like nothing, so stop at what does not look like a head */
            if (c->n && memcmp(c->bytes + c->at, "HTTP", 4) != 0)
                c->n = 0;
        client_close(c);
    }
    assert_int_equal(client_once(HELLO, NULL, 0), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_and_keeps_the_connection),
        TEST(closes_when_asked),
        TEST(http10_closes_unless_it_asks),
        TEST(every_byte_alone_is_understood),
        TEST(pipelined_answers_come_in_order),
        TEST(a_waiting_request_holds_back_the_next),
        TEST(pipelining_is_bounded),
        TEST(answers_not_taken_hold_back_requests),
        TEST(a_half_closed_client_gets_its_answers),
        TEST(a_request_outlives_its_client),
        TEST(continue_is_sent_once_wanted),
        TEST(continue_is_not_sent_for_what_is_refused),
        TEST(limits_have_their_answers),
        TEST(large_heads_are_taken_when_allowed),
        TEST(a_refusal_reaches_a_client_that_still_sends),
        TEST(unframed_requests_are_refused_and_closed),
        TEST(odd_but_right_requests_are_taken),
        TEST(slow_senders_are_cut),
        TEST(idle_connections_are_closed),
        TEST(a_client_that_never_reads_is_cut),
        TEST(garbage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
