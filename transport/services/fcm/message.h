/* Message: the JSON that FCM's messages:send wants (classroom contract, section 10). Pure; any thread. */
#pragma once

#include "proto/base/buf.h"

struct json_t; /* jansson's */

/* What the outbox holds for a push: {"token_id", "user_id", "title", "body", "data": {texts}}. */
struct fcm_push {
    int32_t token_id, user_id;
    const char *title, *body;
    const struct json_t *data; /* an object, or NULL */
};

/* Reads a payload; the result borrows from it. False: it is none. */
bool fcm_push_read(const struct json_t *payload, struct fcm_push *ret);

/* Appends the message for one device. `id` is added to its data as notification_id: the same at every attempt, so that
 * the app can tell a repetition. */
void fcm_message_put(struct buf *out, const struct fcm_push *push, struct text token, const char *id);
