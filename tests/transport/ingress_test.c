/* Ingress: what rooms say goes to the requests and streams it is for, and what is for nobody does no harm. */
#include "transport/ingress.h"

#include "actors/runtime/inspect.h"
#include "actors/runtime/system.h"
#include "room_help.h"

static int setup(void **state)
{
    server_defaults();
    room_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static struct buf described;

static void describe(struct transport *t)
{
    struct address ingress = { .kind = ingress_kind(), .id = worker_index(t->worker) };
    buf_reset(&described);
    if (worker_describe(t->worker, ingress, &described))
        buf_putc(&described, 0);
}

static void assert_described(const char *what)
{
    do
        room_do(describe);
    while (!described.n); /* before its first turn it is not there */
    if (!strstr(described.p, what))
        fail_msg("%s: %s", what, described.p);
}

static void it_tells_what_waits_and_what_listens(void **state)
{
    assert_described("\"asks\":0");
    struct follower *f = follow_in(1, 5);
    struct client *c = client_open();
    client_puts(c, "POST /ask/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    struct heard who = room_hear(2);
    assert_described("\"asks\":1");
    assert_described("\"streams\":1");
    room_answer_it(&who, ERROR_OK, "{}");
    assert_int_equal(client_read(c), 200);
    client_close(c);
    unfollow(f);
    room_await_leaves(1);
    assert_described("\"streams\":0");
    buf_fini(&described);
}

/* A room lets somebody in whom nobody waits for (the request ran into its time limit): it is told so. */
static void who_is_let_in_for_nobody_has_left(void **state)
{
    const struct heard nobody = { .cmd.stream = 99, .reply = { 0, 12345, 6 } };
    room_let_in(&nobody, (struct room_joined){ .participant = 3, .seq = 5 }, NULL);
    struct room_leave left = room_await_leaves(1);
    assert_int_equal(left.stream, 99);
    assert_int_equal(left.participant, 3);
    room_let_in(&nobody, (struct room_joined){ .why = ERROR_KICKED, .participant = 3 }, NULL);
    assert_int_equal(room_leaves(), 1);
}

static void what_is_for_nobody_does_no_harm(void **state)
{
    const struct heard nobody = { .reply = { 0, UINT32_MAX, 0 } };
    room_answer_it(&nobody, ERROR_OK, "{}");
    room_say_it({ .seq = 1, .frame = "a\n\n" }, { .seq = 2, .only = 1, .only_frame = "b\n\n", .end_only = true },
                { .seq = 3, .frame = "c\n\n", .end_all = true });
    room_cut_it(false);
    room_cut_it(true);
    assert_int_equal(client_once("GET /listen/x HTTP/1.1\r\nHost: x\r\n\r\n", NULL, 0), 422);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_tells_what_waits_and_what_listens),
        TEST(who_is_let_in_for_nobody_has_left),
        TEST(what_is_for_nobody_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
