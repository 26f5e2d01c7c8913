/* Id token fuzz: the corpus of the fuzz target, as it is and mutated by a fixed seed. */
#include "tests/fuzz/id_token_fuzz.c"

#include "tests/fuzz/corpus.c"

static void corpus(void **state)
{
    static const char telling[] = "..AQ_-=\r\n\0 :{}[]\",019\x80\xff";
    assert_true(corpus_run("tests/fuzz/id_token", telling, sizeof telling - 1) >= 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
