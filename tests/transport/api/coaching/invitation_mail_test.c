/* Invitation mail: what it says, and that nobody's words become tags. */
#include "transport/api/coaching/invitation_mail.h"

#include "proto/identity/invite_token.h"
#include "tests/test.h"

#include <stdio.h>

#define KEY "0123456789abcdef0123456789abcdef"

static struct invitation usual(void)
{
    return (struct invitation){ .id = TEXT("i-1"),
                                .generation = 3,
                                .base = TEXT("https://app.example"),
                                .email = TEXT("ben@example.org"),
                                .type = TEXT("romantic"),
                                .inviter = TEXT("Ada"),
                                .message = TEXT(""),
                                .product = "Project Inside" };
}

static bool holds(const struct buf *b, const char *part)
{
    return memmem(b->p, b->n, part, strlen(part));
}

static void it_says_who_what_and_where(void **state)
{
    char token[INVITE_TOKEN_MAX], link[128];
    struct invitation i = usual();
    struct mail m = { 0 };
    assert_true(invite_token_make(KEY, i.id, 3, token));
    snprintf(link, sizeof link, "https://app.example/signup?token=%s", token);
    assert_true(invitation_mail_write(&i, KEY, &m));
    assert_true(text_is(buf_view(&m.to), "ben@example.org") && text_is(buf_view(&m.behalf), "Ada"));
    assert_true(text_is(buf_view(&m.subject), "You've been invited to join a romantic relationship"));
    assert_true(text_is(buf_view(&m.link), link));
    assert_true(holds(&m.text, "Ada has invited you to join a romantic relationship on Project Inside.\n\n"));
    assert_true(holds(&m.text, link) && holds(&m.html, link));
    assert_true(holds(&m.text, "expires in 7 days") && holds(&m.html, "expires in 7 days"));
    assert_true(!memcmp(m.html.p, "<!DOCTYPE html>", 15) && holds(&m.html, ">Accept the invitation</a>"));
    assert_false(holds(&m.html, "<blockquote"));
    mail_fini(&m);
}

static void words_of_people_are_no_tags(void **state)
{
    struct invitation i = usual();
    struct mail m = { 0 };
    i.inviter = TEXT("<b>\"Ada\" & 'Co'");
    i.type = TEXT("<i>");
    i.base = TEXT("https://app.example/\"><script>");
    i.message = TEXT("one\n</blockquote><img>");
    i.product = "A<C>";
    assert_true(invitation_mail_write(&i, KEY, &m));
    assert_true(holds(&m.text, "<b>\"Ada\" & 'Co' has invited you") && holds(&m.text, "one\n</blockquote><img>\n\n"));
    assert_true(holds(&m.html, "&lt;b&gt;&quot;Ada&quot; &amp; &#39;Co&#39;</strong>"));
    assert_true(holds(&m.html, "pre-line\">one\n&lt;/blockquote&gt;&lt;img&gt;</blockquote>"));
    static const char *const tags[] = { "<b>", "<i>", "<script>", "<img>", "A<C>" };
    for (size_t t = 0; t < sizeof tags / sizeof *tags; t++)
        assert_false(holds(&m.html, tags[t]));
    mail_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_who_what_and_where),
        cmocka_unit_test(words_of_people_are_no_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
