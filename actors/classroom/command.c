/* Command: what the rows of the table in rules.c share. */
#include "actors/classroom/command.h"

void command_answer(struct command *c, struct text body)
{
    turn_say(c->turn, room_answer_create(ERROR_OK, body, c->message->reply));
}

void command_ok(struct command *c)
{
    command_answer(c, TEXT("{\"ok\":true}"));
}

void command_say(struct command *c, struct happening *h, struct buf *details, struct buf *data)
{
    class_say_these(c->room, c->turn, h, details, data);
}
