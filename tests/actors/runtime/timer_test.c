/* Timer heap: against a plain array, with arming, moving and stopping in a random order of fixed seed. */
#include "actors/runtime/timer.h"
#include "tests/test.h"

#include <stdlib.h>

enum { TIMERS = 500, ROUNDS = 20000 };

static void nothing(struct timer *t)
{
}

static const struct timer *earliest(const struct timer *timers, uint32_t *ret_armed)
{
    const struct timer *found = NULL;

    *ret_armed = 0;
    for (int i = 0; i < TIMERS; i++) {
        if (!timers[i].due)
            continue;
        ++*ret_armed;
        if (!found || timers[i].due < found->due)
            found = &timers[i];
    }
    return found;
}

static void check(const struct timer_heap *h, const struct timer *timers)
{
    uint32_t armed;
    const struct timer *first = earliest(timers, &armed);

    assert_int_equal(h->n, armed);
    assert_int_equal(h->root ? h->root->due : 0, first ? first->due : 0);
}

static void root_is_always_the_earliest(void **state)
{
    struct timer timers[TIMERS] = { 0 };
    struct timer_heap h = { 0 };
    unsigned seed = 7;

    for (int i = 0; i < ROUNDS; i++) {
        struct timer *t = rand_r(&seed) % 4 ? &timers[rand_r(&seed) % TIMERS] : h.root;
        if (!t)
            continue;
        if (t->due)
            timer_heap_remove(&h, t);
        if (rand_r(&seed) % 3) {
            t->due = 1 + rand_r(&seed) % 1000;
            t->fire = nothing;
            timer_heap_add(&h, t);
        }
        check(&h, timers);
    }
    uint64_t last = 0;
    while (h.root) {
        assert_true(h.root->due >= last);
        last = h.root->due;
        timer_heap_remove(&h, h.root);
    }
    check(&h, timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(root_is_always_the_earliest) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
