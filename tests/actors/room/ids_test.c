/* Ids: blocks are asked for in time and grow with haste; who finds none waits; an absent database is not asked over and
 * over. */
#include "desk_help.h"

#include "store/statements.h"

static int64_t next_id;

/* Answers the oldest question for a block in full. */
static void give_block(void)
{
    int64_t cells[2048];
    int n = (int)desk.ops[desk.answered].first;
    for (int i = 0; i < n; i++)
        cells[i] = ++next_id;
    desk_answer(DB_OK, n, cells);
}

static enum ids_take take(struct actor *a, int32_t *ret)
{
    return ids_take(desk.ids, &CLASSROOM_MESSAGE_IDS, a, ret);
}

/* ---- an actor that takes an id for each message ---- */

static int32_t taken[64];
static enum ids_take results[64];
static int tries;

static enum receive receive(struct actor *self, struct message *m)
{
    enum ids_take r = take(self, &taken[tries]);
    results[tries++] = r;
    return r == IDS_LATER ? RECEIVE_LATER : RECEIVED;
}

static const struct actor_kind taker = { .name = "taker", .state_size = 8, .mailbox_limit = 64, .receive = receive };

static void ask_taker(int64_t id)
{
    struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
    bus_send(desk.system, (struct address){ &taker, id, 0 }, m);
    desk_run();
}

static void begin(void)
{
    desk_open(10, 100);
    tries = 0;
    next_id = 100;
}

static void who_finds_none_waits_and_gets_the_next(void **state)
{
    begin();
    ask_taker(1);
    ask_taker(2);
    assert_int_equal(tries, 2);
    assert_int_equal(results[0], IDS_LATER);
    assert_ptr_equal(desk_newest()->statement, &CLASSROOM_MESSAGE_IDS);
    assert_int_equal(desk_pending(), 1);
    give_block();
    assert_int_equal(tries, 4);
    assert_int_equal(results[2], IDS_TAKEN);
    assert_int_equal(results[3], IDS_TAKEN);
    assert_int_equal(taken[2] + taken[3], 101 + 102);
    desk_close();
}

static void the_next_block_is_asked_for_at_half(void **state)
{
    int32_t id;
    begin();
    ask_taker(1);
    give_block();
    struct actor *a = desk_actor(1);
    desk_wait(2 * SECOND);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(take(a, &id), IDS_TAKEN);
        assert_int_equal(id, 102 + i);
        assert_int_equal(desk_pending(), 0);
    }
    assert_int_equal(take(a, &id), IDS_TAKEN);
    assert_int_equal(desk_pending(), 1);
    assert_int_equal(desk_newest()->first, 16);
    give_block();
    for (int i = 0; i < 16; i++) {
        assert_int_equal(take(a, &id), IDS_TAKEN);
        assert_int_equal(id, 110 + i);
    }
    desk_close();
}

static void haste_doubles_the_block_up_to_a_limit(void **state)
{
    int32_t id = 0, last = 100;
    int64_t most = 0;
    begin();
    ask_taker(1);
    give_block();
    last = 101;
    struct actor *a = desk_actor(1);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(take(a, &id), IDS_TAKEN);
        assert_int_equal(id, ++last);
        if (!desk_pending())
            continue;
        most = desk_newest()->first > most ? desk_newest()->first : most;
        give_block();
    }
    assert_int_equal(most, 1024);
    desk_close();
}

static void an_absent_database_is_left_alone_for_a_moment(void **state)
{
    int32_t id;
    begin();
    ask_taker(1);
    desk_answer(DB_AWAY, 0, NULL);
    assert_int_equal(tries, 2);
    assert_int_equal(results[1], IDS_AWAY);
    struct actor *a = desk_actor(1);
    assert_int_equal(take(a, &id), IDS_AWAY);
    assert_int_equal(desk_pending(), 0);
    desk_wait(250 * MS);
    ask_taker(2);
    assert_int_equal(results[2], IDS_LATER);
    assert_int_equal(desk_pending(), 1);
    give_block();
    assert_int_equal(results[3], IDS_TAKEN);
    desk_close();
}

static void a_full_queue_is_as_good_as_away(void **state)
{
    int32_t id;
    begin();
    desk.full = true;
    assert_int_equal(take(desk_actor(1), &id), IDS_AWAY);
    desk_close();
}

static void all_who_wait_hear_that_there_is_none(void **state)
{
    begin();
    ask_taker(1);
    ask_taker(1);
    assert_int_equal(tries, 1);
    desk_answer(DB_LOST, 0, NULL);
    assert_int_equal(results[1], IDS_AWAY);
    assert_int_equal(results[2], IDS_AWAY);
    desk_close();
}

static void kinds_of_ids_do_not_mix(void **state)
{
    int32_t id;
    begin();
    ask_taker(1);
    give_block();
    desk.full = true;
    assert_int_equal(ids_take(desk.ids, &CLASSROOM_PARTICIPANT_IDS, desk_actor(1), &id), IDS_AWAY);
    assert_int_equal(take(desk_actor(2), &id), IDS_TAKEN);
    desk_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_finds_none_waits_and_gets_the_next),
        cmocka_unit_test(the_next_block_is_asked_for_at_half),
        cmocka_unit_test(haste_doubles_the_block_up_to_a_limit),
        cmocka_unit_test(an_absent_database_is_left_alone_for_a_moment),
        cmocka_unit_test(a_full_queue_is_as_good_as_away),
        cmocka_unit_test(all_who_wait_hear_that_there_is_none),
        cmocka_unit_test(kinds_of_ids_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
