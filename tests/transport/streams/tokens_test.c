/* Tokens of streams: those that are revoked while nobody could hear of it, and what was missed while the database was
 * away. Their ends by time are tests/api/test_tokens.py's. */
#include "store/statements.h"
#include "tests/transport/room_help.h"
#include "transport/identity/changed.h"
#include "transport/people/people.h"
#include "transport/streams/streams.h"

enum { ADA = 5 };

#define REVOKED "event: token_ended\ndata: {\"type\":\"token_ended\",\"reason\":\"revoked\"}\n\n"

static int setup(void **state)
{
    server_defaults();
    room_start(NULL);
    config.identity = "token";
    return 0;
}

static int teardown(void **state)
{
    room_stop();
    return 0;
}

static const char *token_of_ada(void)
{
    static struct buf token;
    buf_reset(&token);
    assert_true(token_make(&token, &(struct token_claims){ .user_id = ADA, .seconds = 3600 }));
    buf_putc(&token, 0);
    return token.p;
}

/* Who is looked up is Ada, whose tokens count or do not. */
static void tell_of_ada(bool revoked)
{
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), "5");
    room_answer_query(DB_OK, 1, 3, (const char *const[]){ "Ada", "rooms:student", revoked ? "99999999999" : "1" });
}

static void let_in(struct follower *f, const struct heard *who)
{
    room_let_in(who, (struct room_joined){ .participant = 1, .epoch = 1, .seq = 5 }, NULL);
    assert_int_equal(follow_head(f), 200);
    assert_follows(f, "retry: ");
    (void)follow_number(f);
    assert_follows(f, "\n" HELLO);
}

static struct follower *attend(void)
{
    struct follower *f = follow_as(token_of_ada());
    tell_of_ada(false);
    struct heard who = room_hear(1);
    let_in(f, &who);
    return f;
}

static void change(struct transport *t)
{
    changed_here(t->worker, ADA);
}

static void lose(struct transport *t)
{
    people_forget(t->people, 0);
    streams_missed(t->streams);
}

static void part(struct transport *t)
{
    streams_end_of(t->streams, ADA);
}

static void a_revoked_token_ends_its_stream(void **state)
{
    struct follower *f = attend();
    room_do(change);
    tell_of_ada(false);
    room_say_it({ .seq = 6, .frame = "six\n\n" });
    assert_follows(f, "six\n\n");
    room_do(change);
    tell_of_ada(true);
    assert_follows(f, REVOKED);
    assert_ends(f);
    assert_int_equal(room_await_leaves(1).participant, 1);
    assert_int_equal(server_last_end(), CLOSE_REMOVED);
    unfollow(f);
}

/* The database's word may come before the renewal of whoever changed the password, or instead of it. */
static void a_new_password_keeps_the_streams_of_its_sign_in(void **state)
{
    const char *text = token_of_ada();
    struct token token;
    char kept[TOKEN_SIGN_IN_MAX];
    assert_true(token_verify(text_of(text), &token));
    token_put_sign_in(token.sign_in, kept);
    struct follower *f = follow_as(text);
    tell_of_ada(false);
    struct heard who = room_hear(1);
    let_in(f, &who);
    room_do(change);
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), "5");
    room_answer_query(DB_OK, 1, 7,
                      (const char *const[]){ "Ada", "rooms:student", "99999999999", NULL, NULL, NULL, kept });
    room_say_it({ .seq = 6, .frame = "six\n\n" });
    assert_follows(f, "six\n\n");
    room_do(change);
    tell_of_ada(true);
    assert_follows(f, REVOKED);
    assert_ends(f);
    room_await_leaves(1);
    unfollow(f);
}

/* What is said of Ada comes when her stream is not there yet, and its request has been judged already. */
static void one_that_is_revoked_while_the_room_decides(void **state)
{
    struct follower *f = follow_as(token_of_ada());
    tell_of_ada(false);
    struct heard who = room_hear(1);
    room_do(change);
    let_in(f, &who);
    tell_of_ada(true);
    assert_follows(f, REVOKED);
    assert_ends(f);
    room_await_leaves(1);
    unfollow(f);
}

static void somebody_who_was_deleted(void **state)
{
    struct follower *f = attend();
    room_do(change);
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), "5");
    room_answer_query(DB_OK, 0, 3, NULL);
    assert_follows(f, REVOKED);
    assert_ends(f);
    room_await_leaves(1);
    unfollow(f);
}

/* Asked until it is known; whoever is not named is not looked at. */
static void what_was_missed_is_asked_for(void **state)
{
    struct follower *f = attend();
    room_do(lose);
    for (int i = 0; i < 2; i++) {
        (void)room_await_query(&ACCOUNT_REVOKED_SINCE);
        room_answer_query(DB_AWAY, 0, 1, NULL);
    }
    (void)room_await_query(&ACCOUNT_REVOKED_SINCE);
    room_answer_query(DB_OK, 2, 1, (const char *const[]){ "4", "5" });
    tell_of_ada(true);
    assert_follows(f, REVOKED);
    assert_ends(f);
    room_await_leaves(1);
    unfollow(f);
}

/* Nobody can say whether a token counts: the stream stays until somebody can. */
static void a_person_that_cannot_be_read(void **state)
{
    struct follower *f = attend();
    room_do(change);
    assert_string_equal(room_await_query(&ACCOUNT_BY_ID), "5");
    room_answer_query(DB_AWAY, 0, 3, NULL);
    (void)room_await_query(&ACCOUNT_REVOKED_SINCE);
    room_answer_query(DB_OK, 1, 1, (const char *const[]){ "5" });
    tell_of_ada(false);
    room_say_it({ .seq = 6, .frame = "six\n\n" });
    assert_follows(f, "six\n\n");
    unfollow(f);
    room_await_leaves(1);
}

/* The room hears of it before a client that reads nothing has taken its last. */
static void operators_end_streams_of_any_kind(void **state)
{
    struct follower *named = attend(), *bare = follow("");
    struct heard who = room_hear(2);
    room_let_in(&who, (struct room_joined){ .participant = 2, .seq = 5 }, NULL);
    assert_int_equal(follow_head(bare), 200);
    room_do(part);
    assert_int_equal(room_await_leaves(1).participant, 1);
    assert_follows(named, REVOKED);
    assert_ends(named);
    assert_int_equal(room_leaves(), 1); /* the other one is nobody's here */
    unfollow(named);
    unfollow(bare);
    room_await_leaves(2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_revoked_token_ends_its_stream),
        TEST(a_new_password_keeps_the_streams_of_its_sign_in),
        TEST(one_that_is_revoked_while_the_room_decides),
        TEST(somebody_who_was_deleted),
        TEST(what_was_missed_is_asked_for),
        TEST(a_person_that_cannot_be_read),
        TEST(operators_end_streams_of_any_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
