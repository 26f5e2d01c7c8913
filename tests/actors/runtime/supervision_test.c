/* Supervision: how many failures within a window are too many, and what probation does to that. */
#include "actors/runtime/supervision.h"
#include "tests/test.h"

enum { WINDOW = 100 };

static void one_more_than_allowed_is_too_many(void **state)
{
    struct supervision *v = supervision_create(2);

    assert_false(supervision_too_many(v, 1000, WINDOW));
    assert_false(supervision_too_many(v, 1050, WINDOW));
    assert_int_equal(supervision_recent(v, 1050, WINDOW), 2);
    assert_true(supervision_too_many(v, 1100, WINDOW)); /* the first was just within the window */
    supervision_destroy(v);
}

static void what_the_window_has_left_behind_counts_no_more(void **state)
{
    struct supervision *v = supervision_create(2);

    assert_false(supervision_too_many(v, 1000, WINDOW));
    assert_false(supervision_too_many(v, 1050, WINDOW));
    assert_false(supervision_too_many(v, 1101, WINDOW));
    assert_int_equal(supervision_recent(v, 1101, WINDOW), 2);
    assert_int_equal(supervision_recent(v, 1202, WINDOW), 0);
    supervision_destroy(v);
}

static void on_probation_the_next_failure_is_too_many(void **state)
{
    struct supervision *v = supervision_create(3);

    assert_false(supervision_too_many(v, 1000, WINDOW));
    supervision_put_on_probation(v, 5000);
    assert_true(supervision_too_many(v, 5000 + WINDOW, WINDOW));
    supervision_put_on_probation(v, 9000);
    assert_false(supervision_too_many(v, 9001 + WINDOW, WINDOW));
    supervision_destroy(v);
}

static void the_last_reason_is_kept(void **state)
{
    struct supervision *v = supervision_create(1);

    assert_null(v->why);
    supervision_note(v, "no rows", true);
    assert_string_equal(v->why, "no rows");
    assert_true(v->loading);
    supervision_note(v, NULL, false);
    assert_string_equal(v->why, "unknown");
    assert_false(v->loading);
    supervision_destroy(v);
    supervision_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_than_allowed_is_too_many),
        cmocka_unit_test(what_the_window_has_left_behind_counts_no_more),
        cmocka_unit_test(on_probation_the_next_failure_is_too_many),
        cmocka_unit_test(the_last_reason_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
