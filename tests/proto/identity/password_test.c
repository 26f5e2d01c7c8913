/* Password: what was hashed fits, what was not does not, and nothing is cut. Cost 4, so that a test is quick. */
#include "proto/config/config.h"
#include "proto/identity/password.h"
#include "tests/test.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COST = 4 };

#define FIRST  "0123456789abcdef0123456789abcdef"
#define SECOND "another secret of thirty-two bytes"
#define THIRD  "a third secret, of thirty-two bytes"

static int setup(void **state)
{
    config = (struct config){ .jwt_secret = FIRST, .jwt_secret_previous = "", .password_key = "" };
    return 0;
}

static struct text letters(size_t n)
{
    static char many[PASSWORD_BYTES_MAX + 2];
    memset(many, 'a', sizeof many);
    return (struct text){ many, n };
}

static bool verify(struct text password, const char *stored)
{
    return password_verify(password, stored, COST);
}

static void what_was_hashed_fits(void **state)
{
    static const struct text passwords[] = {
        { "pass123", 7 }, { "", 0 }, { "p\xc3\xa4ss", 5 }, { "a\0b", 3 }, { "\xff\xfe", 2 }
    };
    char stored[PASSWORD_STORED_MAX], again[PASSWORD_STORED_MAX];
    for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++) {
        assert_true(password_hash(passwords[i], COST, stored));
        assert_true(password_hash(passwords[i], COST, again));
        assert_string_not_equal(stored, again);
        assert_true(verify(passwords[i], stored));
        assert_false(verify(TEXT("other"), stored));
        assert_false(password_needs_renewal(passwords[i], stored, COST));
    }
}

#define COMPOSED "Z\xc3\xbcrich \xe1\xbb\x87 1"
#define DECOMPOSED                                                                                                     \
    "Zu\xcc\x88rich e\xcc\x82\xcc\xa3\xc2\xa0"                                                                         \
    "1" /* its marks in another order, and a no-break space */

/* Whichever way it is typed, and whichever way it was when the hash was made. */
static void one_password_in_two_forms(void **state)
{
    static const struct text forms[] = { { COMPOSED, sizeof COMPOSED - 1 }, { DECOMPOSED, sizeof DECOMPOSED - 1 } };
    char stored[PASSWORD_STORED_MAX], old[PASSWORD_STORED_MAX];
    for (int i = 0; i < 2; i++) {
        assert_true(password_hash(forms[i], COST, stored));
        assert_string_equal(crypt(COMPOSED, stored), stored);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(password_verify(forms[k], stored, COST), PASSWORD_FITS);
            assert_false(password_needs_renewal(forms[k], stored, COST));
        }
        assert_int_equal(password_verify(TEXT("Zurich 1"), stored, COST), PASSWORD_WRONG);
    }
    strcpy(old, crypt(DECOMPOSED, "$2b$04$abcdefghijklmnopqrstuu"));
    assert_int_equal(password_verify(forms[1], old, COST), PASSWORD_FITS_AS_IT_CAME);
    assert_int_equal(password_verify(forms[0], old, COST), PASSWORD_WRONG);
    assert_int_equal(password_verify(forms[1], NULL, COST), PASSWORD_WRONG);
}

/* The 71 bytes of the plain form and the characters are those of the normal form; nothing is trimmed or folded. */
static void the_normal_form_is_measured(void **state)
{
    char many[3 * 40 + 1] = "", stored[PASSWORD_STORED_MAX];
    for (int i = 0; i < 40; i++)
        strcat(many, "u\xcc\x88");
    assert_int_equal(password_characters(text_of(many)), 40);
    assert_true(password_hash((struct text){ many, 3 * 35 }, COST, stored)); /* 70 bytes */
    assert_int_equal(strncmp(stored, "$2b$", 4), 0);
    assert_true(password_hash((struct text){ many, 3 * 36 }, COST, stored));
    assert_int_equal(strncmp(stored, "$lectern-salted$", 16), 0);
    assert_true(verify((struct text){ many, 3 * 36 }, stored));
    assert_false(verify((struct text){ many, 3 * 37 }, stored));
    assert_int_equal(password_characters(TEXT("\xff\xcc\x88")), 2);
    assert_int_equal(password_characters((struct text){ 0 }), 0);
    assert_true(password_hash(TEXT(" \xe2\x80\x8bpass "), COST, stored));
    assert_false(verify(TEXT("pass"), stored));
    assert_false(verify(TEXT("\xe2\x80\x8bpass"), stored));
    assert_true(password_hash(TEXT("\xef\xbc\xa1"), COST, stored)); /* a full-width A is no A */
    assert_false(verify(TEXT("A"), stored));
}

static void the_usual_form_is_bcrypt(void **state)
{
    char stored[PASSWORD_STORED_MAX];
    assert_true(password_hash(TEXT("pass123"), COST, stored));
    assert_int_equal(strncmp(stored, "$2b$04$", 7), 0);
    assert_int_equal(strlen(stored), 60);
    assert_string_equal(crypt("pass123", stored), stored);
}

static void nothing_is_cut(void **state)
{
    static const size_t lengths[] = { 71, 72, 73, 500, PASSWORD_BYTES_MAX };
    char stored[PASSWORD_STORED_MAX];
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_true(password_hash(letters(lengths[i]), COST, stored));
        assert_int_equal(strncmp(stored, "$lectern-salted$$2b$", 20) == 0, lengths[i] > 71);
        assert_true(verify(letters(lengths[i]), stored));
        assert_false(verify(letters(lengths[i] - 1), stored));
        assert_false(verify(letters(lengths[i] + 1), stored));
    }
    assert_false(password_hash(letters(PASSWORD_BYTES_MAX + 1), COST, stored));
    assert_true(password_hash((struct text){ "a\0b", 3 }, COST, stored));
    assert_false(verify((struct text){ "a\0c", 3 }, stored));
    assert_false(verify(TEXT("a"), stored));
}

static void people_who_move_over_keep_their_passwords(void **state)
{
    static const char *const forms[] = { "$2a$", "$2b$", "$2y$" };
    for (size_t i = 0; i < 3; i++) {
        char setting[64], stored[PASSWORD_STORED_MAX];
        snprintf(setting, sizeof setting, "%s04$abcdefghijklmnopqrstuu", forms[i]);
        strcpy(stored, crypt("pass123", setting));
        assert_true(verify(TEXT("pass123"), stored));
        assert_false(verify(TEXT("pass124"), stored));
        assert_int_equal(password_needs_renewal(TEXT("pass123"), stored, COST), i != 1);
        assert_true(password_needs_renewal(TEXT("pass123"), stored, COST + 1));
    }
    char long_one[73], stored[PASSWORD_STORED_MAX];
    memset(long_one, 'a', 72);
    long_one[72] = 0;
    strcpy(stored, crypt(long_one, "$2b$04$abcdefghijklmnopqrstuu"));
    assert_true(verify(letters(72), stored));
    assert_true(verify(letters(600), stored));
    assert_true(password_needs_renewal(letters(600), stored, COST));
    assert_false(verify((struct text){ "aaaa\0", 5 }, stored));
}

static void a_nul_never_fits_a_plain_hash(void **state)
{
    char stored[PASSWORD_STORED_MAX];
    assert_true(password_hash(TEXT("pass"), COST, stored));
    assert_false(verify((struct text){ "pass\0word", 9 }, stored));
}

static void what_is_no_hash_fits_nothing(void **state)
{
    static const char *const bad[] = { NULL,
                                       "",
                                       "x",
                                       "$2b$04$short",
                                       "$lectern-hmac$",
                                       "$1$abc$def",
                                       "*0",
                                       "$2b$31$abcdefghijklmnopqrstuu0000000000000000000000000000000",
                                       "$2x$04$abcdefghijklmnopqrstuu0000000000000000000000000000000",
                                       "$2b$0x$abcdefghijklmnopqrstuu0000000000000000000000000000000" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(verify(TEXT("pass123"), bad[i]));
        assert_false(verify(TEXT(""), bad[i]));
    }
}

static double seconds(struct text password, const char *stored, int cost)
{
    struct timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    (void)password_verify(password, stored, cost);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* Processor time, not wall time; three times the work would show, a busy machine does not. */
static void an_unknown_account_costs_as_much(void **state)
{
    enum { DEARER = 8 };
    char stored[PASSWORD_STORED_MAX];
    assert_true(password_hash(TEXT("pass123"), DEARER, stored));
    double known = seconds(TEXT("wrong"), stored, DEARER), unknown = seconds(TEXT("wrong"), NULL, DEARER),
           rubbish = seconds(TEXT("wrong"), "rubbish", DEARER);
    assert_true(unknown > known / 3 && unknown < known * 3);
    assert_true(rubbish > known / 3 && rubbish < known * 3);
    double twice = seconds(TEXT(DECOMPOSED), stored, DEARER), nobody = seconds(TEXT(DECOMPOSED), NULL, DEARER);
    assert_true(nobody > twice / 2 && nobody < twice * 2);
}

static void the_key_counts_for_long_ones(void **state)
{
    char stored[PASSWORD_STORED_MAX];
    config.password_key = "a key of its own, thirty-two bytes long";
    assert_true(password_hash(letters(100), COST, stored));
    assert_int_equal(strncmp(stored, "$lectern-hmac$$2b$", 18), 0);
    assert_false(password_needs_renewal(letters(100), stored, COST));
    config.jwt_secret = SECOND;
    assert_true(verify(letters(100), stored));
    config.password_key = "another key, also of 32 bytes or more";
    assert_false(verify(letters(100), stored));
    setup(NULL);
    assert_false(verify(letters(100), stored));
}

static void a_new_secret_locks_nobody_out(void **state)
{
    char stored[PASSWORD_STORED_MAX];
    assert_true(password_hash(letters(100), COST, stored));
    config.jwt_secret = SECOND;
    assert_true(verify(letters(100), stored));
    assert_false(verify(letters(101), stored));
    assert_false(password_needs_renewal(letters(100), stored, COST));
    setup(NULL);
}

/* A hash as they were made when the key came from the sign-in key: of 100 letters, under FIRST. */
static void the_old_form_is_read_with_either_secret(void **state)
{
    static const char old[] = "$lectern-hmac$$2b$04$abcdefghijklmnopqrstuumOt1f8KVQGMMqiPIVWBJW6rUpRMF08u";
    assert_true(verify(letters(100), old));
    assert_false(verify(letters(99), old));
    assert_true(password_needs_renewal(letters(100), old, COST));
    config.jwt_secret = SECOND;
    assert_false(verify(letters(100), old));
    config.jwt_secret_previous = FIRST;
    assert_true(verify(letters(100), old));
    assert_false(verify(letters(99), old));
    config.jwt_secret_previous = THIRD;
    assert_false(verify(letters(100), old));
    setup(NULL);
}

/* While there are two secrets a long password takes twice as long, whatever is stored for the account. */
static void two_secrets_tell_nothing_of_an_account(void **state)
{
    enum { DEARER = 8 };
    char stored[PASSWORD_STORED_MAX];
    assert_true(password_hash(letters(100), DEARER, stored));
    config.jwt_secret_previous = SECOND;
    double known = seconds(letters(90), stored, DEARER), unknown = seconds(letters(90), NULL, DEARER);
    assert_true(unknown > known / 3 && unknown < known * 3);
    setup(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_hashed_fits),
        cmocka_unit_test(one_password_in_two_forms),
        cmocka_unit_test(the_normal_form_is_measured),
        cmocka_unit_test(the_usual_form_is_bcrypt),
        cmocka_unit_test(nothing_is_cut),
        cmocka_unit_test(people_who_move_over_keep_their_passwords),
        cmocka_unit_test(a_nul_never_fits_a_plain_hash),
        cmocka_unit_test(what_is_no_hash_fits_nothing),
        cmocka_unit_test(an_unknown_account_costs_as_much),
        cmocka_unit_test(the_key_counts_for_long_ones),
        cmocka_unit_test(a_new_secret_locks_nobody_out),
        cmocka_unit_test(the_old_form_is_read_with_either_secret),
        cmocka_unit_test(two_secrets_tell_nothing_of_an_account),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
