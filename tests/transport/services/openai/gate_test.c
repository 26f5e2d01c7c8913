/* Gate: places, the queue for them over all workers, and when the model is left alone. */
#include "tests/test.h"
#include "transport/services/openai/gate.h"

#define SECOND UINT64_C(1000000000)

static struct gate *gate;
static uint64_t now = 5 * SECOND;

static int open_gate(uint32_t places, uint32_t waiting)
{
    gate = gate_create(&(struct gate_options){ places, waiting, 3, 10 * SECOND });
    return !gate;
}

static int setup(void **state)
{
    return open_gate(2, 3);
}

static int teardown(void **state)
{
    gate_destroy(gate);
    return 0;
}

static struct gate_left leave(enum gate_verdict verdict)
{
    return gate_leave(gate, verdict, now);
}

#define assert_next(worker, answer, told)                                                                              \
    do {                                                                                                               \
        int told_worker;                                                                                               \
        assert_int_equal(gate_next(gate, worker, now, &told_worker), answer);                                          \
        assert_int_equal(told_worker, told);                                                                           \
    } while (0)

static void places_go_in_order_over_all_workers(void **state)
{
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
    assert_int_equal(gate_enter(gate, 1, now), GATE_IN);
    assert_int_equal(gate_enter(gate, 1, now), GATE_WAITS);
    assert_int_equal(gate_enter(gate, 0, now), GATE_WAITS);
    assert_int_equal(gate_enter(gate, 1, now), GATE_WAITS);
    assert_int_equal(gate_enter(gate, 0, now), GATE_FULL);
    assert_next(0, GATE_WAITS, -1);
    assert_int_equal(leave(GATE_GOOD).next, 1);
    assert_next(0, GATE_WAITS, -1); /* it is not worker 0's turn */
    assert_next(1, GATE_IN, -1);
    assert_next(1, GATE_WAITS, -1);
    assert_int_equal(leave(GATE_GOOD).next, 0);
    assert_int_equal(leave(GATE_GOOD).next, 1);
    assert_next(0, GATE_IN, -1);
    assert_next(1, GATE_IN, -1);
    assert_int_equal(leave(GATE_GOOD).next, -1);
    assert_int_equal(leave(GATE_GOOD).next, -1);
    struct gate_stats s = gate_stats(gate, now);
    assert_int_equal(s.inside, 0);
    assert_int_equal(s.waiting, 0);
    assert_int_equal(s.highest, 3);
}

static void without_a_queue_who_finds_no_place_is_refused(void **state)
{
    gate_destroy(gate);
    assert_int_equal(open_gate(1, 0), 0);
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
    assert_int_equal(gate_enter(gate, 0, now), GATE_FULL);
    assert_int_equal(leave(GATE_GOOD).next, -1);
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
}

static void ask(enum gate_verdict verdict, bool closes, bool opens)
{
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
    struct gate_left left = leave(verdict);
    assert_int_equal(left.closed, closes);
    assert_int_equal(left.opened, opens);
}

static void failures_in_a_row_make_a_rest_until_one_tries(void **state)
{
    ask(GATE_BAD, false, false);
    ask(GATE_BAD, false, false);
    ask(GATE_GOOD, false, false); /* not in a row */
    ask(GATE_BAD, false, false);
    ask(GATE_UNKNOWN, false, false); /* says nothing */
    ask(GATE_BAD, false, false);
    ask(GATE_BAD, true, false);
    assert_int_equal(gate_enter(gate, 0, now), GATE_RESTS);
    now += 10 * SECOND - 1;
    assert_int_equal(gate_enter(gate, 1, now), GATE_RESTS);
    assert_true(gate_stats(gate, now).resting);
    now++;
    assert_int_equal(gate_enter(gate, 1, now), GATE_IN); /* the one that tries */
    assert_int_equal(gate_enter(gate, 0, now), GATE_RESTS);
    assert_false(leave(GATE_BAD).closed); /* it was */
    now += 10 * SECOND - 1;
    assert_int_equal(gate_enter(gate, 0, now), GATE_RESTS);
    now++;
    ask(GATE_UNKNOWN, false, false); /* who tried has gone: another may */
    ask(GATE_GOOD, false, true);
    ask(GATE_BAD, false, false); /* anew from one */
    assert_false(gate_stats(gate, now).resting);
}

static void who_waits_when_the_rest_begins_is_told_so(void **state)
{
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
    assert_int_equal(gate_enter(gate, 0, now), GATE_WAITS);
    assert_int_equal(gate_enter(gate, 1, now), GATE_WAITS);
    assert_int_equal(leave(GATE_BAD).next, 0);
    assert_next(0, GATE_IN, -1);
    assert_int_equal(leave(GATE_BAD).next, 1);
    struct gate_left left = leave(GATE_BAD);
    assert_true(left.closed);
    assert_int_equal(left.next, -1);
    assert_next(1, GATE_RESTS, -1);
    assert_int_equal(gate_stats(gate, now).inside, 0);
}

static void a_rest_goes_through_the_queue(void **state)
{
    gate_destroy(gate);
    gate = gate_create(&(struct gate_options){ 1, 3, 1, SECOND });
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
    assert_int_equal(gate_enter(gate, 1, now), GATE_WAITS);
    assert_int_equal(gate_enter(gate, 2, now), GATE_WAITS);
    assert_int_equal(leave(GATE_BAD).next, 1);
    assert_next(1, GATE_RESTS, 2);
    assert_next(2, GATE_RESTS, -1);
    now += SECOND;
    assert_int_equal(gate_enter(gate, 0, now), GATE_IN);
}

int main(void)
{
#define TEST_OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST_OF(places_go_in_order_over_all_workers),
        TEST_OF(without_a_queue_who_finds_no_place_is_refused),
        TEST_OF(failures_in_a_row_make_a_rest_until_one_tries),
        TEST_OF(who_waits_when_the_rest_begins_is_told_so),
        TEST_OF(a_rest_goes_through_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
