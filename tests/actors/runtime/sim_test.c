/* Sim: a seed reproduces a run; another seed gives another one; time moves only when told; calls and services work. */
#include "runtime_help.h"

enum { ACTORS = 20, STEPS = 300 };

/* Random messages, failures, timers and passages of time, all drawn from the seed. */
static uint64_t run_of(uint64_t seed, int64_t *ret_seen)
{
    struct system *s = probe_system(3, seed);

    for (int i = 0; i < STEPS; i++) {
        uint64_t chance = sim_random(s);
        int64_t id = sim_random(s) % ACTORS;
        if (chance % 16 == 0)
            sim_advance(s, sim_random(s) % SECOND);
        else if (chance % 16 == 1)
            probe_ask(s, id, PROBE_FAIL, 0);
        else if (chance % 16 == 2)
            probe_ask(s, id, PROBE_REPLY, 0);
        else
            probe_send(s, id, PROBE_NOTE, i);
        if (chance % 5 == 0)
            sim_run(s, 1 + sim_random(s) % 10);
    }
    probe_run(s);
    uint64_t trace = sim_trace(s);
    *ret_seen = probe.seen_count;
    probe_end(s);
    return trace;
}

static void seed_decides_everything(void **state)
{
    int64_t seen, again;
    uint64_t last = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t trace = run_of(seed, &seen);
        assert_int_equal(run_of(seed, &again), trace);
        assert_int_equal(again, seen);
        assert_true(seen > STEPS / 4);
        assert_true(trace != last);
        last = trace;
    }
}

/* The same messages from the same test, only the order of the runs differs. */
static void seed_decides_the_order(void **state)
{
    int different = 0;

    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct system *s = probe_system(1, seed);
        for (int i = 0; i < 10; i++)
            probe_send(s, i, PROBE_NOTE, i);
        probe_run(s);
        for (int i = 0; i < 10; i++)
            different += probe.seen[i] != i;
        probe_end(s);
    }
    assert_true(different > 0);
}

static uint64_t fired_at[8];
static int fired_count;

static void fired(struct timer *t)
{
    fired_at[fired_count++] = worker_now(worker_current());
}

static void tick(void *arg)
{
    int *ticks = arg;

    ++*ticks;
}

static void clock_moves_only_when_told(void **state)
{
    struct system *s = probe_system(2, 1);
    struct worker *w = system_worker(s, 0), *v = system_worker(s, 1);
    struct timer a = { .fire = fired }, b = { .fire = fired };
    uint64_t start = worker_now(w);
    int ticks = 0;

    fired_count = 0;
    assert_false(sim_next_timer(s));
    worker_timer_start(w, &a, 20 * MS);
    worker_timer_start(v, &b, 10 * MS);
    worker_every(w, 30 * MS, tick, &ticks);
    assert_true(sim_next_timer(s));
    assert_int_equal(worker_now(w), start + 10 * MS);
    worker_timer_start(w, &a, 15 * MS);
    sim_advance(s, 100 * MS);
    assert_int_equal(fired_count, 2);
    assert_int_equal(fired_at[0], start + 10 * MS);
    assert_int_equal(fired_at[1], start + 25 * MS);
    assert_int_equal(ticks, 3);
    assert_int_equal(worker_now(v), start + 110 * MS);
    worker_timer_stop(w, &a);
    probe_end(s);
}

static void call(struct worker *w, void *arg)
{
    assert_ptr_equal(worker_current(), w);
    assert_null(worker_loop(w));
    *(int *)arg += 1 + worker_index(w);
}

static void calls_and_hooks_run_on_their_worker(void **state)
{
    struct system *s = probe_system(2, 1);
    int sum = 0, turns = 0;

    worker_at_end_of_turn(system_worker(s, 1), tick, &turns);
    worker_set_service(system_worker(s, 1), SERVICE_IDS, &sum);
    assert_ptr_equal(worker_service(system_worker(s, 1), SERVICE_IDS), &sum);
    assert_null(worker_service(system_worker(s, 0), SERVICE_IDS));
    assert_true(worker_call(system_worker(s, 0), call, &sum));
    assert_true(worker_call(system_worker(s, 1), call, &sum));
    assert_int_equal(sum, 0);
    probe_run(s);
    assert_int_equal(sum, 3);
    assert_int_equal(turns, 1);
    assert_null(worker_current());
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_decides_everything),
        cmocka_unit_test(seed_decides_the_order),
        cmocka_unit_test(clock_moves_only_when_told),
        cmocka_unit_test(calls_and_hooks_run_on_their_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
