/* Deadline: first in, first due; moving; classes do not mix. */
#include "transport/wire/deadline.h"

#include "proto/config/config.h"
#include "tests/test.h"

static void the_first_is_due_first(void **state)
{
    struct deadlines d;
    struct deadline_link a, b, c;
    config.idle_timeout = 2;
    config.request_timeout = 1;
    deadlines_init(&d);
    deadline_add(&d, &a, DEADLINE_IDLE, 0);
    deadline_add(&d, &b, DEADLINE_IDLE, 500);
    deadline_add(&d, &c, DEADLINE_READ, 500);
    assert_null(deadline_due(&d, DEADLINE_IDLE, 1999));
    assert_ptr_equal(deadline_due(&d, DEADLINE_IDLE, 2000), &a);
    assert_null(deadline_due(&d, DEADLINE_READ, 1499));
    assert_ptr_equal(deadline_due(&d, DEADLINE_READ, 1500), &c);
    deadline_remove(&a);
    deadline_add(&d, &a, DEADLINE_IDLE, 1000);
    assert_ptr_equal(deadline_due(&d, DEADLINE_IDLE, 9999), &b);
    deadline_remove(&b);
    assert_ptr_equal(deadline_due(&d, DEADLINE_IDLE, 9999), &a);
    deadline_remove(&a);
    assert_null(deadline_due(&d, DEADLINE_IDLE, 9999));
}

static void none_is_never_due(void **state)
{
    struct deadlines d;
    struct deadline_link a;
    deadlines_init(&d);
    deadline_add(&d, &a, DEADLINE_NONE, 0);
    assert_null(deadline_due(&d, DEADLINE_NONE, UINT64_MAX));
    assert_ptr_equal(deadline_first(&d, DEADLINE_NONE), &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_first_is_due_first), cmocka_unit_test(none_is_never_due) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
