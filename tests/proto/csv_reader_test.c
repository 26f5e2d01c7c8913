/* Csv reader: rows as spreadsheets write them, and what is no row. */
#include "proto/csv_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The rows as "line:[a|b]", and how it ended. */
static void show(const char *csv, struct buf *out)
{
    struct csv_reader r = csv_reader_of(text_of(csv));
    struct text fields[4];
    enum csv_read read;
    int n;
    buf_reset(out);
    while ((read = csv_reader_row(&r, fields, 4, &n)) == CSV_ROW) {
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
        { "a\rb", "1:[a\rb]" },
        { "\xc3\xbc", "1:[\xc3\xbc]" },
        { "1,2,3,4,5", "bad at 1" },
        { "a\n\"open", "1:[a]bad at 2" },
        { "a\"b", "bad at 1" },
        { "\"a\"b", "bad at 1" },
    };
    struct buf out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        show(cases[i].csv, &out);
        if (!text_is(buf_view(&out), cases[i].rows))
            fail_msg("%s: %.*s", cases[i].csv, (int)out.n, out.p ? out.p : "");
    }
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
