/* The pool of connections, against a real PostgreSQL: work is shared out, one that waits holds up no other, comings and
 * goings are told once. */
#include "store/db_pool.h"
#include "store/statements.h"
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <stdlib.h>

enum { CONNECTIONS = 3 };

static struct {
    uv_loop_t loop;
    PGconn *side;
    struct db *db;
    int ups, downs, closed, notified, answers, away;
} told;

static void on_up(void *arg, bool up)
{
    told.ups += up;
    told.downs += !up;
}

static const struct statement *const listens[] = { &ACCOUNT_LISTEN, NULL };

static void on_notify(void *arg, const char *channel, const char *payload)
{
    told.notified++;
}

static void on_answer(void *arg, const struct db_result *r)
{
    told.answers++;
    told.away += r->status != DB_OK;
    if (r->status == DB_OK && arg)
        assert_true(db_int(r, 0, 0) > 0);
}

static void on_closed(void *arg)
{
    told.closed++;
}

static int connections(void)
{
    return help_ask(told.side, "select count(*) from pg_stat_activity where application_name like 'pooled.%'");
}

static int setup(void **state)
{
    static const struct db_pg_options o = { .name = "pooled",
                                            .statement_timeout_ms = 10000,
                                            .wait_ms = 5000,
                                            .queue = 90,
                                            .writer_slot = -1,
                                            .on_up = on_up,
                                            .on_notify = on_notify,
                                            .listen = listens };
    struct db_pg_options mine = o;
    memset(&told, 0, sizeof told);
    mine.conninfo = private_pg_conninfo(help_pg);
    uv_loop_init(&told.loop);
    told.side = help_connect(mine.conninfo);
    told.db = db_pool_create(&told.loop, &mine, CONNECTIONS);
    assert_non_null(told.db);
    RUN_UNTIL(&told.loop, db_pool_stats(told.db).connects == CONNECTIONS);
    return 0;
}

static int teardown(void **state)
{
    db_pool_close(told.db, on_closed, NULL);
    RUN_UNTIL(&told.loop, told.closed);
    assert_int_equal(told.closed, 1);
    PQfinish(told.side);
    help_close_loop(&told.loop);
    return 0;
}

static bool ask(void)
{
    const struct db_params none = { 0 };
    return db_query(told.db, &ACCOUNT_ALIVE, &none, on_answer, &told);
}

static void coming_is_told_once_and_work_is_shared_out(void **state)
{
    assert_int_equal(told.ups, 1);
    assert_true(db_up(told.db));
    assert_int_equal(connections(), CONNECTIONS);
    for (int i = 0; i < 90; i++)
        assert_true(ask());
    assert_int_equal(db_pool_stats(told.db).limit, 90);
    assert_int_equal(db_pool_stats(told.db).in_flight, 90);
    assert_false(ask()); /* every queue is full */
    RUN_UNTIL(&told.loop, told.answers == 90);
    assert_int_equal(told.away, 0);
}

/* A row is locked by somebody else: who wants it waits, those who come later find another connection. */
static void later_ones_go_round_one_that_waits(void **state)
{
    struct db_params p = { 0 };
    help_ask(told.side, "insert into account.users (user_id, name, password_hash) values (77, 'Ada', 'old')");
    help_ask(told.side, "begin");
    help_ask(told.side, "update account.users set name = 'Ada L' where user_id = 77");
    db_param_int4(&p, 77);
    db_param_text(&p, TEXT("old"));
    db_param_text(&p, TEXT("new"));
    assert_true(db_query(told.db, &ACCOUNT_RENEW_HASH, &p, on_answer, NULL));
    for (int i = 1; i <= 20; i++) {
        assert_true(ask());
        RUN_UNTIL(&told.loop, told.answers == i);
    }
    help_ask(told.side, "commit");
    RUN_UNTIL(&told.loop, told.answers == 21);
    RUN_UNTIL(&told.loop, told.notified >= CONNECTIONS); /* each of them is told of the change */
    help_ask(told.side, "delete from account.users where user_id = 77");
}

static void going_is_told_with_the_last(void **state)
{
    help_ask(told.side, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pooled.1'");
    RUN_UNTIL(&told.loop, db_pool_stats(told.db).connects == CONNECTIONS + 1);
    assert_int_equal(told.downs, 0);
    assert_true(ask());
    RUN_UNTIL(&told.loop, told.answers == 1);
    help_ask(told.side,
             "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'pooled.%'");
    RUN_UNTIL(&told.loop, told.downs);
    assert_true(ask()); /* it waits for one to come back */
    RUN_UNTIL(&told.loop, told.answers == 2);
    assert_int_equal(told.away, 0);
    assert_int_equal(told.ups, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(coming_is_told_once_and_work_is_shared_out),
        TEST(later_ones_go_round_one_that_waits),
        TEST(going_is_told_with_the_last),
    };
    return cmocka_run_group_tests(tests, help_start, help_stop);
}
