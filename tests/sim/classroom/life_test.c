/* The life of a class, by hand: streams that come back, presence, removal, the end, crashes, silence, and full queues.
 */
#include "class_help.h"

#include <stdio.h>

static const struct fake_person *row(const struct sim *sim, const char *who)
{
    const struct fake_person *p = class_person(sim->store, sim->room, fake_store_user_id(sim->store, who));
    assert_non_null(p);
    return p;
}

/* A chat of so many messages by Ben, and what is heard of it. */
static void talk(struct sim *sim, int first, int last, struct buf *heard)
{
    char what[32];
    for (int i = first; i <= last; i++) {
        snprintf(what, sizeof what, "chat m%d", i);
        sim_post(sim, "Ben", what);
        sim_play(sim);
        buf_printf(heard, "%schat by Ben: m%d", heard->n ? ", " : "", i);
    }
    buf_putc(heard, 0);
}

/* ---- coming back ---- */

static void come_back_after(int messages, bool from_log)
{
    struct buf missed = { 0 };
    struct sim_options o = sim_usual;
    o.ring = 8;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", "Cem", NULL);
    sim_vanish(sim, "Cem");
    sim_play(sim);
    talk(sim, 1, messages, &missed);
    sim_listen(sim, "Cem");
    sim_play(sim);
    struct sim_stream *s = sim_client(sim, "Cem")->stream;
    assert_int_equal(s->log_last > 0, from_log);
    missed.n--;
    buf_puts(&missed, ", resumed");
    buf_putc(&missed, 0);
    struct buf expected = { 0 };
    buf_printf(&expected, "participant_left by Cem, %s", missed.p);
    buf_putc(&expected, 0);
    assert_heard(sim, "Cem", expected.p);
    buf_fini(&missed);
    buf_fini(&expected);
    sim_end(sim);
}

static void what_was_missed_is_told_from_the_ring(void **state)
{
    come_back_after(4, false);
}

static void what_the_ring_has_forgotten_is_told_from_the_log(void **state)
{
    come_back_after(60, true);
}

static void what_is_said_while_the_log_is_read_comes_after_it(void **state)
{
    struct sim_options o = sim_usual;
    struct buf missed = { 0 };
    o.ring = 4;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", "Cem", NULL);
    sim_vanish(sim, "Cem");
    talk(sim, 1, 6, &missed);
    sim->holds_reads = true;
    sim_listen(sim, "Cem");
    sim_play(sim);
    sim_post(sim, "Ben", "raise_hand");
    sim_play(sim);
    assert_int_equal(sim_client(sim, "Cem")->stream->state, SIM_CATCHING);
    sim->holds_reads = false;
    sim_play(sim);
    const char *heard = sim_client(sim, "Cem")->heard.p;
    assert_non_null(memmem(heard, sim_client(sim, "Cem")->heard.n, "resumed, hand_raised by Ben", 27));
    buf_fini(&missed);
    sim_end(sim);
}

static void an_id_that_nobody_gave_gets_a_reset(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_vanish(sim, "Ben");
    sim_play(sim);
    sim_client(sim, "Ben")->last = 1000;
    sim_listen(sim, "Ben");
    assert_heard(sim, "Ben", "reset");
    sim_post(sim, "Ada", "raise_hand");
    assert_heard(sim, "Ben", "hand_raised by Ada");
    sim_end(sim);
}

static void a_silent_room_leaves_memory_and_goes_on_where_it_was(void **state)
{
    struct sim_options o = sim_usual;
    struct buf b = { 0 };
    o.idle_ns = 2 * SECOND;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", NULL);
    sim_wait(sim, 5 * SECOND);
    assert_true(worker_describe(system_home(sim->system, classroom_address(1)), classroom_address(1), &b));
    sim_vanish(sim, "Ada");
    sim_vanish(sim, "Ben");
    sim_wait(sim, 5 * SECOND);
    assert_false(worker_describe(system_home(sim->system, classroom_address(1)), classroom_address(1), &b));
    int64_t seq = fake_store_seq(sim->store, 1);
    sim_listen(sim, "Ada");
    assert_heard(sim, "Ada", "participant_left by Ada, participant_left by Ben, resumed");
    assert_int_equal(fake_store_seq(sim->store, 1), seq + 1);
    buf_fini(&b);
    sim_end(sim);
}

/* ---- presence ---- */

static void the_last_of_two_streams_ends_presence(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_listen(sim, "Ben/2");
    assert_heard(sim, "Ada", "participant_joined by Ben");
    sim_vanish(sim, "Ben");
    assert_heard(sim, "Ada", NOTHING);
    assert_true(row(sim, "Ben")->connected);
    sim_vanish(sim, "Ben/2");
    assert_heard(sim, "Ada", "participant_left by Ben");
    assert_false(row(sim, "Ben")->connected);
    assert_true(row(sim, "Ben")->left > 0);
    sim_end(sim);
}

static void who_vanishes_before_being_let_in_has_left(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", NULL);
    sim_listen(sim, "Ada");
    sim_play(sim);
    sim_store_holds(sim);
    sim_listen(sim, "Ben");
    sim_play(sim);
    sim_vanish(sim, "Ben");
    assert_heard(sim, "Ada", NOTHING);
    sim_store_commits(sim);
    assert_heard(sim, "Ada", "participant_joined by Ben, participant_left by Ben");
    assert_false(row(sim, "Ben")->connected);
    sim_end(sim);
}

/* The room hears of the end before its own welcome has left. */
static void a_leave_may_overtake_the_commit_of_the_join(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", "Ben", NULL);
    sim_listen(sim, "Ada");
    sim_play(sim);
    sim_store_holds(sim);
    struct sim_client *ben = sim_listen(sim, "Ben");
    sim_play(sim);
    struct message *m = message_create(MESSAGE_ROOM_LEAVE, sizeof(struct room_leave));
    room_leave(m)->stream = ben->stream->id;
    bus_send(sim->system, classroom_address(1), m);
    sim_play(sim);
    ben->stream->abandoned = true;
    sim_store_commits(sim);
    assert_heard(sim, "Ada", "participant_joined by Ben, participant_left by Ben");
    assert_false(row(sim, "Ben")->connected);
    sim_end(sim);
}

static void who_leaves_while_the_database_is_away_has_left_afterwards(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_away(sim);
    sim_vanish(sim, "Ben");
    sim_wait(sim, 20 * SECOND);
    sim_vanish(sim, "Cem");
    sim_wait(sim, 5 * SECOND);
    sim_store_back(sim);
    sim_listen(sim, "Ada");
    sim_wait(sim, 20 * SECOND);
    assert_false(row(sim, "Ben")->connected);
    assert_false(row(sim, "Cem")->connected);
    assert_true(row(sim, "Ben")->left && row(sim, "Cem")->left);
    assert_true(row(sim, "Ada")->connected);
    sim_end(sim);
}

/* Flags outlive a lost stream: behind each coming they are told again, to all and to who comes; the log has them once. */
static void what_is_up_is_told_behind_a_coming(void **state)
{
    static const char again[] = "participant_joined by Ben, participant_muted by Ben, hand_raised by Ben";
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_post(sim, "Ben", "mute_self");
    sim_post(sim, "Ben", "raise_hand");
    assert_heard(sim, "Ben", "participant_muted by Ben, hand_raised by Ben");
    assert_heard(sim, "Ada", "participant_muted by Ben, hand_raised by Ben");
    sim_listen(sim, "Ben/2");
    assert_heard(sim, "Ada", again);
    assert_heard(sim, "Ben", again);
    assert_heard(sim, "Ben/2", "participant_muted by Ben, hand_raised by Ben");
    sim_vanish(sim, "Ben/2");
    sim_vanish(sim, "Ben");
    assert_heard(sim, "Ada", "participant_left by Ben");
    sim_listen(sim, "Ben");
    assert_heard(sim, "Ada", again);
    assert_heard(sim, "Ben", "participant_left by Ben, resumed, participant_muted by Ben, hand_raised by Ben");
    sim_crash(sim);
    sim_listen(sim, "Ada");
    sim_listen(sim, "Cem");
    sim_listen(sim, "Ben");
    assert_heard(
        sim, "Ben",
        "participant_joined by Ada, participant_joined by Cem, resumed, participant_muted by Ben, hand_raised by Ben");
    assert_int_equal(class_logs(sim->store, 1, 2, "participant_muted"), 1);
    assert_int_equal(class_logs(sim->store, 1, 2, "hand_raised"), 1);
    sim_end(sim);
}

/* Who was away and is brought back without a stream is new to those who came meanwhile. */
static void what_is_up_is_told_behind_a_joining_too(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_post(sim, "Ben", "mute_self");
    sim_vanish(sim, "Ben");
    assert_heard(sim, "Ada", "participant_muted by Ben, participant_left by Ben");
    sim_listen(sim, "Ada/2");
    assert_heard(sim, "Ada", "participant_joined by Ada");
    sim_post(sim, "Ben", "join");
    assert_heard(sim, "Ada/2", "participant_already_present by Ben, participant_muted by Ben");
    assert_heard(sim, "Ada", "participant_already_present by Ben, participant_muted by Ben");
    sim_post(sim, "Ben", "join");
    assert_heard(sim, "Ada", "participant_already_present by Ben");
    sim_end(sim);
}

/* ---- removal and the end ---- */

static void who_is_kicked_hears_it_last(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_listen(sim, "Ben/2");
    assert_heard(sim, "Cem", "participant_joined by Ben");
    assert_heard(sim, "Ben", "participant_joined by Ben");
    sim_store_holds(sim);
    sim_post(sim, "Ada", "kick Ben");
    sim_play(sim);
    assert_true(sim_is_open(sim_client(sim, "Ben")));
    sim_store_commits(sim);
    assert_heard(sim, "Cem", "participant_kicked by Ben, participant_left by Ben");
    assert_heard(sim, "Ben", "kicked");
    assert_heard(sim, "Ben/2", "kicked");
    assert_false(sim_is_open(sim_client(sim, "Ben")));
    assert_false(sim_is_open(sim_client(sim, "Ben/2")));
    sim_post(sim, "Ben", "chat hello");
    assert_answered(sim, "Ben", ERROR_KICKED);
    sim_listen(sim, "Ben");
    assert_heard(sim, "Ben", "kicked");
    assert_false(sim_is_open(sim_client(sim, "Ben")));
    sim_post(sim, "Ada", "join Ben");
    sim_play(sim);
    sim_listen(sim, "Ben");
    assert_answered(sim, "Ben", ERROR_OK);
    sim_end(sim);
}

static void who_listens_while_being_kicked_is_not_let_in(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_store_holds(sim);
    sim_post(sim, "Ada", "kick Ben");
    sim_play(sim);
    sim_listen(sim, "Ben/2");
    assert_unanswered(sim, "Ben");
    sim_store_commits(sim);
    assert_heard(sim, "Ben/2", "kicked");
    assert_false(sim_is_open(sim_client(sim, "Ben/2")));
    sim_end(sim);
}

static void the_end_is_heard_by_all_and_is_final(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_store_holds(sim);
    sim_post(sim, "Ada", "end_by_action");
    sim_listen(sim, "Ben/2");
    sim_play(sim);
    assert_unanswered(sim, "Ben");
    sim_store_commits(sim);
    assert_heard(sim, "Ben", "session_ended");
    assert_heard(sim, "Ben/2", "session_ended");
    assert_heard(sim, "Cem", "session_ended");
    assert_false(sim_is_open(sim_client(sim, "Cem")));
    assert_false(class_active(sim->store, 1));
    assert_false(row(sim, "Cem")->connected);
    sim_post(sim, "Cem", "chat hello");
    assert_answered(sim, "Cem", ERROR_SESSION_NOT_ACTIVE);
    sim_post(sim, "Ada", "end");
    assert_answered(sim, "Ada", ERROR_SESSION_ENDED);
    sim_crash(sim);
    sim_listen(sim, "Cem");
    assert_heard(sim, "Cem", "session_ended");
    assert_false(sim_is_open(sim_client(sim, "Cem")));
    sim_end(sim);
}

/* ---- crashes ---- */

static void a_class_survives_a_crash(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_post(sim, "Ben", "raise_hand");
    sim_play(sim);
    sim_store_holds(sim);
    sim_post(sim, "Cem", "chat lost");
    assert_unanswered(sim, "Cem");
    sim_crash(sim);
    sim_store_commits(sim);
    sim_post(sim, "Cem", "chat kept");
    assert_answered(sim, "Cem", ERROR_OK);
    sim_listen(sim, "Ada");
    assert_heard(sim, "Ada", "hand_raised by Ben, chat by Cem: kept, resumed");
    assert_non_null(strstr(sim_client(sim, "Ada")->snapshot.p, "\"raised_hand\":true"));
    assert_int_equal(class_chats(sim->store, 1, "lost"), 0);
    sim_end(sim);
}

static void a_commit_that_a_crash_hid_is_told_to_who_comes_back(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    sim_store_holds(sim);
    sim_post(sim, "Ben", "chat hello");
    sim_store_does(sim, FAKE_LOST_DONE);
    assert_unanswered(sim, "Ben");
    sim_crash(sim);
    sim_store_commits(sim);
    sim_listen(sim, "Ada");
    assert_heard(sim, "Ada", "chat by Ben: hello, resumed");
    sim_end(sim);
}

static void who_does_not_come_back_after_a_crash_has_left(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim_crash(sim);
    sim_wait(sim, 5 * SECOND);
    sim_listen(sim, "Ben");
    sim_wait(sim, 5 * SECOND);
    assert_heard(sim, "Ben", "resumed");
    assert_true(row(sim, "Cem")->connected);
    sim_wait(sim, 10 * SECOND);
    assert_heard(sim, "Ben", "participant_left by Ada, participant_left by Cem");
    assert_false(row(sim, "Cem")->connected);
    assert_true(row(sim, "Ben")->connected);
    sim_end(sim);
}

/* ---- limits ---- */

static void a_full_mailbox_says_so(void **state)
{
    struct sim_options o = sim_usual;
    o.mailbox = 8;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", NULL);
    int first = sim->nasks, busy = 0;
    for (int i = 0; i < 20; i++)
        sim_post(sim, "Ben", i % 2 ? "raise_hand" : "lower_hand");
    sim_vanish(sim, "Ben");
    sim_play(sim);
    for (int i = first; i < sim->nasks; i++) {
        assert_true(sim->asks[i].answered);
        busy += sim->asks[i].why == ERROR_OVERLOADED;
    }
    assert_int_equal(busy, 12);
    assert_false(row(sim, "Ben")->connected);
    sim_end(sim);
}

/* What an ingress has no place for is not lost: its streams are cut, and come back for it. */
static void a_full_ingress_makes_its_streams_come_back(void **state)
{
    struct buf said = { 0 };
    struct sim_options o = sim_usual;
    o.workers = 1;
    o.ingress_mailbox = 8;
    struct sim *sim = sim_class_of(&o, "Ada teaches", "Ben", NULL);
    sim_store_holds(sim);
    sim_post(sim, "Ada", "raise_hand");
    sim_play(sim);
    for (int i = 0; i < 12; i++) {
        sim_post(sim, "Ben", i % 2 ? "raise_hand" : "lower_hand");
        sim_play(sim);
    }
    sim_store_commits(sim);
    sim_wait(sim, 200 * MS);
    assert_false(sim_is_open(sim_client(sim, "Ada")));
    sim_listen(sim, "Ada");
    sim_play(sim);
    assert_int_equal(sim_client(sim, "Ada")->last, fake_store_seq(sim->store, 1));
    buf_fini(&said);
    sim_end(sim);
}

static void ids_that_are_on_their_way_are_waited_for(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben", "Cem");
    sim->holds_reads = true;
    sim_post(sim, "Ben", "chat one");
    sim_post(sim, "Cem", "raise_hand");
    sim_post(sim, "Ben", "chat two");
    assert_unanswered(sim, "Cem");
    assert_unanswered(sim, "Ben");
    sim_store_commits(sim);
    assert_answered(sim, "Ben", ERROR_OK);
    assert_heard(sim, "Ada", "chat by Ben: one, hand_raised by Cem, chat by Ben: two");
    sim_end(sim);
}

static void without_ids_a_chat_is_refused_and_nothing_else(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    fake_db_away(fake_db_of(sim->store, sim_home(sim, 1), false));
    sim_post(sim, "Ben", "chat one");
    sim_wait(sim, 6 * SECOND);
    assert_answered(sim, "Ben", ERROR_UNAVAILABLE);
    sim_post(sim, "Ben", "raise_hand");
    assert_answered(sim, "Ben", ERROR_OK);
    assert_heard(sim, "Ada", "hand_raised by Ben");
    fake_db_back(fake_db_of(sim->store, sim_home(sim, 1), false));
    sim_wait(sim, SECOND);
    sim_post(sim, "Ben", "chat two");
    assert_answered(sim, "Ben", ERROR_OK);
    assert_heard(sim, "Ada", "chat by Ben: two");
    sim_end(sim);
}

static void many_chats_use_up_many_blocks(void **state)
{
    struct sim *sim = sim_class(state, "Ada teaches", "Ben");
    char what[32];
    for (int i = 0; i < 300; i++) {
        snprintf(what, sizeof what, "post m%d", i);
        sim_post(sim, "Ben", what);
    }
    sim_play(sim);
    for (int i = sim->nasks - 300; i < sim->nasks; i++)
        assert_int_equal(sim->asks[i].why, ERROR_OK);
    sim_end(sim);
}

static void an_unknown_session_has_the_name_of_the_command(void **state)
{
    struct sim *sim = sim_house(&sim_usual, "Ada teaches", NULL);
    sim->room = 77;
    sim_post(sim, "Ada", "raise_hand");
    assert_answered(sim, "Ada", ERROR_NOT_A_PARTICIPANT);
    sim_post(sim, "Ada", "end");
    assert_answered(sim, "Ada", ERROR_SESSION_NOT_FOUND);
    sim_listen(sim, "Ada");
    assert_answered(sim, "Ada", ERROR_SESSION_NOT_FOUND);
    sim_end(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_missed_is_told_from_the_ring),
        cmocka_unit_test(what_the_ring_has_forgotten_is_told_from_the_log),
        cmocka_unit_test(what_is_said_while_the_log_is_read_comes_after_it),
        cmocka_unit_test(an_id_that_nobody_gave_gets_a_reset),
        cmocka_unit_test(a_silent_room_leaves_memory_and_goes_on_where_it_was),
        cmocka_unit_test(the_last_of_two_streams_ends_presence),
        cmocka_unit_test(who_vanishes_before_being_let_in_has_left),
        cmocka_unit_test(a_leave_may_overtake_the_commit_of_the_join),
        cmocka_unit_test(who_leaves_while_the_database_is_away_has_left_afterwards),
        cmocka_unit_test(what_is_up_is_told_behind_a_coming),
        cmocka_unit_test(what_is_up_is_told_behind_a_joining_too),
        cmocka_unit_test(who_is_kicked_hears_it_last),
        cmocka_unit_test(who_listens_while_being_kicked_is_not_let_in),
        cmocka_unit_test(the_end_is_heard_by_all_and_is_final),
        cmocka_unit_test(a_class_survives_a_crash),
        cmocka_unit_test(a_commit_that_a_crash_hid_is_told_to_who_comes_back),
        cmocka_unit_test(who_does_not_come_back_after_a_crash_has_left),
        cmocka_unit_test(a_full_mailbox_says_so),
        cmocka_unit_test(a_full_ingress_makes_its_streams_come_back),
        cmocka_unit_test(ids_that_are_on_their_way_are_waited_for),
        cmocka_unit_test(without_ids_a_chat_is_refused_and_nothing_else),
        cmocka_unit_test(many_chats_use_up_many_blocks),
        cmocka_unit_test(an_unknown_session_has_the_name_of_the_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
