/* Which keys look made up, and that no key of chance does. */
#include "proto/base/variety.h"

#include "proto/config/secret.h"
#include "tests/test.h"

#include <stdint.h>
#include <stdio.h>

static void keys_of_chance_are_good(void **state)
{
    static const char *const good[] = {
        "0123456789abcdef0123456789abcdef",     "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
        "6f1d3c52-8a0e-4b97-9d24-1c5e7f3a9b60", "correct horse battery staple and some more",
        "31415926535897932384626433832795",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (variety_lack(text_of(good[i])))
            fail_msg("%s %s", good[i], variety_lack(text_of(good[i])));
    for (int i = 0; i < 20000; i++) {
        char digits[65];
        assert_true(secret_hex(digits, 16 + (size_t)i % 2 * 16));
        assert_null(variety_lack(text_of(digits)));
    }
}

static void made_up_keys_are_not(void **state)
{
    static const struct {
        const char *key, *says;
    } rows[] = {
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "hardly any" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "hardly any" },
        { "                                ", "hardly any" },
        { "abababababababababababababababab", "hardly any" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaabcdefgh", "repeats" },
        { "abcdefghabcdefghabcdefghabcdefgh", "repeats" },
        { "abcdefghabcdefghabcdefghabcdefg1", "repeats" },
        { "12345678901234567890123456789012", "repeats" },
        { "0123456789abcde0123456789abcde01", "repeats" },
        { "my-own-key.my-own-key.my-own-key.", "repeats" },
        { "change-me-to-a-32-byte-random-key", "example" },
        { "please Change_Me in production 1234", "example" },
        { "CHANGETHISTOSOMETHINGELSE1234567890", "example" },
        { "secret-of-the-class-3b-in-room-12", "example" },
        { "your-256-bit-secret-key-goes-here", "example" },
        { "this is my s.e.c.r.e.t k.e.y, isn't it", "example" },
        { "a-string-secret-at-least-256-bits-long", "example" },
        { "your-256-bit-secret your-256-bit-secret", "example" },
        { "passw0rd and Password and 12345678", "example" },
        { "default-jwt-signing-key-0987654321", "example" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *lack = variety_lack(text_of(rows[i].key));
        if (!lack || !strstr(lack, rows[i].says))
            fail_msg("%s: %s", rows[i].key, lack ? lack : "good");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_chance_are_good),
        cmocka_unit_test(made_up_keys_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
