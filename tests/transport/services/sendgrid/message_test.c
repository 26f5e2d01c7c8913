/* Message: the body of mail/send, letter by letter. */
#include "transport/services/sendgrid/message.h"

#include "tests/test.h"

static void the_body_is_the_contracts(void **state)
{
    static const struct message_from from = { "us@example.org", "Us & \"Co\"" };
    struct mail m = { 0 };
    struct buf out = { 0 };
    buf_puts(&m.to, "you@example.org");
    buf_puts(&m.subject, "Say \"hello\"");
    buf_puts(&m.text, "a\nb");
    buf_puts(&m.html, "<p>a</p>");
    assert_true(mail_whole(&m));
    sendgrid_message_put(&out, &m, &from, "id-1");
    buf_putc(&out, 0);
    assert_string_equal(out.p, "{\"personalizations\":[{\"to\":[{\"email\":\"you@example.org\"}]}],"
                               "\"from\":{\"email\":\"us@example.org\",\"name\":\"Us & \\\"Co\\\"\"},"
                               "\"subject\":\"Say \\\"hello\\\"\","
                               "\"content\":[{\"type\":\"text/plain\",\"value\":\"a\\nb\"},"
                               "{\"type\":\"text/html\",\"value\":\"<p>a</p>\"}],"
                               "\"custom_args\":{\"message_id\":\"id-1\"}}");
    buf_fini(&out);
    mail_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_body_is_the_contracts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
