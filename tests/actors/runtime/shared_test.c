/* Shared: content, and references taken and dropped by many threads. The last one frees: a leak or a double free is for
 * the address sanitizer to find, a missing order for the thread sanitizer. */
#include "actors/runtime/shared.h"
#include "tests/test.h"

#include <pthread.h>

enum { THREADS = 4, TIMES = 10000 };

static void holds_a_copy(void **state)
{
    char bytes[] = "event";
    struct shared *s = shared_create((struct text){ bytes, 5 });

    assert_non_null(s);
    bytes[0] = 'x';
    assert_true(text_is(shared_text(s), "event"));
    assert_ptr_equal(shared_ref(s), s);
    shared_unref(s);
    assert_true(text_is(shared_text(s), "event"));
    assert_int_equal(s->refs, 1);
    shared_unref(s);
    shared_unref(NULL);
}

static void empty_text_is_fine(void **state)
{
    struct shared *s = shared_create(TEXT(""));

    assert_non_null(s);
    assert_int_equal(shared_text(s).n, 0);
    shared_unref(s);
}

static void *use(void *arg)
{
    struct shared *s = arg;

    for (int i = 0; i < TIMES; i++)
        shared_unref(shared_ref(s));
    shared_unref(s);
    return NULL;
}

static void many_threads_share(void **state)
{
    struct shared *s = shared_create(TEXT("event"));
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, shared_ref(s)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(s->refs, 1);
    shared_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_a_copy),
        cmocka_unit_test(empty_text_is_fine),
        cmocka_unit_test(many_threads_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
