/* Offsets as people write them. */
#include "proto/base/zone.h"
#include "tests/test.h"

static void offsets_are_read_east_positive(void **state)
{
    static const char *const cases[][2] = {
        { "UTC", "UTC" },
        { "utc", "UTC" },
        { "GMT", "UTC" },
        { "Z", "UTC" },
        { "z", "UTC" },
        { "+0", "UTC" },
        { "-00:00", "UTC" },
        { "UTC+0", "UTC" },
        { "UTC+12", "<+12:00>-12:00" },
        { "utc-12", "<-12:00>+12:00" },
        { "GMT+5:30", "<+05:30>-05:30" },
        { "+05:30", "<+05:30>-05:30" },
        { "+0530", "<+05:30>-05:30" },
        { "UTC+0545", "<+05:45>-05:45" },
        { "-3", "<-03:00>+03:00" },
        { "UTC\xe2\x88\x92"
          "3",
          "<-03:00>+03:00" },
        { " UTC + 14 ", "<+14:00>-14:00" },
        { "+14:00", "<+14:00>-14:00" },
        { "-9:30", "<-09:30>+09:30" },
        { "+00:20", "<+00:20>-00:20" },
    };
    char zone[ZONE_TEXT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!zone_read_offset(cases[i][0], zone))
            fail_msg("%s is not read", cases[i][0]);
        assert_string_equal(zone, cases[i][1]);
    }
}

static void what_is_none_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "5",
        "05:30",
        "UTC5",
        "UTC+",
        "+",
        "-",
        "+530",
        "+05:3",
        "+05:300",
        "+5:60",
        "+14:01",
        "+15",
        "-12:01",
        "-13",
        "+99",
        "+1:2:3",
        "UTC+-3",
        "UTC++3",
        "+5h",
        "IST",
        "IST+5:30",
        "EST5EDT",
        "<+05>-5",
        "Zulu",
        "Etc/GMT+12",
        "UTC+3Z",
        "GMT0",
        "+05.5",
        "UTC+\xe2\x88\x92"
        "3",
        "+ 05:30 something that is far too long to be one",
    };
    char zone[ZONE_TEXT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (zone_read_offset(cases[i], zone))
            fail_msg("%s is read as %s", cases[i], zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_read_east_positive),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
