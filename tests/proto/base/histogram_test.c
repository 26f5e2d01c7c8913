/* Histogram against a model that keeps every value: bounds of buckets, counts, sums, quantiles, merging. */
#include "proto/base/histogram.h"
#include "tests/test.h"

#include <stdlib.h>

enum { VALUES = 20000 };

static uint64_t random_state = 42;

static uint64_t chance(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return random_state >> 33;
}

/* Of every size alike. */
static uint64_t value(void)
{
    return (chance() << 8 | (chance() & 0xff)) >> chance() % 39;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void buckets_follow_each_other(void **s)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t bottom = histogram_bottom(i), next = histogram_bottom(i + 1);
        assert_true(next > bottom && (i < HISTOGRAM_STEPS || next - bottom <= bottom / HISTOGRAM_STEPS));
        assert_int_equal(histogram_bucket(bottom), i);
        assert_int_equal(histogram_bucket(next - 1), i);
    }
    assert_int_equal(histogram_bottom(HISTOGRAM_BUCKETS), (uint64_t)1 << HISTOGRAM_POWERS);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void it_agrees_with_all_values(void **s)
{
    static uint64_t values[VALUES];
    struct histogram halves[2] = { 0 }, whole = { 0 };
    uint64_t sum = 0;
    for (int i = 0; i < VALUES; i++) {
        sum += values[i] = value();
        histogram_add(&halves[i % 2], values[i]);
    }
    histogram_merge(&whole, &halves[0]);
    histogram_merge(&whole, &halves[1]);
    qsort(values, VALUES, sizeof *values, by_size);
    assert_int_equal(histogram_count(&whole), VALUES);
    assert_int_equal(whole.sum, sum);
    for (int percent = 0; percent <= 100; percent++) {
        uint64_t at = VALUES * (uint64_t)percent / 100;
        uint64_t exact = values[at < VALUES ? at : VALUES - 1];
        assert_int_equal(histogram_quantile(&whole, percent / 100.0), histogram_bottom(histogram_bucket(exact)));
    }
    for (unsigned power = 0; power < HISTOGRAM_POWERS; power++) {
        uint64_t below = 0;
        while (below < VALUES && values[below] < (uint64_t)1 << power)
            below++;
        assert_int_equal(histogram_below(&whole, power), below);
    }
}

static void what_came_since_is_the_difference(void **s)
{
    struct histogram h = { 0 }, expected = { 0 };
    histogram_add(&h, 7);
    struct histogram before = h;
    histogram_add(&h, 7);
    histogram_add(&h, 900);
    histogram_add(&expected, 7);
    histogram_add(&expected, 900);
    histogram_subtract(&h, &before);
    assert_memory_equal(&h, &expected, sizeof h);
}

static void nothing_has_no_quantile(void **s)
{
    struct histogram h = { 0 };
    assert_int_equal(histogram_quantile(&h, .5), 0);
    assert_int_equal(histogram_count(&h), 0);
}

static void clocks_that_disagree_count_as_no_time(void **s)
{
    struct histogram h = { 0 };
    histogram_add_ns(&h, 5000, 4000);
    histogram_add_ns(&h, 5000, 9999);
    assert_int_equal(h.bucket[0], 1);
    assert_int_equal(h.bucket[4], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_follow_each_other),
        cmocka_unit_test(it_agrees_with_all_values),
        cmocka_unit_test(what_came_since_is_the_difference),
        cmocka_unit_test(nothing_has_no_quantile),
        cmocka_unit_test(clocks_that_disagree_count_as_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
