/* Base64url: one value, one spelling. */
#include "proto/base/base64url.h"
#include "tests/test.h"

#include <stdint.h>
#include <stdlib.h>

static void what_is_read(void **state)
{
    static const struct {
        const char *text, *bytes;
        size_t n;
    } rows[] = {
        { "", "", 0 },
        { "AA", "\0", 1 },
        { "_w", "\xff", 1 },
        { "-_8", "\xfb\xff", 2 },
        { "Zm9v", "foo", 3 },
        { "Zm9vYg", "foob", 4 },
        { "Zm9vYmE", "fooba", 5 },
        { "Zm9vYmFy", "foobar", 6 },
        { "AAAA", "\0\0\0", 3 },
        { "____", "\xff\xff\xff", 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t room = base64url_room(strlen(rows[i].text)), n;
        char *out = malloc(room); /* exactly: the sanitizer sees a byte too many */
        assert_true(base64url_read(text_of(rows[i].text), out, &n));
        assert_int_equal(n, rows[i].n);
        assert_memory_equal(out, rows[i].bytes, n);
        free(out);
    }
}

static void what_is_not(void **state)
{
    static const char *const bad[] = { "A",  "AAAAA", "AA==", "AAA=", "A A",  "AA\n", "A+AA", "A/AA",
                                       "AB", "A_",    "AAB",  "AA-",  "AAA!", "\xff", "AA.A", "Zm9vYh" };
    char out[64];
    size_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (base64url_read(text_of(bad[i]), out, &n))
            fail_msg("taken: %s", bad[i]);
    assert_false(base64url_read((struct text){ "AA\0A", 4 }, out, &n));
}

/* Every text of three letters either is refused or is the only spelling of its bytes. */
static void nothing_has_two_spellings(void **state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static uint8_t seen[65536];
    for (int i = 0; i < 64 * 64 * 64; i++) {
        const char text[3] = { letters[i / 4096], letters[i / 64 % 64], letters[i % 64] };
        uint8_t out[6];
        size_t n;
        if (base64url_read((struct text){ text, 3 }, out, &n))
            assert_int_equal(seen[out[0] << 8 | out[1]]++, 0);
    }
    for (int i = 0; i < 65536; i++)
        assert_int_equal(seen[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(what_is_not),
        cmocka_unit_test(nothing_has_two_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
