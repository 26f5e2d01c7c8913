/* Invites in a class: who may, what they undo, and that they are on disk as a whole or not at all. */
#include "class_help.h"

static int logged(const struct sim *sim)
{
    return class_logs(sim->store, 1, fake_store_user_id(sim->store, "Ada"), "participant_invited");
}

static void an_invite_is_logged_and_nobody_is_told(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_post(sim, "Ada", "invite Ben");
    assert_answered(sim, "Ada", ERROR_OK);
    assert_heard(sim, "Ben", NOTHING);
    assert_int_equal(logged(sim), 1);
    assert_int_equal(class_invites(sim->store, 1), 1);
    sim_post(sim, "Ada", "chat hello");
    assert_heard(sim, "Ben", "chat by Ada: hello");
    sim_end(sim);
}

/* The invite took a number that no stream was told: the ring and the log must both pass over it. */
static void who_comes_back_misses_nothing_around_an_invite(void **state)
{
    struct sim_options small = sim_usual;
    small.ring = 2;
    const struct sim_options rooms[] = { sim_usual, small };
    for (int i = 0; i < 2; i++) {
        struct sim *sim = sim_class_of(&rooms[i], "Ada teaches", "Ben", "Cem", NULL);
        sim_post(sim, "Ada", "chat one");
        sim_play(sim);
        sim_vanish(sim, "Ben");
        sim_play(sim);
        sim_post(sim, "Ada", "invite Cem");
        sim_post(sim, "Ada", "chat two");
        sim_post(sim, "Ada", "chat three");
        sim_play(sim);
        sim_client(sim, "Ben")->heard.n = 0;
        sim_listen(sim, "Ben");
        assert_heard(sim, "Ben", "participant_left by Ben, chat by Ada: two, chat by Ada: three, resumed");
        sim_end(sim);
    }
}

static void only_the_creator_invites_and_only_people_who_are_there(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Dan teaches");
    sim_post(sim, "Dan", "invite Ben");
    assert_answered(sim, "Dan", ERROR_NOT_YOUR_SESSION);
    sim_post(sim, "Dan", "invite Nobody");
    assert_answered(sim, "Dan", ERROR_NOT_YOUR_SESSION);
    sim_post(sim, "Ada", "invite Nobody");
    assert_answered(sim, "Ada", ERROR_STUDENT_NOT_FOUND);
    sim_post(sim, "Ada", "end");
    sim_play(sim);
    sim_post(sim, "Ada", "invite Ben");
    assert_answered(sim, "Ada", ERROR_SESSION_NOT_ACTIVE);
    assert_int_equal(logged(sim), 0);
    assert_int_equal(class_invites(sim->store, 1), 0);
    sim_end(sim);
}

static void an_invite_lifts_a_ban_without_bringing_anybody_in(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    int32_t ben = fake_store_user_id(sim->store, "Ben");
    sim_post(sim, "Ada", "kick Ben");
    sim_play(sim);
    sim_post(sim, "Ben", "join");
    assert_answered(sim, "Ben", ERROR_KICKED);
    sim_post(sim, "Ada", "invite Ben");
    assert_answered(sim, "Ada", ERROR_OK);
    assert_false(class_person(sim->store, 1, ben)->kicked);
    assert_true(class_person(sim->store, 1, ben)->left > 0);
    sim_crash(sim);
    sim_post(sim, "Ben", "join");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

/* The last word is said before the commit: a crash leaves all of the invite, or nothing. */
static void an_invite_is_whole(enum fake_outcome outcome, int expected)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    int32_t ben = fake_store_user_id(sim->store, "Ben");
    sim_post(sim, "Ada", "kick Ben");
    sim_play(sim);
    sim_store_holds(sim);
    sim_post(sim, "Ada", "invite Ben");
    assert_unanswered(sim, "Ada");
    if (outcome == FAKE_DONE)
        sim_store_does(sim, outcome);
    sim_crash(sim);
    sim_store_commits(sim);
    assert_int_equal(logged(sim), expected);
    assert_int_equal(class_invites(sim->store, 1), expected);
    assert_int_equal(class_person(sim->store, 1, ben)->kicked, !expected);
    sim_end(sim);
}

static void a_crash_before_the_commit_leaves_nothing(void **state)
{
    an_invite_is_whole(FAKE_LOST, 0);
}

static void a_crash_after_the_commit_leaves_all(void **state)
{
    an_invite_is_whole(FAKE_DONE, 1);
}

static void a_commit_whose_answer_was_lost_is_not_done_twice(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_store_holds(sim);
    sim_post(sim, "Ada", "invite Ben");
    sim_store_does(sim, FAKE_LOST_DONE);
    sim_store_back(sim);
    sim_store_commits(sim);
    sim_wait(sim, SECOND);
    assert_answered(sim, "Ada", ERROR_OK);
    assert_int_equal(class_invites(sim->store, 1), 1);
    sim_end(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invite_is_logged_and_nobody_is_told),
        cmocka_unit_test(who_comes_back_misses_nothing_around_an_invite),
        cmocka_unit_test(only_the_creator_invites_and_only_people_who_are_there),
        cmocka_unit_test(an_invite_lifts_a_ban_without_bringing_anybody_in),
        cmocka_unit_test(a_crash_before_the_commit_leaves_nothing),
        cmocka_unit_test(a_crash_after_the_commit_leaves_all),
        cmocka_unit_test(a_commit_whose_answer_was_lost_is_not_done_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
