/* Signed URL: one thing, one time, one secret; and whatever else is no signature. */
#include "proto/identity/signed_url.h"

#include "proto/config/config.h"
#include "tests/test.h"

#include <stdio.h>

enum { NOW = 1790000000 };

static char address[200], expires[16], signature[80];

/* The parts of audio 5's address. */
static void make(int64_t now)
{
    struct buf out = { 0 };
    audio_url_put(&out, 5, now);
    buf_putc(&out, 0);
    assert_false(out.failed);
    snprintf(address, sizeof address, "%s", out.p);
    assert_int_equal(sscanf(out.p, "audio/5/stream?expires=%15[0-9]&signature=%79[0-9a-f]", expires, signature), 2);
    buf_fini(&out);
}

static bool valid(const char *audio, const char *until, const char *sign, int64_t now)
{
    return audio_url_valid(text_of(audio), text_of(until), text_of(sign), now);
}

static void an_address_is_good_for_hours(void **state)
{
    make(NOW);
    assert_true(valid("5", expires, signature, NOW));
    assert_true(valid("5", expires, signature, NOW + 12 * 3600));
    assert_false(valid("5", expires, signature, NOW + 13 * 3600));
    char first[200];
    snprintf(first, sizeof first, "%s", address);
    make(NOW / 3600 * 3600);
    assert_string_equal(first, address); /* all of an hour's are one */
}

static void it_is_for_one_file_and_one_time(void **state)
{
    char other[80];
    make(NOW);
    snprintf(other, sizeof other, "%s", signature);
    other[63] = other[63] == '0' ? '1' : '0';
    assert_false(valid("5", expires, other, NOW));
    assert_false(valid("6", expires, signature, NOW));
    assert_false(valid("05", expires, signature, NOW));
    assert_false(valid("5", "1890000000", signature, NOW));
    static const char *const bad[] = { "", "x", "-1", "1e10", " 1790000000", "99999999999999999999", NULL };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(valid("5", bad[i], signature, NOW));
        assert_false(valid("5", expires, bad[i], NOW));
        assert_false(bad[i] && valid(bad[i], expires, signature, NOW));
    }
    signature[63] = 0; /* shorter */
    assert_false(valid("5", expires, signature, NOW));
}

static void another_secret_is_another_signature(void **state)
{
    make(NOW);
    config.jwt_secret = "another secret of the tests, 32 bytes";
    assert_false(valid("5", expires, signature, NOW));
    config.jwt_secret_previous = "secret of the tests, 32 bytes or so";
    assert_true(valid("5", expires, signature, NOW)); /* those that were given out are good to their end */
    config.jwt_secret_previous = "";
    assert_false(valid("5", expires, signature, NOW));
    config.jwt_secret = "secret of the tests, 32 bytes or so";
    assert_true(valid("5", expires, signature, NOW));
}

static int setup(void **state)
{
    config.jwt_secret = "secret of the tests, 32 bytes or so";
    config.audio_url_hours = 12;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_good_for_hours),
        cmocka_unit_test(it_is_for_one_file_and_one_time),
        cmocka_unit_test(another_secret_is_another_signature),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
