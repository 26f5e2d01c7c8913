/* Bind: the parameters a statement gets from a request, and what becomes of its result. The database is a fake that
 * keeps the parameters and gives the answer a test has set. */
#include "http_help.h"

#include <arpa/inet.h>
#include <endian.h>

static struct {
    int n;
    char bytes[DB_MAX_PARAMS][64];
    int lengths[DB_MAX_PARAMS]; /* -1: null */
} sent;
static struct {
    enum db_status status;
    int rows;
    const char *code, *body; /* body NULL: null */
    bool full;
} given;

static struct {
    db_done *done;
    void *arg;
} waiting;

static struct text fake_value(const struct db_result *r, int row, int column)
{
    return text_of(column == 0 ? given.code : given.body);
}

static bool fake_up(const struct db *db)
{
    return true;
}

static bool fake_query(struct db *db, const struct statement *st, const struct db_params *p, db_done *done, void *arg);
static const struct db_ops ops = { .query = fake_query, .value = fake_value, .up = fake_up };

static void answer(struct worker *w, void *arg)
{
    struct db_result r = {
        .status = given.status, .sqlstate = "23505", .constraint = "", .rows = given.rows, .ops = &ops
    };
    waiting.done(waiting.arg, &r);
}

static bool fake_query(struct db *db, const struct statement *st, const struct db_params *p, db_done *done, void *arg)
{
    if (given.full)
        return false;
    sent.n = p->n;
    for (int i = 0; i < p->n; i++) {
        sent.lengths[i] = p->values[i] ? p->lengths[i] : -1;
        assert_true(sent.lengths[i] <= (int)sizeof *sent.bytes);
        if (p->values[i])
            memcpy(sent.bytes[i], p->values[i], (size_t)p->lengths[i]);
    }
    waiting.done = done;
    waiting.arg = arg;
    return worker_call(worker_current(), answer, NULL);
}

static const struct statement_param params[] = {
    { "caller.user_id", "int4", 23 },  { "path.id", "int4", 23 },
    { "path.id", "int8", 20 },         { "query.limit", "int4", 23 },
    { "query.word", "text", 25 },      { "body.flag", "bool", 16 },
    { "body.speed", "float8", 701 },   { "body.extra", "jsonb", 3802 },
    { "body.extra", "json", 114 },     { "body.key", "uuid", 2950 },
    { "config.max_body", "int8", 20 }, { "config.listen", "text", 25 },
    { "body.the_day", "date", 1082 },  { "body.at", "time", 1083 },
    { "body.list", "jsonb", 3802 },    { "caller.role", "text", 25 },
    { "caller.account", "int4", 23 },  { "caller.session", "int8", 20 },
    { "given.extra", "bool", 16 },     { "given.note", "bool", 16 },
    { "body.note", "text", 25 },       { "config.practice_session_minutes", "float8", 701 },
};
static const struct statement_param columns[] = { { "status", "int4", 23 }, { "body", "json", 114 } };
static const struct statement statement = {
    .name = "S", .params = params, .nparams = sizeof params / sizeof *params, .columns = columns, .ncolumns = 2
};

static const struct field query[] = { { "limit", FIELD_INT32, .def = "100" }, { "word", FIELD_TEXT }, {} };
static const struct field items[] = { { "n", FIELD_INT32 }, {} };
static const struct field body[] = {
    { "theDay", FIELD_DATE, .alias = "the_day" },
    { "at", FIELD_TIME },
    { "list", FIELD_LIST, .max = 5, .items = items },
    { "flag", FIELD_BOOL },
    { "speed", FIELD_REAL },
    { "extra", FIELD_OBJECT },
    { "key", FIELD_UUID },
    { "note", FIELD_TEXT, .nullable = true },
    {},
};

static enum identified identify(struct request *rq, enum error *ret_why)
{
    request_caller(rq)->user_id = 42;
    request_caller(rq)->rank = KNOWN;
    request_caller(rq)->role = TEXT("king");
    request_caller(rq)->account = 7;
    request_caller(rq)->session = INT64_C(1) << 40;
    return IDENTIFIED;
}

static const struct endpoint endpoints[] = { { POST, "/s/{id:int32}", KNOWN, .statement = &statement, .query = query,
                                               .body_kind = BODY_JSON_OPTIONAL, .body = body },
                                             {} };
static const struct area area = { .name = "a", .endpoints = { endpoints }, .identify = identify };
static const struct area *const areas[] = { &area, NULL };

static struct db fake = { &ops };

static int setup(void **state)
{
    server_defaults();
    config.hosts = "";
    config.listen = "here";
    server_db = &fake;
    server_start(areas);
    given.status = DB_OK;
    given.rows = 1;
    given.code = "200";
    given.body = "{\"ok\":true}";
    given.full = false;
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    server_db = NULL;
    return 0;
}

static int post(const char *target, const char *json, char *ret, size_t size)
{
    char text[600];
    snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s", target, strlen(json),
             json);
    return client_once(text, ret, size);
}

static int64_t number(int i)
{
    uint32_t narrow;
    uint64_t wide;
    memcpy(&narrow, sent.bytes[i], 4);
    memcpy(&wide, sent.bytes[i], 8);
    return sent.lengths[i] == 4 ? (int32_t)ntohl(narrow) : (int64_t)be64toh(wide);
}

static void every_source_and_form(void **state)
{
    char text[600];
    assert_int_equal(
        post("/s/-7?word=a%20b",
             "{\"flag\":true,\"speed\":1.5,\"extra\":{\"a\": 1},\"key\":\"01234567-89ab-cdef-0123-456789abcdef\","
             "\"theDay\":\"2000-01-11\",\"at\":\"00:00:07\",\"list\":[{\"n\":1}]}",
             text, sizeof text),
        200);
    assert_non_null(strstr(text, "\r\n\r\n{\"ok\":true}"));
    assert_int_equal(sent.n, sizeof params / sizeof *params);
    assert_int_equal(number(0), 42);
    assert_int_equal(number(1), -7);
    assert_int_equal(sent.lengths[2], 8);
    assert_int_equal(number(2), -7);
    assert_int_equal(number(3), 100);
    assert_memory_equal(sent.bytes[4], "a b", 3);
    assert_int_equal(sent.bytes[5][0], 1);
    assert_memory_equal(sent.bytes[6], "\x3f\xf8\0\0\0\0\0\0", 8);
    assert_int_equal(sent.lengths[7], 8);
    assert_memory_equal(sent.bytes[7], "\1{\"a\":1}", 8);
    assert_memory_equal(sent.bytes[8], "{\"a\":1}", 7);
    assert_memory_equal(sent.bytes[9], "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
    assert_int_equal(number(10), config.max_body);
    assert_memory_equal(sent.bytes[11], "here", 4);
    assert_int_equal(number(12), 10);
    assert_int_equal(number(13), 7000000);
    assert_memory_equal(sent.bytes[14], "\1[{\"n\":1}]", 10);
    assert_memory_equal(sent.bytes[15], "king", 4);
    assert_int_equal(number(16), 7);
    assert_int_equal(number(17), INT64_C(1) << 40);
    assert_int_equal(sent.bytes[18][0], 1);
    assert_int_equal(sent.bytes[19][0], 0);
    assert_memory_equal(sent.bytes[21], "\x40\x96\x80\0\0\0\0\0", 8); /* 1440 */
}

/* Null clears, what is not there stays. */
static void null_was_given(void **state)
{
    assert_int_equal(post("/s/1", "{\"note\":null}", NULL, 0), 200);
    assert_int_equal(sent.bytes[18][0], 0);
    assert_int_equal(sent.bytes[19][0], 1);
    assert_int_equal(sent.lengths[20], -1);
    assert_int_equal(post("/s/1", "{\"note\":\"\"}", NULL, 0), 200);
    assert_int_equal(sent.bytes[19][0], 1);
    assert_int_equal(sent.lengths[20], 0);
}

static void what_was_not_sent_is_null(void **state)
{
    assert_int_equal(post("/s/1", "", NULL, 0), 200);
    assert_int_equal(number(3), 100); /* a default is a value */
    for (int i = 4; i < 15; i++)
        assert_int_equal(sent.lengths[i], i == 10 ? 8 : i == 11 ? 4 : -1);
}

static void results_become_answers(void **state)
{
    char text[600];
    given.code = "404";
    given.body = "{\"detail\":\"No\"}";
    assert_int_equal(post("/s/1", "", text, sizeof text), 404);
    assert_non_null(strstr(text, "{\"detail\":\"No\"}"));
    given.code = "200";
    given.body = NULL;
    assert_int_equal(post("/s/1", "", text, sizeof text), 200);
    assert_non_null(strstr(text, "\r\n\r\nnull"));
    given.rows = 0;
    assert_int_equal(post("/s/1", "", NULL, 0), 404);
}

static void failures_have_their_answers(void **state)
{
    static const enum db_status passing[] = { DB_AWAY, DB_LOST, DB_RETRY };
    char text[600];
    for (int i = 0; i < 3; i++) {
        given.status = passing[i];
        assert_int_equal(post("/s/1", "", text, sizeof text), 503);
        assert_non_null(strstr(text, "\r\nRetry-After: 1\r\n"));
    }
    given.status = DB_REFUSED;
    assert_int_equal(post("/s/1", "", text, sizeof text), 500);
    assert_null(strstr(text, "23505"));
    given.full = true;
    assert_int_equal(post("/s/1", "", NULL, 0), 503);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_source_and_form),  TEST(what_was_not_sent_is_null),   TEST(null_was_given),
        TEST(results_become_answers), TEST(failures_have_their_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
