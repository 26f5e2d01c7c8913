/* Classroom's table: every row compiles, and says to the room or the database what its path means. The rules themselves
 * are the actor's (tests/sim) and the statements' (tests/api). Rooms find no session here. */
#include "actors/classroom/classroom.h"
#include "actors/room_kinds.h"

#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/api/classroom/classroom.h"
#include "transport/http/router.h"

#include <stdio.h>

static void every_row_compiles(void **state)
{
    struct buf why = { 0 };
    struct router *r = router_create(api_areas, "classroom=class.example,service=ops.example", &why);
    if (!r)
        fail_msg("%.*s", (int)why.n, why.p);
    router_destroy(r);
    buf_fini(&why);
}

/* What a client can make of the table: a summary, errors that exist, an example that fits its own fields. */
static void every_row_can_be_described(void **state)
{
    for (int a = 0; api_areas[a]; a++)
        AREA_ENDPOINTS (e, api_areas[a]) {
            assert_non_null(e->summary);
            assert_true(!e->statement != !e->handle);
            assert_true(!e->body == (e->body_kind == BODY_NONE));
            assert_true(e->caller == ANYONE || api_areas[a]->identify);
            for (const struct answer *answer = e->answers; answer && answer->status; answer++)
                assert_true(answer->status >= 200 && answer->status < 600 && answer->about);
        }
}

/* ---- what arrives at the database ---- */

static int setup(void **state)
{
    server_defaults();
    config.identity = "legacy";
    room_start(api_areas);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static void statements_get_their_values(void **state)
{
    static const struct {
        const char *line, *body;
        const struct statement *statement;
        const char *params;
    } rows[] = {
        { "POST /sessions?user_id=5", "{\"title\":\"T\"}", &CLASSROOM_CREATE, "5 T" },
        { "GET /sessions/9/state", "", &CLASSROOM_STATE, "9 -" },
        { "GET /sessions/9/logs?user_id=5", "", &CLASSROOM_LOGS, "5 9 - 100" },
        { "GET /sessions/9/logs?limit=500&event_type=hand_raised&user_id=5", "", &CLASSROOM_LOGS,
          "5 9 hand_raised 500" },
        { "GET /sessions/9/logs/summary?user_id=5", "", &CLASSROOM_SUMMARY, "5 9" },
    };
    static const char *const answer[] = { "403", "{\"detail\":\"no\"}" };
    room_meet_ada();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = room_call(rows[i].line, "application/json", rows[i].body);
        assert_string_equal(room_await_query(rows[i].statement), rows[i].params);
        room_answer_query(DB_OK, 1, 2, answer);
        assert_int_equal(client_read(c), 403);
        assert_string_equal(c->body, answer[1]);
        client_close(c);
    }
}

/* The body that is left, byte for byte. */
static void expect_raw(struct client *c, const char *bytes)
{
    client_read_raw(c, strlen(bytes));
    assert_string_equal(c->answer, bytes);
}

/* Each page is asked for behind the last row of the one before, on the slow connection. */
static void a_list_goes_on_where_its_page_ended(void **state)
{
    static const char *const first[] = { "7", "{\"n\":7}", "f", "9", "{\"n\":9}", "f" }, *const last[] = { "12",
                                                                                                           "{\"n\":12}",
                                                                                                           "t" };
    room_meet_ada();
    struct client *c = room_call("GET /users/students?user_id=5", "application/json", "");
    assert_string_equal(room_await_query(&CLASSROOM_STUDENTS), "-");
    room_answer_query(DB_OK, 2, 3, first);
    assert_string_equal(room_await_query(&CLASSROOM_STUDENTS), "9");
    room_answer_query(DB_OK, 1, 3, last);
    assert_int_equal(client_read(c), 200);
    expect_raw(c, "10\r\n[{\"n\":7},{\"n\":9}\r\na\r\n,{\"n\":12}]\r\n0\r\n\r\n");
    client_close(c);
}

/* A page that was full may have been the last one. */
static void a_list_may_end_with_an_empty_page(void **state)
{
    static const char *const first[] = { "7", "{\"n\":7}", "f" };
    room_meet_ada();
    struct client *c = room_call("GET /users/students?user_id=5", "application/json", "");
    (void)room_await_query(&CLASSROOM_STUDENTS);
    room_answer_query(DB_OK, 1, 3, first);
    (void)room_await_query(&CLASSROOM_STUDENTS);
    room_answer_query(DB_OK, 0, 3, NULL);
    assert_int_equal(client_read(c), 200);
    expect_raw(c, "8\r\n[{\"n\":7}\r\n1\r\n]\r\n0\r\n\r\n");
    client_close(c);
}

static void a_list_that_cannot_be_read(void **state)
{
    room_meet_ada();
    struct client *c = room_call("GET /users/students?user_id=5", "application/json", "");
    (void)room_await_query(&CLASSROOM_STUDENTS);
    room_answer_query(DB_AWAY, 0, 3, NULL);
    assert_int_equal(client_read(c), 503);
    client_close(c);
}

/* ---- what arrives at the room: each path and action has its own name for a session that is not there ---- */

#define ACTION(type) "POST /sessions/9/action?user_id=5", "application/json", "{\"type\":\"" type "\",\"text\":\"x\"}"
#define JSON         "application/json"

static void the_room_is_asked(void **state)
{
    static const char participant[] = "You are not a participant in this session", session[] = "Session not found";
    static const struct {
        const char *line, *type, *body;
        int status;
        const char *says;
    } rows[] = {
        { "DELETE /sessions/9?user_id=5", JSON, "", 404, session },
        { "POST /sessions/9/join?user_id=5", JSON, "", 404, session },
        { "DELETE /sessions/9/participants/1?user_id=5", JSON, "", 404, "Participant not found" },
        { "POST /sessions/9/participants/1/mute?user_id=5", JSON, "", 404, "Participant not found" },
        { "POST /sessions/9/chat?user_id=5", JSON, "{\"participant_id\":1,\"message\":\"x\"}", 404, session },
        { "GET /sse/sessions/9?user_id=5", JSON, "", 404, session },
        { ACTION("mute_self"), 404, participant },
        { ACTION("raise_hand"), 404, participant },
        { ACTION("lower_hand"), 404, participant },
        { ACTION("chat"), 404, participant },
        { ACTION("mute_participant"), 404, participant },
        { ACTION("unmute_participant"), 404, participant },
        { ACTION("kick_participant"), 404, participant },
        { ACTION("end_session"), 404, participant },
        { ACTION("webrtc_signal"), 404, participant },
    };
    classroom_setup(1000000000, 64);
    room_kind_setup(&classroom_ops, 64, 0, 64);
    room_meet_ada();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = room_call(rows[i].line, rows[i].type, rows[i].body);
        assert_string_equal(room_await_query(&CLASSROOM_LOAD), "9");
        room_answer_query(DB_OK, 0, 15, NULL);
        if (client_read(c) != rows[i].status || !strstr(c->body, rows[i].says))
            fail_msg("%s %s: %s", rows[i].line, rows[i].body, c->answer);
        client_close(c);
    }
}

static void what_never_reaches_a_room(void **state)
{
    static const struct {
        const char *line, *type, *body;
        int status;
        const char *says;
    } rows[] = {
        { "POST /sessions/9/action?user_id=5", JSON, "{\"type\":\"dance \\\"x\\\"\"}", 400,
          "Unknown action type: 'dance \\\"x\\\"'" },
        { "POST /sessions/9/action", JSON, "{\"type\":", 422, "value_error.jsondecode" }, /* before identity */
        { "POST /sessions/9/action", JSON, "{}", 400, "user_id query param required" },
        { "POST /sessions/9/action?user_id=5", JSON, "{}", 422, "\"body\",\"type\"" },
        { "POST /sessions/9/action?user_id=5", JSON, "[]", 422, "body" },
        { "POST /sessions/99999999999/join?user_id=5", JSON, "", 422, "session_id" },
        { "POST /sessions/x/join?user_id=5", JSON, "", 422, "session_id" },
        { "GET /sse/sessions/9", JSON, "", 422, "\"query\",\"user_id\"" },
        { "GET /sessions/9/logs?user_id=5&limit=1001", JSON, "", 422, "\"query\",\"limit\"" },
        { "POST /sessions?user_id=5", "text/plain", "{\"title\":\"T\"}", 422, "body" },
    };
    room_meet_ada();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = room_call(rows[i].line, rows[i].type, rows[i].body);
        if (client_read(c) != rows[i].status || !strstr(c->body, rows[i].says))
            fail_msg("%s %s: %s", rows[i].line, rows[i].body, c->answer);
        client_close(c);
    }
}

/* Who is to be added is looked up first; who is nobody is the room's to name, after the session. */
static void joining_for_another_looks_them_up(void **state)
{
    classroom_setup(1000000000, 64);
    room_kind_setup(&classroom_ops, 64, 0, 64);
    room_meet_ada();
    struct client *c = room_call("POST /sessions/9/join?user_id=5", "application/x-www-form-urlencoded", "user_id=6");
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), "6");
    room_answer_query(DB_OK, 0, 2, NULL);
    (void)room_await_query(&CLASSROOM_LOAD);
    room_answer_query(DB_OK, 0, 15, NULL);
    assert_int_equal(client_read(c), 404);
    assert_non_null(strstr(c->body, "Session not found"));
    client_close(c);
    c = room_call("POST /sessions/9/join?user_id=5", "application/x-www-form-urlencoded", "user_id=6");
    (void)room_await_query(&ACCOUNT_BY_ID);
    room_answer_query(DB_AWAY, 0, 2, NULL);
    assert_int_equal(client_read(c), 503);
    client_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_compiles),      cmocka_unit_test(every_row_can_be_described),
        TEST(statements_get_their_values),         TEST(the_room_is_asked),
        TEST(a_list_goes_on_where_its_page_ended), TEST(the_room_is_asked),
        TEST(a_list_may_end_with_an_empty_page),   TEST(the_room_is_asked),
        TEST(a_list_that_cannot_be_read),          TEST(the_room_is_asked),
        TEST(what_never_reaches_a_room),           TEST(joining_for_another_looks_them_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
