/* Voice fuzz: the corpus of the fuzz target, as it is and mutated by a fixed seed. */
#include "tests/fuzz/voice_fuzz.c"

#include "tests/fuzz/corpus.c"

static void corpus(void **state)
{
    static const char telling[] = "\0\1\4\x08\x80\x7f\xff\3";
    assert_true(corpus_run("tests/fuzz/voice", telling, sizeof telling - 1) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
