/* Engine: the two rules, at their thresholds and beyond (coaching contract, section 11.4). */
#include "actors/coaching/engine.h"

#include "tests/test.h"

static const struct engine_thresholds usual = { 3.0, 0.3 };

static struct coaching_nudge judged(double rate, double overlap, const struct engine_thresholds *over)
{
    const struct coaching_frame f = { 0, rate, overlap };
    struct coaching_nudge n = { 0 };
    if (!engine_judge(&f, over, &n))
        assert_null(n.type);
    return n;
}

static void calm_frames_cause_none(void **state)
{
    static const struct {
        double rate, overlap;
    } calm[] = { { 0, 0 }, { 2.3, 0.1 }, { 3.0, 0.3 }, { 3.0, 0 }, { 0, 0.3 } };
    for (size_t i = 0; i < sizeof calm / sizeof *calm; i++)
        assert_null(judged(calm[i].rate, calm[i].overlap, &usual).type);
}

static void intensity_grows_with_the_distance(void **state)
{
    static const struct {
        double rate, overlap;
        int intensity;
        const char *type, *message;
    } cases[] = {
#define SLOW  "SLOW_DOWN", "Try slowing down."
#define PAUSE "PAUSE", "Consider pausing to let the other person speak."
        { 3.25, 0, 1, SLOW },   { 3.0000001, 0, 1, SLOW }, { 4.2, 0.3, 2, SLOW }, { 4.75, 0, 3, SLOW },
        { 43, 0, 3, SLOW },     { 1000, 0, 3, SLOW },      { 4.0, 0, 2, SLOW },   { 4.5, 0, 3, SLOW },
        { 0, 0.35, 1, PAUSE },  { 0, 0.55, 2, PAUSE },     { 0, 0.65, 3, PAUSE }, { 0, 1, 3, PAUSE },
        { 43, 0.31, 1, PAUSE }, { 3.25, 0.55, 2, PAUSE }, /* wins where both hold */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct coaching_nudge n = judged(cases[i].rate, cases[i].overlap, &usual);
        assert_non_null(n.type);
        assert_string_equal(n.type, cases[i].type);
        assert_string_equal(n.message, cases[i].message);
        assert_int_equal(n.intensity, cases[i].intensity);
    }
}

static void thresholds_are_the_callers(void **state)
{
    static const struct engine_thresholds older = { 2.0, 0.25 };
    assert_int_equal(judged(2.3, 0, &older).intensity, 1);
    assert_string_equal(judged(2.3, 0.26, &older).type, "PAUSE");
    assert_null(judged(2.0, 0.25, &older).type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calm_frames_cause_none),
        cmocka_unit_test(intensity_grows_with_the_distance),
        cmocka_unit_test(thresholds_are_the_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
