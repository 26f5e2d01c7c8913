/* Supervisor: restart, intensity, quarantine and the way out, pauses between activations, holds. In the simulation. */
#include "runtime_help.h"

#include <string.h>

static void failure_restarts_and_keeps_the_mail(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_ask(s, 5, PROBE_FAIL, 0);
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.activated, 2);
    assert_int_equal(probe.passivated, 1);
    assert_int_equal(probe.seen_count, 1);
    assert_int_equal(probe.errors, 1);
    assert_int_equal(probe.why, ERROR_INTERNAL);
    probe_end(s);
}

static void failure_clears_the_state_and_timers(void **state)
{
    struct system *s = probe_system(1, 1);
    struct message *timer = probe_message(PROBE_TIMER, 1);

    ((struct test_payload *)timer->payload)->ns = 10 * MS;
    bus_send(s, probe_address(5), timer);
    probe_send(s, 5, PROBE_LATER, 1);
    probe_run(s);
    assert_int_equal(*(int64_t *)actor_state(probe.last), 1);
    actor_fail(probe.last, "told so");
    probe_run(s);
    /* The held message came again to a state that does not remember it. */
    assert_int_equal(probe.seen_count, 0);
    assert_string_equal(probe_state(s, 5), "waiting");
    actor_resume(probe.last);
    probe_run(s);
    assert_int_equal(probe.seen_count, 1);
    sim_advance(s, 20 * MS);
    probe_run(s);
    assert_int_equal(probe.seen_count, 1);
    probe_end(s);
}

static void fail_times(struct system *s, int n)
{
    for (int i = 0; i < n; i++) {
        probe_send(s, 5, PROBE_FAIL, 0);
        probe_run(s);
    }
}

static void too_many_failures_quarantine(void **state)
{
    struct system *s = probe_system(1, 1);

    fail_times(s, 3);
    assert_string_equal(probe_state(s, 5), "parked");
    fail_times(s, 1);
    assert_string_equal(probe_state(s, 5), "quarantined");
    probe_ask(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.errors, 1);
    assert_int_equal(probe.why, ERROR_UNAVAILABLE);
    assert_int_equal(probe.seen_count, 0);
    /* It is not forgotten by falling silent. */
    sim_advance(s, 9 * SECOND);
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "quarantined");
    probe_end(s);
}

static void failures_far_apart_are_forgiven(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.stays = true;
    for (int i = 0; i < 10; i++) {
        fail_times(s, 1);
        sim_advance(s, 2 * SECOND);
    }
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "parked");
    probe_end(s);
}

static void quarantine_ends_with_one_attempt(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.stays = true;
    fail_times(s, 4);
    sim_advance(s, 10 * SECOND);
    probe_run(s);
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.seen_count, 1);
    fail_times(s, 1);
    assert_string_equal(probe_state(s, 5), "quarantined");
    sim_advance(s, 10 * SECOND);
    probe_run(s);
    sim_advance(s, 6 * SECOND);
    fail_times(s, 1);
    assert_string_equal(probe_state(s, 5), "parked");
    probe_end(s);
}

static void operator_restarts_and_that_is_no_failure(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    for (int i = 0; i < 10; i++) {
        assert_true(worker_restart_actor(system_worker(s, 0), probe_address(5)));
        probe_run(s);
        assert_int_equal(probe.activated, 2 + i);
        assert_string_equal(probe_state(s, 5), "parked");
    }
    assert_false(worker_restart_actor(system_worker(s, 0), probe_address(6)));
    probe_end(s);
}

static void operator_confines_until_released(void **state)
{
    struct system *s = probe_system(1, 1);
    struct worker *w = system_worker(s, 0);

    probe.stays = true;
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_true(worker_confine_actor(w, probe_address(5)));
    probe_run(s);
    assert_string_equal(probe_state(s, 5), "quarantined");
    assert_false(worker_confine_actor(w, probe_address(5)));
    assert_false(worker_restart_actor(w, probe_address(5)));
    sim_advance(s, 3600 * SECOND);
    probe_ask(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.why, ERROR_UNAVAILABLE);
    assert_string_equal(probe_state(s, 5), "quarantined");
    assert_true(worker_free_actor(w, probe_address(5)));
    fail_times(s, 1); /* not on probation */
    assert_string_equal(probe_state(s, 5), "parked");
    probe_end(s);
}

static void operator_releases(void **state)
{
    struct system *s = probe_system(1, 1);

    fail_times(s, 1);
    assert_false(worker_free_actor(system_worker(s, 0), probe_address(5)));
    fail_times(s, 3);
    assert_true(worker_free_actor(system_worker(s, 0), probe_address(5)));
    assert_false(worker_free_actor(system_worker(s, 0), probe_address(6)));
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.seen_count, 1);
    probe_end(s);
}

static void restart_waits_for_holds(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    actor_hold(probe.last);
    actor_hold(probe.last);
    actor_fail(probe.last, "a write was refused");
    probe_send(s, 5, PROBE_NOTE, 2);
    probe_run(s);
    assert_int_equal(probe.passivated, 0);
    assert_int_equal(probe.seen_count, 1);
    actor_unhold(probe.last);
    probe_run(s);
    assert_int_equal(probe.passivated, 0);
    actor_unhold(probe.last);
    probe_run(s);
    assert_int_equal(probe.passivated, 1);
    assert_int_equal(probe.activated, 2);
    assert_int_equal(probe.seen_count, 2);
    probe_end(s);
}

static void failed_activation_is_tried_again_later(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.activation = PROBE_REFUSES;
    probe_ask(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    assert_int_equal(probe.activated, 1);
    sim_advance(s, 100 * MS - 1);
    probe_run(s);
    assert_int_equal(probe.activated, 1);
    sim_advance(s, 1);
    probe_run(s);
    assert_int_equal(probe.activated, 2);
    probe.activation = PROBE_READY;
    sim_advance(s, 200 * MS);
    probe_run(s);
    assert_int_equal(probe.activated, 3);
    assert_int_equal(probe.seen_count, 1);
    assert_int_equal(probe.errors, 0);
    probe_end(s);
}

static void activation_that_keeps_failing_refuses_those_who_wait(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.activation = PROBE_REFUSES;
    probe_ask(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(probe.errors, 0);
        assert_true(sim_next_timer(s));
        probe_run(s);
    }
    assert_int_equal(probe.activated, 4);
    assert_int_equal(probe.errors, 1);
    assert_int_equal(probe.why, ERROR_UNAVAILABLE);
    assert_string_equal(probe_state(s, 5), "quarantined");
    probe_end(s);
}

static void loading_that_fails_late_is_a_failed_activation(void **state)
{
    struct system *s = probe_system(1, 1);

    probe.activation = PROBE_WAITS;
    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    actor_fail(probe.last, "the database went away");
    probe_run(s);
    assert_int_equal(probe.activated, 1);
    assert_int_equal(probe.passivated, 1);
    /* Late news of the life that has ended. */
    actor_fail(probe.last, "again");
    actor_resume(probe.last);
    probe_run(s);
    assert_int_equal(probe.activated, 1);
    probe.activation = PROBE_READY;
    sim_advance(s, 100 * MS);
    probe_run(s);
    assert_int_equal(probe.activated, 2);
    assert_int_equal(probe.seen_count, 1);
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure_restarts_and_keeps_the_mail),
        cmocka_unit_test(failure_clears_the_state_and_timers),
        cmocka_unit_test(too_many_failures_quarantine),
        cmocka_unit_test(failures_far_apart_are_forgiven),
        cmocka_unit_test(quarantine_ends_with_one_attempt),
        cmocka_unit_test(operator_restarts_and_that_is_no_failure),
        cmocka_unit_test(operator_confines_until_released),
        cmocka_unit_test(operator_releases),
        cmocka_unit_test(restart_waits_for_holds),
        cmocka_unit_test(failed_activation_is_tried_again_later),
        cmocka_unit_test(activation_that_keeps_failing_refuses_those_who_wait),
        cmocka_unit_test(loading_that_fails_late_is_a_failed_activation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
