/* Mail: what is sent to one person, whoever wants it sent. */
#pragma once

#include "proto/base/buf.h"

struct mail {
    struct buf to;           /* address */
    struct buf subject;      /* one line */
    struct buf behalf, link; /* in whose name it is sent and where it leads, for the log where no mails are sent */
    struct buf text, html;   /* the same twice */
};

/* Was there memory for all of it? */
static inline bool mail_whole(const struct mail *m)
{
    return !m->to.failed && !m->subject.failed && !m->behalf.failed && !m->link.failed && !m->text.failed &&
           !m->html.failed;
}

static inline void mail_fini(struct mail *m)
{
    buf_fini(&m->to);
    buf_fini(&m->subject);
    buf_fini(&m->behalf);
    buf_fini(&m->link);
    buf_fini(&m->text);
    buf_fini(&m->html);
}
