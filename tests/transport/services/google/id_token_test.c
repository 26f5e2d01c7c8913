/* Id token: what a good one says, why a bad one is refused, and in which order that is asked. The kinds of broken
 * tokens that a forger would send are in tests/outside/google.py and go over HTTP. */
#include "transport/services/google/id_token.h"

#include "tests/transport/services/google/google_help.h"

#include <stdlib.h>

static struct jwks_key *key;

static int setup(void **state)
{
    struct buf entry = { 0 };
    google_start();
    google_put_key(&entry, KID);
    buf_putc(&entry, 0);
    struct jwks *set = jwks_read(google_document(entry.p));
    key = jwks_find(set, TEXT(KID));
    jwks_destroy(set);
    buf_fini(&entry);
    return key ? 0 : -1;
}

static int teardown(void **state)
{
    jwks_key_unref(key);
    google_stop();
    return 0;
}

static enum id_token_fault read_at(struct text token, int64_t now)
{
    struct id_token ret;
    return id_token_read(token, AUDIENCE, now, &ret);
}

static void a_good_one(void **state)
{
    struct id_token t;
    struct text token = google_token(GOOD_HEADER, GOOD_CLAIMS);
    assert_int_equal(id_token_read(token, AUDIENCE, NOW, &t), ID_TOKEN_GOOD);
    assert_string_equal(t.kid, KID);
    assert_string_equal(t.email, "ada@example.org");
    assert_string_equal(t.name, "Ada");
    assert_true(id_token_signed_by(token, key));
}

static void times(void **state)
{
    struct text token = google_token(GOOD_HEADER, GOOD_CLAIMS);
    assert_int_equal(read_at(token, NOW + 3599), ID_TOKEN_GOOD);
    assert_int_equal(read_at(token, NOW + 3600), ID_TOKEN_EXPIRED);
    assert_int_equal(read_at(token, NOW - ID_TOKEN_SKEW_S), ID_TOKEN_GOOD);
    assert_int_equal(read_at(token, NOW - ID_TOKEN_SKEW_S - 1), ID_TOKEN_ISSUED);
}

static void the_audience_is_not_nothing(void **state)
{
    struct id_token t;
    assert_int_equal(id_token_read(google_token(GOOD_HEADER, GOOD_CLAIMS), "", NOW, &t), ID_TOKEN_AUDIENCE);
    assert_int_equal(id_token_read(google_token(GOOD_HEADER, GOOD_CLAIMS), AUDIENCE "x", NOW, &t), ID_TOKEN_AUDIENCE);
}

/* No byte can be changed without that being seen; what a byte says may also make it no token at all. */
static void every_changed_byte_is_noticed(void **state)
{
    struct text token = google_token(GOOD_HEADER, GOOD_CLAIMS);
    char *copy = malloc(token.n);
    for (size_t i = 0; i < token.n; i++) {
        memcpy(copy, token.p, token.n);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        struct text changed = { copy, token.n };
        if (!read_at(changed, NOW) && id_token_signed_by(changed, key))
            fail_msg("byte %zu", i);
        struct text cut = { token.p, i };
        assert_true(read_at(cut, NOW) || !id_token_signed_by(cut, key));
    }
    free(copy);
}

static void headers(void **state)
{
    static const struct {
        const char *header;
        enum id_token_fault fault;
    } rows[] = {
        { "{\"kid\":\"k\",\"alg\":\"RS256\",\"jwk\":{},\"x5c\":[]}", ID_TOKEN_GOOD },
        { "{\"kid\":\"k\"}", ID_TOKEN_ALGORITHM },
        { "{\"kid\":\"k\",\"alg\":\"none\"}", ID_TOKEN_ALGORITHM },
        { "{\"kid\":\"k\",\"alg\":\"RS256 \"}", ID_TOKEN_ALGORITHM },
        { "{\"kid\":\"k\",\"alg\":\"RS256\\u0000\"}", ID_TOKEN_SHAPE },
        { "{\"kid\":\"k\",\"alg\":\"RS256\",\"alg\":\"RS256\"}", ID_TOKEN_SHAPE },
        { "{\"kid\":\"k\",\"alg\":\"RS256\",\"crit\":null}", ID_TOKEN_SHAPE },
        { "{\"alg\":\"RS256\"}", ID_TOKEN_KEY },
        { "{\"kid\":\"\",\"alg\":\"RS256\"}", ID_TOKEN_KEY },
        { "{\"kid\":[],\"alg\":\"RS256\"}", ID_TOKEN_KEY },
        { "[]", ID_TOKEN_SHAPE },
        { "{", ID_TOKEN_SHAPE },
        { " {\"kid\":\"k\",\"alg\":\"RS256\"} ", ID_TOKEN_GOOD },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(read_at(google_token(rows[i].header, GOOD_CLAIMS), NOW), rows[i].fault);
}

#define CLAIMS_BUT_TIMES                                                                                               \
    "{\"iss\":\"accounts.google.com\",\"aud\":\"" AUDIENCE "\",\"sub\":\"1\",\"email\":\"a@b\",\"email_verified\":true,"

/* Numbers of seconds, with or without a fraction, and nothing else. */
static void times_are_numbers(void **state)
{
    static const struct {
        const char *times;
        enum id_token_fault fault;
    } rows[] = {
        { "\"iat\":1,\"exp\":1700000001", ID_TOKEN_GOOD },
        { "\"iat\":1.5,\"exp\":1700000000.5", ID_TOKEN_GOOD },
        { "\"iat\":1,\"exp\":1700000001,\"nbf\":1700000010", ID_TOKEN_GOOD },
        { "\"iat\":1,\"exp\":1700000001,\"nbf\":1700000011", ID_TOKEN_ISSUED },
        { "\"iat\":1700000011,\"exp\":1700000099", ID_TOKEN_ISSUED },
        { "\"iat\":1,\"exp\":-1", ID_TOKEN_CLAIMS },
        { "\"iat\":-1,\"exp\":1700000001", ID_TOKEN_CLAIMS },
        { "\"iat\":1,\"exp\":1700000001,\"nbf\":-1", ID_TOKEN_CLAIMS },
        { "\"iat\":\"1\",\"exp\":1700000001", ID_TOKEN_CLAIMS },
        { "\"iat\":1,\"exp\":\"1700000001\"", ID_TOKEN_CLAIMS },
        { "\"iat\":true,\"exp\":1700000001", ID_TOKEN_CLAIMS },
        { "\"iat\":null,\"exp\":1700000001", ID_TOKEN_CLAIMS },
        { "\"iat\":[1],\"exp\":1700000001", ID_TOKEN_CLAIMS },
        { "\"iat\":1,\"exp\":1700000001,\"nbf\":null", ID_TOKEN_CLAIMS },
        { "\"iat\":1,\"exp\":99999999999999999999", ID_TOKEN_SHAPE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf claims = { 0 };
        buf_printf(&claims, CLAIMS_BUT_TIMES "%s}", rows[i].times);
        buf_putc(&claims, 0);
        enum id_token_fault fault = read_at(google_token(GOOD_HEADER, claims.p), NOW);
        if (fault != rows[i].fault)
            fail_msg("%s: %d", rows[i].times, (int)fault);
        buf_fini(&claims);
    }
}

static void a_long_name_is_cut_between_letters(void **state)
{
    struct buf claims = { 0 };
    struct id_token t;
    buf_puts(&claims, "{\"iss\":\"accounts.google.com\",\"aud\":\"" AUDIENCE "\",\"sub\":\"1\",\"email\":\"a@b\","
                      "\"email_verified\":\"true\",\"iat\":1,\"exp\":1e300,\"name\":\"x");
    for (int i = 0; i < 500; i++)
        buf_puts(&claims, "\xc3\xbc");
    buf_puts(&claims, "\"}");
    buf_putc(&claims, 0);
    assert_int_equal(id_token_read(google_token(GOOD_HEADER, claims.p), AUDIENCE, NOW, &t), ID_TOKEN_GOOD);
    assert_int_equal(strlen(t.name), ID_TOKEN_NAME_MAX - 1); /* one byte, then pairs */
    buf_fini(&claims);
}

static void every_fault_has_words(void **state)
{
    for (int fault = ID_TOKEN_SHAPE; fault <= ID_TOKEN_UNVERIFIED; fault++)
        assert_true(strlen(id_token_words((enum id_token_fault)fault)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_one),
        cmocka_unit_test(times),
        cmocka_unit_test(the_audience_is_not_nothing),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(headers),
        cmocka_unit_test(times_are_numbers),
        cmocka_unit_test(a_long_name_is_cut_between_letters),
        cmocka_unit_test(every_fault_has_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
