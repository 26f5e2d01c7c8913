/* Sse: what the streams of a channel get, who is cut and comes back, and what the room is told of their end. */
#include "tests/transport/room_help.h"
#include "transport/streams/streams.h"

#include <sys/socket.h>

static int setup(void **state)
{
    server_defaults();
    room_start(NULL);
    return 0;
}

static int setup_impatient(void **state)
{
    server_defaults();
    config.answer_timeout = 1;
    room_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static void unfollow_all(struct follower **list, int n)
{
    for (int i = 0; i < n; i++)
        unfollow(list[i]);
}

/* ---- coming ---- */

static void the_answer_is_a_stream(void **state)
{
    struct follower *f = follow("?lastEventId=2-9");
    struct heard who = room_hear(1);
    assert_int_equal(who.cmd.op, ROOM_LISTEN);
    assert_int_equal(who.cmd.last, LAST_ID_GOOD);
    assert_int_equal(who.cmd.last_epoch, 2);
    assert_int_equal(who.cmd.last_seq, 9);
    assert_int_not_equal(who.cmd.stream, 0);
    room_let_in(&who, (struct room_joined){ .participant = 1, .seq = 5 }, NULL);
    assert_int_equal(follow_head(f), 200);
    assert_true(client_has(f->client, "Content-Type: text/event-stream; charset=utf-8"));
    assert_true(client_has(f->client, "Cache-Control: no-cache"));
    assert_true(client_has(f->client, "X-Accel-Buffering: no"));
    assert_true(client_has(f->client, "Transfer-Encoding: chunked"));
    assert_null(strstr(f->client->answer, "Content-Length"));
    assert_follows(f, "retry: ");
    unfollow(f);
    struct room_leave left = room_await_leaves(1);
    assert_int_equal(left.stream, who.cmd.stream);
    assert_int_equal(left.participant, 1);
}

static void who_is_not_let_in_gets_the_reason(void **state)
{
    struct follower *f = follow("");
    struct heard who = room_hear(1);
    room_answer_it(&who, ERROR_KICKED, NULL);
    assert_int_equal(follow_head(f), 403);
    assert_non_null(strstr(f->client->body, "removed from this session"));
    unfollow(f);
    assert_int_equal(room_leaves(), 0);
}

/* What passes is no refusal to who accepts events: it is told when to come back. */
static void assert_comes_back(struct follower *f)
{
    assert_int_equal(follow_head(f), 200);
    assert_true(client_has(f->client, "Content-Type: text/event-stream; charset=utf-8"));
    assert_true(client_has(f->client, "Connection: close"));
    assert_follows(f, "retry: ");
    assert_in_range(follow_number(f), config.sse_retry, config.sse_retry * 3 / 2);
    assert_follows(f, "\n\n");
    assert_ends(f);
    unfollow(f);
}

static void what_passes_is_no_refusal(void **state)
{
    static const struct {
        enum error why;
        int status;
    } rows[] = { { ERROR_UNAVAILABLE, 503 }, { ERROR_OVERLOADED, 503 },        { ERROR_INTERNAL, 500 },
                 { ERROR_KICKED, 403 },      { ERROR_SESSION_NOT_FOUND, 404 }, { ERROR_SESSION_NOT_ACTIVE, 400 } };
    int n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct follower *events = follow_accepting("text/event-stream"), *other;
        struct heard who = room_hear(++n);
        room_answer_it(&who, rows[i].why, NULL);
        if (rows[i].status >= 500)
            assert_comes_back(events);
        else {
            assert_int_equal(follow_head(events), rows[i].status);
            unfollow(events);
        }
        other = follow_accepting("*/*");
        who = room_hear(++n);
        room_answer_it(&who, rows[i].why, NULL);
        assert_int_equal(follow_head(other), rows[i].status);
        unfollow(other);
    }
    assert_int_equal(room_leaves(), 0);
}

static void stop_and_go(struct transport *t)
{
    streams_set_aside(t->streams, 1, 0, 1);
}

static void go_on(struct transport *t)
{
    streams_take_back(t->streams);
}

/* Before the room is asked, while it is, and when it says nothing. */
static void out_of_service_and_unanswered(void **state)
{
    struct follower *asked = follow_accepting("text/event-stream"), *silent;
    struct heard who = room_hear(1);
    room_do(stop_and_go);
    assert_comes_back(follow_accepting("text/event-stream"));
    room_let_in(&who, (struct room_joined){ .participant = 1, .seq = 5 }, NULL);
    assert_comes_back(asked);
    assert_int_equal(room_await_leaves(1).participant, 1);
    room_do(go_on);
    silent = follow_accepting("text/event-stream");
    room_hear(2);
    assert_comes_back(silent);
}

/* A room may have a last word for who is not let in. */
static void a_last_word_ends_it(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct follower *f = i ? follow("") : follow_accepting("text/event-stream");
        struct heard who = room_hear(i + 1);
        room_let_in(&who, (struct room_joined){ .ends = true, .participant = i, .hello = TEXT("event: over\n\n") },
                    NULL);
        assert_int_equal(follow_head(f), 200);
        assert_true(client_has(f->client, "Content-Type: text/event-stream; charset=utf-8"));
        assert_follows(f, "event: over\n\n");
        assert_ends(f);
        unfollow(f);
    }
    assert_int_equal(room_leaves(), 0);
}

static bool nobody_is_there(const struct http_stats *s)
{
    return s->accepted == 1 && s->connections == 0;
}

/* By a reset the server knows at once, by an end only when it has something to say. */
static void go_before_being_let_in(bool reset)
{
    struct follower *f = follow("");
    struct heard who = room_hear(1);
    const struct linger at_once = { .l_onoff = 1 };
    if (reset)
        setsockopt(f->client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    unfollow(f);
    if (reset)
        server_await(nobody_is_there);
    room_let_in(&who, (struct room_joined){ .participant = 4, .seq = 5 }, NULL);
    struct room_leave left = room_await_leaves(1);
    assert_int_equal(left.stream, who.cmd.stream);
    assert_int_equal(left.participant, 4);
}

static void who_broke_off_before_being_let_in_has_left(void **state)
{
    go_before_being_let_in(true);
}

static void who_hung_up_before_being_let_in_has_left(void **state)
{
    go_before_being_let_in(false);
}

static void a_head_opens_nothing(void **state)
{
    struct client *c = client_open();
    client_puts(c, "HEAD /listen/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_read_head(c), 200);
    assert_true(client_has(c, "Content-Type: text/event-stream; charset=utf-8"));
    client_puts(c, "POST /ask/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    struct heard first = room_hear(1);
    assert_int_equal(first.cmd.op, ROOM_RAISE_HAND);
    room_answer_it(&first, ERROR_OK, "{}");
    assert_int_equal(client_read(c), 200);
    client_close(c);
}

/* ---- live ---- */

static void events_of_a_turn_share_a_chunk(void **state)
{
    struct follower *f[2] = { follow_in(1, 6), follow_in(2, 6) };
    int chunks[2] = { f[0]->chunks, f[1]->chunks };
    room_say_it({ .seq = 7, .frame = "id: 1-7\n\n" }, { .seq = 8, .frame = "id: 1-8\n\n" },
                { .frame = "event: signal\n\n" });
    for (int i = 0; i < 2; i++) {
        assert_follows(f[i], "id: 1-7\n\nid: 1-8\n\nevent: signal\n\n");
        assert_int_equal(f[i]->chunks, chunks[i] + 1);
    }
    unfollow_all(f, 2);
    room_await_leaves(2);
}

static void what_came_before_a_stream_is_not_for_it(void **state)
{
    struct follower *first = follow_in(1, 5);
    struct follower *second = follow("");
    struct heard who = room_hear(2);
    room_say_it({ .seq = 6, .frame = "six\n\n" });
    room_let_in(&who, (struct room_joined){ .participant = 2, .seq = 6 }, NULL);
    room_say_it({ .seq = 6, .frame = "six again\n\n" }, { .seq = 7, .frame = "seven\n\n" });
    assert_follows(first, "six\n\nseven\n\n");
    assert_int_equal(follow_head(second), 200);
    assert_follows(second, "retry: ");
    assert_in_range(follow_number(second), config.sse_retry, config.sse_retry * 3 / 2);
    assert_follows(second, "\n" HELLO "seven\n\n");
    unfollow(first);
    unfollow(second);
    room_await_leaves(2);
}

/* The same when all of it happens in one turn of the worker. */
static void what_came_before_a_stream_in_one_turn_is_not_for_it(void **state)
{
    static const struct said around[] = { { .seq = 6, .frame = "six\n\n" }, { .seq = 7, .frame = "seven\n\n" } };
    struct follower *first = follow_in(1, 5);
    struct follower *second = follow("");
    struct heard who = room_hear(2);
    room_let_in_between(&who, (struct room_joined){ .participant = 2, .seq = 6 }, around);
    assert_follows(first, "six\n\nseven\n\n");
    assert_int_equal(follow_head(second), 200);
    assert_follows(second, "retry: ");
    (void)follow_number(second);
    assert_follows(second, "\n" HELLO "seven\n\n");
    room_say_it({ .seq = 8, .frame = "eight\n\n" });
    assert_follows(first, "eight\n\n");
    assert_follows(second, "eight\n\n");
    unfollow(first);
    unfollow(second);
    room_await_leaves(2);
}

static void an_event_for_one_comes_in_its_place(void **state)
{
    struct follower *f[3] = { follow_in(1, 7), follow_in(2, 7), follow_in(2, 7) };
    room_say_it({ .seq = 8, .frame = "eight\n\n" }, { .only = 2, .only_frame = "signal\n\n" },
                { .seq = 9, .frame = "nine\n\n" });
    assert_follows(f[0], "eight\n\nnine\n\n");
    assert_follows(f[1], "eight\n\nsignal\n\nnine\n\n");
    assert_follows(f[2], "eight\n\nsignal\n\nnine\n\n");
    unfollow_all(f, 3);
    room_await_leaves(3);
}

/* ---- ends that the room decides: it need not be told ---- */

static void who_is_removed_hears_it_last(void **state)
{
    struct follower *f[3] = { follow_in(1, 7), follow_in(2, 7), follow_in(1, 7) };
    room_say_it({ .seq = 8, .frame = "eight\n\n" },
                { .seq = 9, .frame = "kicked one\n\n", .only = 1, .only_frame = "kicked\n\n", .end_only = true },
                { .seq = 10, .frame = "ten\n\n" });
    assert_follows(f[0], "eight\n\nkicked\n\n");
    assert_ends(f[0]);
    assert_follows(f[2], "eight\n\nkicked\n\n");
    assert_ends(f[2]);
    assert_follows(f[1], "eight\n\nkicked one\n\nten\n\n");
    assert_int_equal(room_leaves(), 0);
    unfollow_all(f, 3);
    assert_int_equal(room_await_leaves(1).participant, 2);
}

static uint32_t streams;

static void count_streams(struct transport *t)
{
    streams = streams_count(t->streams);
}

static void the_end_is_heard_by_all(void **state)
{
    struct follower *f[2] = { follow_in(1, 6), follow_in(2, 6) };
    room_say_it({ .seq = 7, .frame = "ending\n\n" }, { .seq = 8, .frame = "ended\n\n", .end_all = true },
                { .seq = 9, .frame = "nobody hears\n\n" });
    for (int i = 0; i < 2; i++) {
        assert_follows(f[i], "ending\n\nended\n\n");
        assert_ends(f[i]);
    }
    room_do(count_streams);
    assert_int_equal(streams, 0);
    assert_int_equal(room_leaves(), 0);
    unfollow_all(f, 2);
}

/* ---- cuts: streams come back with their last id, the room is told ---- */

static void a_gap_cuts_the_channel(void **state)
{
    struct follower *f[2] = { follow_in(1, 6), follow_in(2, 6) };
    room_say_it({ .seq = 7, .frame = "seven\n\n" }, { .seq = 9, .frame = "nine\n\n" },
                { .seq = 10, .frame = "ten\n\n" });
    for (int i = 0; i < 2; i++) {
        assert_follows(f[i], "seven\n\n");
        assert_ends(f[i]);
    }
    room_await_leaves(2);
    unfollow_all(f, 2);
}

/* A stream that is let in at 9 shows that something was lost for the one that is at 6. */
static void who_lags_behind_a_newcomer_is_cut(void **state)
{
    struct follower *old = follow_in(1, 6);
    struct follower *new = follow_in(2, 9);
    assert_ends(old);
    assert_int_equal(room_await_leaves(1).participant, 1);
    assert_int_equal(server_last_end(), CLOSE_RESYNC);
    room_say_it({ .seq = 10, .frame = "ten\n\n" });
    assert_follows(new, "ten\n\n");
    unfollow(old);
    unfollow(new);
    room_await_leaves(2);
}

static void a_cut_sends_what_there_is_first(void **state)
{
    struct follower *f = follow_in(1, 5);
    room_say_it({ .seq = 6, .frame = "six\n\n" });
    room_cut_it(false);
    assert_follows(f, "six\n\n");
    assert_ends(f);
    unfollow(f);
    f = follow_in(1, 9);
    room_cut_it(true);
    assert_ends(f);
    unfollow(f);
    room_await_leaves(2);
}

/* Its own backlog decides; the others do not notice. */
static void a_reader_too_far_behind_is_cut_alone(void **state)
{
    struct follower *slow = follow_in(1, 6), *quick = follow_in(2, 6);
    static char frame[65536];
    memset(frame, 'x', sizeof frame - 1);
    config.sse_backlog = 4096;
    int64_t seq = 6;
    while (room_leaves() == 0) {
        assert_true(seq < 2000);
        room_say_it({ .seq = ++seq, .frame = frame });
        follow_skip(quick, sizeof frame - 1);
    }
    assert_int_equal(room_await_leaves(1).participant, 1);
    room_say_it({ .seq = ++seq, .frame = "last\n\n" });
    assert_follows(quick, "last\n\n");
    unfollow(slow);
    unfollow(quick);
    room_await_leaves(2);
}

/* ---- telling the room ---- */

/* The room's mailbox takes four urgent messages; the other ends are told later. */
static void ends_that_a_full_room_did_not_take_are_owed(void **state)
{
    enum { MANY = 9 };
    struct follower *f[MANY];
    for (int i = 0; i < MANY; i++)
        f[i] = follow_in(i + 1, 5);
    room_stick(true);
    unfollow_all(f, MANY);
    do
        room_do(count_streams);
    while (streams);
    assert_int_equal(room_leaves(), 0);
    room_stick(false);
    room_await_leaves(MANY);
}

/* ---- silence ---- */

static void silence_is_broken_by_a_comment(void **state)
{
    config.sse_keepalive = 1;
    struct follower *f = follow_in(1, 5);
    assert_follows(f, ": keep-alive\n\n");
    room_say_it({ .seq = 6, .frame = "six\n\n" });
    assert_follows(f, "six\n\n");
    unfollow(f);
    room_await_leaves(1);
}

/* ---- draining ---- */

static void drain(struct transport *t)
{
    streams_drain(t->streams, 1000000);
}

static void a_drained_stream_is_told_when_to_come_back(void **state)
{
    struct follower *f[3] = { follow_in(1, 6), follow_in(2, 6), follow("") };
    struct heard late = room_hear(3);
    room_say_it({ .seq = 7, .frame = "seven\n\n" });
    room_do(drain);
    for (int i = 0; i < 2; i++) {
        assert_follows(f[i], "seven\n\nretry: ");
        assert_in_range(follow_number(f[i]), 500, 500 + 2 * config.sse_retry);
        assert_follows(f[i], "\n\n");
        assert_ends(f[i]);
    }
    room_let_in(&late, (struct room_joined){ .participant = 3, .seq = 7 }, NULL);
    assert_int_equal(follow_head(f[2]), 503);
    assert_int_equal(room_leaves(), 0);
    assert_int_equal(client_once("GET /listen/1 HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 503);
    unfollow_all(f, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_answer_is_a_stream),
        TEST(who_is_not_let_in_gets_the_reason),
        TEST(what_passes_is_no_refusal),
        cmocka_unit_test_setup_teardown(out_of_service_and_unanswered, setup_impatient, teardown),
        TEST(a_last_word_ends_it),
        TEST(who_broke_off_before_being_let_in_has_left),
        TEST(who_hung_up_before_being_let_in_has_left),
        TEST(a_head_opens_nothing),
        TEST(events_of_a_turn_share_a_chunk),
        TEST(what_came_before_a_stream_is_not_for_it),
        TEST(what_came_before_a_stream_in_one_turn_is_not_for_it),
        TEST(an_event_for_one_comes_in_its_place),
        TEST(who_is_removed_hears_it_last),
        TEST(the_end_is_heard_by_all),
        TEST(a_gap_cuts_the_channel),
        TEST(who_lags_behind_a_newcomer_is_cut),
        TEST(a_cut_sends_what_there_is_first),
        TEST(a_reader_too_far_behind_is_cut_alone),
        TEST(ends_that_a_full_room_did_not_take_are_owed),
        TEST(silence_is_broken_by_a_comment),
        TEST(a_drained_stream_is_told_when_to_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
