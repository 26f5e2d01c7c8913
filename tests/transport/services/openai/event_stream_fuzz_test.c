/* Event stream fuzz: the corpus of the fuzz target, as it is and mutated by a fixed seed. */
#include "tests/fuzz/event_stream_fuzz.c"

#include "tests/fuzz/corpus.c"

static void corpus(void **state)
{
    static const char telling[] = "data: \r\n\0:{}[]\",\xef\xbb\xbf\x80\\u";
    assert_true(corpus_run("tests/fuzz/event_stream", telling, sizeof telling - 1) >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
