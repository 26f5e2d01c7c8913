/* Fuzz: the corpus of the fuzz target, as it is and mutated by a fixed seed. */
#include "tests/fuzz/ws_fuzz.c"

#include "tests/fuzz/corpus.c"

static void corpus(void **state)
{
    static const char telling[] = "\x00\x01\x02\x08\x09\x0a\x80\x81\x82\x88\x89\x8a\x7e\x7f\xfe\xff\xf0";
    assert_true(corpus_run("tests/fuzz/ws", telling, sizeof telling - 1) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
