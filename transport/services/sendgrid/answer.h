/* Answer: what SendGrid's answers mean (coaching contract, section 9.3): which of our fates an attempt ends in, and in which
 * words. Pure; any thread. */
#pragma once

#include "transport/services/attempt.h"

struct sendgrid_verdict {
    enum parcel_fate fate;
    bool closes;       /* it asks everybody for patience */
    uint64_t delay_ms; /* at least so long; 0: as usual */
    char why[PARCEL_WHY_SIZE];
};

/* Judges the answer to v3/mail/send. Patience is what Retry-After asks for, else at 429 X-RateLimit-Reset. Of the body
 * the first error is repeated, unless the body holds `key`, which must stay hidden. now_s: seconds since 1970. */
struct sendgrid_verdict sendgrid_answer_judge(const struct outbound_answer *a, const char *key, int64_t now_s);
