/* Html: what must not mean anything to a browser, and what stays as it is. */
#include "proto/base/html.h"
#include "tests/test.h"

static void is(const char *text, const char *wanted)
{
    struct buf b = { 0 };
    html_put(&b, text_of(text));
    buf_putc(&b, 0);
    assert_string_equal(b.p, wanted);
    buf_fini(&b);
}

static void what_means_something_is_escaped(void **state)
{
    is("<a href=\"x\" title='y'>&amp;</a>", "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

static void all_else_stays(void **state)
{
    is("", "");
    is("Größe\n\t✓ 👩‍❤️‍👩", "Größe\n\t✓ 👩‍❤️‍👩");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_means_something_is_escaped),
        cmocka_unit_test(all_else_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
