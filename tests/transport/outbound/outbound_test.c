/* Outbound: calls against a server of the test's own on the same loop: answers whole, slow, huge, cut and garbled; the
 * queue; cancelling; closing. Names are resolved by a getaddrinfo of this file, which can be held. */
#include "transport/outbound/outbound.h"

#include "proto/base/buf.h"
#include "proto/base/log.h"
#include "tests/transport/outbound/script_help.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CALLS = 8, GUARD_MS = 20000 };

static uv_timer_t guard;
static struct outbound *out;
static struct {
    int calls;
    enum outbound_end end;
    int status;
    char body[4096], cache[64];
    bool has_cache;
} told[CALLS];

/* ---- names ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool hold;
    int inside;
} names = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };

/* In place of the C library's: "there.test" is this machine, if it is not held; nothing else is known. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
    struct {
        struct addrinfo info;
        struct sockaddr_in address;
    } * made;
    pthread_mutex_lock(&names.lock);
    names.inside++;
    while (names.hold)
        pthread_cond_wait(&names.changed, &names.lock);
    names.inside--;
    pthread_cond_broadcast(&names.changed);
    pthread_mutex_unlock(&names.lock);
    if (strcmp(node, "there.test") || !(made = calloc(1, sizeof *made)))
        return EAI_NONAME;
    made->address = (struct sockaddr_in){ .sin_family = AF_INET,
                                          .sin_port = htons((uint16_t)atoi(service ? service : "0")),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    made->info = (struct addrinfo){ .ai_family = AF_INET,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_addrlen = sizeof made->address,
                                    .ai_addr = (struct sockaddr *)&made->address };
    *ret = &made->info;
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    free(info);
}

static void hold_names(bool hold)
{
    pthread_mutex_lock(&names.lock);
    names.hold = hold;
    pthread_cond_broadcast(&names.changed);
    while (!hold && names.inside)
        pthread_cond_wait(&names.changed, &names.lock);
    pthread_mutex_unlock(&names.lock);
}

/* ---- the fixture ---- */

static void on_guard(uv_timer_t *t)
{
    fail_msg("nothing happened for too long");
}

static int setup_with(uint32_t running, uint32_t waiting)
{
    struct outbound_options o = { .loop = &server.loop, .running = running, .waiting = waiting };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    memset(told, 0, sizeof told);
    assert_true(outbound_setup());
    script_open();
    uv_timer_init(&server.loop, &guard);
    uv_timer_start(&guard, on_guard, GUARD_MS, 0);
    out = outbound_create(&o);
    assert_non_null(out);
    return 0;
}

static int setup(void **state)
{
    return setup_with(4, 4);
}

static int setup_narrow(void **state)
{
    return setup_with(1, 1);
}

static int teardown(void **state)
{
    outbound_destroy(out);
    uv_close((uv_handle_t *)&guard, NULL);
    script_close();
    outbound_finish();
    return 0;
}

static void on_done(void *arg, const struct outbound_answer *a)
{
    int at = (int)(intptr_t)arg;
    struct text cache = outbound_header(a, "cache-control");
    told[at].calls++;
    told[at].end = a->end;
    told[at].status = a->status;
    told[at].has_cache = cache.p != NULL;
    snprintf(told[at].body, sizeof told[at].body, "%.*s", (int)a->body.n, a->body.p);
    snprintf(told[at].cache, sizeof told[at].cache, "%.*s", (int)cache.n, cache.p ? cache.p : "");
    uv_stop(&server.loop); /* a timer may have brought it: the poll that follows must not wait */
}

static struct outbound_request to(const char *url)
{
    return (struct outbound_request){ .method = "GET", .url = url, .total_ms = GUARD_MS / 2, .answer_most = 1000 };
}

static struct outbound_call *send_as(int at, const struct outbound_request *rq)
{
    enum outbound_end why;
    struct outbound_call *c = outbound_send(out, rq, on_done, (void *)(intptr_t)at, &why);
    assert_int_equal(c == NULL, why != OUTBOUND_ANSWERED);
    told[at].end = why;
    assert_int_equal(told[at].calls, 0);
    return c;
}

static void wait_for(int at)
{
    while (!told[at].calls)
        uv_run(&server.loop, UV_RUN_ONCE);
    assert_int_equal(told[at].calls, 1);
}

static void wait_for_connections(int n)
{
    while (server.connections < n)
        uv_run(&server.loop, UV_RUN_ONCE);
}

/* What one call with this answer of the server ends in. */
static enum outbound_end ask(const char *says, bool hangs_up)
{
    struct outbound_request rq = to(server.url);
    server.says = says;
    server.hangs_up = hangs_up;
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    return told[0].end;
}

static bool heard(const char *what)
{
    return server.heard.n && memmem(server.heard.p, server.heard.n, what, strlen(what));
}

/* ---- what is said ---- */

static void an_answer_has_status_headers_and_body(void **state)
{
    assert_int_equal(
        ask("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCACHE-Control: \t max-age=60 \r\nCache-Control: no\r\n\r\nhello",
            false),
        OUTBOUND_ANSWERED);
    assert_int_equal(told[0].status, 200);
    assert_string_equal(told[0].body, "hello");
    assert_string_equal(told[0].cache, "max-age=60");
    assert_int_equal(outbound_stats(out).answered, 1);
}

static void any_status_is_an_answer(void **state)
{
    assert_int_equal(ask("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", false), OUTBOUND_ANSWERED);
    assert_int_equal(told[0].status, 503);
    assert_string_equal(told[0].body, "");
    assert_false(told[0].has_cache);
}

static void the_request_is_as_asked(void **state)
{
    const char *const headers[] = { "Content-Type: application/json", "Authorization: Bearer x", NULL };
    struct outbound_request rq = to(server.url);
    rq.method = "POST";
    rq.headers = headers;
    rq.body = TEXT("{\"a\":1}");
    server.says = "HTTP/1.1 204 Done\r\n\r\n";
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].status, 204);
    assert_true(heard("POST / HTTP/1.1\r\n"));
    assert_true(heard("Content-Type: application/json\r\n"));
    assert_true(heard("Authorization: Bearer x\r\n"));
    assert_true(heard("Content-Length: 7\r\n"));
    assert_true(heard("\r\n\r\n{\"a\":1}"));
    assert_false(heard("Expect"));
}

static void methods_without_a_body(void **state)
{
    static const char *const methods[] = { "DELETE", "HEAD", "POST", "PUT" };
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (int i = 0; i < 4; i++) {
        struct outbound_request rq = to(server.url);
        char line[64];
        rq.method = methods[i];
        assert_non_null(send_as(i, &rq));
        wait_for(i);
        assert_int_equal(told[i].status, 200);
        snprintf(line, sizeof line, "%s / HTTP/1.1\r\n", methods[i]);
        assert_true(heard(line));
    }
}

static void a_connection_is_used_again(void **state)
{
    struct outbound_request rq = to(server.url);
    ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false);
    assert_non_null(send_as(1, &rq));
    wait_for(1);
    assert_int_equal(told[1].status, 200);
    assert_int_equal(server.connections, 1);
}

static void what_cannot_be_sent_is_refused_at_once(void **state)
{
    static const char *const bad_header[] = { "A: b\r\nC: d", NULL }, *const no_header[] = { "nonsense", NULL };
    struct outbound_request cases[] = { to("file:///etc/passwd"),
                                        to("ftp://127.0.0.1/"),
                                        to("127.0.0.1:80"),
                                        to(""),
                                        to("http://127.0.0.1/\r\nX: y"),
                                        to("http://"),
                                        to(server.url),
                                        to(server.url),
                                        to(server.url),
                                        to(server.url) };
    cases[6].method = "get";
    cases[7].method = "";
    cases[8].headers = bad_header;
    cases[9].headers = no_header;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(send_as(0, &cases[i]));
        assert_int_equal(told[0].end, OUTBOUND_BAD_REQUEST);
    }
    assert_int_equal(server.connections, 0);
}

/* ---- pieces ---- */

static struct {
    char bytes[2000];
    int status, calls;
    bool takes;
} pieces;

static bool on_piece(void *arg, int status, struct text bytes)
{
    size_t n = strlen(pieces.bytes);
    assert_int_equal((intptr_t)arg, 0);
    pieces.calls++;
    pieces.status = status;
    snprintf(pieces.bytes + n, sizeof pieces.bytes - n, "%.*s", (int)bytes.n, bytes.p);
    return pieces.takes;
}

static enum outbound_end ask_in_pieces(const char *says, bool takes)
{
    struct outbound_request rq = to(server.url);
    rq.piece = on_piece;
    memset(&pieces, 0, sizeof pieces);
    pieces.takes = takes;
    server.says = says;
    assert_non_null(send_as(0, &rq));
    while (!told[0].calls)
        uv_run(&server.loop, UV_RUN_ONCE);
    return told[0].end;
}

static void a_body_is_taken_as_it_comes(void **state)
{
    struct outbound_request rq = to(server.url);
    rq.piece = on_piece;
    memset(&pieces, 0, sizeof pieces);
    pieces.takes = true;
    server.says = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    assert_non_null(send_as(0, &rq));
    while (!pieces.calls)
        uv_run(&server.loop, UV_RUN_ONCE);
    assert_string_equal(pieces.bytes, "hello");
    assert_int_equal(pieces.status, 200);
    assert_int_equal(told[0].calls, 0); /* there is more to come */
    server.says = "6\r\n world\r\n0\r\n\r\n";
    script_release();
    wait_for(0);
    assert_string_equal(pieces.bytes, "hello world");
    assert_int_equal(told[0].end, OUTBOUND_ANSWERED);
    assert_string_equal(told[0].body, "");
}

static void what_nobody_takes_is_the_body(void **state)
{
    ask_in_pieces("HTTP/1.1 429 Slow\r\nContent-Length: 5\r\n\r\nhello", false);
    assert_int_equal(pieces.status, 429);
    assert_string_equal(pieces.bytes, "hello");
    assert_string_equal(told[0].body, "hello");
}

static void what_is_taken_counts_as_much_as_what_is_kept(void **state)
{
    static char says[2000];
    memset(says, 'x', sizeof says - 1);
    memcpy(says, TEXT("HTTP/1.1 200 OK\r\n\r\n").p, 19); /* without a length: until the end */
    assert_int_equal(ask_in_pieces(says, true), OUTBOUND_TOO_LARGE);
}

/* ---- answers that are none ---- */

static void a_huge_answer_is_cut_off(void **state)
{
    static char says[4096];
    memset(says, 'x', sizeof says - 1);
    memcpy(says, TEXT("HTTP/1.1 200 OK\r\n\r\n").p, 19); /* without a length: until the end */
    assert_int_equal(ask(says, false), OUTBOUND_TOO_LARGE);
    assert_string_equal(told[0].body, "");
    assert_int_equal(told[0].status, 0);
    assert_int_equal(outbound_stats(out).failed, 1);
}

static void an_announced_huge_answer_is_not_read(void **state)
{
    assert_int_equal(ask("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", false), OUTBOUND_TOO_LARGE);
}

static void endless_headers_are_cut_off(void **state)
{
    static char says[OUTBOUND_HEADERS_MAX + 4096];
    size_t n = (size_t)snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\n");
    while (n < sizeof says - 100)
        n += (size_t)snprintf(says + n, sizeof says - n, "X-Line: %080d\r\n", 1);
    assert_int_equal(ask(says, false), OUTBOUND_TOO_LARGE);
}

static void an_answer_of_the_largest_size_is_good(void **state)
{
    static char says[2000];
    size_t n = (size_t)snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    memset(says + n, 'y', 1000);
    assert_int_equal(ask(says, false), OUTBOUND_ANSWERED);
    assert_int_equal(strlen(told[0].body), 1000);
}

static void a_cut_answer_is_none(void **state)
{
    assert_int_equal(ask("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true), OUTBOUND_CUT);
    assert_string_equal(told[0].body, "");
}

static void no_answer_at_all(void **state)
{
    assert_int_equal(ask("", true), OUTBOUND_CUT);
}

static void garbage_is_no_answer(void **state)
{
    assert_int_equal(ask("SSH-2.0-OpenSSH_9.2\r\n\r\n", true), OUTBOUND_GARBAGE);
}

static void broken_chunks_are_no_answer(void **state)
{
    enum outbound_end end = ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello", true);
    assert_true(end == OUTBOUND_CUT || end == OUTBOUND_GARBAGE);
}

static void interim_answers_are_passed_over(void **state)
{
    assert_int_equal(ask("HTTP/1.1 103 Early Hints\r\nCache-Control: early\r\n\r\n"
                         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                         false),
                     OUTBOUND_ANSWERED);
    assert_int_equal(told[0].status, 200);
    assert_false(told[0].has_cache);
}

static void a_silent_server_runs_into_the_time_limit(void **state)
{
    struct outbound_request rq = to(server.url);
    rq.total_ms = 50;
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_TIMEOUT);
}

static void a_slow_server_runs_into_the_time_limit(void **state)
{
    struct outbound_request rq = to(server.url);
    rq.total_ms = 50;
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nslow";
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_TIMEOUT);
}

static void nobody_listens(void **state)
{
    struct outbound_request rq = to("http://127.0.0.1:1/");
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_UNREACHABLE);
}

static void plain_words_where_tls_is_spoken(void **state)
{
    char url[128];
    snprintf(url, sizeof url, "https%s", server.url + 4);
    struct outbound_request rq = to(url);
    server.says = "HTTP/1.1 400 Bad Request\r\n\r\n";
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_TLS);
}

/* ---- redirects ---- */

static char moved[256];

static const char *moved_to(const char *place)
{
    snprintf(moved, sizeof moved,
             "HTTP/1.1 302 Found\r\nLocation: %s\r\nCache-Control: old\r\nContent-Length: 0\r\n\r\n", place);
    return moved;
}

static void a_redirect_is_an_answer_unless_asked_to_follow(void **state)
{
    assert_int_equal(ask(moved_to(server.url), false), OUTBOUND_ANSWERED);
    assert_int_equal(told[0].status, 302);
    assert_int_equal(server.connections, 1);
}

static void redirects_end_somewhere(void **state)
{
    struct outbound_request rq = to(server.url);
    rq.redirects = 2;
    server.says = moved_to("/again");
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_REDIRECTS);
    assert_true(heard("GET /again HTTP/1.1"));
}

static void a_redirect_leaves_http_never(void **state)
{
    struct outbound_request rq = to(server.url);
    rq.redirects = 2;
    server.says = moved_to("file:///etc/passwd");
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_GARBAGE);
}

/* ---- names ---- */

static void named_url(char to_url[static 64], const char *host)
{
    snprintf(to_url, 64, "http://%s%s", host, strrchr(server.url, ':'));
}

static void a_name_is_resolved(void **state)
{
    char url[64];
    named_url(url, "there.test");
    struct outbound_request rq = to(url);
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_ANSWERED);
}

static void an_unknown_name(void **state)
{
    struct outbound_request rq = to("http://nowhere.test/");
    assert_non_null(send_as(0, &rq));
    wait_for(0);
    assert_int_equal(told[0].end, OUTBOUND_UNRESOLVED);
}

/* The resolver is held until both calls have ended: had the loop waited for it, this would never end. */
static void a_slow_resolver_holds_nothing_up(void **state)
{
    struct outbound_request slow = to("http://there.test/"), other = to(server.url);
    slow.total_ms = 50;
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    hold_names(true);
    assert_non_null(send_as(0, &slow));
    assert_non_null(send_as(1, &other));
    wait_for(1);
    wait_for(0);
    assert_int_equal(told[1].end, OUTBOUND_ANSWERED);
    assert_int_equal(told[0].end, OUTBOUND_TIMEOUT);
    slow.total_ms = GUARD_MS;
    struct outbound_call *third = send_as(2, &slow);
    assert_non_null(third);
    uv_run(&server.loop, UV_RUN_NOWAIT);
    outbound_cancel(third);
    assert_int_equal(told[2].calls, 0);
    hold_names(false);
}

static void a_slow_answer_holds_up_no_other_call_to_its_host(void **state)
{
    struct outbound_request rq = to(server.url);
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    server.holds = true;
    struct outbound_call *slow = send_as(0, &rq);
    wait_for_connections(1);
    while (!heard("GET"))
        uv_run(&server.loop, UV_RUN_ONCE);
    server.holds = false;
    assert_non_null(send_as(1, &rq));
    wait_for(1);
    assert_int_equal(told[1].end, OUTBOUND_ANSWERED);
    assert_int_equal(told[0].calls, 0);
    outbound_cancel(slow);
}

/* ---- the queue ---- */

static void more_than_fit_wait_their_turn_and_then_are_refused(void **state)
{
    struct outbound_request rq = to(server.url);
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    server.holds = true;
    assert_non_null(send_as(0, &rq));
    assert_non_null(send_as(1, &rq));
    assert_null(send_as(2, &rq));
    assert_int_equal(told[2].end, OUTBOUND_FULL);
    assert_int_equal(outbound_stats(out).running, 1);
    assert_int_equal(outbound_stats(out).waiting, 1);
    wait_for_connections(1);
    assert_int_equal(told[0].calls + told[1].calls, 0);
    while (!heard("GET"))
        uv_run(&server.loop, UV_RUN_ONCE);
    script_release();
    wait_for(0);
    wait_for(1);
    assert_int_equal(told[1].end, OUTBOUND_ANSWERED);
}

static void waiting_counts_as_time(void **state)
{
    struct outbound_request rq = to(server.url), hasty = to(server.url);
    hasty.total_ms = 50;
    server.holds = true;
    struct outbound_call *first = send_as(0, &rq);
    assert_non_null(send_as(1, &hasty));
    wait_for(1);
    assert_int_equal(told[1].end, OUTBOUND_TIMEOUT);
    assert_int_equal(told[0].calls, 0);
    assert_int_equal(outbound_stats(out).waiting, 0);
    outbound_cancel(first);
}

static void a_cancelled_call_makes_room(void **state)
{
    struct outbound_request rq = to(server.url);
    server.holds = true;
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct outbound_call *first = send_as(0, &rq);
    assert_non_null(send_as(1, &rq));
    wait_for_connections(1);
    server.holds = false;
    outbound_cancel(first);
    assert_int_equal(told[1].calls, 0);
    wait_for(1);
    assert_int_equal(told[1].end, OUTBOUND_ANSWERED);
    assert_int_equal(told[0].calls, 0);
}

static void a_waiting_call_is_cancelled(void **state)
{
    struct outbound_request rq = to(server.url);
    struct outbound_call *first = send_as(0, &rq), *second = send_as(1, &rq);
    outbound_cancel(second);
    assert_int_equal(outbound_stats(out).waiting, 0);
    outbound_cancel(first);
    assert_int_equal(outbound_stats(out).running, 0);
    assert_int_equal(told[0].calls + told[1].calls, 0);
}

static struct outbound_call *victim;

static void done_sends_and_cancels(void *arg, const struct outbound_answer *a)
{
    struct outbound_request rq = to(server.url);
    on_done(arg, a);
    if (victim)
        outbound_cancel(victim);
    victim = NULL;
    assert_non_null(send_as(2, &rq));
}

static void a_done_may_send_and_cancel(void **state)
{
    struct outbound_request rq = to(server.url);
    enum outbound_end why;
    server.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_non_null(outbound_send(out, &rq, done_sends_and_cancels, 0, &why));
    victim = send_as(1, &rq);
    wait_for(2);
    assert_int_equal(told[0].calls, 1);
    assert_int_equal(told[1].calls, 0);
}

/* ---- the end ---- */

static void on_stopped(void *arg, const struct outbound_answer *a)
{
    struct outbound_request rq = to(server.url);
    enum outbound_end why;
    on_done(arg, a);
    assert_null(outbound_send(out, &rq, on_done, arg, &why));
    assert_int_equal(why, OUTBOUND_STOPPED);
}

static void closing_ends_every_call(void **state)
{
    struct outbound_request rq = to(server.url);
    enum outbound_end why;
    server.holds = true;
    assert_non_null(outbound_send(out, &rq, on_stopped, (void *)0, &why));
    assert_non_null(outbound_send(out, &rq, on_stopped, (void *)1, &why));
    wait_for_connections(1);
    outbound_close(out);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].end, OUTBOUND_STOPPED);
    }
    assert_int_equal(outbound_stats(out).running + outbound_stats(out).waiting, 0);
}

static void every_end_has_words(void **state)
{
    for (int i = 0; i < OUTBOUND_END_COUNT; i++)
        assert_true(*outbound_words((enum outbound_end)i));
}

#define CALL(test)   cmocka_unit_test_setup_teardown(test, setup, teardown)
#define NARROW(test) cmocka_unit_test_setup_teardown(test, setup_narrow, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALL(an_answer_has_status_headers_and_body),
        CALL(any_status_is_an_answer),
        CALL(the_request_is_as_asked),
        CALL(methods_without_a_body),
        CALL(a_connection_is_used_again),
        CALL(what_cannot_be_sent_is_refused_at_once),
        CALL(a_body_is_taken_as_it_comes),
        CALL(what_nobody_takes_is_the_body),
        CALL(what_is_taken_counts_as_much_as_what_is_kept),
        CALL(a_huge_answer_is_cut_off),
        CALL(an_announced_huge_answer_is_not_read),
        CALL(endless_headers_are_cut_off),
        CALL(an_answer_of_the_largest_size_is_good),
        CALL(a_cut_answer_is_none),
        CALL(no_answer_at_all),
        CALL(garbage_is_no_answer),
        CALL(broken_chunks_are_no_answer),
        CALL(interim_answers_are_passed_over),
        CALL(a_silent_server_runs_into_the_time_limit),
        CALL(a_slow_server_runs_into_the_time_limit),
        CALL(nobody_listens),
        CALL(plain_words_where_tls_is_spoken),
        CALL(a_redirect_is_an_answer_unless_asked_to_follow),
        CALL(redirects_end_somewhere),
        CALL(a_redirect_leaves_http_never),
        CALL(a_name_is_resolved),
        CALL(an_unknown_name),
        CALL(a_slow_resolver_holds_nothing_up),
        CALL(a_slow_answer_holds_up_no_other_call_to_its_host),
        NARROW(more_than_fit_wait_their_turn_and_then_are_refused),
        NARROW(waiting_counts_as_time),
        NARROW(a_cancelled_call_makes_room),
        NARROW(a_waiting_call_is_cancelled),
        CALL(a_done_may_send_and_cancel),
        NARROW(closing_ends_every_call),
        cmocka_unit_test(every_end_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
