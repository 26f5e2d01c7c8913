/* Service: alive, ready, healthy, and the document of everything. */
#include "tests/transport/room_help.h"
#include "transport/api/api.h"

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

static void ready_is_open_with_a_database_and_not_draining(void **state)
{
    assert_int_equal(get("/livez"), 200);
    assert_int_equal(get("/readyz"), 503);
    assert_non_null(strstr(answer, "\"started\":false,\"database\":true,\"not_draining\":true"));
    room_do(open_it);
    assert_int_equal(get("/readyz"), 200);
    assert_non_null(strstr(answer, "\"status\":\"ready\""));
    room_db_away(true);
    assert_int_equal(get("/readyz"), 503);
    assert_non_null(strstr(answer, "\"database\":false"));
    room_db_away(false);
    room_do(drain_it);
    assert_int_equal(get("/readyz"), 503);
    assert_non_null(strstr(answer, "\"not_draining\":false"));
    assert_int_equal(get("/livez"), 200);
}

static void healthy_is_with_a_database(void **state)
{
    assert_int_equal(get("/health"), 200);
    assert_int_equal(get("/m/classroom/health"), 200);
    room_db_away(true);
    assert_int_equal(get("/health"), 503);
    assert_non_null(strstr(answer, "\"failing\":[\"database\"]"));
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
            char path[256], *to = path;
            for (const char *at = e->path; *at; at++) /* "{id:int32}" stands as "{id}" */
                if (*at == ':')
                    at += strcspn(at, "}") - 1;
                else
                    *to++ = *at;
            *to = 0;
            if (!json_object_get(json_object_get(paths, path), methods[e->method]) == !e->hidden)
                fail_msg("%s %s", methods[e->method], path);
        }
    json_decref(document);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ready_is_open_with_a_database_and_not_draining),
        TEST(healthy_is_with_a_database),
        TEST(the_document_describes_every_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
