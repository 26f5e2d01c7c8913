/* Fcm courier: delivers the outbox's pushes to Firebase Cloud Messaging, HTTP v1 (classroom contract, section 10). On
 * the notifier's home worker, its thread only.
 *
 * A push: its device is looked up (gone, or somebody else's by now: dropped) -> an access token is had, or waited for
 * -> messages:send -> the answer is judged (answer.h). A 401 gets one new access token and one more try. While there is
 * no access token, or the service asks for patience, the courier is closed and nothing is taken from the outbox for it.
 */
#pragma once

#include "actors/notifier/notifier.h"
#include "transport/outbound/outbound.h"
#include "transport/services/fcm/key.h"

struct fcm_courier_options {
    struct worker *worker;
    struct outbound *outbound;
    const struct fcm_key *key; /* borrowed for life, as are the texts */
    const char *base_url;      /* "https://fcm.googleapis.com" */
    const char *token_url;     /* empty: the key's token_uri */
    uint32_t timeout_ms;       /* of each call */
};

/* Needs the worker's databases. NULL without memory. */
struct courier *fcm_courier_create(const struct fcm_courier_options *o);

/* After outbound and the database connection have been closed, which ends what is under way. NULL is fine. */
void fcm_courier_destroy(struct courier *c);
