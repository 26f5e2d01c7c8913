/* Asks: a request waits for the room's answer, not for ever, and a slot's next tenant does not get the last one's. */
#include "room_help.h"
#include "transport/asks.h"

#include <sys/socket.h>

#define ASK "POST /ask/1 HTTP/1.1\r\nHost: x\r\n\r\n"

static int setup(void **state)
{
    server_defaults();
    config.answer_timeout = 1;
    room_start(NULL);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static struct client *ask(void)
{
    struct client *c = client_open();
    client_puts(c, ASK);
    return c;
}

static uint32_t waiting;

static void count(struct transport *t)
{
    waiting = asks_waiting(t->asks);
}

static void assert_waiting(uint32_t n)
{
    room_do(count);
    assert_int_equal(waiting, n);
}

static void answers_find_their_requests_in_any_order(void **state)
{
    enum { MANY = 40 };
    struct client *c[MANY];
    struct heard who[MANY];
    char body[32];
    for (int i = 0; i < MANY; i++) {
        c[i] = ask();
        who[i] = room_hear(i + 1);
    }
    assert_waiting(MANY);
    for (int i = 0; i < MANY; i++) {
        int which = (i * 7 + 3) % MANY;
        snprintf(body, sizeof body, "{\"n\":%d}", which);
        room_answer_it(&who[which], ERROR_OK, body);
        assert_int_equal(client_read(c[which]), 200);
        assert_string_equal(c[which]->body, body);
    }
    assert_waiting(0);
    for (int i = 0; i < MANY; i++)
        client_close(c[i]);
}

static void a_refusal_has_its_status(void **state)
{
    struct client *c = ask();
    struct heard who = room_hear(1);
    room_answer_it(&who, ERROR_NOT_YOUR_SESSION, NULL);
    assert_int_equal(client_read(c), 403);
    assert_string_equal(c->body, "{\"detail\":\"Not your session\"}");
    client_close(c);
}

/* After the time limit the answer is 503, and the late one is for nobody; nor does it fall to the slot's next tenant.
 */
static void a_late_answer_is_for_nobody(void **state)
{
    struct client *c = ask();
    struct heard late = room_hear(1);
    assert_int_equal(client_read(c), 503);
    assert_true(client_has(c, "Retry-After: 1"));
    assert_waiting(0);
    client_puts(c, ASK);
    struct heard next = room_hear(2);
    assert_int_equal(next.reply.slot, late.reply.slot);
    room_answer_it(&late, ERROR_OK, "{\"late\":true}");
    room_answer_it(&next, ERROR_OK, "{\"late\":false}");
    assert_int_equal(client_read(c), 200);
    assert_string_equal(c->body, "{\"late\":false}");
    room_answer_it(&next, ERROR_OK, "{\"twice\":true}");
    client_close(c);
}

/* The room's mailbox takes two messages while it is stuck on a third. */
static void a_full_room_says_so(void **state)
{
    struct client *c[6];
    c[0] = ask();
    struct heard first = room_hear(1);
    room_stick(true);
    for (int i = 1; i < 6; i++)
        c[i] = ask();
    int busy = 0;
    for (int i = 1; i < 6; i++)
        busy += client_read(c[i]) == 503;
    assert_int_equal(busy, 5);
    room_stick(false);
    room_answer_it(&first, ERROR_OK, "{}");
    for (int i = 0; i < 6; i++)
        client_close(c[i]);
}

static void who_gives_up_waiting_takes_nothing_along(void **state)
{
    struct client *c = ask();
    struct heard who = room_hear(1);
    const struct linger at_once = { .l_onoff = 1 };
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client_close(c);
    assert_waiting(1);
    room_answer_it(&who, ERROR_OK, "{}");
    do
        room_do(count);
    while (waiting);
}

/* What waits when the server stops is let go (room_stop checks that no request is left). */
static void the_server_may_stop_while_somebody_waits(void **state)
{
    struct client *c = ask();
    (void)room_hear(1);
    room_stop();
    client_close(c);
    room_start(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_find_their_requests_in_any_order),
        TEST(a_refusal_has_its_status),
        TEST(a_late_answer_is_for_nobody),
        TEST(a_full_room_says_so),
        TEST(who_gives_up_waiting_takes_nothing_along),
        TEST(the_server_may_stop_while_somebody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
