/* Config live: a change goes into force at once and reaches each thread when that takes over. */
#include "proto/base/log.h"
#include "proto/config/config_live.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct buf why;

static int64_t in_force(void)
{
    struct config now;
    config_in_force(&now);
    return now.sse_retry;
}

static void a_change_is_seen_after_taking_over(void **state)
{
    config.sse_retry = 2000;
    config.log_level = "info";
    assert_int_equal(in_force(), 2000);
    assert_true(config_change("sse-retry", "3000", &why));
    assert_int_equal(in_force(), 3000);
    assert_int_equal(config_here()->sse_retry, 2000);
    config_take_over();
    assert_int_equal(config_here()->sse_retry, 3000);
    assert_int_equal(config.sse_retry, 2000);
}

static void what_is_bad_changes_nothing(void **state)
{
    static const char *const cases[][3] = {
        { "sse-retry", "1", "sse-retry is \"1\"; it must be a whole number from 100 to 60000" },
        { "log-level", "loud", "log-level is \"loud\"; it must be one of debug, info, warn, error" },
        { "nonsense", "1", "nonsense is no parameter; config get lists them" },
        { "listen", "x", "listen cannot be changed while the server runs; config get says which can" },
    };
    int64_t before = in_force();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_reset(&why);
        assert_false(config_change(cases[i][0], cases[i][1], &why));
        assert_int_equal(why.n, strlen(cases[i][2]));
        assert_memory_equal(why.p, cases[i][2], why.n);
    }
    assert_int_equal(in_force(), before);
}

static void the_log_level_comes_with_it(void **state)
{
    log_setup(LOG_INFO, false);
    assert_true(config_change("log-level", "debug", &why));
    assert_false(log_enabled(LOG_DEBUG));
    config_take_over();
    assert_true(log_enabled(LOG_DEBUG));
    assert_true(config_change("LECTERN_LOG_LEVEL", "info", &why));
    config_take_over();
}

static void *read_many(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        config_take_over();
        int64_t first = config_here()->sse_retry;
        assert_true(first >= 100 && first == config_here()->sse_retry);
    }
    return NULL;
}

static void threads_take_over_while_it_changes(void **state)
{
    pthread_t readers[2];
    char value[16];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_many, NULL), 0);
    for (int i = 0; i < 2000; i++) {
        snprintf(value, sizeof value, "%d", 100 + i);
        assert_true(config_change("sse-retry", value, &why));
    }
    for (int i = 0; i < 2; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(in_force(), 2099);
}

static int fini(void **state)
{
    buf_fini(&why);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_seen_after_taking_over),
        cmocka_unit_test(what_is_bad_changes_nothing),
        cmocka_unit_test(the_log_level_comes_with_it),
        cmocka_unit_test(threads_take_over_while_it_changes),
    };
    return cmocka_run_group_tests(tests, NULL, fini);
}
