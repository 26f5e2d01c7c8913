/* Job: what a payload must have, and what becomes of a parcel when its statement ends this way or that. One simulated
 * worker with the notifier, and a database that answers by hand. */
#include "actors/notifier/job.h"

#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "tests/test.h"
#include "tests/transport/hand_db_help.h"

#include <jansson.h>
#include <stdio.h>

#define MS UINT64_C(1000000)
enum { ATTEMPTS = 3, BACKOFF_MS = 1000 };

static struct system *house;
static struct hand_db db;
static struct couriers couriers;
static struct job_row row;
static struct parcel *handed; /* by `then` */
static char said[32];

/* Not of the outbox: any statement with arguments will do, and types as payloads have them. */
static const struct statement_param params[] = { { "arg.name", "text", 25, 0 },
                                                 { "arg.n", "int4", 23, 0 },
                                                 { "arg.big", "int8", 20, 0 } };
static const struct statement work = { .name = "WORK", .params = params, .nparams = 3 };
static const struct statement plain = { .name = "PLAIN", .params = params, .nparams = 1 };

/* ---- payloads ---- */

static bool reads(const char *payload, char why[static PARCEL_WHY_SIZE])
{
    struct db_params p = { 0 };
    json_t *json = json_loads(payload, 0, NULL);
    bool good = job_read(&work, json, &p, why);
    assert_true(!good || p.n == 3);
    json_decref(json);
    return good;
}

static void a_payload_has_what_the_statement_takes(void **state)
{
    char why[PARCEL_WHY_SIZE];
    assert_true(reads("{\"name\":\"a\",\"n\":-5,\"big\":9000000000,\"more\":[]}", why));
    assert_true(reads("{\"name\":\"\",\"n\":2147483647,\"big\":0}", why));
    assert_false(reads("{\"n\":1,\"big\":1}", why));
    assert_string_equal(why, "the payload's name is missing or of another type");
    static const char *const wrong[] = { "{\"name\":5,\"n\":1,\"big\":1}",
                                         "{\"name\":null,\"n\":1,\"big\":1}",
                                         "{\"name\":\"\",\"n\":\"1\",\"big\":1}",
                                         "{\"name\":\"\",\"n\":1.5,\"big\":1}",
                                         "{\"name\":\"\",\"n\":2147483648,\"big\":1}",
                                         "{\"name\":\"\",\"n\":1}",
                                         "[]",
                                         "5",
                                         "null",
                                         "{" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(reads(wrong[i], why));
}

/* ---- the work ---- */

static void then(struct worker *w, struct parcel *p, const struct db_result *r)
{
    handed = p;
    snprintf(said, sizeof said, "%.*s", (int)db_text(r, 0, 0).n, db_text(r, 0, 0).p);
}

static bool begin(struct worker *w, void *arg)
{
    worker_set_service(w, SERVICE_DB_READ, &db.base);
    worker_set_service(w, SERVICE_COURIERS, &couriers);
    couriers = (struct couriers){ .writing = true };
    return couriers_add(&couriers, job_courier_create(w, &row));
}

static void expect(const struct statement *st, const char *asked)
{
    assert_true(sim_run(house, 10000) < 10000);
    assert_true(hand_db_pending(&db) > 0);
    assert_string_equal(db.asked[db.answered].statement->name, st->name);
    if (asked)
        assert_string_equal(db.asked[db.answered].params, asked);
}

static void answer(const struct statement *st, const char *asked, int rows, int columns, const char *const *cells)
{
    expect(st, asked);
    hand_db_answer(&db, DB_OK, rows, columns, cells);
    assert_true(sim_run(house, 10000) < 10000);
}

static void start(const struct statement *st, bool goes_on)
{
    const struct system_options o = { .workers = 1, .seed = 7 };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    notifier_setup(&(struct notifier_options){ ATTEMPTS, BACKOFF_MS, 86400, 30 });
    hand_db_open(&db);
    handed = NULL;
    row = (struct job_row){ "work", st, .most = 4, .then = goes_on ? then : NULL };
    house = system_create(&o);
    assert_true(sim_start(house, begin, NULL));
    notifier_wake(house, false);
    answer(&OUTBOX_RECLAIM, "", 0, 0, NULL);
    answer(&OUTBOX_TIDY, NULL, 1, 2, (const char *const[]){ "0", "0" });
}

/* One of that payload is taken; its statement has been asked if the payload is good. */
static void take(const char *payload, const char *attempts)
{
    answer(&OUTBOX_TAKE, "work 4 300", 1, 4, (const char *const[]){ "id-1", "work", payload, attempts });
}

static void end(void)
{
    struct courier *c = couriers.list[0];
    hand_db_close(&db);
    system_destroy(house);
    job_courier_destroy(c);
}

static void looked(void)
{
    answer(&OUTBOX_LOOK, "", 0, 0, NULL);
}

static void what_is_done_is_gone(void **state)
{
    start(&work, false);
    take("{\"name\":\"a b\",\"n\":5,\"big\":7}", "1");
    answer(&work, "a b 5 7", 0, 0, NULL); /* a row more or less says nothing */
    looked();
    answer(&OUTBOX_DONE, "id-1", 0, 0, NULL);
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DELIVERED], 1);
    end();
}

static void a_payload_that_cannot_be_read_is_dead_at_once(void **state)
{
    start(&work, false);
    take("{\"name\":\"a\"}", "1");
    answer(&OUTBOX_DEAD, "id-1 the payload's n is missing or of another type", 0, 0, NULL);
    looked();
    assert_int_equal(couriers.under_way, 0);
    end();
}

static void what_fails_is_done_again(void **state)
{
    start(&plain, false);
    take("{\"name\":\"a\"}", "1");
    expect(&plain, "a");
    hand_db_answer(&db, DB_REFUSED, 0, 0, NULL);
    looked();
    expect(&OUTBOX_LATER, NULL);
    assert_non_null(strstr(db.asked[db.answered].params, "true the database refused it: 42601"));
    answer(&OUTBOX_LATER, NULL, 0, 0, NULL);
    end();
}

static void after_the_last_attempt_it_is_dead(void **state)
{
    start(&plain, false);
    take("{\"name\":\"a\"}", "3");
    expect(&plain, "a");
    hand_db_answer(&db, DB_REFUSED, 0, 0, NULL);
    looked();
    answer(&OUTBOX_DEAD, "id-1 the database refused it: 42601", 0, 0, NULL);
    end();
}

/* It says nothing of the work. */
static void a_database_that_is_away_is_no_attempt(void **state)
{
    static const struct {
        enum db_status status;
        const char *rest;
    } rows[] = { { DB_AWAY, "id-1 1000 false the database is away" },
                 { DB_RETRY, "id-1 1000 false the database refused it: " } };
    for (int i = 0; i < 2; i++) {
        start(&plain, false);
        take("{\"name\":\"a\"}", "3");
        expect(&plain, "a");
        hand_db_answer(&db, rows[i].status, 0, 0, NULL);
        looked();
        answer(&OUTBOX_LATER, rows[i].rest, 0, 0, NULL);
        end();
    }
}

static void a_connection_that_is_lost_is_one(void **state)
{
    start(&plain, false);
    take("{\"name\":\"a\"}", "3");
    expect(&plain, "a");
    hand_db_answer(&db, DB_LOST, 0, 0, NULL);
    looked();
    answer(&OUTBOX_DEAD, "id-1 the database was lost meanwhile", 0, 0, NULL);
    end();
}

static void what_is_left_is_handed_on(void **state)
{
    start(&plain, true);
    take("{\"name\":\"a\"}", "1");
    answer(&plain, "a", 1, 1, (const char *const[]){ "hello" });
    looked();
    assert_string_equal(said, "hello");
    assert_int_equal(couriers.under_way, 1);
    notifier_settle(handed, PARCEL_DELIVERED, 0, NULL);
    answer(&OUTBOX_DONE, "id-1", 0, 0, NULL);
    end();
}

static void what_nobody_wants_any_more_is_dropped(void **state)
{
    start(&plain, true);
    take("{\"name\":\"a\"}", "1");
    answer(&plain, "a", 0, 0, NULL);
    looked();
    assert_null(handed);
    answer(&OUTBOX_DONE, "id-1", 0, 0, NULL);
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DROPPED], 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_has_what_the_statement_takes),
        cmocka_unit_test(what_is_done_is_gone),
        cmocka_unit_test(a_payload_that_cannot_be_read_is_dead_at_once),
        cmocka_unit_test(what_fails_is_done_again),
        cmocka_unit_test(after_the_last_attempt_it_is_dead),
        cmocka_unit_test(a_database_that_is_away_is_no_attempt),
        cmocka_unit_test(a_connection_that_is_lost_is_one),
        cmocka_unit_test(what_is_left_is_handed_on),
        cmocka_unit_test(what_nobody_wants_any_more_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
