/* Message: see message.h. */
#include "transport/services/fcm/message.h"

#include "proto/base/json.h"

#include <jansson.h>

bool fcm_push_read(const struct json_t *payload, struct fcm_push *ret)
{
    *ret = (struct fcm_push){ .token_id = (int32_t)json_integer_value(json_object_get(payload, "token_id")),
                              .user_id = (int32_t)json_integer_value(json_object_get(payload, "user_id")),
                              .title = json_string_value(json_object_get(payload, "title")),
                              .body = json_string_value(json_object_get(payload, "body")),
                              .data = json_object_get(payload, "data") };
    return ret->token_id && ret->user_id && ret->title && ret->body && (!ret->data || json_is_object(ret->data));
}

/* All values are texts; keys are our own statements' and are written as they are. */
static void put_data(struct json *j, const struct json_t *data, const char *id)
{
    const char *key;
    json_t *value;
    json_begin_object(j, "data");
    json_object_foreach((json_t *)data, key, value)
    {
        if (json_is_string(value) && !key[strspn(key, "abcdefghijklmnopqrstuvwxyz_")])
            json_str(j, key, json_string_value(value));
    }
    json_str(j, "notification_id", id);
    json_end_object(j);
}

static void put_android(struct json *j)
{
    json_begin_object(j, "android");
    json_str(j, "priority", "high");
    json_begin_object(j, "notification");
    json_str(j, "sound", "default");
    json_str(j, "click_action", "FLUTTER_NOTIFICATION_CLICK");
    json_end_object(j);
    json_end_object(j);
}

static void put_apns(struct json *j)
{
    json_begin_object(j, "apns");
    json_begin_object(j, "headers");
    json_str(j, "apns-priority", "10");
    json_end_object(j);
    json_begin_object(j, "payload");
    json_begin_object(j, "aps");
    json_str(j, "sound", "default");
    json_int(j, "badge", 1);
    json_end_object(j);
    json_end_object(j);
    json_end_object(j);
}

static void put_webpush(struct json *j)
{
    json_begin_object(j, "webpush");
    json_begin_object(j, "notification");
    json_str(j, "icon", "/icons/Icon-192.png");
    json_str(j, "badge", "/icons/Icon-192.png");
    json_end_object(j);
    json_end_object(j);
}

void fcm_message_put(struct buf *out, const struct fcm_push *push, struct text token, const char *id)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_begin_object(&j, "message");
    json_text(&j, "token", token);
    json_begin_object(&j, "notification");
    json_str(&j, "title", push->title);
    json_str(&j, "body", push->body);
    json_end_object(&j);
    put_data(&j, push->data, id);
    put_android(&j);
    put_apns(&j);
    put_webpush(&j);
    json_end_object(&j);
    json_end_object(&j);
}
