/* Invites to a class (classroom contract, section 4). The log row, the end of a ban and the pushes in the outbox are
 * one turn: all of it is on disk when the answer leaves, or nothing. Nobody in the room is told. */
#include "actors/classroom/command.h"
#include "store/statements.h"

static void put_pushes(struct command *c)
{
    struct buf *rows = &c->turn->rows;
    size_t row = journal_begin(rows, &CLASSROOM_PUT_INVITES);
    journal_int4(rows, c->room->base.id);
    journal_int4(rows, c->said->caller.user);
    journal_int4(rows, c->said->other.user);
    journal_end(rows, row);
}

/* Who was removed may come again, and is not in the room before that. */
static void lift_ban(struct command *c)
{
    struct person *who = person_by_user(c->room, c->said->other.user);
    if (!who || !who->kicked)
        return;
    who->kicked = false;
    person_store(c->room, who, c->turn);
}

void command_invite(struct command *c)
{
    struct happening h = { .at = room_now(&c->room->base), .user = c->said->caller.user, .log = "participant_invited" };
    struct buf details = { 0 }, nothing = { 0 };
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_int(&j, "invited_user_id", c->said->other.user);
    json_time(&j, "invited_at", h.at);
    json_end_object(&j);
    lift_ban(c);
    if (c->said->flag)
        put_pushes(c);
    command_say(c, &h, &details, &nothing);
    command_ok(c);
}
