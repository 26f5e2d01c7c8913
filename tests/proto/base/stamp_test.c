/* Stamps: the text form both ways. */
#include "proto/base/stamp.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

static void whole_stamps_always_have_microseconds(void **state)
{
    struct buf out = { 0 };
    stamp_put_whole(&out, pairs[0].us);
    stamp_put_whole(&out, pairs[1].us);
    assert_true(text_is(buf_view(&out), "2026-02-24T16:24:20.6664282026-02-24T16:24:20.000000"));
    buf_fini(&out);
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

static void days(void **state)
{
    static const struct {
        const char *text;
        int32_t days;
    } good[] = {
        { "2000-01-01", 0 },  { "1999-12-31", -1 },      { "2024-02-29", 8825 },
        { "2000-02-29", 59 }, { "0001-01-01", -730119 }, { "9999-12-31", 2921939 },
    };
    static const char *const bad[] = { "",           "2025-02-30", "2025-02-29",   "1900-02-29",  "2025-13-01",
                                       "2025-00-10", "2025-01-00", "2025-04-31",   "26-10-2025",  "20251026",
                                       "2025-1-1",   "2025-W43-7", "0000-01-01",   "2025-01-01 ", "2025/01/01",
                                       "+025-01-01", "2025-01-0x", "2025-01-01T00" };
    int32_t v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(stamp_read_date(text_of(good[i].text), &v));
        assert_int_equal(v, good[i].days);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (stamp_read_date(text_of(bad[i]), &v))
            fail_msg("taken: %s", bad[i]);
}

static void times_of_day(void **state)
{
    static const char *const bad[] = { "",      "24:00", "9:00", "09:60", "09:00:60", "0900",     "09:00:",
                                       "09-00", "-9:00", "09:0", "+9:00", "09:00Z",   "09:00.00", "09:00:00.5" };
    int32_t v;
    assert_true(stamp_read_time(TEXT("00:00"), &v) && v == 0);
    assert_true(stamp_read_time(TEXT("09:30"), &v) && v == 34200);
    assert_true(stamp_read_time(TEXT("23:59:59"), &v) && v == 86399);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (stamp_read_time(text_of(bad[i]), &v))
            fail_msg("taken: %s", bad[i]);
}

static void clocks(void **state)
{
    static const char *const bad[] = { "",       "1:2",    "1:2:3:4", "24:0:0",  "0:60:0",  "0:0:60", "::",
                                       "1::3",   ":2:3",   "1:2:",    "001:2:3", "1:2:003", "-1:2:3", "+1:2:3",
                                       " 1:2:3", "1:2:3 ", "1:2:3.0", "1:2:3Z",  "a:b:c",   "1-2-3",  "1:2:\xd9\xa3" };
    int32_t v;
    assert_true(stamp_read_clock(TEXT("0:0:0"), &v) && v == 0);
    assert_true(stamp_read_clock(TEXT("9:5:3"), &v) && v == 32703);
    assert_true(stamp_read_clock(TEXT("09:05:03"), &v) && v == 32703);
    assert_true(stamp_read_clock(TEXT("23:59:59"), &v) && v == 86399);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (stamp_read_clock(text_of(bad[i]), &v))
            fail_msg("taken: %s", bad[i]);
}

static void now_is_now(void **state)
{
    struct timespec before, after; /* time() may lag behind the clock that stamps are read from */
    clock_gettime(CLOCK_REALTIME, &before);
    int64_t us = stamp_now();
    clock_gettime(CLOCK_REALTIME, &after);
    assert_in_range(us / 1000000, before.tv_sec, after.tv_sec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_are_written), cmocka_unit_test(whole_stamps_always_have_microseconds),
        cmocka_unit_test(stamps_are_read),    cmocka_unit_test(short_fractions_are_read),
        cmocka_unit_test(rubbish_is_refused), cmocka_unit_test(days),
        cmocka_unit_test(times_of_day),       cmocka_unit_test(clocks),
        cmocka_unit_test(now_is_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
