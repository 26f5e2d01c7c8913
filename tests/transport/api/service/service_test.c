/* Service: alive, ready, healthy, and the document of everything. */
#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/api/service/service.h"

#include <jansson.h>

static int setup(void **state)
{
    server_defaults();
    room_start(api_areas);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static char answer[1 << 20];

static int get(const char *path)
{
    char request[128];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    return client_once(request, answer, sizeof answer);
}

static void open_it(struct transport *t)
{
    t->open = true;
}

static void drain_it(struct transport *t)
{
    t->draining = true;
}

static struct client *ask(const char *path)
{
    char request[128];
    struct client *c = client_open();
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    client_puts(c, request);
    return c;
}

static void told(struct client *c, int status, const char *says)
{
    assert_int_equal(client_read(c), status);
    if (!strstr(c->body, says))
        fail_msg("%s", c->body);
    client_close(c);
}

/* Asks whether it is ready, and lets the database say how far its schema is. */
static void ready(const char *step, int status, const char *says)
{
    const char *const cells[] = { step };
    struct client *c = ask("/readyz");
    (void)room_await_query(&ACCOUNT_ALIVE);
    room_answer_query(DB_OK, 1, 1, cells);
    told(c, status, says);
}

static void ready_is_open_with_a_database_and_not_draining(void **state)
{
    assert_int_equal(get("/livez"), 200);
    ready("9999", 503,
          "\"started\":false,\"database\":true,\"migrations\":true,\"commits\":true,\"not_draining\":true");
    room_do(open_it);
    ready("9999", 200, "\"status\":\"ready\"");
    ready("1", 503, "\"migrations\":false");
    room_db_away(true);
    told(ask("/readyz"), 503, "\"database\":false");
    room_db_away(false);
    room_do(drain_it);
    ready("9999", 503, "\"not_draining\":false");
    assert_int_equal(get("/livez"), 200);
}

static const char *const one[] = { "1" };

static void health_is_what_the_database_says(void **state)
{
    static const struct {
        const char *path, *says;
    } rows[] = {
        { "/health", "\"classroom\":\"healthy\"" },
        { "/m/classroom/health", "\"status\":\"healthy\"" },
        { "/m/courses/health", "{\"status\":\"healthy\",\"gateway\":\"running\",\"services\":{\"auth\":\"healthy\"," },
        { "/auth/health", "{\"status\":\"healthy\",\"service\":\"auth-service\"}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = ask(rows[i].path);
        (void)room_await_query(&ACCOUNT_ALIVE);
        room_answer_query(DB_OK, 1, 1, one);
        told(c, 200, rows[i].says);
        c = ask(rows[i].path);
        (void)room_await_query(&ACCOUNT_ALIVE);
        room_answer_query(DB_REFUSED, 0, 1, NULL);
        told(c, 503, "\"status\":\"unhealthy\"");
    }
}

static void unhealthy_at_once_without_a_database(void **state)
{
    room_db_full(true);
    told(ask("/health"), 503, "\"failing\":[\"database\"]");
    room_db_full(false);
    room_db_away(true);
    told(ask("/health"), 503, "\"services\":{\"classroom\":\"unhealthy\"");
    told(ask("/m/courses/health"), 503, "\"progress\":\"unhealthy\"");
}

static bool two_requests(const struct http_stats *s)
{
    return s->requests == 2;
}

static void who_asks_meanwhile_gets_the_same_answer(void **state)
{
    struct client *first = ask("/health");
    (void)room_await_query(&ACCOUNT_ALIVE);
    struct client *second = ask("/auth/health");
    server_await(two_requests);
    room_answer_query(DB_OK, 1, 1, one);
    told(first, 200, "healthy");
    told(second, 200, "healthy");
}

static void a_database_that_says_nothing_is_not_waited_for(void **state)
{
    struct client *c = ask("/health");
    (void)room_await_query(&ACCOUNT_ALIVE);
    told(c, 503, "unhealthy");                   /* after a second */
    told(ask("/auth/health"), 503, "unhealthy"); /* at once */
    room_answer_query(DB_OK, 1, 1, one);
    c = ask("/health");
    (void)room_await_query(&ACCOUNT_ALIVE);
    room_answer_query(DB_OK, 1, 1, one);
    told(c, 200, "healthy");
}

static bool is_described(const json_t *paths, const char *as_in_table, const char *method)
{
    char path[256], *to = path;
    for (const char *at = as_in_table; *at; at++) /* "{id:int32}" stands as "{id}" */
        if (*at == ':')
            at += strcspn(at, "}") - 1;
        else
            *to++ = *at;
    *to = 0;
    return json_object_get(json_object_get(paths, path), method);
}

static void the_document_describes_every_endpoint(void **state)
{
    static const char *const methods[METHOD_COUNT] = { "get", "post", "put", "patch", "delete" };
    assert_int_equal(get("/openapi.json"), 200);
    json_t *document = json_loads(strstr(answer, "\r\n\r\n"), 0, NULL);
    assert_non_null(document);
    const json_t *paths = json_object_get(document, "paths");
    for (int a = 0; api_areas[a]; a++)
        AREA_ENDPOINTS (e, api_areas[a]) {
            if (is_described(paths, e->path, methods[e->method]) == e->hidden)
                fail_msg("%s %s", methods[e->method], e->path);
            if (e->also && is_described(paths, e->also, methods[e->method]) == e->hidden)
                fail_msg("%s %s", methods[e->method], e->also);
        }
    json_decref(document);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ready_is_open_with_a_database_and_not_draining), TEST(health_is_what_the_database_says),
        TEST(unhealthy_at_once_without_a_database),           TEST(who_asks_meanwhile_gets_the_same_answer),
        TEST(a_database_that_says_nothing_is_not_waited_for), TEST(the_document_describes_every_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
