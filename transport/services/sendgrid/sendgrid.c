/* SendGrid: see sendgrid.h. */
#include "transport/services/sendgrid/sendgrid.h"

#include "actors/part.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/services/sendgrid/answer.h"
#include "transport/services/sendgrid/message.h"
#include "transport/transport.h"

#include <stdlib.h>

enum { ANSWER_MOST = 65536 };

/* A mail under way. */
struct sending {
    struct worker *worker;
    struct parcel *parcel;
};

static void on_answer(void *arg, const struct outbound_answer *answer)
{
    struct sending s = *(struct sending *)arg;
    struct sendgrid_verdict v = sendgrid_answer_judge(answer, config.sendgrid_api_key, worker_wall(s.worker) / 1000000);
    free(arg);
    if (v.closes)
        attempt_be_patient(s.parcel->courier, s.worker, v.delay_ms);
    notifier_settle(s.parcel, v.fate, (int64_t)v.delay_ms, v.fate == PARCEL_DELIVERED ? NULL : v.why);
}

static void put_url(struct buf *url)
{
    size_t n = strlen(config.sendgrid_base_url);
    while (n && config.sendgrid_base_url[n - 1] == '/')
        n--;
    buf_put(url, config.sendgrid_base_url, n);
    buf_printf(url, "/v3/mail/send%c", 0);
}

/* Begins the call; OUTBOUND_ANSWERED when it has. */
static enum outbound_end post(struct sending *s, const struct mail *m)
{
    const struct message_from from = { config.email_from_address, config.email_from_name };
    struct buf url = { 0 }, bearer = { 0 }, body = { 0 };
    enum outbound_end why = OUTBOUND_NO_MEMORY;
    put_url(&url);
    buf_printf(&bearer, "Authorization: Bearer %s%c", config.sendgrid_api_key, 0);
    sendgrid_message_put(&body, m, &from, s->parcel->id);
    const char *const headers[] = { "Content-Type: application/json", bearer.p, NULL };
    const struct outbound_request rq = { .method = "POST",
                                         .url = url.p,
                                         .headers = headers,
                                         .body = buf_view(&body),
                                         .total_ms = (uint32_t)config.mail_timeout * 1000,
                                         .answer_most = ANSWER_MOST };
    if (!url.failed && !bearer.failed && !body.failed &&
        outbound_send(transport_of(s->worker)->outbound, &rq, on_answer, s, &why))
        why = OUTBOUND_ANSWERED;
    buf_fini(&url);
    buf_fini(&bearer);
    buf_fini(&body);
    return why;
}

/* Where there is no service, the log is where people look for their mail. */
static void write_down(const struct parcel *p, const struct mail *m)
{
    log_info("a mail, which is written here since SENDGRID_API_KEY is not set", F_STR("id", p->id),
             F_TEXT("to", buf_view(&m->to)), F_TEXT("from", buf_view(&m->behalf)),
             F_TEXT("subject", buf_view(&m->subject)), F_TEXT("link", buf_view(&m->link)));
}

void sendgrid_send(struct worker *w, struct parcel *p, const struct mail *m)
{
    if (!*config.sendgrid_api_key) {
        write_down(p, m);
        notifier_settle(p, PARCEL_DELIVERED, 0, NULL);
        return;
    }
    struct sending *s = malloc(sizeof *s);
    if (!s) {
        notifier_settle(p, PARCEL_UNTRIED, 1000, outbound_words(OUTBOUND_NO_MEMORY));
        return;
    }
    *s = (struct sending){ w, p };
    enum outbound_end end = post(s, m);
    if (end != OUTBOUND_ANSWERED)
        on_answer(s, &(struct outbound_answer){ .end = end, .body = TEXT(""), .head = TEXT("") });
}

/* ---- the part ---- */

static bool part_prepare(const struct setup *s)
{
    if (*config.sendgrid_api_key)
        log_info("mails are sent by SendGrid");
    else
        log_info("mails are written to the log: SENDGRID_API_KEY is not set");
    return true;
}

/* It goes into a header. */
static void check_key(const char *value, struct buf *why)
{
    for (; *value && !why->n; value++)
        if (*value <= ' ' || *value > '~')
            buf_puts(why, "it has a blank or something else that no key has");
}

static void check_address(const char *value, struct buf *why)
{
    const char *at = strchr(value, '@');
    if (!at || at == value || !at[1] || strpbrk(value, " <>,\t\r\n"))
        buf_puts(why, "it is no address such as noreply@example.org");
}

static const struct parameter_row parameters[] = {
    { offsetof(struct config, sendgrid_api_key), check_key, .serving = true },
    { offsetof(struct config, email_from_address), check_address, .serving = true },
    { 0 },
};

const struct part sendgrid_part = { .name = "sendgrid", .parameters = parameters, .prepare = part_prepare };
