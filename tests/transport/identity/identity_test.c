/* Identity: who is calling, by token and by bare user_id, in both modes (classroom contract, section 1.1). */
#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/api/classroom/classroom.h"
#include "transport/people/people.h"

#include <stdio.h>
#include <time.h>

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

/* A token of this person, called so; NULL: by the number. */
static const char *token_named(int32_t user_id, const char *subject)
{
    static struct buf token;
    struct token_claims claims = { .user_id = user_id, .subject = subject, .role = "teacher", .seconds = 60 };
    buf_reset(&token);
    assert_true(token_make(&token, &claims));
    buf_putc(&token, 0);
    return token.p;
}

static const char *token_of(int32_t user_id)
{
    return token_named(user_id, NULL);
}

static struct client *call(const char *path, const char *query, const char *header)
{
    static char request[2048];
    struct client *c = client_open();
    snprintf(request, sizeof request, "GET %s%s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, query, header);
    client_puts(c, request);
    return c;
}

static const char *bearer(const char *scheme, const char *token)
{
    static char header[1024];
    snprintf(header, sizeof header, "Authorization: %s%s\r\n", scheme, token);
    return header;
}

/* Makes Ada (5, a teacher) and Ben (6, a student) known to the worker. */
static void meet(const char *user_id, const char *name, const char *role)
{
    char query[32];
    config.identity = "legacy";
    snprintf(query, sizeof query, "?user_id=%s", user_id);
    struct client *c = call("/whoami", query, "");
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), user_id);
    room_answer_query(DB_OK, 1, 2, (const char *const[]){ name, role });
    assert_int_equal(client_read(c), 200);
    client_close(c);
}

enum { NONE, ADA, BEN, FORGED, EMPTY, BASIC };

static void who_is_asked(void **state)
{
    static const struct {
        const char *query;
        int token;
        int legacy, strict; /* statuses in the two modes */
        const char *says;   /* part of the body, of both */
    } rows[] = {
        { "?user_id=5", NONE, 200, 401, NULL },
        { "?user_id=6", NONE, 200, 401, NULL },
        { "", NONE, 400, 401, NULL },
        { "?user_id=", NONE, 422, 401, NULL },
        { "?user_id=x", NONE, 422, 401, NULL },
        { "?user_id=2147483648", NONE, 422, 401, NULL },
        { "?user_id=6&user_id=5", NONE, 200, 401, NULL },
        { "", ADA, 200, 200, "\"user_id\":5,\"name\":\"Ada\",\"role\":\"teacher\"" },
        { "?user_id=5", ADA, 200, 200, "\"user_id\":5" },
        { "?user_id=6&user_id=5", ADA, 200, 200, "\"user_id\":5" },
        { "?user_id=6", ADA, 403, 403, "does not match the token" },
        { "?user_id=x", ADA, 422, 422, "\"query\",\"user_id\"" },
        { "", BEN, 200, 200, "\"role\":\"student\"" }, /* the row decides, not the token's role */
        { "?user_id=5", FORGED, 401, 401, "Could not validate credentials" },
        { "?user_id=5", EMPTY, 401, 401, "Could not validate credentials" },
        { "?user_id=5", BASIC, 200, 401, NULL },
    };
    meet("5", "Ada", "rooms:teacher");
    meet("6", "Ben", "rooms:student");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int mode = 0; mode < 2; mode++) {
            const char *headers[] = { [NONE] = "", [FORGED] = bearer("Bearer ", "a.b.c") };
            const char *header = rows[i].token == ADA     ? bearer("Bearer ", token_of(5))
                                 : rows[i].token == BEN   ? bearer("bearer  ", token_of(6))
                                 : rows[i].token == EMPTY ? bearer("Bearer", "")
                                 : rows[i].token == BASIC ? bearer("Basic ", "YTpi")
                                                          : headers[rows[i].token];
            config.identity = mode ? "token" : "legacy";
            struct client *c = call("/whoami", rows[i].query, header);
            int status = client_read(c);
            if (status != (mode ? rows[i].strict : rows[i].legacy) || (rows[i].says && !strstr(c->body, rows[i].says)))
                fail_msg("row %zu, %s: %s", i, config.identity, c->answer);
            assert_int_equal(client_has(c, "WWW-Authenticate: Bearer"), status == 401);
            client_close(c);
        }
}

/* A token of later than that counts, one of before does not, wherever the person is known from. */
static void revoked_tokens_name_nobody(void **state)
{
    static const struct {
        const char *from;
        int status;
    } rows[] = { { "1", 200 }, { "99999999999", 401 } };
    config.identity = "token";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *header = bearer("Bearer ", token_of(8 + (int)i));
        for (int again = 0; again < 2; again++) { /* from the database, then from memory */
            struct client *c = call("/whoami", "", header);
            if (!again) {
                (void)room_await_query(&ACCOUNT_BY_ID);
                room_answer_query(DB_OK, 1, 3, (const char *const[]){ "Eve", "rooms:teacher", rows[i].from });
            }
            assert_int_equal(client_read(c), rows[i].status);
            client_close(c);
        }
    }
}

/* `sub` is a name of the person whom `user_id` names, of whichever area, or the token names nobody. */
static void a_token_is_of_one_mind(void **state)
{
    static const struct {
        const char *subject, *profile, *user_name; /* what the database knows */
        int status;
    } rows[] = {
        { NULL, NULL, NULL, 200 },     { "0b0c", "0b0c", "ada", 200 }, { "ada", "0b0c", "ada", 200 },
        { "0d0e", "0b0c", NULL, 401 }, { "ben", "0b0c", "ada", 401 },  { "ada", "0b0c", NULL, 401 },
        { "5", "0b0c", "ada", 401 },   { "0b0c", NULL, NULL, 401 },    { "Ada", "0b0c", "ada", 401 },
    };
    config.identity = "token";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *header = bearer("Bearer ", token_named(20 + (int)i, rows[i].subject));
        for (int again = 0; again < 2; again++) { /* from the database, then from memory */
            struct client *c = call("/whoami", "", header);
            if (!again) {
                (void)room_await_query(&ACCOUNT_BY_ID);
                room_answer_query(
                    DB_OK, 1, 5,
                    (const char *const[]){ "Ada", "rooms:teacher", NULL, rows[i].profile, rows[i].user_name });
            }
            if (client_read(c) != rows[i].status)
                fail_msg("row %zu: %s", i, c->answer);
            client_close(c);
        }
    }
}

static void the_row_decides_about_rank(void **state)
{
    meet("5", "Ada", "rooms:teacher");
    meet("6", "Ben", "rooms:student");
    struct client *c = call("/teach", "?user_id=5", "");
    assert_int_equal(client_read(c), 200);
    client_close(c);
    c = call("/teach", "", bearer("Bearer ", token_of(6))); /* the token says teacher */
    assert_int_equal(client_read(c), 403);
    assert_non_null(strstr(c->body, "Teacher role required"));
    client_close(c);
}

static void who_is_nobody_or_cannot_be_read(void **state)
{
    static const struct {
        enum db_status status;
        int answer;
    } rows[] = { { DB_OK, 404 }, { DB_AWAY, 503 }, { DB_LOST, 503 }, { DB_REFUSED, 503 } };
    config.identity = "legacy";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = call("/whoami", "?user_id=77", "");
        (void)room_await_query(&ACCOUNT_BY_ID);
        room_answer_query(rows[i].status, 0, 2, NULL);
        assert_int_equal(client_read(c), rows[i].answer);
        client_close(c);
    }
    room_db_full(true);
    struct client *c = call("/whoami", "?user_id=77", "");
    assert_int_equal(client_read(c), 503);
    client_close(c);
}

/* A token of somebody who has been deleted since names nobody. */
static void a_token_outlives_its_person(void **state)
{
    struct client *c = call("/whoami", "", bearer("Bearer ", token_of(9)));
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), "9");
    room_answer_query(DB_OK, 0, 2, NULL);
    assert_int_equal(client_read(c), 404);
    client_close(c);
}

/* Gone while being looked up: nothing of the request is left (room_stop checks). */
static void who_goes_while_being_looked_up(void **state)
{
    config.identity = "legacy";
    struct client *c = call("/whoami", "?user_id=5", "");
    (void)room_await_query(&ACCOUNT_BY_ID);
    client_close(c);
    room_answer_query(DB_OK, 1, 2, (const char *const[]){ "Ada", "rooms:teacher" });
}

/* ---- another area, with tokens only and words of its own ---- */

static void say_role(struct request *rq)
{
    const struct caller *c = request_caller(rq);
    respond_content(rq, 200, "text/plain", NULL, c->role.p ? c->role : TEXT("none"));
}

static const struct endpoint hall_endpoints[] = {
    { GET, "/known", KNOWN, .handle = say_role },
    { GET, "/pupils", STUDENT, .exactly = true, .forbidden = ERROR_ONLY_STUDENTS_ADDED, .handle = say_role },
    { GET, "/heads", ADMIN, .handle = say_role },
    {},
};
static const struct area_role hall_roles[] = { { "pupil", STUDENT }, { "head", ADMIN }, {} };
static const struct area hall = {
    .name = "hall",
    .endpoints = { hall_endpoints },
    .identify = api_identify,
    .roles = hall_roles,
    .says = { .no_token = ERROR_BAD_REQUEST,
              .bad_token = ERROR_INVALID_CREDENTIALS,
              .no_person = ERROR_SESSION_NOT_FOUND,
              .no_role = ERROR_NOT_YOUR_SESSION,
              .forbidden = ERROR_KICKED },
};
static const struct area *const halls[] = { &hall, NULL };

static int setup_hall(void **state)
{
    server_defaults();
    config.identity = "legacy"; /* of the classroom only: a bare user_id is nobody here */
    room_start(halls);
    return 0;
}

static void assert_told(struct client *c, int status, const char *says)
{
    if (client_read(c) != status || !strstr(c->body, says))
        fail_msg("%s", c->answer);
    client_close(c);
}

static void tokens_alone_count_in_other_areas(void **state)
{
    assert_told(call("/known", "?user_id=5", ""), 400, "Bad request");
    assert_told(call("/known", "?user_id=5", bearer("Basic ", "YTpi")), 400, "Bad request");
    assert_told(call("/known", "", bearer("Bearer ", "a.b.c")), 401, "Invalid credentials");
    struct client *c = call("/known", "?user_id=x", bearer("BEARER ", token_of(9)));
    (void)room_await_query(&ACCOUNT_BY_ID);
    room_answer_query(DB_OK, 0, 2, NULL);
    assert_told(c, 404, "Session not found");
}

/* A role of another area is none here, and "exactly" keeps a higher rank out too. */
static void rank_is_the_areas(void **state)
{
    static const struct {
        const char *path, *roles;
        int status;
        const char *says;
    } rows[] = {
        { "/known", "hall:pupil", 200, "pupil" },
        { "/known", "classroom:teacher", 403, "Not your session" },
        { "/known", "", 403, "Not your session" },
        { "/known", "hall:teacher", 403, "Not your session" },
        { "/pupils", "hall:pupil", 200, "pupil" },
        { "/pupils", "hall:head classroom:student", 400, "Only students" },
        { "/pupils", "classroom:student", 403, "Not your session" },
        { "/heads", "hall:head", 200, "head" },
        { "/heads", "hall:pupil", 403, "You were removed" },
    };
    for (int32_t i = 0; i < (int32_t)(sizeof rows / sizeof *rows); i++) {
        struct client *c = call(rows[i].path, "", bearer("Bearer ", token_of(i + 1)));
        (void)room_await_query(&ACCOUNT_BY_ID);
        room_answer_query(DB_OK, 1, 2, (const char *const[]){ "Ada", rows[i].roles });
        assert_told(c, rows[i].status, rows[i].says);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_asked),
        TEST(revoked_tokens_name_nobody),
        TEST(a_token_is_of_one_mind),
        TEST(the_row_decides_about_rank),
        TEST(who_is_nobody_or_cannot_be_read),
        TEST(a_token_outlives_its_person),
        TEST(who_goes_while_being_looked_up),
        cmocka_unit_test_setup_teardown(tokens_alone_count_in_other_areas, setup_hall, teardown),
        cmocka_unit_test_setup_teardown(rank_is_the_areas, setup_hall, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
