/* Catch up: what a stream is told before it is live, in which order, and how it may end before that. */
#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/streams/streams.h"

#include <stdlib.h>
#include <sys/socket.h>

#define RESUMED "id: 1-20\nevent: resumed\ndata: {}\n\n"

static int setup(void **state)
{
    server_defaults();
    config.sse_backlog = 4096;
    room_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

/* A client whose socket takes little: what is sent to it stays with the server. */
static struct follower *follow_slowly(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), least = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
    return follow_with(fd, "?lastEventId=1-9");
}

/* Asked to be let in: what comes next is up to the test. */
static struct follower *come_back(struct heard *ret_who)
{
    struct follower *f = follow("?lastEventId=1-9");
    *ret_who = room_hear(1);
    return f;
}

/* The head, "retry: …" and the greeting. */
static void assert_greeted(struct follower *f)
{
    assert_int_equal(follow_head(f), 200);
    assert_follows(f, "retry: ");
    (void)follow_number(f);
    assert_follows(f, "\n" HELLO);
}

/* Let in at 20, with the events 10 to 19 to be read from the log. */
static struct follower *come_back_to_the_log(void)
{
    struct heard who;
    struct follower *f = come_back(&who);
    const struct room_joined how = {
        .participant = 1, .epoch = 1, .seq = 20, .log_after = 9, .log_last = 19, .resumed = TEXT(RESUMED)
    };
    room_let_in(&who, how, NULL);
    assert_greeted(f);
    assert_string_equal(room_await_query(&CLASSROOM_REPLAY), "1 9 19 64");
    return f;
}

/* ---- from the room's ring ---- */

static void what_was_missed_comes_before_resumed_and_live(void **state)
{
    static const char *const missed[] = { "ten\n\n", "eleven\n\n", NULL };
    struct heard who;
    struct follower *f = come_back(&who);
    room_let_in(&who, (struct room_joined){ .participant = 1, .seq = 20, .resumed = TEXT(RESUMED) }, missed);
    room_say_it({ .seq = 21, .frame = "live\n\n" });
    assert_greeted(f);
    assert_follows(f, "ten\n\neleven\n\n" RESUMED "live\n\n");
    unfollow(f);
    room_await_leaves(1);
}

static char *long_text(size_t n)
{
    char *text = malloc(n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 23);
    text[n] = 0;
    return text;
}

/* Far more than a backlog may be, to a reader that takes its time: told piece by piece, so it is not cut. */
static void a_long_greeting_is_told_in_pieces(void **state)
{
    enum { LONG = 3000000 };
    char *hello = long_text(LONG);
    struct follower *f = follow_slowly();
    struct heard who = room_hear(1);
    room_let_in(&who, (struct room_joined){ .participant = 1, .seq = 20, .hello = { hello, LONG } }, NULL);
    assert_int_equal(follow_head(f), 200);
    room_say_it({ .seq = 21, .frame = "live\n\n" });
    assert_follows(f, "retry: ");
    (void)follow_number(f);
    follow_skip(f, 1);
    for (size_t at = 0; at < LONG; at += 100000)
        for (size_t n = 0; n < 100000; n += 1000) {
            char part[1001] = "";
            memcpy(part, hello + at + n, 1000);
            assert_follows(f, part);
        }
    assert_follows(f, "live\n\n");
    assert_true(f->chunks > LONG / 32768);
    assert_int_equal(server_stats().cut_slow, 0);
    unfollow(f);
    room_await_leaves(1);
    free(hello);
}

/* ---- from the log ---- */

static void the_log_is_told_as_it_was(void **state)
{
    static const char *const rows[] = {
        "10",
        "hand_raised",
        "{\"a\":1}",
        NULL,
        "",
        NULL,
        NULL, /* a kept frame */
        "11",
        NULL,
        NULL,
        "7",
        "Ada",
        "say \"hi\"\n",
        "2026-02-24 16:24:20.5", /* a chat */
        "12",
        NULL,
        NULL,
        NULL,
        "",
        NULL,
        "2026-02-24 16:24:20.5", /* a log row that nobody was told of */
        "19",
        "participant_left",
        "{}",
        NULL,
        "",
        NULL,
        NULL,
    };
    struct follower *f = come_back_to_the_log();
    room_answer_query(DB_OK, 4, 7, rows);
    assert_follows(
        f, "id: 1-10\nevent: hand_raised\ndata: {\"a\":1}\n\n"
           "id: 1-11\nevent: chat\ndata: {\"type\":\"chat\",\"from\":7,\"participant_id\":7,\"sender_name\":\"Ada\","
           "\"text\":\"say \\\"hi\\\"\\n\",\"message\":\"say \\\"hi\\\"\\n\","
           "\"timestamp\":\"2026-02-24T16:24:20.500000\"}\n\n"
           "id: 1-19\nevent: participant_left\ndata: {}\n\n" RESUMED);
    unfollow(f);
    room_await_leaves(1);
}

static void page_follows_page(void **state)
{
    static const char *const first[] = { "10", "a", "{}", NULL, "", NULL, NULL, "14", "b", "{}", NULL, "", NULL, NULL };
    static const char *const second[] = { "15", "c", "{}", NULL, "", NULL, NULL };
    struct follower *f = come_back_to_the_log();
    room_answer_query(DB_OK, 2, 7, first);
    assert_follows(f, "id: 1-10\nevent: a\ndata: {}\n\nid: 1-14\nevent: b\ndata: {}\n\n");
    assert_string_equal(room_await_query(&CLASSROOM_REPLAY), "1 14 19 64");
    room_answer_query(DB_OK, 1, 7, second);
    assert_follows(f, "id: 1-15\nevent: c\ndata: {}\n\n");
    assert_string_equal(room_await_query(&CLASSROOM_REPLAY), "1 15 19 64");
    room_answer_query(DB_OK, 0, 7, NULL); /* the rest was said to nobody */
    assert_follows(f, RESUMED);
    unfollow(f);
    room_await_leaves(1);
}

static void what_is_said_meanwhile_is_held_back(void **state)
{
    static const char *const row[] = { "19", "a", "{}", NULL, "", NULL, NULL };
    struct follower *f = come_back_to_the_log();
    room_say_it({ .seq = 21, .frame = "one\n\n" });
    room_say_it({ .seq = 22, .frame = "two\n\n" }, { .only = 1, .only_frame = "signal\n\n" });
    room_say_it({ .only = 2, .only_frame = "for another\n\n" });
    room_answer_query(DB_OK, 1, 7, row);
    assert_follows(f, "id: 1-19\nevent: a\ndata: {}\n\n" RESUMED "one\n\ntwo\n\nsignal\n\n");
    room_say_it({ .seq = 23, .frame = "live\n\n" });
    assert_follows(f, "live\n\n");
    unfollow(f);
    room_await_leaves(1);
}

/* ---- ends while it catches up ---- */

static void too_much_held_back_cuts_it(void **state)
{
    char *text = long_text(2000);
    struct follower *f = come_back_to_the_log();
    room_say_it({ .seq = 21, .frame = text });
    room_say_it({ .seq = 22, .frame = text });
    assert_int_equal(room_leaves(), 0);
    room_say_it({ .seq = 23, .frame = text });
    assert_ends(f);
    room_await_leaves(1);
    assert_int_equal(server_last_end(), CLOSE_SLOW_READER);
    room_answer_query(DB_OK, 0, 7, NULL);
    unfollow(f);
    free(text);
}

static void who_goes_while_the_log_is_read_has_left(void **state)
{
    static const char *const row[] = { "19", "a", "{}", NULL, "", NULL, NULL };
    struct follower *f = come_back_to_the_log();
    unfollow(f);
    assert_int_equal(room_await_leaves(1).participant, 1);
    room_answer_query(DB_OK, 1, 7, row);
    assert_int_equal(room_leaves(), 1);
}

/* The server ends while the page is under way: nothing of the stream is left (room_stop checks). */
static void the_server_may_stop_while_the_log_is_read(void **state)
{
    struct follower *f = come_back_to_the_log();
    room_stop();
    unfollow(f);
    room_start(NULL);
}

static void an_end_comes_through_while_the_log_is_read(void **state)
{
    static const char *const row[] = { "19", "a", "{}", NULL, "", NULL, NULL };
    struct follower *f = come_back_to_the_log();
    room_say_it({ .seq = 21, .frame = "ended\n\n", .end_all = true });
    assert_ends(f);
    room_answer_query(DB_OK, 1, 7, row);
    assert_int_equal(room_leaves(), 0);
    unfollow(f);
}

static void without_the_log_it_ends_and_comes_back(void **state)
{
    static const enum db_status bad[] = { DB_AWAY, DB_LOST, DB_REFUSED, DB_RETRY };
    for (int i = 0; i < 4; i++) {
        struct follower *f = follow("?lastEventId=1-9");
        struct heard who = room_hear(i + 1);
        room_let_in(&who, (struct room_joined){ .participant = 1, .seq = 20, .log_after = 9, .log_last = 19 }, NULL);
        assert_greeted(f);
        (void)room_await_query(&CLASSROOM_REPLAY);
        room_answer_query(bad[i], 0, 0, NULL);
        assert_ends(f);
        room_await_leaves(i + 1);
        assert_int_equal(server_last_end(), CLOSE_RESYNC);
        unfollow(f);
    }
}

static void a_full_database_ends_it(void **state)
{
    struct heard who;
    struct follower *f = come_back(&who);
    room_db_full(true);
    room_let_in(&who, (struct room_joined){ .participant = 1, .seq = 20, .log_after = 9, .log_last = 19 }, NULL);
    assert_greeted(f);
    assert_ends(f);
    room_await_leaves(1);
    assert_int_equal(server_last_end(), CLOSE_RESYNC);
    unfollow(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_missed_comes_before_resumed_and_live),
        TEST(a_long_greeting_is_told_in_pieces),
        TEST(the_log_is_told_as_it_was),
        TEST(page_follows_page),
        TEST(what_is_said_meanwhile_is_held_back),
        TEST(too_much_held_back_cuts_it),
        TEST(who_goes_while_the_log_is_read_has_left),
        TEST(the_server_may_stop_while_the_log_is_read),
        TEST(an_end_comes_through_while_the_log_is_read),
        TEST(without_the_log_it_ends_and_comes_back),
        TEST(a_full_database_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
