/* Invitation mail: see invitation_mail.h. Whatever is somebody's own words is escaped in the HTML. */
#include "transport/api/coaching/invitation_mail.h"

#include "proto/base/html.h"
#include "proto/identity/invite_token.h"

#define WHAT_IT_IS                                                                                                      \
    " listens to how two people talk with each other, not to what they say: it nudges who speaks too fast or does not " \
    "let the other finish, and afterwards there is a report for both."
#define HOW_LONG "The link expires in 7 days. Whoever does not know why this came can leave it at that."

static void put_text(const struct invitation *i, struct mail *m)
{
    struct buf *out = &m->text;
    buf_text(out, i->inviter);
    buf_puts(out, " has invited you to join a ");
    buf_text(out, i->type);
    buf_printf(out, " relationship on %s.\n\n", i->product);
    if (i->message.n) {
        buf_text(out, i->message);
        buf_puts(out, "\n\n");
    }
    buf_printf(out, "%s" WHAT_IT_IS "\n\nTo accept, open\n\n", i->product);
    buf_text(out, buf_view(&m->link));
    buf_puts(out, "\n\n" HOW_LONG "\n");
}

static void put_message(struct buf *out, struct text message)
{
    if (!message.n)
        return;
    buf_puts(out,
             "<blockquote style=\"margin:16px 0;padding-left:12px;border-left:3px solid #ccc;white-space:pre-line\">");
    html_put(out, message);
    buf_puts(out, "</blockquote>\n");
}

static void put_html(const struct invitation *i, struct mail *m)
{
    struct buf *out = &m->html;
    struct text product = text_of(i->product), link = buf_view(&m->link);
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>");
    html_put(out, product);
    buf_puts(
        out,
        "</title></head>\n<body style=\"margin:24px;font-family:sans-serif;line-height:1.5;color:#222\">\n<p><strong>");
    html_put(out, i->inviter);
    buf_puts(out, "</strong> has invited you to join a ");
    html_put(out, i->type);
    buf_puts(out, " relationship on ");
    html_put(out, product);
    buf_puts(out, ".</p>\n");
    put_message(out, i->message);
    buf_puts(out, "<p>");
    html_put(out, product);
    buf_puts(out, WHAT_IT_IS "</p>\n<p><a href=\"");
    html_put(out, link);
    buf_puts(out, "\" style=\"display:inline-block;padding:12px 24px;border-radius:6px;background:#2b5fd9;color:#fff;"
                  "text-decoration:none\">Accept the invitation</a></p>\n<p>Or open this address:<br>");
    html_put(out, link);
    buf_puts(out, "</p>\n<p>" HOW_LONG "</p>\n</body>\n</html>\n");
}

bool invitation_mail_write(const struct invitation *i, const char *key, struct mail *ret)
{
    char token[INVITE_TOKEN_MAX];
    if (!invite_token_make(key, i->id, i->generation, token))
        return false;
    buf_text(&ret->to, i->email);
    buf_text(&ret->behalf, i->inviter);
    buf_puts(&ret->subject, "You've been invited to join a ");
    buf_text(&ret->subject, i->type);
    buf_puts(&ret->subject, " relationship");
    buf_text(&ret->link, i->base);
    buf_printf(&ret->link, "/signup?token=%s", token);
    put_text(i, ret);
    put_html(i, ret);
    return mail_whole(ret);
}
