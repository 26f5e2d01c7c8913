/* Answer: see answer.h. */
#include "transport/services/fcm/answer.h"

#include "transport/services/attempt.h"

#include <jansson.h>
#include <stdio.h>

enum { CODE_SIZE = 48, QUOTA_PAUSE_MS = 60000 };

/* ---- the body ---- */

/* A code word such as UNREGISTERED or invalid_grant, else empty. */
static void copy_code(const char *s, char ret[static CODE_SIZE])
{
    size_t n = s ? strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") : 0;
    bool word = n && n < CODE_SIZE && !s[n];
    snprintf(ret, CODE_SIZE, "%.*s", word ? (int)n : 0, word ? s : "");
}

/* The most telling code: a detail's errorCode, else the status, else OAuth's error. */
static void read_code(const json_t *body, char ret[static CODE_SIZE])
{
    const json_t *error = json_object_get(body, "error");
    size_t i;
    json_t *detail;
    const char *code = json_is_string(error) ? json_string_value(error) : NULL;
    json_array_foreach(json_object_get(error, "details"), i, detail)
    {
        const char *own = json_string_value(json_object_get(detail, "errorCode"));
        code = own ? own : code;
    }
    copy_code(code ? code : json_string_value(json_object_get(error, "status")), ret);
}

/* Does it complain about the device's token, and not about another part of the message? */
static bool blames_token(const json_t *body)
{
    const json_t *error = json_object_get(body, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    size_t i, k;
    json_t *detail, *violation;
    json_array_foreach(json_object_get(error, "details"), i, detail)
    {
        json_array_foreach(json_object_get(detail, "fieldViolations"), k, violation)
        {
            const char *field = json_string_value(json_object_get(violation, "field"));
            if (field && !strcmp(field, "message.token"))
                return true;
        }
    }
    return message && strstr(message, "registration token");
}

/* ---- the verdict ---- */

static void put_words(const struct outbound_answer *a, const char *whose, const char *code, char *ret)
{
    if (a->end != OUTBOUND_ANSWERED)
        snprintf(ret, FCM_WHY_SIZE, "%s: %s", whose, outbound_words(a->end));
    else
        snprintf(ret, FCM_WHY_SIZE, "%s: %d%s%s", whose, a->status, *code ? " " : "", code);
}

void fcm_answer_words(const struct outbound_answer *a, const char *whose, char ret[static FCM_WHY_SIZE])
{
    char code[CODE_SIZE];
    json_t *body = json_loadb(a->body.p, a->body.n, 0, NULL);
    read_code(body, code);
    json_decref(body);
    put_words(a, whose, code, ret);
}

static void judge_status(int status, const char *code, bool token_blamed, struct fcm_verdict *v)
{
    bool unknown = !strcmp(code, "UNREGISTERED") && (status == 404 || status == 400);
    if (status / 100 == 2) {
        v->fate = PARCEL_DELIVERED;
    } else if (unknown || (status == 400 && !strcmp(code, "INVALID_ARGUMENT") && token_blamed)) {
        v->fate = PARCEL_DROPPED;
        v->forget = true;
    } else if (status == 401) {
        v->fate = PARCEL_POSTPONED;
        v->refused_access = true;
    } else if (status == 408 || status == 429 || status / 100 != 4) {
        v->fate = PARCEL_POSTPONED;
    } else {
        v->fate = PARCEL_DEAD;
    }
}

struct fcm_verdict fcm_answer_judge(const struct outbound_answer *a, int64_t now_s)
{
    struct fcm_verdict v = { 0 };
    char code[CODE_SIZE];
    json_t *body = json_loadb(a->body.p, a->body.n, 0, NULL);
    read_code(body, code);
    put_words(a, "messages:send", code, v.why);
    if (a->end == OUTBOUND_ANSWERED) {
        judge_status(a->status, code, blames_token(body), &v);
    } else {
        struct attempt unanswered = attempt_unanswered(a->end);
        v.fate = unanswered.fate;
        v.delay_ms = unanswered.delay_ms;
    }
    json_decref(body);
    if (a->status != 429 && a->status != 503)
        return v;
    v.delay_ms = attempt_patience_ms(a, now_s);
    v.closes = v.delay_ms > 0;
    if (a->status == 429 && !v.closes)
        v.delay_ms = QUOTA_PAUSE_MS;
    return v;
}
