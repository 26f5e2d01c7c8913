/* UTF-8: the edges of every length, at every distance from the eight-byte stride. */
#include "proto/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

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

static void white_space_is_trimmed_at_both_ends(void **state)
{
    static const char *const blanks[] = { " ",      "\t",       "\n",     "\v",     "\f",        "\r",     "\x1c",
                                          "\x1f",   "\xc2\x85", "\u00a0", "\u1680", "\u2000",    "\u200a", "\u2028",
                                          "\u2029", "\u202f",   "\u205f", "\u3000", "  \u3000\t" };
    static const char *const words[] = { "",         "a",      "a b",        "\xc2\xa9", "\u200b",
                                         "a\u2003b", "\u0420", "\U0001f600", "\x1b",     "!" };
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(well_formed_is_taken), cmocka_unit_test(malformed_is_refused),
                                        cmocka_unit_test(white_space_is_trimmed_at_both_ends) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
