/* Ring: entries keep their numbers, the oldest make way, and a reader can tell how many. */
#include "proto/base/ring.h"
#include "tests/test.h"

#include <string.h>

enum { PLACES = 8 };

static void put(struct ring *r, uint64_t value)
{
    memcpy(ring_put(r), &value, sizeof value);
}

static uint64_t at(const struct ring *r, uint64_t number)
{
    uint64_t value;
    memcpy(&value, ring_at(r, number), sizeof value);
    return value;
}

static void an_empty_one_has_nothing(void **state)
{
    struct ring *r = ring_create(PLACES, sizeof(uint64_t));
    assert_non_null(r);
    assert_int_equal(r->last, 0);
    assert_int_equal(ring_oldest(r), 1);
    ring_destroy(r);
    ring_destroy(NULL);
}

static void numbers_go_with_their_entries(void **state)
{
    struct ring *r = ring_create(PLACES, sizeof(uint64_t));
    assert_non_null(r);
    for (uint64_t n = 1; n <= 5 * PLACES + 3; n++) {
        put(r, n * 10);
        assert_int_equal(r->last, n);
        assert_int_equal(ring_oldest(r), n <= PLACES ? 1 : n - PLACES + 1);
        assert_int_equal(ring_bytes(r), sizeof *r + (n < PLACES ? n + 1 : PLACES) * sizeof(uint64_t));
        for (uint64_t i = ring_oldest(r); i <= n; i++)
            assert_int_equal(at(r, i), i * 10);
    }
    ring_destroy(r);
}

static void what_is_gone_is_not_to_be_had(void **state)
{
    struct ring *r = ring_create(PLACES, sizeof(uint64_t));
    assert_non_null(r);
    for (uint64_t n = 1; n <= PLACES + 1; n++)
        put(r, n);
    assert_int_equal(at(r, 2), 2);
    assert_int_equal(at(r, PLACES + 1), PLACES + 1);
    assert_int_equal(ring_oldest(r), 2);
    ring_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_nothing),
        cmocka_unit_test(numbers_go_with_their_entries),
        cmocka_unit_test(what_is_gone_is_not_to_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
