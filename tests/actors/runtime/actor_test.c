/* Actor: order, waiting, absence, holds, timers, passivation, fairness, and what an idle actor costs. In the
 * simulation. */
#include "runtime_help.h"

#include <malloc.h>
#include <string.h>

static void messages_come_in_order(void **state)
{
    struct system *s = probe_system(1, 1);

    for (int i = 0; i < 100; i++)
        probe_send(s, 5, PROBE_NOTE, i);
    probe_run(s);
    assert_int_equal(probe.seen_count, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(probe.seen[i], i);
    assert_int_equal(probe.activated, 1);
    assert_string_equal(probe_state(s, 5), "parked");
    probe_end(s);
}

static void waiting_holds_messages_back(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_WAIT, 0);
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "waiting");
    assert_int_equal(probe.seen_count, 0);
    probe_send(s, 5, PROBE_NOTE, 2);
    probe_run(s);
    assert_int_equal(probe.seen_count, 0);
    actor_resume(probe.last);
    probe_run(s);
    assert_int_equal(probe.seen_count, 2);
    assert_int_equal(probe.seen[0], 1);
    assert_int_equal(probe.seen[1], 2);
    probe_end(s);
}

static void later_message_comes_again_first(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_LATER, 1);
    probe_send(s, 5, PROBE_NOTE, 2);
    probe_run(s);
    assert_int_equal(probe.seen_count, 0);
    actor_resume(probe.last);
    probe_run(s);
    assert_int_equal(probe.seen_count, 2);
    assert_int_equal(probe.seen[0], 1);
    assert_int_equal(probe.seen[1], 2);
    probe_end(s);
}

static void activation_may_wait(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.activation = PROBE_WAITS;
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.seen_count, 0);
    assert_int_equal(probe.activated, 1);
    actor_resume(probe.last);
    probe_run(s);
    assert_int_equal(probe.seen_count, 1);
    assert_int_equal(probe.activated, 1);
    probe_end(s);
}

static void absent_refuses_everything_and_stops(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.activation = PROBE_WAITS;
    for (int i = 0; i < 3; i++)
        probe_ask(s, 5, PROBE_NOTE, i);
    probe_run(s);
    actor_absent(probe.last, ERROR_SESSION_NOT_FOUND);
    probe_run(s);
    assert_int_equal(probe.errors, 3);
    assert_int_equal(probe.why, ERROR_SESSION_NOT_FOUND);
    assert_int_equal(probe.to.slot, 7);
    assert_int_equal(probe.to.generation, 9);
    assert_string_equal(probe_state(s, 5), "none");
    assert_int_equal(probe.passivated, 1);
    probe_end(s);
}

static void absent_at_once_and_late_senders_activate_anew(void **state)
{
    struct system *s = probe_system(2, 1);

    probe.activation = PROBE_IS_ABSENT;
    probe_ask(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.errors, 1);
    probe.activation = PROBE_READY;
    probe_send(s, 5, PROBE_NOTE, 2);
    probe_run(s);
    assert_int_equal(probe.activated, 2);
    assert_int_equal(probe.seen_count, 1);
    probe_end(s);
}

static void absent_with_a_hold_stops_after_it(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    actor_hold(probe.last);
    probe_send(s, 5, PROBE_ABSENT, 0);
    probe_ask(s, 5, PROBE_NOTE, 2);
    probe_run(s);
    assert_int_equal(probe.errors, 1);
    assert_int_equal(probe.why, ERROR_SESSION_ENDED);
    assert_string_not_equal(probe_state(s, 5), "none");
    assert_int_equal(probe.passivated, 0);
    actor_unhold(probe.last);
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "none");
    probe_end(s);
}

static void taken_message_is_the_actors(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_TAKE, 42);
    probe_run(s);
    assert_non_null(probe.taken);
    assert_int_equal(((struct test_payload *)probe.taken->payload)->value, 42);
    message_destroy(probe.taken);
    probe_end(s);
}

static void send_timer(struct system *s, int slot, uint64_t ns)
{
    struct message *m = probe_message(PROBE_TIMER, slot);

    ((struct test_payload *)m->payload)->ns = ns;
    bus_send(s, probe_address(5), m);
    probe_run(s);
}

static void timers_fire_in_order_move_and_cancel(void **state)
{
    struct system *s = probe_system(1, 1);

    send_timer(s, 0, 30 * MS);
    send_timer(s, 1, 10 * MS);
    send_timer(s, 2, 20 * MS);
    send_timer(s, 3, 40 * MS);
    send_timer(s, 0, 15 * MS);
    send_timer(s, 3, 0);
    sim_advance(s, 10 * MS - 1);
    probe_run(s);
    assert_int_equal(probe.seen_count, 0);
    for (int i = 0; i < 100; i++) {
        sim_advance(s, MS);
        probe_run(s);
    }
    assert_int_equal(probe.seen_count, 3);
    assert_int_equal(probe.seen[0], 1001);
    assert_int_equal(probe.seen[1], 1000);
    assert_int_equal(probe.seen[2], 1002);
    probe_end(s);
}

static void timer_waits_for_a_waiting_actor(void **state)
{
    struct system *s = probe_system(1, 1);

    send_timer(s, 2, 10 * MS);
    probe_send(s, 5, PROBE_WAIT, 0);
    probe_run(s);
    sim_advance(s, 20 * MS);
    probe_run(s);
    assert_int_equal(probe.seen_count, 0);
    actor_resume(probe.last);
    probe_run(s);
    assert_int_equal(probe.seen_count, 1);
    assert_int_equal(probe.seen[0], 1002);
    probe_end(s);
}

static void silence_passivates_and_a_message_brings_back(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    uint64_t serial = actor_serial(probe.last);
    sim_advance(s, SECOND - 1);
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "parked");
    sim_advance(s, 1);
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "none");
    assert_int_equal(probe.passivated, 1);
    probe_send(s, 5, PROBE_NOTE, 2);
    probe_run(s);
    assert_int_equal(probe.activated, 2);
    assert_true(actor_serial(probe.last) > serial);
    assert_int_equal(probe.seen_count, 2);
    probe_end(s);
}

static void activity_puts_passivation_off(void **state)
{
    struct system *s = probe_system(1, 1);

    for (int i = 0; i < 5; i++) {
        probe_send(s, 5, PROBE_NOTE, 1);
        probe_run(s);
        sim_advance(s, SECOND * 9 / 10);
        probe_run(s);
    }
    assert_int_equal(probe.activated, 1);
    sim_advance(s, SECOND / 10);
    probe_run(s);
    assert_int_equal(probe.passivated, 1);
    probe_end(s);
}

static void idle_hook_holds_and_mail_keep_an_actor(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.stays = true;
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    sim_advance(s, 3 * SECOND);
    probe_run(s);
    assert_int_equal(probe.passivated, 0);
    probe.stays = false;
    actor_hold(probe.last);
    sim_advance(s, 3 * SECOND);
    probe_run(s);
    assert_int_equal(probe.passivated, 0);
    actor_unhold(probe.last);
    sim_advance(s, SECOND - 1);
    probe_send(s, 5, PROBE_NOTE, 2);
    sim_advance(s, 1);
    probe_run(s);
    assert_int_equal(probe.passivated, 0);
    assert_int_equal(probe.seen_count, 2);
    sim_advance(s, 2 * SECOND);
    probe_run(s);
    assert_int_equal(probe.passivated, 1);
    probe_end(s);
}

/* With a batch of 64, a full mailbox of 100 takes two runs, and the other actor has its turn between them. */
static void batch_ends_so_that_others_run(void **state)
{
    bool between = false;

    for (uint64_t seed = 1; seed < 50 && !between; seed++) {
        struct system *s = probe_system(1, seed);
        for (int i = 0; i < 100; i++)
            probe_send(s, 5, PROBE_NOTE, i);
        probe_send(s, 6, PROBE_NOTE, -1);
        probe_run(s);
        assert_int_equal(probe.seen_count, 101);
        between = probe.seen[64] == -1;
        for (int i = 1; i < 64; i++)
            assert_int_not_equal(probe.seen[i], -1);
        probe_end(s);
    }
    assert_true(between);
}

/* More than one sweep takes: the others follow within milliseconds. */
static void a_crowd_leaves_in_several_sweeps(void **state)
{
    struct system *s = probe_system(2, 1);

    for (int i = 0; i < 2000; i++) {
        probe_send(s, i, PROBE_NOTE, i);
        probe_run(s);
    }
    sim_advance(s, SECOND);
    probe_run(s);
    assert_int_equal(probe.passivated, 2 * 256);
    sim_advance(s, 10 * MS);
    probe_run(s);
    assert_int_equal(probe.passivated, 2000);
    assert_int_equal(worker_stats(system_worker(s, 0)).actors, 1);
    probe_end(s);
}

static void address_is_written_as_number_or_uuid(void **state)
{
    struct buf b = { 0 };

    address_write(&b, probe_address(42));
    buf_putc(&b, ' ');
    address_write(&b, (struct address){ &probe_kind, 0x0123456789abcdef, (int64_t)0x8123456789abcdefu });
    buf_putc(&b, '\0');
    assert_string_equal(b.p, "probe/42 probe/01234567-89ab-cdef-8123-456789abcdef");
    buf_fini(&b);
}

static const struct actor_kind still = { .name = "still", .state_size = 64, .mailbox_limit = 16, .idle_ns = SECOND };

static enum receive receive_nothing(struct actor *self, struct message *m)
{
    return RECEIVED;
}

/* 100,000 idle actors with their entries in the registry fit 64 MiB. The allocators of the sanitizers do not count. */
static void idle_actors_are_small(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    struct actor_kind kind = still;
    struct system *s = probe_system(2, 1);
    kind.receive = receive_nothing;
    kind.idle_ns = 0;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;

    for (int i = 0; i < 100000; i++) {
        bus_send(s, (struct address){ &kind, i, 0 }, probe_message(PROBE_NOTE, 0));
        sim_run(s, 10);
    }
    size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    print_message("an idle actor with 64 bytes of state: %zu bytes\n", used / 100000);
    assert_true(used <= 64u << 20);
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_in_order),
        cmocka_unit_test(waiting_holds_messages_back),
        cmocka_unit_test(later_message_comes_again_first),
        cmocka_unit_test(activation_may_wait),
        cmocka_unit_test(absent_refuses_everything_and_stops),
        cmocka_unit_test(absent_at_once_and_late_senders_activate_anew),
        cmocka_unit_test(absent_with_a_hold_stops_after_it),
        cmocka_unit_test(taken_message_is_the_actors),
        cmocka_unit_test(timers_fire_in_order_move_and_cancel),
        cmocka_unit_test(timer_waits_for_a_waiting_actor),
        cmocka_unit_test(silence_passivates_and_a_message_brings_back),
        cmocka_unit_test(activity_puts_passivation_off),
        cmocka_unit_test(idle_hook_holds_and_mail_keep_an_actor),
        cmocka_unit_test(batch_ends_so_that_others_run),
        cmocka_unit_test(a_crowd_leaves_in_several_sweeps),
        cmocka_unit_test(address_is_written_as_number_or_uuid),
        cmocka_unit_test(idle_actors_are_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
