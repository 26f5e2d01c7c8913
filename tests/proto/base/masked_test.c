/* Texts of which nothing is known, as they are shown. */
#include "proto/base/masked.h"
#include "tests/test.h"

static void secrets_are_hidden(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "0.0.0.0:8000", "0.0.0.0:8000" },
        { "./data", "./data" },
        { "https://a.example,https://b.example:81", "https://a.example,https://b.example:81" },
        { "courses=keys.example,attendance=b.example", "courses=keys.example,attendance=b.example" },
        { "123-abc.apps.example", "123-abc.apps.example" },
        { "http://proxy:3128", "http://proxy:3128" },
        { "http://u:hush@proxy:3128", "http://***@proxy:3128" },
        { "http://hush@proxy:3128/x", "http://***@proxy:3128/x" },
        { "u:hush@proxy:3128", "***@proxy:3128" },
        { "socks5h://u:hu@sh/h?u#sh@proxy", "socks5h://***@proxy" },
        { "https://h/keys?key=hush", "https://h/keys?***" },
        { "https://h/keys?%6bey=hush", "https://h/keys?***" },
        { "https://h/keys#hush", "https://h/keys#***" },
        { "http://u:hush@h/?key=hush", "http://***@h/?***" },
        { "https://a.example,http://u:hush@b.example", "https://***@b.example" },
        { "host=h password=hush", "host=h password=***" },
        { "host=h password = hush", "host=h password =***" },
        { "API_KEY=hush", "API_KEY=***" },
        { "{\"private_key\":\"hush\"}", "***" },
        { "-----BEGIN PRIVATE KEY----- hush", "***" },
        { "postgresql://u:hu@sh@h/d", "***" },
        { "postgres+asyncpg://u:hush@h/d", "***" },
        { "postgres-data", "postgres-data" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        masked_put(cases[i][0], &out);
        buf_putc(&out, 0);
        assert_string_equal(out.p, cases[i][1]);
        buf_fini(&out);
    }
}

static void what_is_long_is_hidden_before_it_is_cut(void **state)
{
    char text[400];
    struct buf why = { 0 };
    memset(text, 'x', sizeof text);
    memcpy(text, "https://u:hush", 14);
    memcpy(text + 300, "@h", 3);
    masked_quote(text_of(text), "is wrong", &why);
    buf_putc(&why, 0);
    assert_string_equal(why.p, "\"https://***@h\" is wrong");
    buf_reset(&why);
    memset(text, 'y', 300);
    masked_quote((struct text){ text, 300 }, "is long", &why);
    assert_int_equal(why.n, 200 + strlen("\"\" is long"));
    buf_fini(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(secrets_are_hidden),
                                        cmocka_unit_test(what_is_long_is_hidden_before_it_is_cut) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
