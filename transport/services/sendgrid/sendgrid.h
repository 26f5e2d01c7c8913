/* SendGrid: sends mails by its v3 interface (coaching contract, section 9.3), or writes them to the log where there is no
 * key. Whoever wants a mail sent has a job (actors/notifier/job.h) whose `then` makes the mail and calls this. */
#pragma once

#include "actors/notifier/notifier.h"
#include "transport/services/sendgrid/mail.h"

enum { SENDGRID_MOST = 8 }; /* mails that a courier should have under way at once */

/* Sends the mail of a parcel, and settles that now or later: delivered, again after a pause (429, 5xx, no answer), or dead
 * (other 4xx). The mail is the caller's, and may go as soon as this returns. The notifier's home worker, its thread. */
void sendgrid_send(struct worker *w, struct parcel *p, const struct mail *m);

extern const struct part sendgrid_part;
