/* Wire: a user that says back what it hears, on a loop of the test's own thread: peers that end half or break off, what
 * they do not take, deadlines, handing over, and a cut in every state. */
#include "proto/config/config.h"
#include "tests/test.h"
#include "transport/wire/output.h"
#include "transport/wire/wires.h"
#include "transport/wire/writable.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 5, LARGE = 8 << 20, PEER_BUFFER = 1 << 16, BACKLOG = 100000 };

struct echo {
    struct wire wire;
    char *mine; /* freed with it */
};

/* What the last wire has called. */
static struct seen {
    int accepted, over, bytes, drained, writable, ended, expired, closing, closed, freed;
    enum close_reason why;
    uint8_t was; /* enum wire_state, as it was about to close */
    bool keeps;  /* `ended` and `expired` say that it goes on */
    size_t room; /* what it takes at once */
    enum { SAY_BACK, CUT_AT_BYTES, FINISH_AT_BYTES, LINGER_AT_BYTES, IGNORE } does;
} seen;

static uv_loop_t loop;
static struct wires ws;
static struct wire *here; /* the wire that came last; NULL: it is freed */
static bool released;

/* ---- the user ---- */

static void on_bytes(struct wire *w, const char *p, size_t n)
{
    seen.bytes++;
    if (seen.does == CUT_AT_BYTES)
        wire_close(w, CLOSE_PROTOCOL_ERROR);
    if (seen.does == CUT_AT_BYTES || seen.does == IGNORE)
        return;
    buf_put(output_buf(w), p, n);
    if (!output_done(w))
        return;
    if (seen.does == FINISH_AT_BYTES)
        wire_finish(w, CLOSE_CLIENT_ASKED);
    if (seen.does == LINGER_AT_BYTES)
        wire_linger(w, false, CLOSE_BODY_REFUSED);
    wire_settle(w);
}

static size_t on_room(const struct wire *w)
{
    return seen.room ? seen.room : WIRE_READ_MOST;
}

static void on_drained(struct wire *w)
{
    assert_null(w->backlog);
    seen.drained++;
}

static void on_writable(struct wire *w)
{
    seen.writable++;
}

static bool on_ended(struct wire *w)
{
    assert_true(w->ended);
    seen.ended++;
    return seen.keeps;
}

static bool on_expired(struct wire *w)
{
    seen.expired++;
    return seen.keeps;
}

static void on_closed(struct wire *w)
{
    assert_int_equal(w->state, WIRE_CLOSED);
    seen.closed++;
}

static const struct wire_user echo = { on_bytes, on_room, on_drained, on_writable, on_ended, on_expired, on_closed };

/* ---- whose the wires are ---- */

static void on_accepted(struct wire *w, bool over)
{
    here = w;
    ((struct echo *)w)->mine = malloc(8);
    seen.accepted++;
    seen.over += over;
}

static void on_closing(struct wire *w, enum close_reason why)
{
    seen.closing++;
    seen.why = why;
    seen.was = w->state;
}

static void on_fini(struct wire *w)
{
    free(((struct echo *)w)->mine);
    seen.freed++;
    here = NULL;
}

static void on_released(struct wires *all)
{
    released |= wires_closed(all);
}

static const struct wires_owner owner = { .size = sizeof(struct echo),
                                          .user = &echo,
                                          .accepted = on_accepted,
                                          .closing = on_closing,
                                          .fini = on_fini,
                                          .released = on_released };

static int setup(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    config.idle_timeout = config.request_timeout = 60;
    config.half_open_timeout = 30;
    config.max_connections = 8;
    seen = (struct seen){ 0 };
    released = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(wires_init(&ws, &loop, &owner));
    int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(bound, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(wires_listen(&ws, bound), 0);
    return 0;
}

/* Nothing is left: no handle, no memory. */
static int teardown(void **state)
{
    wires_close(&ws);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(released);
    assert_int_equal(seen.closed, seen.closing);
    assert_int_equal(seen.freed, seen.closed);
    assert_int_equal(ws.peers.n, 0);
    wires_fini(&ws);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

/* ---- the peer ---- */

static void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

#define UNTIL(holds)                                                                                                   \
    do {                                                                                                               \
        time_t until_ = time(NULL) + PATIENCE_S;                                                                       \
        while (!(holds)) {                                                                                             \
            assert_true(time(NULL) <= until_);                                                                         \
            turn();                                                                                                    \
        }                                                                                                              \
    } while (0)

static int dial(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons(wires_port(&ws)) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), before = seen.accepted, most = PEER_BUFFER;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, sizeof most), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    UNTIL(seen.accepted > before);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Hears exactly this. */
static void hear(int fd, const char *text)
{
    char heard[256];
    size_t n = 0, want = strlen(text);
    while (n < want) {
        ssize_t got = -1;
        UNTIL((got = recv(fd, heard + n, want - n, 0)) >= 0 || errno != EAGAIN);
        assert_true(got > 0);
        n += (size_t)got;
    }
    assert_memory_equal(heard, text, want);
}

/* Hears so many bytes, then the end. The errno of a break, 0: an orderly end. */
static int hear_out(int fd, size_t *ret_n)
{
    static char heard[1 << 16];
    ssize_t got;
    *ret_n = 0;
    do {
        UNTIL((got = recv(fd, heard, sizeof heard, 0)) >= 0 || errno != EAGAIN);
        if (got > 0)
            *ret_n += (size_t)got;
    } while (got > 0);
    return got ? errno : 0;
}

static void break_off(int fd)
{
    struct linger reset = { .l_onoff = 1 };
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(fd);
}

static bool put(struct wire *w, size_t n)
{
    struct chunk *chunk = chunk_create(n);
    assert_non_null(chunk);
    memset(chunk->p, 'x', n);
    bool open = output_chunk(w, chunk);
    chunk_unref(chunk);
    return open;
}

/* A wire whose socket takes no more. */
static int dial_behind(void)
{
    int fd = dial();
    assert_true(put(here, LARGE));
    assert_non_null(here->backlog);
    return fd;
}

/* ---- what is said and heard ---- */

static void what_is_heard_is_said_back(void **state)
{
    int fd = dial();
    say(fd, "hello");
    hear(fd, "hello");
    say(fd, "again");
    hear(fd, "again");
    assert_int_equal(here->received, 10);
    assert_int_equal(here->sent, 10);
    assert_int_equal(ws.stats.received, 10);
    assert_int_equal(ws.stats.sent, 10);
    assert_int_equal(ws.stats.accepted, 1);
    assert_int_equal(here->serial, 1);
    assert_int_equal(here->peer->count, 1);
    close(fd);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_PEER_CLOSED);
    assert_int_equal(ws.stats.connections, 0);
}

static void no_more_comes_than_there_is_room(void **state)
{
    int fd = dial();
    seen.room = 2;
    say(fd, "hello");
    hear(fd, "hello");
    assert_int_equal(seen.bytes, 3);
    close(fd);
}

static void what_nobody_reads_waits(void **state)
{
    int fd = dial();
    wire_read(here, false);
    say(fd, "hello");
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(seen.bytes, 0);
    wire_read(here, true);
    hear(fd, "hello");
    close(fd);
}

static void what_is_gathered_is_sent_at_once(void **state)
{
    int fd = dial(), other = dial();
    struct wire *w = here;
    assert_true(output_cork(w));
    assert_false(output_cork(w));
    buf_puts(output_buf(w), "one ");
    assert_true(output_done(w));
    buf_puts(output_buf(w), "two");
    assert_true(output_done(w));
    assert_int_equal(w->sent, 0);
    output_uncork(w);
    assert_int_equal(w->sent, 7);
    hear(other, "one two");
    close(fd);
    close(other);
}

/* A chunk's framing is not for a bare wire. */
static void a_bare_wire_hears_no_framing(void **state)
{
    int fd = dial();
    struct chunk *chunk = chunk_create(7);
    memcpy(chunk->p, "<<mid>>", 7);
    chunk->before = chunk->behind = 2;
    assert_int_equal(output_push(here, chunk, BACKLOG), OUTPUT_SENT);
    hear(fd, "<<mid>>");
    here->bare = true;
    assert_int_equal(output_push(here, chunk, BACKLOG), OUTPUT_SENT);
    hear(fd, "mid");
    assert_int_equal(chunk->refs, 1);
    chunk_unref(chunk);
    close(fd);
}

static void who_is_over_the_cap_is_told_apart(void **state)
{
    ws.most = 1;
    int first = dial(), second = dial();
    assert_int_equal(seen.over, 1);
    close(first);
    close(second);
    UNTIL(seen.freed == 2);
    int third = dial();
    assert_int_equal(seen.over, 1);
    close(third);
}

/* ---- peers that end ---- */

static void a_half_open_peer_is_told_the_rest(void **state)
{
    int fd = dial();
    seen.keeps = true;
    shutdown(fd, SHUT_WR);
    UNTIL(seen.ended);
    assert_int_equal(seen.closed, 0);
    buf_puts(output_buf(here), "bye");
    assert_true(output_done(here));
    output_end(here, NULL, CLOSE_CLIENT_ASKED);
    assert_int_equal(seen.closed, 1);
    assert_int_equal(seen.why, CLOSE_CLIENT_ASKED);
    hear(fd, "bye");
    size_t n;
    assert_int_equal(hear_out(fd, &n), 0);
    assert_int_equal(n, 0);
    close(fd);
}

static void a_half_open_peer_with_nothing_to_hear_is_closed(void **state)
{
    int fd = dial();
    shutdown(fd, SHUT_WR);
    UNTIL(seen.freed);
    assert_int_equal(seen.ended, 1);
    assert_int_equal(seen.why, CLOSE_PEER_CLOSED);
    close(fd);
}

static void a_peer_that_breaks_off_is_named(void **state)
{
    int fd = dial();
    seen.keeps = true; /* nobody is asked */
    break_off(fd);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_PEER_RESET);
    assert_int_equal(seen.ended, 0);
}

static void a_peer_breaks_off_in_the_backlog(void **state)
{
    int fd = dial_behind();
    break_off(fd);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_PEER_RESET);
    assert_int_equal(seen.drained, 0);
}

static int option(int level, int name)
{
    int v = 0;
    socklen_t n = sizeof v;
    assert_int_equal(getsockopt(here->fd, level, name, &v, &n), 0);
    return v;
}

static void a_silent_peer_is_watched(void **state)
{
    int fd = dial();
    wire_watch_peer(here);
    assert_int_equal(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
    assert_int_equal(option(IPPROTO_TCP, TCP_KEEPIDLE), 10);
    assert_int_equal(option(IPPROTO_TCP, TCP_KEEPINTVL), 5);
    assert_int_equal(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    close(fd);
}

/* ---- what the socket does not take ---- */

static void a_backlog_drains_in_order(void **state)
{
    int fd = dial_behind();
    assert_true(output_backlog(here) > 0);
    assert_true(output_memory(here) > 0);
    assert_true(put(here, 1000));
    size_t n;
    output_end(here, NULL, CLOSE_DRAIN);
    assert_int_equal(here->state, WIRE_ENDING);
    assert_int_equal(here->class, DEADLINE_WRITE);
    assert_int_equal(hear_out(fd, &n), 0);
    assert_int_equal(n, LARGE + 1000);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_DRAIN);
    assert_int_equal(seen.drained, 0); /* it is its user's no more */
    close(fd);
}

static void its_user_hears_when_the_backlog_is_gone(void **state)
{
    static char heard[1 << 16];
    int fd = dial_behind();
    UNTIL(recv(fd, heard, sizeof heard, 0) < 0 && seen.drained);
    assert_int_equal(seen.drained, 1);
    assert_int_equal(output_backlog(here), 0);
    close(fd);
}

static void who_is_too_far_behind_is_cut(void **state)
{
    int fd = dial_behind();
    struct chunk *chunk = chunk_create(10);
    memset(chunk->p, 'x', 10);
    assert_int_equal(output_push(here, chunk, BACKLOG), OUTPUT_CUT);
    assert_int_equal(seen.why, CLOSE_SLOW_READER);
    assert_int_equal(ws.stats.cut_slow, 1);
    assert_int_equal(output_push(here, chunk, BACKLOG), OUTPUT_CUT);
    assert_int_equal(seen.closed, 1);
    chunk_unref(chunk);
    close(fd);
}

static void its_user_hears_when_the_socket_takes_more(void **state)
{
    int fd = dial();
    assert_true(writable_wait(here));
    UNTIL(seen.writable);
    assert_false(here->waits);
    assert_true(writable_wait(here));
    wire_close(here, CLOSE_SHUTDOWN);
    UNTIL(seen.freed);
    assert_int_equal(seen.writable, 1);
    close(fd);
}

/* ---- deadlines ---- */

static void who_says_nothing_is_closed_unless_its_user_sees_to_it(void **state)
{
    int fd = dial();
    assert_int_equal(here->class, DEADLINE_IDLE);
    seen.keeps = true;
    wire_expire(here);
    assert_int_equal(seen.expired, 1);
    assert_int_equal(seen.closed, 0);
    seen.keeps = false;
    wire_expire(here);
    assert_int_equal(seen.expired, 2);
    assert_int_equal(seen.why, CLOSE_IDLE_TIMEOUT);
    close(fd);
}

static void the_timer_looks_at_deadlines(void **state)
{
    int fd = dial();
    ws.deadlines.ms[DEADLINE_IDLE] = 1;
    wire_deadline(here, DEADLINE_IDLE);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_IDLE_TIMEOUT);
    close(fd);
}

static void who_takes_something_has_time(void **state)
{
    static char heard[1 << 20];
    int fd = dial_behind();
    output_end(here, NULL, CLOSE_DRAIN);
    UNTIL(recv(fd, heard, sizeof heard, 0) > 0);
    wire_expire(here);
    assert_int_equal(seen.closed, 0);
    assert_int_equal(here->class, DEADLINE_WRITE);
    UNTIL((wire_expire(here), seen.closed)); /* once its buffer is full it takes nothing any more */
    assert_int_equal(seen.why, CLOSE_WRITE_TIMEOUT);
    assert_int_equal(seen.expired, 0);
    assert_int_equal(ws.stats.cut_slow, 1);
    close(fd);
}

/* ---- its last ---- */

static void a_finished_wire_sends_what_is_left(void **state)
{
    int fd = dial();
    seen.does = FINISH_AT_BYTES;
    say(fd, "last");
    hear(fd, "last");
    size_t n;
    assert_int_equal(hear_out(fd, &n), 0);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_CLIENT_ASKED);
    assert_int_equal(seen.was, WIRE_ENDING);
    close(fd);
}

/* To close over what nobody has read would reset away what was said. */
static void what_is_unread_does_not_cost_the_last_word(void **state)
{
    int fd = dial();
    wire_read(here, false);
    say(fd, "a question");
    here->unread = true;
    buf_puts(output_buf(here), "bye");
    assert_true(output_done(here));
    output_end(here, NULL, CLOSE_DRAIN);
    assert_int_equal(here->state, WIRE_LINGER);
    hear(fd, "bye");
    size_t n;
    assert_int_equal(hear_out(fd, &n), 0);
    close(fd);
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_DRAIN);
}

static void a_lingering_wire_drops_what_comes(void **state)
{
    static const char noise[1 << 16];
    int fd = dial();
    size_t n;
    seen.does = LINGER_AT_BYTES;
    say(fd, "x");
    hear(fd, "x");
    assert_int_equal(hear_out(fd, &n), 0);
    assert_int_equal(here->state, WIRE_LINGER);
    say(fd, "more");
    turn();
    assert_int_equal(seen.bytes, 1);
    UNTIL(send(fd, noise, sizeof noise, MSG_NOSIGNAL) < 0 && errno != EAGAIN); /* not for ever */
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_BODY_REFUSED);
    close(fd);
}

static void a_lingering_wire_has_its_time(void **state)
{
    int fd = dial();
    wire_linger(here, true, CLOSE_BODY_REFUSED);
    assert_int_equal(here->class, DEADLINE_SWALLOW);
    wire_settle(here);
    wire_expire(here);
    assert_int_equal(seen.why, CLOSE_BODY_REFUSED);
    assert_int_equal(seen.expired, 0);
    close(fd);
}

/* ---- from hand to hand ---- */

static struct {
    int closed;
    void *arg;
} second;

static void second_closed(struct wire *w)
{
    second.closed++;
    second.arg = w->arg;
}

static const struct wire_user quiet = { .closed = second_closed };

static void a_wire_passes_to_another_user(void **state)
{
    int fd = dial(), mark = 0;
    second.closed = 0;
    assert_true(wire_use(here, &quiet, &mark));
    assert_ptr_equal(here->arg, &mark);
    say(fd, "hello");
    UNTIL(here->received == 5);
    assert_int_equal(seen.bytes, 0);
    shutdown(fd, SHUT_WR);
    UNTIL(seen.freed);
    assert_int_equal(seen.ended, 0);
    assert_int_equal(seen.closed, 0);
    assert_int_equal(second.closed, 1);
    assert_ptr_equal(second.arg, &mark);
    assert_int_equal(seen.why, CLOSE_PEER_CLOSED);
    seen.closed++; /* for the teardown */
    close(fd);
}

static void a_closed_wire_can_only_be_told(void **state)
{
    int fd = dial(), mark = 0;
    second.closed = 0;
    wire_close(here, CLOSE_KILLED);
    assert_false(wire_use(here, &quiet, &mark));
    assert_int_equal(second.closed, 1);
    assert_int_equal(seen.closed, 1);
    close(fd);
}

/* ---- cut in every state ---- */

static void be_open(void)
{
}

static void be_behind(void)
{
    assert_true(put(here, LARGE));
}

static void wait_too(void)
{
    assert_true(writable_wait(here));
}

static void be_ending(void)
{
    assert_true(put(here, LARGE));
    output_end(here, NULL, CLOSE_DRAIN);
    assert_int_equal(here->state, WIRE_ENDING);
}

static void be_lingering(void)
{
    wire_linger(here, false, CLOSE_DRAIN);
    wire_settle(here);
}

static void be_lingering_behind(void)
{
    assert_true(put(here, LARGE));
    be_lingering();
    assert_int_equal(here->shut, false);
}

static void stop_reading(void)
{
    wire_read(here, false);
}

static void a_cut_in_every_state(void **state)
{
    static const struct {
        void (*be)(void);
        enum wire_state state;
    } rows[] = {
        { be_open, WIRE_OPEN },      { be_behind, WIRE_OPEN },      { wait_too, WIRE_OPEN },
        { be_ending, WIRE_ENDING },  { be_lingering, WIRE_LINGER }, { be_lingering_behind, WIRE_LINGER },
        { stop_reading, WIRE_OPEN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int by = 0; by < 3; by++) { /* a call, a reset, the peer's */
            int fd = dial(), closed = seen.closed;
            rows[i].be();
            if (by == 2) {
                wire_read(here, true);
                break_off(fd);
            } else if (by) {
                wire_reset(here, CLOSE_KILLED);
            } else {
                wire_close(here, CLOSE_KILLED);
            }
            UNTIL(!here);
            assert_int_equal(seen.was, rows[i].state);
            assert_int_equal(seen.closed, closed + 1);
            assert_true(by == 2 || seen.why == CLOSE_KILLED);
            if (by != 2)
                close(fd);
        }
}

static void a_cut_while_it_gathers(void **state)
{
    int fd = dial();
    assert_true(output_cork(here));
    buf_puts(output_buf(here), "lost");
    assert_true(output_done(here));
    wire_close(here, CLOSE_KILLED);
    output_uncork(here);
    assert_int_equal(ws.out.n, 0);
    size_t n;
    (void)hear_out(fd, &n);
    assert_int_equal(n, 0);
    close(fd);
}

static void a_cut_by_what_has_come(void **state)
{
    int fd = dial();
    seen.does = CUT_AT_BYTES;
    say(fd, "x");
    UNTIL(seen.freed);
    assert_int_equal(seen.why, CLOSE_PROTOCOL_ERROR);
    close(fd);
}

static void a_second_cut_is_none(void **state)
{
    int fd = dial();
    wire_close(here, CLOSE_KILLED);
    wire_close(here, CLOSE_DRAIN);
    wire_reset(here, CLOSE_DRAIN);
    assert_int_equal(seen.closing, 1);
    assert_int_equal(seen.why, CLOSE_KILLED);
    close(fd);
}

/* ---- all of them ---- */

static void count(const struct wire *w, void *arg)
{
    ++*(int *)arg;
}

static void drained_wires_have_the_lingering_time(void **state)
{
    int fd = dial(), other = dial(), n = 0;
    wire_deadline(here, DEADLINE_READ);
    wires_drain(&ws);
    assert_int_equal(here->class, DEADLINE_READ);
    assert_int_equal(wires_port(&ws), 0);
    wires_each(&ws, count, &n);
    assert_int_equal(n, 2);
    assert_non_null(deadline_first(&ws.deadlines, DEADLINE_LINGER));
    ws.deadlines.ms[DEADLINE_LINGER] = 1;
    close(fd);
    UNTIL(seen.freed == 1);
    wires_close(&ws);
    assert_int_equal(seen.why, CLOSE_SHUTDOWN);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_heard_is_said_back),
        TEST(no_more_comes_than_there_is_room),
        TEST(what_nobody_reads_waits),
        TEST(what_is_gathered_is_sent_at_once),
        TEST(a_bare_wire_hears_no_framing),
        TEST(who_is_over_the_cap_is_told_apart),
        TEST(a_half_open_peer_is_told_the_rest),
        TEST(a_half_open_peer_with_nothing_to_hear_is_closed),
        TEST(a_peer_that_breaks_off_is_named),
        TEST(a_peer_breaks_off_in_the_backlog),
        TEST(a_silent_peer_is_watched),
        TEST(a_backlog_drains_in_order),
        TEST(its_user_hears_when_the_backlog_is_gone),
        TEST(who_is_too_far_behind_is_cut),
        TEST(its_user_hears_when_the_socket_takes_more),
        TEST(who_says_nothing_is_closed_unless_its_user_sees_to_it),
        TEST(the_timer_looks_at_deadlines),
        TEST(who_takes_something_has_time),
        TEST(a_finished_wire_sends_what_is_left),
        TEST(what_is_unread_does_not_cost_the_last_word),
        TEST(a_lingering_wire_drops_what_comes),
        TEST(a_lingering_wire_has_its_time),
        TEST(a_wire_passes_to_another_user),
        TEST(a_closed_wire_can_only_be_told),
        TEST(a_cut_in_every_state),
        TEST(a_cut_while_it_gathers),
        TEST(a_cut_by_what_has_come),
        TEST(a_second_cut_is_none),
        TEST(drained_wires_have_the_lingering_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
