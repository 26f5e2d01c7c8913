/* Room kinds: a kind is found by its number; rooms that were left behind are woken at start and when the database comes
 * back, by the first worker. */
#include "tests/actors/room/desk_help.h"

#include "actors/classroom/classroom.h"
#include "actors/room_kinds.h"
#include "store/statements.h"

static int begin(void **state)
{
    classroom_setup(SECOND, 100);
    room_kind_setup(&classroom_ops, 100, 60 * SECOND, 100);
    desk_open(10, 100);
    return !system_add_kind(desk.system, classroom_ops.kind);
}

static int end(void **state)
{
    desk_close();
    return 0;
}

static void each_has_a_number_of_its_own(void **state)
{
    for (int i = 0; room_kinds[i]; i++)
        assert_ptr_equal(room_kind_numbered(room_kinds[i]->number), room_kinds[i]);
    assert_null(room_kind_numbered(0));
    assert_null(room_kind_numbered(UINT16_MAX));
}

/* Each kind that leaves rooms behind is asked for them, in the order of the list. */
static void assert_searched(void)
{
    assert_int_equal(desk_pending(), 2);
    assert_ptr_equal(desk.ops[desk.answered].statement, &CLASSROOM_LEFT_BEHIND);
    assert_ptr_equal(desk.ops[desk.answered + 1].statement, &PRACTICE_CHAT_UNANSWERED);
}

/* A room that is woken loads itself. The id. */
static int64_t woken(void)
{
    int64_t id = desk.ops[desk.answered].first;
    assert_ptr_equal(desk.ops[desk.answered].statement, &CLASSROOM_LOAD);
    desk_answer(DB_OK, 0, NULL);
    return id;
}

static void who_was_left_behind_is_woken(void **state)
{
    rooms_part.start(desk.worker);
    assert_searched();
    desk_answer(DB_OK, 2, (const int64_t[]){ 7, 9 });
    desk_answer(DB_OK, 0, NULL);
    assert_int_equal(desk_pending(), 2);
    int64_t one = woken(), other = woken();
    assert_true((one == 7 && other == 9) || (one == 9 && other == 7));
    assert_int_equal(desk_pending(), 0);
}

static void a_database_that_comes_back_is_asked_again(void **state)
{
    rooms_part.database(desk.worker, false);
    assert_int_equal(desk_pending(), 0);
    rooms_part.database(desk.worker, true);
    assert_searched();
    desk_answer(DB_AWAY, 0, NULL);
    desk_answer(DB_AWAY, 0, NULL);
    assert_int_equal(desk_pending(), 0);
}

static void without_a_place_for_the_question_nothing_is_woken(void **state)
{
    desk.full = true;
    rooms_part.start(desk.worker);
    assert_int_equal(desk_pending(), 0);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(each_has_a_number_of_its_own),
        TEST_OF(who_was_left_behind_is_woken),
        TEST_OF(a_database_that_comes_back_is_asked_again),
        TEST_OF(without_a_place_for_the_question_nothing_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
