/* Rows: columns, rates of the same thing only, order, filter, and a selection that stays with its row. */
#include "tools/top/rows.h"

#include "tests/test.h"
#include "tools/top/shown.h"

#include <math.h>

#include <stdlib.h>

struct table {
    struct rows rows;
    struct rows_wish wish;
    struct reading reading;
};

static void fill(struct table *t, int view, const char *now, const char *before)
{
    json_decref(t->reading.now);
    json_decref(t->reading.before);
    t->reading = (struct reading){ json_loads(now, 0, NULL), before ? json_loads(before, 0, NULL) : NULL, 1000 };
    assert_non_null(t->reading.now);
    rows_fill(&t->rows, &views[view], &t->reading, &t->wish);
}

static void drop(struct table *t)
{
    rows_fini(&t->rows);
    json_decref(t->reading.now);
    json_decref(t->reading.before);
}

static const char *cell(struct table *t, size_t row, const char *title)
{
    static struct figure_cell ret;
    for (size_t c = 0; c < t->rows.ncolumns; c++)
        if (!strcmp(t->rows.columns[c].title, title)) {
            rows_cell(&t->rows, row, c, &ret);
            return ret.text;
        }
    fail_msg("no column %s", title);
    return NULL;
}

#define ACTOR(address, serial, cpu, depth)                                                                             \
    "{\"address\":\"" address "\",\"serial\":" #serial ",\"cpu_us\":" #cpu ",\"depth\":" #depth ",\"new_bytes\":2048}"

static void rows_are_sorted_by_what_they_do_now(void **s)
{
    struct table t = { 0 };
    fill(&t, VIEW_ACTORS, "[" ACTOR("a/1", 1, 900000, 0) "," ACTOR("a/2", 2, 500000, 0) "," ACTOR("a/3", 3, 7, 0) "]",
         "[" ACTOR("a/1", 1, 890000, 0) "," ACTOR("a/2", 2, 0, 0) "]");
    assert_string_equal(cell(&t, 0, "actor"), "a/2");
    assert_string_equal(cell(&t, 0, "cpu %"), "50.0");
    assert_string_equal(cell(&t, 1, "cpu %"), "1.0");
    assert_string_equal(cell(&t, 2, "cpu %"), "-");
    assert_string_equal(cell(&t, 0, "new_bytes"), "2.0K");
    t.wish.reversed = true;
    rows_fill(&t.rows, &views[VIEW_ACTORS], &t.reading, &t.wish);
    assert_string_equal(cell(&t, 0, "actor"), "a/3");
    assert_string_equal(cell(&t, 2, "actor"), "a/2");
    drop(&t);
}

static void another_thing_of_the_same_name_has_no_rate(void **s)
{
    struct table t = { 0 };
    fill(&t, VIEW_ACTORS, "[" ACTOR("a/1", 2, 900000, 0) "]", "[" ACTOR("a/1", 1, 100, 0) "]");
    assert_string_equal(cell(&t, 0, "cpu %"), "-");
    drop(&t);
}

static void the_selection_goes_with_its_row(void **s)
{
    struct table t = { 0 };
    fill(&t, VIEW_ROOMS, "[{\"room\":1,\"streams\":9},{\"room\":2,\"streams\":5},{\"room\":3,\"streams\":1}]", NULL);
    assert_int_equal(t.rows.selected, 0);
    rows_select(&t.rows, &t.wish, 1);
    assert_string_equal(t.wish.selected, "2");
    fill(&t, VIEW_ROOMS, "[{\"room\":1,\"streams\":9},{\"room\":2,\"streams\":50},{\"room\":3,\"streams\":10}]", NULL);
    assert_int_equal(t.rows.selected, 0);
    fill(&t, VIEW_ROOMS, "[{\"room\":1,\"streams\":9},{\"room\":2,\"streams\":0},{\"room\":3,\"streams\":10}]", NULL);
    assert_int_equal(t.rows.selected, 2);
    fill(&t, VIEW_ROOMS, "[{\"room\":1,\"streams\":9},{\"room\":3,\"streams\":10}]", NULL);
    assert_int_equal(t.rows.selected, 1);
    assert_string_equal(t.wish.selected, "1");
    fill(&t, VIEW_ROOMS, "[]", NULL);
    rows_select(&t.rows, &t.wish, 1);
    fill(&t, VIEW_ROOMS, "[{\"room\":7,\"streams\":9},{\"room\":1,\"streams\":10}]", NULL);
    assert_string_equal(cell(&t, t.rows.selected, "room"), "1");
    rows_select(&t.rows, &t.wish, 100);
    assert_string_equal(t.wish.selected, "7");
    rows_select(&t.rows, &t.wish, -100);
    rows_fill(&t.rows, &views[VIEW_ROOMS], &t.reading, &t.wish);
    rows_select(&t.rows, &t.wish, -100);
    assert_string_equal(t.wish.selected, "1");
    drop(&t);
}

static void what_was_never_chosen_stays_the_first(void **s)
{
    struct table t = { 0 };
    fill(&t, VIEW_ROOMS, "[{\"room\":1,\"streams\":9},{\"room\":2,\"streams\":5}]", NULL);
    fill(&t, VIEW_ROOMS, "[{\"room\":1,\"streams\":1},{\"room\":2,\"streams\":5}]", NULL);
    assert_int_equal(t.rows.selected, 0);
    assert_string_equal(cell(&t, 0, "room"), "2");
    drop(&t);
}

static void a_filter_looks_at_all_columns(void **s)
{
    struct table t = { .wish = { .filter = "BUS" } };
    const char *data = "[{\"queue\":\"one\",\"about\":\"a bus\"},{\"queue\":\"two\"},{\"queue\":\"busy\"}]";
    fill(&t, VIEW_QUEUES, data, NULL);
    assert_int_equal(t.rows.n, 2);
    assert_int_equal(t.rows.all, 3);
    assert_string_equal(cell(&t, 1, "queue"), "busy");
    drop(&t);
}

static void sorting_goes_around_the_columns(void **s)
{
    struct table t = { 0 };
    const char *data = "[{\"stage\":\"b\",\"p99_ms\":1},{\"stage\":\"a\",\"p99_ms\":2}]";
    fill(&t, VIEW_LATENCY, data, NULL);
    assert_int_equal(t.rows.sorted, t.rows.ncolumns);
    assert_string_equal(cell(&t, 0, "stage"), "b");
    rows_sort_by(&t.rows, &t.wish, 1);
    fill(&t, VIEW_LATENCY, data, NULL);
    assert_string_equal(cell(&t, 0, "stage"), "a");
    rows_sort_by(&t.rows, &t.wish, -1);
    assert_string_equal(t.wish.sort, "count");
    fill(&t, VIEW_LATENCY, data, NULL);
    rows_sort_by(&t.rows, &t.wish, 1);
    assert_string_equal(t.wish.sort, "stage");
    drop(&t);
}

static void odd_answers_do_no_harm(void **s)
{
    static const char *const odd[] = { "[]", "{}", "[1,null,\"x\",[]]", "[{},{}]", "[{\"room\":{}},{\"room\":[1]}]" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (int view = VIEW_WORKERS; view < VIEWS; view++) {
            struct table t = { .wish = { .sort = "room", .filter = "x", .selected = "1", .place = 40 } };
            fill(&t, view, odd[i], odd[i]);
            rows_select(&t.rows, &t.wish, 3);
            rows_sort_by(&t.rows, &t.wish, -2);
            drop(&t);
        }
}

static void a_silent_worker_makes_no_spike(void **s)
{
    struct table t = { 0 };
    fill(&t, VIEW_WORKERS, "[{\"worker\":0,\"requests\":30},{\"worker\":1,\"requests\":1000}]",
         "[{\"worker\":0,\"requests\":10},{\"worker\":1,\"answered\":false}]");
    assert_float_equal(rows_rate(&views[VIEW_WORKERS], &t.reading, "requests"), 20, 0.01);
    assert_true(isnan(rows_rate(&views[VIEW_WORKERS], &t.reading, "nothing")));
    assert_int_equal(rows_sum(t.reading.now, "requests"), 1030);
    assert_int_equal(rows_sum(t.reading.now, "nothing"), -1);
    drop(&t);
}

static int begin(void **s)
{
    shown_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_by_what_they_do_now),
        cmocka_unit_test(another_thing_of_the_same_name_has_no_rate),
        cmocka_unit_test(the_selection_goes_with_its_row),
        cmocka_unit_test(what_was_never_chosen_stays_the_first),
        cmocka_unit_test(a_filter_looks_at_all_columns),
        cmocka_unit_test(sorting_goes_around_the_columns),
        cmocka_unit_test(odd_answers_do_no_harm),
        cmocka_unit_test(a_silent_worker_makes_no_spike),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
