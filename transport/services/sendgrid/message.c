/* Message: see message.h. */
#include "transport/services/sendgrid/message.h"

#include "proto/base/json.h"

static void put_content(struct json *j, const char *type, const struct buf *value)
{
    json_begin_object(j, NULL);
    json_str(j, "type", type);
    json_text(j, "value", buf_view(value));
    json_end_object(j);
}

void sendgrid_message_put(struct buf *out, const struct mail *m, const struct message_from *from, const char *id)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_begin_array(&j, "personalizations");
    json_begin_object(&j, NULL);
    json_begin_array(&j, "to");
    json_begin_object(&j, NULL);
    json_text(&j, "email", buf_view(&m->to));
    json_end_object(&j);
    json_end_array(&j);
    json_end_object(&j);
    json_end_array(&j);
    json_begin_object(&j, "from");
    json_str(&j, "email", from->address);
    json_str(&j, "name", from->name);
    json_end_object(&j);
    json_text(&j, "subject", buf_view(&m->subject));
    json_begin_array(&j, "content");
    put_content(&j, "text/plain", &m->text); /* this order is wanted */
    put_content(&j, "text/html", &m->html);
    json_end_array(&j);
    json_begin_object(&j, "custom_args");
    json_str(&j, "message_id", id);
    json_end_object(&j);
    json_end_object(&j);
}
