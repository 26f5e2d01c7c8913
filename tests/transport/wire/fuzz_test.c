/* Fuzz: the corpus of the fuzz target, as it is and mutated by a fixed seed. */
#include "tests/fuzz/wire_fuzz.c"

#include "tests/fuzz/corpus.c"

static void corpus(void **state)
{
    static const char telling[] = "aAsrexRWt\nufmdn.skpeflgcrwd?houbt0123456789\xa0\xf0\xff";
    assert_true(corpus_run("tests/fuzz/wire", telling, sizeof telling - 1) >= 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
