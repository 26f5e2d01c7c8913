/* Notifier: what is taken when, what each report of a courier does to the row, and that nothing is forgotten while the
 * database is away. One simulated worker, a database that answers by hand, a courier that keeps what it gets. */
#include "actors/notifier/notifier.h"

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
enum { ATTEMPTS = 3, BACKOFF_MS = 1000, PARCELS = 64 };

static struct system *house;
static struct worker *home;
static struct hand_db db;
static struct couriers couriers;
static struct courier courier;
static struct parcel *got[PARCELS];
static int ngot;

static void keep(struct courier *c, struct parcel *p)
{
    assert_ptr_equal(c, p->courier);
    assert_true(ngot < PARCELS);
    got[ngot++] = p;
}

static bool begin(struct worker *w, void *arg)
{
    worker_set_service(w, SERVICE_DB_READ, &db.base);
    worker_set_service(w, SERVICE_COURIERS, &couriers);
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

/* The oldest open question is this one, with these parameters; NULL: whatever they are. */
static void expect(const struct statement *st, const char *params)
{
    run();
    assert_true(hand_db_pending(&db) > 0);
    const struct hand_query *q = &db.asked[db.answered];
    assert_string_equal(q->statement->name, st->name);
    if (params)
        assert_string_equal(q->params, params);
}

static void expect_nothing(void)
{
    run();
    if (hand_db_pending(&db))
        fail_msg("%s is asked", db.asked[db.answered].statement->name);
}

static void answer_all_right(void)
{
    hand_db_answer(&db, DB_OK, 0, 0, NULL);
    run();
}

/* So many rows of a kind, ids from `first` on, all at this attempt. */
static void give_of(const char *kind, int rows, int first, const char *attempts)
{
    static char ids[PARCELS][PARCEL_ID_SIZE];
    const char *cells[PARCELS * 4];
    for (int i = 0; i < rows; i++) {
        snprintf(ids[i], sizeof ids[i], "id-%d", first + i);
        cells[i * 4] = ids[i];
        cells[i * 4 + 1] = kind;
        cells[i * 4 + 2] = "{}";
        cells[i * 4 + 3] = attempts;
    }
    expect(&OUTBOX_TAKE, NULL);
    hand_db_answer(&db, DB_OK, rows, 4, cells);
    run();
}

static void give(int rows, int first, const char *attempts)
{
    give_of("push", rows, first, attempts);
}

/* What is asked when nothing is due; next NULL: nothing waits. */
static void look(const char *next_ms)
{
    expect(&OUTBOX_LOOK, "");
    hand_db_answer(&db, DB_OK, 1, 5, (const char *const[]){ "push", "1", "0", "1500", next_ms });
    run();
}

static void tidied(void)
{
    expect(&OUTBOX_TIDY, "86400 30");
    hand_db_answer(&db, DB_OK, 1, 2, (const char *const[]){ "0", "0" });
    run();
}

static int setup(void **state)
{
    const struct system_options o = { .workers = 1, .seed = 7 };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    notifier_setup(&(struct notifier_options){ ATTEMPTS, BACKOFF_MS, 86400, 30 });
    hand_db_open(&db);
    courier = (struct courier){ .kind = "push", .most = PARCELS_MOST, .deliver = keep };
    couriers = (struct couriers){ .writing = true };
    assert_true(couriers_add(&couriers, &courier));
    ngot = 0;
    house = system_create(&o);
    assert_true(sim_start(house, begin, NULL));
    home = system_worker(house, 0);
    notifier_wake(house, false);
    expect(&OUTBOX_RECLAIM, "");
    answer_all_right();
    tidied();
    return 0;
}

static int teardown(void **state)
{
    hand_db_close(&db);
    system_destroy(house);
    return 0;
}

/* Takes `rows` at this attempt and looks; they are got[0] … */
static void take(int rows, const char *attempts)
{
    give(rows, ngot, attempts);
    look(NULL);
}

static void a_parcel_is_delivered_and_its_row_goes(void **state)
{
    expect(&OUTBOX_TAKE, "push 32 300");
    take(1, "1");
    assert_int_equal(ngot, 1);
    assert_string_equal(got[0]->id, "id-0");
    assert_string_equal(got[0]->payload, "{}");
    assert_int_equal(couriers.under_way, 1);
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
    assert_int_equal(couriers.under_way, 0);
    expect_nothing();
}

static void a_dropped_one_goes_too(void **state)
{
    take(1, "1");
    notifier_settle(got[0], PARCEL_DROPPED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
}

/* Reads "id delay counted why" of the oldest question, which must be LATER. */
static long delay_of(const char *id, const char *rest)
{
    char name[32], tail[64];
    long delay;
    expect(&OUTBOX_LATER, NULL);
    assert_int_equal(sscanf(db.asked[db.answered].params, "%31s %ld %63[^\n]", name, &delay, tail), 3);
    assert_string_equal(name, id);
    assert_string_equal(tail, rest);
    return delay;
}

static void a_postponed_one_waits_longer_each_time(void **state)
{
    take(1, "1");
    notifier_settle(got[0], PARCEL_POSTPONED, 0, "no luck");
    long first = delay_of("id-0", "true no luck");
    assert_true(first >= BACKOFF_MS / 2 && first <= BACKOFF_MS);
    answer_all_right();
    wait_for((uint64_t)first * MS + 2 * MS);
    give(1, 1, "2");
    look(NULL);
    notifier_settle(got[1], PARCEL_POSTPONED, 0, "no luck");
    long second = delay_of("id-1", "true no luck");
    assert_true(second >= BACKOFF_MS && second <= 2 * BACKOFF_MS);
    answer_all_right();
}

static void patience_that_was_asked_for_is_kept(void **state)
{
    take(2, "1");
    notifier_settle(got[0], PARCEL_POSTPONED, 60000, "busy");
    assert_int_equal(delay_of("id-0", "true busy"), 60000);
    answer_all_right();
    notifier_settle(got[1], PARCEL_POSTPONED, 1, "busy");
    assert_true(delay_of("id-1", "true busy") >= BACKOFF_MS / 2);
    answer_all_right();
}

static void the_last_attempt_is_the_last(void **state)
{
    take(3, "3");
    notifier_settle(got[0], PARCEL_POSTPONED, 0, "no luck");
    expect(&OUTBOX_DEAD, "id-0 no luck");
    answer_all_right();
    notifier_settle(got[1], PARCEL_UNTRIED, 5, "busy");
    assert_int_equal(delay_of("id-1", "false busy"), 5);
    answer_all_right();
    notifier_settle(got[2], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-2");
    answer_all_right();
}

static void a_dead_one_stays(void **state)
{
    take(1, "1");
    notifier_settle(got[0], PARCEL_DEAD, 0, "never");
    expect(&OUTBOX_DEAD, "id-0 never");
    answer_all_right();
    assert_int_equal(couriers.under_way, 0);
}

static void a_report_is_told_until_the_database_takes_it(void **state)
{
    static const enum db_status failures[] = { DB_AWAY, DB_LOST, DB_RETRY };
    take(1, "1");
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    for (int i = 0; i < 3; i++) {
        expect(&OUTBOX_DONE, "id-0");
        hand_db_answer(&db, failures[i], 0, 0, NULL);
        expect_nothing();
        assert_int_equal(couriers.under_way, 1);
        wait_for(SECOND);
    }
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
    assert_int_equal(couriers.under_way, 0);
}

static void a_full_queue_of_the_database_is_no_loss(void **state)
{
    take(1, "1");
    db.full = true;
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    wait_for(SECOND);
    expect_nothing();
    db.full = false;
    wait_for(SECOND);
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
}

/* A row that the database will not have touched is left to its lease. */
static void a_refused_report_is_given_up(void **state)
{
    take(1, "1");
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    hand_db_answer(&db, DB_REFUSED, 0, 0, NULL);
    expect_nothing();
    assert_int_equal(couriers.under_way, 0);
}

static void settle_rest(void)
{
    for (int i = 0; i < ngot; i++)
        if (got[i])
            notifier_settle(got[i], PARCEL_DELIVERED, 0, NULL);
    while (hand_db_pending(&db) && db.asked[db.answered].statement == &OUTBOX_DONE)
        answer_all_right();
}

static void no_more_than_so_many_at_once(void **state)
{
    give(PARCELS_MOST, 0, "1");
    assert_int_equal(ngot, PARCELS_MOST);
    look("0");
    notifier_wake(house, false);
    look("0"); /* it has no place: nothing is taken */
    expect_nothing();
    notifier_settle(got[5], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-5");
    answer_all_right();
    got[5] = NULL;
    expect(&OUTBOX_TAKE, "push 1 300");
    give(1, 100, "1");
    look(NULL);
    settle_rest();
    take(0, "1");
    assert_int_equal(couriers.under_way, 0);
}

/* Whoever has got less than there was room for has all that is due. */
static void an_end_takes_more_only_if_there_may_be_more(void **state)
{
    take(3, "1");
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
    expect_nothing();
    got[0] = NULL;
    settle_rest();
    expect_nothing();
}

/* ---- kinds beside each other ---- */

static struct courier slow;

static void add_slow(void)
{
    slow = (struct courier){ .kind = "mail", .most = 2, .deliver = keep };
    assert_true(couriers_add(&couriers, &slow));
}

static void a_kind_without_places_holds_up_no_other(void **state)
{
    add_slow();
    take(0, "1"); /* was asked before */
    notifier_wake(house, false);
    expect(&OUTBOX_TAKE, "push,mail 32,2 300");
    give_of("mail", 2, 0, "1");
    assert_int_equal(slow.counts.under_way, 2);
    look("0");
    notifier_wake(house, false);
    expect(&OUTBOX_TAKE, "push 32 300");
    give(1, 10, "1");
    look(NULL);
    assert_int_equal(courier.counts.under_way, 1);
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
    expect(&OUTBOX_TAKE, "push,mail 31,1 300");
    got[0] = NULL;
    take(0, "1");
    settle_rest();
    assert_int_equal(slow.counts.under_way, 0);
    assert_int_equal(slow.counts.fates[PARCEL_DELIVERED], 2);
    assert_int_equal(courier.counts.fates[PARCEL_DELIVERED], 1);
}

static void a_kind_has_one_courier(void **state)
{
    struct courier more[COURIERS_MOST];
    char names[COURIERS_MOST][16];
    add_slow();
    assert_false(couriers_add(&couriers, &slow));
    for (int i = 0; i < COURIERS_MOST; i++) {
        snprintf(names[i], sizeof names[i], "k%d", i);
        more[i] = (struct courier){ .kind = names[i], .most = 1, .deliver = keep };
        assert_int_equal(couriers_add(&couriers, &more[i]), i < COURIERS_MOST - 2);
    }
}

static void what_is_of_no_known_kind_is_given_up(void **state)
{
    give(0, 0, "1");
    expect(&OUTBOX_LOOK, "");
    hand_db_answer(&db, DB_OK, 2, 5,
                   (const char *const[]){ "fax", "2", "1", "900", "-3", "push", "1", "0", "10", "5000" });
    run();
    assert_int_equal(couriers.unknown.waiting, 2);
    assert_int_equal(couriers.unknown.dead, 1);
    assert_int_equal(courier.counts.waiting, 1);
    expect(&OUTBOX_BURY, "push");
    hand_db_answer(&db, DB_OK, 1, 2, (const char *const[]){ "fax", "2" });
    expect_nothing();
    assert_int_equal(couriers.unknown.fates[PARCEL_DEAD], 2);
    wait_for(SECOND);
    take(0, "1");
}

static void what_is_of_no_known_kind_and_not_due_waits(void **state)
{
    give(0, 0, "1");
    expect(&OUTBOX_LOOK, "");
    hand_db_answer(&db, DB_OK, 1, 5, (const char *const[]){ "fax", "1", "0", "900", "3000" });
    expect_nothing();
    wait_for(3 * SECOND);
    take(0, "1");
}

/* The lock that only one server has may be somebody else's by now. */
static void nothing_is_taken_while_commits_are_not_possible(void **state)
{
    take(0, "1"); /* was asked before */
    couriers.writing = false;
    notifier_wake(house, false);
    expect_nothing();
    couriers.writing = true;
    wait_for(SECOND);
    take(0, "1");
}

/* Much is not counted again and again. */
static void a_long_table_is_counted_once_a_second(void **state)
{
    wait_for(2 * SECOND);
    give(0, 0, "1");
    expect(&OUTBOX_LOOK, "");
    hand_db_answer(&db, DB_OK, 1, 5, (const char *const[]){ "push", "50000", "0", "900", "60000" });
    run();
    assert_int_equal(courier.counts.waiting, 50000);
    notifier_wake(house, false);
    give(0, 0, "1");
    expect_nothing();
    wait_for(SECOND);
    take(0, "1");
}

static void a_wake_while_taking_takes_again(void **state)
{
    notifier_wake(house, false);
    expect(&OUTBOX_TAKE, NULL);
    give(0, 0, "1");
    expect(&OUTBOX_TAKE, NULL);
    take(0, "1");
    expect_nothing();
}

static void what_is_due_later_is_taken_then(void **state)
{
    give(0, 0, "1");
    look("700");
    wait_for(699 * MS);
    expect_nothing();
    wait_for(MS);
    take(0, "1");
    wait_for(60 * SECOND); /* and if nothing was said, within a minute */
    take(0, "1");
    expect_nothing();
}

/* The look saw the row with its courier, due when its lease ends; that it was told meanwhile counts. */
static void a_look_from_before_a_report_puts_nothing_off(void **state)
{
    give(1, 0, "1");
    notifier_settle(got[0], PARCEL_POSTPONED, 0, "no luck");
    expect(&OUTBOX_LOOK, "");
    hand_db_defer(&db);
    long delay = delay_of("id-0", "true no luck");
    answer_all_right();
    look("300000");
    wait_for((uint64_t)delay * MS + 2 * MS);
    expect(&OUTBOX_TAKE, "push 32 300");
}

/* What is due later is not forgotten over it. */
static void a_failed_look_is_made_again(void **state)
{
    give(0, 0, "1");
    expect(&OUTBOX_LOOK, "");
    hand_db_answer(&db, DB_RETRY, 0, 0, NULL);
    expect_nothing();
    wait_for(SECOND);
    expect(&OUTBOX_TAKE, "push 32 300");
}

static void a_closed_courier_gets_nothing_until_it_opens(void **state)
{
    courier.closed_until = worker_now(home) + 5 * SECOND;
    take(0, "1"); /* was asked before */
    wait_for(4 * SECOND);
    expect_nothing();
    notifier_wake(house, false);
    expect(&OUTBOX_LOOK, "");
    look(NULL);
    expect_nothing();
    wait_for(SECOND);
    expect(&OUTBOX_TAKE, "push 32 300");
    take(0, "1");
}

static void a_failed_take_is_made_again(void **state)
{
    expect(&OUTBOX_TAKE, NULL);
    hand_db_answer(&db, DB_AWAY, 0, 0, NULL);
    expect_nothing();
    wait_for(SECOND);
    expect(&OUTBOX_TAKE, NULL);
    hand_db_answer(&db, DB_REFUSED, 0, 0, NULL);
    wait_for(SECOND);
    take(0, "1");
}

static void nothing_is_taken_after_a_stop(void **state)
{
    take(1, "1");
    notifier_wake(house, true);
    notifier_wake(house, false);
    wait_for(120 * SECOND);
    expect_nothing();
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    answer_all_right();
    assert_int_equal(couriers.under_way, 0);
}

/* Answers whatever is asked; how often the table was tidied. */
static int answer_everything(void)
{
    int tidies = 0;
    for (run(); hand_db_pending(&db); run()) {
        const struct statement *st = db.asked[db.answered].statement;
        tidies += st == &OUTBOX_TIDY;
        if (st == &OUTBOX_TIDY)
            tidied();
        else if (st == &OUTBOX_LOOK)
            look(NULL);
        else
            give(0, 0, "1");
    }
    return tidies;
}

static void the_table_is_tidied_every_ten_minutes(void **state)
{
    assert_int_equal(answer_everything(), 0);
    for (int minute = 1; minute <= 20; minute++) {
        wait_for(60 * SECOND);
        assert_int_equal(answer_everything(), minute % 10 == 0);
    }
}

static void a_start_without_a_database_goes_on_trying(void **state)
{
    teardown(state);
    const struct system_options o = { .workers = 1, .seed = 7 };
    hand_db_open(&db);
    house = system_create(&o);
    assert_true(sim_start(house, begin, NULL));
    home = system_worker(house, 0);
    notifier_wake(house, false);
    expect(&OUTBOX_RECLAIM, "");
    hand_db_answer(&db, DB_AWAY, 0, 0, NULL);
    expect(&OUTBOX_TIDY, NULL);
    hand_db_answer(&db, DB_AWAY, 0, 0, NULL);
    expect_nothing();
    wait_for(SECOND);
    expect(&OUTBOX_RECLAIM, "");
    answer_all_right();
    take(0, "1");
}

/* The worker ends first, its couriers and the database report to nobody: no row is touched, no memory is left. */
static void reports_after_the_end(void **state)
{
    take(3, "1");
    notifier_settle(got[0], PARCEL_DELIVERED, 0, NULL);
    expect(&OUTBOX_DONE, "id-0");
    db.full = true;
    notifier_settle(got[1], PARCEL_DELIVERED, 0, NULL);
    db.full = false;
    system_stop(house);
    notifier_settle(got[2], PARCEL_UNTRIED, 0, "the server is stopping");
    assert_int_equal(hand_db_pending(&db), 1);
}

static void it_describes_itself(void **state)
{
    struct buf b = { 0 };
    take(1, "1");
    courier.closed_until = worker_now(home) + 5 * SECOND;
    notifier_settle(got[0], PARCEL_DEAD, 0, "never");
    answer_all_right();
    assert_true(worker_describe(home, notifier_address(), &b));
    buf_putc(&b, 0);
    assert_non_null(strstr(b.p, "\"dead\":1"));
    assert_non_null(strstr(b.p, "\"last_why\":\"never\""));
    assert_non_null(strstr(b.p, "\"rows_waiting\":1,"));
    assert_non_null(strstr(b.p, "{\"kind\":\"push\",\"under_way\":0,\"most\":32,"));
    assert_non_null(strstr(b.p, "\"closed_ms\":5000}"));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_parcel_is_delivered_and_its_row_goes),
        TEST(a_dropped_one_goes_too),
        TEST(a_postponed_one_waits_longer_each_time),
        TEST(patience_that_was_asked_for_is_kept),
        TEST(the_last_attempt_is_the_last),
        TEST(a_dead_one_stays),
        TEST(a_report_is_told_until_the_database_takes_it),
        TEST(a_full_queue_of_the_database_is_no_loss),
        TEST(a_refused_report_is_given_up),
        TEST(no_more_than_so_many_at_once),
        TEST(an_end_takes_more_only_if_there_may_be_more),
        TEST(a_kind_without_places_holds_up_no_other),
        TEST(a_kind_has_one_courier),
        TEST(what_is_of_no_known_kind_is_given_up),
        TEST(what_is_of_no_known_kind_and_not_due_waits),
        TEST(nothing_is_taken_while_commits_are_not_possible),
        TEST(a_long_table_is_counted_once_a_second),
        TEST(a_wake_while_taking_takes_again),
        TEST(what_is_due_later_is_taken_then),
        TEST(a_look_from_before_a_report_puts_nothing_off),
        TEST(a_failed_look_is_made_again),
        TEST(a_closed_courier_gets_nothing_until_it_opens),
        TEST(a_failed_take_is_made_again),
        TEST(nothing_is_taken_after_a_stop),
        TEST(the_table_is_tidied_every_ten_minutes),
        TEST(a_start_without_a_database_goes_on_trying),
        TEST(reports_after_the_end),
        TEST(it_describes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
