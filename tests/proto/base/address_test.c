/* Address: the forms that are read, and what is written back. */
#include "proto/base/address.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *text, *back;
    bool loopback;
} good[] = {
    { "127.0.0.1:8000", "127.0.0.1:8000", true },    { "localhost:1", "127.0.0.1:1", true },
    { "127.9.9.9:0", "127.9.9.9:0", true },          { "[::1]:80", "[::1]:80", true },
    { "*:65535", "0.0.0.0:65535", false },           { ":9", "0.0.0.0:9", false },
    { "10.0.0.1:5", "10.0.0.1:5", false },           { "[::]:7", "[::]:7", false },
    { "[2001:db8::1]:7", "[2001:db8::1]:7", false }, { "[::ffff:127.0.0.1]:7", "[::ffff:127.0.0.1]:7", true },
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

static void hosts_stand_alone(void **state)
{
    struct sockaddr_storage a;
    char text[ADDRESS_TEXT_MAX];
    assert_true(address_read("[2001:db8::1]:7", &a));
    address_put_host(&a, text);
    assert_string_equal(text, "2001:db8::1");
    assert_true(address_read("10.0.0.1:5", &a));
    address_put_host(&a, text);
    assert_string_equal(text, "10.0.0.1");
    a.ss_family = AF_UNSPEC;
    address_put_host(&a, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(good_ones_are_read), cmocka_unit_test(bad_ones_are_refused),
                                        cmocka_unit_test(hosts_stand_alone) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
