/* What refusals of the database mean, class by class. */
#include "store/sqlstate.h"
#include "tests/test.h"

static void each_state_means_one_thing(void **state)
{
    static const struct {
        const char *sqlstate;
        enum sqlstate_means means;
    } cases[] = {
        { "25006", SQLSTATE_STALE },   { "0A000", SQLSTATE_STALE },   { "26000", SQLSTATE_STALE },
        { "42P05", SQLSTATE_STALE },   { "57P01", SQLSTATE_PASSING }, { "57P02", SQLSTATE_PASSING },
        { "57P03", SQLSTATE_PASSING }, { "57014", SQLSTATE_PASSING }, { "53300", SQLSTATE_PASSING },
        { "53100", SQLSTATE_PASSING }, { "53200", SQLSTATE_PASSING }, { "08006", SQLSTATE_PASSING },
        { "08P01", SQLSTATE_PASSING }, { "08007", SQLSTATE_UNKNOWN }, { "40001", SQLSTATE_PASSING },
        { "40P01", SQLSTATE_PASSING }, { "40003", SQLSTATE_UNKNOWN }, { "55P03", SQLSTATE_PASSING },
        { "55006", SQLSTATE_PASSING }, { "58030", SQLSTATE_PASSING }, { "25P03", SQLSTATE_PASSING },
        { "23505", SQLSTATE_FAULT },   { "22P02", SQLSTATE_FAULT },   { "42P01", SQLSTATE_FAULT },
        { "42501", SQLSTATE_FAULT },   { "25P02", SQLSTATE_FAULT },   { "P0001", SQLSTATE_FAULT },
        { "XX000", SQLSTATE_FAULT },   { "54000", SQLSTATE_FAULT },   { "55000", SQLSTATE_FAULT },
        { "", SQLSTATE_FAULT },        { "57", SQLSTATE_FAULT },      { "57P01x", SQLSTATE_FAULT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (sqlstate_means(cases[i].sqlstate) != cases[i].means)
            fail_msg("%s means %d", cases[i].sqlstate, sqlstate_means(cases[i].sqlstate));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_state_means_one_thing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
