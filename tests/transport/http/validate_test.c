/* Validate: what an endpoint's table makes of path, query, JSON and forms, and in which order checks come. */
#include "http_help.h"

static int setup(void **state)
{
    server_defaults();
    server_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return 0;
}

struct row {
    const char *target, *type, *body;
    int status;
    const char *answer; /* the whole body, or (422) a part of it */
};

static void check(const char *method, const struct row *row)
{
    struct client *c = client_open();
    char head[600];
    snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n%s%s%s\r\n", method, row->target,
             row->body ? strlen(row->body) : 0, row->type ? "Content-Type: " : "", row->type ? row->type : "",
             row->type ? "\r\n" : "");
    client_puts(c, head);
    client_puts(c, row->body ? row->body : "");
    int status = client_read(c);
    bool right =
        status == row->status && (status == 200 ? !strcmp(c->body, row->answer) : strstr(c->body, row->answer) != NULL);
    if (!right)
        fail_msg("%s %s: %d %s", row->target, row->body ? row->body : "", status, c->body);
    client_close(c);
}

#define CHECK(method, rows)                                                                                            \
    for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                                                         \
    check(method, &(rows)[i])

static void paths_and_queries(void **state)
{
    static const struct row rows[] = {
        { "/int/5", NULL, NULL, 200, "5 100" },
        { "/int/-5?limit=7", NULL, NULL, 200, "-5 7" },
        { "/int/2147483647?limit=1&limit=9", NULL, NULL, 200, "2147483647 9" },
        { "/int/2147483648", NULL, NULL, 422, "{\"loc\":[\"path\",\"id\"],\"msg\":\"value is out of the range" },
        { "/int/99999999999999999999999", NULL, NULL, 422, "\"path\",\"id\"" },
        { "/int/x", NULL, NULL, 422, "\"type\":\"type_error.integer\"" },
        { "/int/%20", NULL, NULL, 422, "\"type\":\"type_error.integer\"" },
        { "/int/1%00", NULL, NULL, 422, "\"type\":\"type_error.integer\"" },
        { "/int/1?limit=0", NULL, NULL, 422,
          "ensure this value is greater than or equal to 1\",\"type\":\"value_error.number.not_ge" },
        { "/int/1?limit=1001", NULL, NULL, 422, "\"type\":\"value_error.number.not_le\"" },
        { "/int/1?limit=", NULL, NULL, 422, "\"query\",\"limit\"" },
        { "/int/x?limit=x", NULL, NULL, 422,
          "\"path\",\"id\"],\"msg\":\"value is not a valid integer\",\"type\":\"type_error.integer\"},{\"loc\":[\"query\"" },
        { "/int/1?limit=%zz", NULL, NULL, 400, "{\"detail\":\"Bad request\"}" },
        { "/int/static", NULL, NULL, 200, "{\"hello\":true}" },
        { "/text/a%2Fb", NULL, NULL, 200, "a/b" },
        { "/text/%C3%BC", NULL, NULL, 200, "\xc3\xbc" },
        { "/text/a%00", NULL, NULL, 422, "value_error.nul" },
        { "/text/%ff", NULL, NULL, 422, "value_error.utf8" },
        { "/text", NULL, NULL, 404, "{\"detail\":\"Not Found\"}" },
        { "/text//", NULL, NULL, 404, "Not Found" },
        { "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s", NULL, NULL, 404, "Not Found" },
    };
    CHECK("GET", rows);
}

static void json_bodies(void **state)
{
    static const char json[] = "application/json";
    static const struct row rows[] = {
        { "/echo", json, "{\"word\":\"abc\",\"n\":7,\"flag\":false}", 200, "word=abc n=7 flag=0 has=1 object=" },
        { "/echo", NULL, "{\"word\":\"abc\"}", 200, "word=abc n=0 flag=1 has=0 object=" },
        { "/echo", "application/vnd.api+json; charset=utf-8", "{\"word\":\"a\"}", 200,
          "word=a n=0 flag=1 has=0 object=" },
        { "/echo", json, "{\"word\":\"\\u00fc\\u00fc\\u00fc\\u00fc\\u00fc\",\"n\":null}", 200,
          "word=\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc n=0 flag=1 has=0 object=" },
        { "/echo", json, "{\"word\":\"a\",\"n\":\"5\"}", 200, "word=a n=5 flag=1 has=0 object=" },
        { "/echo", json, "{\"word\":\"a\",\"n\":5.0}", 200, "word=a n=5 flag=1 has=0 object=" },
        { "/echo", json,
          "{\"word\":\"x\",\"word\":\"a\", \"object\": { \"k\" : [1.50, \"a b\"] ,\"z\":12345678901234567}}", 200,
          "word=a n=0 flag=1 has=0 object={\"k\":[1.50,\"a b\"],\"z\":12345678901234567}" },
        { "/echo", "text/plain", "{\"word\":\"a\"}", 422, "{\"loc\":[\"body\"],\"msg\":\"value is not a valid dict\"" },
        { "/echo", json, "", 422, "{\"loc\":[\"body\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"}" },
        { "/echo", json, "{\"word\":", 422, "{\"detail\":[{\"loc\":[\"body\",8]," },
        { "/echo", json, "{} x", 422, "\"type\":\"value_error.jsondecode\"" },
        { "/echo", json, "[]", 422, "\"type\":\"type_error.dict\"" },
        { "/echo", json, "null", 422, "\"type\":\"type_error.dict\"" },
        { "/echo", json, "{\"n\":0}", 422,
          "[{\"loc\":[\"body\",\"word\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"},"
          "{\"loc\":[\"body\",\"n\"],\"msg\":\"ensure this value is greater than or equal to 1\"" },
        { "/echo", json, "{\"word\":5}", 422, "\"type\":\"type_error.str\"" },
        { "/echo", json, "{\"word\":null}", 422, "\"type\":\"type_error.none.not_allowed\"" },
        { "/echo", json, "{\"word\":\"abcdef\"}", 422, "ensure this value has at most 5 characters" },
        { "/echo", json, "{\"word\":\"\"}", 422, "ensure this value has at least 1 characters" },
        { "/echo", json, "{\"word\":\"a\\u0000\"}", 422, "value_error.nul" },
        { "/echo", json, "{\"word\":\"\xff\"}", 422, "value_error.jsondecode" },
        { "/echo", json, "{\"word\":\"a\",\"n\":true}", 422, "type_error.integer" },
        { "/echo", json, "{\"word\":\"a\",\"n\":5.5}", 422, "type_error.integer" },
        { "/echo", json, "{\"word\":\"a\",\"flag\":\"perhaps\"}", 422, "type_error.bool" },
        { "/echo", json, "{\"word\":\"a\",\"object\":[]}", 422, "type_error.dict" },
        { "/echo", json,
          "{\"word\":\"a\",\"object\":{\"a\":\"0123456789012345678901234567890123456789012345678901234567890\"}}", 422,
          "value_error.dict.max_size" },
        { "/echo", json, "{\"word\":\"a\",\"object\":{\"a\":\"\\u0000\"}}", 422, "value_error.nul" },
        { "/maybe?word=q", NULL, NULL, 200, "word=q n=0 flag=1 has=0 object=" },
        { "/maybe?word=q&flag=off", json, "{\"flag\":true}", 200, "word=q n=0 flag=0 has=1 object=" },
        { "/maybe?word=q", json, "{\"flag\":false}", 200, "word=q n=0 flag=0 has=1 object=" },
        { "/maybe?word=q", json, "{", 422, "value_error.jsondecode" },
        { "/ignore", json, "{ not json", 200, "{}" },
    };
    CHECK("POST", rows);
}

static void forms(void **state)
{
    static const char coded[] = "application/x-www-form-urlencoded", parts[] = "multipart/form-data; boundary=B";
    static const struct row rows[] = {
        { "/m/first/form", coded, "id=5&name=a+%C3%BC", 200, "form a \xc3\xbc 5" },
        { "/m/first/form", coded, "id=5&id=6&name=", 200, "form - 6" },
        { "/m/first/form?id=9", coded, "id=5", 200, "form - 5" },
        { "/m/first/form", parts, "--B\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n5\r\n--B--\r\n", 200,
          "form - 5" },
        { "/m/first/form", parts, "--B--", 422, "{\"loc\":[\"body\",\"id\"],\"msg\":\"field required\"" },
        { "/m/first/form", parts, "", 422, "{\"loc\":[\"body\",\"id\"],\"msg\":\"field required\"" },
        { "/m/first/form", parts, "--B\r\nContent-Disposition: form-data; name=id; filename=f\r\n\r\n5\r\n--B--", 422,
          "type_error.str" },
        { "/m/first/form", parts, "--B\r\nContent-Disposition: form-data; name=id\r\n\r\n5\r\n", 400,
          "parsing the body" },
        { "/m/first/form", "multipart/form-data", "--B--", 400, "Missing boundary" },
        { "/m/first/form", coded, "id=%zz", 400, "parsing the body" },
        { "/m/first/form", coded, "id=x&name=abcdef", 422, "{\"loc\":[\"body\",\"name\"]" },
        { "/m/first/form", coded, "id=1&name=%00", 422, "value_error.nul" },
        { "/m/first/form", "application/json", "{\"id\":5}", 422, "field required" },
        { "/m/first/form", NULL, NULL, 422, "field required" },
        /* two areas share the path: the content type chooses */
        { "/form", coded, "id=5", 200, "form - 5" },
        { "/form", "application/json", "{\"id\":5,\"name\":\"json\"}", 200, "form json 5" },
        { "/form", parts, "--B--", 422, "\"id\"" },
    };
    CHECK("POST", rows);
}

/* Aliases, lists, days and times; an area that repeats what was sent. */
static void other_kinds_of_values(void **state)
{
    static char many[4000] = "{\"theDay\":\"2025-10-26\",\"listOf\":[";
    static char long_text[400] = "{\"theDay\":[\"";
    memset(long_text + strlen(long_text), 'x', 300);
    strcat(long_text, "\"]}");
    for (int i = 0; i < 300; i++)
        strcat(many, i ? ",5" : "5");
    strcat(many, "]}");
    const struct row rows[] = {
        { "/values", NULL, "{\"theDay\":\"2025-10-26\"}", 200, "day=2025-10-26 at=0 list= to=0" },
        { "/values?to_n=5", NULL, "{\"the_day\":\"2025-10-26\",\"at\":\"00:01\",\"list_of\":[{\"roll_no\":\"a\"}]}",
          200, "day=2025-10-26 at=60 list=[{\"roll_no\":\"a\"}] to=5" },
        { "/values?to_n=5&toN=6", NULL, "{\"the_day\":\"x\",\"theDay\":\"2025-10-26\",\"listOf\":[]}", 200,
          "day=2025-10-26 at=0 list=[] to=6" },
        { "/values", NULL, "{\"theDay\":\"2025-10-26\",\"a_thing\":{}}", 200, "day=2025-10-26 at=0 list= to=0" },
        { "/values", NULL, "{\"theDay\":\"2025-10-26\",\"a_thing\":{\"k\":\"0123456789012345\"}}", 422,
          "{\"loc\":[\"body\",\"thing\"],\"msg\":\"ensure this object" },
        { "/values", NULL, "{\"theDay\":\"2025-02-30\"}", 400, "Empty message" },
        { "/values", NULL, "{\"theDay\":\"\",\"at\":\"9:00\"}", 422,
          "{\"detail\":[{\"loc\":[\"body\",\"at\"],\"msg\":\"value is not a time of the form HH:MM or HH:MM:SS\","
          "\"type\":\"value_error.time\",\"input\":\"9:00\"}]}" },
        { "/values", NULL, "{\"theDay\":5}", 422,
          "\"msg\":\"str type expected\",\"type\":\"type_error.str\",\"input\":5}]" },
        { "/values", NULL, "{}", 422, "\"type\":\"value_error.missing\",\"input\":null}]" },
        { "/values", NULL, "[1]", 422, "\"loc\":[\"body\"],\"msg\":\"value is not a valid dict\"" },
        { "/values", NULL, "{", 422, "\"type\":\"value_error.jsondecode\",\"input\":null}]" },
        { "/values?toN=%C3%BC", NULL, "{\"theDay\":\"2025-10-26\"}", 422,
          "{\"loc\":[\"query\",\"toN\"],\"msg\":\"value is not a valid integer\",\"type\":\"type_error.integer\","
          "\"input\":\"\xc3\xbc\"}" },
        { "/values?toN=%FF", NULL, "{\"theDay\":\"2025-10-26\"}", 422, "\"input\":null}" },
        { "/values", NULL, long_text, 422, "\"input\":null}" },
        { "/values", NULL, "{\"theDay\":\"2025-10-26\",\"listOf\":[{\"rollNo\":\"a\"},{\"rollNo\":\"abcd\"}]}", 422,
          "{\"detail\":[{\"loc\":[\"body\",\"listOf\",1,\"rollNo\"],\"msg\":\"ensure this value has at most 3 characters\","
          "\"type\":\"value_error.any_str.max_length\",\"input\":\"abcd\"}]}" },
        { "/values", NULL, "{\"theDay\":\"2025-10-26\",\"listOf\":[7]}", 422,
          "{\"loc\":[\"body\",\"listOf\",0],\"msg\":" },
        { "/values", NULL, "{\"theDay\":\"2025-10-26\",\"listOf\":\"a\"}", 422,
          "{\"loc\":[\"body\",\"listOf\"],\"msg\":" },
        { "/values", NULL, many, 422,
          "{\"loc\":[\"body\",\"listOf\"],\"msg\":\"ensure this value has at most 2 items\"" },
    };
    CHECK("POST", rows);
    static const struct row wide[] = {
        { "/wide/5000000000", NULL, NULL, 200, "{\"hello\":true}" },
        { "/wide/9223372036854775808", NULL, NULL, 422, "value is out of the range of its type" },
        { "/wide/x", NULL, NULL, 422, "value is not a valid integer" },
    };
    CHECK("GET", wide);
}

static void faults_in_words(void **state)
{
    static const struct row posts[] = {
        { "/told", NULL, "{\"theDay\":\"2025-10-26\",\"at\":\"09:30\"}", 200, "day=2025-10-26 at=34200 list= to=0" },
        { "/told", NULL, "{", 400, "{\"detail\":\"body: malformed JSON\"}" },
        { "/told", NULL, "[]", 400, "{\"detail\":\"body: value is not a valid dict\"}" },
        { "/told", NULL, NULL, 400, "{\"detail\":\"body: field required\"}" },
        { "/told", NULL, "{}", 400, "{\"detail\":\"theDay: field required\"}" },
        { "/told?toN=x", NULL, "{\"at\":\"9\"}", 400,
          "{\"detail\":\"toN: value is not a valid integer; theDay: field required; at: value is not a time of the form" },
        { "/told", NULL, "{\"theDay\":\"x\"}", 400, "{\"detail\":\"Empty message\"}" },
        { "/told", NULL, "{\"theDay\":\"2025-10-26\",\"listOf\":[{}]}", 400,
          "{\"detail\":\"rollNo: field required\"}" },
    };
    static const struct row gets[] = { { "/told/x", NULL, NULL, 400,
                                         "{\"detail\":\"id: value is not a valid integer\"}" } };
    CHECK("POST", posts);
    CHECK("GET", gets);
}

static void checks_come_in_order(void **state)
{
    static const struct row rows[] = {
        { "/json-first", NULL, "{", 422, "jsondecode" },
        { "/json-first", NULL, "{}", 400, "user_id query param required" },
        { "/json-first?user_id=2", NULL, "{}", 403, "Teacher role required" },
        { "/json-first?user_id=2&user_id=1", NULL, "{}", 422, "field required" },
        { "/json-first?user_id=1", NULL, "{\"word\":\"a\"}", 200, "word=a n=0 flag=1 has=0 object=" },
        { "/who-first", NULL, "{", 400, "user_id query param required" },
        { "/who-first?user_id=2", NULL, "{", 401, "Not authenticated" },
        { "/who-first?user_id=1", NULL, "{", 422, "jsondecode" },
    };
    CHECK("POST", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_queries),
        cmocka_unit_test(json_bodies),
        cmocka_unit_test(forms),
        cmocka_unit_test(faults_in_words),
        cmocka_unit_test(other_kinds_of_values),
        cmocka_unit_test(checks_come_in_order),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
