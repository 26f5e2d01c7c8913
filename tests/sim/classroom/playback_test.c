/* A class and its audio: who may do what, what is heard, where a newcomer is told to start, and what a database that
 * takes its time or a process that dies leaves of it. Contract: classroom, section 6. */
#include "class_help.h"

#include <math.h>

/* Ada has a hymn of half a minute and a drill of unknown length; Eli has a file of his own. */
static struct sim *choir(void)
{
    struct sim *sim = sim_class_of(&sim_usual, "Ada teaches", "Ben", "Cem", "Eli teaches", NULL);
    sim_audio(sim, "Ada", "hymn", 30);
    sim_audio(sim, "Ada", "drill", NAN);
    sim_audio(sim, "Eli", "his", 10);
    return sim;
}

static void does(struct sim *sim, const char *what)
{
    sim_post(sim, "Ada", what);
    assert_answered(sim, "Ada", ERROR_OK);
}

#define assert_at(sim, position) assert_true(fabs(where(sim) - (position)) < 1e-6)
static double where(struct sim *sim)
{
    does(sim, "audio_state");
    return sim_answered_position(sim, "Ada");
}

static bool record_says(struct sim *sim, const char *text)
{
    does(sim, "audio_state");
    return strstr(sim->asks[sim->nasks - 1].body, text) != NULL;
}

static void newcomer_starts(struct sim *sim, const char *who, double position)
{
    struct sim_client *c = sim_listen(sim, who);
    sim_play(sim);
    class_check_let_in(sim, c);
    assert_true(fabs(sim_snapshot_position(c) - position) < 1e-6);
}

/* ---- rules ---- */

static void who_may_command(void **state)
{
    static const char *const commands[] = { "select hymn", "rest_play hymn", "rest_pause", "play hymn",
                                            "pause",       "seek - 3",       "speed - - 2" };
    struct sim *sim = choir();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        sim_post(sim, "Ben", commands[i]);
        assert_answered(sim, "Ben", ERROR_NOT_YOUR_SESSION);
        sim_post(sim, "Eli", commands[i]);
        assert_answered(sim, "Eli", ERROR_NOT_YOUR_SESSION);
        sim_post(sim, "Ada", commands[i]);
        assert_answered(sim, "Ada", ERROR_OK);
    }
    sim_post(sim, "Ben", "audio_state");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

static void what_is_wrong_has_an_order(void **state)
{
    static const struct {
        const char *who, *what;
        enum error why;
    } rules[] = {
        { "Ben", "play none", ERROR_NOT_YOUR_SESSION },
        { "Ada", "play none", ERROR_AUDIO_NOT_FOUND },
        { "Ada", "play his", ERROR_AUDIO_NOT_FOUND },
        { "Ada", "select his", ERROR_AUDIO_NOT_FOUND },
        { "Ada", "pause his", ERROR_AUDIO_NOT_FOUND },
        { "Ada", "play", ERROR_NO_AUDIO_SELECTED },
        { "Ada", "pause", ERROR_NO_AUDIO_SELECTED },
        { "Ada", "rewind", ERROR_NO_AUDIO_SELECTED },
        { "Ada", "rewind none", ERROR_AUDIO_NOT_FOUND },
        { "Ada", "rewind hymn", ERROR_INVALID_ACTION },
        { "Ada", "rest_play", ERROR_NO_AUDIO_IN_SESSION },
        { "Ada", "rest_pause", ERROR_OK },
        { "Ada", "end", ERROR_OK },
        { "Ben", "play none", ERROR_SESSION_NOT_ACTIVE },
        { "Ada", "audio_state", ERROR_SESSION_NOT_ACTIVE },
    };
    struct sim *sim = choir();
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        int at = sim_post(sim, rules[i].who, rules[i].what);
        sim_play(sim);
        if (sim->asks[at].why != rules[i].why)
            fail_msg("%s says \"%s\": %s, not %s", rules[i].who, rules[i].what, error_name(sim->asks[at].why),
                     error_name(rules[i].why));
    }
    sim->room = 99;
    sim_post(sim, "Ada", "play hymn");
    assert_answered(sim, "Ada", ERROR_SESSION_NOT_FOUND);
    sim->room = 1;
    sim_end(sim);
}

/* ---- what is heard ---- */

static void everybody_hears_each_command(void **state)
{
    struct sim *sim = choir();
    does(sim, "select hymn");
    does(sim, "play - 10 2");
    sim_wait(sim, 2 * SECOND);
    does(sim, "speed - - 0.5");
    does(sim, "seek - 20 1");
    sim_wait(sim, 2 * SECOND);
    does(sim, "pause - - 1");
    does(sim, "seek - 5 1");
    does(sim, "pause - 7 1");
    does(sim, "rest_play - - 4");
    assert_heard(sim, "Ben",
                 "audio_selected, audio_play at 10 x2, audio_speed_change at 14 x0.5, audio_play at 20 x0.5, "
                 "audio_pause at 21 x0.5, audio_seek at 5 x0.5, audio_pause at 7 x0.5, audio_play at 0 x4");
    assert_int_equal(class_playings(sim->store, 1, false), 3);
    sim_end(sim);
}

static void nobody_hears_a_play_before_it_is_on_disk(void **state)
{
    struct sim *sim = choir();
    sim_store_holds(sim);
    sim_post(sim, "Ada", "play hymn 3");
    assert_unanswered(sim, "Ada");
    assert_heard(sim, "Ben", NOTHING);
    sim_wait(sim, SECOND);
    sim_store_commits(sim);
    assert_heard(sim, "Ben", "audio_play at 3 x1");
    assert_at(sim, 4); /* it has run since it was said */
    sim_end(sim);
}

/* A pause is where the class was when it was said, however long its commit takes. */
static void a_pause_does_not_wait_for_the_database(void **state)
{
    struct sim *sim = choir();
    does(sim, "play drill 0 2");
    sim_wait(sim, 3 * SECOND);
    sim_store_holds(sim);
    sim_post(sim, "Ada", "rest_pause");
    sim_wait(sim, 2 * SECOND);
    sim_store_commits(sim);
    assert_heard(sim, "Ben", "audio_play at 0 x2, audio_pause at 6 x2");
    assert_at(sim, 6);
    sim_end(sim);
}

/* ---- who comes later ---- */

static void a_newcomer_starts_where_the_class_is(void **state)
{
    struct sim *sim = choir();
    newcomer_starts(sim, "Ben/2", 0);
    does(sim, "play hymn 10 2");
    sim_wait(sim, 4 * SECOND);
    newcomer_starts(sim, "Ben/3", 18);
    does(sim, "pause");
    sim_wait(sim, 4 * SECOND);
    newcomer_starts(sim, "Cem/2", 18);
    does(sim, "play - 18 2");
    sim_wait(sim, 60 * SECOND);
    newcomer_starts(sim, "Cem/3", 30); /* the end of the hymn */
    does(sim, "play drill");
    sim_wait(sim, 60 * SECOND);
    newcomer_starts(sim, "Ben/4", 60);
    sim_end(sim);
}

/* The snapshot is the class at the newcomer's place in the numbers: before the seek, or after it, never between. */
static void joins_between_commands(void **state)
{
    struct sim *sim = choir();
    does(sim, "play hymn 10");
    sim_store_holds(sim);
    int before = sim_post(sim, "Ada", "audio_state");
    sim_listen(sim, "Ben/2");
    sim_play(sim);
    sim_post(sim, "Ada", "seek - 20");
    sim_play(sim);
    sim_listen(sim, "Cem/2");
    sim_play(sim);
    sim_post(sim, "Ada", "pause - 25");
    sim_store_commits(sim);
    assert_true(sim->asks[before].answered);
    assert_true(sim_snapshot_position(sim_client(sim, "Ben/2")) == 10);
    assert_heard(sim, "Ben/2", "audio_play at 20 x1, participant_joined by Cem, audio_pause at 25 x1");
    assert_true(sim_snapshot_position(sim_client(sim, "Cem/2")) == 20);
    assert_heard(sim, "Cem/2", "audio_pause at 25 x1");
    sim_end(sim);
}

/* ---- refused and lost ---- */

/* What was played by a turn that could not be kept has never been played. */
static void a_refused_play_leaves_the_class_where_it_was(void **state)
{
    struct sim *sim = choir();
    does(sim, "play hymn 5");
    sim_wait(sim, 2 * SECOND);
    sim_store_holds(sim);
    sim_post(sim, "Ben", "raise_hand");
    sim_play(sim); /* under way; the next ones go together */
    int lost = sim_post(sim, "Ada", "play drill 100 4");
    sim_post(sim, "Ben", "chat poison");
    sim_play(sim);
    sim_store_commits(sim);
    assert_int_equal(sim->asks[lost].why, ERROR_UNAVAILABLE);
    sim_wait(sim, SECOND);
    assert_true(record_says(sim, "\"hymn\""));
    assert_at(sim, 8);
    assert_int_equal(class_playings(sim->store, 1, false), 1);
    sim_end(sim);
}

static void lose_a_play(enum fake_outcome outcome)
{
    struct sim *sim = choir();
    sim_store_holds(sim);
    sim_post(sim, "Ada", "play hymn 5 2");
    sim_store_does(sim, outcome);
    sim_wait(sim, SECOND);
    sim_store_back(sim);
    sim_store_commits(sim);
    assert_answered(sim, "Ada", ERROR_OK);
    assert_heard(sim, "Ben", "audio_play at 5 x2");
    assert_at(sim, 7);
    assert_int_equal(class_playings(sim->store, 1, false), 1);
    sim_end(sim);
}

static void a_play_whose_commit_was_lost_plays_once(void **state)
{
    lose_a_play(FAKE_LOST_DONE);
    lose_a_play(FAKE_LOST);
}

/* ---- restarts ---- */

static void a_class_goes_on_after_a_crash(void **state)
{
    struct sim *sim = choir();
    does(sim, "play drill 10 2");
    sim_wait(sim, 4 * SECOND);
    sim_crash_for(sim, 6 * SECOND);
    assert_at(sim, 30);
    newcomer_starts(sim, "Ben", 30);
    sim_wait(sim, SECOND);
    sim_crash(sim);
    assert_at(sim, 32);
    does(sim, "pause");
    sim_crash_for(sim, 100 * SECOND);
    assert_at(sim, 32);
    assert_true(record_says(sim, "\"paused\"") && record_says(sim, "\"drill\""));
    does(sim, "speed - - 0.5");
    does(sim, "select hymn");
    sim_crash_for(sim, 100 * SECOND);
    assert_at(sim, 0);
    assert_true(record_says(sim, "\"stopped\"") && record_says(sim, "\"speed\":0.5"));
    sim_end(sim);
}

static void a_class_stands_at_the_end_after_a_crash(void **state)
{
    struct sim *sim = choir();
    does(sim, "play hymn 10");
    sim_crash_for(sim, 3600 * SECOND);
    assert_at(sim, 30);
    assert_true(record_says(sim, "\"playing\""));
    does(sim, "seek - 3");
    sim_wait(sim, SECOND);
    assert_at(sim, 4);
    sim_end(sim);
}

/* Nobody was told of the pause, so it never was. */
static void a_pause_that_a_crash_takes_back(void **state)
{
    struct sim *sim = choir();
    does(sim, "play drill 10");
    sim_store_holds(sim);
    sim_post(sim, "Ada", "pause - 10");
    sim_play(sim);
    sim_crash_for(sim, 5 * SECOND);
    sim_store_commits(sim);
    assert_at(sim, 15);
    does(sim, "pause");
    assert_int_equal(class_playings(sim->store, 1, true), 0);
    assert_int_equal(class_playings(sim->store, 1, false), 1);
    sim_end(sim);
}

static void a_clock_that_was_set_back(void **state)
{
    struct sim *sim = choir();
    does(sim, "play drill 10");
    sim_wait(sim, 2 * SECOND);
    sim_set_wall(sim->system, sim_wall(sim->system) - 3600 * INT64_C(1000000));
    assert_at(sim, 12); /* a running class does not look at the wall */
    sim_crash(sim);
    assert_at(sim, 10);
    does(sim, "pause");
    sim_end(sim);
}

static void a_room_that_left_memory_goes_on(void **state)
{
    struct sim_options o = sim_usual;
    o.idle_ns = 10 * SECOND;
    struct sim *sim = sim_house(&o, "Ada teaches", NULL);
    sim_audio(sim, "Ada", "drill", NAN);
    does(sim, "play drill 10 2");
    sim_wait(sim, 60 * SECOND);
    struct buf b = { 0 };
    assert_false(worker_describe(system_home(sim->system, classroom_address(1)), classroom_address(1), &b));
    buf_fini(&b);
    assert_at(sim, 130);
    sim_end(sim);
}

static void the_end_of_a_session_is_the_end_of_its_audio(void **state)
{
    struct sim *sim = choir();
    does(sim, "play hymn 10");
    assert_int_equal(class_playings(sim->store, 1, true), 1);
    sim_wait(sim, SECOND);
    does(sim, "end");
    assert_int_equal(class_playings(sim->store, 1, true), 0);
    assert_string_equal(class_playback(sim->store, 1).status, "paused");
    assert_true(class_playback(sim->store, 1).position == 11);
    sim_end(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_command),
        cmocka_unit_test(what_is_wrong_has_an_order),
        cmocka_unit_test(everybody_hears_each_command),
        cmocka_unit_test(nobody_hears_a_play_before_it_is_on_disk),
        cmocka_unit_test(a_pause_does_not_wait_for_the_database),
        cmocka_unit_test(a_newcomer_starts_where_the_class_is),
        cmocka_unit_test(joins_between_commands),
        cmocka_unit_test(a_refused_play_leaves_the_class_where_it_was),
        cmocka_unit_test(a_play_whose_commit_was_lost_plays_once),
        cmocka_unit_test(a_class_goes_on_after_a_crash),
        cmocka_unit_test(a_class_stands_at_the_end_after_a_crash),
        cmocka_unit_test(a_pause_that_a_crash_takes_back),
        cmocka_unit_test(a_clock_that_was_set_back),
        cmocka_unit_test(a_room_that_left_memory_goes_on),
        cmocka_unit_test(the_end_of_a_session_is_the_end_of_its_audio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
