/* Coaching: a session's room: who may come and what they are told, the window of each sender, frames that are kept, the
 * end. What every room does is tested with actors/room, random lives in tests/sim/coaching. */
#include "actors/coaching/coaching.h"

#include "actors/room/kind.h"
#include "actors/room_kinds.h"
#include "proto/base/stamp.h"
#include "proto/coaching.h"
#include "proto/config/config.h"
#include "store/statements.h"
#include "tests/actors/room/desk_help.h"

#include <stdio.h>

enum { NUMBER = 5, ADA = 7, BEN = 8, STRANGER = 9, WINDOW = 10 };

#define SID "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11"
#define STATE                                                                                                          \
    "event: server.session_state\ndata: {\"type\":\"server.session_state\",\"sid\":\"" SID                             \
    "\",\"payload\":{\"sid\":\"" SID "\",\"participants\":[\"ada-id\",\"ben-id\"]}}\n\n"
#define SLOW                                                                                                           \
    "data: {\"type\":\"server.nudge\",\"sid\":\"" SID                                                                  \
    "\",\"payload\":{\"nudge_type\":\"SLOW_DOWN\",\"intensity\":2,\"message\":\"Try slowing down.\"}}\n\n"

#define assert_silence() desk_assert_heard((const int[]){ 0 }, __FILE__, __LINE__)

/* ---- its rows ---- */

static struct {
    bool active;
    int64_t seq, nudged_at; /* nudged_at: Ada's */
} disk;

static struct text cell(const struct db_result *r, int row, int column)
{
    static char text[64];
    static const char *const ids[] = { "ada-id", "ben-id" }, *const names[] = { "Ada", "Ben" };
    int64_t n = 0;
    switch (column) {
    case COACHING_LOAD_SID:
        return TEXT(SID);
    case COACHING_LOAD_IS_ACTIVE:
        return disk.active ? TEXT("t") : TEXT("f");
    case COACHING_LOAD_USER_ID:
        return text_of(ids[row]);
    case COACHING_LOAD_NAME:
        return text_of(names[row]);
    case COACHING_LOAD_LAST:
        return (struct text){ 0 };
    case COACHING_LOAD_NUDGED_AT: {
        struct buf stamp = { 0 };
        if (row || !disk.nudged_at)
            return (struct text){ 0 };
        stamp_put(&stamp, disk.nudged_at);
        snprintf(text, sizeof text, "%.*s", (int)stamp.n, stamp.p);
        buf_fini(&stamp);
        return text_of(text);
    }
    case COACHING_LOAD_CREATOR:
    case COACHING_LOAD_PERSON_ID:
        n = row ? BEN : ADA;
        break;
    case COACHING_LOAD_EPOCH:
        n = 1;
        break;
    case COACHING_LOAD_SEQ:
        n = disk.seq;
        break;
    }
    snprintf(text, sizeof text, "%lld", (long long)n);
    return text_of(text);
}

/* Answers the question for the session's rows; rows 0: there is no such session. */
static void load(int rows)
{
    static const struct db_ops ops = { .value = cell };
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, &COACHING_LOAD);
    assert_int_equal(desk_newest()->first, NUMBER);
    struct desk_op op = *desk_newest();
    desk.answered = desk.nops = 0;
    op.done(op.arg,
            &(struct db_result){ .status = DB_OK, .sqlstate = "", .constraint = "", .rows = rows, .ops = &ops });
    desk_run();
}

static void commit(const struct statement *first, int steps)
{
    desk_run();
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, first);
    assert_int_equal(desk_newest()->steps, steps);
    desk_answer(DB_OK, 0, NULL);
}

/* ---- asking ---- */

static void ask(const struct room_command *cmd, int32_t slot)
{
    struct message *m = room_command_create(cmd, slot ? (struct return_address){ 0, (uint32_t)slot, 0 }
                                                      : (struct return_address)NO_RETURN);
    assert_non_null(m);
    bus_send(desk.system, coaching_address(NUMBER), m);
    desk_run();
}

static void come(int32_t person, uint64_t stream, int32_t slot)
{
    ask(&(struct room_command){ .op = ROOM_LISTEN, .caller.user = person, .stream = stream }, slot);
}

/* slot 0: nobody waits for an answer. */
static void measure(int32_t person, double rate, double overlap, int32_t slot)
{
    const struct coaching_frame f = { 1700000000000, rate, overlap };
    ask(&(struct room_command){ .op = COACHING_FRAME, .caller.user = person, .more = &f, .more_n = sizeof f }, slot);
}

static void end(int32_t person, bool by_operator, int32_t slot)
{
    ask(&(struct room_command){ .op = ROOM_END, .caller.user = person, .by_operator = by_operator }, slot);
}

static int setup(void **state)
{
    config.speaking_rate_threshold = 3.0;
    config.overlap_ratio_threshold = 0.3;
    config.nudge_rate_limit_seconds = WINDOW;
    config.store_frames = false;
    disk.active = true;
    disk.seq = disk.nudged_at = 0;
    desk_open(10, 100);
    room_kind_setup(&coaching_ops, 16, 3600 * SECOND, 64);
    return 0;
}

static int teardown(void **state)
{
    desk_close();
    return 0;
}

/* A session that Ada listens to, with what she was told. */
static void open_session(void)
{
    come(ADA, 1, 1);
    load(2);
    assert_heard(1, 1000);
}

/* ---- tests ---- */

static void who_comes_is_told_first_who_takes_part_and_so_are_all(void **state)
{
    open_session();
    assert_string_equal(desk.joined.hello, "");
    assert_int_equal(desk.joined.participant, ADA);
    assert_string_equal(desk.frame, STATE);
    assert_int_equal(desk.delivered.only, 0);
    come(BEN, 2, 2);
    assert_heard(2, 1000);
    assert_string_equal(desk.frame, STATE);
}

static void others_are_not_let_in(void **state)
{
    come(STRANGER, 1, 1);
    load(2);
    assert_heard(-1);
    assert_int_equal(desk.why[0], ERROR_COACHING_CLOSED);
    measure(STRANGER, 9, 0, 2);
    assert_heard(-2);
    end(STRANGER, false, 3);
    assert_heard(-3);
    assert_int_equal(desk.why[0], ERROR_NOT_AUTHORIZED);
    ask(&(struct room_command){ .op = ROOM_KICK, .caller.user = ADA, .target = BEN }, 4);
    assert_heard(-4);
    ask(&(struct room_command){ .op = COACHING_FRAME, .caller.user = ADA }, 5);
    assert_heard(-5);
    assert_int_equal(desk.why[0], ERROR_INVALID_ACTION);
}

static void there_is_no_such_session(void **state)
{
    come(ADA, 1, 1);
    load(0);
    assert_heard(-1);
    assert_int_equal(desk.why[0], ERROR_COACHING_CLOSED);
}

static void a_nudge_is_told_when_it_is_durable(void **state)
{
    open_session();
    measure(BEN, 4.2, 0, 0);
    assert_silence();
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1001);
    assert_non_null(strstr(desk.frame, SLOW));
    assert_int_equal(desk.delivered.user, BEN);
}

static void a_sender_has_one_in_a_window_and_a_partner_has_their_own(void **state)
{
    open_session();
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1001);
    measure(ADA, 4.2, 0.9, 2); /* of another type, from another device: the same window */
    desk_wait((WINDOW - 1) * SECOND);
    measure(ADA, 9, 0, 3);
    assert_heard(2, 3);
    assert_int_equal(desk_pending(), 0);
    measure(BEN, 4.2, 0, 4);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1002, 4);
    desk_wait(SECOND);
    measure(ADA, 9, 0, 5);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1003, 5);
}

static void calm_frames_take_nothing(void **state)
{
    open_session();
    for (int i = 0; i < 20; i++)
        measure(ADA, 3.0, 0.3, 0);
    assert_int_equal(desk_pending(), 0);
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1001);
}

static void thresholds_and_window_change_while_it_runs(void **state)
{
    open_session();
    config.speaking_rate_threshold = 5.0;
    measure(ADA, 4.2, 0, 2);
    assert_heard(2);
    config.speaking_rate_threshold = 3.2;
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1001);
    config.nudge_rate_limit_seconds = 2;
    desk_wait(2 * SECOND);
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1002);
    config.nudge_rate_limit_seconds = 0;
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1003);
}

static void the_window_is_known_again_from_the_rows(void **state)
{
    disk.seq = 4;
    disk.nudged_at = sim_wall(desk.system) - 4 * 1000000;
    open_session();
    measure(ADA, 4.2, 0, 2);
    assert_heard(2);
    measure(BEN, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1005);
    desk_wait(6 * SECOND);
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1006);
}

static void a_clock_that_is_set_back_keeps_nobody_waiting(void **state)
{
    open_session();
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1001);
    sim_set_wall(desk.system, sim_wall(desk.system) - INT64_C(3600) * 1000000);
    desk_wait((WINDOW - 1) * SECOND);
    measure(ADA, 4.2, 0, 2);
    assert_heard(2);
    desk_wait(SECOND);
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1002);
}

static void a_nudge_of_the_future_was_just_now(void **state)
{
    disk.seq = 4;
    disk.nudged_at = sim_wall(desk.system) + INT64_C(3600) * 1000000;
    open_session();
    measure(ADA, 4.2, 0, 2);
    assert_heard(2);
    desk_wait(WINDOW * SECOND);
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_heard(1005);
}

static void frames_are_kept_if_that_is_wanted(void **state)
{
    open_session();
    config.store_frames = true;
    measure(ADA, 1, 0, 0);
    commit(&COACHING_PUT_FRAMES, 1);
    assert_silence();
    measure(ADA, 4.2, 0, 0);
    commit(&COACHING_PUT_FRAMES, 2);
    assert_heard(1001);
    measure(ADA, 4.2, 0, 2); /* within the window it is kept all the same */
    commit(&COACHING_PUT_FRAMES, 1);
    assert_heard(2);
}

static void the_end_is_written_once_and_answered_as_often_as_asked(void **state)
{
    open_session();
    end(BEN, false, 2);
    end(ADA, false, 3); /* while the first is on its way */
    assert_silence();
    commit(&COACHING_PUT_ENDS, 1);
    assert_heard(1001, 2, 3);
    assert_true(desk.delivered.end_all);
    end(ADA, false, 4);
    assert_heard(4);
    assert_int_equal(desk_pending(), 0);
    measure(ADA, 9, 0.9, 5);
    come(ADA, 2, 6);
    assert_heard(-5, -6);
    assert_int_equal(desk.why[1], ERROR_COACHING_CLOSED);
}

static void an_operator_ends_it_too(void **state)
{
    open_session();
    end(0, true, 2);
    commit(&COACHING_PUT_ENDS, 1);
    assert_heard(1001, 2);
}

static void an_ended_session_is_ended_when_it_is_loaded(void **state)
{
    disk.active = false;
    come(ADA, 1, 1);
    load(2);
    assert_heard(-1);
    end(ADA, false, 2);
    assert_heard(2);
}

static void what_the_database_refuses_takes_no_window(void **state)
{
    open_session();
    measure(ADA, 4.2, 0, 2);
    desk_answer(DB_REFUSED, 0, NULL);
    assert_heard(-2);
    assert_int_equal(desk.cuts, 1); /* the room is built anew, and its streams come back */
    measure(ADA, 4.2, 0, 0);
    load(2);
    commit(&COACHING_PUT_NUDGES, 1);
    assert_silence();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_comes_is_told_first_who_takes_part_and_so_are_all),
        TEST(others_are_not_let_in),
        TEST(there_is_no_such_session),
        TEST(a_nudge_is_told_when_it_is_durable),
        TEST(a_sender_has_one_in_a_window_and_a_partner_has_their_own),
        TEST(calm_frames_take_nothing),
        TEST(thresholds_and_window_change_while_it_runs),
        TEST(the_window_is_known_again_from_the_rows),
        TEST(a_clock_that_is_set_back_keeps_nobody_waiting),
        TEST(a_nudge_of_the_future_was_just_now),
        TEST(frames_are_kept_if_that_is_wanted),
        TEST(the_end_is_written_once_and_answered_as_often_as_asked),
        TEST(an_operator_ends_it_too),
        TEST(an_ended_session_is_ended_when_it_is_loaded),
        TEST(what_the_database_refuses_takes_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
