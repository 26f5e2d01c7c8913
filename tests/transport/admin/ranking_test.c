/* Ranking: the highest are kept whatever the order they come in, against a sort of all of them. */
#include "tests/test.h"
#include "transport/admin/ranking.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 500 };

static void put(const void *item, struct json *out)
{
    json_int(out, NULL, *(const int *)item);
}

static int highest_first(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

static void check(size_t most, size_t n, unsigned seed)
{
    int keys[MANY];
    struct ranking r;
    struct buf answer = { 0 }, expected = { 0 };
    assert_true(ranking_init(&r, most, sizeof(int)));
    srandom(seed);
    for (size_t i = 0; i < n; i++) {
        keys[i] = (int)(random() % 1000) - 500;
        ranking_offer(&r, keys[i], &keys[i]);
    }
    qsort(keys, n, sizeof *keys, highest_first);
    ranking_answer(&r, put, &answer);
    buf_printf(&expected, "%zu\n", n);
    for (size_t i = 0; i < n && i < most; i++)
        buf_printf(&expected, "%d %d\n", keys[i], keys[i]);
    assert_true(text_equal(buf_view(&answer), buf_view(&expected)));
    buf_fini(&answer);
    buf_fini(&expected);
    ranking_fini(&r);
}

static void the_highest_are_kept(void **state)
{
    static const size_t most[] = { 1, 2, 3, 10, 499, 500, 1000 };
    for (unsigned seed = 1; seed <= 20; seed++)
        for (size_t i = 0; i < sizeof most / sizeof *most; i++)
            check(most[i], MANY, seed);
    check(5, 0, 1);
    check(5, 1, 1);
}

static void without_memory_all_are_left_off(void **state)
{
    struct ranking r = { .size = sizeof(int) }; /* as a failed init leaves it */
    struct buf answer = { 0 };
    int item = 7;
    ranking_offer(&r, 1, &item);
    ranking_answer(&r, put, &answer);
    assert_true(text_is(buf_view(&answer), "1\n"));
    buf_fini(&answer);
    ranking_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_highest_are_kept),
                                        cmocka_unit_test(without_memory_all_are_left_off) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
