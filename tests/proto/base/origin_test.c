/* Origin: how origins are configured, which are refused, and which of a browser's is one of them. */
#include "proto/base/origin.h"
#include "tests/test.h"

#include <stdio.h>

static void every_spelling_has_one_form(void **state)
{
    static const struct {
        const char *given, *read;
    } rows[] = {
        { "", "" },
        { " , ,", "" },
        { "https://app.example", "https://app.example" },
        { "https://app.example/", "https://app.example" },
        { "https://app.example/#/home", "https://app.example" },
        { "https://app.example/login?next=/a,", "https://app.example" },
        { "https://app.example?a", "https://app.example" },
        { "HTTPS://App.Example", "https://app.example" },
        { "https://app.example:443", "https://app.example" },
        { "https://app.example:443/", "https://app.example" },
        { "https://app.example:0443", "https://app.example" },
        { "http://app.example:80", "http://app.example" },
        { "http://app.example:443", "http://app.example:443" },
        { "https://app.example:8443", "https://app.example:8443" },
        { "http://localhost:3000", "http://localhost:3000" },
        { "http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000" },
        { "https://b\xc3\xbc"
          "cher.example",
          "https://xn--bcher-kva.example" },
        { "https://B\xc3\x9c"
          "CHER.example/",
          "https://xn--bcher-kva.example" },
        { "https://xn--bcher-kva.example", "https://xn--bcher-kva.example" },
        { "capacitor://localhost", "capacitor://localhost" },
        { "*", "*" },
        { "[\"*\"]", "*" },
        { "https://*.example.org", "https://*.example.org" },
        { "http://192.168.*.*:*", "http://192.168.*.*:*" },
        { "http://localhost:*/", "http://localhost:*" },
        { "https://a.example, https://b.example/", "https://a.example,https://b.example" },
        { "https://a.example https://b.example", "https://a.example,https://b.example" },
        { "[\"https://a.example\", \" https:\\/\\/b.example/ \"]", "https://a.example,https://b.example" },
        { " [ ] ", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 }, why = { 0 };
        if (!origin_list_read(rows[i].given, &out, &why) || !text_is(buf_view(&out), rows[i].read))
            fail_msg("%s: \"%.*s\" %.*s", rows[i].given, (int)out.n, out.n ? out.p : "", (int)why.n,
                     why.n ? why.p : "");
        buf_fini(&out);
    }
}

static void what_is_none_is_refused_with_a_sentence(void **state)
{
    static const char *const bad[] = {
        "app.example",
        "localhost:3000",
        "//app.example",
        "https://",
        "https:///x",
        "https://user@app.example",
        "https://app.example:99999",
        "https://app.example:http",
        "https://app*.example",
        "https://**.example",
        "https://a.example,*.example",
        "null",
        "https://a.example,null",
        "[\"null\"]",
        "file:///home",
        "\"https://a.example",
        "[https://a.example]",
        "[\"https://a.example\"",
        "[1]",
        "[\"https://a.example\", null]",
        "[[]]",
        "https://a_b c",
        "https://[::1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf out = { 0 }, why = { 0 };
        if (origin_list_read(bad[i], &out, &why) || !why.n)
            fail_msg("taken: %s as %.*s", bad[i], (int)out.n, out.n ? out.p : "");
        buf_fini(&out);
        buf_fini(&why);
    }
}

static void origins_are_compared_as_origins(void **state)
{
    static const struct {
        const char *list, *origin;
        enum origin_found found;
    } rows[] = {
        { "", "https://a.example", ORIGIN_ABSENT },
        { "*", "https://a.example", ORIGIN_BY_ANY },
        { "*", "null", ORIGIN_BY_ANY },
        { "*,https://a.example", "https://a.example", ORIGIN_LISTED },
        { "https://a.example,*", "https://b.example", ORIGIN_BY_ANY },
        { "https://a.example,https://b.example", "https://b.example", ORIGIN_LISTED },
        { "https://a.example", "https://A.Example", ORIGIN_LISTED },
        { "https://a.example", "HTTPS://a.example:443", ORIGIN_LISTED },
        { "http://a.example", "http://a.example:80", ORIGIN_LISTED },
        { "https://a.example", "https://a.example:80", ORIGIN_ABSENT },
        { "https://a.example", "http://a.example", ORIGIN_ABSENT },
        { "https://a.example", "https://a.example.", ORIGIN_ABSENT },
        { "https://a.example", "https://a.example.evil.example", ORIGIN_ABSENT },
        { "https://a.example", "https://a.exampl", ORIGIN_ABSENT },
        { "https://a.example", "https://a.example:8443", ORIGIN_ABSENT },
        { "https://a.example:8443", "https://a.example", ORIGIN_ABSENT },
        { "https://a.example", "", ORIGIN_ABSENT },
        { "https://a.example", "null", ORIGIN_ABSENT },
        { "https://*.example.org", "https://x-1.example.org", ORIGIN_LISTED },
        { "https://*.example.org", "https://X.Example.org:443", ORIGIN_LISTED },
        { "https://*.example.org", "https://example.org", ORIGIN_ABSENT },
        { "https://*.example.org", "https://.example.org", ORIGIN_ABSENT },
        { "https://*.example.org", "https://a.b.example.org", ORIGIN_ABSENT },
        { "https://*.example.org", "https://evil.example/.example.org", ORIGIN_ABSENT },
        { "https://*.example.org", "https://a.example.org.evil.example", ORIGIN_ABSENT },
        { "http://localhost:*", "http://localhost", ORIGIN_LISTED },
        { "http://localhost:*", "http://localhost:3000", ORIGIN_LISTED },
        { "http://localhost:*", "http://localhost:", ORIGIN_ABSENT },
        { "http://localhost:*", "http://localhost:300000", ORIGIN_ABSENT },
        { "http://localhost:*", "http://localhost:30a", ORIGIN_ABSENT },
        { "http://localhost:*", "http://localhost.evil.example:3000", ORIGIN_ABSENT },
        { "http://192.168.*.*:*", "http://192.168.1.20:8080", ORIGIN_LISTED },
        { "http://192.168.*.*:*", "http://192.168.1.20.evil.example:3000", ORIGIN_ABSENT },
        { "http://192.168.*.*:*", "http://10.0.0.5:3000", ORIGIN_ABSENT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (origin_find(rows[i].list, text_of(rows[i].origin)) != rows[i].found)
            fail_msg("%s in %s", rows[i].origin, rows[i].list);
}

static void names_of_hosts(void **state)
{
    static const struct {
        const char *given, *read;
    } rows[] = {
        { "a.example", "a.example" },
        { "A.Example", "a.example" },
        { "https://a.example/", "a.example" },
        { "b\xc3\xbc"
          "cher.example",
          "xn--bcher-kva.example" },
        { "a.example:8443", NULL },
        { "a.example:80", "a.example" },
        { "", NULL },
        { "a b", NULL },
        { "*.example", NULL },
        { "[::1]", "[::1]" },
        { "user@a.example", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 }, why = { 0 };
        bool read = origin_host_read(text_of(rows[i].given), &out, &why);
        if (read != !!rows[i].read || read == !!why.n || (read && !text_is(buf_view(&out), rows[i].read)))
            fail_msg("%s: %.*s", rows[i].given, (int)out.n, out.n ? out.p : "");
        buf_fini(&out);
        buf_fini(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_spelling_has_one_form),
                                        cmocka_unit_test(what_is_none_is_refused_with_a_sentence),
                                        cmocka_unit_test(origins_are_compared_as_origins),
                                        cmocka_unit_test(names_of_hosts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
