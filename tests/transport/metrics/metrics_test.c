/* Metrics: the rows of all parts say what Prometheus wants of them, and are read in their order. */
#include "tests/test.h"
#include "transport/metrics/metrics.h"
#include "transport/parts.h"

#include <ctype.h>
#include <string.h>

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcmp(name + n - m, end);
}

static void names_are_as_prometheus_wants_them(void **state)
{
    const struct metric_row *row;
    metrics_use(parts);
    for (int i = 0; (row = metric_at(i)); i++) {
        if (strncmp(row->name, "lectern_", 8) || ends_with(row->name, "_total") == row->gauge)
            fail_msg("%s", row->name);
        for (const char *p = row->name; *p; p++)
            assert_true(islower((unsigned char)*p) || *p == '_');
    }
}

/* A name has its help once, at its first row, and its rows stand together and differ in their labels. */
static void rows_of_a_name_stand_together(void **state)
{
    const struct metric_row *row, *before = NULL;
    metrics_use(parts);
    for (int i = 0; (row = metric_at(i)); before = row, i++) {
        bool goes_on = before && !strcmp(row->name, before->name);
        if (!row->help != goes_on)
            fail_msg("%s: %s", row->name, goes_on ? "its help stands at its first row" : "no help");
        for (int k = 0; k < i; k++) {
            const struct metric_row *other = metric_at(k);
            if (!strcmp(row->name, other->name) &&
                (!row->labels || !strcmp(row->labels, other->labels ? other->labels : "")))
                fail_msg("%s: twice with these labels", row->name);
            if (!goes_on && !strcmp(row->name, other->name))
                fail_msg("%s: its rows do not stand together", row->name);
        }
    }
}

/* ---- reading ---- */

static void read_one(struct worker *w, uint64_t *ret)
{
    *ret = 1;
}

static void read_two(struct worker *w, uint64_t *ret)
{
    ret[0] = 2;
    ret[1] = 3;
}

static void each_part_fills_the_places_of_its_rows(void **state)
{
    static const struct metric_row one[] = { { "lectern_one_total", "One." }, { 0 } };
    static const struct metric_row two[] = { { "lectern_two", "Two.", "of=\"a\"", true },
                                             { "lectern_two", NULL, "of=\"b\"", true },
                                             { 0 } };
    static const struct part first = { .metrics = one, .read_metrics = read_one }, none = { 0 },
                             second = { .metrics = two, .read_metrics = read_two };
    static const struct part *const own[] = { &first, &none, &second, NULL };
    uint64_t read[METRICS_MOST] = { 0 };
    metrics_use(own);
    metrics_read(NULL, read);
    assert_int_equal(read[0], 1);
    assert_int_equal(read[1], 2);
    assert_int_equal(read[2], 3);
    assert_int_equal(read[3], 0);
    assert_string_equal(metric_at(2)->labels, "of=\"b\"");
    assert_null(metric_at(3));
}

static void without_parts_there_are_none(void **state)
{
    uint64_t read[METRICS_MOST] = { 0 };
    metrics_use(NULL);
    metrics_read(NULL, read);
    assert_null(metric_at(0));
    assert_int_equal(read[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_as_prometheus_wants_them),
        cmocka_unit_test(rows_of_a_name_stand_together),
        cmocka_unit_test(each_part_fills_the_places_of_its_rows),
        cmocka_unit_test(without_parts_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
