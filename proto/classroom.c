/* Classroom: the rows of classroom.h as tables, and the data of a chat. Hot path: one chat message is encoded here once
 * for all its listeners. */
#include "proto/classroom.h"

#include "proto/base/json.h"

#include <assert.h>

/* ---- operations ---- */

static const char *const ops[] = {
#define OP_NAME(symbol, number, name) [(number)-ROOM_OF_KIND] = (name),
    CLASSROOM_OPS(OP_NAME)
#undef OP_NAME
};

const char *classroom_op_name(uint16_t op)
{
    return op >= ROOM_OF_KIND && op < ROOM_OP_COUNT ? ops[op - ROOM_OF_KIND] : NULL;
}

const struct classroom_audio *classroom_audio_of(const struct room_command *cmd)
{
    static const struct classroom_audio none = { 0 };
    assert(!cmd->more || cmd->more_n == sizeof none);
    return cmd->more ?: &none;
}

/* ---- events ---- */

static const struct {
    const char *name;
    enum event_lasts lasts;
} events[] = {
#define EVENT_ROW(symbol, number, name, lasts) [EVENT_##symbol] = { name, lasts },
    EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

const char *event_name(enum event e)
{
    assert(e < EVENT_COUNT);
    return events[e].name;
}

enum event_lasts event_lasts(enum event e)
{
    assert(e < EVENT_COUNT);
    return events[e].lasts;
}

void frame_chat_data(struct buf *out, int32_t participant, struct text sender, struct text message, int64_t at)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "type", event_name(EVENT_CHAT));
    json_int(&j, "from", participant);
    json_int(&j, "participant_id", participant);
    json_text(&j, "sender_name", sender);
    json_raw(&j, "text", message);
    json_raw(&j, "message", message);
    json_time(&j, "timestamp", at);
    json_end_object(&j);
}
