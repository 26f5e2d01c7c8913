/* Addresses of the database: the forms operators write, and what of them is shown. */
#include "proto/config/conninfo.h"
#include "tests/test.h"

#include <stdlib.h>

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
        char *plain = conninfo_plain(cases[i][0]);
        assert_string_equal(plain, cases[i][1]);
        free(plain);
    }
}

static void only_what_is_harmless_is_shown(void **state)
{
    static const char *const cases[][2] = {
        { "postgresql://u:hush@h:5432/d", "user=u password=*** dbname=d host=h port=5432" },
        { "postgresql+asyncpg://u:hush@h/d?ssl=require", "user=u password=*** dbname=d host=h sslmode=require" },
        { "postgresql://u:hu%40sh@h1:1,h2:2/d?target_session_attrs=any",
          "user=u password=*** dbname=d host=h1,h2 port=1,2 target_session_attrs=any" },
        { "postgresql://u:hu?sh@h/d", "user=u password=*** dbname=d host=h" },
        { "postgresql://u:hu#sh@h/d", "user=u password=*** dbname=d host=h" },
        { "postgresql://h/d?%70assword=hush", "password=*** dbname=d host=h" },
        { "postgresql://h/d?sslpassword=hush&application_name=a",
          "dbname=d host=h application_name=a sslpassword=***" },
        { "postgresql://h/d?options=-c%20x.y%3Dhush", "dbname=d host=h options=***" },
        { "host=h password = hush user=u", "user=u password=*** host=h" },
        { "host=h password='hu sh' dbname='a b'", "password=*** dbname='a b' host=h" },
        { "host=/run dbname='it\\'s'", "dbname='it\\'s' host=/run" },
        { "postgresql:///d?host=/a:b@c", "dbname=d host=/a:b@c" },
        { "postgresql://u%40x:hush@h/d", "user=u@x password=*** dbname=d host=h" },
        /* torn: the rest of the password becomes something else */
        { "postgresql://u:hu@sh@h/d", "***" },
        { "postgresql://u:hu/sh@h/d", "***" },
        { "postgresql://u:12/sh@h/d", "***" },
        { "postgresql://u@x:hush@h/d", "***" },
        { "host=u:hush@h", "***" },
        { "host=h;password=hush", "***" },
        { "host=h,password=hush dbname=d", "***" },
        { "host=@lectern dbname=d", "dbname=d host=@lectern" },
        { "postgresql:///d?host=@lectern", "dbname=d host=@lectern" },
        /* an address in a name */
        { "host=h dbname='password=hush host=x'", "dbname=*** host=h" },
        { "host=h dbname=postgresql:u://hush", "dbname=*** host=h" },
        /* nothing that libpq reads */
        { "postgresql://u:hush@[h/d", "***" },
        { "postgresql://u:hu%sh@h/d", "***" },
        { "postgresql://h/d?nonsense=hush", "***" },
        { "host=h password=hu sh", "***" },
        { "u:hush@h/d", "***" },
        { "mysql://u:hush@h/d?a=b", "***" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf shown = { 0 };
        conninfo_put_masked(cases[i][0], &shown);
        buf_putc(&shown, 0);
        assert_string_equal(shown.p, cases[i][1]);
        buf_fini(&shown);
    }
}

static void a_refusal_quotes_nothing(void **state)
{
    static const char *const cases[] = {
        "postgresql://u:hush@[h/d",
        "postgresql://u:hu%shush@h/d",
        "postgresql://h/d?hush=1",
        "postgresql://h/d?a=hush=b",
        "host=h password=x hush",
        "host=h hush=x",
        "postgresql://u:x@hush@h/d",
        "postgresql://u:hush/x@h/d",
        "hush",
        "postgresql://h/d?password=hush&x",
        "host='hush",
        "postgresql://u:p@h:hush/d",
        "host=u:hush@h",
        "host=h;password=hush",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf why = { 0 };
        assert_null(conninfo_parse(cases[i], &why));
        buf_putc(&why, 0);
        if (strstr(why.p, "hush") || !strstr(why.p, "postgresql://USER:PASSWORD@HOST") || strchr(why.p, '\n'))
            fail_msg("%s: %s", cases[i], why.p);
        buf_fini(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_drivers_become_libpqs),
        cmocka_unit_test(only_what_is_harmless_is_shown),
        cmocka_unit_test(a_refusal_quotes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
