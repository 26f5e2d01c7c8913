/* Races of a class with its database, by hand: what is heard and answered while it takes its time, refuses, breaks off,
 * or is away. */
#include "class_help.h"

static int chats(const struct sim *sim, const char *text)
{
    return class_chats(sim->store, sim->room, text);
}

/* A transaction is under way, so that what comes next goes together in the one after it. */
static void keep_busy(struct sim *sim)
{
    sim_store_holds(sim);
    sim_post(sim, "Ada", "raise_hand");
    sim_play(sim);
}

/* ---- durable before visible ---- */

static void nobody_hears_a_hand_before_it_is_on_disk(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_holds(sim);
    sim_post(sim, "Ben", "raise_hand");
    assert_unanswered(sim, "Ben");
    assert_heard(sim, "Cem", NOTHING);
    sim_store_commits(sim);
    assert_heard(sim, "Cem", "hand_raised by Ben");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

static void an_answer_waits_for_its_own_commit_only(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    keep_busy(sim);
    sim_post(sim, "Ben", "post hello");
    sim_store_does(sim, FAKE_DONE);
    assert_answered(sim, "Ada", ERROR_OK);
    assert_unanswered(sim, "Ben");
    assert_heard(sim, "Cem", "hand_raised by Ada");
    sim_store_does(sim, FAKE_DONE);
    assert_answered(sim, "Ben", ERROR_OK);
    assert_non_null(strstr(sim->asks[sim->nasks - 1].body, "\"message\":\"hello\""));
    assert_heard(sim, "Cem", "chat by Ben: hello");
    assert_int_equal(chats(sim, "hello"), 1);
    sim_end(sim);
}

static void a_refusal_waits_behind_what_it_was_judged_by(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_holds(sim);
    sim_post(sim, "Ada", "kick Ben");
    sim_post(sim, "Ben", "chat hello");
    assert_unanswered(sim, "Ben");
    sim_store_commits(sim);
    assert_answered(sim, "Ben", ERROR_KICKED);
    assert_int_equal(chats(sim, "hello"), 0);
    sim_end(sim);
}

/* persistence.h: turns are released in their order. */
static void a_refusal_does_not_overtake_the_event_before_it(void **state)
{
    struct sim_options o = sim_usual;
    o.workers = 1;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", NULL);
    sim_store_holds(sim);
    int hand = sim_post(sim, "Ben", "raise_hand");
    sim_play(sim);
    int refused = sim_post(sim, "Ben", "kick Ada");
    sim_play(sim);
    sim_store_does(sim, FAKE_DONE);
    assert_answered(sim, "Ben", ERROR_NOT_YOUR_SESSION);
    assert_true(sim->asks[hand].answered);
    assert_true(sim->asks[hand].order < sim->asks[refused].order);
    sim_end(sim);
}

static void a_snapshot_is_never_ahead_of_the_log(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_holds(sim);
    sim_post(sim, "Ben", "raise_hand");
    sim_listen(sim, "Cem/2");
    assert_unanswered(sim, "Cem");
    sim_store_commits(sim);
    assert_answered(sim, "Cem", ERROR_OK);
    assert_non_null(strstr(sim_client(sim, "Cem/2")->snapshot.p, "\"raised_hand\":true"));
    assert_heard(sim, "Cem/2", NOTHING);
    assert_heard(sim, "Cem", "hand_raised by Ben, participant_joined by Cem");
    sim_end(sim);
}

/* Nobody may hear of a participant whom a crash can still take back. */
static void a_signal_waits_for_its_senders_row(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", NULL);
    sim_listen(sim, "Ben");
    sim_play(sim);
    sim_store_holds(sim);
    sim_post(sim, "Ada", "signal Ben");
    assert_heard(sim, "Ben", NOTHING);
    sim_store_commits(sim);
    assert_heard(sim, "Ben", "webrtc_signal");
    sim_end(sim);
}

static void a_signal_between_people_on_disk_does_not_wait(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    keep_busy(sim);
    int64_t seq = fake_store_seq(sim->store, 1);
    sim_post(sim, "Ben", "signal Cem");
    assert_heard(sim, "Cem", "webrtc_signal");
    assert_answered(sim, "Ben", ERROR_OK);
    assert_int_equal(fake_store_seq(sim->store, 1), seq);
    sim_store_commits(sim);
    assert_heard(sim, "Ben", "hand_raised by Ada");
    sim_end(sim);
}

static void signals_go_on_while_the_database_is_away(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_away(sim);
    sim_wait(sim, 6 * SECOND);
    sim_post(sim, "Ben", "signal Cem");
    assert_heard(sim, "Cem", "webrtc_signal");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

static void two_who_add_the_same_person_get_one_row(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", NULL);
    sim_store_holds(sim);
    int own = sim_post(sim, "Ben", "join"), others = sim_post(sim, "Ada", "join Ben");
    sim_listen(sim, "Ben");
    sim_store_commits(sim);
    assert_int_equal(sim->asks[own].why, ERROR_OK);
    assert_string_equal(sim->asks[own].body, sim->asks[others].body);
    assert_int_equal(class_people(sim->store, 1), 1);
    assert_int_equal(class_logs(sim->store, 1, fake_store_user_id(sim->store, "Ben"), "participant_joined"), 2);
    sim_end(sim);
}

/* ---- refused ---- */

/* Rooms 1 and 3 have the same worker. */
static void a_poisoned_row_fails_only_its_room(void **state)
{
    struct sim_options o = sim_usual;
    o.rooms = 3;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", "Cem", NULL);
    sim->room = 3;
    sim_listen(sim, "Cem");
    sim_play(sim);
    sim->room = 1;
    keep_busy(sim);
    sim_post(sim, "Ben", "chat before");
    int bad = sim_post(sim, "Ben", "chat poison");
    sim_post(sim, "Ben", "chat after");
    sim->room = 3;
    sim_post(sim, "Cem", "chat fine");
    sim_play(sim);
    sim_store_commits(sim);
    assert_answered(sim, "Cem", ERROR_OK);
    assert_heard(sim, "Cem", "chat by Cem: fine");
    sim->room = 1;
    assert_int_equal(sim->asks[bad].why, ERROR_UNAVAILABLE);
    assert_int_equal(chats(sim, "poison"), 0);
    assert_false(sim_is_open(sim_client(sim, "Ada")));
    sim_listen(sim, "Ada");
    sim_post(sim, "Ben", "chat again");
    assert_answered(sim, "Ben", ERROR_OK);
    assert_heard(sim, "Ada", "hand_raised by Ada, resumed, hand_raised by Ada, chat by Ben: again");
    sim_end(sim);
}

static void what_is_refused_for_a_passing_reason_is_tried_again(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_store_holds(sim);
    sim_post(sim, "Ben", "chat hello");
    sim_store_does(sim, FAKE_RETRY);
    assert_unanswered(sim, "Ben");
    sim_wait(sim, 100 * MS);
    sim_store_does(sim, FAKE_RETRY);
    sim_wait(sim, 100 * MS);
    sim_store_does(sim, FAKE_DONE);
    assert_answered(sim, "Ben", ERROR_OK);
    assert_heard(sim, "Ada", "chat by Ben: hello");
    sim_end(sim);
}

/* ---- the answer to a commit is lost ---- */

static void lose_a_commit(enum fake_outcome outcome)
{
    struct sim *sim = sim_class_of(&sim_usual, "Ada teaches", "Ben", "Cem", NULL);
    keep_busy(sim);
    sim_post(sim, "Ben", "chat one");
    sim_post(sim, "Cem", "chat two");
    sim_store_does(sim, FAKE_DONE);
    sim_store_does(sim, outcome);
    assert_heard(sim, "Ada", "hand_raised by Ada");
    assert_unanswered(sim, "Cem");
    sim_store_back(sim);
    sim_store_commits(sim);
    assert_answered(sim, "Ben", ERROR_OK);
    assert_answered(sim, "Cem", ERROR_OK);
    assert_heard(sim, "Ada", "chat by Ben: one, chat by Cem: two");
    assert_int_equal(chats(sim, "one"), 1);
    assert_int_equal(chats(sim, "two"), 1);
    sim_end(sim);
}

static void a_lost_commit_that_happened_is_not_sent_again(void **state)
{
    lose_a_commit(FAKE_LOST_DONE);
}

static void a_lost_commit_that_did_not_happen_is_sent_again(void **state)
{
    lose_a_commit(FAKE_LOST);
}

/* A batch whose only durable turn has given up waiting must not be sent empty. */
static void a_batch_that_has_lost_its_rows_is_no_batch(void **state)
{
    struct sim_options o = sim_usual;
    o.rooms = 3;
    o.wait_ns = SECOND;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", NULL);
    keep_busy(sim);
    int chat = sim_post(sim, "Ben", "chat hello");
    sim_wait(sim, 200 * MS);
    sim->room = 3;
    sim_post(sim, "Ben", "chat not my room");
    assert_answered(sim, "Ben", ERROR_NOT_A_PARTICIPANT); /* it waits for nothing of another room */
    sim->room = 1;
    sim_store_does(sim, FAKE_DONE);
    sim_store_does(sim, FAKE_LOST);
    sim_wait(sim, 850 * MS);
    assert_int_equal(sim->asks[chat].why, ERROR_UNAVAILABLE);
    sim_store_back(sim);
    sim_wait(sim, SECOND);
    assert_int_equal(chats(sim, "hello"), 0);
    sim_end(sim);
}

/* ---- away ---- */

static void an_absent_database_is_waited_for_and_then_named(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_store_away(sim);
    sim_post(sim, "Ben", "raise_hand");
    sim_wait(sim, 4 * SECOND);
    assert_unanswered(sim, "Ben");
    sim_wait(sim, 2 * SECOND);
    assert_answered(sim, "Ben", ERROR_UNAVAILABLE);
    assert_false(sim_is_open(sim_client(sim, "Ada")));
    sim_post(sim, "Ben", "lower_hand");
    sim_wait(sim, 6 * SECOND);
    assert_answered(sim, "Ben", ERROR_UNAVAILABLE);
    sim_store_back(sim);
    int64_t seq = fake_store_seq(sim->store, 1);
    sim_listen(sim, "Ada");
    sim_play(sim);
    sim_post(sim, "Ben", "chat again");
    assert_answered(sim, "Ben", ERROR_OK);
    assert_int_equal(fake_store_seq(sim->store, 1), seq + 2);
    assert_heard(sim, "Ada", "resumed, chat by Ben: again");
    sim_end(sim);
}

static void a_short_absence_is_not_noticed(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_store_away(sim);
    sim_post(sim, "Ben", "chat hello");
    sim_wait(sim, 3 * SECOND);
    sim_store_back(sim);
    assert_answered(sim, "Ben", ERROR_OK);
    assert_heard(sim, "Ada", "chat by Ben: hello");
    sim_end(sim);
}

/* Whoever the room has let go in a turn that failed is still connected: everybody must come back. */
static void refuse_while_away(const char *what)
{
    struct sim *sim = sim_class_of(&sim_usual, "Ada teaches", "Ben", "Cem", NULL);
    sim_store_away(sim);
    sim_post(sim, "Ada", what);
    sim_wait(sim, 6 * SECOND);
    assert_answered(sim, "Ada", ERROR_UNAVAILABLE);
    assert_false(sim_is_open(sim_client(sim, "Ada")));
    assert_false(sim_is_open(sim_client(sim, "Ben")));
    assert_false(sim_is_open(sim_client(sim, "Cem")));
    sim_store_back(sim);
    sim_listen(sim, "Ben");
    sim_post(sim, "Ada", "chat hello");
    assert_heard(sim, "Ben", "resumed, chat by Ada: hello");
    sim_end(sim);
}

static void a_refused_kick_leaves_no_deaf_stream(void **state)
{
    refuse_while_away("kick Ben");
}

static void a_refused_end_leaves_no_deaf_stream(void **state)
{
    refuse_while_away("end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_hears_a_hand_before_it_is_on_disk),
        cmocka_unit_test(an_answer_waits_for_its_own_commit_only),
        cmocka_unit_test(a_refusal_waits_behind_what_it_was_judged_by),
        cmocka_unit_test(a_refusal_does_not_overtake_the_event_before_it),
        cmocka_unit_test(a_snapshot_is_never_ahead_of_the_log),
        cmocka_unit_test(a_signal_waits_for_its_senders_row),
        cmocka_unit_test(a_signal_between_people_on_disk_does_not_wait),
        cmocka_unit_test(signals_go_on_while_the_database_is_away),
        cmocka_unit_test(two_who_add_the_same_person_get_one_row),
        cmocka_unit_test(a_poisoned_row_fails_only_its_room),
        cmocka_unit_test(what_is_refused_for_a_passing_reason_is_tried_again),
        cmocka_unit_test(a_lost_commit_that_happened_is_not_sent_again),
        cmocka_unit_test(a_lost_commit_that_did_not_happen_is_sent_again),
        cmocka_unit_test(an_absent_database_is_waited_for_and_then_named),
        cmocka_unit_test(a_short_absence_is_not_noticed),
        cmocka_unit_test(a_refused_kick_leaves_no_deaf_stream),
        cmocka_unit_test(a_refused_end_leaves_no_deaf_stream),
        cmocka_unit_test(a_batch_that_has_lost_its_rows_is_no_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
