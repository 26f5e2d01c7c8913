/* Idmap: against a plain array, over growth, replacement and removal; ids that fall on the same place. */
#include "actors/room/idmap.h"
#include "tests/test.h"

#include <stdlib.h>

enum { IDS = 500, STEPS = 200000 };

static void an_empty_map_knows_nothing(void **state)
{
    struct idmap m = { 0 };
    assert_int_equal(idmap_get(&m, 1), IDMAP_NONE);
    idmap_remove(&m, 1);
    assert_true(idmap_put(&m, 1, 7));
    assert_int_equal(idmap_get(&m, 0), IDMAP_NONE);
    idmap_fini(&m);
    assert_int_equal(idmap_get(&m, 1), IDMAP_NONE);
}

static void putting_again_replaces(void **state)
{
    struct idmap m = { 0 };
    assert_true(idmap_put(&m, 5, 1));
    assert_true(idmap_put(&m, 5, 2));
    assert_int_equal(m.n, 1);
    assert_int_equal(idmap_get(&m, 5), 2);
    idmap_fini(&m);
}

static void it_says_what_an_array_says(void **state)
{
    uint32_t model[IDS + 1], n = 0;
    struct idmap m = { 0 };
    srand(1);
    for (int i = 0; i <= IDS; i++)
        model[i] = IDMAP_NONE;
    for (int step = 0; step < STEPS; step++) {
        int id = 1 + rand() % (step / 1000 % 2 ? IDS : 40); /* phases of few and of many */
        if (rand() % 2) {
            n += model[id] == IDMAP_NONE;
            model[id] = (uint32_t)rand() % 1000;
            assert_true(idmap_put(&m, (uint64_t)id << 32 | 1, model[id]));
        } else {
            n -= model[id] != IDMAP_NONE;
            model[id] = IDMAP_NONE;
            idmap_remove(&m, (uint64_t)id << 32 | 1);
        }
        int other = 1 + rand() % IDS;
        assert_int_equal(idmap_get(&m, (uint64_t)other << 32 | 1), model[other]);
        assert_int_equal(m.n, n);
    }
    for (int id = 1; id <= IDS; id++)
        assert_int_equal(idmap_get(&m, (uint64_t)id << 32 | 1), model[id]);
    idmap_fini(&m);
}

static void it_stays_a_quarter_empty(void **state)
{
    struct idmap m = { 0 };
    for (uint32_t id = 1; id <= 1000; id++) {
        assert_true(idmap_put(&m, id, id));
        assert_true(m.n * 4 <= m.cap * 3 + 4);
        assert_int_equal(m.cap & (m.cap - 1), 0);
    }
    for (uint32_t id = 1; id <= 1000; id++)
        assert_int_equal(idmap_get(&m, id), id);
    idmap_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_knows_nothing),
        cmocka_unit_test(putting_again_replaces),
        cmocka_unit_test(it_says_what_an_array_says),
        cmocka_unit_test(it_stays_a_quarter_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
