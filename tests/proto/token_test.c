/* Token: what is made verifies, and nothing else does. */
#include "proto/config.h"
#include "proto/token.h"

#include <jwt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define KEY "0123456789abcdef0123456789abcdef"

static int setup(void **state)
{
    config = (struct config){ .jwt_secret = KEY, .password_key = "" };
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
        cmocka_unit_test(every_claim_is_needed),
        cmocka_unit_test(rubbish_is_refused),
        cmocka_unit_test(without_a_secret_nothing_verifies),
        cmocka_unit_test(the_cache_remembers_until_the_end),
        cmocka_unit_test(the_cache_does_not_keep_bad_ones),
        cmocka_unit_test(a_full_cache_still_answers),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
