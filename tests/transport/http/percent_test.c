/* Percent: decoding and lists of pairs. */
#include "tests/test.h"
#include "transport/http/percent.h"

static void decoding(void **state)
{
    static const struct {
        const char *in;
        bool plus;
        const char *out; /* NULL: malformed */
    } rows[] = {
        { "abc", false, "abc" },
        { "a%20b%2fc%2F", false, "a b/c/" },
        { "a+b", false, "a+b" },
        { "a+b", true, "a b" },
        { "%41%6a", true, "Aj" },
        { "%", true, NULL },
        { "%4", true, NULL },
        { "%4g", true, NULL },
        { "%g4", true, NULL },
        { "a%%41", true, NULL },
        { "%C3%BC", false, "\xc3\xbc" },
        { "", true, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32];
        size_t n = strlen(rows[i].in);
        memcpy(text, rows[i].in, n);
        bool right = percent_decode(text, n, rows[i].plus, &n);
        assert_int_equal(right, rows[i].out != NULL);
        if (right)
            assert_true(text_is((struct text){ text, n }, rows[i].out));
    }
}

static struct arena_pool pool;

static enum pairs_result read_pairs(struct pairs *pairs, struct arena *arena, const char *text)
{
    *pairs = (struct pairs){ 0 };
    struct text copy = arena_copy(arena, text_of(text));
    return pairs_read(pairs, arena, (char *)copy.p, copy.n);
}

static void the_last_of_a_name_counts(void **state)
{
    struct arena arena = arena_from(&pool);
    struct pairs pairs;
    assert_int_equal(read_pairs(&pairs, &arena, "a=1&&b&a=2=3&=x&c%3D=%26&"), PAIRS_READ);
    assert_int_equal(pairs.n, 5);
    assert_true(text_is(pairs_last(&pairs, "a")->value, "2=3"));
    assert_true(text_is(pairs_last(&pairs, "b")->value, ""));
    assert_true(text_is(pairs_last(&pairs, "")->value, "x"));
    assert_true(text_is(pairs_last(&pairs, "c=")->value, "&"));
    assert_null(pairs_last(&pairs, "d"));
    assert_int_equal(read_pairs(&pairs, &arena, "a=%zz"), PAIRS_MALFORMED);
    assert_int_equal(read_pairs(&pairs, &arena, "%z=a"), PAIRS_MALFORMED);
    arena_fini(&arena);
}

static void pairs_are_bounded(void **state)
{
    char text[2 * PAIRS_MOST + 3];
    struct arena arena = arena_from(&pool);
    struct pairs pairs;
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 2 ? '&' : 'x';
    text[2 * PAIRS_MOST] = 0;
    assert_int_equal(read_pairs(&pairs, &arena, text), PAIRS_READ);
    assert_int_equal(pairs.n, PAIRS_MOST);
    text[2 * PAIRS_MOST] = 'x';
    text[2 * PAIRS_MOST + 1] = 0;
    assert_int_equal(read_pairs(&pairs, &arena, text), PAIRS_TOO_MANY);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(the_last_of_a_name_counts),
        cmocka_unit_test(pairs_are_bounded),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_pool_fini(&pool);
    return failed;
}
