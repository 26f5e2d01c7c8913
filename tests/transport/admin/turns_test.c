/* Turns: who is served next, whatever others ask for. */
#include "tests/test.h"
#include "transport/admin/turns.h"

#include <stdlib.h>

enum { MOST = 100 };
static struct turns t;
static struct asker askers[MOST];
static int n;

static int setup(void **state)
{
    t = (struct turns){ 0 };
    memset(askers, 0, sizeof askers);
    n = 0;
    return 0;
}

/* A new asker, which waits at once. */
static struct asker *come(int64_t uid, int64_t pid)
{
    struct asker *a = &askers[n++];
    a->caller = (struct admin_caller){ .uid = uid, .pid = pid };
    turns_add(&t, a);
    turns_wait(&t, a);
    return a;
}

static void nobody_is_next_of_nobody(void **state)
{
    assert_null(turns_next(&t));
    struct asker *a = come(0, 1);
    assert_ptr_equal(turns_next(&t), a);
    assert_null(turns_next(&t));
    turns_remove(&t, a);
    assert_null(turns_next(&t));
}

static void of_one_process_who_came_first(void **state)
{
    for (int i = 0; i < 5; i++)
        come(0, 1);
    for (int i = 0; i < 5; i++)
        assert_ptr_equal(turns_next(&t), &askers[i]);
    assert_null(turns_next(&t));
}

/* It has as many connections as there are, and always asks again. */
static void a_flood_of_one_process_costs_another_one_turn(void **state)
{
    for (int i = 0; i < 60; i++)
        come(0, 1);
    for (int i = 0; i < 200; i++)
        turns_wait(&t, turns_next(&t));
    struct asker *other = come(0, 2);
    assert_ptr_equal(turns_next(&t), other);
    for (int i = 0; i < 20; i++) {
        turns_wait(&t, other);
        struct asker *flood = turns_next(&t);
        assert_int_equal(flood->caller.pid, 1);
        turns_wait(&t, flood);
        assert_ptr_equal(turns_next(&t), other);
    }
}

static void a_flood_of_processes_costs_another_user_one_turn(void **state)
{
    for (int i = 0; i < 60; i++)
        come(1000, 100 + i);
    turns_wait(&t, turns_next(&t));
    struct asker *other = come(1001, 1);
    assert_ptr_equal(turns_next(&t), other);
    turns_wait(&t, other);
    assert_int_equal(turns_next(&t)->caller.uid, 1000);
    assert_ptr_equal(turns_next(&t), other);
}

/* Whoever asks once and comes anew each time does not overtake who stays. */
static void coming_anew_gains_nothing(void **state)
{
    struct asker *stays = come(0, 1), *before = turns_next(&t);
    assert_ptr_equal(before, stays);
    come(0, 2);
    assert_int_equal(turns_next(&t)->caller.pid, 2);
    turns_wait(&t, stays);
    for (int i = 0; i < 20; i++)
        come(0, 3 + i);
    assert_ptr_equal(turns_next(&t), stays);
}

static void processes_take_turns(void **state)
{
    for (int i = 0; i < 30; i++)
        come(0, i % 3);
    int served[3] = { 0 };
    for (int i = 0; i < 30; i++) {
        served[turns_next(&t)->caller.pid]++;
        for (int j = 0; j < 3; j++)
            assert_true(served[j] >= i / 3 && served[j] <= i / 3 + 1);
    }
}

static void who_goes_leaves_the_others(void **state)
{
    struct asker *a = come(0, 1), *b = come(0, 1), *c = come(0, 1);
    turns_remove(&t, b);
    assert_ptr_equal(turns_next(&t), a);
    assert_ptr_equal(turns_next(&t), c);
    turns_remove(&t, a);
    turns_remove(&t, c);
    assert_null(t.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nobody_is_next_of_nobody, setup),
        cmocka_unit_test_setup(of_one_process_who_came_first, setup),
        cmocka_unit_test_setup(a_flood_of_one_process_costs_another_one_turn, setup),
        cmocka_unit_test_setup(a_flood_of_processes_costs_another_user_one_turn, setup),
        cmocka_unit_test_setup(coming_anew_gains_nothing, setup),
        cmocka_unit_test_setup(processes_take_turns, setup),
        cmocka_unit_test_setup(who_goes_leaves_the_others, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
