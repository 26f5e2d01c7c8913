/* Inbox: see inbox.h. */
#include "proto/inbox.h"

#include "proto/base/json.h"
#include "proto/base/stamp.h"

const char *inbox_op_name(uint16_t op)
{
    switch (op) {
#define INBOX_OP_NAME(symbol, number, name)                                                                            \
    case symbol:                                                                                                       \
        return name;
        INBOX_OPS(INBOX_OP_NAME)
#undef INBOX_OP_NAME
    default:
        return NULL;
    }
}

void inbox_put_greeting(struct buf *out, struct text user_id)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "type", "connection.established");
    json_text(&j, "user_id", user_id);
    json_end_object(&j);
}

void inbox_put_poke(struct buf *out, struct text object, int64_t at)
{
    buf_put(out, object.p, object.n - 1);
    buf_puts(out, ",\"created_at\":\"");
    stamp_put_whole(out, at);
    buf_puts(out, "Z\"}");
}
