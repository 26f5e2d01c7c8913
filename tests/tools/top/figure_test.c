/* Figure: units, rates by difference, and what is said where there is nothing to say. */
#include "tools/top/figure.h"

#include "tests/test.h"
#include "tools/top/shown.h"

#include <math.h>

#include <stdlib.h>

struct reading_of {
    enum figure figure;
    const char *key, *now, *before, *text;
};

static void reads(const struct reading_of *r)
{
    json_t *now = json_loads(r->now, 0, NULL), *before = r->before ? json_loads(r->before, 0, NULL) : NULL;
    struct figure_cell cell;
    assert_non_null(now);
    figure_read(r->figure, r->key, &(struct figure_of){ now, before, 2000 }, &cell);
    if (strcmp(cell.text, r->text) != 0)
        fail_msg("%s of %s became %s, not %s", r->key, r->now, cell.text, r->text);
    json_decref(now);
    json_decref(before);
}

static void each_figure_has_its_unit(void **s)
{
    static const struct reading_of readings[] = {
        { FIGURE_PLAIN, "n", "{\"n\":1234567}", NULL, "1234567" },
        { FIGURE_PLAIN, "n", "{\"n\":0.25}", NULL, "0.250" },
        { FIGURE_PLAIN, "n", "{\"n\":null}", NULL, "-" },
        { FIGURE_PLAIN, "n", "{}", NULL, "-" },
        { FIGURE_PLAIN, "n", "{\"n\":true}", NULL, "yes" },
        { FIGURE_PLAIN, "n", "{\"n\":\"\\u001b[2Jx\"}", NULL, "?[2Jx" },
        { FIGURE_PLAIN, "n", "{\"n\":{\"a\":[1]}}", NULL, "{\"a\":[1]}" },
        { FIGURE_SHARE, "n", "{\"n\":0.125}", NULL, "12.5" },
        { FIGURE_FILL, "n", "{\"n\":32,\"limit\":64}", NULL, "50.0" },
        { FIGURE_FILL, "n", "{\"n\":32,\"limit\":null}", NULL, "-" },
        { FIGURE_BYTES, "n", "{\"n\":512}", NULL, "512" },
        { FIGURE_BYTES, "n", "{\"n\":20447232}", NULL, "19.5M" },
        { FIGURE_MS, "n", "{\"n\":1.5}", NULL, "1.50" },
        { FIGURE_MS, "n", "{\"n\":1234.5}", NULL, "1234" },
        { FIGURE_AGE_MS, "n", "{\"n\":1500}", NULL, "1.5s" },
        { FIGURE_AGE_S, "n", "{\"n\":45}", NULL, "45s" },
        { FIGURE_AGE_S, "n", "{\"n\":3725}", NULL, "1h02m" },
        { FIGURE_AGE_S, "n", "{\"n\":273600}", NULL, "3d04h" },
        { FIGURE_AGE_US, "n", "{\"n\":200000}", NULL, "200ms" },
        { FIGURE_AGE_US, "n", "{\"n\":45}", NULL, "45us" },
        { FIGURE_AGE_US, "n", "{\"n\":0}", NULL, "0s" },
        { FIGURE_ANSWERS, "n", "{\"n\":true}", NULL, "yes" },
        { FIGURE_ANSWERS, "n", "{\"n\":false}", NULL, "SILENT" },
        { FIGURE_UP, "n", "{\"n\":false}", NULL, "DOWN" },
        { FIGURE_UP, "n", "{}", NULL, "-" },
    };
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        reads(&readings[i]);
}

static void rates_are_differences(void **s)
{
    static const struct reading_of readings[] = {
        { FIGURE_PER_SECOND, "n", "{\"n\":30}", "{\"n\":10}", "10" },
        { FIGURE_PER_SECOND, "n", "{\"n\":13}", "{\"n\":10}", "1.5" },
        { FIGURE_PER_SECOND, "n", "{\"n\":10}", "{\"n\":10}", "0.0" },
        { FIGURE_PER_SECOND, "n", "{\"n\":50000}", "{\"n\":0}", "25.0k" },
        { FIGURE_PER_SECOND, "n", "{\"n\":9}", "{\"n\":10}", "-" },
        { FIGURE_PER_SECOND, "n", "{\"n\":9}", "{}", "-" },
        { FIGURE_PER_SECOND, "n", "{\"n\":9}", NULL, "-" },
        { FIGURE_PER_SECOND, "n", "{}", "{\"n\":1}", "-" },
        { FIGURE_LOAD, "n", "{\"n\":1000000}", "{\"n\":0}", "50.0" },
    };
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        reads(&readings[i]);
    json_t *row = json_pack("{s:i}", "n", 1);
    assert_true(isnan(figure_rate(&(struct figure_of){ row, row, 0 }, "n")));
    json_decref(row);
}

static void units_follow_from_names(void **s)
{
    assert_int_equal(figure_of_key("memory_bytes"), FIGURE_BYTES);
    assert_int_equal(figure_of_key("bytes"), FIGURE_BYTES);
    assert_int_equal(figure_of_key("p99_ms"), FIGURE_MS);
    assert_int_equal(figure_of_key("cpu_us"), FIGURE_AGE_US);
    assert_int_equal(figure_of_key("uptime_s"), FIGURE_AGE_S);
    assert_int_equal(figure_of_key("connections"), FIGURE_PLAIN);
    assert_int_equal(figure_of_key("_s"), FIGURE_PLAIN);
}

static void long_texts_end_at_a_character(void **s)
{
    struct figure_cell cell;
    char name[2 * FIGURE_TEXT_MAX + 2] = "x";
    for (size_t i = 1; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa9", 3);
    json_t *row = json_pack("{s:s}", "name", name);
    figure_read(FIGURE_PLAIN, "name", &(struct figure_of){ .now = row }, &cell);
    assert_true(strlen(cell.text) < FIGURE_TEXT_MAX && strlen(cell.text) >= FIGURE_TEXT_MAX - 2);
    assert_null(strchr(cell.text, '?'));
    assert_int_equal(strlen(cell.text) % 2, 1);
    json_decref(row);
}

static int begin(void **s)
{
    shown_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_figure_has_its_unit),
        cmocka_unit_test(rates_are_differences),
        cmocka_unit_test(units_follow_from_names),
        cmocka_unit_test(long_texts_end_at_a_character),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
