/* Invite token: fixed vectors, which another program can make too; what is stored of them. */
#include "proto/identity/invite_token.h"

#include "proto/identity/digest.h"
#include "tests/test.h"

#define ID       "d2b1f0c4-5a39-4a6e-9d0f-0c1e2b3a4f50"
#define LONG_KEY "another key of more than sixty-four bytes, which HMAC digests before it is used"

static const struct {
    const char *key, *id;
    int32_t generation;
    const char *token, *digest;
} rows[] = {
    { "key", ID, 1, "KI8iiHt_w-Pmk8PkcM0sx912uaSnGgxIxCgPvqlk0aY",
      "18573b0e443309271d3beba03d410e2c312a313fc330db13073e488c6c69dc3d" },
    { "key", ID, 2, "5ZwFmootlSfr0bWbT78z7x5Vb0-yl7pc3liZPHScNjc",
      "cd5a89784522ec82e2b12ce2447a51ee0da9cc642e0d3468f0abec40778f1dd6" },
    { LONG_KEY, ID, 1, "-kvOUl5V4WGD0Ze50Gtbv8pJOmiGjSFPx77yanFRBCY",
      "15181cfec354651609781cbd5a3d30421c728554d0e5b40d111889c9afddb858" },
    { "key", "x", INT32_MAX, "vNYl3M4hfeSxQ-dGJastUX61LMvrlPW3AZB6zysI4Oc",
      "24d039fcdddf4d961b93dea3a5e08fc7380ca3359dbefdff9307357dae944141" },
};

static void tokens_and_their_digests(void **state)
{
    char token[INVITE_TOKEN_MAX], digest[DIGEST_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(invite_token_make(rows[i].key, text_of(rows[i].id), rows[i].generation, token));
        assert_string_equal(token, rows[i].token);
        assert_true(digest_put(text_of(token), digest));
        assert_string_equal(digest, rows[i].digest);
    }
}

static void only_part_of_a_text_is_an_id(void **state)
{
    char token[INVITE_TOKEN_MAX];
    assert_true(invite_token_make("key", (struct text){ ID ID, sizeof ID - 1 }, 1, token));
    assert_string_equal(token, rows[0].token);
}

/* Ids come from addresses too, where anything may stand. */
static void any_text_is_taken(void **state)
{
    char token[INVITE_TOKEN_MAX], long_id[5000];
    memset(long_id, '7', sizeof long_id);
    assert_true(invite_token_make("key", (struct text){ long_id, sizeof long_id }, 1, token));
    assert_int_equal(strlen(token), INVITE_TOKEN_MAX - 1);
    assert_true(invite_token_make("key", TEXT(""), 1, token));
    assert_int_equal(strlen(token), INVITE_TOKEN_MAX - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_and_their_digests),
        cmocka_unit_test(only_part_of_a_text_is_an_id),
        cmocka_unit_test(any_text_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
