/* Like: the schema of what is like an example, mark by mark; the example as it is shown. */
#include "proto/openapi/like.h"
#include "tests/test.h"

#include <string.h>

static void is_schema(const char *example, const char *expected)
{
    struct buf out = { 0 };
    struct json j = json_into(&out);
    assert_true(like_put_schema(&j, NULL, example));
    buf_putc(&out, 0);
    assert_false(out.failed);
    assert_string_equal(out.p, expected);
    buf_fini(&out);
}

static void is_example(const char *example, const char *expected)
{
    struct buf out = { 0 };
    struct json j = json_into(&out);
    json_begin_object(&j, NULL);
    like_put_example(&j, example);
    json_end_object(&j);
    buf_putc(&out, 0);
    assert_string_equal(out.p, expected);
    buf_fini(&out);
}

static void each_value_has_its_type(void **state)
{
    is_schema("1", "{\"type\":\"integer\"}");
    is_schema("1.5", "{\"type\":\"number\"}");
    is_schema("\"\"", "{\"type\":\"string\"}");
    is_schema("false", "{\"type\":\"boolean\"}");
    is_schema("null", "{}");
    is_schema("{}", "{\"type\":\"object\"}");
    is_schema("[]", "{\"type\":\"array\"}");
    is_schema("[1]", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}");
}

static void marks_say_what_an_example_cannot(void **state)
{
    is_schema("{\"a\":1}", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}");
    is_schema("{\"a-\":1}", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[]}");
    is_schema("{\"a?\":1}",
              "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"integer\",\"null\"]}},\"required\":[\"a\"]}");
    is_schema("{\"a|\":\"on|off\"}",
              "{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[\"on\",\"off\"]}},\"required\":[\"a\"]}");
    is_schema("{\"a|?-\":\"on|off|\"}",
              "{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[\"on\",\"off\",null]}},\"required\":[]}");
    is_schema("{\"any*\":1}", "{\"type\":\"object\",\"properties\":{},\"required\":[],"
                              "\"additionalProperties\":{\"type\":\"integer\"}}");
}

static void what_is_no_json_has_no_schema(void **state)
{
    struct buf out = { 0 };
    struct json j = json_into(&out);
    assert_false(like_put_schema(&j, NULL, "{\"a\":"));
    assert_int_equal(out.n, 0);
    buf_fini(&out);
}

static void the_example_is_shown_without_marks(void **state)
{
    is_example("{\"a?\":1,\"b|\":\"on|off\",\"c-\":[{\"d*\":1.5}]}",
               "{\"example\":{\"a\":1,\"b\":\"on\",\"c\":[{\"d\":1.5}]}}");
    is_example("plain words", "{\"example\":\"plain words\"}");
    is_example(NULL, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_has_its_type),
        cmocka_unit_test(marks_say_what_an_example_cannot),
        cmocka_unit_test(what_is_no_json_has_no_schema),
        cmocka_unit_test(the_example_is_shown_without_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
