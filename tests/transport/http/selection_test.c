/* Selection: ranges, conditions and dates by table, and noise. */
#include "tests/test.h"
#include "transport/http/selection.h"

#include <stdlib.h>

#define MODIFIED      784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define MODIFIED_TEXT "Sun, 06 Nov 1994 08:49:37 GMT"

static const struct selection_file file = { { "\"tag\"", 5 }, MODIFIED, 1000 };

static struct selection select_by(const char *range, uint64_t size)
{
    struct selection_headers h = { .range = range ? text_of(range) : (struct text){ 0 } };
    struct selection_file f = file;
    f.size = size;
    return selection_of(&h, &f, MODIFIED + 10);
}

static void ranges(void **state)
{
    static const struct {
        const char *range;
        uint64_t size;
        struct selection expected;
    } cases[] = {
        { NULL, 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=0-0", 1000, { SELECTED_PART, 0, 1 } },
        { "bytes=0-", 1000, { SELECTED_PART, 0, 1000 } },
        { "BYTES=10-19", 1000, { SELECTED_PART, 10, 10 } },
        { "bytes=990-2000", 1000, { SELECTED_PART, 990, 10 } },
        { "bytes=999-", 1000, { SELECTED_PART, 999, 1 } },
        { "bytes=1000-", 1000, { SELECTED_NOTHING } },
        { "bytes=1000-1001", 1000, { SELECTED_NOTHING } },
        { "bytes=-1", 1000, { SELECTED_PART, 999, 1 } },
        { "bytes=-1000", 1000, { SELECTED_PART, 0, 1000 } },
        { "bytes=-5000", 1000, { SELECTED_PART, 0, 1000 } },
        { "bytes=-0", 1000, { SELECTED_NOTHING } },
        { "bytes=0-99999999999999999999999999", 1000, { SELECTED_PART, 0, 1000 } },
        { "bytes=99999999999999999999999999-", 1000, { SELECTED_NOTHING } },
        { "bytes=18446744073709551615-18446744073709551615", 1000, { SELECTED_NOTHING } },
        { "bytes=-99999999999999999999999999", 1000, { SELECTED_PART, 0, 1000 } },
        { "bytes=0-", 0, { SELECTED_NOTHING } },
        { "bytes=-5", 0, { SELECTED_ALL, 0, 0 } },
        { "bytes=-0", 0, { SELECTED_NOTHING } },
        { "bytes=5-4", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=-", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes", 1000, { SELECTED_ALL, 0, 1000 } },
        { "", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=a-b", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=1-2x", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes= 1-2", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=+1-2", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=1--2", 1000, { SELECTED_ALL, 0, 1000 } },
        { "bytes=0-1,5-6", 1000, { SELECTED_ALL, 0, 1000 } },
        { "lines=0-1", 1000, { SELECTED_ALL, 0, 1000 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct selection s = select_by(cases[i].range, cases[i].size);
        if (s.what != cases[i].expected.what || s.from != cases[i].expected.from || s.n != cases[i].expected.n)
            fail_msg("%s of %d: %d %d+%d", cases[i].range, (int)cases[i].size, s.what, (int)s.from, (int)s.n);
    }
}

static enum selected when(const char *none_match, const char *since, const char *if_range)
{
    struct selection_headers h = { .range = TEXT("bytes=1-2") };
    h.if_none_match = none_match ? text_of(none_match) : (struct text){ 0 };
    h.if_modified_since = since ? text_of(since) : (struct text){ 0 };
    h.if_range = if_range ? text_of(if_range) : (struct text){ 0 };
    return selection_of(&h, &file, MODIFIED + 10).what;
}

static void conditions(void **state)
{
    static const struct {
        const char *none_match, *since, *if_range;
        enum selected expected;
    } cases[] = {
        { NULL, NULL, NULL, SELECTED_PART },
        { "\"tag\"", NULL, NULL, SELECTED_UNCHANGED },
        { "W/\"tag\"", NULL, NULL, SELECTED_UNCHANGED },
        { "*", NULL, NULL, SELECTED_UNCHANGED },
        { "\"other\"", NULL, NULL, SELECTED_PART },
        { "\"other\" , W/\"x,y\",,\t\"tag\"", NULL, NULL, SELECTED_UNCHANGED },
        { "\"tag", NULL, NULL, SELECTED_PART },
        { "tag", NULL, NULL, SELECTED_PART },
        { "W/", NULL, NULL, SELECTED_PART },
        { "", NULL, NULL, SELECTED_PART },
        { "\"TAG\"", NULL, NULL, SELECTED_PART },
        { NULL, MODIFIED_TEXT, NULL, SELECTED_UNCHANGED },
        { NULL, "Sunday, 06-Nov-94 08:49:37 GMT", NULL, SELECTED_UNCHANGED },
        { NULL, "Sun Nov  6 08:49:37 1994", NULL, SELECTED_UNCHANGED },
        { NULL, "Sun, 06 Nov 1994 08:49:38 GMT", NULL, SELECTED_UNCHANGED },
        { NULL, "Sun, 06 Nov 1994 08:49:36 GMT", NULL, SELECTED_PART },
        { NULL, "yesterday", NULL, SELECTED_PART },
        { NULL, MODIFIED_TEXT " and more", NULL, SELECTED_PART },
        { "\"other\"", MODIFIED_TEXT, NULL, SELECTED_PART }, /* the tag decides alone */
        { "\"tag\"", "Sun, 06 Nov 1994 08:49:36 GMT", NULL, SELECTED_UNCHANGED },
        { NULL, NULL, "\"tag\"", SELECTED_PART },
        { NULL, NULL, "W/\"tag\"", SELECTED_ALL },
        { NULL, NULL, "\"other\"", SELECTED_ALL },
        { NULL, NULL, MODIFIED_TEXT, SELECTED_PART },
        { NULL, NULL, "Sun, 06 Nov 1994 08:49:38 GMT", SELECTED_ALL },
        { NULL, NULL, "yesterday", SELECTED_ALL },
        { NULL, NULL, "", SELECTED_ALL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (when(cases[i].none_match, cases[i].since, cases[i].if_range) != cases[i].expected)
            fail_msg("case %zu", i);
}

/* Within the second of its last change a file may change again and keep its date. */
static void a_fresh_date_does_not_identify(void **state)
{
    struct selection_headers h = { .range = TEXT("bytes=1-2"), .if_range = TEXT(MODIFIED_TEXT) };
    assert_int_equal(selection_of(&h, &file, MODIFIED).what, SELECTED_ALL);
    assert_int_equal(selection_of(&h, &file, MODIFIED + 1).what, SELECTED_PART);
}

static void dates_are_written_as_they_are_read(void **state)
{
    struct buf out = { 0 };
    int64_t back = 0;
    selection_put_date(&out, MODIFIED);
    assert_true(text_is(buf_view(&out), MODIFIED_TEXT));
    assert_true(selection_read_date(buf_view(&out), &back));
    assert_int_equal(back, MODIFIED);
    assert_false(selection_read_date((struct text){ 0 }, &back));
    buf_fini(&out);
}

/* Whatever a client sends: a part lies within the file. */
static void noise_selects_within_the_file(void **state)
{
    static const char alphabet[] = "bytes=0123456789-,\"W/* ";
    unsigned short seed[3] = { 1, 2, 3 };
    for (int round = 0; round < 200000; round++) {
        char text[40] = "bytes=";
        size_t n = 6 + (size_t)(nrand48(seed) % 30), from = round % 2 ? 6 : 0;
        for (size_t i = from; i < n; i++)
            text[i] = alphabet[nrand48(seed) % (long)(sizeof alphabet - 1)];
        struct text t = { text, n };
        struct selection_headers h = { .range = t, .if_none_match = round % 3 ? (struct text){ 0 } : t };
        struct selection s = selection_of(&h, &file, MODIFIED + 10);
        assert_true(s.from <= file.size && s.n <= file.size - s.from);
        assert_true(s.what != SELECTED_PART || s.n > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges),
        cmocka_unit_test(conditions),
        cmocka_unit_test(a_fresh_date_does_not_identify),
        cmocka_unit_test(dates_are_written_as_they_are_read),
        cmocka_unit_test(noise_selects_within_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
