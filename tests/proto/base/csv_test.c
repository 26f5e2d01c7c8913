/* CSV: quoting, and the guard against formulas; tests/api/test_reports.py compares both with another reader. */
#include "proto/base/csv.h"
#include "tests/test.h"

#include <stdlib.h>

struct pair {
    const char *in, *out;
};

static void check(const struct pair *pairs, size_t n, void (*put)(struct csv *c, struct text value))
{
    for (size_t i = 0; i < n; i++) {
        struct buf out = { 0 };
        struct csv c = csv_into(&out);
        put(&c, text_of(pairs[i].in));
        if (!text_is(buf_view(&out), pairs[i].out))
            fail_msg("%s became %.*s, not %s", pairs[i].in, (int)out.n, out.p, pairs[i].out);
        buf_fini(&out);
    }
}
#define CHECK(pairs, put) check(pairs, sizeof(pairs) / sizeof *(pairs), put)

static void cells_are_quoted_where_they_need_it(void **state)
{
    static const struct pair pairs[] = {
        { "Ann", "Ann" },
        { "", "\"\"" },
        { NULL, "" },
        { "a b", "a b" },
        { " a", "\" a\"" },
        { "a ", "\"a \"" },
        { "a,b", "\"a,b\"" },
        { "a;b", "\"a;b\"" },
        { "say \"hi\"", "\"say \"\"hi\"\"\"" },
        { "\"", "\"\"\"\"" },
        { "\"\"", "\"\"\"\"\"\"" },
        { "a\r\nb", "\"a\r\nb\"" },
        { "J\xc3\xb6rg \xf0\x9f\x8e\x93", "J\xc3\xb6rg \xf0\x9f\x8e\x93" },
    };
    CHECK(pairs, csv_text);
}

static void formulas_are_guarded(void **state)
{
    static const struct pair pairs[] = {
        { "=1+1", "'=1+1" },
        { "+49 123", "'+49 123" },
        { "-1", "'-1" },
        { "@SUM(A1)", "'@SUM(A1)" },
        { "\xef\xbc\x9d"
          "1",
          "'\xef\xbc\x9d"
          "1" },
        { "\xef\xbc\xa0", "'\xef\xbc\xa0" },
        { "\t=1", "\"'\t'=1\"" },
        { "\rx", "\"'\rx\"" },
        { "\nx", "\"'\nx\"" },
        { " =1", "\"' =1\"" },
        { "\xc2\xa0\xef\xbb\xbf=1", "'\xc2\xa0\xef\xbb\xbf=1" },
        { "\"=1", "\"'\"\"=1\"" },
        { "\" \"=1", "\"'\"\" \"\"=1\"" },
    };
    CHECK(pairs, csv_text);
}

static void so_are_those_behind_another_separator(void **state)
{
    static const struct pair pairs[] = {
        { "a;=1", "\"a;'=1\"" },
        { "a; \"+1", "\"a;' \"\"+1\"" },
        { "a\t-1;;@x", "\"a\t'-1;;'@x\"" },
        { "a\r\n=1", "\"a\r\n'=1\"" },
        { "a,=1", "\"a,=1\"" }, /* in quotes for whoever separates by commas */
        { "a=b; c-d", "\"a=b; c-d\"" },
        { ";", "\";\"" },
        { ";=", "\";'=\"" },
    };
    CHECK(pairs, csv_text);
}

static void json_keeps_its_meaning(void **state)
{
    static const struct pair pairs[] = {
        { "{\"a\": -5, \"b\": \"x;y\"}", "\"{\"\"a\"\": -5, \"\"b\"\": \"\"x;y\"\"}\"" },
        { "{\"m\": \"=1\"}", "\"{\"\"m\"\": \"\"=1\"\"}\"" },
        { "{\"m\": \"x;=1\"}", "\"{\"\"m\"\": \"\"x;\\u003d1\"\"}\"" },
        { "{\"m\": \"x; +\"}", "\"{\"\"m\"\": \"\"x; \\u002b\"\"}\"" },
        { "{\"m\": \";\xef\xbc\x8d\"}", "\"{\"\"m\"\": \"\";\\uff0d\"\"}\"" },
        { "\"@x\"", "\"\"\"\\u0040x\"\"\"" },
        { "-5", "'-5" },
        { NULL, "" },
    };
    CHECK(pairs, csv_json);
}

static void rows(void **state)
{
    struct buf out = { 0 };
    struct csv c = csv_into(&out);
    csv_header(&c, "id,name,n,at,on,seconds");
    csv_int(&c, 7);
    csv_text(&c, TEXT("-x"));
    csv_int(&c, -3);
    csv_time(&c, INT64_C(1771950260666428));
    csv_bool(&c, true);
    csv_ours(&c, TEXT("-0.5"));
    csv_end_row(&c);
    csv_ours(&c, (struct text){ 0 });
    csv_time(&c, 0);
    csv_bool(&c, false);
    csv_end_row(&c);
    assert_true(text_is(buf_view(&out), "\xef\xbb\xbfid,name,n,at,on,seconds\r\n"
                                        "7,'-x,-3,2026-02-24T16:24:20.666428,true,-0.5\r\n"
                                        ",,false\r\n"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_quoted_where_they_need_it),
        cmocka_unit_test(formulas_are_guarded),
        cmocka_unit_test(so_are_those_behind_another_separator),
        cmocka_unit_test(json_keeps_its_meaning),
        cmocka_unit_test(rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
