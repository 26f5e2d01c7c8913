/* Turn: what was said leaves in order when it is released; a no instead when it is refused; nothing is lost without
 * memory. */
#include "desk_help.h"

static struct return_address slot(uint32_t n)
{
    return (struct return_address){ 0, n, 0 };
}

static struct message *event(int64_t seq)
{
    struct message *m = message_create(MESSAGE_ROOM_DELIVER, sizeof(struct room_deliver));
    assert_non_null(m);
    m->reply.worker = 0;
    room_deliver(m)->seq = seq;
    return m;
}

static void what_was_said_leaves_in_order(void **state)
{
    desk_open(10, 100);
    struct turn *t = desk_turn(desk_actor(1), 0, 0, 1);
    turn_say(t, event(5));
    turn_say(t, room_answer_create(ERROR_KICKED, (struct text){ 0 }, slot(2)));
    turn_say(t, event(6));
    turn_release(t);
    assert_heard(1, 1005, -2, 1006);
    desk_close();
}

static void only_those_who_wait_hear_a_no(void **state)
{
    desk_open(10, 100);
    struct turn *t = desk_turn(desk_actor(1), 1, 1, 1);
    turn_say(t, event(5));
    struct message *joined = message_create(MESSAGE_ROOM_JOINED, sizeof(struct room_joined));
    joined->reply = slot(3);
    turn_say(t, joined);
    turn_refuse(t, ERROR_OVERLOADED);
    desk_run();
    assert_int_equal(desk.why[0], ERROR_OVERLOADED);
    assert_heard(-1, -3);
    desk_close();
}

static void a_turn_holds_its_actor(void **state)
{
    desk_open(10, 100);
    struct actor *a = desk_actor(1);
    struct turn *t = desk_turn(a, 0, 0, 1);
    actor_fail(a, "test");
    desk_run();
    assert_int_equal(desk.activations, 1);
    turn_release(t);
    desk_run();
    assert_int_equal(desk.activations, 2);
    assert_heard(1);
    desk_close();
}

static void what_found_no_memory_fails_the_turn_and_its_actor(void **state)
{
    desk_open(10, 100);
    struct turn *t = desk_turn(desk_actor(1), 1, 1, 1);
    turn_say(t, NULL);
    turn_end(t);
    assert_int_equal(desk_pending(), 0);
    desk_run();
    assert_int_equal(desk.why[0], ERROR_OVERLOADED);
    assert_heard(-1);
    assert_int_equal(desk.activations, 2);
    t = desk_turn(desk_actor(2), 1, 1, 2);
    t->rows.failed = true;
    turn_end(t);
    assert_heard(-2);
    assert_int_equal(desk_pending(), 0);
    desk_close();
}

static void the_first_event_settles_it(void **state)
{
    desk_open(10, 100);
    struct turn *t = desk_turn(desk_actor(4), 3, 11, 0);
    assert_int_equal(t->settle_id, 4);
    assert_int_equal(t->settle_seq, 11);
    turn_release(t);
    desk_close();
}

/* Signals make such turns: they must not fill the queue while the database is away. */
static void what_says_nothing_is_not_queued(void **state)
{
    desk_open(10, 100);
    struct actor *a = desk_actor(1);
    desk.up = false;
    turn_end(desk_turn(a, 1, 1, 1));
    for (int i = 0; i < 5; i++)
        turn_end(desk_turn(a, 0, 0, 0));
    assert_int_equal(persistence_stats(desk.persistence).waiting, 1);
    desk.up = true;
    desk_run();
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    desk_close();
}

/* Operators see an event when others may hear of it: not before its turn is released, and never if it is refused. */
static void events_are_noted_when_they_may_be_heard(void **state)
{
    struct ring *recent = recent_create();
    desk_open(10, 100);
    worker_set_service(desk.worker, SERVICE_RECENT, recent);
    struct turn *t = desk_turn(desk_actor(1), 0, 0, 1), *refused = desk_turn(desk_actor(2), 0, 0, 2);
    for (int64_t seq = 5; seq < 8; seq++)
        turn_note(t, &(const struct recent_event){ .seq = seq, .type = "test", .room = 1 });
    turn_note(refused, &(const struct recent_event){ .seq = 9, .type = "test", .room = 2 });
    assert_int_equal(recent->last, 0);
    turn_refuse(refused, ERROR_UNAVAILABLE);
    assert_int_equal(recent->last, 0);
    turn_release(t);
    assert_int_equal(recent->last, 3);
    for (uint64_t n = 1; n <= 3; n++)
        assert_int_equal(((const struct recent_event *)ring_at(recent, n))->seq, 4 + n);
    assert_heard(-2, 1);
    desk_close();
    ring_destroy(recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_leaves_in_order),
        cmocka_unit_test(only_those_who_wait_hear_a_no),
        cmocka_unit_test(a_turn_holds_its_actor),
        cmocka_unit_test(what_found_no_memory_fails_the_turn_and_its_actor),
        cmocka_unit_test(the_first_event_settles_it),
        cmocka_unit_test(what_says_nothing_is_not_queued),
        cmocka_unit_test(events_are_noted_when_they_may_be_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
