/* Address: the forms that are read, and what is written back. */
#include "proto/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *text, *back;
    bool loopback;
} good[] = {
    { "127.0.0.1:8000", "127.0.0.1:8000", true },    { "localhost:1", "127.0.0.1:1", true },
    { "127.9.9.9:0", "127.9.9.9:0", true },          { "[::1]:80", "[::1]:80", true },
    { "*:65535", "0.0.0.0:65535", false },           { ":9", "0.0.0.0:9", false },
    { "10.0.0.1:5", "10.0.0.1:5", false },           { "[::]:7", "[::]:7", false },
    { "[2001:db8::1]:7", "[2001:db8::1]:7", false },
};

static void good_ones_are_read(void **state)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct sockaddr_storage a;
        char text[ADDRESS_TEXT_MAX];
        assert_true(address_read(good[i].text, &a));
        address_put(&a, text);
        assert_string_equal(text, good[i].back);
        assert_int_equal(address_is_loopback(&a), good[i].loopback);
    }
}

static void bad_ones_are_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "1",
                                       "127.0.0.1",
                                       "127.0.0.1:",
                                       "127.0.0.1:65536",
                                       "127.0.0.1:-1",
                                       "a:1:2",
                                       "::1:80",
                                       "[::1:80",
                                       "[]:80",
                                       "example.org:80",
                                       "127.0.0.1: 1",
                                       "1.2.3:80",
                                       "127.0.0.1:000001",
                                       "[fe80::1%lo]:1",
                                       "256.0.0.1:80" };
    struct sockaddr_storage a;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (address_read(bad[i], &a))
            fail_msg("taken: %s", bad[i]);
}

static void urls_one_may_trust(void **state)
{
    static const char *const trusted[] = { "https://www.googleapis.com/oauth2/v3/certs",
                                           "HTTPS://x",
                                           "http://127.0.0.1:9000/certs",
                                           "http://127.0.0.1/",
                                           "http://localhost:80",
                                           "http://[::1]:1/x?y#z",
                                           "http://localhost" };
    static const char *const distrusted[] = { "",
                                              "https://",
                                              "http://",
                                              "http://example.org/",
                                              "http://10.0.0.1:80/",
                                              "ftp://127.0.0.1/",
                                              "//127.0.0.1/",
                                              "http://127.evil.example/",
                                              "http://127.0.0.1@evil.example/",
                                              "http://localhost.evil.example/",
                                              "http://*:80/",
                                              "http://:80/",
                                              "http://0.0.0.0:80/",
                                              "file:///etc/passwd",
                                              "http://[::2]:1/" };
    for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
        if (!address_url_trusted(trusted[i]))
            fail_msg("not taken: %s", trusted[i]);
    for (size_t i = 0; i < sizeof distrusted / sizeof *distrusted; i++)
        if (address_url_trusted(distrusted[i]))
            fail_msg("taken: %s", distrusted[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(good_ones_are_read), cmocka_unit_test(bad_ones_are_refused),
                                        cmocka_unit_test(urls_one_may_trust) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
