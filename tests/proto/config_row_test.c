/* Config row: what is shown of values, and what is not. */
#include "proto/config_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct buf out;

static const char *shown(const char *value)
{
    struct config some = { .database_url = value };
    buf_reset(&out);
    config_row_put(config_row_of(TEXT("database-url")), &some, &out);
    buf_putc(&out, 0);
    return out.p;
}

static void no_password_of_an_address_is_shown(void **state)
{
    static const char *const cases[][2] = {
        { "postgresql://u:secret@h:5432/db?x=1", "postgresql://u:***@h:5432/db?x=1" },
        { "postgresql://u:se@cr:et@h/db", "postgresql://u:***@h/db" },
        { "postgresql://h/db?password=secret&x=1", "postgresql://h/db?password=***&x=1" },
        { "host=h password=secret user=u", "host=h password=*** user=u" },
        { "host=h password='a b'", "host=h password=***" },
        { "postgresql://u@h:5432/db", "postgresql://u@h:5432/db" },
        { "postgresql:///db?host=/a:b@c", "postgresql:///db?host=/a:b@c" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(shown(cases[i][0]), cases[i][1]);
}

static void a_refusal_shows_no_password(void **state)
{
    char url[2100];
    struct config to;
    int n = snprintf(url, sizeof url, "postgresql://u:hush@h/");
    memset(url + n, 'x', sizeof url - 1 - (size_t)n);
    url[sizeof url - 1] = 0;
    buf_reset(&out);
    assert_false(config_row_set(config_row_of(TEXT("database-url")), &to, "DATABASE_URL", "environment", url, &out));
    buf_putc(&out, 0);
    assert_null(strstr(out.p, "hush"));
    assert_non_null(strstr(out.p, "(environment); it must have 0 to 2000 characters"));
}

static void rows_are_found_by_both_names(void **state)
{
    assert_ptr_equal(config_row_of(TEXT("room-ring")), config_row_of(TEXT("LECTERN_ROOM_RING")));
    assert_null(config_row_of(TEXT("room_ring")));
    assert_null(config_row_of(TEXT("")));
}

/* A change may not leave a text of somebody else's in force. */
static void only_numbers_truths_and_words_are_changeable(void **state)
{
    int n = 0;
    for (int i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        if (!config_row_changeable(row))
            continue;
        assert_true(row->type == CONFIG_INT || row->type == CONFIG_BOOL || config_row_words(row));
        n++;
    }
    assert_true(n > 0);
}

static int fini(void **state)
{
    buf_fini(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_password_of_an_address_is_shown),
        cmocka_unit_test(a_refusal_shows_no_password),
        cmocka_unit_test(rows_are_found_by_both_names),
        cmocka_unit_test(only_numbers_truths_and_words_are_changeable),
    };
    return cmocka_run_group_tests(tests, NULL, fini);
}
