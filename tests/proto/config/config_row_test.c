/* Config row: what is shown of values, and what is not. */
#include "proto/config/config_row.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

static struct buf out;

static const char *shown(struct text name, struct config some)
{
    buf_reset(&out);
    config_row_put(config_row_of(name), &some, &out);
    buf_putc(&out, 0);
    return out.p;
}

static void each_row_is_shown_as_it_may_be(void **state)
{
    struct config some = { .database_url = "postgresql://u:hush@h:5432/db",
                           .outbound_proxy = "http://u:hush@h:1",
                           .jwt_secret = "hush" };
    assert_string_equal(shown(TEXT("database-url"), some), "user=u password=*** dbname=db host=h port=5432");
    assert_string_equal(shown(TEXT("outbound-proxy"), some), "http://***@h:1");
    assert_string_equal(shown(TEXT("jwt-secret"), some), "(set)");
    some.database_url = "";
    assert_string_equal(shown(TEXT("database-url"), some), "");
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

/* More than the least, at most the most, as people write numbers. */
static void real_numbers(void **state)
{
    static const struct config_row row = { "r", "R", "1", "help", 0, 10, 0, CONFIG_REAL };
    static const char *const bad[] = { "",    "0",   "0.0", "-1", "10.5", "x",   "1e1",
                                       "0x1", "nan", "inf", " 1", "1 ",   "1,5", "." };
    struct config to = { 0 };
    double v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_reset(&out);
        assert_false(config_row_set(&row, &to, "R", NULL, bad[i], &out));
    }
    buf_putc(&out, 0);
    assert_string_equal(out.p, "R is \".\"; it must be a number, more than 0, at most 10");
    assert_true(config_row_set(&row, &to, "R", NULL, "0.25", &out));
    memcpy(&v, &to, sizeof v);
    assert_true(v == 0.25);
    buf_reset(&out);
    config_row_put(&row, &to, &out);
    assert_true(text_is(buf_view(&out), "0.25"));
    struct config other = to;
    assert_true(config_row_equal(&row, &to, &other));
    assert_true(config_row_set(&row, &other, "R", NULL, "10", &out));
    assert_false(config_row_equal(&row, &to, &other));
}

/* A change may not leave a text of somebody else's in force. */
static void only_numbers_truths_and_words_are_changeable(void **state)
{
    int n = 0;
    for (int i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        if (!config_row_changeable(row))
            continue;
        assert_true(row->type == CONFIG_INT || row->type == CONFIG_REAL || row->type == CONFIG_BOOL ||
                    config_row_words(row));
        n++;
    }
    assert_true(n > 0);
}

/* What a type asks for beyond a length. */
static void texts_are_looked_at_as_their_type_asks(void **state)
{
    static const struct {
        const char *parameter, *value, *says;
    } rows[] = {
        { "google-jwks-url", "http://127.0.0.1:9000/certs", "" },
        { "google-jwks-url", "http://keys.example/certs", "it must be an https address" },
        { "openai-base-url", "https://u:hush@model.example/v1", "have no user name" },
        { "fcm-token-url", "", "" },
        { "outbound-ca", "/etc/passwd", "" },
        { "outbound-ca", "/none.pem", "/none.pem cannot be read: No such file" },
        { "outbound-ca", "", "" },
        { "listen", "http://keys.example/certs", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_reset(&out);
        config_row_check(config_row_of(text_of(rows[i].parameter)), rows[i].value, &out);
        buf_putc(&out, 0);
        assert_int_equal(*out.p == 0, *rows[i].says == 0);
        assert_non_null(strstr(out.p, rows[i].says));
        assert_null(strstr(out.p, "hush"));
    }
}

static int fini(void **state)
{
    buf_fini(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_shown_as_it_may_be),
        cmocka_unit_test(a_refusal_shows_no_password),
        cmocka_unit_test(rows_are_found_by_both_names),
        cmocka_unit_test(real_numbers),
        cmocka_unit_test(texts_are_looked_at_as_their_type_asks),
        cmocka_unit_test(only_numbers_truths_and_words_are_changeable),
    };
    return cmocka_run_group_tests(tests, NULL, fini);
}
