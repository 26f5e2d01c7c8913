/* Every named statement prepares on a migrated empty database, with the parameter types and as many columns as its file
 * says. */
#include "store/statements.h"
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <string.h>

static void prepare(PGconn *c, const struct statement *st)
{
    Oid types[DB_MAX_PARAMS];
    for (int i = 0; i < st->nparams; i++)
        types[i] = st->params[i].oid;
    PGresult *r = PQprepare(c, st->name, st->sql, st->nparams, types);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", st->name, PQresultErrorMessage(r));
    PQclear(r);
}

/* varchar counts as text: its values look the same. */
static Oid plain(Oid type)
{
    return type == 1043 ? 25 : type;
}

static void describe(PGconn *c, const struct statement *st)
{
    PGresult *r = PQdescribePrepared(c, st->name);
    if (PQnparams(r) != st->nparams || PQnfields(r) != st->ncolumns)
        fail_msg("%s: %d parameters and %d columns", st->name, PQnparams(r), PQnfields(r));
    for (int i = 0; i < st->ncolumns && strcmp(st->area, "store"); i++)
        if (plain(PQftype(r, i)) != st->columns[i].oid)
            fail_msg("%s: column %s is of type %u", st->name, st->columns[i].source, PQftype(r, i));
    PQclear(r);
}

static void every_statement_prepares_as_its_file_says(void **state)
{
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    assert_true(statement_count > 0);
    for (int i = 0; i < statement_count; i++) {
        assert_int_equal(statements[i]->index, i);
        prepare(c, statements[i]);
        describe(c, statements[i]);
    }
    PQfinish(c);
}

static void batch_statements_have_different_numbers(void **state)
{
    for (int i = 0; i < statement_count; i++)
        for (int k = i + 1; k < statement_count; k++)
            if (statements[i]->batch && statements[i]->batch == statements[k]->batch)
                fail_msg("%s and %s", statements[i]->name, statements[k]->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_prepares_as_its_file_says),
        cmocka_unit_test(batch_statements_have_different_numbers),
    };
    return cmocka_run_group_tests(tests, help_start, help_stop);
}
