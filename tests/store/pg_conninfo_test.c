/* Connection parameters: the forms operators write, and who has the last word. */
#include "store/pg_conninfo.h"
#include "tests/test.h"

#include <stdio.h>

#define NEEDED                                                                                                              \
    "\"search_path\":\"classroom,account,public\",\"client_encoding\":\"UTF8\",\"timezone\":\"UTC\",\"datestyle\":\"ISO\"," \
    "\"standard_conforming_strings\":\"on\",\"default_transaction_isolation\":\"read committed\"}"

static void the_operator_has_the_last_word_but_not_on_what_is_needed(void **state)
{
    static const struct pg_setting defaults[] = { { "jit", "off" }, { NULL } };
    struct pg_conninfo c;
    struct buf why = { 0 };
    assert_true(pg_conninfo_init(
        &c,
        "dbname=d application_name=mine client_encoding=LATIN1 options='-c jit=on --statement-timeout=7s -cx.y=a\\\\ b'",
        defaults, &why));
    pg_conninfo_add(&c, "application_name", "ours");
    assert_string_equal(pg_conninfo_get(&c, "dbname"), "d");
    assert_string_equal(pg_conninfo_get(&c, "application_name"), "mine");
    assert_string_equal(pg_conninfo_get(&c, "client_encoding"), "UTF8");
    assert_null(pg_conninfo_get(&c, "options"));
    assert_null(pg_conninfo_get(&c, "target_session_attrs"));
    assert_null(c.keywords[c.n]);
    assert_string_equal(c.settings.p, "{\"jit\":\"off\",\"application_name\":\"mine\",\"jit\":\"on\","
                                      "\"statement_timeout\":\"7s\",\"x.y\":\"a b\"," NEEDED);
    pg_conninfo_fini(&c);
}

static void options_that_are_no_settings_stay(void **state)
{
    static const char *const cases[] = { "endpoint=a", "-c jit=on -S 64", "-c", "-c jit", "--=x" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pg_conninfo c;
        struct buf why = { 0 };
        char conninfo[64];
        snprintf(conninfo, sizeof conninfo, "options='%s'", cases[i]);
        assert_true(pg_conninfo_init(&c, conninfo, NULL, &why));
        assert_string_equal(pg_conninfo_get(&c, "options"), cases[i]);
        assert_string_equal(c.settings.p, "{" NEEDED);
        pg_conninfo_fini(&c);
    }
}

static void of_several_hosts_one_that_takes_writes_is_meant(void **state)
{
    static const char *const cases[][2] = {
        { "postgresql://a,b/d", "read-write" },
        { "postgresql+asyncpg://a:1,b:2/d", "read-write" },
        { "postgresql://a,b/d?target_session_attrs=any", "any" },
        { "postgresql://a/d", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pg_conninfo c;
        struct buf why = { 0 };
        assert_true(pg_conninfo_init(&c, cases[i][0], NULL, &why));
        const char *wanted = pg_conninfo_get(&c, "target_session_attrs");
        assert_string_equal(wanted ? wanted : "", cases[i][1]);
        pg_conninfo_fini(&c);
    }
}

static void nonsense_is_told(void **state)
{
    struct pg_conninfo c;
    struct buf why = { 0 };
    assert_false(pg_conninfo_init(&c, "dbname", NULL, &why));
    buf_putc(&why, '\0');
    assert_non_null(strstr(why.p, "cannot be read: "));
    buf_fini(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_operator_has_the_last_word_but_not_on_what_is_needed),
        cmocka_unit_test(options_that_are_no_settings_stay),
        cmocka_unit_test(of_several_hosts_one_that_takes_writes_is_meant),
        cmocka_unit_test(nonsense_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
