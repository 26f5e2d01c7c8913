/* Network: sets of addresses, and which are in them. */
#include "proto/base/network.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <stdio.h>

static bool has(const char *list, const char *address)
{
    struct networks set;
    struct sockaddr_storage a;
    struct buf why = { 0 };
    if (!networks_read(list, &set, &why) || !network_address_read(text_of(address), &a))
        fail_msg("%s, %s: %.*s", list, address, (int)why.n, why.n ? why.p : "");
    return networks_have(&set, &a);
}

static void what_is_in_a_set(void **state)
{
    static const struct {
        const char *list, *address;
        bool in;
    } rows[] = {
        { "", "127.0.0.1", false },
        { "127.0.0.1", "127.0.0.1", true },
        { "127.0.0.1", "127.0.0.2", false },
        { "127.0.0.1", "::ffff:127.0.0.1", true },
        { "::ffff:127.0.0.1", "127.0.0.1", true },
        { "::ffff:10.0.0.0/104", "10.9.9.9", true },
        { "::ffff:10.0.0.0/104", "11.0.0.0", false },
        { "127.0.0.1", "::1", false },
        { "::1", "::1", true },
        { "::1", "0:0::1", true },
        { "10.0.0.0/8", "10.255.255.255", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "10.1.2.3/8", "10.9.9.9", true },
        { "192.0.2.128/25", "192.0.2.127", false },
        { "192.0.2.128/25", "192.0.2.128", true },
        { "192.0.2.1/32", "192.0.2.1", true },
        { "192.0.2.1/32", "192.0.2.0", false },
        { "0.0.0.0/0", "203.0.113.1", true },
        { "0.0.0.0/0", "2001:db8::1", false },
        { "::/0", "203.0.113.1", true },
        { "2001:db8::/33", "2001:db8:7fff::1", true },
        { "2001:db8::/33", "2001:db8:8000::1", false },
        { "2001:db8::1/128", "2001:db8::1", true },
        { "10.0.0.0/8, 192.0.2.1,fd00::/8", "192.0.2.1", true },
        { " 10.0.0.0/8\t192.0.2.1,,", "fd00::1", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (has(rows[i].list, rows[i].address) != rows[i].in)
            fail_msg("%s in %s", rows[i].address, rows[i].list);
}

static void bad_entries_are_refused(void **state)
{
    static const char *const bad[] = {
        "localhost",  "*",           "unix:",         "127.0.0.1:80",  "[::1]",      "10.0.0.0/33",
        "10.0.0.0/",  "10.0.0.0/-1", "10.0.0.0/+8",   "10.0.0.0/8/8",  "::1/129",    "/8",
        "10/8",       "10.0.0.256",  "10.0.0.0/0x8",  "10.0.0.0/ 8",   "fe80::1%lo", "10.0.0.1-9",
        "127.0.0.1;", "01.0.0.1",    "\"127.0.0.1\"", "10.0.0.0/1000", "::1::",      "10.0.0.1, all",
    };
    struct networks set;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf why = { 0 };
        if (networks_read(bad[i], &set, &why) || !why.n)
            fail_msg("taken: %s", bad[i]);
        buf_fini(&why);
    }
}

static void there_is_a_limit(void **state)
{
    struct networks set;
    struct buf list = { 0 }, why = { 0 };
    for (int i = 0; i < NETWORKS_MOST; i++)
        buf_printf(&list, "10.0.0.%d,", i);
    buf_putc(&list, 0);
    assert_true(networks_read(list.p, &set, &why));
    assert_int_equal(set.n, NETWORKS_MOST);
    list.n--;
    buf_puts(&list, "10.1.0.1");
    buf_putc(&list, 0);
    assert_false(networks_read(list.p, &set, &why));
    assert_int_not_equal(why.n, 0);
    buf_fini(&list);
    buf_fini(&why);
}

static void ipv4_in_ipv6_is_ipv4(void **state)
{
    struct sockaddr_in6 from = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
    struct sockaddr_storage to;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &from.sin6_addr), 1);
    network_unmap((struct sockaddr *)&from, &to);
    assert_int_equal(to.ss_family, AF_INET);
    assert_int_equal(v4->sin_port, htons(7));
    assert_int_equal(v4->sin_addr.s_addr, inet_addr("192.0.2.1"));
    from.sin6_addr.s6_addr[0] = 1;
    network_unmap((struct sockaddr *)&from, &to);
    assert_memory_equal(&to, &from, sizeof from);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_in_a_set), cmocka_unit_test(bad_entries_are_refused),
                                        cmocka_unit_test(there_is_a_limit), cmocka_unit_test(ipv4_in_ipv6_is_ipv4) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
