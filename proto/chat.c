/* Chat: see chat.h. */
#include "proto/chat.h"

#include "proto/base/json.h"
#include "proto/base/stamp.h"

const char *chat_op_name(uint16_t op)
{
    switch (op) {
#define CHAT_OP_NAME(symbol, number, name)                                                                             \
    case symbol:                                                                                                       \
        return name;
        CHAT_OPS(CHAT_OP_NAME)
#undef CHAT_OP_NAME
    default:
        return NULL;
    }
}

const char *chat_role(bool reply)
{
    return reply ? "assistant" : "user";
}

/* Always with microseconds, as the practice contract has times. */
static void put_time(struct json *j, const char *key, int64_t at)
{
    struct buf time = { 0 };
    stamp_put_whole(&time, at);
    json_text(j, key, buf_view(&time));
    j->out->failed = j->out->failed || time.failed;
    buf_fini(&time);
}

void chat_put_message(struct buf *out, const char *type, const struct chat_message *m)
{
    struct json j = json_into(out);
    struct text metadata = m->metadata.p ? m->metadata : TEXT("{}");
    json_begin_object(&j, NULL);
    if (type)
        json_str(&j, "type", type);
    json_int(&j, "id", m->id);
    json_int(&j, "session_id", m->session);
    json_str(&j, "role", chat_role(m->reply));
    json_text(&j, "content", m->content);
    json_raw(&j, "message_metadata", metadata);
    json_raw(&j, "metadata", metadata);
    put_time(&j, "created_at", m->at);
    json_end_object(&j);
}

int32_t chat_message_id(struct text message)
{
    static const char before[] = "{\"id\":";
    size_t n = sizeof before - 1, digits = n;
    int64_t id = 0;
    if (message.n < n || memcmp(message.p, before, n) != 0)
        return 0;
    while (digits < message.n && message.p[digits] >= '0' && message.p[digits] <= '9' && id <= INT32_MAX)
        id = id * 10 + (message.p[digits++] - '0');
    return id <= INT32_MAX ? (int32_t)id : 0;
}

void chat_put_delta(struct buf *out, struct text piece)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "type", CHAT_DELTA);
    json_text(&j, "content", piece);
    json_end_object(&j);
}
