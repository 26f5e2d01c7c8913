/* Answer: what Firebase's answers mean (FCM HTTP v1, google.rpc.Status): which of our fates an attempt ends in, and in
 * which words. Pure; any thread. */
#pragma once

#include "actors/notifier/notifier.h"
#include "transport/outbound/outbound.h"

enum { FCM_WHY_SIZE = PARCEL_WHY_SIZE };

struct fcm_verdict {
    enum parcel_fate fate;
    bool forget;         /* the device's token is no token any more */
    bool refused_access; /* 401: the access token is not taken */
    bool closes;         /* the service asks everybody for patience */
    uint64_t delay_ms;   /* at least so long; 0: as usual */
    char why[FCM_WHY_SIZE];
};

/* Judges the answer to messages:send. now_s: seconds since 1970, for a Retry-After that names a date. */
struct fcm_verdict fcm_answer_judge(const struct outbound_answer *a, int64_t now_s);

/* "token endpoint: 400 invalid_grant", or the words of an end without an answer. Of the body only a code word is
 * repeated. */
void fcm_answer_words(const struct outbound_answer *a, const char *whose, char ret[static FCM_WHY_SIZE]);
