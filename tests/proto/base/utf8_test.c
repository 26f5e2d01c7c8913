/* UTF-8: the edges of every length, at every distance from the eight-byte stride. */
#include "proto/base/utf8.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const good[] = { "",
                                    "a",
                                    "\x7f",
                                    "\xc2\x80",
                                    "\xdf\xbf",
                                    "\xe0\xa0\x80",
                                    "\xed\x9f\xbf",
                                    "\xee\x80\x80",
                                    "\xef\xbf\xbf",
                                    "\xf0\x90\x80\x80",
                                    "\xf4\x8f\xbf\xbf" };
static const char *const bad[] = { "\x80",
                                   "\xbf",
                                   "\xc0\x80",
                                   "\xc1\xbf",
                                   "\xc2",
                                   "\xc2\x41",
                                   "\xe0\x9f\xbf",
                                   "\xe0\xa0",
                                   "\xed\xa0\x80",
                                   "\xed\xbf\xbf",
                                   "\xf0\x8f\xbf\xbf",
                                   "\xf0\x90\x80",
                                   "\xf4\x90\x80\x80",
                                   "\xf5\x80\x80\x80",
                                   "\xff",
                                   "\xfe" };

/* The sequence between `before` and `after` letters. */
static bool valid(const char *sequence, size_t before, size_t after)
{
    size_t n = strlen(sequence);
    char *text = malloc(before + n + after + 1); /* exact, so that the sanitizer sees a read past the end */
    memset(text, 'x', before + n + after);
    memcpy(text + before, sequence, n);
    bool is = utf8_valid((struct text){ text, before + n + after });
    free(text);
    return is;
}

static void well_formed_is_taken(void **state)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        for (size_t before = 0; before < 17; before++)
            assert_true(valid(good[i], before, 16 - before));
}

static void malformed_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t before = 0; before < 17; before++) {
            assert_false(valid(bad[i], before, 16 - before));
            assert_false(valid(bad[i], before, 0));
        }
}

static void what_nobody_sees_is_trimmed_at_both_ends(void **state)
{
    static const char *const blanks[] = { " ",
                                          "\t",
                                          "\n",
                                          "\v",
                                          "\f",
                                          "\r",
                                          "\x1c",
                                          "\x1f",
                                          "\xc2\x85",
                                          "\u00a0",
                                          "\u1680",
                                          "\u2000",
                                          "\u200a",
                                          "\u2028",
                                          "\u2029",
                                          "\u202f",
                                          "\u205f",
                                          "\u3000",
                                          "  \u3000\t",
                                          "\u200b",
                                          "\u200c",
                                          "\u200d",
                                          "\u200e",
                                          "\u200f",
                                          "\u2060",
                                          "\ufeff",
                                          "\u00ad",
                                          "\u061c",
                                          "\u202a",
                                          "\u202b",
                                          "\u202c",
                                          "\u202d",
                                          "\u202e",
                                          "\u2066",
                                          "\u2067",
                                          "\u2068",
                                          "\u2069",
                                          "\u180e",
                                          "\u3164",
                                          "\uffa0",
                                          "\u115f",
                                          "\u2800",
                                          "\ufff9",
                                          "\x1b",
                                          "\x7f",
                                          "\u034f",
                                          "\u200b \u2060\u200f" };
    static const char *const words[] = { "",
                                         "a",
                                         "a b",
                                         "\xc2\xa9",
                                         "a\u200bb",
                                         "a\u2003b",
                                         "\u0420",
                                         "\U0001f600",
                                         "\u0600",
                                         "!",
                                         "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", /* Persian */
                                         "\U0001f469\u200d\U0001f4bb",
                                         "e\u0301" };
    char text[64];
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            for (int where = 0; where < 4; where++) {
                snprintf(text, sizeof text, "%s%s%s", where & 1 ? blanks[i] : "", words[j], where & 2 ? blanks[i] : "");
                struct text got = utf8_trim(text_of(text));
                if (!text_is(got, words[j]))
                    fail_msg("blank %zu, word %zu, %d: %.*s", i, j, where, (int)got.n, got.p);
            }
    assert_null(utf8_trim((struct text){ 0 }).p);
}

static void what_belongs_to_a_letter_stays(void **state)
{
    static const struct {
        const char *text, *trimmed;
    } rows[] = {
        { "\u2764\ufe0f ", "\u2764\ufe0f" },                                          /* a red heart */
        { "\u845b\U000e0100\u200b", "\u845b\U000e0100" },                             /* a variant of a Han character */
        { "\U0001f3f4\U000e0067\U000e007f\u200e", "\U0001f3f4\U000e0067\U000e007f" }, /* a flag with its tags */
        { "\u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d ", "\u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d" }, /* Rajan, in Malayalam */
        { "\U0001f469\u200d", "\U0001f469" },
        { "9\ufe0f", "9" },
        { "9 \ufe0f", "9" },
        { "\ufe0f", "" },
        { "\U000e0067\U000e007f", "" },
        { "\u200d\u0d28", "\u0d28" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!text_is(utf8_trim(text_of(rows[i].text)), rows[i].trimmed))
            fail_msg("row %zu", i);
}

static void what_nobody_sees_is_found_inside(void **state)
{
    assert_false(utf8_has_invisible(TEXT("ada@example.org")));
    assert_false(utf8_has_invisible(TEXT("\u00fc\U0001f600")));
    assert_false(utf8_has_invisible((struct text){ 0 }));
    assert_true(utf8_has_invisible(TEXT("ada\u200b@example.org")));
    assert_true(utf8_has_invisible(TEXT("a b")));
    assert_int_equal(utf8_count(TEXT("e\u0301\U0001f600")), 3);
}

static void a_plain_text_is_left_by_what_belongs_to_its_end_too(void **state)
{
    static const char *const rows[][2] = {
        { "", "" },
        { " a\u200b", "a" },
        { "caf\u00e9", "caf\u00e9" },
        { "caf\u00e9\ufe0f", "caf\u00e9" },
        { "\u2764\ufe0f\ufe05 \ufe0f", "\u2764" },
        { "\u0915\u094d\u200d", "\u0915\u094d" },
        { "\U0001f3f4\U000e0067\U000e007f", "\U0001f3f4" },
        { "a\u200bb\u00e9\u200d\ufe0f", "a\u200bb\u00e9" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!text_is(utf8_plain(text_of(rows[i][0])), rows[i][1]))
            fail_msg("%s", rows[i][0]);
    assert_null(utf8_plain((struct text){ 0 }).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(well_formed_is_taken),
                                        cmocka_unit_test(malformed_is_refused),
                                        cmocka_unit_test(what_nobody_sees_is_trimmed_at_both_ends),
                                        cmocka_unit_test(a_plain_text_is_left_by_what_belongs_to_its_end_too),
                                        cmocka_unit_test(what_belongs_to_a_letter_stays),
                                        cmocka_unit_test(what_nobody_sees_is_found_inside) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
