/* Usage: which words fit which row, and what is said of those that do not. */
#include "tests/test.h"
#include "transport/admin/usage.h"

#include <stdio.h>
#include <stdlib.h>

static const struct
try {
    const char *usage, *words[6];
    enum usage fits;
    const char *gives; /* arguments, then options, as "a b --x=1" */
}
tries[] = {
    { "", { NULL }, USAGE_FITS, "" },
    { "", { "more" }, USAGE_WRONG, "" },
    { "ID", { NULL }, USAGE_WRONG, "" },
    { "ID", { "7" }, USAGE_FITS, "7" },
    { "ID", { "7", "8" }, USAGE_WRONG, "" },
    { "ID kick P", { "7", "kick", "3" }, USAGE_FITS, "7 3" },
    { "ID kick P", { "7", "kick" }, USAGE_WRONG, "" },
    { "ID kick P", { "7", "close" }, USAGE_OTHER, "" },
    { "ID kick P", { "7" }, USAGE_OTHER, "" },
    { "level [LEVEL]", { "level" }, USAGE_FITS, "" },
    { "level [LEVEL]", { "level", "info" }, USAGE_FITS, "info" },
    { "level [LEVEL]", { "size" }, USAGE_OTHER, "" },
    { "level debug|info", { "level", "info" }, USAGE_FITS, "info" },
    { "level debug|info", { "level", "inf" }, USAGE_WRONG, "" },
    { "[COMMAND...]", { NULL }, USAGE_FITS, "" },
    { "COMMAND...", { NULL }, USAGE_WRONG, "" },
    { "[COMMAND...]", { "a", "--top", "3" }, USAGE_FITS, "a --top 3" },
    { "[--top N --by a|b] [--all]", { NULL }, USAGE_FITS, "" },
    { "[--top N --by a|b] [--all]", { "--top", "3", "--by", "b", "--all" }, USAGE_FITS, " --top=3 --by=b --all=" },
    { "[--top N --by a|b] [--all]", { "--by", "c" }, USAGE_WRONG, "" },
    { "[--top N --by a|b] [--all]", { "--by" }, USAGE_WRONG, "" },
    { "[--top N --by a|b] [--all]", { "--by", "" }, USAGE_WRONG, "" },
    { "[--top N --by a|b] [--all]", { "--to", "3" }, USAGE_WRONG, "" },
    { "[--top N --by a|b] [--all]", { "--all", "3" }, USAGE_WRONG, "" },
    { "start --user ID --count N", { "--user", "4", "start", "--count", "9" }, USAGE_FITS, " --user=4 --count=9" },
    { "start --user ID", { "stop", "--count", "9" }, USAGE_OTHER, "" },
};

static void put_call(struct buf *out, const struct admin_call *call)
{
    for (size_t i = 0; i < call->nargs; i++)
        buf_printf(out, "%s%s", i ? " " : "", call->args[i]);
    for (size_t i = 0; i < call->ngiven; i++)
        buf_printf(out, " %s=%s", call->given[i].name, call->given[i].value);
    buf_putc(out, '\0');
}

static void words_find_their_row(void **state)
{
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        const struct try *t = &tries[i];
        struct admin_call call = { 0 };
        struct buf why = { 0 }, gives = { 0 };
        size_t n = 0;
        while (t->words[n])
            n++;
        enum usage fits = usage_read(t->usage, t->words, n, &call, &why);
        if (fits != t->fits)
            fail_msg("case %zu, \"%s\": %d instead of %d", i, t->usage, fits, t->fits);
        put_call(&gives, &call);
        if (fits == USAGE_FITS)
            assert_string_equal(gives.p, t->gives);
        assert_true(fits != USAGE_FITS || !why.n);
        buf_fini(&why);
        buf_fini(&gives);
    }
}

static void a_row_has_an_id(void **state)
{
    static const struct {
        struct admin_command row;
        const char *id;
    } rows[] = {
        { { .name = "info", .args = "" }, "info" },
        { { .name = "actors", .args = "[--kind K] [--top N --by a|b]" }, "actors" },
        { { .name = "room", .args = "ID kick P [--hard]" }, "room ID kick P" },
        { { .name = "log", .args = "level [LEVEL]" }, "log level LEVEL" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf id = { 0 };
        usage_id(&rows[i].row, &id);
        assert_true(text_is(buf_view(&id), rows[i].id));
        buf_fini(&id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(words_find_their_row), cmocka_unit_test(a_row_has_an_id) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
