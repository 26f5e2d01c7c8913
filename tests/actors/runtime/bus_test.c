/* Bus: homes, answers, every way in which a message is not delivered, and what operators see. In the simulation. */
#include "runtime_help.h"

#include <string.h>

static void consecutive_ids_take_turns(void **state)
{
    struct system *s = probe_system(3, 1);

    for (int64_t id = 0; id < 30; id++) {
        int here = worker_index(system_home(s, probe_address(id)));
        assert_int_equal(worker_index(system_home(s, probe_address(id + 1))), (here + 1) % 3);
        assert_ptr_equal(system_home(s, probe_address(id)), system_home(s, probe_address(id)));
    }
    assert_non_null(system_home(s, probe_address(-1)));
    assert_int_equal(worker_index(system_home(s, (struct address){ &probe_ingress, 2, 0 })), 2);
    probe_end(s);
}

static void answers_find_their_place(void **state)
{
    struct system *s = probe_system(2, 1);

    probe_ask(s, 5, PROBE_REPLY, 0);
    probe_run(s);
    assert_int_equal(probe.replies, 1);
    assert_int_equal(probe.to.worker, 0);
    assert_int_equal(probe.to.slot, 7);
    assert_int_equal(probe.to.generation, 9);
    probe_end(s);
}

static void answer_for_nobody_is_dropped(void **state)
{
    struct system *s = probe_system(1, 1);

    bus_reply(s, NO_RETURN, probe_message(PROBE_NOTE, 0));
    bus_reply(s, (struct return_address){ .worker = 17 }, probe_message(PROBE_NOTE, 0));
    assert_false(bus_reply(s, (struct return_address){ .node = 1 }, probe_message(PROBE_NOTE, 0)));
    assert_int_equal(system_counts(s).dropped, 3);
    assert_int_equal(message_alive(), 0);
    probe_end(s);
}

static void full_mailbox_refuses_by_name(void **state)
{
    struct system *s = probe_system(1, 1);
    struct message *m = probe_message(PROBE_NOTE, 9);

    for (int i = 0; i < 101; i++)
        probe_ask(s, 5, PROBE_NOTE, i);
    for (int i = 0; i < 100; i++)
        assert_true(bus_send_urgent(s, probe_address(5), probe_message(PROBE_NOTE, i)));
    assert_false(bus_send_urgent(s, probe_address(5), m));
    probe_run(s);
    assert_int_equal(probe.errors, 1);
    assert_int_equal(probe.why, ERROR_OVERLOADED);
    assert_int_equal(probe.seen_count, 200);
    assert_true(bus_send_urgent(s, probe_address(5), m));
    probe_end(s);
}

static void full_ingress_says_so(void **state)
{
    struct system *s = probe_system(1, 1);
    struct message *m = probe_message(PROBE_NOTE, 0);

    for (int i = 0; i < 10; i++)
        assert_true(bus_to_ingress(s, 0, probe_message(PROBE_NOTE, 0)));
    assert_false(bus_to_ingress(s, 0, m));
    assert_false(bus_to_ingress(s, 1, m));
    /* Answers have the reserve; what exceeds even that is dropped, and counted. */
    for (int i = 0; i < 11; i++)
        bus_reply(s, (struct return_address){ 0 }, probe_message(PROBE_NOTE, 0));
    assert_int_equal(system_counts(s).dropped, 1);
    probe_run(s);
    assert_int_equal(probe.replies, 20);
    message_destroy(m);
    probe_end(s);
}

static int own_refusals;
static enum error own_why;

static void refuse(struct worker *w, const struct message *m, enum error why)
{
    assert_non_null(worker_system(w));
    own_refusals++;
    own_why = why;
}

static void kind_may_refuse_in_its_own_way(void **state)
{
    struct system *s = probe_system(2, 1);
    struct actor_kind kind = probe_kind;
    struct message *m = probe_message(PROBE_NOTE, 0);

    kind.refuse = refuse;
    own_refusals = 0;
    probe.activation = PROBE_IS_ABSENT;
    m->reply = (struct return_address){ 0 };
    bus_send(s, (struct address){ &kind, 3, 0 }, m);
    probe_run(s);
    assert_int_equal(own_refusals, 1);
    assert_int_equal(own_why, ERROR_SESSION_NOT_FOUND);
    assert_int_equal(probe.errors, 0);
    assert_int_equal(system_counts(s).refused, 1);
    probe_end(s);
}

static void stopped_system_refuses(void **state)
{
    struct system *s = probe_system(1, 1);

    probe_send(s, 5, PROBE_NOTE, 1);
    probe_run(s);
    system_stop(s);
    probe_send(s, 5, PROBE_NOTE, 2);
    assert_true(bus_send_urgent(s, probe_address(6), probe_message(PROBE_NOTE, 3)));
    assert_int_equal(system_counts(s).refused, 2);
    assert_int_equal(probe.seen_count, 1);
    assert_int_equal(probe.passivated, 1);
    system_destroy(s);
    assert_int_equal(message_alive(), 0);
}

static int released;

static void release(struct message *m)
{
    released++;
}

static void what_is_destroyed_unread_releases_its_payload(void **state)
{
    struct system *s = probe_system(1, 1);

    released = 0;
    message_on_destroy(MESSAGE_TEST, release);
    probe_send(s, 5, PROBE_NOTE, 1);
    system_destroy(s);
    message_on_destroy(MESSAGE_TEST, NULL);
    assert_int_equal(released, 1);
    assert_int_equal(message_alive(), 0);
    assert_string_equal(message_kind_name(MESSAGE_ACTOR_ERROR), "ACTOR_ERROR");
}

static void count_actor(const struct actor_info *info, void *arg)
{
    int *count = arg;

    *count += info->address.kind == &probe_kind;
    assert_non_null(info->state);
    assert_true(info->limit > 0);
}

static void operators_see_actors(void **state)
{
    struct system *s = probe_system(2, 1);
    struct address a = probe_address(5);
    struct buf out = { 0 };
    int count = 0;

    for (int i = 0; i < 10; i++)
        probe_send(s, i, PROBE_NOTE, 1);
    probe_send(s, 5, PROBE_FAIL, 1);
    probe_run(s);
    for (int i = 0; i < 2; i++)
        worker_actors(system_worker(s, i), count_actor, &count);
    assert_int_equal(count, 10);
    assert_true(worker_describe(system_home(s, a), a, &out));
    buf_putc(&out, '\0');
    assert_non_null(strstr(out.p, "\"address\":\"probe/5\""));
    assert_non_null(strstr(out.p, "\"state\":\"parked\""));
    assert_non_null(strstr(out.p, "\"restarts\":1"));
    assert_non_null(strstr(out.p, "\"why\":\"receive failed\""));
    assert_non_null(strstr(out.p, "\"detail\":{\"seen\":10}}"));
    assert_false(worker_describe(system_home(s, probe_address(6)), a, &out));
    assert_false(worker_describe(system_home(s, probe_address(77)), probe_address(77), &out));
    assert_ptr_equal(system_kind(s, TEXT("probe")), &probe_kind);
    assert_null(system_kind(s, TEXT("prob")));
    assert_ptr_equal(system_kind_at(s, 1), &probe_kind); /* behind the ingress */
    assert_null(system_kind_at(s, 2));
    assert_int_equal(worker_stats(system_home(s, a)).ready, 0);
    buf_fini(&out);
    probe_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consecutive_ids_take_turns),   cmocka_unit_test(answers_find_their_place),
        cmocka_unit_test(answer_for_nobody_is_dropped), cmocka_unit_test(full_mailbox_refuses_by_name),
        cmocka_unit_test(full_ingress_says_so),         cmocka_unit_test(kind_may_refuse_in_its_own_way),
        cmocka_unit_test(stopped_system_refuses),       cmocka_unit_test(what_is_destroyed_unread_releases_its_payload),
        cmocka_unit_test(operators_see_actors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
