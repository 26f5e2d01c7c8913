/* Rules: what may be asked of an inbox. Its owner listens; who may poke them is known by who asks. */
#include "actors/inbox/state.h"

static enum error check(const struct inbox *inbox, const struct room_command *said)
{
    switch (said->op) {
    case ROOM_LISTEN:
        return said->caller.user == inbox_person(inbox) ? ERROR_OK : ERROR_FORBIDDEN;
    case INBOX_POKE:
        return said->text.n && said->data.n ? ERROR_OK : ERROR_INVALID_ACTION;
    default:
        return ERROR_INVALID_ACTION;
    }
}

enum receive inbox_obey(struct inbox *inbox, struct message *m)
{
    const struct room_command *said = room_command(m);
    enum error why = check(inbox, said);
    if (why) {
        room_refuse(&inbox->base, m, why);
        return RECEIVED;
    }
    struct turn *t = turn_begin(inbox->base.actor);
    if (!t)
        return room_no_memory(&inbox->base, m);
    if (said->op == ROOM_LISTEN) {
        room_admit(&inbox->base, t, m, inbox_person(inbox), inbox->base.seq);
    } else {
        inbox_say_poke(inbox, t, said);
        turn_answer(t, m, ERROR_OK, TEXT("{}"));
    }
    turn_end(t);
    return RECEIVED;
}
