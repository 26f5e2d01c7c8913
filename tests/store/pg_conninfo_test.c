/* Connection parameters: the forms operators write, and who has the last word. */
#include "store/pg_conninfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void forms_of_drivers_become_libpqs(void **state)
{
    static const char *const cases[][2] = {
        { "postgresql+asyncpg://u:p@h/d", "postgresql://u:p@h/d" },
        { "postgres+psycopg://h/d", "postgresql://h/d" },
        { "postgresql+asyncpg://h/d?ssl=require&x=ssl=1", "postgresql://h/d?sslmode=require&x=ssl=1" },
        { "postgresql+asyncpg://h/d?a=b&ssl=disable", "postgresql://h/d?a=b&sslmode=disable" },
        { "postgresql://u:a+b@h/d?ssl=true", "postgresql://u:a+b@h/d?ssl=true" },
        { "host=/a+b dbname=x", "host=/a+b dbname=x" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *plain = pg_conninfo_plain(cases[i][0]);
        assert_string_equal(plain, cases[i][1]);
        free(plain);
    }
}

static void the_operator_has_the_last_word(void **state)
{
    struct pg_conninfo c;
    struct buf why = { 0 };
    assert_true(pg_conninfo_init(&c, "dbname=d application_name=mine options='-c jit=on'", "-c jit=off", &why));
    pg_conninfo_add(&c, "application_name", "ours");
    pg_conninfo_add(&c, "client_encoding", "UTF8");
    assert_string_equal(pg_conninfo_get(&c, "dbname"), "d");
    assert_string_equal(pg_conninfo_get(&c, "application_name"), "mine");
    assert_string_equal(pg_conninfo_get(&c, "client_encoding"), "UTF8");
    assert_string_equal(pg_conninfo_get(&c, "options"), "-c jit=off -c jit=on");
    assert_null(c.keywords[c.n]);
    pg_conninfo_fini(&c);
}

static void nonsense_is_told(void **state)
{
    struct pg_conninfo c;
    struct buf why = { 0 };
    assert_false(pg_conninfo_init(&c, "dbname", NULL, &why));
    buf_putc(&why, '\0');
    assert_non_null(strstr(why.p, "cannot be read: "));
    assert_null(strchr(why.p, '\n'));
    buf_fini(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_drivers_become_libpqs),
        cmocka_unit_test(the_operator_has_the_last_word),
        cmocka_unit_test(nonsense_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
