/* Trace: what is noted of whom, the limits, what ends it, and that workers share the limits. */
#include "tests/actors/runtime/runtime_help.h"

#include "actors/runtime/trace.h"

static struct trace_order of_actor(int64_t id, uint32_t count, uint32_t rate)
{
    return (struct trace_order){
        .by = TRACE_ACTOR, .actor = probe_address(id), .count = count, .rate = rate, .until = UINT64_MAX
    };
}

static void join(struct system *s, struct trace_order *o)
{
    trace_open(s, o);
    for (int i = 0; i < system_workers(s); i++)
        assert_true(worker_trace_join(system_worker(s, i), o));
}

static uint64_t entries(struct system *s, int64_t id)
{
    return worker_trace_entries(system_home(s, probe_address(id)))->last;
}

static void say(struct system *s, int64_t id, int n)
{
    for (int i = 0; i < n; i++)
        probe_send(s, id, PROBE_NOTE, i);
    probe_run(s);
}

static void pass(struct system *s, uint64_t ns)
{
    for (uint64_t step = SECOND / 2; ns; ns -= step) {
        sim_advance(s, step);
        probe_run(s);
    }
}

static void only_the_actor_that_is_meant(void **state)
{
    struct system *s = probe_system(2, 1);
    struct trace_order o = of_actor(1, 100, 100);

    say(s, 1, 2);
    assert_null(worker_trace_entries(system_worker(s, 0)));
    join(s, &o);
    say(s, 1, 3);
    say(s, 2, 3);
    say(s, 3, 3); /* the same worker */
    assert_int_equal(entries(s, 1), 3);
    assert_int_equal(entries(s, 2), 0);
    const struct trace_entry *e = ring_at(worker_trace_entries(system_home(s, o.actor)), 1);
    assert_string_equal(e->type, "TEST");
    assert_int_equal(e->actor.id, 1);
    assert_int_equal(e->bytes, sizeof(struct test_payload));
    assert_true(e->took_us >= 0);
    trace_close(s, o.number, TRACE_STOPPED);
    say(s, 1, 3);
    assert_int_equal(entries(s, 1), 3);
    assert_false(worker_traces(system_home(s, o.actor)));
    probe_end(s);
}

static void all_of_a_kind_on_all_workers_up_to_the_count(void **state)
{
    struct system *s = probe_system(2, 1);
    struct trace_order o = { .by = TRACE_KIND, .actor = { .kind = &probe_kind }, .count = 5, .rate = 100, .until = -1 };

    join(s, &o);
    say(s, 1, 3);
    assert_int_equal(trace_status(s).end, TRACE_RUNS);
    say(s, 2, 7);
    assert_int_equal(trace_status(s).end, TRACE_COUNT);
    assert_int_equal(entries(s, 1) + entries(s, 2), 5);
    probe_end(s);
}

static void a_flood_ends_it(void **state)
{
    struct system *s = probe_system(2, 1);
    struct trace_order o = of_actor(1, 1000, 10);

    join(s, &o);
    say(s, 1, 10);
    assert_int_equal(trace_status(s).end, TRACE_RUNS);
    say(s, 1, 1);
    assert_int_equal(trace_status(s).end, TRACE_RATE);
    assert_int_equal(entries(s, 1), 10);
    assert_int_equal(probe.seen_count, 11);
    probe_end(s);
}

static void a_second_later_there_is_room_again(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order o = of_actor(1, 1000, 10);

    o.from = worker_clock(system_worker(s, 0));
    probe.stays = true;
    join(s, &o);
    for (int i = 0; i < 3; i++) {
        say(s, 1, 10);
        pass(s, SECOND);
    }
    assert_int_equal(trace_status(s).end, TRACE_RUNS);
    assert_int_equal(entries(s, 1), 30);
    probe_end(s);
}

static void time_ends_it(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order o = of_actor(1, 1000, 10);

    o.until = worker_clock(system_worker(s, 0)) + SECOND / 2;
    join(s, &o);
    say(s, 1, 1);
    pass(s, SECOND / 2);
    say(s, 1, 1);
    assert_int_equal(trace_status(s).end, TRACE_TIME);
    assert_int_equal(entries(s, 1), 1);
    probe_end(s);
}

static void what_is_put_off_is_noted_once(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order o = of_actor(1, 2, 2);

    join(s, &o);
    probe_send(s, 1, PROBE_LATER, 0);
    probe_run(s);
    assert_int_equal(entries(s, 1), 0);
    actor_resume(probe.last);
    probe_run(s);
    say(s, 1, 1);
    assert_int_equal(trace_status(s).end, TRACE_COUNT);
    assert_int_equal(entries(s, 1), 2);
    probe_end(s);
}

static void a_failure_of_the_actor_ends_it(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order o = of_actor(1, 100, 100);

    join(s, &o);
    probe_send(s, 1, PROBE_FAIL, 0);
    probe_run(s);
    assert_int_equal(trace_status(s).end, TRACE_RESTARTED);
    probe_end(s);
}

static void its_leaving_ends_it(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order o = of_actor(1, 100, 100);

    join(s, &o);
    say(s, 1, 1);
    say(s, 2, 1);
    pass(s, 5 * SECOND);
    assert_int_equal(trace_status(s).end, TRACE_LEFT);
    probe_end(s);
}

/* A late worker must not be drawn into a trace that is over, nor end the one after it. */
static void a_new_trace_ends_the_old_one(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order old = of_actor(1, 1, 100), new = of_actor(2, 100, 100);

    trace_open(s, &old);
    trace_open(s, &new);
    assert_true(worker_trace_join(system_worker(s, 0), &old));
    assert_false(worker_traces(system_worker(s, 0)));
    assert_true(worker_trace_join(system_worker(s, 0), &new));
    trace_close(s, old.number, TRACE_STOPPED);
    say(s, 1, 2);
    say(s, 2, 2);
    assert_int_equal(trace_status(s).end, TRACE_RUNS);
    assert_int_equal(entries(s, 2), 2);
    probe_end(s);
}

static void a_full_ring_says_what_it_lost(void **state)
{
    struct system *s = probe_system(1, 1);
    struct trace_order o = of_actor(1, TRACE_PLACES + 10, 100000);

    join(s, &o);
    for (int i = 0; i < TRACE_PLACES + 4; i++) {
        probe.seen_count = 0;
        say(s, 1, 1);
    }
    assert_int_equal(worker_trace_lost(system_worker(s, 0)), 4);
    join(s, &o);
    assert_int_equal(worker_trace_lost(system_worker(s, 0)), 0);
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_actor_that_is_meant),
        cmocka_unit_test(all_of_a_kind_on_all_workers_up_to_the_count),
        cmocka_unit_test(a_flood_ends_it),
        cmocka_unit_test(a_second_later_there_is_room_again),
        cmocka_unit_test(time_ends_it),
        cmocka_unit_test(what_is_put_off_is_noted_once),
        cmocka_unit_test(a_failure_of_the_actor_ends_it),
        cmocka_unit_test(its_leaving_ends_it),
        cmocka_unit_test(a_new_trace_ends_the_old_one),
        cmocka_unit_test(a_full_ring_says_what_it_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
