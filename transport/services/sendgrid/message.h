/* Message: the JSON that SendGrid's v3/mail/send wants (coaching contract, section 9.3). Pure; any thread. */
#pragma once

#include "transport/services/sendgrid/mail.h"

struct message_from {
    const char *address, *name;
};

/* Appends the body for one mail. `id`: the same at every attempt, so that a repetition can be told; SendGrid gives it back
 * with all that it reports of the mail (custom_args). */
void sendgrid_message_put(struct buf *out, const struct mail *m, const struct message_from *from, const char *id);
