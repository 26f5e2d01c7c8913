/* Output: what is gathered, what is kept by reference, and in which order it leaves. Wires of a user that only notes, on a
 * loop of the test's own thread; wire_test.c has what a peer sees of them. */
#include "proto/config/config.h"
#include "tests/test.h"
#include "transport/wire/output.h"
#include "transport/wire/wires.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 5, WIRES = 3, LARGE = 8 << 20, PEER_BUFFER = 1 << 16 };

static uv_loop_t loop;
static struct wires ws;
static struct wire *here[WIRES]; /* NULL: freed, or not come yet */
static int come, closed, drained;
static enum close_reason why;

/* ---- the user ---- */

static void on_drained(struct wire *w)
{
    drained++;
}

static void on_closed(struct wire *w)
{
    closed++;
}

static const struct wire_user user = { .drained = on_drained, .closed = on_closed };

static void on_accepted(struct wire *w, bool over)
{
    assert_true(come < WIRES);
    here[come++] = w;
}

static void on_closing(struct wire *w, enum close_reason reason)
{
    why = reason;
}

static void on_fini(struct wire *w)
{
    for (int i = 0; i < WIRES; i++)
        here[i] = here[i] == w ? NULL : here[i];
}

static void on_released(struct wires *all)
{
}

static const struct wires_owner owner = { .size = sizeof(struct wire),
                                          .user = &user,
                                          .accepted = on_accepted,
                                          .closing = on_closing,
                                          .fini = on_fini,
                                          .released = on_released };

static int setup(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    config.idle_timeout = config.request_timeout = 60;
    config.max_connections = 8;
    come = closed = drained = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(wires_init(&ws, &loop, &owner));
    int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(bound, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(wires_listen(&ws, bound), 0);
    return 0;
}

static int teardown(void **state)
{
    wires_close(&ws);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(wires_closed(&ws));
    wires_fini(&ws);
    return uv_loop_close(&loop);
}

/* ---- the peer ---- */

#define UNTIL(holds)                                                                                                   \
    for (time_t until_ = time(NULL) + PATIENCE_S; !(holds); uv_run(&loop, UV_RUN_NOWAIT))                              \
    assert_true(time(NULL) <= until_)

static int dial(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons(wires_port(&ws)) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), before = come, most = PEER_BUFFER;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, sizeof most), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    UNTIL(come > before);
    return fd;
}

/* Hears n bytes into `to` (NULL: forgets them), while the loop turns. */
static void hear(int fd, char *to, size_t n)
{
    static char heard[1 << 16];
    while (n) {
        ssize_t got = -1;
        UNTIL((got = recv(fd, heard, n < sizeof heard ? n : sizeof heard, 0)) >= 0 || errno != EAGAIN);
        assert_true(got > 0);
        if (to)
            to = (char *)memcpy(to, heard, (size_t)got) + got;
        n -= (size_t)got;
    }
}

static bool hears_nothing(int fd)
{
    char byte;
    uv_run(&loop, UV_RUN_NOWAIT);
    return recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN;
}

static struct chunk *chunk_of(const char *text)
{
    struct chunk *c = chunk_create(strlen(text));
    assert_non_null(c);
    memcpy(c->p, text, c->n);
    return c;
}

static struct chunk *large_chunk(void)
{
    struct chunk *c = chunk_create(LARGE);
    assert_non_null(c);
    memset(c->p, '-', LARGE);
    return c;
}

/* The socket takes no more. */
static void fill(struct wire *w)
{
    struct chunk *large = large_chunk();
    uint64_t before = w->sent;
    assert_true(output_chunk(w, large));
    assert_int_equal(large->refs, 2);
    chunk_unref(large);
    assert_int_equal(w->sent - before + output_backlog(w), LARGE);
}

/* ---- gathering ---- */

static void what_is_gathered_waits_for_its_end(void **state)
{
    char heard[8];
    int fd = dial();
    struct wire *w = here[0];
    assert_true(output_cork(w));
    assert_false(output_cork(w)); /* somebody gathers already: this very wire */
    buf_puts(output_buf(w), "one ");
    assert_true(output_done(w));
    buf_puts(output_buf(w), "two ");
    assert_true(output_done(w));
    assert_int_equal(w->sent, 0);
    assert_true(output_flush(w));
    assert_int_equal(w->sent, 8);
    assert_true(output_flush(w)); /* of nothing */
    buf_puts(output_buf(w), "3");
    output_uncork(w);
    hear(fd, heard, 8);
    assert_memory_equal(heard, "one two ", 8);
    hear(fd, heard, 1);
    assert_null(ws.corked);
    close(fd);
}

static void others_send_at_once_meanwhile(void **state)
{
    char heard[2];
    int fd = dial(), other = dial();
    assert_true(output_cork(here[0]));
    assert_false(output_cork(here[1]));
    buf_puts(output_buf(here[0]), "a");
    buf_puts(output_buf(here[1]), "b");
    assert_true(output_done(here[1]));
    assert_true(output_done(here[0]));
    hear(other, heard, 1);
    assert_int_equal(heard[0], 'b');
    assert_true(hears_nothing(fd));
    output_uncork(here[0]);
    hear(fd, heard, 1);
    assert_int_equal(heard[0], 'a');
    close(fd);
    close(other);
}

/* Not more than a little is gathered. */
static void what_is_much_leaves_before_the_end(void **state)
{
    char piece[4096];
    int fd = dial();
    struct wire *w = here[0];
    memset(piece, 'x', sizeof piece);
    assert_true(output_cork(w));
    for (int i = 0; i < 20; i++) {
        buf_put(output_buf(w), piece, sizeof piece);
        assert_true(output_done(w));
    }
    assert_true(w->sent >= 65536 && w->sent < 20 * sizeof piece);
    output_uncork(w);
    hear(fd, NULL, 20 * sizeof piece);
    close(fd);
}

static void a_chunk_stands_behind_what_was_gathered(void **state)
{
    char heard[6];
    int fd = dial();
    struct chunk *c = chunk_of("two");
    assert_true(output_cork(here[0]));
    buf_puts(output_buf(here[0]), "one");
    assert_true(output_done(here[0]));
    assert_true(output_chunk(here[0], c));
    output_uncork(here[0]);
    hear(fd, heard, 6);
    assert_memory_equal(heard, "onetwo", 6);
    assert_int_equal(c->refs, 1); /* all of it was taken */
    chunk_unref(c);
    close(fd);
}

static void without_memory_it_is_cut(void **state)
{
    int fd = dial(), other = dial();
    output_buf(here[0])->failed = true;
    assert_false(output_done(here[0]));
    assert_int_equal(why, CLOSE_NO_MEMORY);
    assert_true(output_cork(here[1]));
    output_buf(here[1])->failed = true;
    assert_false(output_done(here[1]));
    output_uncork(here[1]);
    assert_int_equal(closed, 2);
    UNTIL(!here[0] && !here[1]);
    int third = dial(); /* nothing of that is left for who comes next */
    assert_true(output_cork(here[2]));
    assert_int_equal(output_buf(here[2])->n, 0);
    output_uncork(here[2]);
    assert_int_equal(closed, 2);
    close(fd);
    close(other);
    close(third);
}

/* ---- the backlog ---- */

static void all_leaves_in_its_order(void **state)
{
    enum { MANY = 200 };
    char expected[MANY * 4], heard[MANY * 4];
    int fd = dial();
    struct wire *w = here[0];
    fill(w);
    for (int i = 0; i < MANY; i++) { /* more than fly at once, and the ring grows and wraps */
        snprintf(expected + i * 3, 4, "%03u", (unsigned)i % 1000);
        struct chunk *c = chunk_of(expected + i * 3);
        if (i % 3) {
            assert_true(output_chunk(w, c));
            assert_int_equal(c->refs, 2);
        } else {
            buf_puts(output_buf(w), expected + i * 3);
            assert_true(output_done(w));
        }
        chunk_unref(c);
    }
    hear(fd, NULL, LARGE);
    hear(fd, heard, MANY * 3);
    assert_memory_equal(heard, expected, MANY * 3);
    UNTIL(drained == 1);
    assert_int_equal(output_backlog(w), 0);
    assert_int_equal(w->sent, LARGE + MANY * 3);
    assert_int_equal(ws.stats.sent, w->sent);
    close(fd);
}

static void a_chunk_is_shared_and_counted_in_parts(void **state)
{
    int fd = dial(), other = dial();
    struct chunk *large = large_chunk();
    assert_true(output_chunk(here[0], large));
    assert_true(output_chunk(here[1], large));
    assert_int_equal(large->refs, 3);
    uint64_t before = output_memory(here[0]);
    assert_true(before > 0 && before < LARGE / 2);
    assert_true(output_memory(here[1]) > 0);
    wire_close(here[1], CLOSE_SHUTDOWN);
    UNTIL(!here[1]);
    assert_int_equal(large->refs, 2);
    chunk_unref(large);
    assert_true(output_memory(here[0]) > before); /* it is alone now */
    close(fd);
    close(other);
}

static void how_far_behind_is_decided_when_it_is_pushed(void **state)
{
    int fd = dial();
    struct wire *w = here[0];
    struct chunk *c = chunk_of("tick");
    assert_int_equal(output_push(w, c, 0), OUTPUT_SENT); /* who is not behind may be sent anything */
    fill(w);
    size_t behind = output_backlog(w);
    assert_int_equal(output_push(w, c, behind + c->n), OUTPUT_BEHIND);
    assert_int_equal(output_backlog(w), behind + c->n);
    assert_int_equal(output_push(w, c, behind + 2 * c->n - 1), OUTPUT_CUT);
    assert_int_equal(why, CLOSE_SLOW_READER);
    assert_int_equal(ws.stats.cut_slow, 1);
    assert_int_equal(output_push(w, c, LARGE * 2), OUTPUT_CUT); /* it is closed */
    assert_int_equal(closed, 1);
    UNTIL(!here[0]);
    assert_int_equal(c->refs, 1);
    chunk_unref(c);
    close(fd);
}

static void progress_is_what_the_peer_takes(void **state)
{
    int fd = dial();
    struct wire *w = here[0];
    assert_true(output_progress(w)); /* there is no backlog */
    fill(w);
    while (output_progress(w)) /* what was on its way */
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(output_unacknowledged(w) > 0);
    hear(fd, NULL, LARGE / 2);
    UNTIL(output_progress(w));
    close(fd);
}

static void the_last_word_is_heard_before_the_end(void **state)
{
    char heard[4];
    int fd = dial();
    struct chunk *last = chunk_of("bye!");
    fill(here[0]);
    output_end(here[0], last, CLOSE_DRAIN);
    assert_int_equal(here[0]->state, WIRE_ENDING);
    output_end(here[0], last, CLOSE_SHUTDOWN); /* it ends already */
    hear(fd, NULL, LARGE);
    hear(fd, heard, 4);
    assert_memory_equal(heard, "bye!", 4);
    UNTIL(!here[0]);
    assert_int_equal(why, CLOSE_DRAIN);
    assert_int_equal(recv(fd, heard, 1, 0), 0);
    assert_int_equal(last->refs, 1);
    chunk_unref(last);
    close(fd);
}

static void a_broken_peer_ends_it_once(void **state)
{
    struct linger reset = { .l_onoff = 1 };
    int fd = dial();
    struct chunk *c = chunk_of("tick");
    fill(here[0]);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(fd);
    UNTIL(closed);
    UNTIL(!here[0]);
    assert_int_equal(closed, 1);
    chunk_unref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_gathered_waits_for_its_end),
        TEST(others_send_at_once_meanwhile),
        TEST(what_is_much_leaves_before_the_end),
        TEST(a_chunk_stands_behind_what_was_gathered),
        TEST(without_memory_it_is_cut),
        TEST(all_leaves_in_its_order),
        TEST(a_chunk_is_shared_and_counted_in_parts),
        TEST(how_far_behind_is_decided_when_it_is_pushed),
        TEST(progress_is_what_the_peer_takes),
        TEST(the_last_word_is_heard_before_the_end),
        TEST(a_broken_peer_ends_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
