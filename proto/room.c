/* Room messages: making the ones that carry text, and telling operators of them. */
#include "proto/room.h"

#include <string.h>

/* Copies a text to *at and moves *at behind it. */
static void carry(struct text *t, char **at)
{
    if (!t->p)
        return;
    memcpy(*at, t->p, t->n);
    t->p = *at;
    *at += t->n;
}

struct message *room_command_create(const struct room_command *cmd, struct return_address reply)
{
    size_t texts = cmd->caller.name.n + cmd->other.name.n + cmd->text.n + cmd->title.n + cmd->data.n;
    struct message *m = message_create(MESSAGE_ROOM_COMMAND, sizeof *cmd + cmd->more_n + texts);
    if (!m)
        return NULL;
    m->reply = reply;
    struct room_command *to = room_command(m);
    *to = *cmd;
    char *at = (char *)(to + 1);
    if (to->more) /* first: what stands behind the command is aligned */
        to->more = memcpy(at, to->more, to->more_n);
    at += to->more_n;
    carry(&to->caller.name, &at);
    carry(&to->other.name, &at);
    carry(&to->text, &at);
    carry(&to->title, &at);
    carry(&to->data, &at);
    return m;
}

struct message *room_answer_create(enum error why, struct text body, struct return_address reply)
{
    struct message *m = message_create(MESSAGE_ROOM_ANSWER, sizeof(struct room_answer) + body.n);
    if (!m)
        return NULL;
    m->reply = reply;
    struct room_answer *to = room_answer(m);
    *to = (struct room_answer){ why, body };
    char *at = (char *)(to + 1);
    carry(&to->body, &at);
    return m;
}

struct message *room_joined_create(const struct room_joined *how, struct return_address reply)
{
    struct message *m = message_create(MESSAGE_ROOM_JOINED, sizeof *how + how->hello.n + how->resumed.n);
    if (!m)
        return NULL;
    m->reply = reply;
    struct room_joined *to = room_joined(m);
    *to = *how;
    char *at = (char *)(to + 1);
    carry(&to->hello, &at);
    carry(&to->resumed, &at);
    return m;
}

/* ---- what may be told of them ---- */

const char *room_op_name(uint16_t op)
{
    static const char *const ops[] = { [ROOM_LISTEN] = "listen", [ROOM_KICK] = "kick", [ROOM_END] = "end" };
    return op < sizeof ops / sizeof *ops ? ops[op] : NULL;
}

static void tell_command(struct message *m, struct message_told *ret)
{
    const struct room_command *c = room_command(m);
    ret->what = room_op_name(c->op);
    ret->user = c->caller.user;
    ret->request = m->request;
    ret->request_worker = m->reply.worker;
    if (c->by_operator)
        message_fact(ret, "by_operator", 1);
    if (c->target)
        message_fact(ret, "target", c->target);
    if (c->other.user)
        message_fact(ret, "other_user", c->other.user);
    if (c->stream)
        message_fact(ret, "stream", (int64_t)c->stream);
    if (c->text.p)
        message_fact(ret, "text_bytes", (int64_t)c->text.n);
}

static void tell_answer(struct message *m, struct message_told *ret)
{
    ret->what = error_name(room_answer(m)->why);
    message_fact(ret, "body_bytes", (int64_t)room_answer(m)->body.n);
}

static void tell_joined(struct message *m, struct message_told *ret)
{
    const struct room_joined *j = room_joined(m);
    ret->what = error_name(j->why);
    ret->from_kind = j->room.kind;
    ret->from_id = j->room.id;
    message_fact(ret, "stream", (int64_t)j->stream);
    message_fact(ret, "participant", j->participant);
    message_fact(ret, "missed", j->missed_count);
    if (j->ends)
        message_fact(ret, "ends", 1);
}

static void tell_deliver(struct message *m, struct message_told *ret)
{
    const struct room_deliver *d = room_deliver(m);
    ret->what = d->type;
    ret->user = d->user;
    ret->from_kind = d->room.kind;
    ret->from_id = d->room.id;
    if (d->seq)
        message_fact(ret, "seq", d->seq);
    if (d->only)
        message_fact(ret, "only", d->only);
    if (d->end_only || d->end_all)
        message_fact(ret, "ends", 1);
}

static void tell_cut(struct message *m, struct message_told *ret)
{
    ret->from_kind = room_cut(m)->room.kind;
    ret->from_id = room_cut(m)->room.id;
}

static void tell_leave(struct message *m, struct message_told *ret)
{
    message_fact(ret, "stream", (int64_t)room_leave(m)->stream);
    message_fact(ret, "participant", room_leave(m)->participant);
}

void room_tell(const struct message *m, struct message_told *ret)
{
    static void (*const tell[MESSAGE_KIND_COUNT])(struct message * m, struct message_told * ret) = {
        [MESSAGE_ROOM_COMMAND] = tell_command, [MESSAGE_ROOM_ANSWER] = tell_answer, [MESSAGE_ROOM_JOINED] = tell_joined,
        [MESSAGE_ROOM_DELIVER] = tell_deliver, [MESSAGE_ROOM_CUT] = tell_cut,       [MESSAGE_ROOM_LEAVE] = tell_leave,
    };
    if (tell[m->kind])
        tell[m->kind]((struct message *)m, ret);
}
