/* Buckets: what is taken is there again after its time, what is held when it is given back, for all threads together. */
#include "tests/test.h"

#include "actors/runtime/buckets.h"

#include <pthread.h>

enum { THREADS = 4, TRIES = 20000, MOST = 1000 };

static const uint64_t SECOND = 1000000000, TICK = 4096;

static struct buckets *b;

static int setup(void **state)
{
    b = buckets_create();
    return !b;
}

static int teardown(void **state)
{
    buckets_destroy(b);
    return 0;
}

/* Ten in ten seconds. */
static uint64_t take(uint64_t key, uint64_t n, uint64_t now)
{
    return buckets_take(b, key, n, 10, 10 * SECOND, now);
}

static void near(uint64_t is, uint64_t wanted)
{
    assert_in_range(is, wanted - 20 * TICK, wanted + 20 * TICK);
}

/* Keys that share a set. */
static uint64_t neighbour(uint64_t i)
{
    return (i + 1) << 40 | 7;
}

static void a_full_bucket_gives_all_at_once_then_one_by_one(void **state)
{
    for (int i = 0; i < 10; i++)
        assert_int_equal(take(1, 1, 5 * SECOND), 0);
    near(take(1, 1, 5 * SECOND), SECOND);
    near(take(1, 1, 5 * SECOND + SECOND / 2), SECOND / 2);
    assert_int_equal(take(1, 1, 6 * SECOND + 20 * TICK), 0);
    assert_int_not_equal(take(1, 1, 6 * SECOND + 20 * TICK), 0);
    assert_int_equal(take(1, 10, 17 * SECOND), 0);
}

static void keys_have_buckets_of_their_own(void **state)
{
    assert_int_equal(take(1, 10, SECOND), 0);
    assert_int_equal(take(2, 10, SECOND), 0);
    assert_int_equal(take(neighbour(1), 10, SECOND), 0);
    assert_int_equal(take(neighbour(2), 10, SECOND), 0);
    assert_int_not_equal(take(1, 1, SECOND), 0);
}

static void more_than_there_ever_is_takes_a_full_bucket(void **state)
{
    assert_int_equal(take(1, 500, SECOND), 0);
    near(take(1, 1, SECOND), SECOND);
    near(take(1, 500, SECOND), 10 * SECOND);
}

static void what_is_refused_takes_nothing(void **state)
{
    assert_int_equal(take(1, 9, SECOND), 0);
    for (int i = 0; i < 5; i++)
        near(take(1, 2, SECOND), SECOND);
    assert_int_equal(take(1, 1, SECOND), 0);
}

static void what_is_given_back_is_there(void **state)
{
    assert_int_equal(take(1, 10, SECOND), 0);
    buckets_give(b, 1, 4, 10, 10 * SECOND, SECOND);
    assert_int_equal(take(1, 3, SECOND), 0);
    buckets_give(b, 1, 100, 10, 10 * SECOND, SECOND); /* it is never more than full */
    assert_int_equal(take(1, 10, SECOND), 0);
    assert_int_not_equal(take(1, 1, SECOND), 0);
}

static void a_day_and_many_years_are_no_trouble(void **state)
{
    const uint64_t day = 24 * 3600 * SECOND, year = 365 * day;
    for (uint64_t now = 0; now < 5 * year; now += year / 5 + SECOND) {
        assert_int_equal(buckets_take(b, 1, 5, 5, day, now), 0);
        near(buckets_take(b, 1, 1, 5, day, now), day / 5);
    }
}

static void many_small_ones_are_counted_to_the_tick(void **state)
{
    uint64_t taken = 0, now = SECOND;
    for (int i = 0; i < 100000; i++)
        taken += !buckets_take(b, 1, 1, 50000, 10 * SECOND, now);
    assert_in_range(taken, 49000, 51000);
}

static void in_a_crowd_the_one_that_is_full_first_makes_way(void **state)
{
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(take(neighbour(i), 10 - (i == 3 ? 1 : 0), SECOND), 0);
    assert_int_equal(take(neighbour(8), 10, SECOND), 0);
    for (uint64_t i = 0; i < 8; i++)
        if (i != 3)
            assert_int_not_equal(take(neighbour(i), 1, SECOND), 0);
    assert_int_not_equal(take(neighbour(8), 1, SECOND), 0);
}

static void what_is_held_counts_until_it_is_given_back(void **state)
{
    assert_int_equal(buckets_hold(b, 1, 60, 100), HELD_KEPT);
    assert_int_equal(buckets_hold(b, 1, 41, 100), HELD_REFUSED);
    assert_int_equal(buckets_hold(b, 2, 100, 100), HELD_KEPT);
    assert_int_equal(buckets_hold(b, 1, 40, 100), HELD_KEPT);
    assert_int_equal(buckets_held(b, 1), 100);
    buckets_release(b, 1, 60);
    assert_int_equal(buckets_hold(b, 1, 60, 100), HELD_KEPT);
    buckets_release(b, 1, 100);
    assert_int_equal(buckets_held(b, 1), 0);
    assert_int_equal(buckets_held(b, 2), 100);
}

static void who_holds_never_makes_way(void **state)
{
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(buckets_hold(b, neighbour(i), 1, 10), HELD_KEPT);
    assert_int_equal(buckets_hold(b, neighbour(8), 1, 10), HELD_UNKEPT);
    assert_int_equal(buckets_hold(b, neighbour(8), 11, 10), HELD_REFUSED);
    buckets_release(b, neighbour(4), 1);
    assert_int_equal(buckets_hold(b, neighbour(8), 1, 10), HELD_KEPT);
    for (uint64_t i = 0; i < 9; i++)
        assert_int_equal(buckets_held(b, neighbour(i)), i != 4);
}

static void *try_all(void *arg)
{
    uint64_t *taken = arg;
    for (uint64_t i = 0; i < TRIES; i++) {
        *taken += !buckets_take(b, 1, 1, MOST, 3600 * SECOND, SECOND);
        (void)buckets_take(b, neighbour(i % 6), 1, MOST, SECOND, i * TICK);
        if (buckets_hold(b, 1, 3, 7) == HELD_KEPT)
            buckets_release(b, 1, 3);
        if (buckets_hold(b, neighbour(i % 12), 1, 100) == HELD_KEPT)
            buckets_release(b, neighbour(i % 12), 1);
    }
    return NULL;
}

static void threads_share(void **state)
{
    pthread_t threads[THREADS];
    uint64_t taken[THREADS] = { 0 }, sum = 0;
    (void)take(1, 1, SECOND); /* the key has its place */
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, try_all, &taken[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        sum += taken[i];
    }
    assert_in_range(sum, MOST - 2, MOST);
    assert_int_equal(buckets_held(b, 1), 0);
    for (uint64_t i = 0; i < 12; i++)
        assert_int_equal(buckets_held(b, neighbour(i)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_bucket_gives_all_at_once_then_one_by_one),
        TEST(keys_have_buckets_of_their_own),
        TEST(more_than_there_ever_is_takes_a_full_bucket),
        TEST(what_is_refused_takes_nothing),
        TEST(what_is_given_back_is_there),
        TEST(a_day_and_many_years_are_no_trouble),
        TEST(many_small_ones_are_counted_to_the_tick),
        TEST(in_a_crowd_the_one_that_is_full_first_makes_way),
        TEST(what_is_held_counts_until_it_is_given_back),
        TEST(who_holds_never_makes_way),
        TEST(threads_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
