/* Fuzz: the corpus of the fuzz target, as it is and mutated by a fixed seed. */
#include "tests/fuzz/http_fuzz.c"

#include "tests/fuzz/corpus.c"

static void corpus(void **state)
{
    static const char telling[] = "\r\n\0 :;=&%-{}[]\",0\x80\xff";
    assert_true(corpus_run("tests/fuzz/http", telling, sizeof telling - 1) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
