/* Token: what is made verifies, and nothing else does. */
#include "proto/config/config.h"
#include "proto/identity/token.h"
#include "tests/proto/identity/base64url.h"
#include "tests/test.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KEY "0123456789abcdef0123456789abcdef"

static int setup(void **state)
{
    config = (struct config){ .jwt_secret = KEY, .jwt_secret_previous = "", .password_key = "" };
    return 0;
}

static struct text made(struct buf *out)
{
    const struct token_claims ada = { .user_id = 42, .role = "teacher", .seconds = 7 * 86400 };
    assert_true(token_make(out, &ada));
    return buf_view(out);
}

/* A token with claims of the caller's choice. The caller frees. */
static char *forge(jwt_alg_t alg, const char *key, const char *claims)
{
    jwt_t *jwt;
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    assert_int_equal(jwt_set_alg(jwt, alg, (const unsigned char *)key, key ? (int)strlen(key) : 0), 0);
    char *text = jwt_encode_str(jwt);
    assert_non_null(text);
    jwt_free(jwt);
    return text;
}

#define GOOD "\"iss\":\"lectern\",\"aud\":\"lectern\",\"typ\":\"access\",\"sub\":\"5\""

static bool fits(jwt_alg_t alg, const char *key, const char *claims)
{
    char *text = forge(alg, key, claims);
    struct token t;
    bool good = token_verify_at(text_of(text), 1000, &t);
    free(text);
    return good;
}

static void what_is_made_verifies(void **state)
{
    struct buf out = { 0 };
    struct token t;
    int64_t before = time(NULL);
    assert_true(token_verify(made(&out), &t));
    assert_int_equal(t.user_id, 42);
    assert_in_range(t.issued, before, before + 5);
    assert_int_equal(t.expires, t.issued + 7 * 86400);
    buf_fini(&out);
}

/* What an area's clients read in its tokens; what is not said is left out, but there is always a subject. */
static void areas_put_their_own_claims(void **state)
{
    static const struct {
        struct token_claims claims;
        const char *sub, *role, *email;
    } rows[] = {
        { { 42, .subject = "0b0c", .role = "teacher", .email = "a@x.org", .seconds = 60 },
          "0b0c",
          "teacher",
          "a@x.org" },
        { { 42, .seconds = 60 }, "42", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 };
        struct token t;
        jwt_t *jwt;
        assert_true(token_make(&out, &rows[i].claims));
        assert_true(token_verify(buf_view(&out), &t));
        assert_int_equal(t.expires, t.issued + 60);
        buf_putc(&out, 0);
        assert_int_equal(jwt_decode(&jwt, out.p, (const unsigned char *)KEY, sizeof KEY - 1), 0);
        assert_string_equal(jwt_get_grant(jwt, "sub"), rows[i].sub);
        const char *const names[] = { "role", "email" }, *const values[] = { rows[i].role, rows[i].email };
        for (int k = 0; k < 2; k++) {
            const char *claim = jwt_get_grant(jwt, names[k]);
            assert_true(values[k] ? claim && !strcmp(claim, values[k]) : !claim);
        }
        jwt_free(jwt);
        buf_fini(&out);
    }
}

static void two_tokens_differ(void **state)
{
    struct buf one = { 0 }, two = { 0 };
    assert_false(text_equal(made(&one), made(&two)));
    buf_fini(&one);
    buf_fini(&two);
}

static void every_changed_byte_is_noticed(void **state)
{
    struct buf out = { 0 };
    struct token t;
    made(&out);
    for (size_t i = 0; i + 1 < out.n; i++) { /* the last letter also carries bits that mean nothing */
        char kept = out.p[i];
        out.p[i] = kept == 'A' ? 'B' : 'A';
        assert_false(token_verify(buf_view(&out), &t));
        out.p[i] = kept;
    }
    assert_true(token_verify(buf_view(&out), &t));
    for (size_t n = 0; n < out.n; n++)
        assert_false(token_verify((struct text){ out.p, n }, &t));
    buf_fini(&out);
}

static void times_count(void **state)
{
    struct buf out = { 0 };
    struct token t, later;
    assert_true(token_verify(made(&out), &t));
    assert_true(token_verify_at(buf_view(&out), t.expires - 1, &later));
    assert_false(token_verify_at(buf_view(&out), t.expires, &later));
    buf_fini(&out);
}

static void only_our_algorithm_and_key(void **state)
{
    static const char claims[] = "{" GOOD ",\"user_id\":5,\"iat\":1,\"exp\":2000}";
    assert_true(fits(JWT_ALG_HS256, KEY, claims));
    assert_false(fits(JWT_ALG_HS384, KEY, claims));
    assert_false(fits(JWT_ALG_HS512, KEY, claims));
    assert_false(fits(JWT_ALG_NONE, NULL, claims));
    assert_false(fits(JWT_ALG_HS256, "another key that is long enough!", claims));
}

/* A token of these very bytes, signed by the key. The caller frees. */
static char *signed_bytes(const char *key, const char *header, const char *payload)
{
    unsigned char sum[32];
    unsigned size = sizeof sum;
    struct buf out = { 0 };
    put_base64url(&out, header, strlen(header));
    buf_putc(&out, '.');
    put_base64url(&out, payload, strlen(payload));
    assert_non_null(HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)out.p, out.n, sum, &size));
    buf_putc(&out, '.');
    put_base64url(&out, sum, size);
    buf_putc(&out, 0);
    assert_false(out.failed);
    return out.p;
}

static bool fits_bytes(const char *key, const char *header, const char *payload)
{
    char *text = signed_bytes(key, header, payload);
    struct token t;
    bool good = token_verify_at(text_of(text), 1000, &t);
    free(text);
    return good;
}

#define HEADER     "{\"alg\":\"HS256\"}"
#define CLAIMS     "\"user_id\":5,\"iat\":1,\"exp\":2000"
#define WITH(more) "{" GOOD "," CLAIMS "," more "}"

static void headers(void **state)
{
    static const struct {
        const char *header;
        bool good;
    } rows[] = {
        { HEADER, true },
        { "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", true },
        { "{\"alg\":\"HS256\",\"typ\":\"jwt\",\"jku\":\"x\"}", true },
        { "{\"alg\":\"HS256\",\"typ\":\"JWE\"}", false },
        { "{\"alg\":\"HS256\",\"typ\":1}", false },
        { "{\"alg\":\"HS256\",\"typ\":null}", false },
        { "{\"alg\":\"hs256\"}", false },
        { "{\"alg\":\"HS256 \"}", false },
        { "{\"alg\":\"none\"}", false },
        { "{\"alg\":null}", false },
        { "{\"alg\":[\"HS256\"]}", false },
        { "{}", false },
        { "{\"alg\":\"none\",\"alg\":\"HS256\"}", false },
        { "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", false },
        { "{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", false },
        { "{\"alg\":\"HS256\",\"crit\":[]}", false },
        { "{\"alg\":\"HS256\",\"crit\":null}", false },
        { "{\"alg\":\"HS256\",\"kid\":\"x\"}", false },
        { "{\"alg\":\"HS256\",\"kid\":\"\"}", false },
        { "{\"alg\":\"HS256\",\"kid\":1}", false },
        { "{\"alg\":\"HS256\",\"kid\":null}", false },
        { "[]", false },
        { "{\"alg\":\"HS256\"} x", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (fits_bytes(KEY, rows[i].header, WITH("\"jti\":\"x\"")) != rows[i].good)
            fail_msg("%s", rows[i].header);
}

/* Each claim in each kind that it is not of: what a number means must not hang on who reads it. */
static void claims_of_a_wrong_kind_are_refused(void **state)
{
    static const char *const names[] = { "iss", "aud", "typ", "sub", "role",      "email",  "jti",
                                         "sid", "exp", "iat", "nbf", "auth_time", "user_id" };
    static const char *const wrong[] = { "null",
                                         "true",
                                         "false",
                                         "[]",
                                         "{}",
                                         "1.5",
                                         "-1",
                                         "1e3",
                                         "1000.0",
                                         "\"\"",
                                         "[\"lectern\"]",
                                         "99999999999999999999",
                                         "9223372036854775807",
                                         "253402300800",
                                         "\"2000\"",
                                         "1e300" };
    static const char *const usual[] = {
        "\"lectern\"",          "\"lectern\"", "\"access\"", "\"5\"", "\"student\"", "\"a@b\"", "\"x\"",
        "\"0123456789abcdef\"", "2000",        "10",         "10",    "10",          "5"
    };
    enum { NAMES = sizeof names / sizeof *names, TEXTS = 7 };
    for (int name = -1; name < NAMES; name++)
        for (size_t w = 0; w < (name < 0 ? 1 : sizeof wrong / sizeof *wrong); w++) {
            struct buf payload = { 0 };
            for (int i = 0; i < NAMES; i++)
                buf_printf(&payload, "%s\"%s\":%s", i ? "," : "{", names[i], i == name ? wrong[w] : usual[i]);
            buf_putc(&payload, '}');
            buf_putc(&payload, 0);
            bool free_text = *wrong[w] == '"' && ((name >= 4 && name < TEXTS) || (name == 3 && wrong[w][1] != '"'));
            if (fits_bytes(KEY, HEADER, payload.p) != (name < 0 || free_text))
                fail_msg("%s", payload.p);
            buf_fini(&payload);
        }
}

static void what_stands_twice_is_refused(void **state)
{
    assert_true(fits_bytes(KEY, HEADER, WITH("\"more\":{\"deep\":[1]}")));
    assert_false(fits_bytes(KEY, HEADER, WITH("\"user_id\":6")));
    assert_false(fits_bytes(KEY, HEADER, WITH("\"exp\":2000")));
    assert_false(fits_bytes(KEY, HEADER, WITH("\"more\":{\"a\":1,\"a\":1}")));
}

static void times_that_are_not_yet(void **state)
{
    assert_true(fits_bytes(KEY, HEADER, "{" GOOD ",\"user_id\":5,\"iat\":1010,\"nbf\":1010,\"exp\":2000}"));
    assert_false(fits_bytes(KEY, HEADER, "{" GOOD ",\"user_id\":5,\"iat\":1011,\"exp\":2000}"));
    assert_false(fits_bytes(KEY, HEADER, "{" GOOD ",\"user_id\":5,\"iat\":1,\"nbf\":1011,\"exp\":2000}"));
    assert_false(fits_bytes(KEY, HEADER, "{" GOOD ",\"user_id\":5,\"iat\":1005,\"exp\":1005}"));
}

/* The bits of the last letter that stand for nothing make no second token. */
static void a_token_has_one_spelling(void **state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct buf out = { 0 };
    struct token t;
    int good = 0;
    made(&out);
    for (int i = 0; i < 64; i++) {
        out.p[out.n - 1] = letters[i];
        good += token_verify(buf_view(&out), &t);
    }
    assert_int_equal(good, 1);
    buf_fini(&out);
}

/* ---- two keys ---- */

#define OTHER "the secret that was before this one"

static void the_previous_secret_counts_too(void **state)
{
    struct buf old = { 0 }, new = { 0 };
    struct token t;
    made(&old);
    config.jwt_secret = OTHER;
    assert_false(token_verify(buf_view(&old), &t));
    config.jwt_secret_previous = KEY;
    assert_true(token_verify(buf_view(&old), &t));
    assert_true(token_verify(made(&new), &t));
    config.jwt_secret_previous = "";
    assert_true(token_verify(buf_view(&new), &t)); /* signed by the new one */
    assert_false(token_verify(buf_view(&old), &t));
    config.jwt_secret = KEY;
    assert_true(token_verify(buf_view(&old), &t));
    buf_fini(&old);
    buf_fini(&new);
}

/* Tokens from before there was kid. */
static void without_kid_both_are_tried(void **state)
{
    static const char payload[] = "{" GOOD "," CLAIMS "}";
    config.jwt_secret_previous = OTHER;
    assert_true(fits_bytes(KEY, HEADER, payload));
    assert_true(fits_bytes(OTHER, HEADER, payload));
    assert_false(fits_bytes("neither the one nor the other of both", HEADER, payload));
    config.jwt_secret_previous = "";
    assert_false(fits_bytes(OTHER, HEADER, payload));
}

static void kid_says_nothing_of_the_key(void **state)
{
    struct buf out = { 0 };
    jwt_t *jwt;
    made(&out);
    buf_putc(&out, 0);
    assert_int_equal(jwt_decode(&jwt, out.p, (const unsigned char *)KEY, sizeof KEY - 1), 0);
    const char *kid = jwt_get_header(jwt, "kid");
    assert_int_equal(strlen(kid), 12);
    assert_int_equal(strspn(kid, "0123456789abcdef"), 12);
    assert_null(strstr(KEY, kid));
    /* the name of one key does not make the other one good */
    char header[64], *text;
    struct token t;
    snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid);
    text = signed_bytes(OTHER, header, "{" GOOD "," CLAIMS "}");
    config.jwt_secret_previous = OTHER;
    assert_false(token_verify_at(text_of(text), 1000, &t));
    config.jwt_secret_previous = "";
    free(text);
    jwt_free(jwt);
    buf_fini(&out);
}

/* ---- renewing ---- */

static void a_renewed_token_is_of_the_same_sign_in(void **state)
{
    struct buf old = { 0 }, new = { 0 };
    struct token before, after, read;
    const struct token_claims ada = {
        42, .subject = "0b0c", .role = "teacher", .email = "a@x.org", .seconds = 60, .signed_in = 1700000000
    };
    jwt_t *jwt;
    assert_true(token_make(&old, &ada));
    assert_true(token_verify(buf_view(&old), &before));
    assert_true(token_renew(&new, buf_view(&old), 0, &after));
    assert_false(text_equal(buf_view(&old), buf_view(&new)));
    assert_true(token_verify(buf_view(&new), &read));
    assert_memory_equal(&read, &after, sizeof read);
    assert_true(after.sign_in == before.sign_in && after.signed_in == 1700000000 && after.user_id == 42);
    assert_true(after.issued >= before.issued && after.expires == after.issued + 60);
    buf_putc(&new, 0);
    assert_int_equal(jwt_decode(&jwt, new.p, (const unsigned char *)KEY, sizeof KEY - 1), 0);
    assert_string_equal(jwt_get_grant(jwt, "sub"), "0b0c");
    assert_string_equal(jwt_get_grant(jwt, "role"), "teacher");
    assert_string_equal(jwt_get_grant(jwt, "email"), "a@x.org");
    jwt_free(jwt);
    buf_reset(&new);
    assert_true(token_renew(&new, buf_view(&old), 1800000000, &after));
    assert_int_equal(after.signed_in, 1800000000);
    buf_fini(&old);
    buf_fini(&new);
}

/* One from before there was sid keeps the name that it has got. */
static void a_token_without_sid_has_a_sign_in_of_its_own(void **state)
{
    char *text = signed_bytes(KEY, HEADER, "{" GOOD ",\"user_id\":5,\"iat\":1,\"exp\":99999999999}"),
         *other = signed_bytes(KEY, HEADER, "{" GOOD ",\"user_id\":5,\"iat\":2,\"exp\":99999999999}");
    struct token one, two, again;
    struct buf out = { 0 };
    assert_true(token_verify(text_of(text), &one));
    assert_true(token_verify(text_of(other), &two));
    assert_true(one.sign_in != two.sign_in && one.signed_in == 1);
    assert_true(token_renew(&out, text_of(text), 0, &again));
    assert_true(again.sign_in == one.sign_in && again.signed_in == 1);
    buf_fini(&out);
    free(text);
    free(other);
}

static void what_is_not_valid_is_not_renewed(void **state)
{
    struct buf out = { 0 };
    struct token t;
    char *text = signed_bytes(KEY, HEADER, "{" GOOD "," CLAIMS "}");
    assert_false(token_renew(&out, text_of(text), 0, &t));
    assert_false(token_renew(&out, TEXT("a.b.c"), 0, &t));
    assert_int_equal(out.n, 0);
    free(text);
}

static void every_claim_is_needed(void **state)
{
    static const char *const bad[] = {
        "{\"iss\":\"lectern\",\"aud\":\"lectern\",\"typ\":\"access\",\"user_id\":5,\"iat\":1,\"exp\":2000}",
        "{\"iss\":\"other\",\"aud\":\"lectern\",\"typ\":\"access\",\"sub\":\"5\",\"user_id\":5,\"iat\":1,\"exp\":2000}",
        "{\"aud\":\"lectern\",\"typ\":\"access\",\"sub\":\"5\",\"user_id\":5,\"iat\":1,\"exp\":2000}",
        "{\"iss\":\"lectern\",\"aud\":\"x\",\"typ\":\"access\",\"sub\":\"5\",\"user_id\":5,\"iat\":1,\"exp\":2000}",
        "{\"iss\":\"lectern\",\"aud\":\"lectern\",\"typ\":\"refresh\",\"sub\":\"5\",\"user_id\":5,\"iat\":1,\"exp\":2000}",
        "{" GOOD ",\"user_id\":5,\"iat\":1}",
        "{" GOOD ",\"user_id\":5,\"iat\":1,\"exp\":\"2000\"}",
        "{" GOOD ",\"user_id\":5,\"iat\":1,\"exp\":999}",
        "{" GOOD ",\"user_id\":5,\"exp\":2000}",
        "{" GOOD ",\"iat\":1,\"exp\":2000}",
        "{" GOOD ",\"user_id\":0,\"iat\":1,\"exp\":2000}",
        "{" GOOD ",\"user_id\":-1,\"iat\":1,\"exp\":2000}",
        "{" GOOD ",\"user_id\":2147483648,\"iat\":1,\"exp\":2000}",
        "{" GOOD ",\"user_id\":\"5\",\"iat\":1,\"exp\":2000}",
        "{" GOOD ",\"user_id\":5.5,\"iat\":1,\"exp\":2000}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (fits(JWT_ALG_HS256, KEY, bad[i]))
            fail_msg("taken: %s", bad[i]);
}

static void rubbish_is_refused(void **state)
{
    static const char *const bad[] = { "", ".", "..", "...", "a.b.c", "eyJhbGciOiJub25lIn0..", "Bearer x", "{}" };
    struct token t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(token_verify(text_of(bad[i]), &t));
    assert_false(token_verify((struct text){ 0 }, &t));
    assert_false(token_verify((struct text){ "a\0b", 3 }, &t));
    char *long_one = malloc(TOKEN_TEXT_MAX + 1);
    memset(long_one, 'a', TOKEN_TEXT_MAX + 1);
    assert_false(token_verify((struct text){ long_one, TOKEN_TEXT_MAX + 1 }, &t));
    free(long_one);
}

static void without_a_secret_nothing_verifies(void **state)
{
    struct buf out = { 0 };
    struct token t;
    made(&out);
    config.jwt_secret = "";
    assert_false(token_verify(buf_view(&out), &t));
    config.jwt_secret = KEY;
    buf_fini(&out);
}

static void the_cache_remembers_until_the_end(void **state)
{
    struct token_cache *c = token_cache_create(64);
    struct buf out = { 0 };
    struct token t = { 0 };
    int64_t now = time(NULL);
    assert_true(token_cache_verify(c, made(&out), now, &t));
    t = (struct token){ 0 };
    assert_true(token_cache_verify(c, buf_view(&out), now, &t));
    assert_int_equal(t.user_id, 42);
    assert_int_equal(token_cache_stats(c).hits, 1);
    assert_int_equal(token_cache_stats(c).misses, 1);
    assert_false(token_cache_verify(c, buf_view(&out), t.expires, &t));
    token_cache_destroy(c);
    buf_fini(&out);
}

static void the_cache_does_not_keep_bad_ones(void **state)
{
    struct token_cache *c = token_cache_create(4);
    struct token t;
    for (int i = 0; i < 3; i++)
        assert_false(token_cache_verify(c, TEXT("a.b.c"), 0, &t));
    assert_int_equal(token_cache_stats(c).hits, 0);
    assert_int_equal(token_cache_stats(c).misses, 3);
    token_cache_destroy(c);
}

static void a_full_cache_still_answers(void **state)
{
    struct token_cache *c = token_cache_create(4);
    int64_t now = time(NULL);
    for (int i = 1; i <= 20; i++) {
        struct buf out = { 0 };
        struct token t;
        assert_true(token_make(&out, &(struct token_claims){ .user_id = i, .seconds = 60 }));
        for (int again = 0; again < 2; again++) {
            assert_true(token_cache_verify(c, buf_view(&out), now, &t));
            assert_int_equal(t.user_id, i);
        }
        buf_fini(&out);
    }
    assert_int_equal(token_cache_stats(c).hits, 20);
    token_cache_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_verifies),
        cmocka_unit_test(areas_put_their_own_claims),
        cmocka_unit_test(two_tokens_differ),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(times_count),
        cmocka_unit_test(only_our_algorithm_and_key),
        cmocka_unit_test(headers),
        cmocka_unit_test(claims_of_a_wrong_kind_are_refused),
        cmocka_unit_test(what_stands_twice_is_refused),
        cmocka_unit_test(times_that_are_not_yet),
        cmocka_unit_test(a_token_has_one_spelling),
        cmocka_unit_test(the_previous_secret_counts_too),
        cmocka_unit_test(without_kid_both_are_tried),
        cmocka_unit_test(kid_says_nothing_of_the_key),
        cmocka_unit_test(a_renewed_token_is_of_the_same_sign_in),
        cmocka_unit_test(a_token_without_sid_has_a_sign_in_of_its_own),
        cmocka_unit_test(what_is_not_valid_is_not_renewed),
        cmocka_unit_test(every_claim_is_needed),
        cmocka_unit_test(rubbish_is_refused),
        cmocka_unit_test(without_a_secret_nothing_verifies),
        cmocka_unit_test(the_cache_remembers_until_the_end),
        cmocka_unit_test(the_cache_does_not_keep_bad_ones),
        cmocka_unit_test(a_full_cache_still_answers),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
