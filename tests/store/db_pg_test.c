/* The connection to PostgreSQL, against a real one: order, isolation of errors, transactions, breaks and coming back.
 */
#include "store/db_pg.h"
#include "store/statements.h"
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SEEN = 4096 };

/* What a test's connections told. */
struct told {
    uv_loop_t loop;
    PGconn *side; /* a plain connection, to prepare and to look */
    int ups, downs, up, closed;
    int notified;
    char payload[64];
    int n; /* answers */
    int number[SEEN];
    enum db_status status[SEEN];
    char sqlstate[SEEN][8], constraint[SEEN][64];
    int64_t value[SEEN];
};

struct ask {
    struct told *told;
    int number;
};

static void on_up(void *arg, bool up)
{
    struct told *t = arg;
    t->up = up;
    t->ups += up;
    t->downs += !up;
}

static const struct statement *const listens[] = { &ACCOUNT_LISTEN, NULL };

static void on_notify(void *arg, const char *channel, const char *payload)
{
    struct told *t = arg;
    assert_string_equal(channel, "account_changed");
    snprintf(t->payload, sizeof t->payload, "%s", payload);
    t->notified++;
}

static void on_done(void *arg, const struct db_result *r)
{
    struct ask *a = arg;
    struct told *t = a->told;
    int i = t->n++;
    assert_true(i < SEEN);
    t->number[i] = a->number;
    t->status[i] = r->status;
    snprintf(t->sqlstate[i], sizeof t->sqlstate[i], "%s", r->sqlstate);
    snprintf(t->constraint[i], sizeof t->constraint[i], "%s", r->constraint);
    t->value[i] = r->rows ? db_int(r, 0, 0) : -1;
    free(a);
}

static struct ask *ask(struct told *t, int number)
{
    struct ask *a = malloc(sizeof *a);
    assert_non_null(a);
    *a = (struct ask){ t, number };
    return a;
}

static struct db *open_db_to(struct told *t, const char *conninfo, struct db_pg_options o)
{
    o.conninfo = conninfo;
    o.name = "test";
    o.statement_timeout_ms =
        o.statement_timeout_ms ? o.statement_timeout_ms : 60000; /* a busy machine takes its time */
    o.wait_ms = o.wait_ms ? o.wait_ms : 60000;
    o.queue = o.queue ? o.queue : 1024;
    o.on_up = on_up;
    o.arg = t;
    struct db *db = db_pg_create(&t->loop, &o);
    assert_non_null(db);
    return db;
}

static struct db *open_db(struct told *t, struct db_pg_options o)
{
    struct db *db = open_db_to(t, private_pg_conninfo(help_pg), o);
    RUN_UNTIL(&t->loop, t->up);
    return db;
}

static const struct db_pg_options READER = { .writer_slot = -1 };
static const struct db_pg_options WRITER = { .writer_slot = 3, .batch_statements = true };

static void on_closed(void *arg)
{
    ((struct told *)arg)->closed++;
}

static void close_db(struct told *t, struct db *db)
{
    int before = t->closed;
    db_pg_close(db, on_closed, t);
    RUN_UNTIL(&t->loop, t->closed > before);
}

static bool by_id(struct told *t, struct db *db, int32_t id, int number)
{
    struct db_params p = { 0 };
    struct ask *a = ask(t, number);
    db_param_int4(&p, id);
    db_param_null(&p);
    bool ok = db_query(db, &CLASSROOM_STATE, &p, on_done, a);
    if (!ok)
        free(a);
    return ok;
}

static bool sign_up(struct told *t, struct db *db, const char *name, const char *phone, const char *role, int number)
{
    struct db_params p = { 0 };
    struct ask *a = ask(t, number);
    db_param_text(&p, text_of(name));
    db_param_text(&p, text_of(phone));
    db_param_text(&p, text_of(role));
    db_param_text(&p, TEXT("hash"));
    bool ok = db_query(db, &ACCOUNT_REGISTER, &p, on_done, a);
    if (!ok)
        free(a);
    return ok;
}

static int setup(void **state)
{
    struct told *t = calloc(1, sizeof *t);
    uv_loop_init(&t->loop);
    t->side = help_connect(private_pg_conninfo(help_pg));
    help_ask(t->side, "truncate account.users, classroom.sessions restart identity cascade");
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct told *t = *state;
    PQfinish(t->side);
    help_close_loop(&t->loop);
    free(t);
    return 0;
}

/* ---- order and errors ---- */

static void answers_come_in_order_and_an_error_stays_alone(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    assert_true(sign_up(t, db, "Ada", "1", "teacher", 0));
    assert_true(sign_up(t, db, "Bad", "2", "headmaster", 1));
    assert_true(sign_up(t, db, "Ben", "3", "student", 2));
    assert_true(by_id(t, db, 77, 3));
    assert_int_equal(t->n, 0); /* never from inside */
    RUN_UNTIL(&t->loop, t->n == 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(t->number[i], i);
    assert_int_equal(t->status[0], DB_OK);
    assert_int_equal(t->status[1], DB_REFUSED);
    assert_string_equal(t->sqlstate[1], "23514");
    assert_string_equal(t->constraint[1], "users_role_check");
    assert_int_equal(t->status[2], DB_OK);
    assert_int_equal(t->value[3], 404);
    assert_int_equal(help_ask(t->side, "select count(*) from account.users"), 2);
    close_db(t, db);
}

struct chain {
    struct told *t;
    struct db *db;
    int left;
};

static void on_link(void *arg, const struct db_result *r)
{
    struct chain *c = arg;
    struct db_params p = { 0 };
    assert_int_equal(r->status, DB_OK);
    db_param_int4(&p, 1);
    db_param_null(&p);
    if (--c->left > 0)
        assert_true(db_query(c->db, &CLASSROOM_STATE, &p, on_link, c));
    else
        c->t->n++;
}

static void a_callback_may_ask_again(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    struct chain c = { t, db, 50 };
    struct db_params p = { 0 };
    db_param_int4(&p, 1);
    db_param_null(&p);
    assert_true(db_query(db, &CLASSROOM_STATE, &p, on_link, &c));
    assert_true(by_id(t, db, 1, 0));
    RUN_UNTIL(&t->loop, t->n == 2);
    assert_int_equal(c.left, 0);
    close_db(t, db);
}

static void on_texts(void *arg, const struct db_result *r)
{
    struct told *t = arg;
    assert_int_equal(r->status, DB_OK);
    assert_int_equal(r->rows, 1);
    assert_int_equal(db_int(r, 0, 0), 1);
    assert_true(text_is(db_text(r, 0, 1), "hash"));
    assert_true(text_is(db_text(r, 0, 3), "Zo\xc3\xab \"quoted\" \\ 'x'"));
    t->n++;
}

static void texts_arrive_as_they_are(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    assert_true(sign_up(t, db, "Zo\xc3\xab \"quoted\" \\ 'x'", "+1", "teacher", 0));
    struct db_params p = { 0 };
    db_param_text(&p, TEXT("+1"));
    assert_true(db_query(db, &ACCOUNT_BY_PHONE, &p, on_texts, t));
    RUN_UNTIL(&t->loop, t->n == 2);
    close_db(t, db);
}

/* More than the sockets' buffers hold, both ways, so writing and reading must take turns. */
static void large_values_and_many_queries_pass(void **state)
{
    enum { MANY = 300, LARGE = 200000 };
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    char *name = malloc(LARGE + 1), phone[16];
    memset(name, 'n', LARGE);
    name[LARGE] = '\0';
    for (int i = 0; i < MANY; i++) {
        snprintf(phone, sizeof phone, "%d", i);
        assert_true(sign_up(t, db, name, phone, "student", i));
    }
    RUN_UNTIL(&t->loop, t->n == MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(t->number[i], i);
        assert_int_equal(t->status[i], DB_OK);
        assert_int_equal(t->value[i], i + 1);
    }
    free(name);
    close_db(t, db);
}

static void a_full_queue_refuses(void **state)
{
    struct told *t = *state;
    struct db_pg_options o = READER;
    o.queue = 3;
    struct db *db = open_db(t, o);
    assert_true(by_id(t, db, 1, 0));
    assert_true(by_id(t, db, 1, 1));
    assert_true(by_id(t, db, 1, 2));
    assert_false(by_id(t, db, 1, 3));
    struct db_stats s = db_pg_stats(db);
    assert_int_equal(s.in_flight, 3);
    assert_int_equal(s.limit, 3);
    RUN_UNTIL(&t->loop, t->n == 3);
    assert_true(by_id(t, db, 1, 4));
    RUN_UNTIL(&t->loop, t->n == 4);
    close_db(t, db);
}

/* ---- transactions ---- */

static void ends(struct db_step *step, int32_t session)
{
    /* int4[] and timestamp[] of one element each */
    static const char head[] = "\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\1\0\0\0\1\0\0\0\4";
    static const char stamp[] = "\0\0\0\1\0\0\0\0\0\0\x4\x5a\0\0\0\1\0\0\0\1\0\0\0\x8\0\0\0\0\0\0\0\0";
    static char ids[4][sizeof head - 1 + 4];
    static int next;
    char *id = ids[next++ % 4];
    memcpy(id, head, sizeof head - 1);
    memcpy(id + sizeof head - 1, (char[]){ 0, 0, 0, (char)session }, 4);
    *step = (struct db_step){ .statement = &CLASSROOM_END_SESSIONS };
    db_param_binary(&step->params, (struct text){ id, sizeof ids[0] });
    db_param_binary(&step->params, (struct text){ stamp, sizeof stamp - 1 });
}

static bool batch(struct told *t, struct db *db, const struct db_step *steps, int n, int number)
{
    struct ask *a = ask(t, number);
    bool ok = db_batch(db, steps, n, on_done, a);
    if (!ok)
        free(a);
    return ok;
}

static void two_sessions(struct told *t)
{
    help_ask(t->side, "insert into account.users (name, role, password_hash) values ('Ada', 'teacher', '')");
    help_ask(t->side, "insert into sessions (title, created_by) values ('a', 1), ('b', 1)");
}

static void a_batch_happens_whole_or_not_at_all(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, WRITER);
    two_sessions(t);
    struct db_step steps[3];
    ends(&steps[0], 1);
    ends(&steps[2], 2);
    steps[1] = (struct db_step){ .statement = &ACCOUNT_REGISTER };
    db_param_text(&steps[1].params, TEXT("Bad"));
    db_param_text(&steps[1].params, TEXT("1"));
    db_param_text(&steps[1].params, TEXT("headmaster"));
    db_param_text(&steps[1].params, TEXT("hash"));
    assert_true(batch(t, db, steps, 3, 0));
    assert_true(by_id(t, db, 1, 1));
    RUN_UNTIL(&t->loop, t->n == 2);
    assert_int_equal(t->status[0], DB_REFUSED);
    assert_string_equal(t->sqlstate[0], "23514");
    assert_int_equal(t->status[1], DB_OK);
    assert_int_equal(help_ask(t->side, "select count(*) from sessions where is_active"), 2);
    steps[1] = steps[0]; /* its parameters are borrowed, not in the scratch */
    assert_true(batch(t, db, steps, 3, 2));
    RUN_UNTIL(&t->loop, t->n == 3);
    assert_int_equal(t->status[2], DB_OK);
    assert_int_equal(t->value[2], -1);
    assert_int_equal(help_ask(t->side, "select count(*) from sessions where is_active"), 0);
    close_db(t, db);
}

/* An error of the commit itself comes with the sync, after every statement was answered well. */
static void an_error_at_commit_is_the_batchs_error(void **state)
{
    struct told *t = *state;
    two_sessions(t);
    help_ask(t->side, "alter table sessions add constraint late unique (ended_at) deferrable initially deferred");
    struct db *db = open_db(t, WRITER);
    struct db_step steps[2];
    ends(&steps[0], 1);
    ends(&steps[1], 2);
    assert_true(batch(t, db, steps, 2, 0));
    assert_true(by_id(t, db, 1, 1));
    assert_true(by_id(t, db, 2, 2));
    RUN_UNTIL(&t->loop, t->n == 3);
    help_ask(t->side, "alter table sessions drop constraint late");
    assert_int_equal(t->status[0], DB_REFUSED);
    assert_string_equal(t->constraint[0], "late");
    assert_int_equal(t->status[1], DB_OK);
    assert_int_equal(t->status[2], DB_OK);
    assert_int_equal(t->value[2], 200);
    assert_int_equal(help_ask(t->side, "select count(*) from sessions where is_active"), 2);
    close_db(t, db);
}

static void a_slow_statement_is_cut_and_may_be_tried_again(void **state)
{
    struct told *t = *state;
    struct db_pg_options o = READER;
    o.statement_timeout_ms = 100;
    struct db *db = open_db(t, o);
    help_ask(t->side, "begin");
    help_ask(t->side, "lock table account.users");
    assert_true(sign_up(t, db, "Ada", "1", "teacher", 0));
    RUN_UNTIL(&t->loop, t->n == 1);
    assert_int_equal(t->status[0], DB_RETRY);
    assert_string_equal(t->sqlstate[0], "57014");
    help_ask(t->side, "rollback");
    assert_true(sign_up(t, db, "Ada", "1", "teacher", 1));
    RUN_UNTIL(&t->loop, t->n == 2);
    assert_int_equal(t->status[1], DB_OK);
    close_db(t, db);
}

/* ---- sessions that went stale ---- */

static bool by_phone(struct told *t, struct db *db)
{
    struct db_params p = { 0 };
    db_param_text(&p, TEXT("1"));
    return db_query(db, &ACCOUNT_BY_PHONE, &p, on_done, ask(t, 0));
}

/* Asks until it is answered well; every refusal before that is this passing one. */
static void ask_until_well(struct told *t, struct db *db, bool (*again)(struct told *t, struct db *db),
                           const char *sqlstate)
{
    do {
        t->n = 0;
        assert_true(again(t, db));
        RUN_UNTIL(&t->loop, t->n);
        assert_true(t->status[0] == DB_OK || t->status[0] == DB_RETRY);
        assert_string_equal(t->sqlstate[0], t->status[0] == DB_OK ? "" : sqlstate);
    } while (t->status[0] != DB_OK);
    assert_int_equal(t->ups, 2);
}

static void a_plan_that_is_old_is_prepared_anew(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    help_ask(t->side, "alter table account.users alter column password_hash type varchar(500)");
    ask_until_well(t, db, by_phone, "0A000");
    help_ask(t->side, "alter table account.users alter column password_hash type text");
    close_db(t, db);
}

static bool sign_up_ada(struct told *t, struct db *db)
{
    return sign_up(t, db, "Ada", "1", "teacher", 0);
}

/* Another session may find a server that takes writes. */
static void a_session_that_only_reads_is_left(void **state)
{
    struct told *t = *state;
    help_ask(t->side, "alter database lectern set default_transaction_read_only = on");
    struct db *db = open_db(t, READER);
    help_ask(t->side, "alter database lectern reset default_transaction_read_only");
    ask_until_well(t, db, sign_up_ada, "25006");
    assert_int_equal(help_ask(t->side, "select count(*) from account.users"), 1);
    close_db(t, db);
}

static void statements_that_are_gone_are_prepared_anew(void **state)
{
    struct told *t = *state;
    help_ask(t->side,
             "create function public.forget() returns trigger language plpgsql as $$ begin execute 'deallocate "
             "all'; return null; end $$");
    help_ask(t->side,
             "create trigger forget after insert on account.users for each row execute function public.forget()");
    struct db *db = open_db(t, READER);
    assert_true(sign_up_ada(t, db));
    RUN_UNTIL(&t->loop, t->n);
    ask_until_well(t, db, by_phone, "26000");
    help_ask(t->side, "drop function public.forget() cascade");
    close_db(t, db);
}

/* ---- notifications ---- */

static void changes_of_people_are_told(void **state)
{
    struct told *t = *state;
    struct db_pg_options o = READER;
    o.on_notify = on_notify;
    o.listen = listens;
    struct db *db = open_db(t, o);
    two_sessions(t);
    help_ask(t->side, "update account.users set name = 'Eve' where user_id = 1");
    RUN_UNTIL(&t->loop, t->notified);
    assert_string_equal(t->payload, "1");
    close_db(t, db);
}

/* ---- breaks ---- */

#define KILL_TEST "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'test'"

static void a_broken_connection_loses_what_was_under_way_and_comes_back(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, WRITER);
    help_ask(t->side, "begin");
    help_ask(t->side, "lock table account.users");
    assert_true(sign_up(t, db, "Ada", "1", "teacher", 0));
    assert_true(by_id(t, db, 1, 1));
    /* The lock shows that the statement has begun. */
    while (!help_ask(t->side, "select count(*) from pg_locks where not granted"))
        uv_run(&t->loop, UV_RUN_NOWAIT);
    assert_int_equal(help_ask(t->side, KILL_TEST), 1);
    RUN_UNTIL(&t->loop, t->n == 2);
    assert_int_equal(t->status[0], DB_LOST);
    assert_int_equal(t->status[1], DB_LOST);
    assert_int_equal(t->downs, 1);
    assert_false(db_up(db));
    struct db_step step;
    ends(&step, 1);
    assert_false(batch(t, db, &step, 1, 9));
    assert_true(by_id(t, db, 1, 2)); /* waits for the connection */
    assert_int_equal(db_pg_stats(db).waiting, 1);
    help_ask(t->side, "rollback");
    RUN_UNTIL(&t->loop, t->n == 3);
    assert_int_equal(t->status[2], DB_OK);
    assert_int_equal(t->ups, 2);
    assert_int_equal(help_ask(t->side, "select count(*) from account.users"), 0);
    close_db(t, db);
}

static void an_idle_connection_that_breaks_comes_back(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    assert_int_equal(help_ask(t->side, KILL_TEST), 1);
    RUN_UNTIL(&t->loop, t->ups == 2);
    assert_int_equal(db_pg_stats(db).connects, 2);
    close_db(t, db);
}

/* As when the server starts before the schema is there. */
static void what_cannot_be_prepared_is_tried_again(void **state)
{
    struct told *t = *state;
    help_ask(t->side, "alter table account.users rename column role to role_of_old");
    struct db *db = open_db_to(t, private_pg_conninfo(help_pg), READER);
    RUN_UNTIL(&t->loop, db_pg_stats(db).errors >= 3);
    assert_int_equal(t->ups, 0);
    assert_true(by_id(t, db, 1, 0));
    help_ask(t->side, "alter table account.users rename column role_of_old to role");
    RUN_UNTIL(&t->loop, t->n == 1);
    assert_int_equal(t->status[0], DB_OK);
    assert_int_equal(t->ups, 1);
    close_db(t, db);
}

/* A callback may close the connection that calls it; the others of that break are answered all the same. */
static void on_last(void *arg, const struct db_result *r)
{
    struct chain *c = arg;
    assert_int_equal(r->status, DB_LOST);
    db_pg_close(c->db, on_closed, c->t);
}

static void a_callback_may_close(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    struct chain c = { t, db, 0 };
    struct db_params p = { 0 };
    help_ask(t->side, "begin");
    help_ask(t->side, "lock table classroom.sessions");
    db_param_int4(&p, 1);
    db_param_null(&p);
    assert_true(db_query(db, &CLASSROOM_STATE, &p, on_last, &c));
    assert_true(by_id(t, db, 1, 0));
    assert_int_equal(help_ask(t->side, KILL_TEST), 1);
    RUN_UNTIL(&t->loop, t->closed);
    assert_int_equal(t->n, 1);
    assert_int_equal(t->status[0], DB_LOST);
    help_ask(t->side, "rollback");
}

static void close_answers_what_is_left(void **state)
{
    struct told *t = *state;
    struct db *db = open_db(t, READER);
    assert_true(by_id(t, db, 1, 0));
    close_db(t, db);
    assert_int_equal(t->n, 1);
    assert_int_equal(t->status[0], DB_LOST);
    db = open_db_to(t, private_pg_conninfo(help_pg), READER);
    assert_true(by_id(t, db, 1, 1));
    close_db(t, db);
    assert_int_equal(t->status[1], DB_AWAY);
}

static void without_a_server_queries_wait_and_are_given_up(void **state)
{
    struct told *t = *state;
    struct db_pg_options o = READER;
    o.wait_ms = 120;
    struct db *db = open_db_to(t, "host=/nonexistent dbname=x", o);
    uv_update_time(&t->loop);
    uint64_t before = uv_hrtime();
    assert_true(by_id(t, db, 1, 0));
    RUN_UNTIL(&t->loop, t->n == 1);
    assert_int_equal(t->status[0], DB_AWAY);
    assert_true(uv_hrtime() - before >= 100 * 1000000ull);
    close_db(t, db);
}

/* A server that takes the connection and then says nothing: a listening socket nobody reads from. */
static void a_silent_server_is_left(void **state)
{
    struct told *t = *state;
    char path[64], conninfo[128];
    help_folder(path);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    snprintf(conninfo, sizeof conninfo, "host=%s dbname=x", path);
    struct db_pg_options o = READER;
    o.wait_ms = 50;
    struct db *db = open_db_to(t, conninfo, o);
    assert_true(by_id(t, db, 1, 0));
    RUN_UNTIL(&t->loop, t->n == 1);
    assert_int_equal(t->status[0], DB_AWAY);
    close_db(t, db);
    close(fd);
    help_remove(path);
}

/* ---- the writer's lock ---- */

static void a_writer_waits_for_its_predecessor(void **state)
{
    struct told *first = *state, *second;
    setup((void **)&second);
    struct db *a = open_db(first, WRITER);
    struct db *b = open_db_to(second, private_pg_conninfo(help_pg), WRITER);
    /* Past its first second of waiting, so that asking again is seen too. */
    while (help_ask(second->side, "select count(*) from pg_locks where locktype = 'advisory' and not granted and "
                                  "waitstart < now() - interval '700 ms'") == 0)
        uv_run(&second->loop, UV_RUN_NOWAIT);
    for (int waits = 0; waits < 2;) {
        uv_run(&second->loop, UV_RUN_NOWAIT);
        waits = (int)db_pg_stats(b).errors;
    }
    assert_false(second->up);
    close_db(first, a);
    RUN_UNTIL(&second->loop, second->up);
    close_db(second, b);
    teardown((void **)&second);
}

static void writers_of_different_slots_live_side_by_side(void **state)
{
    struct told *t = *state;
    struct db_pg_options other = WRITER;
    other.writer_slot = 4;
    struct db *a = open_db(t, WRITER);
    t->up = 0;
    struct db *b = open_db(t, other);
    close_db(t, a);
    close_db(t, b);
}

/* ---- the server goes ---- */

static pid_t postmaster(struct told *t)
{
    char path[512], line[32];
    PGresult *r = PQexec(t->side, "show data_directory");
    snprintf(path, sizeof path, "%s/postmaster.pid", PQgetvalue(r, 0, 0));
    PQclear(r);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    return atoi(line);
}

static void an_immediate_stop_of_the_server_is_survived(void **state)
{
    struct told *t = *state;
    struct db_pg_options patient = READER;
    patient.wait_ms = 60000; /* on a busy machine recovery takes its time */
    struct db *reader = open_db(t, patient);
    t->up = 0;
    struct db *writer = open_db(t, WRITER);
    private_pg_watch(help_pg, &t->loop);
    assert_true(sign_up(t, reader, "Ada", "1", "teacher", 0));
    RUN_UNTIL(&t->loop, t->n == 1);
    kill(postmaster(t), SIGQUIT);
    RUN_UNTIL(&t->loop, t->downs == 2);
    assert_true(sign_up(t, reader, "Ben", "2", "teacher", 1));
    RUN_UNTIL(&t->loop, t->n == 2 && t->ups == 4);
    assert_int_equal(t->status[1], DB_OK);
    PQreset(t->side);
    assert_int_equal(help_ask(t->side, "select count(*) from account.users"), 2);
    close_db(t, reader);
    close_db(t, writer);
    private_pg_unwatch(help_pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(answers_come_in_order_and_an_error_stays_alone),
        T(a_callback_may_ask_again),
        T(texts_arrive_as_they_are),
        T(large_values_and_many_queries_pass),
        T(a_full_queue_refuses),
        T(a_batch_happens_whole_or_not_at_all),
        T(an_error_at_commit_is_the_batchs_error),
        T(a_slow_statement_is_cut_and_may_be_tried_again),
        T(a_plan_that_is_old_is_prepared_anew),
        T(a_session_that_only_reads_is_left),
        T(statements_that_are_gone_are_prepared_anew),
        T(changes_of_people_are_told),
        T(a_broken_connection_loses_what_was_under_way_and_comes_back),
        T(an_idle_connection_that_breaks_comes_back),
        T(what_cannot_be_prepared_is_tried_again),
        T(a_callback_may_close),
        T(close_answers_what_is_left),
        T(without_a_server_queries_wait_and_are_given_up),
        T(a_silent_server_is_left),
        T(a_writer_waits_for_its_predecessor),
        T(writers_of_different_slots_live_side_by_side),
        T(an_immediate_stop_of_the_server_is_survived),
    };
    return cmocka_run_group_tests(tests, help_start, help_stop);
}
