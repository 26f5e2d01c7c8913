/* Account: each step of signing up and in, with a database that answers by hand; what the whole of it does is tested
 * over HTTP in tests/api. */
#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/api/classroom/classroom.h"

#include "proto/identity/password.h"
#include "transport/api/account/account.h"

#include <stdio.h>
#include <stdlib.h>

#define REGISTER "{\"name\":\"Ada\",\"phone_number\":\"9999999999\",\"password\":\"pass123\",\"role\":\"Teacher\"}"

static const struct area *const classroom[] = { &classroom_area, NULL };

static int setup(void **state)
{
    server_defaults();
    config.bcrypt_cost = 4;
    config.password_queue = 2;
    config.login_failures = 3;
    room_start(classroom);
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static struct client *post(const char *path, const char *type, const char *body)
{
    char request[1024];
    struct client *c = client_open();
    snprintf(request, sizeof request,
             "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", path, type,
             strlen(body), body);
    client_puts(c, request);
    return c;
}

static struct client *sign_up(void)
{
    return post("/auth/register", "application/json", REGISTER);
}

static struct client *sign_in(const char *password)
{
    char form[128];
    snprintf(form, sizeof form, "username=9999999999&password=%s", password);
    return post("/auth/login", "application/x-www-form-urlencoded", form);
}

static void assert_answer(struct client *c, int status, const char *says)
{
    assert_int_equal(client_read(c), status);
    if (!strstr(c->body, says))
        fail_msg("%s", c->body);
    client_close(c);
}

/* ---- sign-up ---- */

static void a_sign_up_keeps_a_hash(void **state)
{
    static const char *const row[] = { "1", "{\"user_id\":1}" };
    struct client *c = sign_up();
    const char *params = room_await_query(&ACCOUNT_REGISTER);
    char hash[PASSWORD_STORED_MAX];
    assert_int_equal(sscanf(params, "Ada 9999999999 teacher %95s", hash), 1);
    assert_true(password_verify(TEXT("pass123"), hash, 4));
    room_answer_query(DB_OK, 1, 2, row);
    assert_answer(c, 200, "{\"user_id\":1}");
}

static void what_the_database_says_to_a_sign_up(void **state)
{
    static const struct {
        enum db_status status;
        int answer;
        const char *says;
    } rows[] = {
        { DB_OK, 400, "Phone already registered" },
        { DB_AWAY, 503, "try again" },
        { DB_LOST, 503, "try again" },
        { DB_REFUSED, 500, "Internal server error" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = sign_up();
        (void)room_await_query(&ACCOUNT_REGISTER);
        room_answer_query(rows[i].status, 0, 2, NULL);
        assert_answer(c, rows[i].answer, rows[i].says);
    }
}

/* ---- sign-in ---- */

/* Answers the question for the account with one whose password is "right". */
static void find_account(int cost, const char *role)
{
    char hash[PASSWORD_STORED_MAX];
    assert_true(password_hash(TEXT("right"), cost, hash));
    const char *const row[] = { "7", hash, role, "Ada" };
    assert_string_equal(room_await_query(&ACCOUNT_BY_PHONE), "9999999999");
    room_answer_query(DB_OK, 1, 4, row);
}

static void the_right_password_gets_a_token(void **state)
{
    struct client *c = sign_in("right");
    find_account(4, "teacher");
    assert_int_equal(client_read(c), 200);
    assert_non_null(strstr(c->body, "\"token_type\":\"bearer\",\"user_id\":7,\"role\":\"teacher\",\"name\":\"Ada\""));
    char *token = strstr(c->body, "\"access_token\":\"") + 16;
    struct token read;
    assert_true(token_verify((struct text){ token, strcspn(token, "\"") }, &read));
    assert_int_equal(read.user_id, 7);
    client_close(c);
}

/* A hash of a lower cost is renewed, unasked; whether that succeeds is nobody's concern. */
static void an_old_hash_is_renewed(void **state)
{
    config.bcrypt_cost = 5;
    struct client *c = sign_in("right");
    find_account(4, "student");
    assert_answer(c, 200, "\"role\":\"student\"");
    char old[PASSWORD_STORED_MAX], new[PASSWORD_STORED_MAX];
    assert_int_equal(sscanf(room_await_query(&ACCOUNT_RENEW_HASH), "7 %95s %95s", old, new), 2);
    assert_non_null(strstr(new, "$05$"));
    assert_true(password_verify(TEXT("right"), new, 5));
    room_answer_query(DB_REFUSED, 0, 0, NULL);
}

static void assert_too_many(void)
{
    struct client *c = sign_in("right");
    find_account(4, "teacher");
    assert_answer(c, 429, "Too many attempts");
}

static void wrong_and_unknown_say_the_same_and_count(void **state)
{
    struct client *c = sign_in("wrong");
    find_account(4, "teacher");
    assert_answer(c, 401, "Invalid credentials");
    for (int i = 0; i < 2; i++) {
        c = sign_in("right");
        (void)room_await_query(&ACCOUNT_BY_PHONE);
        room_answer_query(DB_OK, 0, 4, NULL);
        assert_answer(c, 401, "Invalid credentials");
    }
    assert_too_many();
}

static void a_good_sign_in_starts_the_count_anew(void **state)
{
    for (int i = 0; i < 5; i++) {
        struct client *c = sign_in(i % 2 ? "right" : "wrong");
        find_account(4, "teacher");
        assert_int_equal(client_read(c), i % 2 ? 200 : 401);
        client_close(c);
    }
}

static void count_requests(struct http *h, void *arg)
{
    *(uint32_t *)arg = h->requests;
}

/* Hanging up before the answer spares nobody the count. */
static void a_failure_counts_without_its_client(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct client *c = sign_in("wrong");
        (void)room_await_query(&ACCOUNT_BY_PHONE);
        client_close(c);
        room_answer_query(DB_OK, 0, 4, NULL);
    }
    for (uint32_t alive = 1; alive;)
        server_call(count_requests, &alive);
    assert_too_many();
}

static void what_cannot_be_a_hash_fits_no_password(void **state)
{
    static char long_one[PASSWORD_STORED_MAX + 50];
    memset(long_one, 'x', sizeof long_one - 1);
    const char *const stored[] = { "", "x", long_one };
    for (int i = 0; i < 3; i++) {
        const char *const row[] = { "7", stored[i], "teacher", "Ada" };
        struct client *c = sign_in("right");
        (void)room_await_query(&ACCOUNT_BY_PHONE);
        room_answer_query(DB_OK, 1, 4, row);
        assert_answer(c, 401, "Invalid credentials");
    }
}

/* ---- too much, and the end ---- */

/* One is hashed, two wait, the next is refused. */
static void a_full_queue_says_so(void **state)
{
    struct client *c[4];
    config.bcrypt_cost = 10;
    for (int i = 0; i < 4; i++)
        c[i] = sign_up();
    assert_answer(c[3], 503, "Server is busy");
    for (int i = 0; i < 3; i++) {
        (void)room_await_query(&ACCOUNT_REGISTER);
        room_answer_query(DB_OK, 0, 2, NULL);
        assert_answer(c[i], 400, "Phone already registered");
    }
}

/* What is being hashed when the server stops finds neither database nor transport, and asks for neither. */
static void the_server_may_stop_while_a_password_is_hashed(void **state)
{
    struct client *c[3];
    config.bcrypt_cost = 10;
    for (int i = 0; i < 3; i++)
        c[i] = sign_up();
    struct client *over = sign_up();
    assert_answer(over, 503, "Server is busy"); /* so the first is being hashed, and two wait */
    room_stop();
    for (int i = 0; i < 3; i++)
        client_close(c[i]);
    room_start(classroom);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sign_up_keeps_a_hash),
        TEST(what_the_database_says_to_a_sign_up),
        TEST(the_right_password_gets_a_token),
        TEST(an_old_hash_is_renewed),
        TEST(wrong_and_unknown_say_the_same_and_count),
        TEST(a_good_sign_in_starts_the_count_anew),
        TEST(a_failure_counts_without_its_client),
        TEST(what_cannot_be_a_hash_fits_no_password),
        TEST(a_full_queue_says_so),
        TEST(the_server_may_stop_while_a_password_is_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
