/* Stamps: the text form both ways. */
#include "proto/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const struct {
    int64_t us;
    const char *text;
} pairs[] = {
    { INT64_C(1771950260666428), "2026-02-24T16:24:20.666428" },
    { INT64_C(1771950260000000), "2026-02-24T16:24:20" },
    { INT64_C(1771950260000001), "2026-02-24T16:24:20.000001" },
    { INT64_C(1771950260100000), "2026-02-24T16:24:20.100000" },
    { INT64_C(1709164800000000), "2024-02-29T00:00:00" },
    { INT64_C(4102444799999999), "2099-12-31T23:59:59.999999" },
    { 1, "1970-01-01T00:00:00.000001" },
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static void stamps_are_written(void **state)
{
    for (int i = 0; i < PAIRS; i++) {
        struct buf out = { 0 };
        stamp_put(&out, pairs[i].us);
        if (!text_is(buf_view(&out), pairs[i].text))
            fail_msg("%.*s is not %s", (int)out.n, out.p, pairs[i].text);
        buf_fini(&out);
    }
}

static void stamps_are_read(void **state)
{
    for (int i = 0; i < PAIRS; i++) {
        int64_t us;
        char blank[32];
        assert_true(stamp_read(text_of(pairs[i].text), &us));
        assert_int_equal(us, pairs[i].us);
        strcpy(blank, pairs[i].text);
        blank[10] = ' ';
        assert_true(stamp_read(text_of(blank), &us));
        assert_int_equal(us, pairs[i].us);
    }
}

static void short_fractions_are_read(void **state)
{
    int64_t us;
    assert_true(stamp_read(TEXT("1970-01-01 00:00:00.5"), &us));
    assert_int_equal(us, 500000);
    assert_true(stamp_read(TEXT("1970-01-01 00:00:00.66642"), &us));
    assert_int_equal(us, 666420);
}

static void rubbish_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "2026-02-24",
                                       "x",
                                       "2026-02-24X16:24:20",
                                       "infinity",
                                       "2026/02/24 16:24:20",
                                       "2026-02-24T16:24:20.66642866642866642866" };
    int64_t us = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(stamp_read(text_of(bad[i]), &us));
    assert_false(stamp_read((struct text){ 0 }, &us));
    assert_int_equal(us, 7);
}

static void now_is_now(void **state)
{
    time_t before = time(NULL);
    int64_t us = stamp_now();
    assert_in_range(us / 1000000, before, time(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_are_written),
        cmocka_unit_test(stamps_are_read),
        cmocka_unit_test(short_fractions_are_read),
        cmocka_unit_test(rubbish_is_refused),
        cmocka_unit_test(now_is_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
