/* File: what is said of a file and which part is sent. The rules by table are selection_test's. */
#include "http_help.h"

#include "transport/http/file.h"
#include "transport/http/open_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST "Host: x\r\n"

static int opened; /* how often /kept/again asked for its file; worker's thread */
static char folder[] = "/tmp/file_test.XXXXXX";

static void serve_file(struct request *rq)
{
    struct text name = request_text(rq, "name");
    struct buf path = { 0 };
    buf_printf(&path, "%s/%.*s%c", folder, (int)name.n, name.p, 0);
    struct file_answer answer = { .path = request_keep(rq, buf_view(&path)).p,
                                  .content_type = "text/x-test",
                                  .extra = "Cache-Control: no-cache\r\n",
                                  .absent = ERROR_SESSION_NOT_FOUND };
    buf_fini(&path);
    file_respond(rq, &answer);
}

static void serve_again(struct request *rq)
{
    if (file_respond_again(rq, "again"))
        return;
    opened++;
    char path[64];
    snprintf(path, sizeof path, "%s/ten", folder);
    struct file_answer answer = { .path = request_keep(rq, text_of(path)).p,
                                  .content_type = "text/x-again",
                                  .extra = "X-Again: yes\r\n",
                                  .absent = ERROR_NOT_FOUND,
                                  .key = "again" };
    file_respond(rq, &answer);
}

static const struct endpoint endpoints[] = { { GET, "/{name:text}", ANYONE, .handle = serve_file },
                                             { GET, "/kept/again", ANYONE, .handle = serve_again },
                                             {} };
static const struct area area = { .name = "second", .endpoints = { endpoints } };
static const struct area *const areas[] = { &area, NULL };

static void put_file(const char *name, const char *content)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    fclose(f);
}

static int setup(void **state)
{
    server_defaults();
    server_start(areas);
    return 0;
}

static int teardown(void **state)
{
    server_stop();
    return 0;
}

static int ask(struct client *c, const char *method, const char *name, const char *lines)
{
    char request[512];
    snprintf(request, sizeof request, "%s /%s HTTP/1.1\r\n" HOST "%s\r\n", method, name, lines);
    client_puts(c, request);
    return !strcmp(method, "HEAD") ? client_read_head(c) : client_read(c);
}

/* The value of a header of the last answer, with its name, as a line to send: "ETag" gives "If-None-Match: ...". */
static void line_from(const struct client *c, const char *name, const char *as, char ret[static 128])
{
    char mark[32];
    snprintf(mark, sizeof mark, "\r\n%s: ", name);
    const char *found = strstr(c->answer, mark);
    assert_non_null(found);
    found += strlen(mark);
    snprintf(ret, 128, "%s: %.*s\r\n", as, (int)strcspn(found, "\r"), found);
}

static void a_file_is_sent_whole(void **state)
{
    struct client *c = client_open();
    assert_int_equal(ask(c, "GET", "ten", ""), 200);
    assert_string_equal(c->body, "0123456789");
    assert_true(client_has(c, "Content-Type: text/x-test"));
    assert_true(client_has(c, "Content-Length: 10"));
    assert_true(client_has(c, "Accept-Ranges: bytes"));
    assert_true(client_has(c, "Cache-Control: no-cache"));
    assert_non_null(strstr(c->answer, "\r\nETag: \""));
    assert_non_null(strstr(c->answer, "\r\nLast-Modified: "));
    assert_int_equal(ask(c, "HEAD", "ten", "Range: bytes=0-1\r\n"), 200);
    assert_true(client_has(c, "Content-Length: 10"));
    assert_int_equal(ask(c, "GET", "empty", ""), 200);
    assert_true(client_has(c, "Content-Length: 0"));
    client_close(c);
}

static void a_part_is_sent(void **state)
{
    struct client *c = client_open();
    assert_int_equal(ask(c, "GET", "ten", "Range: bytes=2-4\r\n"), 206);
    assert_string_equal(c->body, "234");
    assert_true(client_has(c, "Content-Range: bytes 2-4/10"));
    assert_true(client_has(c, "Content-Length: 3"));
    assert_int_equal(ask(c, "GET", "ten", "Range: bytes=-3\r\n"), 206);
    assert_string_equal(c->body, "789");
    assert_int_equal(ask(c, "GET", "ten", "Range: bytes=8-100\r\n"), 206);
    assert_true(client_has(c, "Content-Range: bytes 8-9/10"));
    assert_int_equal(ask(c, "GET", "ten", "Range: bytes=10-\r\n"), 416);
    assert_true(client_has(c, "Content-Range: bytes */10"));
    assert_int_equal(ask(c, "GET", "ten", "Range: bytes=0-1,3-4\r\n"), 200);
    assert_string_equal(c->body, "0123456789");
    client_close(c);
}

static void what_the_client_has_is_not_sent(void **state)
{
    static const char *const lines[][2] = { { "ETag", "If-None-Match" }, { "Last-Modified", "If-Modified-Since" } };
    struct client *c = client_open();
    for (int i = 0; i < 2; i++) {
        char line[128];
        assert_int_equal(ask(c, "GET", "ten", ""), 200);
        line_from(c, lines[i][0], lines[i][1], line);
        assert_int_equal(ask(c, "HEAD", "ten", line), 304);
        assert_int_equal(ask(c, "GET", "ten", line), 304);
        assert_string_equal(c->body, "");
        assert_null(strstr(c->answer, "Content-Length"));
        assert_non_null(strstr(c->answer, "\r\nETag: \""));
        assert_true(client_has(c, "Cache-Control: no-cache"));
    }
    client_close(c);
}

static void a_changed_file_has_another_tag(void **state)
{
    struct client *c = client_open();
    char line[128], ranged[160];
    put_file("changing", "before");
    assert_int_equal(ask(c, "GET", "changing", ""), 200);
    line_from(c, "ETag", "If-Range", line);
    snprintf(ranged, sizeof ranged, "%sRange: bytes=0-2\r\n", line);
    assert_int_equal(ask(c, "GET", "changing", ranged), 206);
    assert_string_equal(c->body, "bef");
    put_file("changing", "after!");
    assert_int_equal(ask(c, "GET", "changing", ranged), 200);
    assert_string_equal(c->body, "after!");
    client_close(c);
}

static void what_is_no_file_is_absent(void **state)
{
    struct client *c = client_open();
    assert_int_equal(ask(c, "GET", "missing", ""), 404);
    assert_string_equal(c->body, "{\"detail\":\"Session not found\"}");
    assert_int_equal(ask(c, "GET", "folder", ""), 404);
    assert_int_equal(ask(c, "GET", "pipe", ""), 404);
    client_close(c);
}

static void age(struct http *h, void *arg)
{
    for (int i = 0; i < OPEN_FILES; i++)
        if (h->open_files.places[i])
            h->open_files.places[i]->opened -= OPEN_FILE_MS;
}

static void see_kept(struct http *h, void *arg)
{
    for (int i = 0; i < OPEN_FILES; i++)
        *(int *)arg += h->open_files.places[i] != NULL;
}

static void trim(struct http *h, void *arg)
{
    open_file_trim(h, false);
}

/* Within a second the file is not looked for again; then it is, and what is old is let go. */
static void an_answer_is_known_for_a_second(void **state)
{
    struct client *c = client_open();
    opened = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask(c, "GET", "kept/again", "Range: bytes=3-4\r\n"), 206);
        assert_string_equal(c->body, "34");
        assert_true(client_has(c, "X-Again: yes"));
        assert_true(client_has(c, "Content-Type: text/x-again"));
    }
    assert_true(opened <= 2); /* two if a slow machine took longer than the second */
    int before = opened, kept = 0;
    server_call(age, NULL);
    assert_int_equal(ask(c, "GET", "kept/again", ""), 200);
    assert_int_equal(opened, before + 1);
    server_call(age, NULL);
    server_call(trim, NULL);
    server_call(see_kept, &kept);
    assert_int_equal(kept, 0);
    client_close(c);
}

/* Opening goes on without its client, and leaves nothing open. */
static void a_client_may_leave_while_the_file_is_opened(void **state)
{
    for (int i = 0; i < 50; i++) {
        struct client *c = client_open();
        client_puts(c, "GET /ten HTTP/1.1\r\n" HOST "\r\n");
        client_close(c);
    }
}

static int make_files(void **state)
{
    char path[64];
    if (!mkdtemp(folder))
        return -1;
    put_file("ten", "0123456789");
    put_file("empty", "");
    snprintf(path, sizeof path, "%s/folder", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/pipe", folder);
    return mkfifo(path, 0600);
}

static int remove_files(void **state)
{
    static const char *const names[] = { "ten", "empty", "folder", "pipe", "changing", "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_sent_whole),
        TEST(a_part_is_sent),
        TEST(what_the_client_has_is_not_sent),
        TEST(a_changed_file_has_another_tag),
        TEST(what_is_no_file_is_absent),
        TEST(an_answer_is_known_for_a_second),
        TEST(a_client_may_leave_while_the_file_is_opened),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
