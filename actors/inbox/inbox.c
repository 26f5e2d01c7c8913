/* Inbox: the actor: what is a person's own in loading their room, leaving memory, and describing itself. The rules are in
 * rules.c. */
#include "actors/inbox/inbox.h"

#include "actors/inbox/state.h"
#include "store/statements.h"

#include <stdlib.h>

static struct actor_kind actor;

/* ---- its life ---- */

static bool read_rows(struct room *room, const struct db_result *r)
{
    struct inbox *inbox = inbox_of(room);
    inbox->user = text_copy(db_text(r, 0, COACHING_INBOX_LOAD_USER_ID));
    inbox->name = text_copy(db_text(r, 0, COACHING_INBOX_LOAD_NAME));
    room->epoch = (int32_t)db_int(r, 0, COACHING_INBOX_LOAD_EPOCH);
    room->seq = db_int(r, 0, COACHING_INBOX_LOAD_SEQ);
    room->last_at = db_stamp(r, 0, COACHING_INBOX_LOAD_LAST);
    return inbox->user.p && inbox->name.p;
}

static void clear(struct room *room)
{
    struct inbox *inbox = inbox_of(room);
    free((char *)inbox->user.p);
    free((char *)inbox->name.p);
    *inbox = (struct inbox){ .base = *room };
}

static enum receive obey(struct room *room, struct message *m)
{
    return inbox_obey(inbox_of(room), m);
}

static void left(struct room *room, int32_t participant)
{
}

static bool idle(const struct actor *self)
{
    return !room_of(self)->listeners.n;
}

static void greet(const struct room *room, int32_t participant, struct buf *data)
{
    inbox_put_greeting(data, inbox_of(room)->user);
}

/* ---- its log ---- */

static void event(const struct db_result *r, int row, struct room_past *past)
{
    struct text name = db_text(r, row, COACHING_INBOX_REPLAY_TYPE);
    size_t n = name.n < sizeof past->text ? name.n : sizeof past->text - 1;
    memcpy(past->text, name.p, n);
    past->text[n] = 0;
    past->seq = db_int(r, row, COACHING_INBOX_REPLAY_SEQ);
    past->name = past->text;
    past->data = db_text(r, row, COACHING_INBOX_REPLAY_DATA);
}

/* ---- what is seen of it ---- */

static const struct inbox *seen(const struct actor *self)
{
    return inbox_of(room_of(self));
}

static struct room_glance glance(const struct actor *self)
{
    const struct room *room = room_of(self);
    return (struct room_glance){ .active = true,
                                 .creator = inbox_person(seen(self)),
                                 .epoch = room->epoch,
                                 .seq = room->seq,
                                 .streams = room->listeners.n,
                                 .people = 1,
                                 .present = room->listeners.n > 0 };
}

static uint32_t streams_of(const struct actor *self, int32_t user)
{
    return listeners_of(&room_of(self)->listeners, user);
}

static bool part(const struct actor *self, int32_t user, struct json *out)
{
    bool own = user == inbox_person(seen(self));
    if (own && out)
        room_put_listener(room_of(self), user, out);
    return own;
}

static uint32_t members(const struct actor *self, uint32_t most, struct json *out)
{
    if (!most)
        return 1;
    json_begin_object(out, NULL);
    room_put_listener(room_of(self), inbox_person(seen(self)), out);
    json_int(out, "user_id", inbox_person(seen(self)));
    json_text(out, "name", seen(self)->name);
    json_end_object(out);
    return 0;
}

static void describe(const struct actor *self, struct json *out)
{
    const struct room *room = room_of(self);
    json_text(out, "user_id", seen(self)->user);
    json_int(out, "epoch", room->epoch);
    json_int(out, "seq", room->seq);
    json_int(out, "streams", room->listeners.n);
}

static uint64_t memory(const struct actor *self)
{
    return room_memory(room_of(self)) + seen(self)->user.n + seen(self)->name.n;
}

static const char *const events[] = { INBOX_POKED, NULL };

const struct room_ops inbox_ops = {
    .kind = &actor,
    .number = 4,
    .op_name = inbox_op_name,
    .events = events,
    .load = &COACHING_INBOX_LOAD,
    .absent = ERROR_USER_NOT_FOUND,
    .read = read_rows,
    .clear = clear,
    .obey = obey,
    .left = left,
    .connected = greet,
    .settle = &COACHING_INBOX_SETTLE,
    .replay = &COACHING_INBOX_REPLAY,
    .event = event,
    .glance = glance,
    .streams_of = streams_of,
    .part = part,
    .members = members,
};

static struct actor_kind actor = {
    .name = "inbox",
    .state_size = sizeof(struct inbox),
    .room = &inbox_ops,
    .activate = room_activate,
    .receive = room_receive,
    .idle = idle,
    .passivate = room_passivate,
    .describe = describe,
    .tell = room_told,
    .memory = memory,
    .refuse = room_answer_now,
};

struct address inbox_address(int32_t person)
{
    return (struct address){ .kind = &actor, .id = person };
}
