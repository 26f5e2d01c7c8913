/* Answer: see answer.h. */
#include "transport/services/sendgrid/answer.h"

#include "proto/field.h"

#include <jansson.h>
#include <stdio.h>

enum { EPOCH_LEAST_S = 1000000000 /* what is less counts from now */ };

/* ---- words ---- */

/* A text of theirs as far as it fits, on one line of letters that every terminal has. */
static void add_words(char why[static PARCEL_WHY_SIZE], const char *before, const char *s)
{
    size_t n = strlen(why);
    if (!s || !*s)
        return;
    snprintf(why + n, PARCEL_WHY_SIZE - n, "%s%s", before, s);
    for (char *c = why + n; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

static void put_words(const struct outbound_answer *a, const char *key, char why[static PARCEL_WHY_SIZE])
{
    if (a->end != OUTBOUND_ANSWERED) {
        snprintf(why, PARCEL_WHY_SIZE, "mail/send: %s", outbound_words(a->end));
        return;
    }
    snprintf(why, PARCEL_WHY_SIZE, "mail/send: %d", a->status);
    if (memmem(a->body.p, a->body.n, key, strlen(key)))
        return;
    json_t *body = json_loadb(a->body.p, a->body.n, 0, NULL);
    const json_t *error = json_array_get(json_object_get(body, "errors"), 0);
    add_words(why, " ", json_string_value(json_object_get(error, "field")));
    add_words(why, " ", json_string_value(json_object_get(error, "message")));
    json_decref(body);
}

/* ---- the verdict ---- */

/* When the limit begins anew: seconds since 1970, or from now on. */
static uint64_t until_reset_ms(const struct outbound_answer *a, int64_t now_s)
{
    struct text reset = outbound_header(a, "x-ratelimit-reset");
    int64_t s = 0;
    if (!reset.p || !field_read_integer(reset, &s))
        return 0;
    return attempt_patience_of(s < EPOCH_LEAST_S ? s : s - now_s);
}

/* 408 is a time that has run out, not a fault of ours. */
static enum parcel_fate fate_of(int status)
{
    if (status / 100 == 2)
        return PARCEL_DELIVERED;
    return status / 100 == 4 && status != 408 && status != 429 ? PARCEL_DEAD : PARCEL_POSTPONED;
}

struct sendgrid_verdict sendgrid_answer_judge(const struct outbound_answer *a, const char *key, int64_t now_s)
{
    struct sendgrid_verdict v = { 0 };
    put_words(a, key, v.why);
    if (a->end != OUTBOUND_ANSWERED) {
        struct attempt unanswered = attempt_unanswered(a->end);
        v.fate = unanswered.fate;
        v.delay_ms = unanswered.delay_ms;
        return v;
    }
    v.fate = fate_of(a->status);
    if (v.fate != PARCEL_POSTPONED)
        return v;
    v.delay_ms = attempt_patience_ms(a, now_s);
    if (!v.delay_ms && a->status == 429)
        v.delay_ms = until_reset_ms(a, now_s);
    v.closes = v.delay_ms > 0;
    return v;
}
