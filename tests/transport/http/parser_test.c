/* Parser: heads in tables: what is taken, what is refused, and that the cutting of the bytes makes no difference. */
#include "tests/test.h"
#include "transport/http/parser.h"

#include <stdio.h>

enum { LINE = 100, HEADERS_MOST = 200 };

/* SCAN_DONE and then the parser's word, or the scan's. */
static int judge(const char *p, struct head *head)
{
    struct head_scan s = { 0 };
    enum scan scan = head_scan(&s, p, strlen(p), LINE, HEADERS_MOST);
    return scan == SCAN_DONE ? (int)head_parse(p, s.at, head) : -(int)scan;
}

static void bytes_may_come_in_any_pieces(void **state)
{
    static const char head[] = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nX-Empty:\r\n\r\nbody";
    for (size_t cut = 1; cut < sizeof head - 5; cut++) {
        struct head_scan s = { 0 };
        assert_int_equal(head_scan(&s, head, cut, LINE, HEADERS_MOST), SCAN_MORE);
        assert_int_equal(head_scan(&s, head, sizeof head - 1, LINE, HEADERS_MOST), SCAN_DONE);
        assert_int_equal(s.at, sizeof head - 5);
    }
}

static void a_head_is_read(void **state)
{
    static const char text[] = "PATCH /a%20b/?c=d?e HTTP/1.1\r\nhOsT: example:80\r\nAuthorization:\t Bearer x y \t\r\n"
                               "Accept: a\r\nAccept: b\r\nLast-Event-ID:\r\nContent-Length: 007\r\nOther: z\r\n\r\n";
    struct head h;
    assert_int_equal(judge(text, &h), ERROR_OK);
    assert_int_equal(h.method, HEAD_PATCH);
    assert_true(text_is(h.path, "/a%20b/"));
    assert_true(text_is(h.query, "c=d?e"));
    assert_true(text_is(h.headers[HEADER_HOST], "example:80"));
    assert_true(text_is(h.headers[header_of("authorization")], "Bearer x y"));
    assert_true(text_is(h.headers[HEADER_ACCEPT], "a"));
    assert_true(text_is(h.headers[HEADER_LAST_EVENT_ID], ""));
    assert_null(h.headers[HEADER_ORIGIN].p);
    assert_int_equal(h.framing, FRAMING_LENGTH);
    assert_int_equal(h.length, 7);
    assert_true(h.keep_alive);
    assert_false(h.http10);
    assert_int_equal(header_of("other"), HEADER_COUNT);
}

static void targets(void **state)
{
    static const struct {
        const char *line, *path, *query, *host;
    } rows[] = {
        { "GET / HTTP/1.1", "/", NULL, "h" },
        { "GET /? HTTP/1.1", "/", "", "h" },
        { "GET http://other:8/x?y HTTP/1.1", "/x", "y", "other:8" },
        { "GET HTTP://other HTTP/1.1", "/", NULL, "other" },
        { "GET http://other?y HTTP/1.1", "/", "y", "other" },
        { "OPTIONS * HTTP/1.1", "*", NULL, "h" },
        { "BREW /pot HTTP/1.1", "/pot", NULL, "h" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        struct head h;
        snprintf(text, sizeof text, "%s\r\nHost: h\r\n\r\n", rows[i].line);
        if (judge(text, &h) != ERROR_OK)
            fail_msg("refused: %s", rows[i].line);
        assert_true(text_is(h.path, rows[i].path));
        assert_true(text_is(h.headers[HEADER_HOST], rows[i].host));
        assert_true(rows[i].query ? text_is(h.query, rows[i].query) : !h.query.p);
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *text;
        int why;
    } rows[] = {
        { "GET / HTTP/1.1\nHost: h\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\n\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\nX Y: z\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\nX : z\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\nX: \x7f\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.1\r\nHost: h\r\nX\xc3: a\r\n\r\n", -SCAN_BAD },
        { "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", -SCAN_BAD },
        { "GET /\ta HTTP/1.1\r\nHost: h\r\n\r\n", -SCAN_BAD },
        { "GET / http/1.1\r\nHost: h\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/1.10\r\nHost: h\r\n\r\n", -SCAN_BAD },
        { "G{T / HTTP/1.1\r\nHost: h\r\n\r\n", -SCAN_BAD },
        { " GET / HTTP/1.1\r\nHost: h\r\n\r\n", -SCAN_BAD },
        { "GET / HTTP/0.9\r\nHost: h\r\n\r\n", ERROR_VERSION_NOT_SUPPORTED },
        { "GET / HTTP/3.0\r\nHost: h\r\n\r\n", ERROR_VERSION_NOT_SUPPORTED },
        { "GET / HTTP/1.1\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET x HTTP/1.1\r\nHost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET * HTTP/1.1\r\nHost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 1\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\x0b"
          "chunked\r\n\r\n",
          -SCAN_BAD },
        { "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ERROR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", ERROR_EXPECTATION_FAILED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head h;
        int why = judge(rows[i].text, &h);
        if (why != rows[i].why)
            fail_msg("%d, not %d: %s", why, rows[i].why, rows[i].text);
    }
}

static void hosts(void **state)
{
    static const char *const good[] = {
        "",
        "h",
        "H.example",
        "h:",
        "h:0",
        "h:65535",
        "127.0.0.1:80",
        "[::1]",
        "[::1]:8000",
        "[2001:db8::1]:",
        "a_b~c.example",
        "%41%c3%bc.example",
        "a!$&'()*+,;=b",
        "h.:80",
        "[::ffff:1.2.3.4]",
    };
    static const char *const bad[] = {
        "[::1",   "[::1]]",      "[[::1]]",  "::1",  "[::1]x", "[::1]:x",  "[]",
        "[]:80",  "[127.0.0.1]", "[h]",      "h]",   "[",      "]",        "h:80:80",
        "h:x",    "h:65536",     "h:000080", "h:-1", "h:+1",   "a%",       "a%4",
        "a%4g",   "u@h",         "h/x",      "h?x",  "h#x",    "a b",      "a\tb",
        "h\\x",   "\"h\"",       "<h>",      "h|x",  "h^x",    "\xc3\xbc", "[fe80::1%eth0]",
        "[v1.x]", "http://h",    "h,h[",     ":80:",
    };
    struct head head;
    char text[200];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", good[i]);
        if (judge(text, &head) != ERROR_OK)
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i]);
        if (judge(text, &head) != ERROR_BAD_REQUEST)
            fail_msg("taken: %s", bad[i]);
        snprintf(text, sizeof text, "GET http://h/ HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i]);
        if (judge(text, &head) != ERROR_BAD_REQUEST)
            fail_msg("taken beside a target: %s", bad[i]);
    }
    assert_int_equal(judge("GET http://[::1/ HTTP/1.1\r\nHost: h\r\n\r\n", &head), ERROR_BAD_REQUEST);
    assert_int_equal(judge("GET / HTTP/1.0\r\nHost: [::1\r\n\r\n", &head), ERROR_BAD_REQUEST);
}

static void codings_of_bodies(void **state)
{
    static const struct {
        const char *lines;
        bool encoded;
    } rows[] = {
        { "", false },
        { "Content-Encoding: identity\r\n", false },
        { "Content-Encoding: Identity , identity\r\n", false },
        { "Content-Encoding:\r\n", false },
        { "Content-Encoding: ,\r\n", false },
        { "Content-Encoding: gzip\r\n", true },
        { "content-encoding:BR\r\n", true },
        { "Content-Encoding: identity, gzip\r\n", true },
        { "Content-Encoding: identity\r\nContent-Encoding: zstd\r\n", true },
        { "Content-Encoding: deflate\r\nContent-Encoding: identity\r\n", true },
        { "Content-Encoding: identityx\r\n", true },
        { "Content-Encoding: x-identity\r\n", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head head;
        char text[200];
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", rows[i].lines);
        assert_int_equal(judge(text, &head), ERROR_OK);
        if (head.encoded != rows[i].encoded)
            fail_msg("%s", rows[i].lines);
    }
}

static void a_nul_is_refused_anywhere(void **state)
{
    static const char text[] = "GET /a HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n";
    char copy[sizeof text];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        memcpy(copy, text, sizeof text);
        copy[i] = 0;
        struct head_scan s = { 0 };
        assert_int_not_equal(head_scan(&s, copy, sizeof text - 1, LINE, HEADERS_MOST), SCAN_DONE);
    }
}

static void limits_hold_to_the_byte(void **state)
{
    char text[600];
    struct head h;
    for (int extra = 0; extra < 2; extra++) {
        snprintf(text, sizeof text, "GET /%0*d HTTP/1.1\r\nHost: h\r\n\r\n", LINE - 16 + extra, 0); /* 16 others */
        assert_int_equal(judge(text, &h), extra ? -SCAN_LINE_TOO_LONG : ERROR_OK);
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\nX: %0*d\r\n\r\n", HEADERS_MOST - 16 + extra, 0);
        assert_int_equal(judge(text, &h), extra ? -SCAN_HEADERS_TOO_LARGE : ERROR_OK);
    }
    struct head_scan s = { 0 };
    memset(text, 'G', sizeof text);
    assert_int_equal(head_scan(&s, text, LINE, LINE, HEADERS_MOST), SCAN_MORE);
    assert_int_equal(head_scan(&s, text, LINE + 1, LINE, HEADERS_MOST), SCAN_LINE_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_may_come_in_any_pieces),
        cmocka_unit_test(a_head_is_read),
        cmocka_unit_test(targets),
        cmocka_unit_test(refusals),
        cmocka_unit_test(hosts),
        cmocka_unit_test(codings_of_bodies),
        cmocka_unit_test(a_nul_is_refused_anywhere),
        cmocka_unit_test(limits_hold_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
