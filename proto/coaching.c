/* Coaching: see coaching.h. */
#include "proto/coaching.h"

#include "proto/base/json.h"

const char *coaching_op_name(uint16_t op)
{
    switch (op) {
#define COACHING_OP_NAME(symbol, number, name)                                                                         \
    case symbol:                                                                                                       \
        return name;
        COACHING_OPS(COACHING_OP_NAME)
#undef COACHING_OP_NAME
    default:
        return NULL;
    }
}

void coaching_put_nudge(struct buf *out, const struct coaching_nudge *nudge)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "nudge_type", nudge->type);
    json_int(&j, "intensity", nudge->intensity);
    json_str(&j, "message", nudge->message);
    json_end_object(&j);
}

void coaching_put_event(struct buf *out, const char *type, struct text sid, struct text payload)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "type", type);
    json_text(&j, "sid", sid);
    json_raw(&j, "payload", payload);
    json_end_object(&j);
}
