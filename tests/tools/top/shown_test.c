/* Shown: nothing that anybody is called moves an operator's cursor, and what is shown is as wide as is said. */
#include "tests/test.h"
#include "tools/top/shown.h"

#include <stdlib.h>

static void shows_within(const char *in, int columns, const char *out, int width)
{
    struct buf b = { 0 };
    int used = shown_put(&b, text_of(in), columns);
    if (!text_is(buf_view(&b), out) || used != width)
        fail_msg("%s in %d became %.*s (%d), not %s (%d)", in, columns, (int)b.n, b.p ? b.p : "", used, out, width);
    buf_fini(&b);
}

static void text_stays_as_it_is(void **s)
{
    shows_within("Ann", 10, "Ann", 3);
    shows_within("", 10, "", 0);
    shows_within("Zoë Müller", 20, "Zoë Müller", 10);
    shows_within("中文", 10, "中文", 4);
    shows_within("e\xcc\x81t\xc3\xa9", 10, "e\xcc\x81t\xc3\xa9", 3);
}

static void what_a_terminal_would_obey_becomes_a_question_mark(void **s)
{
    shows_within("\x1b[2J", 10, "?[2J", 4);
    shows_within("\x1b]0;x\x07", 10, "?]0;x?", 6);
    shows_within("a\r\nb\tc\x7f", 10, "a??b?c?", 7);
    shows_within("\xc2\x9b"
                 "31m",
                 10, "?31m", 4);
    shows_within("\xc2\x85\xe2\x80\xa8", 10, "??", 2);
}

static void writing_is_not_turned_around(void **s)
{
    shows_within("\xe2\x80\xae"
                 "abc\xe2\x80\xac",
                 10, "?abc?", 5);
    shows_within("\xe2\x81\xa6\xe2\x80\x8f", 10, "??", 2);
}

static void what_is_no_utf8_becomes_a_question_mark_per_byte(void **s)
{
    shows_within("a\xff\xfe", 10, "a??", 3);
    shows_within("\x9b"
                 "1m\xc3",
                 10, "?1m?", 4);
    shows_within("\xed\xa0\x80\xc0\x80", 10, "?????", 5);
}

static void joiners_are_left_out_and_marks_do_not_pile_up(void **s)
{
    shows_within("a\xe2\x80\x8d\xef\xb8\x8f\xe2\x80\x8b"
                 "b",
                 10, "ab", 2);
    shows_within("\xcc\x81x", 10, "x", 1);
    shows_within("x\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81y", 10, "x\xcc\x81\xcc\x81\xcc\x81\xcc\x81y", 2);
}

static void what_does_not_fit_is_cut_at_a_character(void **s)
{
    shows_within("abcdef", 6, "abcdef", 6);
    shows_within("abcdef", 5, "abcd~", 5);
    shows_within("中文字", 5, "中文~", 5);
    shows_within("中文字", 4, "中~", 3);
    shows_within("中", 1, "~", 1);
    shows_within("abc", 1, "~", 1);
    shows_within("abc", 0, "", 0);
}

static void a_width_is_that_of_the_whole(void **s)
{
    assert_int_equal(shown_width(TEXT("中文 Ann")), 8);
    assert_int_equal(shown_width(TEXT("\x1b[m\xff")), 4);
    assert_true(text_is(shown_after(TEXT("中文 Ann"), 5), "Ann"));
    assert_true(text_is(shown_after(TEXT("ab"), 7), ""));
}

static int begin(void **s)
{
    shown_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_as_it_is),
        cmocka_unit_test(what_a_terminal_would_obey_becomes_a_question_mark),
        cmocka_unit_test(writing_is_not_turned_around),
        cmocka_unit_test(what_is_no_utf8_becomes_a_question_mark_per_byte),
        cmocka_unit_test(joiners_are_left_out_and_marks_do_not_pile_up),
        cmocka_unit_test(what_does_not_fit_is_cut_at_a_character),
        cmocka_unit_test(a_width_is_that_of_the_whole),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
