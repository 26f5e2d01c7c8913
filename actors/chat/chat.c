/* Chat: the actor: what is a conversation's own in loading its room, leaving memory, and describing itself. The rules are
 * in rules.c, the replies in think.c. */
#include "actors/chat/chat.h"

#include "actors/chat/state.h"
#include "store/statements.h"

static struct actor_kind actor;

/* ---- its life ---- */

static bool read_rows(struct room *room, const struct db_result *r)
{
    bool good = chat_read(chat_of(room), r);
    if (good)
        chat_go_on_soon(chat_of(room));
    return good;
}

static void clear(struct room *room)
{
    chat_clear(chat_of(room));
}

/* Waiting for a reply writes nothing. */
static bool relays(const struct room *room, const struct room_command *said)
{
    return said->op == CHAT_AWAIT;
}

static enum receive obey(struct room *room, struct message *m)
{
    return chat_obey(chat_of(room), m);
}

static void left(struct room *room, int32_t participant)
{
}

static enum receive on_timer(struct room *room, int slot)
{
    return chat_go_on(chat_of(room));
}

static void on_committed(struct room *room, int64_t seq)
{
    struct chat *chat = chat_of(room);
    if (seq > chat->committed)
        chat->committed = seq;
    chat_go_on_soon(chat);
}

static bool idle(const struct actor *self)
{
    const struct chat *chat = chat_of(room_of(self));
    return !chat->base.listeners.n && !chat->nasked;
}

/* ---- its log ---- */

static void event(const struct db_result *r, int row, struct room_past *past)
{
    bool end = db_null(r, row, PRACTICE_CHAT_REPLAY_ID);
    past->seq = db_int(r, row, PRACTICE_CHAT_REPLAY_SEQ);
    past->name = end ? CHAT_ENDED : CHAT_MESSAGE;
    const struct chat_message m = { .id = end ? 0 : (int32_t)db_int(r, row, PRACTICE_CHAT_REPLAY_ID),
                                    .session = (int32_t)db_int(r, row, PRACTICE_CHAT_REPLAY_SESSION_ID),
                                    .reply = text_is(db_text(r, row, PRACTICE_CHAT_REPLAY_ROLE), chat_role(true)),
                                    .content = db_text(r, row, PRACTICE_CHAT_REPLAY_CONTENT),
                                    .metadata = db_text(r, row, PRACTICE_CHAT_REPLAY_METADATA),
                                    .at = db_stamp(r, row, PRACTICE_CHAT_REPLAY_CREATED_AT) };
    if (end)
        buf_puts(&past->made, "{\"type\":\"" CHAT_ENDED "\"}");
    else
        chat_put_message(&past->made, CHAT_MESSAGE, &m);
    past->data = buf_view(&past->made);
}

/* ---- what is seen of it ---- */

static const struct chat *seen(const struct actor *self)
{
    return chat_of(room_of(self));
}

static struct room_glance glance(const struct actor *self)
{
    const struct chat *chat = seen(self);
    return (struct room_glance){ .active = chat->active,
                                 .creator = chat->person,
                                 .epoch = chat->base.epoch,
                                 .seq = chat->base.seq,
                                 .streams = chat->base.listeners.n,
                                 .people = 1,
                                 .present = chat->base.listeners.n > 0 };
}

static uint32_t streams_of(const struct actor *self, int32_t user)
{
    return user == seen(self)->person ? seen(self)->base.listeners.n : 0;
}

static bool part(const struct actor *self, int32_t user, struct json *out)
{
    if (user == seen(self)->person && out)
        room_put_listener(room_of(self), seen(self)->student, out);
    return user == seen(self)->person;
}

static uint32_t members(const struct actor *self, uint32_t most, struct json *out)
{
    if (!most)
        return 1;
    json_begin_object(out, NULL);
    room_put_listener(room_of(self), seen(self)->student, out);
    json_int(out, "user_id", seen(self)->person);
    json_text(out, "name", seen(self)->name);
    json_end_object(out);
    return 0;
}

static void describe(const struct actor *self, struct json *out)
{
    const struct chat *chat = seen(self);
    json_int(out, "session_id", chat->base.id);
    json_bool(out, "is_active", chat->active);
    json_int(out, "student_id", chat->student);
    json_int(out, "created_by", chat->person);
    json_int(out, "epoch", chat->base.epoch);
    json_int(out, "seq", chat->base.seq);
    json_int(out, "streams", chat->base.listeners.n);
    json_int(out, "unanswered", chat->nasked);
    json_bool(out, "model_asked", chat->call);
}

static uint64_t memory(const struct actor *self)
{
    return chat_bytes(seen(self));
}

static const char *const events[] = { CHAT_MESSAGE, CHAT_ENDED, NULL };

const struct room_ops chat_ops = {
    .kind = &actor,
    .number = 2,
    .op_name = chat_op_name,
    .events = events,
    .load = &PRACTICE_CHAT_LOAD,
    .absent = ERROR_CHAT_NOT_FOUND,
    .read = read_rows,
    .clear = clear,
    .obey = obey,
    .relays = relays,
    .left = left,
    .timer = on_timer,
    .committed = on_committed,
    .left_behind = &PRACTICE_CHAT_UNANSWERED,
    .settle = &PRACTICE_CHAT_SETTLE,
    .replay = &PRACTICE_CHAT_REPLAY,
    .event = event,
    .glance = glance,
    .streams_of = streams_of,
    .part = part,
    .members = members,
};

static struct actor_kind actor = {
    .name = "chat",
    .state_size = sizeof(struct chat),
    .room = &chat_ops,
    .activate = room_activate,
    .receive = room_receive,
    .idle = idle,
    .passivate = room_passivate,
    .describe = describe,
    .tell = room_told,
    .memory = memory,
    .refuse = room_answer_now,
};

struct address chat_address(int32_t session_id)
{
    return (struct address){ .kind = &actor, .id = session_id };
}
