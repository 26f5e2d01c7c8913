/* Jobs: see jobs.h. */
#include "transport/api/coaching/jobs.h"

#include "actors/notifier/job.h"
#include "proto/config/config.h"
#include "store/statements.h"
#include "transport/api/coaching/invitation_mail.h"
#include "transport/services/sendgrid/sendgrid.h"

enum { REPORTS_AT_ONCE = 16, AGAIN_MS = 1000 };

/* The mail is made when it is sent, of what is so then. */
static void send_invitation(struct worker *w, struct parcel *p, const struct db_result *r)
{
    const struct invitation i = { .id = db_text(r, 0, COACHING_MAIL_INVITE),
                                  .generation = (int32_t)db_int(r, 0, COACHING_MAIL_GENERATION),
                                  .base = db_text(r, 0, COACHING_MAIL_BASE),
                                  .email = db_text(r, 0, COACHING_MAIL_EMAIL),
                                  .type = db_text(r, 0, COACHING_MAIL_TYPE),
                                  .inviter = db_text(r, 0, COACHING_MAIL_INVITER),
                                  .message = db_text(r, 0, COACHING_MAIL_MESSAGE),
                                  .product = config.email_from_name };
    struct mail m = { 0 };
    if (invitation_mail_write(&i, config.coaching_secret_key, &m))
        sendgrid_send(w, p, &m);
    else
        notifier_settle(p, PARCEL_UNTRIED, AGAIN_MS, "no memory");
    mail_fini(&m);
}

static const struct job_row jobs[] = {
    { "report", &COACHING_MAKE_REPORT, .most = REPORTS_AT_ONCE },
    { "mail", &COACHING_MAIL, .most = SENDGRID_MOST, .then = send_invitation },
    { 0 },
};

const struct part coaching_jobs_part = { .name = "coaching_jobs", .jobs = jobs };
