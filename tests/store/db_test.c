/* Parameters as PostgreSQL reads them, results as C code reads them. */
#include "store/db.h"

#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <math.h>

/* A result of one row that is made of constants. */
static struct text constant(const struct db_result *r, int row, int column)
{
    const char *const *values = r->data;
    assert_int_equal(row, 0);
    return text_of(values[column]);
}

static const struct db_ops constants = { .value = constant };

static void values_are_read(void **state)
{
    const char *const values[] = { "0",  "-9223372036854775808",       "2147483647", "t", "f",
                                   NULL, "2026-02-24 16:24:20.666428", "",           "x", "12.25" };
    struct db_result r = { .rows = 1, .data = values, .ops = &constants };
    assert_int_equal(db_int(&r, 0, 0), 0);
    assert_true(db_int(&r, 0, 1) == INT64_MIN);
    assert_int_equal(db_int(&r, 0, 2), INT32_MAX);
    assert_true(db_bool(&r, 0, 3));
    assert_false(db_bool(&r, 0, 4));
    assert_true(db_null(&r, 0, 5));
    assert_false(db_null(&r, 0, 7));
    assert_int_equal(db_int(&r, 0, 5), 0);
    assert_false(db_bool(&r, 0, 5));
    assert_true(db_stamp(&r, 0, 6) == INT64_C(1771950260666428));
    assert_int_equal(db_stamp(&r, 0, 5), 0);
    assert_int_equal(db_stamp(&r, 0, 8), 0);
    assert_true(db_real(&r, 0, 9) == 12.25);
    assert_true(db_real(&r, 0, 2) == INT32_MAX);
    assert_true(isnan(db_real(&r, 0, 5)));
}

static void parameters_arrive(void **state)
{
    const Oid types[] = { 23, 20, 16, 701, 1114, 25, 25, 17, 23 };
    const char *const want[] = {
        "-2147483648", "9223372036854775807", "t", "-1.5", "2026-02-24 16:24:20.666428", "caf\xc3\xa9", "", "\\x000102",
        NULL
    };
    struct db_params p = { 0 };
    db_param_int4(&p, INT32_MIN);
    db_param_int8(&p, INT64_MAX);
    db_param_bool(&p, true);
    db_param_float8(&p, -1.5);
    db_param_timestamp(&p, INT64_C(1771950260666428));
    db_param_text(&p, TEXT("caf\xc3\xa9"));
    db_param_text(&p, TEXT(""));
    db_param_binary(&p, (struct text){ "\0\1\2", 3 });
    db_param_text(&p, (struct text){ 0 });
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    PGresult *r =
        PQexecParams(c, "select $1, $2, $3, $4, $5, $6, $7, $8, $9", p.n, types, p.values, p.lengths, p.formats, 0);
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    for (int i = 0; i < p.n; i++) {
        assert_int_equal(PQgetisnull(r, 0, i), !want[i]);
        if (want[i])
            assert_string_equal(PQgetvalue(r, 0, i), want[i]);
    }
    PQclear(r);
    PQfinish(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(values_are_read), cmocka_unit_test(parameters_arrive) };
    return cmocka_run_group_tests(tests, help_start, help_stop);
}
