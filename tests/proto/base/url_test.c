/* Url: which addresses of others may be trusted, however they are spelled. */
#include "proto/base/url.h"
#include "tests/test.h"

#include <stdint.h>

static void over_tls_or_from_this_machine(void **state)
{
    static const char *const trusted[] = {
        "https://www.googleapis.com/oauth2/v3/certs",
        "HTTPS://x",
        "https://[2001:db8::1]:8443/x",
        "http://127.0.0.1:9000/certs",
        "http://127.0.0.1/",
        "HTTP://127.0.0.1",
        "http://127.255.0.1:1",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://2130706433:9000/",
        "http://localhost:80",
        "http://LocalHost/",
        "http://localhost",
        "http://[::1]:1/x?y#z",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/",
    };
    for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
        if (!url_trusted(trusted[i], false))
            fail_msg("not taken: %s", trusted[i]);
}

static void nobody_else(void **state)
{
    static const char *const distrusted[] = {
        "",
        "https://",
        "http://",
        "example.org",
        "127.0.0.1:9000",
        "localhost",
        "//127.0.0.1/",
        "http://example.org/",
        "http://10.0.0.1:80/",
        "http://192.168.0.1/",
        "http://128.0.0.1/",
        "http://0.0.0.0:80/",
        "http://0/",
        "http://[::]:1/",
        "http://[::2]:1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fe80::1]/",
        "http://2130706434.example/",
        "http://16777343/", /* 1.0.0.127 */
        "http://127.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://notlocalhost/",
        "http://127.0.0.1@evil.example/",
        "http://evil.example#@127.0.0.1/",
        "http://evil.example?@127.0.0.1/",
        "http://evil.example\\@127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "https://user:password@example.org/",
        "https://user@example.org/",
        "http://*:80/",
        "http://:80/",
        "http://127.0.0.1:65536/",
        "https://a b/",
        "https://a\n/",
        " https://x",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "file://127.0.0.1/etc/passwd",
        "socks5://127.0.0.1:1080",
        "httpss://x",
    };
    for (size_t i = 0; i < sizeof distrusted / sizeof *distrusted; i++)
        if (url_trusted(distrusted[i], false))
            fail_msg("taken: %s", distrusted[i]);
}

static void a_proxy_may_ask_for_a_name(void **state)
{
    assert_true(url_trusted("http://user:password@127.0.0.1:3128", true));
    assert_true(url_trusted("https://user:password@proxy.example:3128", true));
    assert_true(url_trusted("http://[::1]:3128", true));
    assert_false(url_trusted("http://user:password@proxy.example:3128", true));
    assert_false(url_trusted("http://127.0.0.1@proxy.example:3128", true));
    assert_false(url_trusted("socks5://127.0.0.1:3128", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(over_tls_or_from_this_machine), cmocka_unit_test(nobody_else),
                                        cmocka_unit_test(a_proxy_may_ask_for_a_name) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
