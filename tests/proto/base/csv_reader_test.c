/* Csv reader: rows as spreadsheets write them, and what is no row. */
#include "proto/base/csv_reader.h"
#include "proto/base/utf8.h"
#include "tests/test.h"

#include <stdint.h>

/* The rows as "line:[a|b]", and how it ended. */
static void show(const char *csv, char separator, struct buf *out)
{
    struct csv_reader r = csv_reader_of(text_of(csv), separator, NULL);
    struct text fields[CSV_FIELDS_MOST];
    enum csv_read read;
    int n;
    buf_reset(out);
    while ((read = csv_reader_row(&r, fields, &n)) == CSV_ROW) {
        buf_printf(out, "%d:[", r.line);
        for (int i = 0; i < n; i++)
            buf_printf(out, "%s%.*s", i ? "|" : "", (int)fields[i].n, fields[i].p);
        buf_puts(out, "]");
    }
    if (read == CSV_MALFORMED)
        buf_printf(out, "bad at %d", r.line);
    csv_reader_fini(&r);
}

static void rows(void **state)
{
    static const struct {
        const char *csv, *rows;
        char separator;
    } cases[] = {
        { "", "" },
        { "\n\r\n", "" },
        { "a", "1:[a]" },
        { "a,b\n", "1:[a|b]" },
        { "a,b\r\nc,d", "1:[a|b]2:[c|d]" },
        { "\xef\xbb\xbf"
          "a\n\n\nb\n",
          "1:[a]4:[b]" },
        { ",\n,,", "1:[|]2:[||]" },
        { "\"a,\"\"b\"\"\",c", "1:[a,\"b\"|c]" },
        { "\"two\nlines\",x\nb", "1:[two\nlines|x]3:[b]" },
        { "\"\"\n", "1:[]" },
        { " a , b ", "1:[ a | b ]" },
        { "a\rb\r\rc\r", "1:[a]2:[b]4:[c]" },
        { "a\r\nb\n\rc", "1:[a]2:[b]4:[c]" },
        { "\xc3\xbc", "1:[\xc3\xbc]" },
        { "1,2,3,4,5", "1:[1|2|3|4|5]" },
        { "a;b,c;\"d;e\"", "1:[a|b,c|d;e]", ';' },
        { "a\t \"b\tc\" \t", "1:[a|b\tc|]", '\t' },
        { " \"a\" ,\t\"b\"\r\n", "1:[a|b]" },
        { "sep=;\r\na;b,c", "2:[a|b,c]" },
        { UTF8_MARK "SEP=|\na|b", "2:[a|b]" },
        { "sep=;x\n", "1:[sep=;x]" },
        { "sep=", "1:[sep=]" },
        { "a\n\"open", "1:[a]bad at 2" },
        { "a\"b", "1:[a\"b]" },
        { "\"a\"b", "bad at 1" },
    };
    struct buf out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        show(cases[i].csv, cases[i].separator ?: ',', &out);
        if (!text_is(buf_view(&out), cases[i].rows))
            fail_msg("%s: %.*s", cases[i].csv, (int)out.n, out.p ? out.p : "");
    }
    buf_fini(&out);
}

/* Further fields are counted and not given. */
static void a_row_of_very_many_fields(void **state)
{
    struct buf csv = { 0 };
    struct text fields[CSV_FIELDS_MOST];
    int n;
    for (int i = 0; i < 3 * CSV_FIELDS_MOST; i++)
        buf_printf(&csv, "%d,", i);
    struct csv_reader r = csv_reader_of(buf_view(&csv), ',', NULL);
    assert_int_equal(csv_reader_row(&r, fields, &n), CSV_ROW);
    assert_int_equal(n, 3 * CSV_FIELDS_MOST + 1);
    assert_true(text_is(fields[CSV_FIELDS_MOST - 1], "255"));
    assert_int_equal(csv_reader_row(&r, fields, &n), CSV_END);
    csv_reader_fini(&r);
    buf_fini(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows), cmocka_unit_test(a_row_of_very_many_fields) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
