/* Respond: the head of an answer line by line, without a server; and what becomes of each sort of answer, through one. */
#include "http_help.h"
#include "proto/base/log.h"
#include "transport/http/body_head.h"
#include "transport/http/request_state.h"

#include <stdlib.h>
#include <uv.h>

/* ---- heads ---- */

static uv_loop_t loop;
static struct http http;

/* The head without its status line's end and the date, which are the same everywhere. */
static const char *head_of(const struct request *rq, struct body_head head, enum after after)
{
    static char text[1024];
    struct buf out = { 0 };
    respond_put_head(rq, &head, after, &out);
    buf_putc(&out, 0);
    assert_false(out.failed);
    char *date = strstr(out.p, "Date: "), *end = date ? strstr(date, "GMT\r\n") : NULL;
    assert_true(date && end && end - date == 6 + 26);
    snprintf(text, sizeof text, "%.*s%s", (int)(date - out.p), out.p, end + 5);
    buf_fini(&out);
    return text;
}

#define NOSNIFF "X-Content-Type-Options: nosniff\r\n"
#define JSON    "Content-Type: application/json\r\nCache-Control: no-store\r\n" NOSNIFF

static void a_head_says_what_follows(void **state)
{
    static const struct {
        struct body_head head;
        bool http10;
        enum after after;
        const char *text;
    } rows[] = {
        { { 200, "application/json", NULL, 2 },
          false,
          AFTER_NEXT,
          "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 2\r\n\r\n" },
        { { 200, "application/json", "Cache-Control: private\r\n", 2 },
          false,
          AFTER_NEXT,
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" NOSNIFF
          "Content-Length: 2\r\nCache-Control: private\r\n\r\n" },
        { { 200, "text/csv", NULL, BODY_UNKNOWN },
          false,
          AFTER_NEXT,
          "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n" NOSNIFF "Transfer-Encoding: chunked\r\n\r\n" },
        { { 200, "text/csv", NULL, BODY_UNKNOWN },
          true,
          AFTER_CLOSE,
          "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n" NOSNIFF "Connection: close\r\n\r\n" },
        { { 204, "text/plain", NULL, 0 }, false, AFTER_NEXT, "HTTP/1.1 204 No Content\r\n" NOSNIFF "\r\n" },
        { { 304, NULL, "ETag: \"1\"\r\n", 0 },
          false,
          AFTER_NEXT,
          "HTTP/1.1 304 Not Modified\r\n" NOSNIFF "ETag: \"1\"\r\n\r\n" },
        { { 302, NULL, "Location: /x\r\n", 0 },
          true,
          AFTER_NEXT,
          "HTTP/1.1 302 Found\r\n" NOSNIFF "Content-Length: 0\r\nLocation: /x\r\nConnection: keep-alive\r\n\r\n" },
        { { 401, NULL, NULL, 0 },
          false,
          AFTER_LINGER,
          "HTTP/1.1 401 Unauthorized\r\n" NOSNIFF
          "Content-Length: 0\r\nWWW-Authenticate: Bearer\r\nConnection: close\r\n\r\n" },
        { { 415, NULL, NULL, 0 },
          false,
          AFTER_SWALLOW,
          "HTTP/1.1 415 Unsupported Media Type\r\n" NOSNIFF
          "Content-Length: 0\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n" },
        { { 599, NULL, NULL, 0 }, false, AFTER_NEXT, "HTTP/1.1 599 \r\n" NOSNIFF "Content-Length: 0\r\n\r\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct request rq = { .http = &http, .head.http10 = rows[i].http10 };
        assert_string_equal(head_of(&rq, rows[i].head, rows[i].after), rows[i].text);
    }
}

static void who_is_put_off_is_told_for_how_long(void **state)
{
    static const struct {
        int status;
        uint32_t retry_s;
        const char *line; /* NULL: none */
    } rows[] = {
        { 503, 0, "Retry-After: 1\r\n" },
        { 503, 7, "Retry-After: 7\r\n" },
        { 429, 60, "Retry-After: 60\r\n" },
        { 503, RETRY_UNKNOWN, NULL },
        { 500, 7, NULL },
        { 200, 7, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct request rq = { .http = &http, .retry_s = rows[i].retry_s };
        const char *text = head_of(&rq, (struct body_head){ rows[i].status, NULL, NULL, 0 }, AFTER_NEXT);
        const char *line = strstr(text, "Retry-After: ");
        assert_int_equal(line != NULL, rows[i].line != NULL);
        if (line)
            assert_memory_equal(line, rows[i].line, strlen(rows[i].line));
    }
}

static void a_token_in_the_address_is_not_passed_on(void **state)
{
    const struct area area = { .token_in_query = true };
    const struct request rq = { .http = &http, .area = &area };
    assert_non_null(
        strstr(head_of(&rq, (struct body_head){ 200, NULL, NULL, 0 }, AFTER_NEXT), "Referrer-Policy: no-referrer\r\n"));
}

static void what_becomes_of_the_connection(void **state)
{
    const struct endpoint plain = { .path = "/" };
    const struct route route = { .endpoint = &plain };
    struct request rq = { .http = &http, .route = &route, .head.keep_alive = true };
    assert_int_equal(respond_after(&rq), AFTER_NEXT);
    rq.close = true;
    assert_int_equal(respond_after(&rq), AFTER_CLOSE);
    assert_int_equal(respond_ends_for(&rq), CLOSE_DRAIN);
    rq.close = rq.head.keep_alive = false;
    assert_int_equal(respond_after(&rq), AFTER_CLOSE);
    assert_int_equal(respond_ends_for(&rq), CLOSE_CLIENT_ASKED);
    rq.head.keep_alive = true;
    http.aside = true;
    assert_int_equal(respond_after(&rq), AFTER_CLOSE);
    http.aside = false;
    http.wires.draining = true;
    assert_int_equal(respond_after(&rq), AFTER_CLOSE);
    http.wires.draining = false;
    rq.linger = true;
    rq.why = CLOSE_BODY_TOO_LARGE;
    assert_int_equal(respond_after(&rq), AFTER_LINGER);
    assert_int_equal(respond_ends_for(&rq), CLOSE_BODY_TOO_LARGE);
}

static void methods_are_named_for_those_that_a_path_has(void **state)
{
    static const struct {
        uint8_t methods;
        const char *line;
    } rows[] = { { 0, "Allow: OPTIONS\r\n" },
                 { 1 << GET, "Allow: GET, HEAD, OPTIONS\r\n" },
                 { 1 << POST | 1 << DELETE, "Allow: POST, DELETE, OPTIONS\r\n" },
                 { 1 << GET | 1 << POST | 1 << PUT | 1 << PATCH | 1 << DELETE,
                   "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = { 0 };
        respond_put_allow(&out, rows[i].methods);
        buf_putc(&out, 0);
        assert_string_equal(out.p, rows[i].line);
        buf_fini(&out);
    }
}

/* ---- answers ---- */

static void by_json(struct request *rq)
{
    respond_json(rq, 201, TEXT("{\"id\":1}"));
}

static void by_built(struct request *rq)
{
    struct buf body = { 0 };
    buf_puts(&body, "[1]");
    respond_built(rq, 200, &body);
    assert_null(body.p); /* it is freed */
}

static void by_built_without_memory(struct request *rq)
{
    struct buf body = { 0 };
    buf_puts(&body, "[1");
    body.failed = true;
    respond_built(rq, 200, &body);
    assert_null(body.p);
}

static void by_detail(struct request *rq)
{
    respond_detail(rq, ERROR_BAD_REQUEST, TEXT("a \"word\"\n"));
}

static void by_later(struct request *rq)
{
    respond_later(rq, ERROR_TOO_MANY_ATTEMPTS, UINT64_C(1000000001));
}

static void by_what_lasts(struct request *rq)
{
    respond_error(rq, ERROR_GOOGLE_NOT_CONFIGURED);
}

static void by_invalid(struct request *rq)
{
    respond_invalid(rq, "body", "word", "Field required", "missing");
}

static void by_invalid_whole(struct request *rq)
{
    respond_invalid(rq, "body", NULL, "JSON decode error", "json_invalid");
}

static void by_nothing(struct request *rq)
{
    respond_content(rq, 204, NULL, NULL, TEXT("is not sent"));
}

static void by_db(struct request *rq, enum db_status status, const char *sqlstate)
{
    respond_db(rq, &(struct db_result){ .status = status, .sqlstate = sqlstate, .constraint = "" });
}

static void by_db_away(struct request *rq)
{
    by_db(rq, DB_AWAY, "");
}

static void by_db_refused(struct request *rq)
{
    by_db(rq, DB_REFUSED, "23505");
}

static void by_db_gone_meanwhile(struct request *rq)
{
    by_db(rq, DB_REFUSED, "23503");
}

static void by_stream_over(struct request *rq)
{
    respond_stream_over(rq, TEXT("data: bye\n\n"), CLOSE_SESSION_ENDED);
}

static void by_busy(struct request *rq)
{
    respond_error(rq, ERROR_OVERLOADED);
}

#define ROW(name)                                                                                                      \
    {                                                                                                                  \
        GET, "/" #name, ANYONE, .handle = by_##name                                                                    \
    }
static const struct endpoint endpoints[] = {
    ROW(json),
    ROW(built),
    ROW(built_without_memory),
    ROW(detail),
    ROW(later),
    ROW(what_lasts),
    ROW(invalid),
    ROW(invalid_whole),
    ROW(nothing),
    ROW(db_away),
    ROW(db_refused),
    ROW(db_gone_meanwhile),
    ROW(stream_over),
    ROW(busy),
    { GET, "/events", ANYONE, .handle = by_busy, .event_stream = true },
    {},
};
static const struct area area = { .name = "answers", .endpoints = { endpoints } };
static const struct area *const areas[] = { &area, NULL };

static struct client *client;

static int start(void **state)
{
    server_defaults();
    config.hosts = "";
    server_start(areas);
    client = client_open();
    return 0;
}

static int stop(void **state)
{
    client_close(client);
    server_stop();
    return 0;
}

static void get(const char *path, const char *lines, int status)
{
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, lines);
    client_puts(client, request);
    if (client_read(client) != status)
        fail_msg("%s: %s", path, client->answer);
}

static void each_answer_is_what_was_asked_for(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *body, *line;
    } rows[] = {
        { "/json", 201, "{\"id\":1}", "Content-Length: 8" },
        { "/built", 200, "[1]", "Content-Type: application/json" },
        { "/built_without_memory", 503, "{\"detail\":\"Server is busy, try again\"}", "Retry-After: 1" },
        { "/detail", 400, "{\"detail\":\"a \\\"word\\\"\\n\"}", "Cache-Control: no-store" },
        { "/later", 429, "{\"detail\":\"Too many attempts, try again later\"}", "Retry-After: 2" },
        { "/invalid", 422,
          "{\"detail\":[{\"loc\":[\"body\",\"word\"],\"msg\":\"Field required\",\"type\":\"missing\"}]}",
          "Content-Type: application/json" },
        { "/invalid_whole", 422,
          "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"JSON decode error\",\"type\":\"json_invalid\"}]}",
          "Content-Type: application/json" },
        { "/nothing", 204, "", "X-Content-Type-Options: nosniff" },
        { "/db_away", 503, "{\"detail\":\"Service unavailable, try again\"}", "Retry-After: 1" },
        { "/db_refused", 500, "{\"detail\":\"Internal server error\"}", "Content-Length: 34" },
        { "/db_gone_meanwhile", 503, "{\"detail\":\"Service unavailable, try again\"}", "Retry-After: 1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        get(rows[i].path, "", rows[i].status);
        assert_string_equal(client->body, rows[i].body);
        if (!client_has(client, rows[i].line))
            fail_msg("%s: %s", rows[i].path, client->answer);
    }
    struct http_stats s = server_stats();
    assert_int_equal(s.requests, sizeof rows / sizeof *rows); /* all on one connection */
    assert_int_equal(s.connections, 1);
}

static void what_lasts_names_no_time(void **state)
{
    get("/what_lasts", "", 503);
    assert_null(strstr(client->answer, "Retry-After"));
}

static void a_stream_that_is_over_is_told_and_ends(void **state)
{
    static const char told[] = "b\r\ndata: bye\n\n\r\n0\r\n\r\n";
    get("/stream_over", "", 200);
    assert_true(client_has(client, "Transfer-Encoding: chunked"));
    assert_true(client_has(client, "Connection: close"));
    assert_true(client_has(client, "X-Accel-Buffering: no"));
    client_read_raw(client, sizeof told - 1);
    assert_string_equal(client->answer, told);
    assert_true(client_at_end(client));
}

/* A browser's EventSource gives up for good at any status but 200. */
static void who_asks_for_events_is_told_when_to_come_back(void **state)
{
    get("/events", "Accept: application/json\r\n", 503);
    get("/events", "Accept: text/event-stream\r\n", 200);
    assert_true(client_has(client, "Content-Type: text/event-stream; charset=utf-8"));
    client_read_raw(client, 5);
    char *size = client->answer;
    size_t n = strtoul(size, NULL, 16);
    assert_true(n >= sizeof "retry: 1\n\n" - 1 && n < 40);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, start, stop)

static int make_loop(void **state)
{
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    server_defaults();
    http.wires.loop = &loop;
    return uv_loop_init(&loop);
}

static int drop_loop(void **state)
{
    return uv_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_says_what_follows),
        cmocka_unit_test(who_is_put_off_is_told_for_how_long),
        cmocka_unit_test(a_token_in_the_address_is_not_passed_on),
        cmocka_unit_test(what_becomes_of_the_connection),
        cmocka_unit_test(methods_are_named_for_those_that_a_path_has),
        TEST_OF(each_answer_is_what_was_asked_for),
        TEST_OF(what_lasts_names_no_time),
        TEST_OF(a_stream_that_is_over_is_told_and_ends),
        TEST_OF(who_asks_for_events_is_told_when_to_come_back),
    };
    return cmocka_run_group_tests(tests, make_loop, drop_loop);
}
