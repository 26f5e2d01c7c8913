/* JSON writer: what it writes reads back the same with a parser that is not ours. */
#include "proto/base/json.h"
#include "tests/test.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct buf out;

static int clean(void **state)
{
    buf_fini(&out);
    return 0;
}

static void assert_written(const char *expected)
{
    buf_putc(&out, 0);
    assert_string_equal(out.p, expected);
}

static void commas_come_by_themselves(void **state)
{
    struct json j = json_into(&out);
    json_begin_object(&j, NULL);
    json_int(&j, "a", 1);
    json_begin_array(&j, "b");
    json_end_array(&j);
    json_begin_array(&j, "c");
    json_bool(&j, NULL, true);
    json_bool(&j, NULL, false);
    json_begin_object(&j, NULL);
    json_end_object(&j);
    json_nil(&j, NULL);
    json_end_array(&j);
    json_begin_object(&j, "d");
    json_str(&j, "e", "f");
    json_end_object(&j);
    json_raw(&j, "g", TEXT("[1,2]"));
    json_end_object(&j);
    assert_written("{\"a\":1,\"b\":[],\"c\":[true,false,{},null],\"d\":{\"e\":\"f\"},\"g\":[1,2]}");
}

static void absent_is_null(void **state)
{
    struct json j = json_into(&out);
    json_begin_array(&j, NULL);
    json_text(&j, NULL, (struct text){ 0 });
    json_str(&j, NULL, NULL);
    json_text(&j, NULL, TEXT(""));
    json_time(&j, NULL, 0);
    json_end_array(&j);
    assert_written("[null,null,\"\",null]");
}

static void reals_have_a_fraction_and_read_back(void **state)
{
    static const double numbers[] = { 0, 1, -1, 0.1, 1.0 / 3, 1e300, 5e-324, 123456789.125, 2e15, -1e21 };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct json j = json_into(&out);
        buf_reset(&out);
        json_double(&j, NULL, numbers[i]);
        json_t *back = json_loadb(out.p, out.n, JSON_DECODE_ANY, NULL);
        assert_true(json_is_real(back));
        assert_true(json_real_value(back) == numbers[i]);
        json_decref(back);
    }
    struct json j = json_into(&out);
    buf_reset(&out);
    json_begin_array(&j, NULL);
    json_double(&j, NULL, 1);
    json_double(&j, NULL, NAN);
    json_double(&j, NULL, -INFINITY);
    json_end_array(&j);
    assert_written("[1.0,null,null]");
}

static void keys_that_are_data(void **state)
{
    struct json j = json_into(&out);
    json_begin_object(&j, NULL);
    for (int id = 1; id < 3; id++) {
        json_key_int(&j, id);
        json_begin_object(&j, NULL);
        json_int(&j, "n", id);
        json_end_object(&j);
    }
    json_end_object(&j);
    assert_written("{\"1\":{\"n\":1},\"2\":{\"n\":2}}");
}

static void every_byte_is_escaped_as_it_must(void **state)
{
    char all[128];
    for (int i = 0; i < 128; i++)
        all[i] = (char)i;
    assert_int_equal(json_escape(&out, (struct text){ all, 128 }), 128);
    json_t *back = json_loadb(out.p, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_int_equal(json_string_length(back), 128);
    assert_memory_equal(json_string_value(back), all, 128);
    json_decref(back);
    for (size_t i = 0; i < out.n; i++)
        assert_true(out.p[i] >= ' '); /* one line, always: an event has one data: line */
}

static void lengths_are_code_points(void **state)
{
    assert_int_equal(json_escape(&out, TEXT("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"")), 5);
    assert_written("\"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\\\"\"");
}

static void times_are_iso(void **state)
{
    struct json j = json_into(&out);
    json_time(&j, NULL, INT64_C(1771950260666428));
    assert_written("\"2026-02-24T16:24:20.666428\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(commas_come_by_themselves, clean),
        cmocka_unit_test_teardown(absent_is_null, clean),
        cmocka_unit_test_teardown(reals_have_a_fraction_and_read_back, clean),
        cmocka_unit_test_teardown(keys_that_are_data, clean),
        cmocka_unit_test_teardown(every_byte_is_escaped_as_it_must, clean),
        cmocka_unit_test_teardown(lengths_are_code_points, clean),
        cmocka_unit_test_teardown(times_are_iso, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
