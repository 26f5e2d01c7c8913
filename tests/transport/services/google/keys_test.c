/* Keys: when they are fetched, who waits for that, and what a failure leaves. Two simulated workers; the fetch is
 * answered by hand. */
#include "transport/services/google/keys.h"

#include "actors/runtime/sim.h"
#include "proto/base/log.h"
#include "tests/test.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND    UINT64_C(1000000000)
#define TWO_KEYS  document(2)
#define KEPT_60_S TEXT("max-age=60")
#define NONE      ((struct text){ 0 })

enum { WORKERS = 2 };

static struct system *system_under_test;
static struct keys *keys;
static struct keys_desk *desks[WORKERS];
static struct {
    struct keys_desk *by; /* whose fetch is under way */
    int ever;
} fetch;

/* Documents of one modulus under the names "1" to "n": what is signed is not the matter here. */
static struct text document(int n)
{
    static char text[8192], modulus[400];
    if (!*modulus) {
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        EVP_PKEY *key = EVP_RSA_gen(2048);
        BIGNUM *number = NULL;
        unsigned char bytes[258] = { 0 };
        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &number), 1);
        BN_bn2binpad(number, bytes + 2, 256); /* two zeros before it, so that no letter is cut */
        for (int i = 0; i < 344; i++) {
            unsigned group = (unsigned)bytes[i / 4 * 3] << 16 | bytes[i / 4 * 3 + 1] << 8 | bytes[i / 4 * 3 + 2];
            modulus[i] = letters[group >> (18 - i % 4 * 6) & 63];
        }
        BN_free(number);
        EVP_PKEY_free(key);
    }
    int at = snprintf(text, sizeof text, "{\"keys\":[");
    for (int i = 1; i <= n; i++)
        at += snprintf(text + at, sizeof text - (size_t)at,
                       "%s{\"kty\":\"RSA\",\"kid\":\"%d\",\"e\":\"AQAB\",\"n\":\"%s\"}", i > 1 ? "," : "", i, modulus);
    strcpy(text + at, "]}");
    return text_of(text);
}

static void begin_fetch(struct keys_desk *d, const char *url, void *arg)
{
    assert_null(fetch.by);
    assert_string_equal(url, "https://keys.example");
    fetch.by = d;
    fetch.ever++;
}

static void end_fetch(struct text text, struct text cache_control)
{
    struct keys_desk *d = fetch.by;
    assert_non_null(d);
    fetch.by = NULL;
    keys_fetched(d, text, cache_control, NONE);
    sim_run(system_under_test, 1000);
}

static struct keys_desk *desk_of(const struct worker *w)
{
    return desks[worker_index(w)];
}

static int setup(void **state)
{
    const struct system_options o = { .workers = WORKERS, .seed = 1 };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    system_under_test = system_create(&o);
    assert_true(sim_start(system_under_test, NULL, NULL));
    keys = keys_create("https://keys.example", desk_of);
    for (int i = 0; i < WORKERS; i++) {
        desks[i] = keys_desk_create(keys, system_worker(system_under_test, i), begin_fetch, NULL);
    }
    sim_advance(system_under_test, SECOND);
    memset(&fetch, 0, sizeof fetch);
    return 0;
}

static int teardown(void **state)
{
    system_stop(
        system_under_test); /* as in production: what workers were told to do is done before their services end */
    for (int i = 0; i < WORKERS; i++)
        keys_desk_destroy(desks[i]);
    keys_destroy(keys);
    system_destroy(system_under_test);
    return 0;
}

/* ---- questions ---- */

struct asked {
    struct keys_question q;
    int answers;
    enum keys_answer answer;
};

static void on_answer(struct keys_question *q, enum keys_answer answer, struct jwks_key *key)
{
    struct asked *a = (struct asked *)q;
    assert_int_equal(key != NULL, answer == KEYS_FOUND);
    a->answers++;
    a->answer = answer;
}

static void ask(struct asked *a, int worker, const char *kid)
{
    *a = (struct asked){ .q = { .kid = text_of(kid), .done = on_answer } };
    keys_find(desks[worker], &a->q);
}

#define assert_answered(a, expected) (assert_int_equal((a).answers, 1), assert_int_equal((a).answer, expected))

static void assert_at_once(const char *kid, enum keys_answer expected)
{
    struct asked a;
    for (int worker = 0; worker < WORKERS; worker++) {
        ask(&a, worker, kid);
        assert_answered(a, expected);
    }
}

/* The keys are here. */
static void have(struct text text, struct text cache_control)
{
    struct asked a;
    ask(&a, 0, "1");
    end_fetch(text, cache_control);
    assert_int_equal(a.answers, 1);
}

static void one_fetch_for_all_who_wait(void **state)
{
    struct asked a[4];
    for (int i = 0; i < 4; i++)
        ask(&a[i], i % WORKERS, i == 3 ? "9" : "1");
    assert_int_equal(fetch.ever, 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(a[i].answers, 0);
    end_fetch(TWO_KEYS, KEPT_60_S);
    for (int i = 0; i < 4; i++)
        assert_answered(a[i], i == 3 ? KEYS_UNKNOWN : KEYS_FOUND);
    assert_int_equal(fetch.ever, 1);
}

static void fresh_keys_are_not_asked_for(void **state)
{
    have(TWO_KEYS, KEPT_60_S);
    sim_advance(system_under_test, 59 * SECOND);
    assert_at_once("2", KEYS_FOUND);
    assert_int_equal(fetch.ever, 1);
}

static void old_keys_are_asked_for_again_and_stay_if_there_are_no_new_ones(void **state)
{
    struct asked a;
    have(TWO_KEYS, KEPT_60_S);
    sim_advance(system_under_test, 61 * SECOND);
    ask(&a, 1, "1");
    assert_int_equal(a.answers, 0);
    end_fetch(NONE, NONE);
    assert_answered(a, KEYS_FOUND);
    assert_at_once("1", KEYS_FOUND); /* not at every question */
    assert_int_equal(fetch.ever, 2);
    sim_advance(system_under_test, 5 * SECOND);
    ask(&a, 0, "1");
    end_fetch(document(1), KEPT_60_S);
    assert_answered(a, KEYS_FOUND);
    assert_at_once("2", KEYS_UNKNOWN); /* withdrawn */
    assert_int_equal(fetch.ever, 3);
}

static void an_unknown_key_makes_for_one_fetch_in_five_seconds(void **state)
{
    struct asked a;
    have(document(1), KEPT_60_S);
    assert_at_once("2", KEYS_UNKNOWN);
    sim_advance(system_under_test, 5 * SECOND - 1);
    assert_at_once("2", KEYS_UNKNOWN);
    assert_int_equal(fetch.ever, 1);
    sim_advance(system_under_test, 1);
    ask(&a, 1, "2");
    assert_int_equal(fetch.ever, 2);
    assert_at_once("1", KEYS_FOUND); /* who has a known key does not wait for it */
    end_fetch(TWO_KEYS, KEPT_60_S);
    assert_answered(a, KEYS_FOUND);
}

static void without_keys_nobody_is_told_that_theirs_is_wrong(void **state)
{
    static const char *const bad[] = { NULL, "", "no keys", "{\"keys\":[]}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct asked a;
        ask(&a, 0, "1");
        end_fetch(text_of(bad[i]), KEPT_60_S);
        assert_answered(a, KEYS_AWAY);
        assert_at_once("1", KEYS_AWAY);
        assert_int_equal(keys_rest(desks[1]), 5 * SECOND);
        sim_advance(system_under_test, 5 * SECOND);
        assert_int_equal(keys_rest(desks[1]), 0);
    }
    assert_int_equal(fetch.ever, 4);
}

static void fail_at_once(struct keys_desk *d, const char *url, void *arg)
{
    keys_fetched(d, NONE, NONE, NONE);
}

static void a_fetch_that_cannot_even_begin(void **state)
{
    struct asked a;
    keys_desk_destroy(desks[0]);
    desks[0] = keys_desk_create(keys, system_worker(system_under_test, 0), fail_at_once, NULL);
    ask(&a, 0, "1");
    assert_answered(a, KEYS_AWAY);
}

static void more_than_may_wait(void **state)
{
    static struct asked a[KEYS_WAITING_MOST];
    struct asked over, other;
    for (int i = 0; i < KEYS_WAITING_MOST; i++)
        ask(&a[i], 0, "1");
    ask(&over, 0, "1");
    assert_answered(over, KEYS_BUSY);
    ask(&other, 1, "1");
    assert_int_equal(other.answers, 0);
    end_fetch(TWO_KEYS, KEPT_60_S);
    for (int i = 0; i < KEYS_WAITING_MOST; i++)
        assert_answered(a[i], KEYS_FOUND);
    assert_answered(other, KEYS_FOUND);
}

/* Telling another worker takes memory; it looks by itself after a while. */
static void a_worker_that_was_not_told(void **state)
{
    struct asked first, a;
    struct keys_desk *untold = desks[0];
    ask(&first, 1, "1");
    ask(&a, 0, "1");
    desks[0] = NULL;
    end_fetch(TWO_KEYS, TEXT("max-age=3600"));
    desks[0] = untold;
    assert_answered(first, KEYS_FOUND);
    assert_int_equal(a.answers, 0);
    sim_advance(system_under_test, 7 * SECOND);
    sim_run(system_under_test, 1000);
    assert_answered(a, KEYS_FOUND);
}

static void who_waits_at_the_end(void **state)
{
    struct asked a;
    ask(&a, 1, "1");
    keys_desk_destroy(desks[1]);
    desks[1] = NULL;
    assert_answered(a, KEYS_AWAY);
}

static void how_long_a_document_is_fresh(void **state)
{
    static const struct {
        const char *cache_control, *age;
        int64_t life;
    } rows[] = {
        { "public, max-age=20000, must-revalidate, no-transform", NULL, 20000 },
        { "public,MAX-AGE=20000", "5000", 15000 },
        { "max-age=20000", "19990", KEYS_FRESH_LEAST_S },
        { "max-age=20000", "30000", KEYS_FRESH_LEAST_S },
        { "max-age=20000", "-5", 20000 },
        { "max-age=20000", "x", 20000 },
        { "max-age=99999999999999999999999", NULL, KEYS_FRESH_MOST_S },
        { "max-age=86401", NULL, KEYS_FRESH_MOST_S },
        { "max-age=0", NULL, KEYS_FRESH_LEAST_S },
        { "max-age=-1", NULL, KEYS_FRESH_LEAST_S },
        { "max-age=", NULL, KEYS_FRESH_LEAST_S },
        { "max-age=1e9", NULL, KEYS_FRESH_LEAST_S },
        { "s-maxage=20000", NULL, KEYS_FRESH_LEAST_S },
        { "no-store, max-age=20000", NULL, KEYS_FRESH_LEAST_S },
        { "max-age=20000, No-Cache", NULL, KEYS_FRESH_LEAST_S },
        { "", NULL, KEYS_FRESH_LEAST_S },
        { ",,", NULL, KEYS_FRESH_LEAST_S },
        { NULL, NULL, KEYS_FRESH_LEAST_S },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (keys_life(text_of(rows[i].cache_control), text_of(rows[i].age)) != rows[i].life)
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_fetch_for_all_who_wait),
        TEST(fresh_keys_are_not_asked_for),
        TEST(old_keys_are_asked_for_again_and_stay_if_there_are_no_new_ones),
        TEST(an_unknown_key_makes_for_one_fetch_in_five_seconds),
        TEST(without_keys_nobody_is_told_that_theirs_is_wrong),
        TEST(a_fetch_that_cannot_even_begin),
        TEST(more_than_may_wait),
        TEST(a_worker_that_was_not_told),
        TEST(who_waits_at_the_end),
        cmocka_unit_test(how_long_a_document_is_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
