/* Slow: entries are kept, the oldest makes way, and forgetting hides them without losing the count. */
#include "tests/actors/runtime/runtime_help.h"

#include "actors/runtime/slow.h"

static void note(struct worker *w, int64_t took_us)
{
    worker_slow_note(w, &(struct slow_entry){ .what = SLOW_REQUEST, .took_us = took_us });
}

static uint64_t kept(const struct worker *w)
{
    return worker_slow_entries(w)->last - worker_slow_first(w) + 1;
}

static void the_limit_is_included_and_none_means_never(void **state)
{
    assert_true(slow_is(20 * 1000000, 20));
    assert_false(slow_is(20 * 1000000 - 1, 20));
    assert_false(slow_is(UINT64_MAX, 0));
}

static void the_oldest_makes_way_and_all_are_counted(void **state)
{
    struct system *s = probe_system(1, 1);
    struct worker *w = system_worker(s, 0);

    assert_int_equal(kept(w), 0);
    for (int i = 1; i <= SLOW_PLACES + 3; i++)
        note(w, i);
    assert_int_equal(kept(w), SLOW_PLACES);
    assert_int_equal(((const struct slow_entry *)ring_at(worker_slow_entries(w), worker_slow_first(w)))->took_us, 4);
    assert_int_equal(worker_slow_counts(w).of[SLOW_REQUEST], SLOW_PLACES + 3);
    assert_int_equal(worker_slow_counts(w).of[SLOW_TURN], 0);
    probe_end(s);
}

static void what_is_forgotten_is_not_shown_again(void **state)
{
    struct system *s = probe_system(1, 1);
    struct worker *w = system_worker(s, 0);

    note(w, 1);
    worker_slow_forget(w);
    assert_int_equal(kept(w), 0);
    note(w, 2);
    assert_int_equal(kept(w), 1);
    assert_int_equal(((const struct slow_entry *)ring_at(worker_slow_entries(w), worker_slow_first(w)))->took_us, 2);
    assert_int_equal(worker_slow_counts(w).of[SLOW_REQUEST], 2);
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_included_and_none_means_never),
        cmocka_unit_test(the_oldest_makes_way_and_all_are_counted),
        cmocka_unit_test(what_is_forgotten_is_not_shown_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
