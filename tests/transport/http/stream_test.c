/* Stream: a taken-over connection: sending, falling behind, being cut, ending. */
#include "http_help.h"

#include "transport/http/connection_state.h"

#include <sys/socket.h>

#define STREAM "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

static int setup(void **state)
{
    server_defaults();
    config.sse_backlog = 100000;
    server_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return 0;
}

static struct client *open_stream(const char *request)
{
    struct client *c = client_open();
    client_puts(c, request);
    client_read_raw(c, sizeof head - 1);
    assert_string_equal(c->answer, head);
    return c;
}

struct sending {
    size_t n;
    char fill;
    int times;
    enum output_sent last;
    size_t backlog;
};

static void send_chunks(struct http *h, void *arg)
{
    struct sending *s = arg;
    struct chunk *chunk = chunk_create(s->n);
    assert_non_null(chunk);
    memset(chunk->p, s->fill, s->n);
    for (int i = 0; i < s->times && stream_wire; i++)
        s->last = output_push(stream_wire, chunk, (size_t)config.sse_backlog);
    s->backlog = stream_wire ? output_backlog(stream_wire) : 0;
    chunk_unref(chunk);
}

static void chunks_arrive_in_order(void **state)
{
    struct client *c = open_stream(STREAM);
    char expected[3000] = "";
    for (char fill = 'a'; fill <= 'z'; fill++) {
        struct sending s = { .n = 100, .fill = fill, .times = 1 };
        server_call(send_chunks, &s);
        assert_int_equal(s.last, OUTPUT_SENT);
        memset(expected + (fill - 'a') * 100, fill, 100);
    }
    client_read_raw(c, 2600);
    assert_memory_equal(c->answer, expected, 2600);
    assert_int_equal(server_stats().streams, 1);
    client_close(c);
}

/* What the socket does not take is kept and arrives whole; then `drained` is called, once. */
static void a_slow_reader_gets_all_of_it(void **state)
{
    config.sse_backlog = 64 << 20;
    struct client *c = open_stream(STREAM);
    size_t sent = 0;
    struct sending s = { .n = 99991, .fill = 'x', .times = 1 };
    while (s.last != OUTPUT_BEHIND) {
        server_call(send_chunks, &s);
        sent += s.n;
    }
    s.times = 20;
    server_call(send_chunks, &s);
    sent += 20 * s.n;
    assert_true(s.backlog > 20 * s.n);
    for (size_t left = sent, take; left; left -= take) {
        take = left < 50000 ? left : 50000;
        client_read_raw(c, take);
        assert_int_equal(c->answer[0], 'x');
    }
    s = (struct sending){ .n = 1, .fill = 'y', .times = 1 };
    server_call(send_chunks, &s);
    client_read_raw(c, 1);
    assert_int_equal(c->answer[0], 'y');
    assert_int_equal(server_stream_calls().drained, 1);
    assert_int_equal(server_stream_calls().closed, 0);
    client_close(c);
}

static void a_reader_too_far_behind_is_cut(void **state)
{
    struct client *c = open_stream(STREAM);
    struct sending s = { .n = 65536, .fill = 'x', .times = 1000 };
    server_call(send_chunks, &s);
    assert_int_equal(s.last, OUTPUT_CUT);
    assert_int_equal(server_stream_calls().closed, 1);
    struct http_stats stats = server_stats();
    assert_int_equal(stats.streams, 0);
    assert_int_equal(stats.cut_slow, 1);
    client_close(c);
}

static void end_stream(struct http *h, void *arg)
{
    struct chunk *last = chunk_create(4);
    memcpy(last->p, "bye\n", 4);
    output_end(stream_wire, last, CLOSE_DRAIN);
    chunk_unref(last);
}

static void the_last_chunk_is_sent_before_the_end(void **state)
{
    struct client *c = open_stream(STREAM);
    server_call(end_stream, NULL);
    client_read_raw(c, 4);
    assert_string_equal(c->answer, "bye\n");
    assert_true(client_at_end(c));
    assert_int_equal(server_stream_calls().closed, 1);
    client_close(c);
}

static void the_last_chunk_waits_behind_the_backlog(void **state)
{
    config.sse_backlog = 64 << 20;
    struct client *c = open_stream(STREAM);
    struct sending s = { .n = 65536, .fill = 'x', .times = 200 };
    server_call(send_chunks, &s);
    assert_int_equal(s.last, OUTPUT_BEHIND);
    server_call(end_stream, NULL);
    assert_int_equal(server_stream_calls().closed, 0);
    for (int i = 0; i < 200; i++)
        client_read_raw(c, 65536);
    client_read_raw(c, 4);
    assert_string_equal(c->answer, "bye\n");
    assert_true(client_at_end(c));
    assert_int_equal(server_stream_calls().closed, 1);
    client_close(c);
}

static bool no_streams(const struct http_stats *s)
{
    return s->accepted == 1 && s->streams == 0;
}

static void the_end_of_the_peer_is_noticed(void **state)
{
    struct client *c = open_stream(STREAM);
    shutdown(c->fd, SHUT_WR);
    server_await(no_streams);
    assert_true(client_at_end(c));
    assert_int_equal(server_stream_calls().closed, 1);
    client_close(c);
}

/* What the peer sends is dropped; a request behind the stream's is not answered. */
static void what_the_peer_says_is_dropped(void **state)
{
    static char junk[300000];
    struct client *c = open_stream(STREAM "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    client_send(c, junk, sizeof junk);
    struct sending s = { .n = 5, .fill = 'z', .times = 1 };
    server_call(send_chunks, &s);
    client_read_raw(c, 5);
    assert_string_equal(c->answer, "zzzzz");
    client_close(c);
}

static void head_of_a_stream_is_an_answer(void **state)
{
    struct client *c = client_open();
    client_puts(c, "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read_head(c), 200);
    client_puts(c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read(c), 200);
    client_close(c);
}

static void see_held(struct http *h, void *arg)
{
    *(uint32_t *)arg = h->requests + h->pool.out;
}

static void an_idle_stream_holds_nothing_of_its_request(void **state)
{
    struct client *c = open_stream(STREAM);
    uint32_t held = 1;
    server_call(see_held, &held);
    assert_int_equal(held, 0);
    assert_true(sizeof(struct connection) <= 440);
    client_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(chunks_arrive_in_order),
        TEST(a_slow_reader_gets_all_of_it),
        TEST(a_reader_too_far_behind_is_cut),
        TEST(the_last_chunk_is_sent_before_the_end),
        TEST(the_last_chunk_waits_behind_the_backlog),
        TEST(the_end_of_the_peer_is_noticed),
        TEST(what_the_peer_says_is_dropped),
        TEST(head_of_a_stream_is_an_answer),
        TEST(an_idle_stream_holds_nothing_of_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
