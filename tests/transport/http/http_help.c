/* Http help: see http_help.h. */
#include "http_help.h"

#include "actors/runtime/system.h"
#include "transport/http/connection_state.h"
#include "transport/http/request_state.h"
#include "transport/http/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

/* ---- endpoints ---- */

static struct request *later;
struct wire *stream_wire;
static struct stream_calls stream_calls;

static void hello(struct request *rq)
{
    respond_json(rq, 200, TEXT("{\"hello\":true}"));
}

static void wait_later(struct request *rq)
{
    later = rq;
}

static void text_of_path(struct request *rq)
{
    respond_content(rq, 200, "text/plain", NULL, request_text(rq, "word"));
}

static void int_of_path(struct request *rq)
{
    char body[64];
    int n = snprintf(body, sizeof body, "%d %d", request_int(rq, "id"), request_int(rq, "limit"));
    respond_content(rq, 200, "text/plain", NULL, (struct text){ body, (size_t)n });
}

static void echo(struct request *rq)
{
    char body[8192];
    struct text word = request_text(rq, "word"), object = request_text(rq, "object");
    int n = snprintf(body, sizeof body, "word=%.*s n=%d flag=%d has=%d object=%.*s", (int)word.n, word.p ? word.p : "",
                     request_int(rq, "n"), request_bool(rq, "flag"), request_has(rq, "flag"), (int)object.n,
                     object.p ? object.p : "");
    respond_content(rq, 200, "text/plain", NULL, (struct text){ body, (size_t)n });
}

static void form(struct request *rq)
{
    char body[256];
    struct text name = request_text(rq, "name");
    int n = snprintf(body, sizeof body, "form %.*s %d", name.p ? (int)name.n : 1, name.p ? name.p : "-",
                     request_body_int(rq, "id"));
    respond_content(rq, 200, "text/plain", NULL, (struct text){ body, (size_t)n });
}

static void ignore(struct request *rq)
{
    respond_json(rq, 200, TEXT("{}"));
}

static void big(struct request *rq)
{
    size_t n = 8 << 20;
    char *p = malloc(n);
    assert_non_null(p);
    memset(p, 'x', n);
    respond_content(rq, 200, "text/plain", NULL, (struct text){ p, n });
    free(p);
}

static void on_closed(struct wire *w)
{
    stream_calls.closed++;
    if (stream_wire == w)
        stream_wire = NULL;
}

static void on_drained(struct wire *w)
{
    stream_calls.drained++;
}

static void stream(struct request *rq)
{
    static const struct wire_user user = { .closed = on_closed, .drained = on_drained };
    if (request_head_only(rq)) {
        respond_content(rq, 200, "text/event-stream", NULL, TEXT(""));
        return;
    }
    struct wire *w = request_take_wire(rq);
    if (!w)
        return;
    stream_wire = w;
    stream_begin(w, (struct room_key){ 0 }, TEXT("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"), &user,
                 &stream_wire);
}

static enum identified identify(struct request *rq, enum error *ret_why)
{
    struct text who = request_query_last(rq, "user_id");
    *ret_why = ERROR_USER_ID_MISSING;
    if (!who.p)
        return IDENTIFY_REFUSED;
    request_caller(rq)->user_id = atoi(who.p);
    request_caller(rq)->rank = request_caller(rq)->user_id == 1 ? TEACHER : STUDENT;
    return IDENTIFIED;
}

static const struct field echo_fields[] = {
    { "word", FIELD_TEXT, .required = true, .min = 1, .max = 5 },
    { "n", FIELD_INT32, .nullable = true, .min = 1, .max = 100 },
    { "flag", FIELD_BOOL, .def = "true" },
    { "object", FIELD_OBJECT, .nullable = true, .max = 64 },
    { "endless", FIELD_TEXT },
    {},
};
static const struct field form_fields[] = { { "name", FIELD_TEXT, .max = 5 },
                                            { "id", FIELD_INT32, .required = true },
                                            {} };
static const struct field int_query[] = { { "limit", FIELD_INT32, .def = "100", .min = 1, .max = 1000 }, {} };
static const struct field form_json[] = { { "name", FIELD_TEXT, .required = true }, { "id", FIELD_INT32 }, {} };

static const struct endpoint first_endpoints[] = {
    { GET, "/hello", ANYONE, .handle = hello },
    { GET, "/later", ANYONE, .handle = wait_later },
    { GET, "/text/{word:text}", ANYONE, .handle = text_of_path },
    { GET, "/int/{id:int32}", ANYONE, .handle = int_of_path, .query = int_query },
    { GET, "/int/static", ANYONE, .handle = hello },
    { GET, "/big", ANYONE, .handle = big },
    { GET, "/stream", ANYONE, .handle = stream },
    { POST, "/echo", ANYONE, .handle = echo, .body_kind = BODY_JSON, .body = echo_fields },
    { POST, "/maybe", ANYONE, .handle = echo, .body_kind = BODY_JSON_OPTIONAL, .body = echo_fields + 1,
      .query = echo_fields },
    { POST, "/form", ANYONE, .handle = form, .body_kind = BODY_FORM, .body = form_fields },
    { POST, "/small", ANYONE, .handle = echo, .body_kind = BODY_JSON, .body = echo_fields, .max_body = 16 },
    { POST, "/ignore", ANYONE, .handle = ignore },
    { POST, "/json-first", TEACHER, .handle = echo, .body_kind = BODY_JSON, .body = echo_fields },
    {},
};
static const struct area first = {
    .name = "first",
    .endpoints = { first_endpoints },
    .cors = { .any_origin = true, .credentials = true, .max_age = 600 },
    .identify = identify,
    .says = { .forbidden = ERROR_TEACHER_ROLE_REQUIRED },
    .json_before_identity = true,
};

/* Every kind of value that areas other than the classroom take, under either of its names. */
static void values(struct request *rq)
{
    struct buf body = { 0 };
    struct text list = request_text(rq, "list_of"), day = request_text(rq, "theDay");
    buf_printf(&body, "day=%.*s at=%d list=%.*s to=%d", (int)day.n, day.p ? day.p : "", request_int(rq, "at"),
               (int)list.n, list.p ? list.p : "", request_int(rq, "to_n"));
    respond_content(rq, 200, "text/plain", NULL, buf_view(&body));
    buf_fini(&body);
}

static const struct field list_items[] = { { "rollNo", FIELD_TEXT, .required = true, .max = 3, .alias = "roll_no" },
                                           {} };
static const struct field values_body[] = {
    { "theDay", FIELD_DATE, .required = true, .alias = "the_day", .refusal = ERROR_EMPTY_MESSAGE },
    { "at", FIELD_TIME },
    { "listOf", FIELD_LIST, .max = 2, .items = list_items, .alias = "list_of" },
    { "thing", FIELD_OBJECT, .alias = "a_thing", .max = 20 },
    {},
};
static const struct field values_query[] = { { "toN", FIELD_INT32, .alias = "to_n" }, {} };

static const struct endpoint second_endpoints[] = {
    { POST, "/values", ANYONE, .handle = values, .query = values_query, .body_kind = BODY_JSON, .body = values_body },
    { GET, "/wide/{id:int64}", ANYONE, .handle = hello },
    { POST, "/form", ANYONE, .handle = form, .body_kind = BODY_JSON, .body = form_json },
    { POST, "/who-first", TEACHER, .handle = echo, .body_kind = BODY_JSON, .body = echo_fields },
    { GET, "/second", ANYONE, .handle = hello },
    { PUT, "/shared", ANYONE, .handle = ignore },
    {},
};
static const char *const second_origins[] = { "https://second.example", NULL };
static const struct area second = {
    .name = "second",
    .endpoints = { second_endpoints },
    .cors = { .origins = second_origins, .max_age = 60 },
    .identify = identify,
    .says = { .forbidden = ERROR_NOT_AUTHENTICATED },
    .shows_input = true,
};

/* An area for people: faults in words, a token in the address. */
static const struct endpoint third_endpoints[] = {
    { POST, "/told", ANYONE, .handle = values, .query = values_query, .body_kind = BODY_JSON, .body = values_body },
    { GET, "/told/{id:int32}", ANYONE, .handle = hello },
    { POST, "/shared", ANYONE, .handle = ignore },
    {},
};
static const char *const third_origins[] = { "https://third.example", NULL };
static const struct area third = { .name = "third",
                                   .endpoints = { third_endpoints },
                                   .cors = { .origins = third_origins },
                                   .token_in_query = true,
                                   .faults_as_text = true };

/* An area with origins of its own choice and the operator's. */
static const struct endpoint fourth_endpoints[] = { { GET, "/ours", ANYONE, .handle = hello }, {} };
static const struct area fourth = { .name = "fourth",
                                    .endpoints = { fourth_endpoints },
                                    .cors = { .configured = &config.cors_origins, .credentials = true } };

static const struct endpoint everywhere_endpoints[] = { { GET, "/ready", ANYONE, .handle = hello }, {} };
static const struct area service = { .name = "service", .endpoints = { everywhere_endpoints }, .everywhere = true };

const struct area *const test_areas[] = { &first, &second, &third, &fourth, &service, NULL };

/* ---- the server ---- */

static struct system *system_under_test;
static struct http *http;
static const struct area *const *areas_under_test;
static uint16_t port;
struct db *server_db;
struct server_more server_more;
static int call_ends[2]; /* open all the time, for the test that takes away all descriptors */

void server_defaults(void)
{
#define DEFAULT_TEXT(def)                                           def
#define DEFAULT_URL(def)                                            def
#define DEFAULT_PATH(def)                                           def
#define DEFAULT_SECRET(def)                                         def
#define DEFAULT_INT(def)                                            strtoll(def, NULL, 10)
#define DEFAULT_BOOL(def)                                           !strcmp(def, "true")
#define DEFAULT_REAL(def)                                           strtod(def, NULL)
#define SET_DEFAULT(type, field, flag, env, def, least, most, help) config.field = DEFAULT_##type(def);
    CONFIG_PARAMETERS(SET_DEFAULT)
    config.hosts = "second=second.example";
}

static bool begin(struct worker *w, void *arg)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    worker_set_service(w, SERVICE_DB_READ, server_db);
    if (server_more.begin && !server_more.begin(w))
        return false;
    int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    http = bind(bound, (struct sockaddr *)&address, sizeof address) ? NULL : http_open(w, areas_under_test, bound);
    port = http ? http_port(http) : 0;
    return http;
}

static enum close_reason last_end;

static void see_last_end(struct http *h, void *arg)
{
    last_end = closed_count(&h->closed) ? closed_at(&h->closed, 0)->why : CLOSE_REASON_COUNT;
}

static void end(struct worker *w, void *arg)
{
    http_close(http);
    see_last_end(http, NULL);
    if (server_more.end)
        server_more.end(w);
}

void server_start(const struct area *const *areas)
{
    struct system_options o = { .workers = 1 };
    areas_under_test = areas ? areas : test_areas;
    later = NULL;
    stream_wire = NULL;
    stream_calls = (struct stream_calls){ 0 };
    system_under_test = system_create(&o);
    assert_non_null(system_under_test);
    assert_true(!server_more.prepare || server_more.prepare(system_under_test));
    assert_true(system_start(system_under_test, begin, end, NULL));
    assert_int_not_equal(port, 0);
    assert_int_equal(pipe(call_ends), 0);
}

void server_stop(void)
{
    if (!system_under_test)
        return;
    server_answer_later();
    system_stop(system_under_test);
    close(call_ends[0]);
    close(call_ends[1]);
    system_destroy(system_under_test);
    system_under_test = NULL;
    server_more = (struct server_more){ 0 };
}

uint16_t server_port(void)
{
    return port;
}

struct call {
    void (*fn)(struct http *h, void *arg);
    void *arg;
    int done;
};

static void run_call(struct worker *w, void *arg)
{
    struct call *call = arg;
    call->fn(http, call->arg);
    assert_int_equal(write(call->done, "x", 1), 1);
}

void server_call(void (*fn)(struct http *h, void *arg), void *arg)
{
    char byte;
    struct call call = { fn, arg, call_ends[1] };
    assert_true(worker_call(system_worker(system_under_test, 0), run_call, &call));
    assert_int_equal(read(call_ends[0], &byte, 1), 1);
}

static void get_stats(struct http *h, void *arg)
{
    *(struct http_stats *)arg = http_stats(h);
}

struct http_stats server_stats(void)
{
    struct http_stats s;
    server_call(get_stats, &s);
    return s;
}

enum close_reason server_last_end(void)
{
    if (system_under_test)
        server_call(see_last_end, NULL);
    return last_end;
}

static void get_stream_calls(struct http *h, void *arg)
{
    *(struct stream_calls *)arg = stream_calls;
}

struct stream_calls server_stream_calls(void)
{
    struct stream_calls calls;
    if (!system_under_test)
        return stream_calls;
    server_call(get_stream_calls, &calls);
    return calls;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void see_later(struct http *h, void *arg)
{
    *(bool *)arg = later;
}

void server_await_later(void)
{
    bool waits = false;
    for (int64_t until = now_ms() + PATIENCE_MS; !waits && now_ms() < until;)
        server_call(see_later, &waits);
    assert_true(waits);
}

void server_await(bool (*holds)(const struct http_stats *s))
{
    struct http_stats s;
    int64_t until = now_ms() + PATIENCE_MS;
    do
        s = server_stats();
    while (!holds(&s) && now_ms() < until);
    assert_true(holds(&s));
}

static void answer_later(struct http *h, void *arg)
{
    struct request *rq = later;
    later = NULL;
    *(bool *)arg = rq;
    if (rq)
        respond_content(rq, 200, "text/plain", NULL, TEXT("later"));
}

bool server_answer_later(void)
{
    bool waited;
    server_call(answer_later, &waited);
    return waited;
}

/* ---- the client ---- */

struct client *client_connect(int fd)
{
    struct client *c = calloc(1, sizeof *c);
    assert_non_null(c);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons(port) };
    c->fd = fd;
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return c;
}

struct client *client_open(void)
{
    return client_connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void client_close(struct client *c)
{
    close(c->fd);
    free(c);
}

/* A server that has given up may reset the connection while we still send. */
void client_send(struct client *c, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

void client_puts(struct client *c, const char *s)
{
    client_send(c, s, strlen(s));
}

/* False at the end. */
static bool more(struct client *c)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    size_t used = c->at + c->n;
    assert_true(used < sizeof c->bytes);
    ssize_t n = recv(c->fd, c->bytes + used, sizeof c->bytes - used, 0);
    if (n <= 0)
        return false;
    c->n += (size_t)n;
    return true;
}

static void take(struct client *c, size_t n)
{
    memcpy(c->answer, c->bytes + c->at, n);
    c->answer[n] = 0;
    c->at += n;
    c->n -= n;
    if (c->n && c->at < sizeof c->bytes / 2)
        return;
    memmove(c->bytes, c->bytes + c->at, c->n);
    c->at = 0;
}

static int read_answer(struct client *c, bool with_body)
{
    char *end;
    while (!(end = memmem(c->bytes + c->at, c->n, "\r\n\r\n", 4)))
        if (!more(c)) {
            assert_int_equal(c->n, 0);
            return 0;
        }
    size_t head = (size_t)(end - (c->bytes + c->at)) + 4;
    char *length = memmem(c->bytes + c->at, head, "Content-Length: ", 16);
    size_t body = length && with_body ? strtoul(length + 16, NULL, 10) : 0;
    while (c->n < head + body)
        assert_true(more(c));
    take(c, head + body);
    c->body = c->answer + head;
    c->status = atoi(c->answer + 9);
    return c->status;
}

int client_read(struct client *c)
{
    return read_answer(c, true);
}

int client_read_head(struct client *c)
{
    return read_answer(c, false);
}

void client_read_raw(struct client *c, size_t n)
{
    while (c->n < n)
        assert_true(more(c));
    take(c, n);
}

bool client_at_end(struct client *c)
{
    return c->n == 0 && !more(c);
}

int client_once(const char *request, char *ret, size_t size)
{
    struct client *c = client_open();
    client_puts(c, request);
    int status = client_read(c);
    if (ret)
        snprintf(ret, size, "%s", c->answer);
    client_close(c);
    return status;
}

bool client_has(const struct client *c, const char *line)
{
    const char *found = strstr(c->answer, line);
    return found && found < c->body && found[-1] == '\n' && !strncmp(found + strlen(line), "\r\n", 2);
}
