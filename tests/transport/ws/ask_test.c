/* Ask: what is said on a socket is done as its endpoint does it, in the name of the person as they are now, answered by
 * name and in order; what is under way when the socket ends. */
#include "transport/ws/ask.h"

#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/api/classroom/classroom.h"
#include "transport/people/people.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { HELD_MOST = 32, ADA = 5, PATIENCE_S = 30 };

static struct {
    struct request *held[HELD_MOST];
    int nheld, answered, done; /* how many were handed to the handler and held; of these answered; and done at once */
} seen;                        /* worker's thread */

/* ---- an area: who says "hold" waits, all others are answered at once ---- */

static void do_it(struct request *rq)
{
    struct text text = request_text(rq, "text");
    char body[64];
    int n = snprintf(body, sizeof body, "{\"said\":\"%.*s %d\"}", (int)text.n, text.p, request_int(rq, "room"));
    assert(request_caller(rq)->user_id == ADA);
    if (text_is(text, "hold"))
        seen.held[seen.nheld++] = rq;
    else if (text_is(text, "refuse"))
        respond_error(rq, ERROR_EMPTY_MESSAGE);
    else
        respond_json(rq, 200, (struct text){ body, (size_t)n });
    seen.done += !text_is(text, "hold");
}

static void open_it(struct request *rq)
{
    ws_open(rq);
}

static const struct field body[] = { { "text", FIELD_TEXT, .required = true, .max = 20 }, {} };
static void on_text(struct socket *s, struct text message);
static const struct socket_ops ops = { .text = on_text };
static const struct endpoint endpoints[] = {
    { GET, "/talk", KNOWN, .handle = open_it, .socket = &ops },
    { POST, "/say/{room:int32}", KNOWN, .handle = do_it, .body_kind = BODY_JSON, .body = body },
    { POST, "/teach/{room:int32}", TEACHER, .handle = do_it, .body_kind = BODY_JSON, .body = body },
    {},
};
static const struct area_role roles[] = { { "teacher", TEACHER }, { "student", STUDENT }, {} };
static const struct area area = { .name = "talks",
                                  .endpoints = { endpoints },
                                  .identify = classroom_identify,
                                  .roles = roles,
                                  .says = { .forbidden = ERROR_TEACHER_ROLE_REQUIRED } };
static const struct area *const areas[] = { &area, NULL };

static void on_text(struct socket *s, struct text message)
{
    bool teaches = message.n > 9 && !memcmp(message.p, "{\"teach\":", 9);
    ws_ask(s, &endpoints[teaches ? 2 : 1], (struct text[]){ TEXT("7"), { 0 } }, message);
}

static int setup(void **state)
{
    server_defaults();
    config.identity = "legacy";
    memset(&seen, 0, sizeof seen);
    room_start(areas);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

/* ---- a client ---- */

#define REQUEST                                                                                                        \
    "GET /talk?user_id=5 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"                         \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void answer_for_ada(const char *role)
{
    (void)room_await_query(&ACCOUNT_BY_ID);
    room_answer_query(DB_OK, 1, 2, (const char *const[]){ "Ada", role });
}

static struct client *open_socket(void)
{
    struct client *c = client_open();
    client_puts(c, REQUEST);
    answer_for_ada("talks:student");
    assert_int_equal(client_read_head(c), 101);
    return c;
}

/* Masked by zero. */
static void say(struct client *c, const char *text)
{
    char frame[6 + 125] = { (char)0x81, (char)(0x80 | strlen(text)) };
    assert_true(strlen(text) < 126);
    memcpy(frame + 6, text, strlen(text));
    client_send(c, frame, 6 + strlen(text));
}

static void assert_told(struct client *c, const char *text)
{
    client_read_raw(c, 2 + strlen(text));
    assert_int_equal((uint8_t)c->answer[0], 0x81);
    assert_memory_equal(c->answer + 2, text, strlen(text));
    assert_int_equal((uint8_t)c->answer[1], strlen(text));
}

/* ---- what the worker does ---- */

static void answer_held(struct http *h, void *arg)
{
    respond_json(seen.held[seen.answered++], 200, TEXT("\"held\""));
}

static void count(struct http *h, void *arg)
{
    *(int *)arg = seen.nheld + seen.done;
}

/* Until so many have been handed to the handler ever. */
static void await_done(int n)
{
    time_t until = time(NULL) + PATIENCE_S;
    for (int now = 0; now < n;) {
        assert_true(time(NULL) <= until);
        server_call(count, &now);
    }
}

static void forget_ada(struct transport *t)
{
    people_forget(t->people, ADA);
}

static bool none_open(const struct http_stats *s)
{
    return !s->connections;
}

/* ---- the cases ---- */

static void what_is_said_is_done_and_answered_by_name(void **state)
{
    struct client *c = open_socket();
    say(c, "{\"text\":\"a\"}");
    assert_told(c, "{\"status\":200,\"body\":{\"said\":\"a 7\"}}");
    say(c, "{\"ref\":12,\"text\":\"b\"}");
    assert_told(c, "{\"ref\":12,\"status\":200,\"body\":{\"said\":\"b 7\"}}");
    say(c, "{\"text\":\"c\",\"ref\":{\"x\":[1]}}");
    assert_told(c, "{\"ref\":{\"x\":[1]},\"status\":200,\"body\":{\"said\":\"c 7\"}}");
    say(c, "{\"ref\":\"r\",\"text\":\"refuse\"}");
    assert_told(c, "{\"ref\":\"r\",\"status\":400,\"detail\":\"Empty message\"}");
    client_close(c);
}

static void fields_and_rank_are_the_endpoints(void **state)
{
    struct client *c = open_socket();
    say(c, "{\"teach\":1,\"ref\":1,\"text\":\"a\"}");
    assert_told(c, "{\"ref\":1,\"status\":403,\"detail\":\"Teacher role required\"}");
    say(c, "{\"ref\":2,\"text\":\"far more than twenty letters\"}");
    client_read_raw(c, 4);
    assert_memory_equal(c->answer, "\x81\x7e", 2); /* a list of what is wrong */
    int n = (uint8_t)c->answer[2] << 8 | (uint8_t)c->answer[3];
    client_read_raw(c, (size_t)n);
    assert_memory_equal(c->answer, "{\"ref\":2,\"status\":422,\"detail\":[{", 32);
    server_call(count, &n);
    assert_int_equal(n, 0); /* neither was handed on */
    client_close(c);
}

static void answers_come_in_the_order_of_the_questions(void **state)
{
    struct client *c = open_socket();
    say(c, "{\"ref\":1,\"text\":\"hold\"}");
    say(c, "{\"ref\":2,\"text\":\"a\"}");
    say(c, "{\"ref\":3,\"text\":\"hold\"}");
    await_done(3);
    server_call(answer_held, NULL);
    assert_told(c, "{\"ref\":1,\"status\":200,\"body\":\"held\"}");
    assert_told(c, "{\"ref\":2,\"status\":200,\"body\":{\"said\":\"a 7\"}}");
    server_call(answer_held, NULL);
    assert_told(c, "{\"ref\":3,\"status\":200,\"body\":\"held\"}");
    client_close(c);
}

static void so_many_are_under_way_and_no_more(void **state)
{
    struct client *c = open_socket();
    for (int i = 0; i < WS_ASKS_MOST + 1; i++)
        say(c, "{\"text\":\"hold\"}");
    await_done(WS_ASKS_MOST);
    int n;
    server_call(count, &n);
    assert_int_equal(n, WS_ASKS_MOST);
    server_call(answer_held, NULL);
    assert_told(c, "{\"status\":200,\"body\":\"held\"}");
    await_done(WS_ASKS_MOST + 1);
    for (int i = 0; i < WS_ASKS_MOST; i++) {
        server_call(answer_held, NULL);
        assert_told(c, "{\"status\":200,\"body\":\"held\"}");
    }
    client_close(c);
}

static void the_person_is_who_they_are_now(void **state)
{
    struct client *c = open_socket();
    room_do(forget_ada);
    say(c, "{\"teach\":1,\"text\":\"a\"}");
    answer_for_ada("talks:teacher");
    assert_told(c, "{\"status\":200,\"body\":{\"said\":\"a 7\"}}");
    room_do(forget_ada);
    say(c, "{\"text\":\"a\"}");
    (void)room_await_query(&ACCOUNT_BY_ID);
    room_answer_query(DB_OK, 0, 2, NULL);
    assert_told(c, "{\"status\":404,\"detail\":\"User not found\"}");
    client_close(c);
}

static void who_cannot_be_looked_up_is_refused(void **state)
{
    struct client *c = open_socket();
    room_do(forget_ada);
    room_db_full(true);
    say(c, "{\"text\":\"a\"}");
    client_read_raw(c, 2);
    int n = (uint8_t)c->answer[1];
    client_read_raw(c, (size_t)n);
    assert_memory_equal(c->answer, "{\"status\":503,\"detail\":", 23);
    room_db_full(false);
    client_close(c);
}

static void who_goes_meanwhile_is_not_answered(void **state)
{
    struct client *c = open_socket();
    say(c, "{\"text\":\"hold\"}");
    say(c, "{\"text\":\"a\"}");
    await_done(2);
    client_close(c);
    server_await(none_open);
    server_call(answer_held, NULL);
}

static void who_goes_while_being_looked_up_asks_nothing(void **state)
{
    struct client *c = open_socket();
    room_do(forget_ada);
    say(c, "{\"text\":\"a\"}");
    (void)room_await_query(&ACCOUNT_BY_ID);
    client_close(c);
    server_await(none_open);
    room_answer_query(DB_OK, 1, 2, (const char *const[]){ "Ada", "talks:student" });
    int n;
    server_call(count, &n);
    assert_int_equal(n, 0);
}

int main(void)
{
#define TEST_OF(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST_OF(what_is_said_is_done_and_answered_by_name),
        TEST_OF(fields_and_rank_are_the_endpoints),
        TEST_OF(answers_come_in_the_order_of_the_questions),
        TEST_OF(so_many_are_under_way_and_no_more),
        TEST_OF(the_person_is_who_they_are_now),
        TEST_OF(who_cannot_be_looked_up_is_refused),
        TEST_OF(who_goes_meanwhile_is_not_answered),
        TEST_OF(who_goes_while_being_looked_up_asks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
