/* Publisher: what is taken when, what each report does to the rows, and that the order of a key holds whatever fails. One
 * simulated worker, two databases that answer by hand, a producer that keeps what it gets. */
#include "actors/publisher/publisher.h"

#include "actors/runtime/inspect.h"
#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "tests/test.h"
#include "tests/transport/hand_db_help.h"

#include <stdio.h>
#include <stdlib.h>

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
enum { COLUMNS = 6, ROWS = 1000, BYTES = 5000000 };

static struct system *house;
static struct worker *home;
static struct hand_db db, slow;
static struct publishing all;
static struct producer producer;
static struct event *got[EVENTS_MOST];
static int ngot, forgotten;

static void keep(struct producer *p, struct event *e)
{
    assert_ptr_equal(p, &producer);
    assert_true(ngot < EVENTS_MOST);
    got[ngot++] = e;
}

static void forget(struct producer *p)
{
    forgotten++;
}

static bool begin(struct worker *w, void *arg)
{
    worker_set_service(w, SERVICE_DB_READ, &db.base);
    worker_set_service(w, SERVICE_DB_SLOW, &slow.base);
    worker_set_service(w, SERVICE_PUBLISHING, &all);
    return true;
}

static void run(void)
{
    assert_true(sim_run(house, 10000) < 10000);
}

static void wait_for(uint64_t ns)
{
    run();
    sim_advance(house, ns);
    run();
}

/* The oldest open question to it is this one, with these parameters; NULL: whatever they are. */
static void expect_of(struct hand_db *whom, const struct statement *st, const char *params)
{
    run();
    assert_true(hand_db_pending(whom) > 0);
    const struct hand_query *q = &whom->asked[whom->answered];
    assert_string_equal(q->statement->name, st->name);
    if (params)
        assert_string_equal(q->params, params);
}

static void expect(const struct statement *st, const char *params)
{
    expect_of(&db, st, params);
}

static void expect_nothing(void)
{
    run();
    if (hand_db_pending(&db))
        fail_msg("%s is asked", db.asked[db.answered].statement->name);
}

static void answer(enum db_status status)
{
    hand_db_answer(&db, status, 0, 0, NULL);
    run();
}

/* Gives events to the take that is asked: a letter each, which is its key, or a topic and a key ("t:a"); numbers go on
 * from `first`. */
static void give(int first, const char *const *keys)
{
    static char numbers[EVENTS_MOST][2][12], topics[EVENTS_MOST][8];
    static const char *cells[EVENTS_MOST * COLUMNS];
    int n = 0;
    for (; keys && keys[n]; n++) {
        const char *colon = strchr(keys[n], ':');
        snprintf(numbers[n][0], sizeof numbers[n][0], "%d", first + n);
        snprintf(numbers[n][1], sizeof numbers[n][1], "id-%d", first + n);
        snprintf(topics[n], sizeof topics[n], "%.*s", colon ? (int)(colon - keys[n]) : 1, colon ? keys[n] : "t");
        const char **row = &cells[n * COLUMNS];
        row[OUTBOX_EVENTS_TAKE_SEQ] = numbers[n][0];
        row[OUTBOX_EVENTS_TAKE_ID] = numbers[n][1];
        row[OUTBOX_EVENTS_TAKE_TOPIC] = topics[n];
        row[OUTBOX_EVENTS_TAKE_KEY] = colon ? colon + 1 : keys[n];
        row[OUTBOX_EVENTS_TAKE_EVENT] = "{}";
        row[OUTBOX_EVENTS_TAKE_AT_MS] = "1000";
    }
    expect(&OUTBOX_EVENTS_TAKE, NULL);
    ngot = 0;
    hand_db_answer(&db, DB_OK, n, COLUMNS, cells);
    run();
}
#define GIVE(first, ...) give(first, (const char *const[]){ __VA_ARGS__, NULL })

static void give_none(void)
{
    give(0, NULL);
}

static void report(int i, enum event_fate fate)
{
    publisher_settle(got[i], fate, fate == EVENT_PUBLISHED ? "Success" : "no luck");
}

static void report_all(enum event_fate fate)
{
    for (int i = 0; i < ngot; i++)
        report(i, fate);
}

static void open_house(void)
{
    const struct system_options o = { .workers = 1, .seed = 7 };
    hand_db_open(&db);
    hand_db_open(&slow);
    ngot = 0;
    house = system_create(&o);
    assert_true(sim_start(house, begin, NULL));
    home = system_worker(house, 0);
    publisher_wake(house, false);
}

static int setup(void **state)
{
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    publisher_setup(&(struct publisher_options){ .rows = ROWS, .bytes = BYTES, .max_age_s = 86400 });
    producer = (struct producer){ .send = keep, .forget = forget };
    forgotten = 0;
    all = (struct publishing){ .producer = &producer, .writing = true };
    open_house();
    return 0;
}

static int teardown(void **state)
{
    hand_db_close(&db);
    hand_db_close(&slow);
    system_destroy(house);
    return 0;
}

/* ---- taking ---- */

static void events_are_sent_in_their_order_and_their_rows_go(void **state)
{
    expect(&OUTBOX_EVENTS_TAKE, " 1000 8388608");
    GIVE(1, "a", "b", "a");
    assert_int_equal(ngot, 3);
    assert_string_equal(got[0]->id, "id-1");
    assert_string_equal(got[2]->topic, "t");
    assert_true(text_is(got[2]->key, "a"));
    assert_true(text_is(got[2]->value, "{}"));
    assert_int_equal(got[2]->at_ms, 1000);
    assert_int_equal(all.under_way, 3);
    report(2, EVENT_PUBLISHED);
    report(0, EVENT_PUBLISHED);
    expect_nothing();
    report(1, EVENT_PUBLISHED);
    expect(&OUTBOX_EVENTS_DONE, "1,2,3");
    answer(DB_OK);
    assert_int_equal(all.under_way, 0);
    assert_int_equal(all.highest, 3);
    assert_int_equal(all.fates[EVENT_PUBLISHED], 3);
}

static void it_looks_again_soon_after_some_and_less_soon_after_none(void **state)
{
    GIVE(1, "a");
    report_all(EVENT_PUBLISHED);
    answer(DB_OK);
    expect_nothing();
    wait_for(50 * MS);
    give_none();
    wait_for(249 * MS);
    expect_nothing();
    wait_for(MS);
    give_none();
}

static void a_full_batch_is_followed_at_once(void **state)
{
    static const char *keys[EVENTS_MOST + 1];
    for (int i = 0; i < EVENTS_MOST; i++)
        keys[i] = "a";
    give(1, keys);
    assert_int_equal(ngot, EVENTS_MOST);
    report_all(EVENT_PUBLISHED);
    answer(DB_OK);
    give_none();
}

static void nothing_is_taken_while_another_server_may_write(void **state)
{
    give_none();
    all.writing = false;
    wait_for(250 * MS);
    wait_for(3 * SECOND);
    expect_nothing();
    all.writing = true;
    wait_for(SECOND);
    give_none();
}

static void a_take_that_fails_is_made_again(void **state)
{
    static const enum db_status failures[] = { DB_AWAY, DB_LOST, DB_RETRY, DB_REFUSED };
    for (int i = 0; i < 4; i++) {
        expect(&OUTBOX_EVENTS_TAKE, NULL);
        answer(failures[i]);
        expect_nothing();
        wait_for(SECOND);
    }
    give_none();
    db.full = true;
    wait_for(250 * MS);
    db.full = false;
    expect_nothing();
    wait_for(SECOND);
    give_none();
}

/* ---- reports ---- */

static void what_could_not_be_sent_is_sent_again_after_a_pause(void **state)
{
    GIVE(1, "a", "b");
    report_all(EVENT_LATER);
    expect_nothing();
    wait_for(499 * MS);
    expect_nothing();
    wait_for(501 * MS);
    GIVE(1, "a", "b");
    report_all(EVENT_LATER);
    wait_for(999 * MS);
    expect_nothing(); /* the second pause is longer */
    wait_for(1001 * MS);
    GIVE(1, "a", "b");
    report_all(EVENT_PUBLISHED);
    expect(&OUTBOX_EVENTS_DONE, "1,2");
}

static void behind_one_that_waits_nothing_of_its_key_counts(void **state)
{
    GIVE(1, "a", "b", "a", "u:a", "a");
    report(0, EVENT_PUBLISHED);
    report(1, EVENT_PUBLISHED);
    report(2, EVENT_LATER);
    report(3, EVENT_PUBLISHED);
    report(4, EVENT_PUBLISHED);
    expect(&OUTBOX_EVENTS_DONE, "1,2,4");
    answer(DB_OK);
    wait_for(2 * SECOND);
    GIVE(3, "a", "a");
}

static void one_that_can_never_be_sent_is_dead_and_the_others_go_on(void **state)
{
    GIVE(1, "a", "a", "b", "a");
    report(0, EVENT_PUBLISHED);
    report(1, EVENT_REFUSED);
    report(2, EVENT_REFUSED);
    report(3, EVENT_PUBLISHED);
    expect(&OUTBOX_EVENTS_DONE, "1,4");
    answer(DB_OK);
    expect(&OUTBOX_EVENT_DEAD, "2 no luck");
    answer(DB_OK);
    expect(&OUTBOX_EVENT_DEAD, "3 no luck");
    answer(DB_OK);
    expect_nothing();
    assert_int_equal(all.fates[EVENT_REFUSED], 2);
    wait_for(50 * MS);
    give_none();
}

static void a_topic_that_takes_nothing_is_left_out_for_a_while(void **state)
{
    GIVE(1, "t:a", "u:a", "t:a");
    report(0, EVENT_CLOSED);
    report(1, EVENT_PUBLISHED);
    report(2, EVENT_CLOSED);
    expect(&OUTBOX_EVENTS_DONE, "2");
    answer(DB_OK);
    wait_for(50 * MS); /* no pause for the others */
    expect(&OUTBOX_EVENTS_TAKE, "t 1000 8388608");
    GIVE(4, "u:a");
    report_all(EVENT_PUBLISHED);
    answer(DB_OK);
    wait_for(5 * SECOND);
    expect(&OUTBOX_EVENTS_TAKE, " 1000 8388608");
    GIVE(1, "t:a", "t:a");
    report_all(EVENT_PUBLISHED);
    expect(&OUTBOX_EVENTS_DONE, "1,2");
}

static void what_gets_no_answer_is_given_up_and_its_topic_left_out(void **state)
{
    GIVE(1, "t:a", "u:a", "t:b");
    report(0, EVENT_PUBLISHED);
    report(1, EVENT_PUBLISHED);
    wait_for(19 * SECOND);
    assert_int_equal(forgotten, 0);
    wait_for(5 * SECOND);
    assert_int_equal(forgotten, 1);
    expect(&OUTBOX_EVENTS_DONE, "1,2");
    answer(DB_OK);
    wait_for(50 * MS);
    expect(&OUTBOX_EVENTS_TAKE, "t 1000 8388608");
}

static void while_nobody_is_there_a_batch_waits(void **state)
{
    producer.away = true;
    GIVE(1, "a");
    for (int i = 0; i < 20; i++)
        wait_for(5 * SECOND);
    assert_int_equal(forgotten, 0);
    expect_nothing();
    report_all(EVENT_PUBLISHED);
    expect(&OUTBOX_EVENTS_DONE, "1");
}

static void what_the_producer_loses_is_sent_again(void **state)
{
    publisher_lost(home, "lost");
    GIVE(1, "a", "b");
    report(1, EVENT_PUBLISHED);
    publisher_lost(home, "lost");
    expect(&OUTBOX_EVENTS_DONE, "2");
    answer(DB_OK);
    expect_nothing();
    wait_for(SECOND);
    GIVE(1, "a");
}

/* ---- the database ---- */

static void nothing_is_taken_until_the_rows_have_been_told(void **state)
{
    static const enum db_status failures[] = { DB_AWAY, DB_LOST, DB_RETRY, DB_REFUSED };
    GIVE(1, "a");
    report_all(EVENT_PUBLISHED);
    for (int i = 0; i < 4; i++) {
        expect(&OUTBOX_EVENTS_DONE, "1");
        answer(failures[i]);
        publisher_wake(house, false);
        expect_nothing();
        wait_for(SECOND);
    }
    db.full = true;
    answer(DB_AWAY);
    wait_for(SECOND);
    db.full = false;
    expect_nothing();
    wait_for(SECOND);
    expect(&OUTBOX_EVENTS_DONE, "1");
    answer(DB_OK);
    wait_for(50 * MS);
    give_none();
}

/* ---- the bound ---- */

static void looked(const char *rows, const char *bytes)
{
    expect_of(&slow, &OUTBOX_EVENTS_LOOK, "");
    hand_db_answer(&slow, DB_OK, 1, 2, (const char *const[]){ rows, bytes });
    run();
}

static void beyond_the_bound_the_oldest_go(void **state)
{
    looked("1000", "5000000");
    assert_int_equal(all.rows, 1000);
    wait_for(5 * SECOND);
    looked("1001", "10");
    expect_of(&slow, &OUTBOX_EVENTS_TRIM, "1000 5000000");
    hand_db_answer(&slow, DB_OK, 1, 1, (const char *const[]){ "1" });
    wait_for(5 * SECOND);
    looked("5", "5000001");
    expect_of(&slow, &OUTBOX_EVENTS_TRIM, "1000 5000000");
    hand_db_answer(&slow, DB_OK, 1, 1, (const char *const[]){ "4" });
    run();
    assert_int_equal(all.dropped, 5);
}

static void without_the_lock_of_writers_nothing_is_dropped(void **state)
{
    all.writing = false;
    looked("2000", "10");
    assert_int_equal(hand_db_pending(&slow), 0);
    assert_int_equal(all.rows, 2000);
}

/* ---- without a Kafka ---- */

static void without_a_producer_old_events_are_forgotten(void **state)
{
    teardown(state);
    all.producer = NULL;
    open_house();
    looked("1", "10");
    expect_nothing();
    expect_of(&slow, &OUTBOX_EVENTS_EXPIRE, "86400");
    hand_db_answer(&slow, DB_OK, 1, 1, (const char *const[]){ "1" });
    publisher_wake(house, false);
    wait_for(4 * SECOND);
    expect_nothing();
    assert_true(publisher_drained(home));
}

/* ---- a stop ---- */

static void a_stop_waits_until_nothing_is_left(void **state)
{
    give_none();
    assert_false(publisher_drained(home)); /* not asked yet */
    publisher_wake(house, true);
    run();
    assert_false(publisher_drained(home));
    GIVE(1, "a");
    assert_false(publisher_drained(home));
    report_all(EVENT_PUBLISHED);
    answer(DB_OK);
    give_none();
    assert_true(publisher_drained(home));
    wait_for(50 * MS); /* what requests under way still write goes out too */
    GIVE(2, "a");
    assert_false(publisher_drained(home));
}

/* A statement of this worker has published while a take was under way that cannot see it. */
static void what_is_published_last_is_looked_for(void **state)
{
    publisher_wake(house, true);
    run();
    publisher_look_again(home);
    give_none();
    assert_false(publisher_drained(home));
    wait_for(MS);
    GIVE(1, "a");
    report_all(EVENT_PUBLISHED);
    answer(DB_OK);
    give_none();
    assert_true(publisher_drained(home));
}

static void a_stop_does_not_wait_for_ever(void **state)
{
    GIVE(1, "a");
    publisher_wake(house, true);
    wait_for(5 * SECOND - 1);
    assert_false(publisher_drained(home));
    wait_for(1);
    assert_true(publisher_drained(home));
}

static void a_stop_does_not_wait_for_nobody(void **state)
{
    GIVE(1, "a");
    publisher_wake(house, true);
    run();
    assert_false(publisher_drained(home));
    producer.away = true;
    assert_true(publisher_drained(home));
}

static void the_end_in_the_middle_of_a_batch_leaves_the_rows(void **state)
{
    GIVE(1, "a", "b");
    report(0, EVENT_PUBLISHED);
    system_stop(house);
    assert_int_equal(hand_db_pending(&db), 0);
}

/* ---- for operators ---- */

static void it_describes_itself(void **state)
{
    struct buf b = { 0 };
    GIVE(1, "t:a");
    report_all(EVENT_CLOSED);
    run();
    assert_true(worker_describe(home, publisher_address(), &b));
    buf_putc(&b, 0);
    assert_non_null(strstr(b.p, "\"closed\":1"));
    assert_non_null(strstr(b.p, "\"last_why\":\"no luck\""));
    assert_non_null(strstr(b.p, "{\"topic\":\"t\",\"closed_ms\":5000}"));
    buf_fini(&b);
}

static void send_at_once(struct producer *p, struct event *e)
{
    keep(p, e);
    publisher_settle(e, EVENT_PUBLISHED, "Success");
}

static void reports_from_inside_send_are_reports(void **state)
{
    producer.send = send_at_once;
    GIVE(1, "a", "b");
    expect(&OUTBOX_EVENTS_DONE, "1,2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_sent_in_their_order_and_their_rows_go),
        TEST(it_looks_again_soon_after_some_and_less_soon_after_none),
        TEST(a_full_batch_is_followed_at_once),
        TEST(nothing_is_taken_while_another_server_may_write),
        TEST(a_take_that_fails_is_made_again),
        TEST(what_could_not_be_sent_is_sent_again_after_a_pause),
        TEST(behind_one_that_waits_nothing_of_its_key_counts),
        TEST(one_that_can_never_be_sent_is_dead_and_the_others_go_on),
        TEST(a_topic_that_takes_nothing_is_left_out_for_a_while),
        TEST(what_gets_no_answer_is_given_up_and_its_topic_left_out),
        TEST(while_nobody_is_there_a_batch_waits),
        TEST(what_the_producer_loses_is_sent_again),
        TEST(reports_from_inside_send_are_reports),
        TEST(nothing_is_taken_until_the_rows_have_been_told),
        TEST(beyond_the_bound_the_oldest_go),
        TEST(without_the_lock_of_writers_nothing_is_dropped),
        TEST(without_a_producer_old_events_are_forgotten),
        TEST(a_stop_waits_until_nothing_is_left),
        TEST(what_is_published_last_is_looked_for),
        TEST(a_stop_does_not_wait_for_ever),
        TEST(a_stop_does_not_wait_for_nobody),
        TEST(the_end_in_the_middle_of_a_batch_leaves_the_rows),
        TEST(it_describes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
