/* Persistence: one batch under way, the next when it has committed; order, shares, limits, refusal, retry, and settling. */
#include "desk_help.h"

#include "store/statements.h"

static void end(struct actor *a, int rows, int64_t seq, uint32_t slot)
{
    turn_end(desk_turn(a, rows, seq, slot));
}

static void one_batch_is_under_way_and_the_next_takes_the_rest(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    end(a, 1, 1, 1);
    desk_run();
    for (uint32_t i = 2; i <= 6; i++)
        end(i % 2 ? a : b, 2, 10 * i, i);
    desk_run();
    assert_int_equal(desk_pending(), 1);
    assert_int_equal(desk_newest()->rows, 1);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    assert_int_equal(desk_pending(), 1);
    assert_int_equal(desk_newest()->rows, 10);
    assert_false(persistence_idle(desk.persistence));
    desk_answer(DB_OK, 0, NULL);
    assert_heard(2, 4, 6, 3, 5);
    assert_true(persistence_idle(desk.persistence));
    assert_int_equal(persistence_stats(desk.persistence).batches, 2);
    desk_close();
}

static void a_batch_has_so_many_turns_at_most(void **state)
{
    desk_open(3, 100);
    struct actor *a = desk_actor(1);
    for (uint32_t i = 1; i <= 7; i++)
        end(a, 2, 10 * i, i);
    desk_run();
    assert_int_equal(desk_newest()->rows, 6);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1, 2, 3);
    assert_int_equal(desk_newest()->rows, 6);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(4, 5, 6);
    assert_int_equal(desk_newest()->rows, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(7);
    desk_close();
}

static void what_writes_nothing_waits_for_what_was_before_it(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1);
    end(a, 0, 0, 1);
    assert_heard(1);
    end(a, 1, 1, 2);
    end(a, 0, 0, 3);
    assert_int_equal(desk_pending(), 0);
    desk_run();
    end(a, 0, 0, 4);
    desk_run();
    assert_int_equal(desk.nheard, 0);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(2, 3, 4);
    assert_int_equal(desk_pending(), 0);
    desk_close();
}

static const struct persistence_options small = {
    .turns = 100, .rows = 10, .bytes = UINT64_MAX, .wait_ns = SECOND, .statement_ns = 10 * SECOND
};

/* A room with much to write has no more than its share of a batch, and what others leave. */
static void rooms_share_a_batch(void **state)
{
    desk_open_with(&small, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2), *c = desk_actor(3);
    end(a, 1, 1, 1);
    desk_run();
    for (uint32_t i = 0; i < 5; i++)
        end(a, 3, 2 + 3 * i, 10 + i);
    end(b, 1, 1, 20);
    end(c, 1, 1, 30);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    assert_int_equal(desk_newest()->rows, 8); /* a share of 3 rows each, then what is left */
    end(b, 1, 2, 21);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(10, 11, 20, 30);
    assert_int_equal(desk_newest()->rows, 10);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(12, 13, 14, 21);
    assert_true(persistence_idle(desk.persistence));
    desk_close();
}

/* Each of its turns is a batch of its own, and whoever comes waits for the one under way and one more at most. */
static void what_is_larger_than_a_batch_delays_others_by_one(void **state)
{
    desk_open_with(&small, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    for (uint32_t i = 0; i < 3; i++)
        end(a, 40, 1 + 40 * i, 10 + i);
    end(b, 1, 1, 20);
    desk_run();
    static const int rows[] = { 40, 1, 40, 40, 1 };
    for (int i = 0; i < 5; i++) {
        assert_int_equal(desk_newest()->rows, rows[i]);
        if (i == 2)
            end(b, 1, 2, 21);
        desk_answer(DB_OK, 0, NULL);
    }
    assert_heard(10, 20, 11, 12, 21);
    desk_close();
}

static void a_batch_has_so_many_bytes_at_most(void **state)
{
    struct persistence_options o = small;
    desk_open(100, 100);
    struct turn *t = desk_turn(desk_actor(1), 1, 1, 1);
    o.bytes = 2 * t->rows.n;
    turn_end(t);
    desk_run();
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    desk_close();
    desk_open_with(&o, 100);
    struct actor *a = desk_actor(1);
    for (uint32_t i = 1; i <= 3; i++)
        end(a, 1, i, i);
    desk_run();
    assert_int_equal(desk_newest()->rows, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(3);
    desk_close();
}

/* Another room's commit is nothing to wait for. */
static void what_writes_nothing_waits_for_its_own_room_only(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    end(a, 1, 1, 1);
    desk_run();
    end(b, 0, 0, 2);
    end(a, 0, 0, 3);
    desk_run();
    assert_heard(2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1, 3);
    desk_close();
}

/* Until what it has waiting is committed or refused, and no other room. */
static void a_room_with_too_many_rows_is_crowded(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    for (int refused = 0; refused <= 1; refused++) {
        end(a, PERSISTENCE_ROOM_ROWS - 1, 1, 1);
        assert_false(persistence_crowded(desk.persistence, a));
        end(a, 1, PERSISTENCE_ROOM_ROWS, 2);
        desk_run();
        assert_true(persistence_crowded(desk.persistence, a));
        assert_false(persistence_crowded(desk.persistence, b));
        desk_answer(refused ? DB_REFUSED : DB_OK, 0, NULL);
        assert_false(persistence_crowded(desk.persistence, a));
        assert_int_equal(desk.heard[0], refused ? -1 : 1);
        desk.nheard = 0;
    }
    desk_close();
}

/* The next batch is with the database when this one's people hear of it, and yet nothing is overtaken. */
static void the_next_batch_leaves_before_this_one_is_heard_of(void **state)
{
    desk_open(1, 100);
    struct actor *a = desk_actor(1);
    end(a, 1, 1, 1);
    end(a, 0, 0, 2);
    end(a, 1, 2, 3);
    end(a, 0, 0, 4);
    desk_run();
    desk_answer(DB_OK, 0, NULL);
    assert_int_equal(desk_pending(), 1);
    assert_heard(1, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(3, 4);
    desk_close();
}

static void one_room_is_at_fault_and_the_others_go_on(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2), *c = desk_actor(3);
    end(a, 1, 1, 1);
    end(b, 1, 1, 2);
    end(b, 1, 2, 3);
    end(c, 1, 1, 4);
    end(b, 1, 3, 5);
    desk_run();
    end(b, 1, 4, 6);
    end(a, 1, 2, 7);
    desk_answer(DB_REFUSED, 0, NULL);
    assert_int_equal(desk.nheard, 0);
    assert_int_equal(desk_newest()->rows, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1, 7);
    assert_int_equal(desk_newest()->rows, 1);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(4);
    assert_int_equal(desk_newest()->rows, 4); /* the room with most rows comes last */
    desk_answer(DB_REFUSED, 0, NULL);
    assert_heard(-2, -3, -5, -6);
    assert_int_equal(desk.activations, 4);
    assert_int_equal(desk_pending(), 0);
    assert_int_equal(persistence_stats(desk.persistence).refused, 4);
    desk_close();
}

/* While rooms are tried one by one, a new one waits, and a lost answer is settled as ever. */
static void rooms_are_tried_one_by_one_through_a_break(void **state)
{
    static const int64_t no = 0;
    desk_open(100, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2), *c = desk_actor(3);
    end(a, 1, 1, 1);
    end(b, 2, 1, 2);
    desk_run();
    desk_answer(DB_REFUSED, 0, NULL);
    end(c, 3, 1, 3);
    assert_int_equal(desk_newest()->rows, 1);
    desk_up(false);
    desk_up(true);
    assert_ptr_equal(desk_newest()->statement, &CLASSROOM_SETTLE);
    desk_answer(DB_OK, 1, &no);
    assert_int_equal(desk_newest()->rows, 1);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    assert_int_equal(desk_newest()->rows, 2);
    desk_answer(DB_REFUSED, 0, NULL);
    assert_heard(-2);
    assert_int_equal(desk_newest()->rows, 3);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(3);
    desk_close();
}

/* One room's rows take the database longer than a statement may: only that room pays, however long it took. */
static void a_time_out_is_tried_again_room_by_room(void **state)
{
    desk_open_with(&small, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    end(a, 5, 1, 1);
    end(b, 1, 1, 2);
    desk_run();
    desk.sqlstate = "57014";
    desk_wait(10 * SECOND);
    desk_answer(DB_RETRY, 0, NULL);
    assert_int_equal(desk_newest()->rows, 1);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(2);
    desk_wait(10 * SECOND);
    desk_answer(DB_RETRY, 0, NULL);
    assert_heard(-1);
    assert_int_equal(desk.activations, 3);
    assert_true(persistence_idle(desk.persistence));
    desk_close();
}

/* It may be the database: others are tried before a room is blamed, and do not wait behind its second trial. */
static void who_times_out_alone_is_tried_after_others(void **state)
{
    desk_open_with(&small, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    end(a, 5, 1, 1);
    desk_run();
    end(b, 1, 1, 2);
    desk.sqlstate = "57014";
    desk_wait(10 * SECOND);
    desk_answer(DB_RETRY, 0, NULL);
    assert_int_equal(desk_newest()->rows, 1);
    end(b, 1, 2, 3);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(2);
    assert_int_equal(desk_newest()->rows, 5);
    desk_wait(10 * SECOND);
    desk_answer(DB_RETRY, 0, NULL);
    assert_heard(-1);
    assert_int_equal(desk_newest()->rows, 1);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(3);
    desk_close();
}

/* Somebody has locked a table: no room is at fault, and all wait as long as for a database that is away. */
static void who_times_out_with_nobody_beside_waits(void **state)
{
    desk_open_with(&small, 100);
    struct actor *a = desk_actor(1);
    end(a, 5, 1, 1);
    desk_run();
    desk.sqlstate = "57014";
    desk_wait(10 * SECOND);
    desk_answer(DB_RETRY, 0, NULL);
    assert_true(persistence_stats(desk.persistence).refusing);
    desk_wait(100 * MS);
    assert_heard(-1);
    end(a, 1, 1, 2);
    desk_run();
    desk_answer(DB_OK, 0, NULL);
    assert_heard(2);
    assert_false(persistence_stats(desk.persistence).refusing);
    desk_close();
}

static void when_nobody_gets_through_all_wait(void **state)
{
    desk_open_with(&small, 100);
    end(desk_actor(1), 2, 1, 1);
    end(desk_actor(2), 1, 1, 2);
    desk_run();
    desk.sqlstate = "57014";
    for (int i = 0; i < 3; i++) {
        assert_int_equal(desk.nheard, 0);
        assert_false(persistence_stats(desk.persistence).refusing);
        desk_wait(10 * SECOND);
        desk_answer(DB_RETRY, 0, NULL);
    }
    assert_true(persistence_stats(desk.persistence).refusing);
    desk_wait(100 * MS);
    assert_int_equal(desk.nheard, 2);
    desk.nheard = 0;
    assert_true(persistence_idle(desk.persistence));
    desk_close();
}

/* The same state without the time: somebody has cancelled it, which passes. */
static void what_is_cancelled_is_tried_again_whole(void **state)
{
    desk_open_with(&small, 100);
    end(desk_actor(1), 1, 1, 1);
    end(desk_actor(2), 1, 1, 2);
    desk_run();
    desk.sqlstate = "57014";
    desk_answer(DB_RETRY, 0, NULL);
    desk_wait(100 * MS);
    assert_int_equal(desk_newest()->rows, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1, 2);
    desk_close();
}

static void a_room_that_failed_is_not_built_anew_while_it_is_flying(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1);
    end(a, 1, 1, 1);
    desk_run();
    struct turn *t = desk_turn(a, 1, 2, 2);
    t->failed = true;
    turn_end(t);
    assert_heard(-2);
    assert_int_equal(desk.activations, 1);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    assert_int_equal(desk.activations, 2);
    desk_close();
}

static void a_passing_refusal_is_tried_again_after_a_while(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1);
    end(a, 1, 1, 1);
    desk_run();
    desk_answer(DB_RETRY, 0, NULL);
    end(a, 1, 2, 2);
    desk_run();
    assert_int_equal(desk_pending(), 0);
    desk_wait(100 * MS);
    assert_int_equal(desk_newest()->rows, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1, 2);
    desk_close();
}

static void what_is_refused_for_too_long_is_named(void **state)
{
    desk_open(100, 100);
    end(desk_actor(1), 1, 1, 1);
    desk_run();
    for (int i = 0; i < 15; i++) {
        desk_answer(DB_RETRY, 0, NULL);
        desk_wait(60 * MS);
    }
    assert_int_equal(desk.nheard, 0);
    desk_answer(DB_RETRY, 0, NULL);
    desk_wait(200 * MS);
    if (desk_pending())
        desk_answer(DB_RETRY, 0, NULL);
    desk_wait(100 * MS);
    assert_int_equal(desk.why[0], ERROR_UNAVAILABLE);
    assert_heard(-1);
    assert_int_equal(desk.activations, 2);
    desk_close();
}

static void a_lost_commit_is_asked_for_by_its_first_event(void **state)
{
    static const int64_t yes = INT64_MAX, no = 0;
    desk_open(100, 100);
    struct actor *a = desk_actor(6);
    for (int there = 0; there <= 1; there++) {
        struct turn *quiet = desk_turn(a, 1, 8 + 10 * there, 1);
        quiet->settle = NULL; /* rows that no event names */
        turn_end(quiet);
        end(a, 2, 10 + 10 * there, 2);
        end(a, 1, 12 + 10 * there, 3);
        desk_run();
        desk_up(false);
        end(a, 1, 13 + 10 * there, 4);
        desk_run();
        assert_int_equal(desk.nheard, 0);
        desk_up(true);
        assert_ptr_equal(desk_newest()->statement, &CLASSROOM_SETTLE);
        assert_int_equal(desk_newest()->first, 6);
        assert_int_equal(desk_newest()->second, 10 + 10 * there);
        desk_answer(DB_OK, 1, there ? &yes : &no);
        assert_int_equal(desk_newest()->rows, there ? 1 : 5);
        desk_answer(DB_OK, 0, NULL);
        assert_heard(1, 2, 3, 4);
    }
    assert_int_equal(persistence_stats(desk.persistence).settled, 2);
    desk_close();
}

static void a_question_that_is_lost_is_asked_again(void **state)
{
    static const int64_t yes = INT64_MAX;
    desk_open(100, 100);
    end(desk_actor(6), 1, 1, 1);
    desk_run();
    desk_up(false);
    desk_up(true);
    desk_answer(DB_RETRY, 0, NULL);
    desk_wait(60 * MS);
    assert_ptr_equal(desk_newest()->statement, &CLASSROOM_SETTLE);
    desk_up(false);
    desk_up(true);
    assert_ptr_equal(desk_newest()->statement, &CLASSROOM_SETTLE);
    desk_answer(DB_OK, 1, &yes);
    assert_heard(1);
    desk_close();
}

static void who_waits_too_long_is_told_and_the_rest_is_not_sent_empty(void **state)
{
    desk_open(100, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    end(a, 1, 1, 1);
    desk_wait(300 * MS);
    desk_answer(DB_RETRY, 0, NULL);
    end(b, 0, 0, 2);
    desk_wait(100 * MS);
    assert_heard(2);
    end(a, 0, 0, 3); /* behind the first one */
    desk_up(false);
    desk_wait(700 * MS);
    assert_int_equal(desk.why[0], ERROR_UNAVAILABLE);
    assert_heard(-1, -3);
    desk_up(true);
    assert_int_equal(desk_pending(), 0);
    assert_true(persistence_idle(desk.persistence));
    desk_close();
}

static void it_accepts_while_an_absence_is_short(void **state)
{
    desk_open(100, 100);
    desk_up(false);
    assert_true(persistence_accepts(desk.persistence));
    desk_wait(900 * MS);
    assert_true(persistence_accepts(desk.persistence));
    desk_wait(200 * MS);
    assert_false(persistence_accepts(desk.persistence));
    desk_up(true);
    assert_true(persistence_accepts(desk.persistence));
    desk_close();
}

/* Whoever has filled it pays, not whoever comes next. */
static void more_turns_than_it_takes_are_refused(void **state)
{
    desk_open(PERSISTENCE_TURNS, 100);
    struct actor *a = desk_actor(1), *b = desk_actor(2);
    end(a, 1, 1, 1);
    desk_run();
    for (int i = 0; i < PERSISTENCE_TURNS; i++)
        end(a, 1, 2 + i, 0);
    assert_int_equal(persistence_stats(desk.persistence).waiting, PERSISTENCE_TURNS);
    end(b, 1, 1, 2);
    assert_int_equal(persistence_stats(desk.persistence).waiting, 1);
    assert_int_equal(persistence_stats(desk.persistence).full, 1);
    assert_int_equal(persistence_stats(desk.persistence).refused, PERSISTENCE_TURNS);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    assert_int_equal(desk.activations, 3);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(2);
    assert_true(persistence_idle(desk.persistence));
    desk_close();
}

static void a_full_database_queue_is_tried_again(void **state)
{
    desk_open(100, 100);
    desk.full = true;
    end(desk_actor(1), 1, 1, 1);
    desk_run();
    assert_int_equal(desk_pending(), 0);
    desk.full = false;
    desk_wait(60 * MS);
    desk_answer(DB_OK, 0, NULL);
    assert_heard(1);
    desk_close();
}

static struct message *event(int64_t seq)
{
    struct message *m = message_create(MESSAGE_ROOM_DELIVER, sizeof(struct room_deliver));
    assert_non_null(m);
    m->reply.worker = 0;
    room_deliver(m)->seq = seq;
    return m;
}

/* From the first event that found no place until the cut has been taken nothing more is told. */
static void a_full_ingress_is_cut_once(void **state)
{
    desk_open(100, 4);
    for (int64_t seq = 1; seq <= 6; seq++)
        persistence_deliver(desk.persistence, event(seq));
    assert_heard(1001, 1002, 1003, 1004);
    persistence_deliver(desk.persistence, event(7));
    assert_int_equal(desk.cuts, 0);
    desk_wait(60 * MS);
    assert_int_equal(desk.cuts, 1);
    persistence_deliver(desk.persistence, event(8));
    assert_heard(1008);
    assert_int_equal(persistence_stats(desk.persistence).cut_workers, 1);
    desk_wait(200 * MS);
    assert_int_equal(desk.cuts, 1);
    desk_close();
}

static void what_is_left_at_the_end_is_let_go(void **state)
{
    desk_open(1, 100);
    struct actor *a = desk_actor(1);
    end(a, 1, 1, 1);
    end(a, 1, 2, 2);
    desk_run();
    assert_int_equal(desk_pending(), 1);
    desk_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_batch_is_under_way_and_the_next_takes_the_rest),
        cmocka_unit_test(a_batch_has_so_many_turns_at_most),
        cmocka_unit_test(what_writes_nothing_waits_for_what_was_before_it),
        cmocka_unit_test(rooms_share_a_batch),
        cmocka_unit_test(what_is_larger_than_a_batch_delays_others_by_one),
        cmocka_unit_test(a_batch_has_so_many_bytes_at_most),
        cmocka_unit_test(what_writes_nothing_waits_for_its_own_room_only),
        cmocka_unit_test(a_room_with_too_many_rows_is_crowded),
        cmocka_unit_test(the_next_batch_leaves_before_this_one_is_heard_of),
        cmocka_unit_test(one_room_is_at_fault_and_the_others_go_on),
        cmocka_unit_test(rooms_are_tried_one_by_one_through_a_break),
        cmocka_unit_test(a_time_out_is_tried_again_room_by_room),
        cmocka_unit_test(who_times_out_alone_is_tried_after_others),
        cmocka_unit_test(who_times_out_with_nobody_beside_waits),
        cmocka_unit_test(when_nobody_gets_through_all_wait),
        cmocka_unit_test(what_is_cancelled_is_tried_again_whole),
        cmocka_unit_test(a_room_that_failed_is_not_built_anew_while_it_is_flying),
        cmocka_unit_test(a_passing_refusal_is_tried_again_after_a_while),
        cmocka_unit_test(what_is_refused_for_too_long_is_named),
        cmocka_unit_test(a_lost_commit_is_asked_for_by_its_first_event),
        cmocka_unit_test(a_question_that_is_lost_is_asked_again),
        cmocka_unit_test(who_waits_too_long_is_told_and_the_rest_is_not_sent_empty),
        cmocka_unit_test(it_accepts_while_an_absence_is_short),
        cmocka_unit_test(more_turns_than_it_takes_are_refused),
        cmocka_unit_test(a_full_database_queue_is_tried_again),
        cmocka_unit_test(a_full_ingress_is_cut_once),
        cmocka_unit_test(what_is_left_at_the_end_is_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
