/* Plain: account.plain takes off what utf8_trim does, and finds what is stored. */
#include "proto/base/utf8.h"
#include "tests/store/pg_help.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include <unistr.h>

/* Where such characters are; the rest of Unicode has letters only. */
static const int ranges[][2] = {
    { 1, 0xd7ff }, { 0xe000, 0xffff }, { 0x1bc00, 0x1bcff }, { 0x1d100, 0x1d1ff }, { 0xe0000, 0xe1000 }
};

static bool nobody_sees(int c)
{
    uint8_t bytes[4];
    int n = u8_uctomb(bytes, (ucs4_t)c, sizeof bytes);
    return !utf8_trim((struct text){ (const char *)bytes, (size_t)n }).n;
}

static void database_and_server_agree(void **state)
{
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        char sql[160];
        snprintf(sql, sizeof sql, "select account.plain(chr(n)) = '' from generate_series(%d, %d) n", ranges[i][0],
                 ranges[i][1]);
        PGresult *r = PQexec(c, sql);
        assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
        for (int k = 0; k < PQntuples(r); k++)
            if ((*PQgetvalue(r, k, 0) == 't') != nobody_sees(ranges[i][0] + k))
                fail_msg("U+%04X", (unsigned)(ranges[i][0] + k));
        PQclear(r);
    }
    PQfinish(c);
}

static void only_the_ends_are_taken_off(void **state)
{
    PGconn *c = help_connect(private_pg_conninfo(help_pg));
    assert_int_equal(
        help_ask(c, "select (account.plain(E' \\u200b\\ufeffa \\u200db\\u2069\\u3000') = E'a \\u200db')::int"), 1);
    assert_int_equal(help_ask(c, "select (account.plain(null) is null and account.plain('') = '')::int"), 1);
    PQfinish(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(database_and_server_agree),
                                        cmocka_unit_test(only_the_ends_are_taken_off) };
    return cmocka_run_group_tests(tests, help_start, help_stop);
}
