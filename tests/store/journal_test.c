/* The journal: PostgreSQL itself reads the arrays back; order of statements; reuse; the time it takes to build. */
#include "store/journal.h"

#include "store/statements.h"
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct statement_param columns[] = {
    { "row.a", "int4[]", 1007, 23 },    { "row.b", "int8[]", 1016, 20 }, { "row.c", "text[]", 1009, 25 },
    { "row.d", "jsonb[]", 3807, 3802 }, { "row.e", "bool[]", 1000, 16 }, { "row.f", "timestamp[]", 1115, 1114 },
    { "row.g", "float8[]", 1022, 701 },
};
static const struct statement second = { .name = "SECOND",
                                         .sql = "select * from unnest($1, $2, $3, $4, $5, $6, $7)",
                                         .params = columns,
                                         .nparams = 7,
                                         .batch = 2 };
static const struct statement first = {
    .name = "FIRST", .sql = "select * from unnest($1)", .params = columns, .nparams = 1, .batch = 1
};

static void put_full(struct buf *rows, int i)
{
    size_t at = journal_begin(rows, &second);
    journal_int4(rows, -i);
    journal_int8(rows, INT64_C(1) << 40);
    journal_text(rows, TEXT("caf\xc3\xa9, \"x\" {} \\"));
    journal_jsonb(rows, TEXT("{\"a\": [1, null]}"));
    journal_bool(rows, i % 2);
    journal_timestamp(rows, INT64_C(1771950260666428));
    journal_float8(rows, -0.1 * i);
    journal_end(rows, at);
}

static void put_nulls(struct buf *rows)
{
    size_t at = journal_begin(rows, &second);
    journal_null(rows);
    journal_null(rows);
    journal_text(rows, (struct text){ 0 });
    journal_null(rows);
    journal_null(rows);
    journal_timestamp(rows, 0);
    journal_float8(rows, NAN);
    journal_end(rows, at);
}

static PGresult *execute(PGconn *c, const struct db_step *step)
{
    Oid types[DB_MAX_PARAMS];
    const struct db_params *p = &step->params;
    for (int i = 0; i < p->n; i++)
        types[i] = step->statement->params[i].oid;
    PGresult *r = PQexecParams(c, step->statement->sql, p->n, types, p->values, p->lengths, p->formats, 0);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s", PQresultErrorMessage(r));
    return r;
}

static void check_row(PGresult *r, int row, const char *const want[])
{
    for (int i = 0; i < PQnfields(r); i++) {
        assert_int_equal(PQgetisnull(r, row, i), !want[i]);
        if (want[i])
            assert_string_equal(PQgetvalue(r, row, i), want[i]);
    }
}

static void arrays_are_what_postgresql_reads(void **state)
{
    struct buf rows = { 0 };
    struct journal *j = journal_create();
    const struct db_step *steps;
    int n;
    put_full(&rows, 1);
    put_nulls(&rows);
    put_full(&rows, 2);
    assert_true(journal_add(j, buf_view(&rows)));
    assert_true(journal_steps(j, &steps, &n));
    assert_int_equal(n, 1);
    assert_int_equal(journal_rows(j), 3);
    assert_int_equal(journal_count(buf_view(&rows)), 3);
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    PGresult *r = execute(c, &steps[0]);
    assert_int_equal(PQntuples(r), 3);
    check_row(r, 0,
              (const char *const[]){ "-1", "1099511627776", "caf\xc3\xa9, \"x\" {} \\", "{\"a\": [1, null]}", "t",
                                     "2026-02-24 16:24:20.666428", "-0.1" });
    check_row(r, 1, (const char *const[7]){ NULL });
    check_row(r, 2,
              (const char *const[]){ "-2", "1099511627776", "caf\xc3\xa9, \"x\" {} \\", "{\"a\": [1, null]}", "f",
                                     "2026-02-24 16:24:20.666428", "-0.2" });
    PQclear(r);
    PQfinish(c);
    journal_destroy(j);
    buf_fini(&rows);
}

static void statements_go_in_the_order_of_their_numbers(void **state)
{
    struct buf rows = { 0 };
    struct journal *j = journal_create();
    const struct db_step *steps;
    int n;
    for (int round = 0; round < 2; round++) {
        buf_reset(&rows);
        put_full(&rows, 1);
        size_t at = journal_begin(&rows, &first);
        journal_int4(&rows, 7);
        journal_end(&rows, at);
        put_full(&rows, 2);
        assert_true(journal_add(j, buf_view(&rows)));
        assert_true(journal_steps(j, &steps, &n));
        assert_int_equal(n, 2);
        assert_ptr_equal(steps[0].statement, &first);
        assert_ptr_equal(steps[1].statement, &second);
        assert_int_equal(journal_rows(j), 3);
        journal_reset(j);
        assert_true(journal_steps(j, &steps, &n));
        assert_int_equal(n, 0);
    }
    journal_destroy(j);
    buf_fini(&rows);
}

static void a_row_of_the_wrong_width_is_a_programmers_error(void **state)
{
    struct buf rows = { 0 };
    size_t at = journal_begin(&rows, &first);
    journal_int4(&rows, 1);
    journal_int4(&rows, 2);
    pid_t pid = fork();
    if (pid == 0) {
        fclose(stderr);
        signal(SIGABRT, SIG_DFL);
        journal_end(&rows, at);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(status);
    buf_fini(&rows);
}

/* The budget is 100 µs in a release build; sanitizers and load may cost fifty times that, a mistake in the method more.
 */
static void five_hundred_rows_are_built_quickly(void **state)
{
    enum { ROWS = 500, ROUNDS = 20 };
    struct buf rows = { 0 };
    struct journal *j = journal_create();
    const struct db_step *steps;
    struct timespec a, b;
    int n;
    for (int i = 0; i < ROWS; i++)
        put_full(&rows, i);
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        clock_gettime(CLOCK_MONOTONIC, &a);
        journal_reset(j);
        assert_true(journal_add(j, buf_view(&rows)));
        assert_true(journal_steps(j, &steps, &n));
        clock_gettime(CLOCK_MONOTONIC, &b);
        double us = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
        best = us < best ? us : best;
    }
    print_message("500 rows of 6 columns: %.1f us\n", best);
    assert_true(best < 5000);
    journal_destroy(j);
    buf_fini(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_what_postgresql_reads),
        cmocka_unit_test(statements_go_in_the_order_of_their_numbers),
        cmocka_unit_test(a_row_of_the_wrong_width_is_a_programmers_error),
        cmocka_unit_test(five_hundred_rows_are_built_quickly),
    };
    return cmocka_run_group_tests(tests, help_start, help_stop);
}
