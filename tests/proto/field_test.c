/* Field: values in tables: text of paths, queries and forms, and JSON. */
#include "proto/field.h"
#include "tests/test.h"

#include <float.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const roles[] = { "teacher", "student", NULL };

static const struct field text = { "f", FIELD_TEXT, .min = 2, .max = 4 }, least = { "f", FIELD_TEXT, .min = 2 },
                          any = { "f", FIELD_TEXT }, role = { "f", FIELD_TEXT, .oneof = roles },
                          integer = { "f", FIELD_INT32 }, bounded = { "f", FIELD_INT32, .min = 1, .max = 10 },
                          from_one = { "f", FIELD_INT32, .min = 1 }, flag = { "f", FIELD_BOOL },
                          real = { "f", FIELD_REAL, .min = -1.5, .max = 4 },
                          above = { "f", FIELD_REAL, .max = 4, .above = true }, uuid = { "f", FIELD_UUID },
                          object = { "f", FIELD_OBJECT }, nullable = { "f", FIELD_INT32, .nullable = true, .def = "7" },
                          required = { "f", FIELD_INT32, .required = true }, wide = { "f", FIELD_INT64 },
                          id = { "f", FIELD_INT64, .min = 1 }, date = { "f", FIELD_DATE }, hour = { "f", FIELD_TIME };
static const struct field bytes = { .type = FIELD_TEXT, .max = 4, .bytes = true };

static const char *const words[] = { "present", "absent", NULL };
static const struct field members[] = {
    { "rollNo", FIELD_TEXT, .required = true, .min = 1, .max = 5, .alias = "roll_no" },
    { "status", FIELD_TEXT, .oneof = words },
    { "byAi", FIELD_BOOL, .def = "false", .alias = "by_ai" },
    { "score", FIELD_REAL, .nullable = true, .max = 100 },
    { "n", FIELD_INT64, .nullable = true },
    { "semester", FIELD_TEXT, .nullable = true, .max = 3, .digits = true },
    {},
};
static const struct field list = { "f", FIELD_LIST, .required = true, .max = 3, .items = members };

#define UUID "01234567-89AB-cdef-0123-456789abcdef"

static void mailboxes(void **state)
{
    static const struct field mailbox = { "f", FIELD_EMAIL, .mailbox = true, .max = 254 };
    static const char *const good[] = { "a@b.co",
                                        "o'neil+tag@x-y.example",
                                        "#!$%&'*+-/=?^_`{|}~@b.co",
                                        "é@é.example",
                                        "A.B@1.co",
                                        "1234567890123456789012345678901234567890123456789012345678901234@b.co" },
                             *const bad[] = { ".a@b.co",
                                              "a.@b.co",
                                              "a..b@b.co",
                                              "a,b@b.co",
                                              "a\"b@b.co",
                                              "a@-b.co",
                                              "a@b-.co",
                                              "a@b_c.co",
                                              "a@[127.0.0.1]",
                                              "12345678901234567890123456789012345678901234567890123456789012345@b.co",
                                              "a@1234567890123456789012345678901234567890123456789012345678901234.co" };
    struct value v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (field_check_text(&mailbox, text_of(good[i]), &v))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (field_check_text(&mailbox, text_of(bad[i]), &v) != FAULT_EMAIL)
            fail_msg("%s", bad[i]);
}

static void count_fault(void *arg, int item, const struct field *f, enum fault fault, const struct json_t *v)
{
    char *said = arg;
    sprintf(said + strlen(said), "%d:%s ", item, fault_type(fault));
}

static void texts_with_a_row_of_their_own(void **state)
{
    static const struct field one = { .type = FIELD_TEXT, .max = 2 },
                              texts = { "f", FIELD_TEXTS, .items = &one, .count = 3 };
    static const struct {
        const char *json, *said;
    } rows[] = {
        { "[]", "" },
        { "[\"ab\",\"\",\"éé\"]", "" },
        { "[\"a\",\"abc\",5]", "1:value_error.any_str.max_length 2:type_error.str " },
        { "[\"a\",\"a\",\"a\",\"a\"]", "-1:value_error.list.max_items " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char said[200] = "";
        json_t *v = json_loads(rows[i].json, 0, NULL);
        assert_int_equal(field_check_texts(&texts, v, count_fault, said), !*rows[i].said);
        assert_string_equal(said, rows[i].said);
        json_decref(v);
    }
}

static void texts(void **state)
{
    static const struct {
        const struct field *f;
        struct text t;
        enum fault fault;
    } rows[] = {
        { &text, { "ab", 2 }, FAULT_NONE },
        { &text, { "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 8 }, FAULT_NONE },
        { &text, { "\xf0\x9f\x98\x80", 4 }, FAULT_TOO_SHORT },
        { &text, { "abcde", 5 }, FAULT_TOO_LONG },
        { &text, { "a\0b", 3 }, FAULT_NUL },
        { &text, { "ab\xff", 3 }, FAULT_ENCODING },
        { &text,
          { "\xed\xa0\x80"
            "a",
            4 },
          FAULT_ENCODING },
        { &bytes, { "\xf0\x9f\x98\x80", 4 }, FAULT_NONE },
        { &bytes, { "\xc3\xbc\xc3\xbcx", 5 }, FAULT_TOO_LONG },
        { &least, { "abcdefghijklmnop", 16 }, FAULT_NONE },
        { &least, { "a", 1 }, FAULT_TOO_SHORT },
        { &any, { "", 0 }, FAULT_NONE },
        { &role, { "TeaCher", 7 }, FAULT_NONE },
        { &role, { "teache", 6 }, FAULT_CHOICE },
        { &role, { "", 0 }, FAULT_CHOICE },
        { &integer, { "2147483647", 10 }, FAULT_NONE },
        { &integer, { "+5", 2 }, FAULT_NONE },
        { &integer, { "2147483648", 10 }, FAULT_RANGE },
        { &integer, { "-2147483649", 11 }, FAULT_RANGE },
        { &integer, { "99999999999999999999999999", 26 }, FAULT_RANGE },
        { &integer, { "", 0 }, FAULT_INTEGER },
        { &integer, { "-", 1 }, FAULT_INTEGER },
        { &integer, { "1.0", 3 }, FAULT_INTEGER },
        { &integer, { "0x1", 3 }, FAULT_INTEGER },
        { &integer, { " 1", 2 }, FAULT_INTEGER },
        { &integer, { "1\0", 2 }, FAULT_INTEGER },
        { &bounded, { "0", 1 }, FAULT_TOO_SMALL },
        { &bounded, { "11", 2 }, FAULT_TOO_LARGE },
        { &from_one, { "0", 1 }, FAULT_TOO_SMALL },
        { &from_one, { "2000000000", 10 }, FAULT_NONE },
        { &flag, { "maybe", 5 }, FAULT_BOOL },
        { &flag, { "", 0 }, FAULT_BOOL },
        { &real, { "1.5e0", 5 }, FAULT_NONE },
        { &real, { "-1.6", 4 }, FAULT_TOO_SMALL },
        { &real, { "4.01", 4 }, FAULT_TOO_LARGE },
        { &above, { "0", 1 }, FAULT_NOT_ABOVE },
        { &above, { "-1", 2 }, FAULT_NOT_ABOVE },
        { &above, { "1e-300", 6 }, FAULT_NONE },
        { &above, { "4.01", 4 }, FAULT_TOO_LARGE },
        { &real, { "nan", 3 }, FAULT_REAL },
        { &real, { "inf", 3 }, FAULT_REAL },
        { &real, { "1e999", 5 }, FAULT_REAL },
        { &real, { "0x1p3", 5 }, FAULT_REAL },
        { &real, { "1.0.0", 5 }, FAULT_REAL },
        { &real, { "", 0 }, FAULT_REAL },
        { &uuid, { UUID, 36 }, FAULT_NONE },
        { &wide, { "-9223372036854775806", 20 }, FAULT_NONE },
        { &wide, { "9223372036854775806", 19 }, FAULT_NONE },
        { &wide, { "9223372036854775808", 19 }, FAULT_RANGE },
        { &wide, { "-99999999999999999999", 21 }, FAULT_RANGE },
        { &wide, { "1x", 2 }, FAULT_INTEGER },
        { &id, { "0", 1 }, FAULT_TOO_SMALL },
        { &id, { "5000000000", 10 }, FAULT_NONE },
        { &date, { "2025-10-26", 10 }, FAULT_NONE },
        { &date, { "2025-02-30", 10 }, FAULT_DATE },
        { &hour, { "09:00", 5 }, FAULT_NONE },
        { &hour, { "9:00", 4 }, FAULT_TIME },
        { &list, { "[]", 2 }, FAULT_LIST },
        { &uuid, { UUID, 35 }, FAULT_UUID },
        { &uuid, { "01234567+89ab-cdef-0123-456789abcdef", 36 }, FAULT_UUID },
        { &uuid, { "0123456g-89ab-cdef-0123-456789abcdef", 36 }, FAULT_UUID },
        { &object, { "{}", 2 }, FAULT_OBJECT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value v;
        enum fault fault = field_check_text(rows[i].f, rows[i].t, &v);
        if (fault != rows[i].fault)
            fail_msg("row %zu (%.*s): %d", i, (int)rows[i].t.n, rows[i].t.p, fault);
        assert_true(fault || v.given);
    }
}

static void booleans(void **state)
{
    static const char *const yes[] = { "true", "TRUE", "1", "yes", "on", "t", "Y", NULL }, *const no[] = {
        "false", "0", "No", "off", "f", "n", NULL
    };
    struct value v;
    for (int i = 0; yes[i]; i++)
        assert_true(!field_check_text(&flag, text_of(yes[i]), &v) && v.boolean);
    for (int i = 0; no[i]; i++)
        assert_true(!field_check_text(&flag, text_of(no[i]), &v) && !v.boolean);
}

static void texts_are_trimmed_before_they_are_measured(void **state)
{
    static const struct field trimmed = { "f", FIELD_TEXT, .trim = true, .min = 1, .max = 3 };
    struct value v;
    assert_int_equal(field_check_text(&trimmed, TEXT(" \t abc \xc2\xa0\n"), &v), FAULT_NONE);
    assert_true(text_is(v.text, "abc"));
    assert_int_equal(field_check_text(&trimmed, TEXT(" \t "), &v), FAULT_TOO_SHORT);
    assert_int_equal(field_check_text(&trimmed, TEXT(" abcd "), &v), FAULT_TOO_LONG);
    assert_int_equal(field_check_text(&trimmed, TEXT("\u200b\u2060\ufeff"), &v), FAULT_TOO_SHORT);
    assert_int_equal(field_check_text(&trimmed, TEXT("\u200eab\u202c"), &v), FAULT_NONE);
    assert_true(text_is(v.text, "ab") && text_is(v.sent, "\u200eab\u202c"));
}

static void a_text_may_have_to_show_something(void **state)
{
    static const struct field seen = { "f", FIELD_TEXT, .visible = true, .min = 1, .max = 5 };
    struct value v;
    assert_int_equal(field_check_text(&seen, TEXT(" a\u200b "), &v), FAULT_NONE);
    assert_true(text_is(v.text, " a\u200b "));
    assert_int_equal(field_check_text(&seen, TEXT(" \u200b "), &v), FAULT_TOO_SHORT);
}

static void addresses_are_always_trimmed(void **state)
{
    static const struct field email = { "f", FIELD_EMAIL, .max = 20 };
    struct value v;
    assert_int_equal(field_check_text(&email, TEXT("\u2068ada@example.org\u2069 "), &v), FAULT_NONE);
    assert_true(text_is(v.text, "ada@example.org"));
    assert_int_equal(field_check_text(&email, TEXT("ada\u00ad@example.org"), &v), FAULT_EMAIL);
}

static void passwords_are_measured_in_their_normal_form(void **state)
{
    static const struct field six = { "f", FIELD_TEXT, .password = true, .min = 6, .max = 7 };
    struct value v;
    assert_int_equal(field_check_text(&six, TEXT("e\u0301e\u0301e\u0301"), &v), FAULT_TOO_SHORT);
    assert_int_equal(field_check_text(&six, TEXT("e\u0301e\u0301e\u0301 e\u0301e\u0301 "), &v), FAULT_NONE);
    assert_true(text_is(v.text, "e\u0301e\u0301e\u0301 e\u0301e\u0301 "));
    assert_int_equal(field_check_text(&six, TEXT("e\u0301234567a"), &v), FAULT_TOO_LONG);
}

static void an_empty_text_may_be_absent(void **state)
{
    static const struct field blank = { "f", FIELD_TEXT, .blank = true, .def = "usual", .max = 3 + 2 },
                              needed = { "f", FIELD_TEXT, .blank = true, .required = true },
                              clock = { "f", FIELD_CLOCK };
    struct value v;
    assert_int_equal(field_check_text(&blank, TEXT("abc"), &v), FAULT_NONE);
    assert_true(v.given);
    assert_int_equal(field_check_text(&blank, TEXT(""), &v), FAULT_NONE);
    assert_true(!v.given && text_is(v.text, "usual"));
    assert_int_equal(field_check_text(&needed, TEXT(""), &v), FAULT_MISSING);
    assert_int_equal(field_check_text(&clock, TEXT(""), &v), FAULT_NONE);
    assert_false(v.given);
    assert_int_equal(field_check_text(&clock, TEXT("1:0:1"), &v), FAULT_NONE);
    assert_int_equal(v.integer, 3601);
    assert_int_equal(field_check_text(&clock, TEXT("1:0"), &v), FAULT_TIME);
}

static void letter_case_may_count_in_choices(void **state)
{
    static const struct field cased = { "f", FIELD_TEXT, .oneof = roles, .cased = true };
    struct value v;
    assert_int_equal(field_check_text(&cased, TEXT("student"), &v), FAULT_NONE);
    assert_int_equal(field_check_text(&cased, TEXT("Student"), &v), FAULT_CHOICE);
}

static void addresses(void **state)
{
    static const struct field email = { "f", FIELD_EMAIL, .max = 20 };
    static const char *const good[] = { "a@b.co", "a.b+c'd@x.y.z", "\xc3\xbc@\xc3\xa4.org",
                                        "a@b.c ", " a@b.c",        "a@b.c\n",
                                        NULL },
                             *const bad[] = { "",       "a",       "@b.co",   "a@",      "a@b",     "a@b.",      "a@.b",
                                              "a@b..c", "a@@b.co", "a@b@c.d", "a b@c.d", "a@b c.d", "a\x7f@b.c", NULL };
    struct value v;
    for (int i = 0; good[i]; i++)
        if (field_check_text(&email, text_of(good[i]), &v))
            fail_msg("refused: %s", good[i]);
    for (int i = 0; bad[i]; i++)
        if (field_check_text(&email, text_of(bad[i]), &v) != FAULT_EMAIL)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(field_check_text(&email, TEXT("a@bbbbbbbbbbbbbbbbbb.co"), &v), FAULT_TOO_LONG);
}

static void choices_come_in_lower_case(void **state)
{
    struct value v;
    assert_int_equal(field_check_text(&role, TEXT("STUDENT"), &v), FAULT_NONE);
    assert_true(text_is(v.text, "student"));
}

static enum fault check_json(const struct field *f, const char *json, struct value *v)
{
    json_t *j = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(j);
    enum fault fault = field_check_json(f, j, v);
    json_decref(j);
    return fault;
}

static void json_values(void **state)
{
    static const struct {
        const struct field *f;
        const char *json;
        enum fault fault;
        double number;
    } rows[] = {
        { &integer, "5", FAULT_NONE, 5 },
        { &integer, "5.0", FAULT_NONE, 5 },
        { &integer, "\"5\"", FAULT_NONE, 5 },
        { &integer, "5.5", FAULT_INTEGER, 0 },
        { &integer, "\"5.0\"", FAULT_INTEGER, 0 },
        { &integer, "true", FAULT_INTEGER, 0 },
        { &integer, "[5]", FAULT_INTEGER, 0 },
        { &integer, "1e300", FAULT_RANGE, 0 },
        { &integer, "-1e300", FAULT_RANGE, 0 },
        { &integer, "2147483648", FAULT_RANGE, 0 },
        { &integer, "null", FAULT_NULL, 0 },
        { &flag, "true", FAULT_NONE, 0 },
        { &flag, "\"off\"", FAULT_NONE, 0 },
        { &flag, "1", FAULT_NONE, 0 },
        { &flag, "2", FAULT_BOOL, 0 },
        { &flag, "{}", FAULT_BOOL, 0 },
        { &real, "1", FAULT_NONE, 1 },
        { &real, "\"0.5\"", FAULT_NONE, 0.5 },
        { &real, "5", FAULT_TOO_LARGE, 0 },
        { &real, "true", FAULT_REAL, 0 },
        { &text, "\"abc\"", FAULT_NONE, 0 },
        { &text, "\"a\\u0000b\"", FAULT_NUL, 0 },
        { &text, "5", FAULT_TEXT, 0 },
        { &role, "5", FAULT_CHOICE, 0 },
        { &uuid, "5", FAULT_UUID, 0 },
        { &uuid, "\"" UUID "\"", FAULT_NONE, 0 },
        { &object, "{}", FAULT_NONE, 0 },
        { &object, "[]", FAULT_OBJECT, 0 },
        { &required, "null", FAULT_NULL, 0 },
        { &wide, "5000000000", FAULT_NONE, 5e9 },
        { &wide, "1e19", FAULT_RANGE, 0 },
        { &date, "\"2025-10-26\"", FAULT_NONE, 0 },
        { &date, "20251026", FAULT_TEXT, 0 },
        { &hour, "\"25:00\"", FAULT_TIME, 0 },
        { &hour, "900", FAULT_TEXT, 0 },
        { &list, "[]", FAULT_NONE, 0 },
        { &list, "{}", FAULT_LIST, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value v;
        enum fault fault = check_json(rows[i].f, rows[i].json, &v);
        if (fault != rows[i].fault)
            fail_msg("%s: %d", rows[i].json, fault);
        assert_true(fault || (rows[i].number >= v.real - DBL_EPSILON && rows[i].number <= v.real + DBL_EPSILON));
    }
}

static void what_was_not_sent(void **state)
{
    struct value v;
    assert_int_equal(field_check_json(&required, NULL, &v), FAULT_MISSING);
    assert_int_equal(field_check_json(&integer, NULL, &v), FAULT_NONE);
    assert_true(!v.given && v.integer == 0);
    assert_int_equal(field_check_json(&nullable, NULL, &v), FAULT_NONE);
    assert_true(!v.given && v.integer == 7);
    assert_int_equal(check_json(&nullable, "null", &v), FAULT_NONE);
    assert_true(!v.given && v.integer == 7);
}

static void objects(void **state)
{
    static const struct field small = { "f", FIELD_OBJECT, .max = 20 };
    static const struct {
        const char *json;
        enum fault fault;
        const char *out;
    } rows[] = {
        { "{}", FAULT_NONE, "{}" },
        { " { \"a b\" :\t[ 1 ,\r\n2 ] }", FAULT_NONE, "{\"a b\":[1,2]}" },
        { "{\"a\":\"\\\" x \\\\\"}", FAULT_NONE, "{\"a\":\"\\\" x \\\\\"}" },
        { "{\"a\":\"\\\\u0000\"}", FAULT_NONE, "{\"a\":\"\\\\u0000\"}" },
        { "{\"a\":\"\\u0000\"}", FAULT_NUL, NULL },
        { "{\"aaaa\":\"bbbbbbbbb\"}", FAULT_NONE, "{\"aaaa\":\"bbbbbbbbb\"}" },
        { "{\"aaaa\":\"bbbbbbbbbb\"}", FAULT_TOO_BIG, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 };
        enum fault fault = field_check_object(&small, text_of(rows[i].json), &out);
        if (fault != rows[i].fault || (rows[i].out && !text_is(buf_view(&out), rows[i].out)))
            fail_msg("%s: %d %.*s", rows[i].json, fault, (int)out.n, out.p ? out.p : "");
        buf_fini(&out);
    }
}

static void lists_of_anything(void **state)
{
    static const struct field any_objects = { "f", FIELD_OBJECTS, .nullable = true }, texts_only = { "f", FIELD_TEXTS };
    static const struct {
        const struct field *f;
        const char *json;
        enum fault fault;
    } rows[] = {
        { &any_objects, "[]", FAULT_NONE },
        { &any_objects, "[{},{\"a\":[1]}]", FAULT_NONE },
        { &any_objects, "[{},1]", FAULT_OBJECT },
        { &any_objects, "{}", FAULT_LIST },
        { &any_objects, "\"[]\"", FAULT_LIST },
        { &any_objects, "null", FAULT_NONE },
        { &texts_only, "[]", FAULT_NONE },
        { &texts_only, "[\"\",\"b\"]", FAULT_NONE },
        { &texts_only, "[\"a\",null]", FAULT_TEXT },
        { &texts_only, "[[]]", FAULT_TEXT },
        { &texts_only, "5", FAULT_LIST },
        { &texts_only, "null", FAULT_NULL },
    };
    struct value v;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (check_json(rows[i].f, rows[i].json, &v) != rows[i].fault)
            fail_msg("%s", rows[i].json);
    assert_int_equal(field_check_text(&texts_only, TEXT("[]"), &v), FAULT_LIST);
    assert_true(field_is_document(&any_objects) && field_is_document(&texts_only) && field_is_document(&object));
    assert_false(field_is_document(&list) || field_is_document(&text));
}

static void ids_are_those_of_rows(void **state)
{
    static const struct field row = { "f", FIELD_ID };
    static const struct {
        const char *t;
        enum fault fault;
    } rows[] = {
        { "1", FAULT_NONE },       { "2147483647", FAULT_NONE },      { "0", FAULT_TOO_SMALL },
        { "-1", FAULT_TOO_SMALL }, { "2147483648", FAULT_TOO_LARGE }, { "18446744073709551617", FAULT_TOO_LARGE },
        { "x", FAULT_INTEGER },    { "1.5", FAULT_INTEGER }
    };
    struct value v;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(field_check_text(&row, text_of(rows[i].t), &v), rows[i].fault);
    assert_int_equal(check_json(&row, "5", &v), FAULT_NONE);
    assert_int_equal(v.integer, 5);
    assert_int_equal(check_json(&row, "true", &v), FAULT_INTEGER);
}

/* Absent and null are one to most, and not to who changes parts. */
static void null_is_told_from_absent(void **state)
{
    struct value v;
    assert_int_equal(check_json(&nullable, "null", &v), FAULT_NONE);
    assert_true(v.null && !v.given);
    assert_int_equal(field_check_json(&nullable, NULL, &v), FAULT_NONE);
    assert_true(!v.null && !v.given);
    assert_int_equal(check_json(&nullable, "3", &v), FAULT_NONE);
    assert_true(!v.null && v.given);
}

static void objects_have_a_depth(void **state)
{
    char json[2 * FIELD_MAX_DEPTH + 4];
    for (size_t depth = FIELD_MAX_DEPTH; depth <= FIELD_MAX_DEPTH + 1; depth++) {
        struct buf out = { 0 };
        memset(json, '[', depth);
        memset(json + depth, ']', depth);
        enum fault fault = field_check_object(&object, (struct text){ json, 2 * depth }, &out);
        assert_int_equal(fault, depth > FIELD_MAX_DEPTH ? FAULT_TOO_BIG : FAULT_NONE);
        buf_fini(&out);
    }
}

static void on_fault(void *arg, int item, const struct field *f, enum fault fault, const json_t *v)
{
    buf_printf(arg, "%d %s %s;", item, f ? f->name : "-", fault_type(fault));
}

static void lists_come_out_as_the_table_says(void **state)
{
    static const struct {
        const char *json;
        const char *out, *faults;
    } rows[] = {
        { "[]", "[]", "" },
        { "[{\"rollNo\":\"a/1\",\"more\":[]}]",
          "[{\"roll_no\":\"a/1\",\"status\":null,\"by_ai\":false,\"score\":null,\"n\":null,\"semester\":null}]", "" },
        { "[{\"roll_no\":\"ü\\\"\",\"status\":\"PRESENT\",\"byAi\":true,\"score\":92.456,\"n\":12345678901,"
          "\"semester\":5},{\"roll_no\":\"x\",\"rollNo\":\"y\",\"score\":0,\"semester\":\"5\"}]",
          "[{\"roll_no\":\"ü\\\"\",\"status\":\"present\",\"by_ai\":true,\"score\":92.456,\"n\":12345678901,"
          "\"semester\":\"5\"},{\"roll_no\":\"y\",\"status\":null,\"by_ai\":false,\"score\":0.0,\"n\":null,"
          "\"semester\":\"5\"}]",
          "" },
        { "{}", NULL, "-1 f type_error.list;" },
        { "[{},{},{},{}]", NULL, "-1 f value_error.list.max_items;" },
        { "[5,{\"rollNo\":\"a\"},null]", NULL, "0 - type_error.dict;2 - type_error.dict;" },
        { "[{\"rollNo\":null,\"score\":101},{\"rollNo\":5,\"status\":\"late\"}]", NULL,
          "0 rollNo type_error.none.not_allowed;0 score value_error.number.not_le;1 rollNo type_error.str;"
          "1 status type_error.enum;" },
        { "[{\"rollNo\":\"a\",\"semester\":1234},{\"rollNo\":\"a\",\"semester\":1.5}]", NULL,
          "0 semester value_error.any_str.max_length;1 semester type_error.str;" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 }, told = { 0 };
        json_t *j = json_loads(rows[i].json, 0, NULL);
        assert_non_null(j);
        assert_int_equal(field_check_list(&list, j, &out, on_fault, &told), rows[i].out != NULL);
        if (!text_is(buf_view(&told), rows[i].faults) || (rows[i].out && !text_is(buf_view(&out), rows[i].out)))
            fail_msg("%s: %.*s %.*s", rows[i].json, (int)told.n, told.p ? told.p : "", (int)out.n, out.p ? out.p : "");
        json_decref(j);
        buf_fini(&out);
        buf_fini(&told);
    }
}

static void a_field_may_have_two_names(void **state)
{
    assert_true(field_is(&members[0], "rollNo"));
    assert_true(field_is(&members[0], "roll_no"));
    assert_false(field_is(&members[0], "rollno"));
    assert_false(field_is(&members[1], "roll_no"));
}

static void messages_name_the_bound(void **state)
{
    static const struct {
        enum fault fault;
        const struct field *f;
        const char *message, *type;
    } rows[] = {
        { FAULT_MISSING, &text, "field required", "value_error.missing" },
        { FAULT_TOO_SHORT, &text, "ensure this value has at least 2 characters", "value_error.any_str.min_length" },
        { FAULT_TOO_LONG, &text, "ensure this value has at most 4 characters", "value_error.any_str.max_length" },
        { FAULT_TOO_SMALL, &real, "ensure this value is greater than or equal to -1.5", "value_error.number.not_ge" },
        { FAULT_NOT_ABOVE, &above, "ensure this value is greater than 0", "value_error.number.not_gt" },
        { FAULT_TOO_LARGE, &real, "ensure this value is less than or equal to 4", "value_error.number.not_le" },
        { FAULT_CHOICE, &role, "value is not a valid enumeration member; permitted: 'teacher', 'student'",
          "type_error.enum" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 };
        fault_message(rows[i].fault, rows[i].f, &out);
        assert_true(text_is(buf_view(&out), rows[i].message));
        assert_string_equal(fault_type(rows[i].fault), rows[i].type);
        buf_fini(&out);
    }
}

static void segments(void **state)
{
    struct text name;
    enum field_type type;
    assert_true(field_of_segment(TEXT("{id:int32}"), &name, &type));
    assert_true(text_is(name, "id"));
    assert_int_equal(type, FIELD_INT32);
    assert_true(field_of_segment(TEXT("{a:uuid}"), &name, &type));
    assert_string_equal(field_type_name(type), "uuid");
    assert_false(field_of_segment(TEXT("id"), &name, &type));
    assert_false(field_of_segment(TEXT("{id}"), &name, &type));
    assert_false(field_of_segment(TEXT("{id:number}"), &name, &type));
    assert_false(field_of_segment(TEXT("{id:int32"), &name, &type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailboxes),
        cmocka_unit_test(texts_with_a_row_of_their_own),
        cmocka_unit_test(texts_are_trimmed_before_they_are_measured),
        cmocka_unit_test(a_text_may_have_to_show_something),
        cmocka_unit_test(addresses_are_always_trimmed),
        cmocka_unit_test(passwords_are_measured_in_their_normal_form),
        cmocka_unit_test(an_empty_text_may_be_absent),
        cmocka_unit_test(letter_case_may_count_in_choices),
        cmocka_unit_test(addresses),
        cmocka_unit_test(texts),
        cmocka_unit_test(booleans),
        cmocka_unit_test(choices_come_in_lower_case),
        cmocka_unit_test(json_values),
        cmocka_unit_test(what_was_not_sent),
        cmocka_unit_test(objects),
        cmocka_unit_test(lists_of_anything),
        cmocka_unit_test(ids_are_those_of_rows),
        cmocka_unit_test(null_is_told_from_absent),
        cmocka_unit_test(objects_have_a_depth),
        cmocka_unit_test(lists_come_out_as_the_table_says),
        cmocka_unit_test(a_field_may_have_two_names),
        cmocka_unit_test(messages_name_the_bound),
        cmocka_unit_test(segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
