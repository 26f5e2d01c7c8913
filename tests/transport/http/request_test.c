/* Request: what is made of a head, and what is kept of a body. Without a connection: the client has gone, for all that the
 * request knows. */
#include "actors/runtime/sim.h"
#include "http_help.h"
#include "transport/http/request_state.h"

static struct system *house;
static struct http http;

static void handle(struct request *rq)
{
    respond_json(rq, 200, TEXT("{}"));
}

static const struct field word_body[] = { { "word", FIELD_TEXT }, {} };
static const struct endpoint endpoints[] = {
    { GET, "/a", ANYONE, .handle = handle },
    { DELETE, "/a", ANYONE, .handle = handle },
    { GET, "/text/{word:text}", ANYONE, .handle = handle },
    { GET, "/two/{word:text}/{other:text}", ANYONE, .handle = handle },
    { GET, "/file/{file:path}", ANYONE, .handle = handle },
    { POST, "/json", ANYONE, .handle = handle, .body_kind = BODY_JSON, .body = word_body },
    { POST, "/small", ANYONE, .handle = handle, .body_kind = BODY_JSON, .body = word_body, .max_body = 4 },
    { POST, "/none", ANYONE, .handle = handle },
    {},
};
static const struct endpoint other_endpoints[] = { { GET, "/a", ANYONE, .handle = handle }, {} };
static const struct area area = { .name = "one", .endpoints = { endpoints } },
                         other = { .name = "other", .endpoints = { other_endpoints } };
static const struct area *const areas[] = { &area, &other, NULL };

static int setup(void **state)
{
    struct buf why = { 0 };
    server_defaults();
    house = system_create(&(struct system_options){ .workers = 1, .seed = 3 });
    assert_true(sim_start(house, NULL, NULL));
    http = (struct http){ .worker = system_worker(house, 0), .areas = areas };
    http.router = router_create(areas, "other=other.example", &why);
    assert_non_null(http.router);
    return 0;
}

/* No request is left, and nothing of their memory. */
static int teardown(void **state)
{
    assert_int_equal(http.requests, 0);
    assert_int_equal(http.pool.out, 0);
    arena_pool_fini(&http.pool);
    router_destroy(http.router);
    system_destroy(house);
    return 0;
}

/* Of a head with this first line, and lines, each with its end. NULL with *ret_why. */
static struct request *make(const char *first, const char *lines, enum error *ret_why)
{
    char head[2048];
    int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: x\r\n%s\r\n", first, lines);
    assert_true(n < (int)sizeof head);
    struct request *rq = request_create(&http, NULL, head, (size_t)n, ret_why);
    memset(head, '#', sizeof head); /* it has its own copy */
    return rq;
}

static struct request *take(const char *first)
{
    enum error why;
    struct request *rq = make(first, "", &why);
    if (!rq)
        fail_msg("%s: %s", first, error_name(why));
    return rq;
}

static void refused(const char *first, enum error expected)
{
    enum error why = ERROR_OK;
    struct request *rq = make(first, "", &why);
    if (rq || why != expected)
        fail_msg("%s: %s", first, error_name(why));
    assert_int_equal(http.requests, 0);
}

/* ---- paths ---- */

static void a_path_finds_its_endpoint(void **state)
{
    static const struct {
        const char *first;
        int endpoint; /* of endpoints; -1: none */
        enum error refusal;
        uint8_t allow;
    } rows[] = {
        { "GET /a", 0, ERROR_OK, 1 << GET | 1 << DELETE },
        { "HEAD /a", 0, ERROR_OK, 1 << GET | 1 << DELETE },
        { "DELETE /a", 1, ERROR_OK, 1 << GET | 1 << DELETE },
        { "GET /a/", 0, ERROR_OK, 1 << GET | 1 << DELETE },
        { "PUT /a", -1, ERROR_METHOD_NOT_ALLOWED, 1 << GET | 1 << DELETE },
        { "BREW /a", -1, ERROR_METHOD_NOT_ALLOWED, 1 << GET | 1 << DELETE },
        { "GET /b", -1, ERROR_NOT_FOUND, 0 },
        { "GET /a//", -1, ERROR_NOT_FOUND, 0 },
        { "GET /", -1, ERROR_NOT_FOUND, 0 },
        { "GET /file/a%2Fb", -1, ERROR_NOT_FOUND, 0 },
        { "OPTIONS *", -1, ERROR_METHOD_NOT_ALLOWED, 0 },
        { "GET /1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", -1, ERROR_NOT_FOUND, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request *rq = take(rows[i].first);
        const struct endpoint *expected = rows[i].endpoint < 0 ? NULL : &endpoints[rows[i].endpoint];
        if ((rq->route ? rq->route->endpoint : NULL) != expected || rq->refusal != rows[i].refusal)
            fail_msg("%s: %s", rows[i].first, error_name(rq->refusal));
        assert_int_equal(rq->allow, rows[i].allow);
        assert_non_null(request_area(rq)); /* there is always one whose CORS rule holds */
        request_free(rq);
    }
}

static void segments_are_decoded_one_by_one(void **state)
{
    static const struct {
        const char *first, *word;
    } rows[] = {
        { "GET /text/plain", "plain" },
        { "GET /text/a%2Fb", "a/b" },
        { "GET /text/%41%62%c3%a9", "Ab\xc3\xa9" },
        { "GET /text/a+b", "a+b" },
        { "GET /text/%25", "%" },
        { "GET /%74ext/x", "x" },
        { "GET /file/one", "one" },
        { "GET /file/one/two/three", "one/two/three" },
        { "GET /file/a%20b/c", "a b/c" },
        { "GET /text/x?y=%zz", "x" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request *rq = take(rows[i].first);
        if (!rq->route || !text_is(request_path_param(rq, 0), rows[i].word))
            fail_msg("%s", rows[i].first);
        request_free(rq);
    }
    struct request *rq = take("GET /two/1/2");
    assert_true(text_is(request_path_param(rq, 0), "1") && text_is(request_path_param(rq, 1), "2"));
    assert_true(text_is(request_path(rq), "/two/1/2"));
    request_free(rq);
}

static void what_cannot_be_decoded_is_no_request(void **state)
{
    refused("GET /text/%zz", ERROR_BAD_REQUEST);
    refused("GET /text/%4", ERROR_BAD_REQUEST);
    refused("GET /text/%", ERROR_BAD_REQUEST);
    refused("GET nothing", ERROR_BAD_REQUEST);
}

static void a_mount_or_a_host_names_the_area(void **state)
{
    bool mounted;
    enum error why;
    struct request *rq = take("GET /m/other/a");
    assert_ptr_equal(request_area(rq), &other);
    assert_ptr_equal(request_scope(rq, &mounted), &other);
    assert_true(mounted);
    request_free(rq);
    static const char head[] = "GET /a HTTP/1.1\r\nHost: other.example\r\n\r\n";
    rq = request_create(&http, NULL, head, sizeof head - 1, &why);
    assert_ptr_equal(request_scope(rq, &mounted), &other);
    assert_false(mounted);
    request_free(rq);
    rq = take("GET /a");
    assert_ptr_equal(request_area(rq), &area);
    assert_null(request_scope(rq, &mounted));
    request_free(rq);
}

/* ---- query and headers ---- */

static bool begins_with_user(struct text name)
{
    return name.n >= 4 && !memcmp(name.p, "user", 4);
}

static void the_last_of_a_name_counts(void **state)
{
    struct request *rq = take("GET /a?x=1&user=&x=2&userId=3&y&userName=&x=%20+");
    assert_true(text_is(request_query_last(rq, "x"), "  "));
    assert_true(text_is(request_query_last(rq, "y"), ""));
    assert_null(request_query_last(rq, "z").p);
    assert_true(text_is(request_query_like(rq, begins_with_user), "3")); /* the last that is not empty */
    assert_false(rq->query_bad);
    request_free(rq);
    rq = take("GET /a?userName=");
    assert_null(request_query_like(rq, begins_with_user).p);
    request_free(rq);
}

static void a_query_that_cannot_be_read_is_remembered(void **state)
{
    struct buf many = { 0 };
    enum error why;
    struct request *rq = take("GET /a?x=%zz");
    assert_true(rq->query_bad);
    request_free(rq);
    buf_puts(&many, "GET /a?");
    for (int i = 0; i <= PAIRS_MOST; i++)
        buf_puts(&many, "a&");
    buf_puts(&many, " HTTP/1.1\r\nHost: x\r\n\r\n");
    rq = request_create(&http, NULL, many.p, many.n, &why);
    assert_non_null(rq);
    assert_true(rq->query_bad);
    request_free(rq);
    buf_fini(&many);
}

static void headers_are_found_by_name(void **state)
{
    enum error why;
    struct request *rq = make("GET /a", "User-Agent:  a client \r\nX-Other: no\r\n", &why);
    assert_true(text_is(request_header(rq, "user-agent"), "a client"));
    assert_null(request_header(rq, "accept").p);
    assert_false(request_alive(rq));
    assert_int_equal(request_peer(rq)->ss_family, 0);
    request_free(rq);
}

/* ---- its body ---- */

static void a_whole_body_is_copied(void **state)
{
    char bytes[] = "{\"word\":1}";
    struct request *rq = take("POST /json");
    assert_int_equal(request_body(rq, text_of(bytes), true), ERROR_OK);
    memset(bytes, '#', sizeof bytes - 1);
    assert_true(text_is(rq->body_text, "{\"word\":1}"));
    assert_int_equal(rq->body_n, 10);
    request_free(rq);
}

static void pieces_are_put_together(void **state)
{
    struct request *rq = take("POST /json");
    assert_int_equal(request_body(rq, TEXT("{\"wo"), false), ERROR_OK);
    assert_int_equal(request_body(rq, TEXT(""), false), ERROR_OK);
    assert_int_equal(request_body(rq, TEXT("rd\":1}"), false), ERROR_OK);
    assert_true(text_is(rq->body_text, "{\"word\":1}"));
    assert_int_equal(rq->body_n, 10);
    request_free(rq);
}

static void a_body_that_nobody_wants_is_counted_and_dropped(void **state)
{
    struct request *rq = take("POST /none");
    assert_int_equal(request_body(rq, TEXT("something"), true), ERROR_OK);
    assert_int_equal(rq->body_n, 9);
    assert_null(rq->body_text.p);
    request_free(rq);
    rq = take("POST /nowhere");
    assert_int_equal(request_body(rq, TEXT("something"), false), ERROR_OK);
    assert_null(rq->body_text.p);
    request_free(rq);
}

static int sunk, fini_calls;

static enum error sink_push(struct request *rq, struct text piece)
{
    sunk += (int)piece.n;
    return sunk > 5 ? ERROR_BODY_TOO_LARGE : ERROR_OK;
}

static void sink_fini(struct request *rq)
{
    fini_calls++;
}

static void a_sink_gets_all_and_is_told_of_the_end(void **state)
{
    static const struct body_sink sink = { sink_push, sink_fini };
    struct request *rq = take("POST /json");
    rq->sink = &sink;
    assert_int_equal(request_body(rq, TEXT("12345"), false), ERROR_OK);
    assert_int_equal(request_body(rq, TEXT("6"), false), ERROR_BODY_TOO_LARGE);
    assert_null(rq->body_text.p);
    request_free(rq);
    assert_int_equal(sunk, 6);
    assert_int_equal(fini_calls, 1);
}

static void a_limit_is_the_endpoints_or_the_servers(void **state)
{
    struct request *small = take("POST /small"), *json = take("POST /json"), *nowhere = take("GET /nowhere");
    assert_int_equal(request_body_limit(small), 4);
    assert_int_equal(request_body_limit(json), config.max_body);
    assert_int_equal(request_body_limit(nowhere), config.max_body);
    assert_false(request_uploads(small));
    assert_false(request_uploads(nowhere));
    request_free(small);
    request_free(json);
    request_free(nowhere);
}

static void giving_up_a_body_ends_the_connection(void **state)
{
    struct request *rq = take("POST /json");
    assert_int_equal(respond_after(rq), AFTER_NEXT);
    request_give_up_body(rq, CLOSE_BODY_TIMEOUT);
    assert_int_equal(respond_after(rq), AFTER_LINGER);
    assert_int_equal(respond_ends_for(rq), CLOSE_BODY_TIMEOUT);
    request_free(rq);
}

/* ---- its memory and its name ---- */

static void what_is_kept_lives_with_it(void **state)
{
    struct request *rq = take("GET /a");
    char bytes[] = "text";
    struct text kept = request_keep(rq, text_of(bytes));
    const char *string = request_string(rq, (struct text){ bytes, 2 });
    memset(bytes, '#', 4);
    assert_true(text_is(kept, "text"));
    assert_string_equal(string, "te");
    assert_null(request_string(rq, (struct text){ 0 }));
    char *large = request_alloc(rq, 100000);
    assert_non_null(large);
    assert_int_equal(large[0] | large[99999], 0);
    request_set_data(rq, large);
    assert_ptr_equal(request_data(rq), large);
    request_free(rq);
}

static void numbers_rise_and_are_never_zero(void **state)
{
    struct request *first = take("GET /a"), *second = take("GET /a");
    assert_int_equal(request_number(second), request_number(first) + 1);
    http.number = UINT32_MAX;
    struct request *third = take("GET /a");
    assert_int_equal(request_number(third), 1);
    assert_int_equal(http.requests, 3);
    request_free(first);
    request_free(second);
    request_free(third);
}

static void waiting_is_added_up(void **state)
{
    struct request *rq = take("GET /a");
    uint64_t began = request_began(rq);
    sim_advance(house, 5000);
    request_waited(rq, began);
    request_waited(rq, began + 2000);
    assert_int_equal(rq->waited_ns, 8000);
    assert_int_equal(request_user(rq), 0);
    request_caller(rq)->user_id = 9;
    assert_int_equal(request_user(rq), 9);
    request_free(rq);
}

/* The answer is dropped, and the request with it. */
static void without_a_client_an_answer_is_the_end(void **state)
{
    struct request *rq = take("GET /a");
    respond_error(rq, ERROR_NOT_FOUND);
    assert_int_equal(http.requests, 0);
    rq = take("GET /a");
    assert_null(request_take_wire(rq));
    assert_int_equal(http.requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_endpoint),
        cmocka_unit_test(segments_are_decoded_one_by_one),
        cmocka_unit_test(what_cannot_be_decoded_is_no_request),
        cmocka_unit_test(a_mount_or_a_host_names_the_area),
        cmocka_unit_test(the_last_of_a_name_counts),
        cmocka_unit_test(a_query_that_cannot_be_read_is_remembered),
        cmocka_unit_test(headers_are_found_by_name),
        cmocka_unit_test(a_whole_body_is_copied),
        cmocka_unit_test(pieces_are_put_together),
        cmocka_unit_test(a_body_that_nobody_wants_is_counted_and_dropped),
        cmocka_unit_test(a_sink_gets_all_and_is_told_of_the_end),
        cmocka_unit_test(a_limit_is_the_endpoints_or_the_servers),
        cmocka_unit_test(giving_up_a_body_ends_the_connection),
        cmocka_unit_test(what_is_kept_lives_with_it),
        cmocka_unit_test(numbers_rise_and_are_never_zero),
        cmocka_unit_test(waiting_is_added_up),
        cmocka_unit_test(without_a_client_an_answer_is_the_end),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
