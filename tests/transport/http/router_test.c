/* Router: which endpoint a path leads to, and tables that are refused. */
#include "http_help.h"

#include <stdlib.h>

static void handle(struct request *rq)
{
}

static const struct endpoint a_endpoints[] = {
    { GET, "/", ANYONE, .handle = handle, .summary = "a root" },
    { GET, "/x/{id:int32}", ANYONE, .handle = handle, .summary = "a int" },
    { GET, "/x/me", ANYONE, .handle = handle, .summary = "a me" },
    { GET, "/x/{id:int32}/y", ANYONE, .handle = handle, .summary = "a y" },
    { POST, "/x/{id:int32}", ANYONE, .handle = handle, .summary = "a post" },
    {},
};
static const struct endpoint b_endpoints[] = {
    { GET, "/x/{id:uuid}", ANYONE, .handle = handle, .summary = "b uuid" },
    { GET, "/x/{name:text}/z", ANYONE, .handle = handle, .summary = "b z" },
    { GET, "/x/{id:int32}", ANYONE, .handle = handle, .summary = "b int" },
    { DELETE, "/x/me", ANYONE, .handle = handle, .summary = "b me" },
    { GET, "/f/{file:path}", ANYONE, .handle = handle, .summary = "b rest" },
    { GET, "/f/here", ANYONE, .handle = handle, .summary = "b here" },
    { GET, "/two/{id:text}/x", ANYONE, .also = "/other/way/{id:text}/x", .handle = handle, .summary = "b two" },
    {},
};
static const struct area a = { .name = "a", .endpoints = { a_endpoints } },
                         b = { .name = "b", .endpoints = { b_endpoints } };
static const struct area *const areas[] = { &a, &b, NULL };

#define UUID "01234567-89ab-cdef-0123-456789abcdef"

static const char *find(const struct router *r, enum method method, const char *path, struct match *m)
{
    static struct text segments[PATH_SEGMENTS_MOST];
    int n = 0;
    for (const char *at = path; *at && at[1]; n++) {
        const char *end = strchrnul(at + 1, '/');
        segments[n] = (struct text){ at + 1, (size_t)(end - at - 1) };
        at = end;
    }
    router_match(r, method, (struct text){ 0 }, segments, n, m);
    return m->routes ? m->routes[0]->endpoint->summary : m->methods ? "method" : "none";
}

static void paths(void **state)
{
    static const struct {
        enum method method;
        const char *path, *found;
        int params;
    } rows[] = {
        { GET, "/", "a root", 0 },
        { GET, "/x/5", "a int", 1 },
        { GET, "/x/-5", "a int", 1 },
        { GET, "/x/" UUID, "b uuid", 1 },
        { GET, "/x/me", "a me", 0 },
        { DELETE, "/x/me", "b me", 0 },
        { POST, "/x/me", "method", 0 },
        { POST, "/x/5", "a post", 1 },
        { PUT, "/x/5", "method", 1 },
        { GET, "/x/5/y", "a y", 1 },
        { GET, "/x/me/y", "a y", 1 },
        { GET, "/x/me/z", "b z", 1 },
        { GET, "/x/word", "a int", 1 },
        { GET, "/x//y", "none", 0 },
        { GET, "/x", "none", 0 },
        { GET, "/X/5", "none", 0 },
        { GET, "/m/b/x/5", "b int", 1 },
        { GET, "/m/a/x/" UUID, "a int", 1 },
        { GET, "/m/b/x/me", "method", 0 },
        { GET, "/m/c/x/me", "none", 0 },
        { GET, "/f/a/b/c", "b rest", 1 },
        { GET, "/f/here", "b here", 0 },
        { GET, "/f/here/x", "b rest", 1 },
        { GET, "/f", "none", 0 },
        { GET, "/f/a//b", "none", 0 },
        { POST, "/f/a", "method", 1 },
        { GET, "/two/5/x", "b two", 1 },
        { GET, "/other/way/5/x", "b two", 1 },
        { GET, "/m/b/other/way/5/x", "b two", 1 },
        { GET, "/m/a/two/5/x", "none", 0 },
    };
    struct buf why = { 0 };
    struct router *r = router_create(areas, "", &why);
    assert_non_null(r);
    assert_non_null(r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct match m;
        const char *found = find(r, rows[i].method, rows[i].path, &m);
        if (strcmp(found, rows[i].found) != 0)
            fail_msg("%s: %s", rows[i].path, found);
        assert_int_equal(m.nparams, rows[i].params);
        assert_non_null(m.area);
    }
    router_destroy(r);
}

static void the_rest_of_a_path(void **state)
{
    struct text odd[] = { TEXT("f"), TEXT("a"), TEXT("b/../c") };
    struct buf why = { 0 };
    struct router *r = router_create(areas, "", &why);
    assert_non_null(r);
    struct match m;
    assert_string_equal(find(r, GET, "/m/b/f/a/b", &m), "b rest");
    assert_int_equal(m.nrest, 2);
    assert_true(text_is(m.rest[0], "a") && text_is(m.rest[1], "b"));
    find(r, GET, "/x/5", &m);
    assert_int_equal(m.nrest, 0);
    router_match(r, GET, (struct text){ 0 }, odd, 3, &m); /* a slash that came encoded */
    assert_null(m.routes);
    router_destroy(r);
}

static void which_area_was_named(void **state)
{
    struct text x[] = { TEXT("x"), TEXT("5") };
    struct buf why = { 0 };
    struct router *r = router_create(areas, "b=b.test", &why);
    assert_non_null(r);
    struct match m;
    find(r, GET, "/x/5", &m);
    assert_true(!m.scope && !m.mounted);
    find(r, GET, "/m/b/x/5", &m);
    assert_true(m.scope == &b && m.mounted);
    router_match(r, GET, TEXT("b.test:80"), x, 2, &m);
    assert_true(m.scope == &b && !m.mounted);
    router_destroy(r);
}

static enum identified identify(struct request *rq, enum error *ret_why)
{
    return IDENTIFIED;
}

static const struct statement_param params[] = { { "path.id", "int4", 23 },         { "query.q", "text", 25 },
                                                 { "body.f", "jsonb", 3802 },       { "caller.user_id", "int4", 23 },
                                                 { "config.max_body", "int8", 20 }, { "form.f", "text", 25 } };
static const struct statement_param columns[] = { { "status", "int4", 23 }, { "body", "json", 114 } };
static const struct statement_param unknown[] = { { "query.nothing", "int4", 23 } },
                                    secret[] = { { "config.jwt_secret", "text", 25 } },
                                    odd[] = { { "path.id", "int4[]", 1007 } };
static const struct field query[] = { { "q", FIELD_TEXT }, {} }, body[] = { { "f", FIELD_TEXT }, {} };

static void tables_that_are_wrong_stop_the_start(void **state)
{
    static const struct {
        const char *path;
        struct statement st;
        const char *hosts, *why; /* why NULL: all is well */
    } rows[] = {
        { "/x/{id:int32}",
          { .name = "S", .params = params, .nparams = 6, .columns = columns, .ncolumns = 2 },
          "a=x",
          NULL },
        { "/x/{id:int32}",
          { .name = "S", .params = unknown, .nparams = 1, .columns = columns, .ncolumns = 2 },
          "",
          "query.nothing" },
        { "/x/{id:int32}",
          { .name = "S", .params = secret, .nparams = 1, .columns = columns, .ncolumns = 2 },
          "",
          "jwt_secret" },
        { "/x/{id:int32}",
          { .name = "S", .params = odd, .nparams = 1, .columns = columns, .ncolumns = 2 },
          "",
          "int4[]" },
        { "/x/{id:int32}", { .name = "S", .columns = columns, .ncolumns = 1 }, "", "status and body" },
        { "/x/{id:number}", { .name = "S", .columns = columns, .ncolumns = 2 }, "", "malformed" },
        { "/{file:path}/x", { .name = "S", .columns = columns, .ncolumns = 2 }, "", "malformed" },
        { "x", { .name = "S", .columns = columns, .ncolumns = 2 }, "", "malformed" },
        { "/x", { .name = "S", .columns = columns, .ncolumns = 2 }, "nobody=x", "nobody" },
        { "/x", { .name = "S", .columns = columns, .ncolumns = 2 }, "a", "names no area" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct endpoint table[] = { { POST, rows[i].path, KNOWN, .statement = &rows[i].st, .query = query,
                                            .body_kind = BODY_JSON, .body = body },
                                          {} };
        const struct area area = { .name = "a", .endpoints = { table }, .identify = identify };
        const struct area *const list[] = { &area, NULL };
        struct buf why = { 0 };
        struct router *r = router_create(list, rows[i].hosts, &why);
        buf_putc(&why, 0);
        assert_int_equal(r == NULL, rows[i].why != NULL);
        if (rows[i].why && !strstr(why.p, rows[i].why))
            fail_msg("%s does not say %s", why.p, rows[i].why);
        router_destroy(r);
        buf_fini(&why);
    }
}

static void another_path_gives_the_same_values(void **state)
{
    static const struct {
        const char *path, *also;
        bool good;
    } rows[] = {
        { "/x/{id:int32}", "/y/{id:int32}", true },
        { "/x", "/y/z", true },
        { "/x/{id:int32}", "/y", false },
        { "/x", "/y/{id:int32}", false },
        { "/x/{id:int32}", "/y/{id:text}", false },
        { "/x/{a:text}/{b:text}", "/y/{b:text}/{a:text}", false },
        { "/x", "y", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct endpoint table[] = { { GET, rows[i].path, ANYONE, .also = rows[i].also, .handle = handle }, {} };
        const struct area area = { .name = "a", .endpoints = { table } };
        const struct area *const list[] = { &area, NULL };
        struct buf why = { 0 };
        struct router *r = router_create(list, "", &why);
        assert_int_equal(r != NULL, rows[i].good);
        router_destroy(r);
        buf_fini(&why);
    }
}

static void content_types(void **state)
{
    assert_true(content_type_json(TEXT("application/json")));
    assert_true(content_type_json(TEXT("Application/JSON ; charset=x")));
    assert_true(content_type_json(TEXT("application/a+json")));
    assert_false(content_type_json(TEXT("application/jsonx")));
    assert_false(content_type_json(TEXT("application/+json")));
    assert_false(content_type_json(TEXT("text/json")));
    assert_false(content_type_json((struct text){ 0 }));
    assert_true(content_type_form(TEXT("multipart/form-data; boundary=x")));
    assert_true(content_type_form(TEXT("application/x-www-form-urlencoded")));
    assert_false(content_type_form(TEXT("multipart/form-datax")));
    assert_false(content_type_form((struct text){ 0 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(another_path_gives_the_same_values),
        cmocka_unit_test(the_rest_of_a_path),
        cmocka_unit_test(which_area_was_named),
        cmocka_unit_test(tables_that_are_wrong_stop_the_start),
        cmocka_unit_test(content_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
