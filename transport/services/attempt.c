/* Attempt: see attempt.h. */
#include "transport/services/attempt.h"

#include "proto/field.h"

#include <stdio.h>
#include <time.h>

#define MS UINT64_C(1000000)
enum { PATIENCE_MOST_S = 86400, CLOSED_MOST_MS = 60000, AGAIN_MS = 1000 };

struct attempt attempt_unanswered(enum outbound_end end)
{
    bool untried = end == OUTBOUND_FULL || end == OUTBOUND_NO_MEMORY || end == OUTBOUND_STOPPED;
    return (struct attempt){ end == OUTBOUND_BAD_REQUEST ? PARCEL_DEAD
                             : untried                   ? PARCEL_UNTRIED
                                                         : PARCEL_POSTPONED,
                             untried && end != OUTBOUND_STOPPED ? AGAIN_MS : 0 };
}

/* "Fri, 31 Dec 1999 23:59:59 GMT" */
static int64_t seconds_until(struct text date, int64_t now_s)
{
    char s[64];
    struct tm tm = { 0 };
    snprintf(s, sizeof s, "%.*s", date.n < sizeof s ? (int)date.n : 0, date.p);
    const char *end = strptime(s, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return end && !*end ? timegm(&tm) - now_s : 0;
}

uint64_t attempt_patience_of(int64_t seconds)
{
    seconds = seconds < PATIENCE_MOST_S ? seconds : PATIENCE_MOST_S;
    return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

uint64_t attempt_patience_ms(const struct outbound_answer *a, int64_t now_s)
{
    struct text asked = outbound_header(a, "retry-after");
    int64_t s = 0;
    if (asked.p && !field_read_integer(asked, &s))
        s = seconds_until(asked, now_s);
    return attempt_patience_of(s);
}

void attempt_close(struct courier *c, const struct worker *w, uint64_t ms)
{
    uint64_t until = worker_now(w) + ms * MS;
    if (until > c->closed_until)
        c->closed_until = until;
}

void attempt_be_patient(struct courier *c, const struct worker *w, uint64_t ms)
{
    attempt_close(c, w, ms < CLOSED_MOST_MS ? ms : CLOSED_MOST_MS);
}
