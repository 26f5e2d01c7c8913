/* Upload: what an endpoint with a file sees of its form, seen by clients of raw bytes. The rules of audio files are
 * tests/api/test_audio.py's. */
#include "http_help.h"

#include "transport/http/connection_state.h"
#include "transport/http/upload.h"

#include <stdlib.h>
#include <sys/socket.h>

#define HEAD  "POST /take?user_id=%d HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n"
#define TITLE "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nwords\r\n"
#define FILE_AS(name)                                                                                                  \
    "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" name "\"\r\nContent-Type: t/x\r\n\r\n"
#define END "\r\n--B--\r\n"

/* What the operations have seen. Worker's thread; read by calls. */
static struct seen {
    int begun, discarded, handled;
    size_t bytes;
    char name[64], type[64];
    struct request *rq; /* of the upload under way */
} seen;

static int64_t max_file;

static void begin(struct request *rq, struct text file_name, struct text content_type)
{
    seen.begun++;
    seen.bytes = 0;
    seen.rq = rq;
    snprintf(seen.name, sizeof seen.name, "%.*s", (int)file_name.n, file_name.p);
    snprintf(seen.type, sizeof seen.type, "%.*s", (int)content_type.n, content_type.p ? content_type.p : "");
    if (!strcmp(seen.name, "refused"))
        upload_refuse(rq, ERROR_FORBIDDEN, TEXT("not this one"));
    if (!strcmp(seen.name, "failed"))
        upload_fail(rq, ERROR_INTERNAL);
}

static void data(struct request *rq, struct text bytes)
{
    seen.bytes += bytes.n;
    if (!strcmp(seen.name, "paused"))
        upload_pause(rq);
    if (!strcmp(seen.name, "broken"))
        upload_fail(rq, ERROR_INTERNAL);
}

static void discard(struct request *rq)
{
    assert_ptr_equal(rq, seen.rq);
    seen.discarded++;
    seen.rq = NULL;
}

static void take(struct request *rq)
{
    char body[64];
    struct text title = request_text(rq, "title");
    int n = snprintf(body, sizeof body, "%.*s %zu", (int)title.n, title.p, seen.bytes);
    seen.handled++;
    seen.rq = NULL;
    respond_content(rq, 200, "text/plain", NULL, (struct text){ body, (size_t)n });
}

static enum identified identify(struct request *rq, enum error *ret_why)
{
    struct text who = request_query_last(rq, "user_id");
    *ret_why = ERROR_USER_NOT_FOUND;
    request_caller(rq)->rank = TEACHER;
    return text_is(who, "1") ? IDENTIFIED : IDENTIFY_REFUSED;
}

static const struct field fields[] = { { "title", FIELD_TEXT, .required = true, .max = 10 },
                                       { "file", FIELD_FILE, .required = true },
                                       {} };
static const struct upload_ops ops = { &max_file, begin, data, discard };
static const struct endpoint endpoints[] = {
    { POST, "/take", TEACHER, .handle = take, .body_kind = BODY_FORM, .body = fields, .upload = &ops }, {}
};
static const struct area area = { .name = "second", .endpoints = { endpoints }, .identify = identify };
static const struct area *const areas[] = { &area, NULL };

static int setup(void **state)
{
    server_defaults();
    config.max_body = 4096;
    max_file = 1 << 20;
    seen = (struct seen){ 0 };
    server_start(areas);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return seen.begun - seen.discarded - seen.handled; /* each ends once */
}

static void get_seen(struct http *h, void *arg)
{
    *(struct seen *)arg = seen;
}

static struct seen look(void)
{
    struct seen s;
    server_call(get_seen, &s);
    return s;
}

static void send_head(struct client *c, int user, size_t length)
{
    char head[256];
    snprintf(head, sizeof head, HEAD "Content-Length: %zu\r\n\r\n", user, length);
    client_puts(c, head);
}

static int ask(struct client *c, const char *body)
{
    send_head(c, 1, strlen(body));
    client_puts(c, body);
    return client_read(c);
}

static void await_bytes(size_t n)
{
    while (look().bytes < n)
        ;
}

static bool nobody_is_left(const struct http_stats *s)
{
    return s->connections == 0;
}

/* ---- */

static void the_file_comes_in_pieces(void **state)
{
    struct client *c = client_open();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(c, TITLE FILE_AS("a b.c") "0123456789" END), 200);
        assert_string_equal(c->body, "words 10");
        assert_string_equal(look().name, "a b.c");
        assert_string_equal(look().type, "t/x");
    }
    assert_int_equal(ask(c, FILE_AS("first") "01234" END TITLE), 422); /* what follows the end is no part */
    client_close(c);
}

static void nothing_begins_for_a_stranger(void **state)
{
    struct client *c = client_open();
    send_head(c, 2, 1000);
    client_puts(c, TITLE FILE_AS("x"));
    assert_int_equal(client_read(c), 404);
    assert_true(client_has(c, "Connection: close"));
    assert_int_equal(look().begun, 0);
    client_close(c);
}

static void a_refusal_waits_for_the_fields(void **state)
{
    struct client *c = client_open();
    assert_int_equal(ask(c, TITLE FILE_AS("refused") "0123456789" END), 403);
    assert_string_equal(c->body, "{\"detail\":\"not this one\"}");
    assert_int_equal(look().bytes, 0);
    assert_int_equal(ask(c, FILE_AS("refused") "0123456789" END), 422);
    client_close(c);
}

static void a_failure_does_not_wait(void **state)
{
    static const char *const forms[] = { TITLE FILE_AS("failed") "01234", TITLE FILE_AS("broken") "01234" };
    for (int i = 0; i < 2; i++) {
        struct client *c = client_open();
        send_head(c, 1, 100000);
        client_puts(c, forms[i]);
        assert_int_equal(client_read(c), 500);
        client_close(c);
    }
}

static void fail_now(struct http *h, void *arg)
{
    upload_fail(seen.rq, ERROR_INTERNAL);
}

static void it_may_fail_later(void **state)
{
    struct client *c = client_open();
    send_head(c, 1, 100000);
    client_puts(c, TITLE FILE_AS("x") "0123456789");
    await_bytes(10);
    server_call(fail_now, NULL);
    assert_int_equal(client_read(c), 500);
    assert_int_equal(look().discarded, 1);
    client_close(c);
}

static void resume(struct http *h, void *arg)
{
    upload_resume(seen.rq);
}

struct reading {
    bool reading;
    uint8_t class;
};

static void see_reading(struct http *h, void *arg)
{
    *(struct reading *)arg = (struct reading){ false, DEADLINE_COUNT };
    for (int class = 0; class < DEADLINE_COUNT; class ++) {
        struct deadline_link *link = deadline_first(&h->wires.deadlines, (enum deadline) class);
        if (!link)
            continue;
        struct connection *c = (struct connection *)((char *)link - offsetof(struct connection, wire.link));
        *(struct reading *)arg = (struct reading){ c->wire.reading, c->wire.class };
    }
}

/* Nothing is read, and no deadline runs, while the upload is paused; then it goes on where it was. */
static void a_pause_stops_the_reading(void **state)
{
    enum { SIZE = 1 << 20 };
    static char body[SIZE + 1];
    struct client *c = client_open();
    memset(body, 'x', SIZE);
    send_head(c, 1, strlen(TITLE FILE_AS("paused")) + SIZE + strlen(END));
    client_puts(c, TITLE FILE_AS("paused"));
    size_t sent = 0;
    while (sent < SIZE) {
        struct reading r;
        ssize_t n = send(c->fd, body + sent, SIZE - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        if (n > 0)
            continue;
        server_call(see_reading, &r);
        if (r.reading || !look().bytes)
            continue;
        assert_int_equal(r.class, DEADLINE_NONE);
        size_t before = look().bytes;
        server_call(resume, NULL);
        await_bytes(before + 1);
    }
    client_puts(c, END);
    while (!look().handled) {
        struct reading r;
        server_call(see_reading, &r);
        if (!r.reading && look().rq)
            server_call(resume, NULL);
    }
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "words 1048576");
    client_close(c);
}

static void a_client_may_leave(void **state)
{
    static const char *const names[] = { TITLE FILE_AS("x") "0123", TITLE FILE_AS("refused") "0123", TITLE };
    for (int i = 0; i < 3; i++) {
        struct client *c = client_open();
        send_head(c, 1, 100000);
        client_puts(c, names[i]);
        while (i < 2 && look().begun <= i)
            ;
        client_close(c);
        server_await(nobody_is_left);
    }
    assert_int_equal(look().discarded, 2);
}

static void too_much_is_refused(void **state)
{
    static char body[1 << 20];
    struct client *c = client_open();
    send_head(c, 1, 3 << 20); /* by its length, before anything is read */
    assert_int_equal(client_read(c), 413);
    client_close(c);

    c = client_open(); /* by what has come */
    max_file = 1000;
    send_head(c, 1, 4000);
    client_puts(c, TITLE FILE_AS("x"));
    client_send(c, body, 1001);
    assert_int_equal(client_read(c), 413);
    client_close(c);

    c = client_open(); /* a field */
    max_file = 1 << 20;
    send_head(c, 1, 100000);
    client_puts(c, "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n");
    client_send(c, body, 5000);
    assert_int_equal(client_read(c), 413);
    client_close(c);
}

static void hold_places(struct http *h, void *arg)
{
    h->uploads = *(uint32_t *)arg;
}

static void there_are_not_too_many(void **state)
{
    uint32_t n = UPLOADS_MOST;
    struct client *c = client_open();
    server_call(hold_places, &n);
    assert_int_equal(ask(c, TITLE FILE_AS("x") END), 503);
    client_close(c);
    n = 0;
    server_call(hold_places, &n);
}

static void a_bad_chunk_ends_it(void **state)
{
    struct client *c = client_open();
    char head[256];
    snprintf(head, sizeof head, HEAD "Transfer-Encoding: chunked\r\n\r\n", 1);
    client_puts(c, head);
    snprintf(head, sizeof head, "%zx\r\n" TITLE FILE_AS("x") "01234\r\nnonsense\r\n", strlen(TITLE FILE_AS("x")) + 5);
    client_puts(c, head);
    assert_int_equal(client_read(c), 400);
    assert_int_equal(look().discarded, 1);
    client_close(c);
}

static void a_form_that_breaks_ends_it(void **state)
{
    struct client *c = client_open();
    send_head(c, 1, 100000);
    client_puts(c, TITLE FILE_AS("x") "01234\r\n--Bnonsense");
    assert_int_equal(client_read(c), 400);
    client_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_file_comes_in_pieces),
        TEST(nothing_begins_for_a_stranger),
        TEST(a_refusal_waits_for_the_fields),
        TEST(a_failure_does_not_wait),
        TEST(it_may_fail_later),
        TEST(a_pause_stops_the_reading),
        TEST(a_client_may_leave),
        TEST(too_much_is_refused),
        TEST(there_are_not_too_many),
        TEST(a_bad_chunk_ends_it),
        TEST(a_form_that_breaks_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
