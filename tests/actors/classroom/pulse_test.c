/* Pulse: a run is written down once it is open, renewed every ten seconds and at the end; an absent database is asked
 * again at the next beat. */
#include "tests/actors/room/desk_help.h"

#include "actors/classroom/pulse.h"
#include "store/statements.h"

#define STARTED_AT INT64_C(1771950260000000)
#define PG(us)     ((us)-INT64_C(946684800000000)) /* as the database counts */

static struct pulse *begin(void)
{
    desk_open(10, 100);
    struct pulse *p = pulse_create(desk.worker, STARTED_AT);
    assert_non_null(p);
    return p;
}

static void end(struct pulse *p)
{
    desk_close();
    pulse_destroy(p);
}

static void assert_begins(void)
{
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, &CLASSROOM_RUN_BEGIN);
    assert_int_equal(desk_newest()->first, PG(STARTED_AT));
}

static void assert_beats(int64_t run)
{
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, &CLASSROOM_RUN_ALIVE);
    assert_int_equal(desk_newest()->first, run);
    assert_int_equal(desk_newest()->second, PG(worker_wall(desk.worker)));
}

static void silent_until_it_is_opened(void **state)
{
    struct pulse *p = begin();
    desk_wait(30 * SECOND);
    assert_int_equal(desk_pending(), 0);
    pulse_close(p);
    assert_int_equal(desk_pending(), 0);
    end(p);
}

static void a_run_begins_and_beats(void **state)
{
    struct pulse *p = begin();
    pulse_open(p);
    assert_begins();
    assert_false(pulse_idle(p));
    desk_answer(DB_OK, 1, (const int64_t[]){ 7 });
    assert_true(pulse_idle(p));
    for (int i = 0; i < 3; i++) {
        desk_wait(10 * SECOND);
        assert_beats(7);
        desk_answer(i == 1 ? DB_AWAY : DB_OK, 0, NULL);
    }
    end(p);
}

static void the_last_beat_is_when_it_closes(void **state)
{
    struct pulse *p = begin();
    pulse_open(p);
    desk_answer(DB_OK, 1, (const int64_t[]){ 7 });
    pulse_close(p);
    assert_beats(7);
    desk_answer(DB_OK, 0, NULL);
    desk_wait(60 * SECOND);
    assert_int_equal(desk_pending(), 0);
    end(p);
}

static void one_question_at_a_time(void **state)
{
    struct pulse *p = begin();
    pulse_open(p);
    desk_wait(60 * SECOND);
    assert_begins();
    desk_answer(DB_OK, 1, (const int64_t[]){ 7 });
    end(p);
}

static void an_absent_database_is_asked_again(void **state)
{
    struct pulse *p = begin();
    desk.full = true;
    pulse_open(p);
    assert_int_equal(desk_pending(), 0);
    desk.full = false;
    desk_wait(10 * SECOND);
    assert_begins();
    desk_answer(DB_AWAY, 0, NULL);
    desk_wait(10 * SECOND);
    assert_begins();
    desk_answer(DB_OK, 1, (const int64_t[]){ 8 });
    desk_wait(10 * SECOND);
    assert_beats(8);
    desk_answer(DB_OK, 0, NULL);
    end(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_until_it_is_opened),         cmocka_unit_test(a_run_begins_and_beats),
        cmocka_unit_test(the_last_beat_is_when_it_closes),   cmocka_unit_test(one_question_at_a_time),
        cmocka_unit_test(an_absent_database_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
