/* Courier: each way a push can go, from the outbox's row to what the row is told. One simulated worker with the notifier, a
 * database that answers by hand, and a service that does: calls to others end in this file. */
#include "transport/services/fcm/courier.h"

#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "store/statements.h"
#include "tests/test.h"
#include "tests/transport/hand_db_help.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
#define TOKEN  "{\"access_token\":\"ya29\",\"expires_in\":3600}"
#define SEND   "https://fcm.example/v1/projects/house/messages:send"
enum { ATTEMPTS = 3, BACKOFF_MS = 1000, CALLS = 8 };

static struct system *house;
static struct worker *home;
static struct hand_db db;
static struct couriers couriers;
static char pem[4096];
static char project[] = "house", email[] = "a@house.example", key_id[] = "k1", token_uri[] = "https://token.example/t";
static const struct fcm_key key = { project, email, key_id, token_uri, pem };

/* ---- others: what they are asked, answered by hand ---- */

struct outbound_call {
    outbound_done *done;
    void *arg;
    char url[128], authorization[64];
    struct buf body;
};

static struct {
    struct outbound_call *asked[CALLS];
    int n, answered;
    enum outbound_end refuses; /* ANSWERED: it takes calls */
} others;

struct outbound_call *outbound_send(struct outbound *o, const struct outbound_request *rq, outbound_done *done,
                                    void *arg, enum outbound_end *ret_why)
{
    *ret_why = others.refuses;
    if (others.refuses)
        return NULL;
    assert_true(others.n < CALLS);
    struct outbound_call *c = calloc(1, sizeof *c);
    assert_non_null(c);
    *c = (struct outbound_call){ .done = done, .arg = arg };
    snprintf(c->url, sizeof c->url, "%s", rq->url);
    for (const char *const *h = rq->headers; *h; h++)
        if (!strncmp(*h, "Authorization: ", 15))
            snprintf(c->authorization, sizeof c->authorization, "%s", *h + 15);
    buf_text(&c->body, rq->body);
    buf_putc(&c->body, 0);
    assert_string_equal(rq->method, "POST");
    assert_int_equal(rq->total_ms, 5000);
    others.asked[others.n++] = c;
    return c;
}

static void forget_call(struct outbound_call *c)
{
    buf_fini(&c->body);
    free(c);
}

/* Only who is destroyed with a call under way does this: outbound and the database end before the courier. */
void outbound_cancel(struct outbound_call *c)
{
    fail_msg("a call is cancelled: %s", c->url);
}

static void run(void)
{
    assert_true(sim_run(house, 10000) < 10000);
}

static int calls(void)
{
    return others.n - others.answered;
}

/* The oldest call goes here. */
static const struct outbound_call *asked(const char *url)
{
    assert_true(calls() > 0);
    assert_string_equal(others.asked[others.answered]->url, url);
    return others.asked[others.answered];
}

static void end_call(enum outbound_end end, int status, const char *body, const char *head)
{
    assert_true(calls() > 0);
    struct outbound_call *c = others.asked[others.answered++];
    c->done(c->arg, &(struct outbound_answer){ end, status, text_of(body), text_of(head) });
    forget_call(c);
    run();
}

static void say(int status, const char *body)
{
    end_call(OUTBOUND_ANSWERED, status, body, "");
}

static void say_token(void)
{
    assert_non_null(strstr(asked(key.token_uri)->body.p, "&assertion=ey"));
    say(200, TOKEN);
}

/* ---- the database ---- */

static void expect(const struct statement *st, const char *params)
{
    run();
    assert_true(hand_db_pending(&db) > 0);
    const struct hand_query *q = &db.asked[db.answered];
    assert_string_equal(q->statement->name, st->name);
    if (params)
        assert_string_equal(q->params, params);
}

static void answer(const struct statement *st, const char *params, int rows, int columns, const char *const *cells)
{
    expect(st, params);
    hand_db_answer(&db, DB_OK, rows, columns, cells);
    run();
}

/* Until this is asked the database is away for whatever else is. */
static void await(const struct statement *st)
{
    for (run(); !hand_db_pending(&db) || db.asked[db.answered].statement != st; run())
        if (hand_db_pending(&db))
            hand_db_answer(&db, DB_AWAY, 0, 0, NULL);
        else
            notifier_wake(house, false);
}

/* The outbox has so many pushes of this payload; nothing is due afterwards. */
static void take(int n, const char *payload)
{
    static const char *const ids[] = { "id-0", "id-1", "id-2" };
    const char *cells[12];
    assert_true(n <= 3);
    for (int i = 0; i < n; i++) {
        cells[i * 4] = ids[i];
        cells[i * 4 + 1] = "push";
        cells[i * 4 + 2] = payload;
        cells[i * 4 + 3] = "1";
    }
    answer(&OUTBOX_TAKE, NULL, n, 4, cells);
}

static void nothing_is_due(void)
{
    answer(&OUTBOX_LOOK, NULL, 0, 0, NULL);
}

#define PUSH "{\"token_id\":3,\"user_id\":5,\"title\":\"Class\",\"body\":\"begins\",\"data\":{\"session\":\"7\"}}"

/* A push whose device is known: its access token is asked for, or it is sent. */
static void take_push(void)
{
    take(1, PUSH);
    answer(&PUSH_TARGET, "3 5", 1, 1, (const char *const[]){ "device" });
    nothing_is_due();
}

static void row_is_gone(void)
{
    answer(&OUTBOX_DONE, "id-0", 0, 0, NULL);
    assert_int_equal(couriers.under_way, 0);
}

static void row_is_dead(const char *why)
{
    char params[128];
    snprintf(params, sizeof params, "id-0 %s", why);
    answer(&OUTBOX_DEAD, params, 0, 0, NULL);
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DEAD], 1);
}

/* The row waits again: the delay is what is returned, the rest is "counted why". */
static long row_waits(const char *rest)
{
    long delay;
    char tail[128];
    expect(&OUTBOX_LATER, NULL);
    assert_int_equal(sscanf(db.asked[db.answered].params, "id-0 %ld %127[^\n]", &delay, tail), 2);
    assert_string_equal(tail, rest);
    answer(&OUTBOX_LATER, NULL, 0, 0, NULL);
    assert_int_equal(couriers.under_way, 0);
    return delay;
}

static bool is_closed_for(uint64_t least_ms, uint64_t most_ms)
{
    uint64_t until = couriers.list[0]->closed_until, now = worker_now(home);
    return until >= now + least_ms * MS && until <= now + most_ms * MS;
}

/* ---- the fixture ---- */

static int make_key(void **state)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    if (!rsa || !bio || !PEM_write_bio_PrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL))
        return 1;
    int n = BIO_read(bio, pem, sizeof pem - 1);
    BIO_free(bio);
    EVP_PKEY_free(rsa);
    return n <= 0;
}

static bool begin(struct worker *w, void *arg)
{
    worker_set_service(w, SERVICE_DB_READ, &db.base);
    worker_set_service(w, SERVICE_COURIERS, &couriers);
    return true;
}

static int setup(void **state)
{
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    notifier_setup(&(struct notifier_options){ ATTEMPTS, BACKOFF_MS, 86400, 30 });
    hand_db_open(&db);
    memset(&others, 0, sizeof others);
    house = system_create(&(struct system_options){ .workers = 1, .seed = 7 });
    assert_true(sim_start(house, begin, NULL));
    home = system_worker(house, 0);
    struct courier *c = fcm_courier_create(&(struct fcm_courier_options){
        .worker = home, .key = &key, .base_url = "https://fcm.example/", .token_url = "", .timeout_ms = 5000 });
    assert_non_null(c);
    couriers = (struct couriers){ .list = { c }, .n = 1, .writing = true };
    notifier_wake(house, false);
    answer(&OUTBOX_RECLAIM, "", 0, 0, NULL);
    answer(&OUTBOX_TIDY, NULL, 1, 2, (const char *const[]){ "0", "0" });
    return 0;
}

static int teardown(void **state)
{
    assert_int_equal(calls(), 0);
    hand_db_close(&db);
    fcm_courier_destroy(couriers.list[0]);
    system_destroy(house);
    return 0;
}

/* ---- delivered ---- */

static void a_push_is_sent_and_its_row_goes(void **state)
{
    take_push();
    say_token();
    const struct outbound_call *c = asked(SEND);
    assert_string_equal(c->authorization, "Bearer ya29");
    assert_non_null(strstr(c->body.p, "\"token\":\"device\""));
    assert_non_null(strstr(c->body.p, "\"session\":\"7\""));
    assert_non_null(strstr(c->body.p, "\"notification_id\":\"id-0\""));
    say(200, "{\"name\":\"projects/house/messages/1\"}");
    row_is_gone();
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DELIVERED], 1);
}

static void many_wait_for_one_access_token(void **state)
{
    take(3, PUSH);
    for (int i = 0; i < 3; i++)
        answer(&PUSH_TARGET, "3 5", 1, 1, (const char *const[]){ "device" });
    nothing_is_due();
    assert_int_equal(calls(), 1);
    say_token();
    assert_int_equal(calls(), 3);
    for (int i = 0; i < 3; i++)
        say(200, "{}");
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DELIVERED], 3);
}

static void an_access_token_is_kept_until_shortly_before_its_end(void **state)
{
    take_push();
    say_token();
    say(200, "{}");
    row_is_gone();
    sim_advance(house, 3000 * SECOND);
    await(&OUTBOX_TAKE);
    take(1, PUSH);
    await(&PUSH_TARGET);
    answer(&PUSH_TARGET, "3 5", 1, 1, (const char *const[]){ "device" });
    asked(SEND);
    say(200, "{}");
    await(&OUTBOX_DONE);
    row_is_gone();
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DELIVERED], 2);
}

/* ---- not sent at all ---- */

static void a_device_that_is_gone_is_no_failure(void **state)
{
    take(1, PUSH);
    answer(&PUSH_TARGET, "3 5", 0, 0, NULL);
    nothing_is_due();
    assert_int_equal(calls(), 0);
    row_is_gone();
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DROPPED], 1);
}

static void what_is_no_push_is_dead(void **state)
{
    take(1, "[\"no\",\"push\"]");
    expect(&OUTBOX_DEAD, "id-0 the payload is no push");
    row_is_dead("the payload is no push");
}

static void a_device_that_cannot_be_looked_up_costs_no_attempt(void **state)
{
    take(1, PUSH);
    expect(&PUSH_TARGET, NULL);
    hand_db_answer(&db, DB_AWAY, 0, 0, NULL);
    nothing_is_due();
    assert_int_equal(row_waits("false the device could not be looked up"), 1000);
}

static void a_busy_database_costs_no_attempt(void **state)
{
    expect(&OUTBOX_TAKE, NULL);
    db.full = true;
    hand_db_answer(&db, DB_OK, 1, 4, (const char *const[]){ "id-0", "push", PUSH, "1" });
    run();
    db.full = false;
    sim_advance(house, SECOND);
    run();
    await(&OUTBOX_LATER);
    assert_int_equal(row_waits("false the database is busy"), 1000);
}

static void without_an_access_token_the_courier_is_closed(void **state)
{
    take_push();
    asked(key.token_uri);
    say(400, "{\"error\":\"invalid_grant\"}");
    long delay = row_waits("false token endpoint: 400 invalid_grant");
    assert_true(delay >= 500 && delay <= 1000);
    assert_true(is_closed_for((uint64_t)delay, (uint64_t)delay));
}

static void an_answer_without_a_token_is_none(void **state)
{
    static const char *const answers[] = { "{}", "no JSON", "{\"access_token\":\"a b\",\"expires_in\":60}",
                                           "{\"access_token\":\"ya29\",\"expires_in\":0}" };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (i)
            setup(NULL);
        take_push();
        asked(key.token_uri);
        say(200, answers[i]);
        row_waits("false the token endpoint's answer holds no token");
        if (i + 1 < sizeof answers / sizeof *answers)
            teardown(NULL);
    }
}

/* ---- sent in vain ---- */

static void what_a_service_says_decides_over_the_row(void **state)
{
    static const struct {
        enum outbound_end end;
        int status;
        const char *body;
        enum parcel_fate fate;
        const char *why;
    } rows[] = {
        { OUTBOUND_ANSWERED, 400, "{\"error\":{\"status\":\"INVALID_ARGUMENT\"}}", PARCEL_DEAD,
          "messages:send: 400 INVALID_ARGUMENT" },
        { OUTBOUND_ANSWERED, 500, "", PARCEL_POSTPONED, "messages:send: 500" },
        { OUTBOUND_ANSWERED, 503, "{\"error\":{\"status\":\"UNAVAILABLE\"}}", PARCEL_POSTPONED,
          "messages:send: 503 UNAVAILABLE" },
        { OUTBOUND_TIMEOUT, 0, "", PARCEL_POSTPONED, "messages:send: no answer in time" },
        { OUTBOUND_STOPPED, 0, "", PARCEL_UNTRIED, "messages:send: the server is stopping" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char rest[128];
        if (i)
            setup(NULL);
        take_push();
        say_token();
        asked(SEND);
        end_call(rows[i].end, rows[i].status, rows[i].body, "");
        snprintf(rest, sizeof rest, "%s %s", rows[i].fate == PARCEL_POSTPONED ? "true" : "false", rows[i].why);
        if (rows[i].fate == PARCEL_DEAD)
            row_is_dead(rows[i].why);
        else
            row_waits(rest);
        assert_int_equal(couriers.list[0]->counts.fates[rows[i].fate], 1);
        assert_true(couriers.list[0]->closed_until <= worker_now(home));
        if (i + 1 < sizeof rows / sizeof *rows)
            teardown(NULL);
    }
}

static void a_call_that_finds_no_place_costs_no_attempt(void **state)
{
    take_push();
    others.refuses = OUTBOUND_FULL;
    assert_int_equal(calls(), 1); /* was taken before: the access token */
    say(200, TOKEN);
    assert_int_equal(row_waits("false messages:send: too many calls are waiting"), 1000);
}

static void a_token_that_is_none_is_forgotten(void **state)
{
    take_push();
    say_token();
    say(404, "{\"error\":{\"status\":\"NOT_FOUND\",\"details\":[{\"errorCode\":\"UNREGISTERED\"}]}}");
    answer(&PUSH_REFUSED, "3 device", 0, 0, NULL);
    row_is_gone();
    assert_int_equal(couriers.list[0]->counts.fates[PARCEL_DROPPED], 1);
}

static void a_refused_access_token_is_replaced_once(void **state)
{
    take_push();
    say_token();
    asked(SEND);
    say(401, "{\"error\":{\"status\":\"UNAUTHENTICATED\"}}");
    say_token(); /* another one */
    asked(SEND);
    say(200, "{}");
    row_is_gone();
}

static void a_service_that_refuses_the_new_one_too_is_left_alone(void **state)
{
    take_push();
    for (int i = 0; i < 2; i++) {
        say_token();
        asked(SEND);
        say(401, "{\"error\":{\"status\":\"UNAUTHENTICATED\"}}");
    }
    assert_int_equal(calls(), 0);
    assert_true(is_closed_for(10000, 10000));
    row_waits("true messages:send: 401 UNAUTHENTICATED");
}

static void patience_is_kept_for_all_but_not_for_too_long(void **state)
{
    take_push();
    say_token();
    asked(SEND);
    end_call(OUTBOUND_ANSWERED, 429, "{}", "Retry-After: 600\r\n");
    assert_int_equal(row_waits("true messages:send: 429"), 600000); /* this one waits as long as was asked */
    assert_true(is_closed_for(60000, 60000));
}

/* ---- the end ---- */

static void who_waits_for_an_access_token_is_told_of_the_end(void **state)
{
    take_push();
    asked(key.token_uri);
    assert_int_equal(couriers.under_way, 1);
    end_call(OUTBOUND_STOPPED, 0, "", "");
    row_waits("false the server is stopping");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_push_is_sent_and_its_row_goes),
        TEST(many_wait_for_one_access_token),
        TEST(an_access_token_is_kept_until_shortly_before_its_end),
        TEST(a_device_that_is_gone_is_no_failure),
        TEST(what_is_no_push_is_dead),
        TEST(a_device_that_cannot_be_looked_up_costs_no_attempt),
        TEST(a_busy_database_costs_no_attempt),
        TEST(without_an_access_token_the_courier_is_closed),
        TEST(an_answer_without_a_token_is_none),
        TEST(what_a_service_says_decides_over_the_row),
        TEST(a_call_that_finds_no_place_costs_no_attempt),
        TEST(a_token_that_is_none_is_forgotten),
        TEST(a_refused_access_token_is_replaced_once),
        TEST(a_service_that_refuses_the_new_one_too_is_left_alone),
        TEST(patience_is_kept_for_all_but_not_for_too_long),
        TEST(who_waits_for_an_access_token_is_told_of_the_end),
    };
    return cmocka_run_group_tests(tests, make_key, NULL);
}
