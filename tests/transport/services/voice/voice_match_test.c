/* Voice match: who is recognised by which scores, and how alike somebody is by what is kept of them (coaching contract,
 * section 14.1). */
#include "transport/services/voice/voice_match.h"

#include <math.h>

#include "tests/test.h"

static const struct voice_rule usual = { 0.3, 0.03 };

static void expect_at(int line, const double *scores, size_t n, struct voice_rule rule, int best, bool recognised)
{
    struct voice_verdict v = voice_judge(scores, n, rule);
    if (v.best != best || v.recognised != recognised || v.score != (best < 0 ? 0 : scores[best]))
        fail_msg("line %d: %d, %d, %f", line, v.best, v.recognised, v.score);
}
#define SCORES(...)                      (double[]){ __VA_ARGS__ }, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double)
#define EXPECT(scores, best, recognised) expect_at(__LINE__, scores, usual, best, recognised)

static void one_must_be_alike(void **state)
{
    EXPECT(SCORES(0.3), 0, true);
    EXPECT(SCORES(0.2999), 0, false);
    EXPECT(SCORES(1), 0, true);
    EXPECT(SCORES(-0.5), 0, false); /* the score is told all the same */
    expect_at(__LINE__, NULL, 0, usual, -1, false);
}

static void of_two_the_best_must_lead(void **state)
{
    EXPECT(SCORES(0.5, 0.47), 0, true);
    EXPECT(SCORES(0.32, 0.35), 1, true); /* by 0.03, whatever binary fractions say */
    EXPECT(SCORES(0.5, 0.48), 0, false);
    EXPECT(SCORES(0.9, 0.9), 0, false);
    EXPECT(SCORES(0.1, 0.6, 0.58, 0.2), 1, false);
    EXPECT(SCORES(0.58, 0.1, 0.2, 0.62), 3, true);
    EXPECT(SCORES(0.62, 0.1, 0.58), 0, true);
}

static void below_the_threshold_a_great_lead_decides(void **state)
{
    EXPECT(SCORES(0.29, 0.04), 0, true);
    EXPECT(SCORES(0.29, 0.05), 0, false);
    EXPECT(SCORES(-0.6, -0.1), 1, true);
    EXPECT(SCORES(0.1), 0, false); /* over nobody there is no lead */
}

static void the_rule_is_a_parameter(void **state)
{
    static const double scores[] = { 0.5, 0.45 };
    expect_at(__LINE__, scores, 2, (struct voice_rule){ 0.6, 0.03 }, 0, false);
    expect_at(__LINE__, scores, 2, (struct voice_rule){ 0.5, 0.05 }, 0, true);
    expect_at(__LINE__, scores, 2, (struct voice_rule){ 0.5, 0.06 }, 0, false);
}

/* ---- scores ---- */

static float east[VOICE_FLOATS] = { 1 };

/* Appends an embedding whose cosine with `east` is c. */
static void put_at(struct buf *out, double c)
{
    float floats[VOICE_FLOATS] = { (float)(3 * c), (float)(3 * sqrt(1 - c * c)) };
    voice_put_embedding(out, floats);
}

static void a_list_of_numbers_is_an_embedding(void **state)
{
    struct buf b = { 0 };
    double score = 7;
    put_at(&b, -0.4);
    assert_true(voice_score(buf_view(&b), east, &score));
    assert_float_equal(score, -0.4, 1e-6);
    buf_fini(&b);
    float odd[VOICE_FLOATS] = { 1e-30f, -123456.789f, 0.1f };
    voice_put_embedding(&b, odd);
    assert_true(voice_score(buf_view(&b), odd, &score)); /* nothing is lost on the way */
    assert_float_equal(score, 1, 1e-9);
    buf_fini(&b);
}

static void of_several_the_90th_percentile_counts(void **state)
{
    static const struct {
        int n;
        double wanted; /* of 0.1, 0.2, … as numpy has it */
    } rows[] = { { 1, 0.1 }, { 2, 0.19 }, { 3, 0.28 }, { 5, 0.46 }, { 10, 0.91 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { 0 };
        double score = 7;
        for (int j = rows[i].n; j > 0; j--) { /* in no order */
            buf_puts(&b, j == rows[i].n ? "[{\"device\":\"phone\",\"embedding\":" : ",{\"embedding\":");
            put_at(&b, j / 10.0);
            buf_puts(&b, "}");
        }
        buf_puts(&b, ",{\"device\":\"none\"},7]"); /* what is none counts for nothing */
        assert_true(voice_score(buf_view(&b), east, &score));
        assert_float_equal(score, rows[i].wanted, 1e-6);
        buf_fini(&b);
    }
}

static void what_is_no_embedding_has_no_score(void **state)
{
    static const char *const none[] = { "",     "null",    "[]", "{}", "7", "[1,2,3]", "[{\"embedding\":[1]}]",
                                        "[{}]", "nonsense" };
    double score = 7;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(voice_score(text_of(none[i]), east, &score));
    assert_false(voice_score((struct text){ 0 }, east, &score));
    struct buf zero = { 0 }, words = { 0 };
    voice_put_embedding(&zero, (float[VOICE_FLOATS]){ 0 });
    assert_false(voice_score(buf_view(&zero), east, &score));
    for (int i = 0; i < VOICE_FLOATS; i++)
        buf_puts(&words, i ? ",\"1\"" : "[\"1\"");
    buf_puts(&words, "]");
    assert_false(voice_score(buf_view(&words), east, &score));
    assert_float_equal(score, 7, 0);
    buf_fini(&zero);
    buf_fini(&words);
}

static void the_cosine_has_no_length(void **state)
{
    float a[VOICE_FLOATS] = { 3, 4 }, b[VOICE_FLOATS] = { 0.6f, 0.8f }, c[VOICE_FLOATS] = { -4, 3 };
    assert_float_equal(voice_cosine(a, b), 1, 1e-6);
    assert_float_equal(voice_cosine(a, c), 0, 1e-6);
    assert_true(voice_cosine(a, a) <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_must_be_alike),
        cmocka_unit_test(of_two_the_best_must_lead),
        cmocka_unit_test(below_the_threshold_a_great_lead_decides),
        cmocka_unit_test(the_rule_is_a_parameter),
        cmocka_unit_test(a_list_of_numbers_is_an_embedding),
        cmocka_unit_test(of_several_the_90th_percentile_counts),
        cmocka_unit_test(what_is_no_embedding_has_no_score),
        cmocka_unit_test(the_cosine_has_no_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
