/* Closed: the last ones are kept, the newest first, and none is forgotten in the counts. */
#include "tests/test.h"
#include "transport/http/closed.h"

#include <stdlib.h>

static struct closed_ring *ring_of(uint64_t n)
{
    struct closed_ring *r = calloc(1, sizeof *r);
    assert_non_null(r);
    for (uint64_t i = 1; i <= n; i++)
        closed_add(r, &(struct closed){ .was.serial = i, .why = (enum close_reason)(i % CLOSE_REASON_COUNT) });
    return r;
}

static void the_newest_come_first(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 2, CLOSED_KEPT - 1, CLOSED_KEPT, CLOSED_KEPT + 1, 3 * CLOSED_KEPT + 7 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint64_t n = sizes[s], kept = n < CLOSED_KEPT ? n : CLOSED_KEPT;
        struct closed_ring *r = ring_of(n);
        assert_int_equal(closed_count(r), kept);
        for (uint32_t i = 0; i < kept; i++)
            assert_int_equal(closed_at(r, i)->was.serial, n - i);
        free(r);
    }
}

static void every_end_is_counted(void **state)
{
    struct closed_ring *r = ring_of(10 * CLOSE_REASON_COUNT * CLOSED_KEPT);
    for (int why = 0; why < CLOSE_REASON_COUNT; why++)
        assert_int_equal(r->by_reason[why], 10 * CLOSED_KEPT);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_newest_come_first),
                                        cmocka_unit_test(every_end_is_counted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
