/* Attempt: patience in both of its forms, and how long a courier is closed for it. */
#include "transport/services/attempt.h"

#include "actors/runtime/sim.h"
#include "tests/test.h"

#define SECOND UINT64_C(1000000000)
enum { NOW = 946684800 - 5 }; /* five seconds before Sat, 01 Jan 2000 00:00:00 GMT */

static void patience_is_read_in_both_forms(void **state)
{
    static const struct {
        const char *head;
        uint64_t ms;
    } cases[] = {
        { "HTTP/1.1 503 No\r\nRetry-After: 120\r\n\r\n", 120000 },
        { "retry-after:0\r\n", 0 },
        { "Retry-After: -5\r\n", 0 },
        { "Retry-After: 99999999999999999999\r\n", 86400000 },
        { "Retry-After: Sat, 01 Jan 2000 00:00:00 GMT\r\n", 5000 },
        { "Retry-After: Fri, 31 Dec 1999 00:00:00 GMT\r\n", 0 },
        { "Retry-After: soon\r\n", 0 },
        { "Retry-After: 5 minutes\r\n", 0 },
        { "Retry-After:\r\n", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outbound_answer a = { .status = 503, .body = TEXT(""), .head = text_of(cases[i].head) };
        if (attempt_patience_ms(&a, NOW) != cases[i].ms)
            fail_msg("%s: %llu", cases[i].head, (unsigned long long)attempt_patience_ms(&a, NOW));
    }
}

static void a_courier_is_closed_for_the_longest_that_was_asked(void **state)
{
    const struct system_options o = { .workers = 1, .seed = 7 };
    struct system *house = system_create(&o);
    struct worker *w = system_worker(house, 0);
    struct courier c = { .kind = "x", .most = 1 };
    attempt_close(&c, w, 300000);
    assert_int_equal(c.closed_until, worker_now(w) + 300 * SECOND);
    attempt_be_patient(&c, w, 5000);
    assert_int_equal(c.closed_until, worker_now(w) + 300 * SECOND);
    c.closed_until = 0;
    attempt_be_patient(&c, w, 5000);
    assert_int_equal(c.closed_until, worker_now(w) + 5 * SECOND);
    attempt_be_patient(&c, w, 86400000); /* it may have been said of one message only */
    assert_int_equal(c.closed_until, worker_now(w) + 60 * SECOND);
    system_destroy(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patience_is_read_in_both_forms),
        cmocka_unit_test(a_courier_is_closed_for_the_longest_that_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
