/* WebSockets as an area has them: what its ops are told and when, what it may do with a socket, how events are spelt. What
 * clients see of the protocol is tests/api/test_ws_protocol.py's. */
#include "transport/ws/ws.h"

#include "tests/transport/room_help.h"
#include "transport/streams/stream.h"

#include <assert.h>

/* ---- an area whose sockets say what they are told ---- */

static struct {
    struct socket *socket; /* the last that was opened */
    int opened, closed;
    bool refuses, speaks;
} seen; /* worker's thread */

static bool on_opening(struct socket *s, struct request *rq)
{
    ws_set_arg(s, &seen);
    return !seen.refuses;
}

static void on_opened(struct socket *s)
{
    assert(ws_arg(s) == &seen);
    assert(!ws_room(s).kind);
    seen.socket = s;
    seen.opened++;
    if (seen.speaks)
        assert(ws_say(s, TEXT("welcome")));
}

static void on_text(struct socket *s, struct text message)
{
    if (text_is(message, "pause")) {
        ws_pause(s);
    } else if (text_is(message, "twice")) {
        ws_pause(s);
        ws_resume(s);
        (void)ws_say(s, message);
    } else if (text_is(message, "close")) {
        assert(ws_say(s, TEXT("last")));
        ws_close(s, 4001, "told so", CLOSE_SOCKET_DONE);
        assert(seen.closed == 1); /* it may be gone now */
    } else {
        (void)ws_say(s, message);
    }
}

static void on_binary(struct socket *s, struct text message)
{
    (void)ws_say_binary(s, message);
}

static void on_closed(struct socket *s)
{
    assert(ws_arg(s) == &seen);
    assert(!ws_say(s, TEXT("too late")));
    ws_close(s, 4002, NULL, CLOSE_SOCKET_DONE);
    seen.socket = NULL;
    seen.closed++;
}

static const struct socket_ops ops = { .max_message = 2000,
                                       .opening = on_opening,
                                       .opened = on_opened,
                                       .text = on_text,
                                       .binary = on_binary,
                                       .closed = on_closed };

static void open_it(struct request *rq)
{
    ws_open(rq);
}

static const struct endpoint endpoints[] = { { GET, "/echo", ANYONE, .handle = open_it, .socket = &ops }, {} };
static const struct area area = { .name = "echo", .endpoints = { endpoints } };
static const struct area *const areas[] = { &area, NULL };

static int setup(void **state)
{
    server_defaults();
    memset(&seen, 0, sizeof seen);
    room_start(areas);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    assert_int_equal(seen.closed, seen.opened);
    return 0;
}

/* ---- a client ---- */

#define REQUEST                                                                                                        \
    "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"      \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static struct client *open_socket(void)
{
    struct client *c = client_open();
    client_puts(c, REQUEST);
    assert_int_equal(client_read_head(c), 101);
    assert_true(client_has(c, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* RFC 6455, section 1.3 */
    return c;
}

/* Masked by zero. */
static void put(struct buf *out, uint8_t kind, const char *text)
{
    size_t n = strlen(text);
    assert_true(n < 126);
    buf_putc(out, (char)(0x80 | kind));
    buf_putc(out, (char)(0x80 | n));
    buf_put(out, "\0\0\0\0", 4);
    buf_puts(out, text);
}

static void send_frame(struct client *c, uint8_t kind, const char *text)
{
    struct buf out = { 0 };
    put(&out, kind, text);
    client_send(c, out.p, out.n);
    buf_fini(&out);
}

#define assert_told(c, kind, text) expect(c, kind, text, sizeof(text) - 1)
static void expect(struct client *c, uint8_t kind, const char *text, size_t n)
{
    client_read_raw(c, 2 + n);
    assert_int_equal((uint8_t)c->answer[0], 0x80 | kind);
    assert_int_equal((uint8_t)c->answer[1], n);
    assert_memory_equal(c->answer + 2, text, n);
}

static void set_refuses(struct http *h, void *arg)
{
    seen.refuses = true;
}

static void set_speaks(struct http *h, void *arg)
{
    seen.speaks = true;
}

static void resume(struct http *h, void *arg)
{
    if (seen.socket) /* else it has ended, which its client sees */
        ws_resume(seen.socket);
}

static void close_it(struct http *h, void *arg)
{
    if (seen.socket)
        ws_close(seen.socket, 1000, "enough", CLOSE_SOCKET_DONE);
}

/* ---- the cases ---- */

static void what_comes_is_told_and_answered(void **state)
{
    server_call(set_speaks, NULL);
    struct client *c = open_socket();
    assert_told(c, FRAME_TEXT, "welcome");
    send_frame(c, FRAME_TEXT, "hello");
    assert_told(c, FRAME_TEXT, "hello");
    send_frame(c, FRAME_BINARY, "\x01\xff");
    assert_told(c, FRAME_BINARY, "\x01\xff");
    client_close(c);
}

static void who_cannot_be_opened_is_refused(void **state)
{
    server_call(set_refuses, NULL);
    assert_int_equal(client_once(REQUEST, NULL, 0), 503);
}

static void a_paused_socket_is_given_nothing_but_answers_pings(void **state)
{
    struct client *c = open_socket();
    send_frame(c, FRAME_TEXT, "pause");
    send_frame(c, FRAME_TEXT, "one");
    send_frame(c, FRAME_TEXT, "two");
    send_frame(c, FRAME_PING, "ping");
    assert_told(c, FRAME_PONG, "ping");
    server_call(resume, NULL);
    assert_told(c, FRAME_TEXT, "one");
    assert_told(c, FRAME_TEXT, "two");
    send_frame(c, FRAME_TEXT, "twice");
    assert_told(c, FRAME_TEXT, "twice");
    client_close(c);
}

/* Paused again in the middle of what waits; over so many reading stops, and goes on where it stopped. */
static void what_waits_has_a_limit_and_stays_in_order(void **state)
{
    struct client *c = open_socket();
    struct buf out = { 0 };
    char text[8];
    send_frame(c, FRAME_TEXT, "pause");
    send_frame(c, FRAME_PING, "paused");
    assert_told(c, FRAME_PONG, "paused");
    for (int i = 0; i < 3 * WS_HELD_MOST; i++) {
        snprintf(text, sizeof text, "%02d", i);
        put(&out, FRAME_TEXT, i == 4 ? "pause" : text);
    }
    put(&out, FRAME_PING, "ping");
    client_send(c, out.p, out.n);
    buf_fini(&out);
    for (int i = 0; i < 3 * WS_HELD_MOST; i++) {
        snprintf(text, sizeof text, "%02d", i);
        if (i == 0 || i == 5)
            server_call(resume, NULL);
        if (i != 4)
            expect(c, FRAME_TEXT, text, 2);
    }
    assert_told(c, FRAME_PONG, "ping");
    client_close(c);
}

static void an_op_may_close_it(void **state)
{
    struct client *c = open_socket();
    struct buf out = { 0 };
    put(&out, FRAME_TEXT, "close");
    put(&out, FRAME_TEXT, "not told any more");
    client_send(c, out.p, out.n);
    buf_fini(&out);
    assert_told(c, FRAME_TEXT, "last");
    assert_told(c, FRAME_CLOSE, "\x0f\xa1told so");
    assert_true(client_at_end(c));
    client_close(c);
}

static bool none_open(const struct http_stats *s)
{
    return !s->connections;
}

static void others_may_close_it(void **state)
{
    struct client *c = open_socket();
    send_frame(c, FRAME_TEXT, "x");
    assert_told(c, FRAME_TEXT, "x");
    server_call(close_it, NULL);
    assert_told(c, FRAME_CLOSE,
                "\x03\xe8"
                "enough");
    assert_true(client_at_end(c));
    client_close(c);
    server_await(none_open);
    assert_int_equal(server_last_end(), CLOSE_SOCKET_DONE);
}

static void its_limit_is_its_own(void **state)
{
    struct client *c = open_socket();
    client_send(c, "\x81\xfe\x07\xd1\0\0\0\0x", 9); /* 2001 bytes are to come */
    assert_told(c, FRAME_CLOSE, "\x03\xf1message too big");
    client_close(c);
}

static void who_vanishes_is_told_of(void **state)
{
    struct client *c = open_socket();
    send_frame(c, FRAME_TEXT, "pause");
    send_frame(c, FRAME_TEXT, "waits");
    client_send(c, "\x81\x85\0", 3);
    client_close(c);
    server_await(none_open);
    assert_int_equal(server_last_end(), CLOSE_PEER_CLOSED);
}

/* ---- spelling ---- */

static void assert_spelt(const struct spelling *sp, const struct frame_parts *event, const char *expected, size_t n)
{
    struct buf out = { 0 };
    buf_puts(&out, "before");
    sp->protocol->put(sp, event, &out);
    assert_false(out.failed);
    assert_int_equal(out.n, 6 + n);
    assert_memory_equal(out.p + 6, expected, n);
    buf_fini(&out);
}

static void events_are_frames_of_json(void **state)
{
    static const char expected[] = "\x81\x2d{\"event\":\"chat\",\"id\":\"1-12\",\"data\":{\"a\":[1]}}";
    static const char without[] = "\x81\x1f{\"event\":\"connected\",\"data\":{}}";
    const struct frame_parts event = { TEXT("1-12"), TEXT("chat"), TEXT("{\"a\":[1]}") };
    const struct frame_parts ephemeral = { .name = TEXT("connected"), .data = TEXT("{}") };
    assert_int_equal((unsigned char)expected[1], sizeof expected - 3);
    assert_spelt(&ws_events, &event, expected, sizeof expected - 1);
    assert_spelt(&ws_events, &ephemeral, without, sizeof without - 1);
}

static void put_some(const struct frame_parts *event, struct buf *out)
{
    if (text_is(event->name, "told"))
        buf_text(out, event->data);
}

static const struct spelling own = { .protocol = &ws_protocol, .text = put_some };

static void a_spelling_of_ones_own_may_leave_out(void **state)
{
    assert_spelt(&own, &(struct frame_parts){ .name = TEXT("told"), .data = TEXT("{}") }, "\x81\x02{}", 4);
    assert_spelt(&own, &(struct frame_parts){ .name = TEXT("untold"), .data = TEXT("{}") }, "", 0);
}

static void long_events_have_long_heads(void **state)
{
    struct buf data = { 0 }, out = { 0 };
    for (int i = 0; i < 70000; i++)
        buf_putc(&data, 'x');
    own.protocol->put(&own, &(struct frame_parts){ .name = TEXT("told"), .data = buf_view(&data) }, &out);
    assert_int_equal(out.n, 10 + 70000);
    assert_memory_equal(out.p, "\x81\x7f\0\0\0\0\0\x01\x11\x70xx", 12);
    buf_fini(&data);
    buf_fini(&out);
}

/* An idle socket costs little more than an idle stream: a frame reader, a message, a pong are there only when needed. */
static void an_idle_one_is_small(void **state)
{
    assert_true(ws_protocol.size <= 168);
    assert_true((double)(440 + ws_protocol.size) <=
                1.2 * (double)(440 + sizeof(struct stream))); /* a connection is 440 */
}

int main(void)
{
#define TEST_OF(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST_OF(what_comes_is_told_and_answered),
        TEST_OF(who_cannot_be_opened_is_refused),
        TEST_OF(a_paused_socket_is_given_nothing_but_answers_pings),
        TEST_OF(what_waits_has_a_limit_and_stays_in_order),
        TEST_OF(an_op_may_close_it),
        TEST_OF(others_may_close_it),
        TEST_OF(its_limit_is_its_own),
        TEST_OF(who_vanishes_is_told_of),
        cmocka_unit_test(events_are_frames_of_json),
        cmocka_unit_test(a_spelling_of_ones_own_may_leave_out),
        cmocka_unit_test(long_events_have_long_heads),
        cmocka_unit_test(an_idle_one_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
