/* Jwks: which documents are one, which of their keys are taken, and what a key has signed. */
#include "transport/services/google/jwks.h"

#include "tests/transport/services/google/google_help.h"

#include <stdio.h>
#include <stdlib.h>

static char *entry; /* of our key */

static int setup(void **state)
{
    struct buf out = { 0 };
    google_start();
    google_put_key(&out, KID);
    buf_putc(&out, 0);
    entry = out.p;
    return 0;
}

static int teardown(void **state)
{
    free(entry);
    google_stop();
    return 0;
}

/* How many keys a text has; 0: it is no document. */
static int keys_in(struct text json)
{
    struct jwks *set = jwks_read(json);
    int n = set ? jwks_count(set) : 0;
    jwks_destroy(set);
    return n;
}

static void what_is_no_document(void **state)
{
    static const char *const bad[] = {
        "",
        "not json",
        "null",
        "[]",
        "5",
        "{}",
        "{\"keys\":[]}",
        "{\"keys\":{}}",
        "{\"keys\":5}",
        "{\"keys\":[5,null,\"x\",[],{}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}",
        "{\"keys\":[],\"keys\":[]}",
        "{\"keys\":[]} x",
        "\xff",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(keys_in(text_of(bad[i])), 0);
    assert_int_equal(keys_in(google_document(entry)), 1);
}

/* The entry with one piece of it written otherwise. */
static int with(const char *piece, const char *other)
{
    char text[1024];
    const char *at = strstr(entry, piece);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - entry), entry, other, at + strlen(piece));
    return keys_in(google_document(text));
}

static void which_keys_are_taken(void **state)
{
    assert_int_equal(with("\"use\":\"sig\",", ""), 1);
    assert_int_equal(with("\"alg\":\"RS256\",", ""), 1);
    assert_int_equal(with("\"use\":\"sig\"", "\"use\":\"enc\""), 0);
    assert_int_equal(with("\"use\":\"sig\"", "\"use\":null"), 0);
    assert_int_equal(with("\"kty\":\"RSA\"", "\"kty\":\"EC\""), 0);
    assert_int_equal(with("\"kty\":\"RSA\",", ""), 0);
    assert_int_equal(with("\"kid\":\"" KID "\",", ""), 0);
    assert_int_equal(with("\"kid\":\"" KID "\"", "\"kid\":\"\""), 0);
    assert_int_equal(with("\"kid\":\"" KID "\"", "\"kid\":7"), 0);
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":\"Aw\""), 1);   /* 3 */
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":\"AQ\""), 0);   /* 1 */
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":\"AQAA\""), 0); /* even */
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":\"\""), 0);
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":65537"), 0);
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":\"AQAB=\""), 0);
    assert_int_equal(with("\"e\":\"AQAB\"", "\"e\":\"AQEBAQEBAQEB\""), 0); /* longer than any real one */
    assert_int_equal(with("\"n\":\"", "\"n\":\"+"), 0);
    assert_int_equal(with("\"n\":\"", "\"n\":\"AQAB\",\"x\":\""), 0); /* too short a modulus */
}

static void a_long_list_is_cut(void **state)
{
    struct buf many = { 0 };
    char kid[16];
    for (int i = 0; i < JWKS_KEYS_MAX + 5; i++) {
        snprintf(kid, sizeof kid, "k%d", i);
        if (i)
            buf_putc(&many, ',');
        google_put_key(&many, kid);
    }
    buf_putc(&many, 0);
    assert_int_equal(keys_in(google_document(many.p)), JWKS_KEYS_MAX);
    buf_reset(&many);
    buf_text(&many, google_document(entry));
    while (many.n <= JWKS_TEXT_MAX) { /* a document too long is none */
        assert_int_equal(many.n < 1000 ? keys_in(buf_view(&many)) : 1, 1);
        buf_putc(&many, ' ');
    }
    assert_int_equal(keys_in(buf_view(&many)), 0);
    buf_fini(&many);
}

static void a_key_is_found_by_its_name_and_outlives_its_set(void **state)
{
    struct jwks *set = jwks_read(google_document(entry));
    assert_null(jwks_find(set, TEXT("key-2")));
    assert_null(jwks_find(set, TEXT("key-")));
    assert_null(jwks_find(set, TEXT("")));
    struct jwks_key *key = jwks_find(set, TEXT(KID));
    assert_non_null(key);
    jwks_destroy(set);
    struct text token = google_token(GOOD_HEADER, GOOD_CLAIMS);
    assert_false(jwks_key_signed(key, token, TEXT("")));
    assert_false(jwks_key_signed(key, token, TEXT("short")));
    jwks_key_unref(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_document),
        cmocka_unit_test(which_keys_are_taken),
        cmocka_unit_test(a_long_list_is_cut),
        cmocka_unit_test(a_key_is_found_by_its_name_and_outlives_its_set),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
