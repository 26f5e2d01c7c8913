/* The rules of a class: who may do what, in the order in which the contract names what is wrong, and what each gesture
 * leaves in the tables and says to the others. Contract: classroom, sections 3, 4, 7, 9.3. */
#include "class_help.h"

#include <stdio.h>

struct rule {
    const char *who, *what;
    enum error why;
};

/* Ada made the session and has joined, Ben is in it, Kim was removed, Dan and Eli (a teacher) were never in it. */
static struct sim *school(void)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", "Kim", "Dan", "Eli teaches", NULL);
    sim_post(sim, "Ada", "join");
    sim_post(sim, "Ben", "join");
    sim_post(sim, "Kim", "join");
    sim_play(sim);
    sim_post(sim, "Ada", "kick Kim");
    sim_play(sim);
    assert_answered(sim, "Ada", ERROR_OK);
    return sim;
}

static void check_all(struct sim *sim, const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int at = sim_post(sim, rules[i].who, rules[i].what);
        sim_play(sim);
        if (sim->asks[at].why != rules[i].why)
            fail_msg("%s may \"%s\": %s, not %s", rules[i].who, rules[i].what, error_name(sim->asks[at].why),
                     error_name(rules[i].why));
        assert_true(sim->asks[at].answered);
    }
}
#define check_rules(sim, rules) check_all(sim, rules, sizeof(rules) / sizeof *(rules))

static void gestures(void **state)
{
    static const struct rule rules[] = {
        { "Ben", "raise_hand", ERROR_OK },
        { "Ben", "chat hello", ERROR_OK },
        { "Ben", "chat", ERROR_EMPTY_MESSAGE },
        { "Ada", "mute_self", ERROR_OK },
        { "Dan", "raise_hand", ERROR_NOT_A_PARTICIPANT },
        { "Dan", "chat", ERROR_NOT_A_PARTICIPANT },
        { "Kim", "lower_hand", ERROR_KICKED },
        { "Kim", "chat", ERROR_KICKED },
        { "Ben", "signal Ada", ERROR_OK },
        { "Ben", "signal Dan", ERROR_TARGET_REQUIRED },
        { "Ben", "mute_other Ada", ERROR_TEACHER_PERMISSION_REQUIRED },
        { "Dan", "mute_other Ada", ERROR_NOT_A_PARTICIPANT },
        { "Eli", "kick_other Ben", ERROR_NOT_A_PARTICIPANT },
        { "Kim", "kick_other Ben", ERROR_KICKED },
        { "Ada", "mute_other Ben", ERROR_OK },
        { "Ada", "mute_other Dan", ERROR_TARGET_REQUIRED },
        { "Ben", "end_by_action", ERROR_TEACHER_PERMISSION_REQUIRED },
    };
    struct sim *sim = school();
    check_rules(sim, rules);
    sim_end(sim);
}

static void joining(void **state)
{
    static const struct rule rules[] = {
        { "Ben", "join", ERROR_OK },
        { "Dan", "join", ERROR_OK },
        { "Kim", "join", ERROR_KICKED },
        { "Ben", "join Dan", ERROR_ONLY_CREATOR_ADDS },
        { "Ada", "join Eli", ERROR_ONLY_STUDENTS_ADDED },
        { "Ada", "join Nobody", ERROR_USER_NOT_FOUND },
        { "Ada", "join Kim", ERROR_OK },
        { "Kim", "raise_hand", ERROR_OK },
        { "Eli", "join", ERROR_OK },
    };
    struct sim *sim = school();
    check_rules(sim, rules);
    assert_int_equal(class_people(sim->store, 1), 5);
    sim_end(sim);
}

static void the_teachers_paths(void **state)
{
    static const struct rule rules[] = {
        { "Ben", "mute Kim", ERROR_NOT_YOUR_SESSION },
        { "Ben", "mute Dan", ERROR_PARTICIPANT_NOT_FOUND },
        { "Eli", "kick Ben", ERROR_NOT_YOUR_SESSION },
        { "Ada", "kick Dan", ERROR_PARTICIPANT_NOT_FOUND },
        { "Ada", "mute Ben", ERROR_OK },
        { "Ada", "unmute Ben", ERROR_OK },
        { "Ada", "kick Ben", ERROR_OK },
        { "Ben", "end", ERROR_ONLY_CREATOR_CAN_END },
        { "Ada", "end", ERROR_OK },
    };
    struct sim *sim = school();
    check_rules(sim, rules);
    sim_end(sim);
}

static void operators_may_what_the_creator_may(void **state)
{
    static const struct rule rules[] = {
        { "Nobody", "kick Ben", ERROR_NOT_YOUR_SESSION },
        { "Nobody", "end", ERROR_ONLY_CREATOR_CAN_END },
        { "Nobody", "op_kick Dan", ERROR_PARTICIPANT_NOT_FOUND },
        { "Nobody", "op_kick Ben", ERROR_OK },
        { "Ben", "raise_hand", ERROR_KICKED },
        { "Nobody", "op_end", ERROR_OK },
        { "Nobody", "op_end", ERROR_SESSION_ENDED },
    };
    struct sim *sim = school();
    check_rules(sim, rules);
    assert_int_equal(class_logs(sim->store, 1, 0, "participant_kicked"), 1);
    assert_int_equal(class_logs(sim->store, 1, 0, "session_ended"), 1);
    sim_end(sim);
}

static void writing_as_a_participant(void **state)
{
    static const struct rule rules[] = {
        { "Ben", "post hello", ERROR_OK },
        { "Dan", "post from Dan", ERROR_INVALID_PARTICIPANT },
        { "Kim", "post from Kim", ERROR_KICKED },
    };
    struct sim *sim = school();
    check_rules(sim, rules);
    assert_int_equal(class_chats(sim->store, 1, "hello"), 1);
    sim_end(sim);
}

static void after_the_end(void **state)
{
    static const struct rule rules[] = {
        { "Ada", "end", ERROR_OK },
        { "Ada", "end", ERROR_SESSION_ENDED },
        { "Ben", "end", ERROR_SESSION_ENDED },
        { "Ben", "raise_hand", ERROR_SESSION_NOT_ACTIVE },
        { "Dan", "raise_hand", ERROR_NOT_A_PARTICIPANT },
        { "Ada", "end_by_action", ERROR_SESSION_NOT_ACTIVE },
        { "Ada", "mute Ben", ERROR_SESSION_NOT_ACTIVE },
        { "Ada", "mute Dan", ERROR_PARTICIPANT_NOT_FOUND },
        { "Ben", "post late", ERROR_SESSION_NOT_ACTIVE },
        { "Dan", "join", ERROR_SESSION_NOT_ACTIVE },
        { "Ada", "join Nobody", ERROR_SESSION_NOT_ACTIVE },
    };
    struct sim *sim = school();
    check_rules(sim, rules);
    sim_end(sim);
}

static void a_creator_acts_without_having_joined(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", NULL);
    sim_listen(sim, "Ben");
    sim_play(sim);
    sim_post(sim, "Ada", "chat hello");
    assert_answered(sim, "Ada", ERROR_OK);
    assert_heard(sim, "Ben", "chat by Ada: hello");
    const struct fake_person *p = class_person(sim->store, 1, fake_store_user_id(sim->store, "Ada"));
    assert_true(p && p->left == p->joined && !p->connected);
    sim_listen(sim, "Ben/2");
    sim_play(sim);
    assert_null(strstr(sim_client(sim, "Ben/2")->snapshot.p, "\"Ada\""));
    sim_end(sim);
}

static void a_gesture_is_in_the_tables_and_heard(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    int32_t ben = fake_store_user_id(sim->store, "Ben");
    sim_post(sim, "Ben", "raise_hand");
    assert_heard(sim, "Ada", "hand_raised by Ben");
    assert_true(class_person(sim->store, 1, ben)->hand);
    sim_post(sim, "Ben", "lower_hand");
    sim_post(sim, "Ben", "mute_self");
    assert_heard(sim, "Ada", "hand_lowered by Ben, participant_muted by Ben");
    assert_false(class_person(sim->store, 1, ben)->hand);
    assert_true(class_person(sim->store, 1, ben)->muted);
    sim_post(sim, "Ada", "unmute Ben");
    assert_heard(sim, "Ben",
                 "hand_raised by Ben, hand_lowered by Ben, participant_muted by Ben, participant_muted by Ben");
    assert_false(class_person(sim->store, 1, ben)->muted);
    assert_int_equal(class_logs(sim->store, 1, ben, "hand_raised"), 1);
    assert_int_equal(class_logs(sim->store, 1, ben, "hand_lowered"), 1);
    assert_int_equal(class_logs(sim->store, 1, ben, "participant_muted"), 1);
    assert_int_equal(class_logs(sim->store, 1, 1, "participant_unmuted"), 1);
    sim_end(sim);
}

static void who_is_added_is_announced_once_as_new(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", NULL);
    sim_listen(sim, "Ada");
    sim_play(sim);
    sim_post(sim, "Ada", "join Ben");
    sim_post(sim, "Ben", "join");
    assert_heard(sim, "Ada", "participant_added by Ben, participant_already_present by Ben");
    assert_int_equal(class_logs(sim->store, 1, 2, "participant_joined"), 1);
    sim_end(sim);
}

/* Everybody who has ever been in it counts; the creator always finds a place. */
static void a_full_room_takes_nobody_new(void **state)
{
    static const struct rule rules[] = {
        { "Ben", "join", ERROR_OK },           { "Cem", "join", ERROR_OK },
        { "Dan", "join", ERROR_SESSION_FULL }, { "Ada", "join Dan", ERROR_SESSION_FULL },
        { "Ada", "kick Cem", ERROR_OK },       { "Dan", "join", ERROR_SESSION_FULL },
        { "Ben", "join", ERROR_OK },           { "Ada", "join", ERROR_OK },
    };
    struct sim_options o = sim_usual;
    o.people = 2;
    struct sim *sim = sim_house(&o, "Ada teaches", "Ben", "Cem", "Dan", NULL);
    check_rules(sim, rules);
    sim_end(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_room_takes_nobody_new),
        cmocka_unit_test(gestures),
        cmocka_unit_test(joining),
        cmocka_unit_test(the_teachers_paths),
        cmocka_unit_test(operators_may_what_the_creator_may),
        cmocka_unit_test(writing_as_a_participant),
        cmocka_unit_test(after_the_end),
        cmocka_unit_test(a_creator_acts_without_having_joined),
        cmocka_unit_test(a_gesture_is_in_the_tables_and_heard),
        cmocka_unit_test(who_is_added_is_announced_once_as_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
