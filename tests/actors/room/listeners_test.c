/* Listeners: who listens where, and the ring of recent events: what it holds, forgets, and how it grows. */
#include "actors/room/listeners.h"

#include "desk_help.h"

#include <stdio.h>

static void add(struct listeners *l, uint64_t stream, int worker, int32_t participant)
{
    assert_true(listeners_add(l, 3, (struct listener){ stream, worker, participant }));
}

static void keep(struct listeners *l, int64_t seq)
{
    char text[32];
    int n = snprintf(text, sizeof text, "event %lld", (long long)seq);
    struct shared *s = shared_create((struct text){ text, (size_t)n });
    assert_non_null(s);
    listeners_keep(l, seq, s);
    shared_unref(s);
}

static void assert_ring(const struct listeners *l, int64_t first, int64_t last)
{
    char text[32];
    assert_true(listeners_have(l, first - 1, last));
    assert_false(listeners_have(l, first - 2, last));
    assert_false(listeners_have(l, first - 1, last + 1));
    assert_true(listeners_have(l, last, last));
    for (int64_t seq = first; seq <= last; seq++) {
        snprintf(text, sizeof text, "event %lld", (long long)seq);
        assert_true(text_is(shared_text(listeners_frame(l, seq)), text));
    }
}

static void streams_are_counted_by_worker(void **state)
{
    struct listeners l = { .ring_limit = 8 };
    for (uint64_t stream = 1; stream <= 30; stream++)
        add(&l, stream, stream % 3, (int32_t)(stream % 5) + 1);
    assert_int_equal(l.per_worker[0], 10);
    assert_int_equal(listeners_remove(&l, 3), 4);
    assert_int_equal(listeners_remove(&l, 3), 0);
    assert_int_equal(listeners_remove(&l, 99), 0);
    assert_int_equal(l.per_worker[0], 9);
    assert_int_equal(l.n, 29);
    listeners_fini(&l);
    assert_int_equal(l.ring_limit, 8);
    assert_int_equal(listeners_remove(&l, 5), 0);
}

static void a_person_takes_all_streams_along(void **state)
{
    struct listeners l = { .ring_limit = 8 };
    for (uint64_t stream = 1; stream <= 30; stream++)
        add(&l, stream, stream % 3, (int32_t)(stream % 5) + 1);
    listeners_remove_person(&l, 1);
    assert_int_equal(l.n, 24);
    assert_int_equal(l.per_worker[0] + l.per_worker[1] + l.per_worker[2], 24);
    for (uint64_t stream = 1; stream <= 30; stream++)
        assert_int_equal(listeners_remove(&l, stream), stream % 5 ? stream % 5 + 1 : 0);
    assert_int_equal(l.n, 0);
    listeners_fini(&l);
}

static void the_ring_forgets_the_oldest(void **state)
{
    struct listeners l = { .ring_limit = 8 };
    assert_false(listeners_have(&l, 0, 1));
    for (int64_t seq = 5; seq <= 12; seq++) {
        keep(&l, seq);
        assert_ring(&l, 5, seq);
    }
    for (int64_t seq = 13; seq <= 40; seq++) {
        keep(&l, seq);
        assert_ring(&l, seq - 7, seq);
    }
    listeners_fini(&l);
}

static void the_ring_grows_to_its_limit(void **state)
{
    struct listeners l = { .ring_limit = 300 };
    for (int64_t seq = 1; seq <= 1000; seq++)
        keep(&l, seq);
    assert_int_equal(l.ring_cap, 300);
    assert_ring(&l, 701, 1000);
    listeners_fini(&l);
}

static void the_ring_is_bounded_in_bytes_too(void **state)
{
    struct listeners l = { .ring_limit = 300 };
    static char long_text[LISTENERS_RING_BYTES / 4];
    for (int64_t seq = 1; seq <= 10; seq++) {
        struct shared *frame = shared_create((struct text){ long_text, sizeof long_text });
        listeners_keep(&l, seq, frame);
        shared_unref(frame);
    }
    assert_int_equal(l.ring_n, 4);
    assert_true(listeners_have(&l, 6, 10));
    assert_false(listeners_have(&l, 5, 10));
    assert_int_equal(l.ring_bytes, LISTENERS_RING_BYTES);
    listeners_fini(&l);
}

/* Events that nobody was told of are not in the ring, so what was before them is of no use. */
static void a_gap_empties_the_ring(void **state)
{
    struct listeners l = { .ring_limit = 8 };
    for (int64_t seq = 1; seq <= 6; seq++)
        keep(&l, seq);
    keep(&l, 8);
    assert_ring(&l, 8, 8);
    for (int64_t seq = 9; seq <= 20; seq++)
        keep(&l, seq);
    assert_ring(&l, 13, 20);
    listeners_fini(&l);
}

static void every_worker_with_streams_is_told_once(void **state)
{
    desk_open(10, 100);
    struct actor *a = desk_actor(1);
    struct listeners l = { .ring_limit = 8 };
    struct shared *s = shared_create(TEXT("frame"));
    assert_true(listeners_add(&l, 1, (struct listener){ 1, 0, 1 }));
    assert_true(listeners_add(&l, 1, (struct listener){ 2, 0, 2 }));
    struct turn *t = turn_begin(a);
    struct room_deliver d = { .seq = 7, .frame = s };
    listeners_tell(&l, t, &d);
    listeners_tell_now(&l, desk.system, &(struct room_deliver){ .frame = s });
    assert_heard(1000);
    turn_end(t);
    assert_heard(1007);
    listeners_remove_person(&l, 1);
    listeners_remove_person(&l, 2);
    listeners_tell_now(&l, desk.system, &d);
    assert_int_equal(s->refs, 1);
    shared_unref(s);
    listeners_fini(&l);
    desk_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_counted_by_worker),
        cmocka_unit_test(a_person_takes_all_streams_along),
        cmocka_unit_test(the_ring_forgets_the_oldest),
        cmocka_unit_test(the_ring_grows_to_its_limit),
        cmocka_unit_test(the_ring_is_bounded_in_bytes_too),
        cmocka_unit_test(a_gap_empties_the_ring),
        cmocka_unit_test(every_worker_with_streams_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
