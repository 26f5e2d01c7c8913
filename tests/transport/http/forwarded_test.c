/* Forwarded: whom proxies name, and what clients may not make of it. */
#include "transport/http/forwarded.h"

#include "proto/base/address.h"
#include "tests/test.h"

#include <stdio.h>

static const char proxies[] = "127.0.0.1, 10.0.0.0/8, fd00::/8";

/* The client's address, "-" if none is named. The peer is a proxy. */
static const char *client_of(const char *lines)
{
    static char text[ADDRESS_TEXT_MAX];
    struct networks trusted;
    struct sockaddr_storage a;
    struct buf head = { 0 }, why = { 0 };
    assert_true(networks_read(proxies, &trusted, &why));
    buf_printf(&head, "GET / HTTP/1.1\r\nHost: h\r\n%sAccept: a\r\n\r\n", lines);
    bool named = forwarded_for(buf_view(&head), &trusted, &a);
    buf_fini(&head);
    if (!named)
        return "-";
    address_put_host(&a, text);
    return text;
}

struct row {
    const char *lines, *client;
};

static void hold(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *client = client_of(rows[i].lines);
        if (strcmp(client, rows[i].client) != 0)
            fail_msg("%s, not %s: %s", client, rows[i].client, rows[i].lines);
    }
}
#define HOLD(rows) hold(rows, sizeof(rows) / sizeof *(rows))

#define XFF(value) "X-Forwarded-For: " value "\r\n"
#define FWD(value) "Forwarded: " value "\r\n"

static void the_right_most_that_is_no_proxy(void **state)
{
    static const struct row rows[] = {
        { "", "-" },
        { XFF("203.0.113.9"), "203.0.113.9" },
        { XFF("198.51.100.7, 203.0.113.9"), "203.0.113.9" },
        { XFF("198.51.100.7, 203.0.113.9, 10.1.1.1"), "203.0.113.9" },
        { XFF("198.51.100.7,203.0.113.9,10.1.1.1 ,\t127.0.0.1"), "203.0.113.9" },
        { XFF("10.1.1.1, 10.2.2.2"), "10.1.1.1" },
        { XFF("2001:db8::1"), "2001:db8::1" },
        { XFF("2001:DB8:0::1, fd00::5"), "2001:db8::1" },
        { XFF("203.0.113.9:4711"), "203.0.113.9" },
        { XFF("[2001:db8::1]:4711"), "2001:db8::1" },
        { XFF("[2001:db8::1]"), "2001:db8::1" },
        { XFF("\"[2001:db8::1]:4711\""), "2001:db8::1" },
        { XFF("::ffff:203.0.113.9"), "203.0.113.9" },
        { XFF("203.0.113.9, ::ffff:10.0.0.1"), "203.0.113.9" },
        { "x-forwarded-FOR:203.0.113.9\r\n", "203.0.113.9" },
        { XFF("198.51.100.7") "Other: x\r\n" XFF("203.0.113.9"), "203.0.113.9" },
        { XFF("203.0.113.9") XFF("10.0.0.1, 10.0.0.2"), "203.0.113.9" },
        { XFF("203.0.113.9") XFF(""), "203.0.113.9" },
        { XFF(", ,203.0.113.9, ,"), "203.0.113.9" },
        { XFF(""), "-" },
        { XFF(" , "), "-" },
        { "X-Forwarded-For-Not: 203.0.113.9\r\nX-Forwarded-Fo: 203.0.113.9\r\n", "-" },
    };
    HOLD(rows);
}

static void what_is_no_address_ends_the_search(void **state)
{
    static const struct row rows[] = {
        { XFF("nonsense"), "-" },
        { XFF("203.0.113.9, nonsense"), "-" },
        { XFF("203.0.113.9, nonsense, 10.0.0.1"), "10.0.0.1" },
        { XFF("nonsense, 203.0.113.9"), "203.0.113.9" },
        { XFF("203.0.113.9, unknown, 10.0.0.1, 10.0.0.2"), "10.0.0.1" },
        { XFF("203.0.113.9") XFF("nonsense"), "-" },
        { XFF("203.0.113.9, _hidden"), "-" },
        { XFF("203.0.113.256"), "-" },
        { XFF("203.0.113"), "-" },
        { XFF("0203.0.113.9"), "-" },
        { XFF("203.0.113.9:"), "-" },
        { XFF("203.0.113.9:http"), "-" },
        { XFF("203.0.113.9:123456"), "-" },
        { XFF("203.0.113.9 10.0.0.1"), "-" },
        { XFF("[2001:db8::1"), "-" },
        { XFF("[2001:db8::1]x"), "-" },
        { XFF("[2001:db8::1]4711"), "-" },
        { XFF("[203.0.113.9]:80"), "-" },
        { XFF("[]:80"), "-" },
        { XFF("fe80::1%eth0"), "-" },
        { XFF("2001:db8::1::"), "-" },
        { XFF("0x7f.1"), "-" },
        { XFF("2130706433"), "-" },
        { XFF("localhost"), "-" },
        { XFF("for=203.0.113.9"), "-" },
    };
    HOLD(rows);
}

static void forwarded_is_read_as_its_standard_says(void **state)
{
    static const struct row rows[] = {
        { FWD("for=203.0.113.9"), "203.0.113.9" },
        { FWD("For=203.0.113.9;proto=https;by=10.0.0.1"), "203.0.113.9" },
        { FWD("by=10.0.0.1; FOR=203.0.113.9"), "203.0.113.9" },
        { FWD("for=\"203.0.113.9:4711\""), "203.0.113.9" },
        { FWD("for=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17" },
        { FWD("for=\"[2001:db8:cafe::17]\""), "2001:db8:cafe::17" },
        { FWD("for=203.0.113.9:_port"), "203.0.113.9" },
        { FWD("for=198.51.100.7, for=203.0.113.9"), "203.0.113.9" },
        { FWD("for=203.0.113.9, for=10.0.0.1;host=\"a, b\""), "203.0.113.9" },
        { FWD("for=203.0.113.9;host=\"a\\\";for=1.1.1.1, for=2.2.2.2\""), "203.0.113.9" },
        { FWD("for=203.0.113.9;host=\"a\\\\\", for=10.0.0.1"), "203.0.113.9" },
        { FWD("for=203.0.113.9") FWD("for=10.0.0.1"), "203.0.113.9" },
        { FWD("for=203.0.113.9, for=unknown"), "-" },
        { FWD("for=203.0.113.9, for=\"unknown\", for=10.0.0.1"), "10.0.0.1" },
        { FWD("for=203.0.113.9, for=_hidden"), "-" },
        { FWD("for=203.0.113.9, for=\"_SEVKISEK\", for=10.0.0.1"), "10.0.0.1" },
        { FWD("proto=https"), "-" },
        { FWD("for=203.0.113.9, proto=https"), "-" },
        { FWD("for=203.0.113.9;for=198.51.100.7"), "-" },
        { FWD("for="), "-" },
        { FWD("for=\"\""), "-" },
        { FWD("forx=203.0.113.9"), "-" },
        { FWD("203.0.113.9"), "-" },
        { FWD(""), "-" },
    };
    HOLD(rows);
}

/* A client writes the left of the list, proxies add at its right. */
static void a_client_cannot_reach_to_the_right(void **state)
{
    static const struct row rows[] = {
        { FWD("for=\", for=203.0.113.9"), "203.0.113.9" },
        { FWD("for=\"x, for=\"[2001:db8::1]:80\""), "2001:db8::1" },
        { FWD("for=198.51.100.7;host=\"\\, for=203.0.113.9"), "203.0.113.9" },
        { FWD("for=198.51.100.7;host=\"") FWD("for=203.0.113.9"), "203.0.113.9" },
        { XFF("\", 203.0.113.9"), "203.0.113.9" },
        { XFF("198.51.100.7") FWD("for=203.0.113.9"), "198.51.100.7" },
        { FWD("for=203.0.113.9") XFF("198.51.100.7"), "198.51.100.7" },
        { FWD("for=203.0.113.9") XFF("nonsense"), "-" },
    };
    HOLD(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_right_most_that_is_no_proxy),
                                        cmocka_unit_test(what_is_no_address_ends_the_search),
                                        cmocka_unit_test(forwarded_is_read_as_its_standard_says),
                                        cmocka_unit_test(a_client_cannot_reach_to_the_right) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
