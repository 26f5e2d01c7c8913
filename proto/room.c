/* Room messages: making the ones that carry text. */
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
    size_t texts = cmd->caller.name.n + cmd->other.name.n + cmd->text.n + cmd->audio.title.n;
    struct message *m = message_create(MESSAGE_ROOM_COMMAND, sizeof *cmd + texts);
    if (!m)
        return NULL;
    m->reply = reply;
    struct room_command *to = room_command(m);
    *to = *cmd;
    char *at = (char *)(to + 1);
    carry(&to->caller.name, &at);
    carry(&to->other.name, &at);
    carry(&to->text, &at);
    carry(&to->audio.title, &at);
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
