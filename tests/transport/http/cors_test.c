/* CORS: which origins an area takes, the lines that say so, and the answer to a preflight. The lines without a server. */
#include "http_help.h"
#include "transport/http/cors.h"

#define EXPOSED                                                                                                        \
    "Access-Control-Expose-Headers: Accept-Ranges, Allow, Content-Disposition, Content-Length, Content-Range, Date, "  \
    "ETag, Last-Modified, Location, Retry-After, WWW-Authenticate\r\n"
#define ALLOWED(origin) "Access-Control-Allow-Origin: " origin "\r\n"
#define CREDENTIALS     "Access-Control-Allow-Credentials: true\r\n"
#define VARY            "Vary: Origin\r\n"

static const char *const listed[] = { "https://listed.example", "https://*.school.example", NULL };
static const char *configured = "https://ours.example,http://localhost:*";

static int setup(void **state)
{
    server_defaults();
    config.identity = "token";
    return 0;
}

/* ---- origins ---- */

static void an_origin_is_found_where_it_stands(void **state)
{
    const struct cors none = { 0 }, any = { .any_origin = true }, own = { .origins = listed },
                      ours = { .configured = &configured }, both = { .origins = listed, .configured = &configured };
    const struct {
        const struct cors *cors;
        const char *origin;
        enum origin_found found;
    } rows[] = {
        { &none, "https://listed.example", ORIGIN_ABSENT },
        { &any, "https://who.example", ORIGIN_BY_ANY },
        { &any, "null", ORIGIN_BY_ANY },
        { &own, "https://listed.example", ORIGIN_LISTED },
        { &own, "https://a.school.example", ORIGIN_LISTED },
        { &own, "https://school.example", ORIGIN_ABSENT },
        { &own, "http://listed.example", ORIGIN_ABSENT },
        { &own, "https://listed.example.org", ORIGIN_ABSENT },
        { &own, "https://ours.example", ORIGIN_ABSENT },
        { &ours, "https://ours.example", ORIGIN_LISTED },
        { &ours, "http://localhost:3000", ORIGIN_LISTED },
        { &ours, "https://listed.example", ORIGIN_ABSENT },
        { &both, "https://listed.example", ORIGIN_LISTED },
        { &both, "https://ours.example", ORIGIN_LISTED },
        { &both, "https://x.ours.example", ORIGIN_ABSENT },
        { &own, "", ORIGIN_ABSENT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (cors_find(rows[i].cors, text_of(rows[i].origin)) != rows[i].found)
            fail_msg("row %zu: %s", i, rows[i].origin);
}

/* ---- lines of an answer ---- */

/* What an answer of this area says to a page of this origin (NULL: no page's). */
static void hold_lines(const struct area *area, const char *origin, bool preflight, const char *expected)
{
    struct buf lines = { 0 };
    struct request rq = { .area = area, .preflight = preflight };
    if (origin)
        rq.head.headers[HEADER_ORIGIN] = text_of(origin);
    cors_put(&rq, &lines);
    buf_putc(&lines, 0);
    assert_string_equal(lines.p, expected);
    buf_fini(&lines);
}

static void pages_are_told_what_they_may_read(void **state)
{
    const struct area area = { .cors = { .origins = listed } };
    hold_lines(&area, "https://listed.example", false, VARY ALLOWED("https://listed.example") EXPOSED);
    hold_lines(&area, "https://listed.example", true, VARY ALLOWED("https://listed.example"));
}

static void others_are_told_nothing(void **state)
{
    const struct area area = { .cors = { .origins = listed, .credentials = true } };
    hold_lines(&area, "https://who.example", false, VARY); /* a cache must not take it for an answer to all */
    hold_lines(&area, NULL, false, "");
    hold_lines(NULL, "https://listed.example", false, "");
}

static void credentials_need_a_name_and_an_identity_that_is_proved(void **state)
{
    const struct {
        const char *identity, *listen;
        bool dev, any_origin, bare_user_id, credentials;
    } rows[] = {
        { "token", "0.0.0.0:80", false, false, false, true },  { "token", "0.0.0.0:80", false, true, false, false },
        { "token", "0.0.0.0:80", true, true, false, true },    { "token", "0.0.0.0:80", false, false, true, true },
        { "legacy", "0.0.0.0:80", false, false, false, true }, { "legacy", "0.0.0.0:80", false, false, true, false },
        { "legacy", "0.0.0.0:80", true, false, true, false },  { "legacy", "127.0.0.1:80", true, false, true, true },
        { "legacy", "127.0.0.1:80", true, true, true, true },  { "legacy", "127.0.0.1:80", false, false, true, false },
        { "legacy", "no address", true, false, true, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct area area = { .cors = { .origins = listed, .credentials = true, .any_origin = rows[i].any_origin },
                             .bare_user_id = rows[i].bare_user_id };
        config.identity = rows[i].identity;
        config.listen = rows[i].listen;
        config.dev = rows[i].dev;
        hold_lines(&area, "https://listed.example", true,
                   rows[i].credentials ? VARY ALLOWED("https://listed.example") CREDENTIALS
                                       : VARY ALLOWED("https://listed.example"));
        area.cors.credentials = false;
        hold_lines(&area, "https://listed.example", true, VARY ALLOWED("https://listed.example"));
    }
}

/* ---- preflight ---- */

static struct client *client;

static int start(void **state)
{
    server_defaults();
    server_start(NULL);
    client = client_open();
    return 0;
}

static int stop(void **state)
{
    client_close(client);
    server_stop();
    return 0;
}

static void options(const char *path, const char *lines, int status)
{
    char request[512];
    snprintf(request, sizeof request, "OPTIONS %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, lines);
    client_puts(client, request);
    assert_int_equal(client_read(client), status);
    assert_true(status != 200 || client_has(client, "Content-Length: 0"));
}

#define METHODS "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
#define ASKS    "Access-Control-Request-Method: POST\r\n"

static void a_preflight_is_told_methods_headers_and_for_how_long(void **state)
{
    options("/echo", "Origin: https://a.example\r\n" ASKS "Access-Control-Request-Headers: x-one\r\n", 200);
    assert_true(client_has(client, METHODS));
    assert_true(client_has(client, "Access-Control-Allow-Headers: x-one"));
    assert_true(client_has(client, "Access-Control-Max-Age: 600"));
    assert_null(strstr(client->answer, "Allow: "));
    assert_null(strstr(client->answer, "Expose"));
    options("/told", "Origin: https://third.example\r\n" ASKS, 200); /* an area that says nothing of time */
    assert_true(client_has(client, METHODS));
    assert_null(strstr(client->answer, "Max-Age"));
    assert_null(strstr(client->answer, "Allow-Headers"));
}

static void an_origin_that_is_not_let_in_gets_no_permission(void **state)
{
    options("/second", "Origin: https://a.example\r\n" ASKS, 200);
    assert_null(strstr(client->answer, "Access-Control"));
    assert_true(client_has(client, "Vary: Origin"));
}

static void options_without_a_page_name_the_methods(void **state)
{
    options("/echo", ASKS, 200); /* no origin */
    assert_true(client_has(client, "Allow: POST, OPTIONS"));
    assert_null(strstr(client->answer, "Access-Control"));
    options("/echo", "Origin: https://a.example\r\n", 200); /* asks for no method */
    assert_true(client_has(client, "Allow: POST, OPTIONS"));
    assert_null(strstr(client->answer, "Allow-Methods"));
}

/* A page may read the 404 to what it asks next. */
static void a_preflight_of_no_path_is_answered_too(void **state)
{
    options("/nowhere", "Origin: https://a.example\r\n" ASKS, 200);
    assert_true(client_has(client, METHODS));
    options("/nowhere", "", 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_is_found_where_it_stands),
        cmocka_unit_test(pages_are_told_what_they_may_read),
        cmocka_unit_test(others_are_told_nothing),
        cmocka_unit_test(credentials_need_a_name_and_an_identity_that_is_proved),
        cmocka_unit_test_setup_teardown(a_preflight_is_told_methods_headers_and_for_how_long, start, stop),
        cmocka_unit_test_setup_teardown(an_origin_that_is_not_let_in_gets_no_permission, start, stop),
        cmocka_unit_test_setup_teardown(options_without_a_page_name_the_methods, start, stop),
        cmocka_unit_test_setup_teardown(a_preflight_of_no_path_is_answered_too, start, stop),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
