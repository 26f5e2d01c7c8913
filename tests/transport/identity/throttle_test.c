/* Throttle: failures are counted by key, for a while, whoever counts them. */
#include "tests/test.h"
#include "transport/identity/throttle.h"

#include <pthread.h>
#include <stdio.h>

enum { WINDOW = 1000, MOST = 3 };

static const struct text ada = { "ada", 3 }, ben = { "ben", 3 };

static void a_key_that_failed_too_often_waits_for_the_window(void **state)
{
    struct throttle *t = throttle_create(WINDOW);
    assert_non_null(t);
    for (int i = 0; i < MOST; i++) {
        assert_int_equal(0, throttle_wait(t, ada, MOST, 100));
        throttle_failed(t, ada, (uint64_t)(100 + i));
    }
    assert_int_equal(throttle_wait(t, ada, MOST, 103), WINDOW - 3);
    assert_int_equal(0, throttle_wait(t, ada, MOST + 1, 103));
    assert_int_equal(0, throttle_wait(t, ben, MOST, 103));
    assert_int_equal(throttle_wait(t, ada, MOST, 99 + WINDOW), 1);
    assert_int_equal(0, throttle_wait(t, ada, MOST, 100 + WINDOW));
    throttle_failed(t, ada, 100 + WINDOW);
    assert_int_equal(0, throttle_wait(t, ada, 2, 100 + WINDOW));
    throttle_destroy(t);
}

static void a_good_sign_in_forgets(void **state)
{
    struct throttle *t = throttle_create(WINDOW);
    for (int i = 0; i < MOST; i++) {
        throttle_failed(t, ada, 1);
        throttle_failed(t, ben, 1);
    }
    throttle_forget(t, ada);
    throttle_forget(t, TEXT("nobody"));
    assert_int_equal(0, throttle_wait(t, ada, 1, 2));
    assert_int_not_equal(0, throttle_wait(t, ben, MOST, 2));
    throttle_destroy(t);
}

/* Workers read their clocks once per turn: another one's may be behind. */
static void a_clock_that_is_behind_counts_too(void **state)
{
    struct throttle *t = throttle_create(WINDOW);
    throttle_failed(t, ada, 500);
    throttle_failed(t, ada, 490);
    assert_int_not_equal(0, throttle_wait(t, ada, 2, 495));
    throttle_destroy(t);
}

static void a_newer_key_takes_the_place_of_an_older(void **state)
{
    struct throttle *t = throttle_create(WINDOW);
    throttle_failed(t, ada, 1);
    char name[16];
    for (int i = 0; i < 20 * THROTTLE_PLACES; i++) {
        int n = snprintf(name, sizeof name, "%d", i);
        throttle_failed(t, (struct text){ name, (size_t)n }, 1);
        assert_int_not_equal(0, throttle_wait(t, (struct text){ name, (size_t)n }, 1, 1));
    }
    assert_int_equal(0, throttle_wait(t, ada, 1, 1));
    throttle_destroy(t);
}

/* Guesses at ever new accounts leave the count of the address that they come from. */
static void what_failed_often_outlives_what_failed_once(void **state)
{
    struct throttle *t = throttle_create(WINDOW);
    char name[16];
    throttle_failed(t, ada, 1);
    throttle_failed(t, ada, 1);
    for (int i = 0; i < 4 * THROTTLE_PLACES; i++) {
        int n = snprintf(name, sizeof name, "%d", i);
        throttle_failed(t, (struct text){ name, (size_t)n }, 2);
    }
    assert_int_not_equal(0, throttle_wait(t, ada, 2, 3));
    throttle_destroy(t);
}

static void *fail_often(void *arg)
{
    for (int i = 0; i < 10000; i++)
        throttle_failed(arg, ada, 1);
    return NULL;
}

static void no_failure_is_lost_between_workers(void **state)
{
    struct throttle *t = throttle_create(WINDOW);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fail_often, t), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_not_equal(0, throttle_wait(t, ada, 40000, 1));
    assert_int_equal(0, throttle_wait(t, ada, 40001, 1));
    throttle_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_failed_too_often_waits_for_the_window),
        cmocka_unit_test(a_good_sign_in_forgets),
        cmocka_unit_test(a_clock_that_is_behind_counts_too),
        cmocka_unit_test(a_newer_key_takes_the_place_of_an_older),
        cmocka_unit_test(what_failed_often_outlives_what_failed_once),
        cmocka_unit_test(no_failure_is_lost_between_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
