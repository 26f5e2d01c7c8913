/* Invitation mail: what is written to somebody who is invited to a relationship (coaching contract, section 9.3). Pure; any
 * thread. */
#pragma once

#include "transport/services/sendgrid/mail.h"

struct invitation {
    struct text id;
    int32_t generation;  /* of its link */
    struct text base;    /* of the link: http://localhost:3000 */
    struct text email;   /* who is invited */
    struct text type;    /* of the relationship, as the app knows it */
    struct text inviter; /* name, or else address */
    struct text message; /* of the inviter; empty or absent: none */
    const char *product; /* what it is an invitation to, by name */
};

/* Writes it into *ret, which is zeroed before and then the caller's (mail_fini). The link's token is made anew of the area's
 * key. False without memory. */
bool invitation_mail_write(const struct invitation *i, const char *key, struct mail *ret);
