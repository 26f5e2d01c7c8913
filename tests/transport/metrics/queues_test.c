/* Queues: each says all that an operator has to know, and there is a place for each. */
#include "tests/test.h"
#include "transport/metrics/queues.h"
#include "transport/parts.h"

static void each_says_what_waits_and_what_happens(void **state)
{
    const struct queue_row *q;
    int n = 0;
    for (; (q = queue_at(n)); n++)
        if (!q->about || !*q->about || !q->limit || !*q->limit || !q->full || !*q->full || !q->by || !*q->by)
            fail_msg(
                "the queue %s does not say what waits, its limit, what happens when it is full, or who can fill it",
                q->name);
    assert_in_range(n, 1, QUEUES_MOST);
}

static void names_are_labels_and_different(void **state)
{
    const struct queue_row *q;
    for (int i = 0; (q = queue_at(i)); i++) {
        assert_int_equal(strspn(q->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(q->name));
        for (int other = 0; other < i; other++)
            assert_string_not_equal(queue_at(other)->name, q->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_what_waits_and_what_happens),
        cmocka_unit_test(names_are_labels_and_different),
    };
    queues_use(parts);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
