/* Raised hands as a queue, and what a teacher does to all at once: the order, what everybody is told of it, and that it
 * outlives refusals and crashes. */
#include "class_help.h"

#include <stdio.h>

enum { CROWD = 600 };

static void does(struct sim *sim, const char *who, const char *what)
{
    sim_post(sim, who, what);
    assert_answered(sim, who, ERROR_OK);
}

static void first_raised_is_first(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem", "Dan");
    does(sim, "Cem", "raise_hand");
    does(sim, "Ben", "raise_hand");
    does(sim, "Dan", "raise_hand");
    assert_hands(sim, "Ada", "Cem Ben Dan");
    does(sim, "Cem", "raise_hand"); /* said again, but the place is kept */
    assert_hands(sim, "Ada", "Cem Ben Dan");
    does(sim, "Ben", "lower_hand");
    assert_hands(sim, "Ada", "Cem Dan");
    does(sim, "Ben", "raise_hand");
    does(sim, "Cem", "lower_hand");
    assert_hands(sim, "Ada", "Dan Ben");
    does(sim, "Ada", "lower_other Dan");
    does(sim, "Ada", "lower_other Dan"); /* idempotent, said each time */
    assert_hands(sim, "Dan", "Ben");
    assert_heard(sim, "Dan",
                 "hand_raised by Cem, hand_raised by Ben, hand_raised by Dan, hand_raised by Cem, hand_lowered by Ben, "
                 "hand_raised by Ben, hand_lowered by Cem, hand_lowered by Dan, hand_lowered by Dan");
    assert_int_equal(class_logs(sim->store, 1, 1, "hand_lowered"), 2);
    sim_end(sim);
}

static void one_gesture_lowers_all(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem", "Dan");
    does(sim, "Dan", "raise_hand");
    does(sim, "Ben", "raise_hand");
    sim_vanish(sim, "Ben"); /* the place is kept, and lowered with the others */
    assert_hands(sim, "Ada", "Dan Ben");
    does(sim, "Ada", "lower_all");
    assert_hands(sim, "Ada", "");
    assert_heard(sim, "Ada",
                 "hand_raised by Dan, hand_raised by Ben, participant_left by Ben, hand_lowered by Dan, "
                 "hand_lowered by Ben");
    does(sim, "Ada", "lower_all");
    assert_heard(sim, "Ada", NOTHING);
    sim_end(sim);
}

static void the_order_outlives_a_crash_and_a_refusal(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem", "Dan");
    does(sim, "Dan", "raise_hand");
    does(sim, "Cem", "raise_hand");
    does(sim, "Ben", "raise_hand");
    does(sim, "Cem", "lower_hand");
    does(sim, "Cem", "raise_hand");
    sim_crash(sim);
    sim_listen(sim, "Ada");
    assert_hands(sim, "Ada", "Dan Ben Cem");
    sim_store_holds(sim);
    sim_post(sim, "Ben", "chat hello"); /* under way; the next ones go together */
    sim_play(sim);
    sim_post(sim, "Ada", "lower_all");
    sim_post(sim, "Ben", "chat poison");
    sim_play(sim);
    sim_store_commits(sim);
    assert_answered(sim, "Ada", ERROR_UNAVAILABLE);
    sim_listen(sim, "Ada");
    assert_hands(sim, "Ada", "Dan Ben Cem");
    sim_end(sim);
}

static void a_place_is_kept_while_its_owner_is_away(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    does(sim, "Ben", "raise_hand");
    sim_vanish(sim, "Ben");
    does(sim, "Cem", "raise_hand");
    sim_listen(sim, "Ben");
    assert_hands(sim, "Ben", "Ben Cem");
    assert_non_null(strstr(sim_client(sim, "Ben")->snapshot.p, "\"raised_hand\":true,\"hand_raised_at\":\"20"));
    does(sim, "Ada", "lower_all");
    sim_listen(sim, "Ben/2");
    sim_play(sim);
    assert_non_null(strstr(sim_client(sim, "Ben/2")->snapshot.p, "\"raised_hand\":false,\"hand_raised_at\":null"));
    sim_end(sim);
}

static void a_kick_takes_the_hand_down(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    does(sim, "Ben", "raise_hand");
    does(sim, "Cem", "raise_hand");
    does(sim, "Ada", "kick Ben");
    assert_hands(sim, "Cem", "Cem");
    assert_heard(sim, "Cem",
                 "hand_raised by Ben, hand_raised by Cem, hand_lowered by Ben, participant_kicked by Ben, "
                 "participant_left by Ben");
    does(sim, "Ada", "join Ben");
    sim_listen(sim, "Ben");
    assert_hands(sim, "Ben", "Cem");
    sim_end(sim);
}

static void all_are_muted_but_the_creator(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem", "Dan", "Eli teaches");
    does(sim, "Cem", "mute_self");
    sim_vanish(sim, "Dan"); /* comes back muted */
    does(sim, "Ada", "kick Eli");
    assert_heard(sim, "Ada",
                 "participant_muted by Cem, participant_left by Dan, participant_kicked by Eli, "
                 "participant_left by Eli");
    does(sim, "Ada", "mute_all");
    assert_heard(sim, "Ada", "participant_muted by Ben, participant_muted by Dan");
    assert_int_equal(class_logs(sim->store, 1, 1, "participant_muted"), 2);
    does(sim, "Ada", "mute_all");
    assert_heard(sim, "Ada", NOTHING);
    does(sim, "Ben", "unmute_self");
    does(sim, "Ada", "unmute_all");
    assert_heard(sim, "Ada", "participant_muted by Ben, participant_muted by Cem, participant_muted by Dan");
    assert_int_equal(class_logs(sim->store, 1, 1, "participant_unmuted"), 2);
    sim_end(sim);
}

static void only_the_creator(void **state)
{
    static const char *const commands[] = { "mute_all", "unmute_all", "lower_all", "lower_other Ben" };
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem", "Eli teaches");
    sim_post(sim, "Ada", "kick Cem");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        sim_post(sim, "Ben", commands[i]);
        assert_answered(sim, "Ben", ERROR_TEACHER_PERMISSION_REQUIRED);
        sim_post(sim, "Eli", commands[i]);
        assert_answered(sim, "Eli", ERROR_TEACHER_PERMISSION_REQUIRED);
        sim_post(sim, "Cem", commands[i]);
        assert_answered(sim, "Cem", ERROR_KICKED);
    }
    sim_post(sim, "Ada", "lower_other");
    assert_answered(sim, "Ada", ERROR_TARGET_REQUIRED);
    does(sim, "Ada", "end");
    sim_post(sim, "Ada", "lower_all");
    assert_answered(sim, "Ada", ERROR_SESSION_NOT_ACTIVE);
    sim_end(sim);
}

/* Whoever was removed stays out by every way in, also after a crash, until the creator lets them in again. */
static void a_ban_lasts(void **state)
{
    static const char *const ways[] = { "join", "raise_hand", "chat hello", "post hello", "signal Ada", "mute_self" };
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    does(sim, "Ada", "kick Ben");
    for (int life = 0; life < 2; life++, sim_crash(sim)) {
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            sim_post(sim, "Ben", ways[i]);
            assert_answered(sim, "Ben", ERROR_KICKED);
        }
        sim_listen(sim, "Ben");
        assert_heard(sim, "Ben", life ? "kicked" : "kicked, kicked");
    }
    does(sim, "Ada", "join Ben");
    does(sim, "Ben", "chat back");
    sim_listen(sim, "Ben");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

/* A creator may leave by the same door, but is never shut out of a class of their own. */
static void the_creator_cannot_be_banned(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    does(sim, "Ada", "kick Ada");
    assert_false(sim_is_open(sim_client(sim, "Ada")));
    does(sim, "Ada", "chat still here");
    does(sim, "Ada", "lower_all");
    sim_listen(sim, "Ada");
    assert_answered(sim, "Ada", ERROR_OK);
    does(sim, "Ada", "kick Ada");
    does(sim, "Ada", "join");
    sim_end(sim);
}

/* Hundreds of rows and events in one turn; thousands are in tests/api. */
static void a_crowd_at_once(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    char name[24];
    for (int i = 0; i < CROWD; i++) {
        snprintf(name, sizeof name, "P%d", i);
        (void)fake_store_user(sim->store, name, false);
        sim_post(sim, name, "join");
        if (i % 200 == 199)
            sim_play(sim);
    }
    for (int i = 0; i < CROWD; i++) {
        snprintf(name, sizeof name, "P%d", CROWD - 1 - i);
        sim_post(sim, name, "raise_hand");
        if (i % 200 == 199)
            sim_play(sim);
    }
    uint64_t before = sim_client(sim, "Ben")->told;
    does(sim, "Ada", "mute_all");
    does(sim, "Ada", "lower_all");
    assert_true(sim_is_open(sim_client(sim, "Ben")));
    assert_int_equal(sim_client(sim, "Ben")->told - before, 2 * CROWD + 1);
    assert_hands(sim, "Ben", "");
    assert_int_equal(class_logs(sim->store, 1, 1, "hand_lowered"), CROWD);
    sim_end(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_raised_is_first),
        cmocka_unit_test(one_gesture_lowers_all),
        cmocka_unit_test(the_order_outlives_a_crash_and_a_refusal),
        cmocka_unit_test(a_place_is_kept_while_its_owner_is_away),
        cmocka_unit_test(a_kick_takes_the_hand_down),
        cmocka_unit_test(all_are_muted_but_the_creator),
        cmocka_unit_test(only_the_creator),
        cmocka_unit_test(a_ban_lasts),
        cmocka_unit_test(the_creator_cannot_be_banned),
        cmocka_unit_test(a_crowd_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
