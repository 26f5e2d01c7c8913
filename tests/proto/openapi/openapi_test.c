/* OpenAPI: the document of a small table is JSON and says what the table says. */
#include "proto/openapi/openapi.h"
#include "tests/test.h"

#include <jansson.h>
#include <string.h>

static void handle(struct request *rq)
{
}

static enum identified identify(struct request *rq, enum error *ret_why)
{
    return IDENTIFIED;
}

static bool let_in(struct request *rq)
{
    return true;
}

static const char *const roles[] = { "teacher", "student", NULL };
static const struct field query[] = { { "limit", FIELD_INT32, .def = "100", .min = 1, .max = 1000,
                                        .about = "how \"many\"" },
                                      { "deep", FIELD_BOOL, .def = "true" },
                                      {} };
static const struct field items[] = { { "n", FIELD_INT32, .required = true }, {} };
static const struct field body[] = { { "name", FIELD_TEXT, .required = true, .min = 1, .max = 200 },
                                     { "role", FIELD_TEXT, .required = true, .oneof = roles },
                                     { "speed", FIELD_REAL, .def = "1.0", .max = 4, .above = true },
                                     { "extra", FIELD_OBJECT, .nullable = true },
                                     { "key", FIELD_UUID },
                                     { "wide", FIELD_INT64, .def = "7" },
                                     { "day", FIELD_DATE, .nullable = true },
                                     { "at", FIELD_TIME },
                                     { "list", FIELD_LIST, .max = 5, .items = items },
                                     {} };
static const struct field upload[] = { { "file", FIELD_FILE, .required = true }, {} };
static const struct answer answers[] = {
    { 200, "Done", "{\"type\":\"object\"}" }, { 404, "No such thing", NULL }, { 404, "Nor this", NULL }, {}
};
static const struct answer table[] = { { 200, "A table", .content = "text/csv" }, { 404, "None" }, {} };
static const struct endpoint first[] = {
    { GET, "/x/{id:int32}", KNOWN, .handle = handle, .query = query, .answers = answers, .summary = "Reads" },
    { DELETE, "/x/{id:int32}", KNOWN, .handle = handle },
    { POST, "/x", ANYONE, .handle = handle, .body_kind = BODY_JSON, .body = body, .example = "{\"name\":\"a\"}" },
    { POST, "/up", ANYONE, .handle = handle, .body_kind = BODY_FORM, .body = upload, .example = "file=..." },
    { GET, "/hidden", ANYONE, .handle = handle, .hidden = true },
    { GET, "/plain", ANYONE, .handle = handle },
    { GET, "/told", KNOWN, .handle = handle, .refusals = REFUSALS(ERROR_SESSION_NOT_FOUND, ERROR_SESSION_ENDED),
      .gives = "{\"id\":1,\"score\":0.5,\"name\":\"Ada\",\"here\":true,\"left\":null,\"more\":{},\"list\":[{\"n\":1}],"
               "\"none\":[],\"why?\":\"so\",\"perhaps-\":2,\"counts\":{\"a*\":1}}" },
    { GET, "/table", ANYONE, .handle = handle, .answers = table },
    { GET, "/let-in", KNOWN, .open = let_in, .handle = handle },
    { POST, "/auth/login", ANYONE, .handle = handle, .body_kind = BODY_FORM, .body = body },
    {},
};
static const struct endpoint second[] = {
    { POST, "/x", ANYONE, .handle = handle, .body_kind = BODY_FORM, .body = body },
    { GET, "/pupils", STUDENT, .exactly = true, .handle = handle },
    {},
};
static const struct area one = { .name = "one",
                                 .about = "The first",
                                 .endpoints = { first },
                                 .identify = identify,
                                 .bare_user_id = true },
                         two = { .name = "two", .endpoints = { second }, .identify = identify };
static const struct area *const areas[] = { &one, &two, NULL };

static json_t *document;

/* The value at a path of keys, "" ended; numbers are places in arrays. */
static json_t *at(const char *key, ...)
{
    va_list keys;
    json_t *j = document;
    va_start(keys, key);
    for (; key; key = va_arg(keys, const char *)) {
        j = json_is_array(j) ? json_array_get(j, (size_t)(key[0] - '0')) : json_object_get(j, key);
        if (!j)
            fail_msg("no %s", key);
    }
    va_end(keys);
    return j;
}
#define AT(...) at(__VA_ARGS__, (const char *)NULL)

static int setup(void **state)
{
    struct buf out = { 0 };
    assert_true(openapi_put(&out, &(struct openapi){ areas, "/seeds", .mount = "one", .legacy = true }));
    json_error_t error;
    document = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s at %d: %.*s", error.text, error.position, (int)out.n, out.p);
    buf_fini(&out);
    return 0;
}

static int teardown(void **state)
{
    json_decref(document);
    return 0;
}

static void the_frame(void **state)
{
    assert_string_equal(json_string_value(AT("openapi")), "3.1.0");
    assert_string_equal(json_string_value(AT("servers", "0", "url")), "/seeds/m/one");
    assert_string_equal(json_string_value(AT("tags", "0", "description")), "The first");
    assert_int_equal(json_object_size(AT("paths")), 9);
    assert_string_equal(json_string_value(AT("components", "securitySchemes", "bearer", "scheme")), "bearer");
    AT("components", "securitySchemes", "sign_in", "flows", "password", "tokenUrl");
    AT("components", "securitySchemes", "user_id");
}

static void parameters(void **state)
{
    json_t *list = AT("paths", "/x/{id}", "get", "parameters");
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(json_string_value(AT("paths", "/x/{id}", "get", "parameters", "0", "in")), "path");
    assert_true(json_is_true(AT("paths", "/x/{id}", "get", "parameters", "0", "required")));
    assert_int_equal(json_integer_value(AT("paths", "/x/{id}", "get", "parameters", "1", "schema", "maximum")), 1000);
    assert_int_equal(json_integer_value(AT("paths", "/x/{id}", "get", "parameters", "1", "schema", "default")), 100);
    assert_string_equal(json_string_value(AT("paths", "/x/{id}", "get", "parameters", "1", "schema", "description")),
                        "how \"many\"");
    assert_true(json_is_true(AT("paths", "/x/{id}", "get", "parameters", "2", "schema", "default")));
}

static void bodies(void **state)
{
    json_t *json = AT("paths", "/x", "post", "requestBody", "content", "application/json");
    assert_int_equal(json_array_size(json_object_get(json_object_get(json, "schema"), "required")), 2);
    assert_true(json_is_object(json_object_get(json, "example")));
    AT("paths", "/x", "post", "requestBody", "content", "application/x-www-form-urlencoded");
    AT("paths", "/x", "post", "requestBody", "content", "multipart/form-data");
    assert_int_equal(json_integer_value(AT("paths", "/x", "post", "requestBody", "content", "application/json",
                                           "schema", "properties", "name", "maxLength")),
                     200);
    assert_true(json_is_number(AT("paths", "/x", "post", "requestBody", "content", "application/json", "schema",
                                  "properties", "speed", "exclusiveMinimum")));
    assert_string_equal(json_string_value(AT("paths", "/x", "post", "requestBody", "content", "application/json",
                                             "schema", "properties", "extra", "type", "1")),
                        "null");
    assert_int_equal(json_object_size(AT("paths", "/up", "post", "requestBody", "content")), 1);
    assert_string_equal(
        json_string_value(AT("paths", "/up", "post", "requestBody", "content", "multipart/form-data", "example")),
        "file=...");
}

static json_t *property(const char *name, const char *key)
{
    return AT("paths", "/x", "post", "requestBody", "content", "application/json", "schema", "properties", name, key);
}

static void other_kinds_of_values(void **state)
{
    assert_string_equal(json_string_value(property("wide", "format")), "int64");
    assert_int_equal(json_integer_value(property("wide", "default")), 7);
    assert_string_equal(json_string_value(property("day", "format")), "date");
    assert_int_equal(json_array_size(property("day", "type")), 2);
    assert_true(json_is_string(property("at", "pattern")));
    assert_int_equal(json_integer_value(property("list", "maxItems")), 5);
    assert_string_equal(json_string_value(json_object_get(property("list", "items"), "type")), "object");
    assert_int_equal(json_array_size(json_object_get(property("list", "items"), "required")), 1);
}

static void answers_that_are_not_json(void **state)
{
    json_t *content = AT("paths", "/table", "get", "responses", "200", "content");
    assert_int_equal(json_object_size(content), 1);
    assert_string_equal(
        json_string_value(AT("paths", "/table", "get", "responses", "200", "content", "text/csv", "schema", "type")),
        "string");
    AT("paths", "/table", "get", "responses", "404", "content", "application/json");
}

static void answers_and_security(void **state)
{
    assert_int_equal(json_object_size(AT("paths", "/x/{id}", "get", "responses")), 7); /* 400 for who names nobody */
    AT("paths", "/x/{id}", "get", "responses", "200", "content", "application/json", "schema", "type");
    AT("paths", "/x/{id}", "get", "responses", "404", "content", "application/json", "schema", "$ref");
    AT("paths", "/x/{id}", "get", "responses", "422");
    AT("paths", "/x/{id}", "get", "responses", "401");
    AT("paths", "/plain", "get", "responses", "503");
    AT("paths", "/x/{id}", "delete", "responses", "200");
    assert_int_equal(json_object_size(AT("paths", "/plain", "get", "responses")), 2);
    AT("paths", "/x/{id}", "get", "responses", "403");
    assert_int_equal(json_array_size(AT("paths", "/x/{id}", "get", "security")), 3);
    assert_int_equal(json_array_size(AT("paths", "/pupils", "get", "security")), 2);
    assert_string_equal(json_string_value(AT("paths", "/x/{id}", "get", "x-caller")), "known");
    assert_null(json_object_get(AT("paths", "/x/{id}", "get"), "x-caller-exactly"));
    assert_string_equal(json_string_value(AT("paths", "/pupils", "get", "x-caller")), "student");
    assert_true(json_is_true(AT("paths", "/pupils", "get", "x-caller-exactly")));
    assert_int_equal(json_array_size(AT("paths", "/plain", "get", "security")), 0);
    assert_string_equal(json_string_value(AT("paths", "/let-in", "get", "x-caller")), "anyone");
    assert_null(json_object_get(AT("paths", "/let-in", "get", "responses"), "401"));
}

static void an_example_is_its_schema(void **state)
{
    static const struct {
        const char *name, *type;
    } rows[] = { { "id", "integer" },  { "score", "number" }, { "name", "string" }, { "here", "boolean" },
                 { "more", "object" }, { "list", "array" },   { "none", "array" } };
    json_t *media = AT("paths", "/told", "get", "responses", "200", "content", "application/json");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(media, "example"), "id")), 1);
    json_t *schema = json_object_get(media, "schema"), *properties = json_object_get(schema, "properties");
    assert_int_equal(json_array_size(json_object_get(schema, "required")), 10);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(json_string_value(json_object_get(json_object_get(properties, rows[i].name), "type")),
                            rows[i].type);
    assert_int_equal(json_object_size(json_object_get(properties, "left")), 0);
    assert_int_equal(json_object_size(json_object_get(properties, "more")), 1);
    assert_int_equal(json_object_size(json_object_get(properties, "none")), 1);
    json_t *why = json_object_get(json_object_get(properties, "why"), "type");
    assert_string_equal(json_string_value(json_array_get(why, 0)), "string");
    assert_string_equal(json_string_value(json_array_get(why, 1)), "null");
    assert_string_equal(json_string_value(json_object_get(json_object_get(properties, "perhaps"), "type")), "integer");
    json_t *counts = json_object_get(properties, "counts");
    assert_string_equal(json_string_value(json_object_get(json_object_get(counts, "additionalProperties"), "type")),
                        "integer");
    assert_int_equal(json_array_size(json_object_get(counts, "required")), 0);
    json_t *example = json_object_get(media, "example");
    assert_string_equal(json_string_value(json_object_get(example, "why")), "so");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(example, "counts"), "a")), 1);
    AT("paths", "/told", "get", "responses", "200", "content", "application/json", "schema", "properties", "list",
       "items", "properties", "n");
}

static void refusals_are_told_with_their_words(void **state)
{
    json_t *gone = AT("paths", "/told", "get", "responses", "404");
    assert_string_equal(json_string_value(json_object_get(gone, "description")), "Session not found; User not found");
    assert_int_equal(
        json_object_size(AT("paths", "/told", "get", "responses", "404", "content", "application/json", "examples")),
        2);
    assert_string_equal(json_string_value(AT("paths", "/told", "get", "responses", "400", "content", "application/json",
                                             "examples", "Session already ended", "value", "detail")),
                        "Session already ended");
    assert_string_equal(json_string_value(AT("paths", "/x/{id}", "get", "responses", "404", "description")),
                        "No such thing; Nor this; User not found");
    assert_null(json_object_get(AT("paths", "/told", "get", "responses"), "422"));
    AT("paths", "/x", "post", "responses", "413");
}

static void what_a_server_does_not_offer(void **state)
{
    static const struct area *const areas_without[] = { &two, NULL };
    struct buf out = { 0 };
    assert_true(openapi_put(&out, &(struct openapi){ areas_without, "", .legacy = false }));
    json_t *whole = document;
    document = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    assert_string_equal(json_string_value(AT("servers", "0", "url")), "/");
    assert_int_equal(json_object_size(AT("components", "securitySchemes")), 1);
    json_decref(document);
    document = whole;
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_frame),
                                        cmocka_unit_test(an_example_is_its_schema),
                                        cmocka_unit_test(refusals_are_told_with_their_words),
                                        cmocka_unit_test(what_a_server_does_not_offer),
                                        cmocka_unit_test(parameters),
                                        cmocka_unit_test(bodies),
                                        cmocka_unit_test(answers_and_security),
                                        cmocka_unit_test(answers_that_are_not_json),
                                        cmocka_unit_test(other_kinds_of_values) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
