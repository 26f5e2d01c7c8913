/* Rules: what may be asked of a conversation, and what it does (practice contract, sections 7.4 to 7.6). */
#include "actors/chat/state.h"
#include "actors/room/ids.h"
#include "store/statements.h"

/* ---- who may ---- */

/* A person may be a teacher here too, and is not the student then. */
static bool is_owner(const struct chat *chat, const struct room_command *said)
{
    return said->caller.user == chat->person && !said->caller.teacher;
}

static enum error check(const struct chat *chat, const struct room_command *said)
{
    bool owner = is_owner(chat, said);
    switch (said->op) {
    case CHAT_SAY:
        return !owner                               ? ERROR_CHAT_OWNER_SENDS
               : !chat->active                      ? ERROR_CHAT_NOT_ACTIVE
               : !chat_has_room(chat, said->text.n) ? ERROR_OVERLOADED
                                                    : ERROR_OK;
    case ROOM_END:
        return owner || said->by_operator ? ERROR_OK : ERROR_CHAT_OWNER_ENDS;
    case ROOM_LISTEN:
        return !owner ? ERROR_CHAT_OWNER_LISTENS : !chat->active ? ERROR_CHAT_OVER : ERROR_OK;
    case CHAT_AWAIT:
        return owner ? ERROR_OK : ERROR_CHAT_OWNER_SENDS;
    default:
        return ERROR_INVALID_ACTION;
    }
}

/* ---- what it does ---- */

static enum receive say(struct chat *chat, struct message *m)
{
    const struct room_command *said = room_command(m);
    struct worker *w = actor_worker(chat->base.actor);
    struct chat_message message = { .content = said->text, .metadata = said->data };
    enum ids_take taken = ids_take(worker_ids(w), &PRACTICE_CHAT_MESSAGE_IDS, chat->base.actor, &message.id);
    if (taken == IDS_LATER)
        return RECEIVE_LATER;
    if (taken == IDS_AWAY) {
        room_refuse(&chat->base, m, ERROR_UNAVAILABLE);
        return RECEIVED;
    }
    struct turn *t = turn_begin(chat->base.actor);
    struct buf body = { 0 };
    if (!t)
        return room_no_memory(&chat->base, m);
    int64_t seq = chat_say_message(chat, t, &message, 0);
    chat_put_message(&body, NULL, &message);
    t->failed = t->failed || body.failed || !chat_add_asked(chat, message.id, seq, message.content);
    turn_say(t, room_answer_create(ERROR_OK, buf_view(&body), m->reply));
    turn_end(t);
    buf_fini(&body);
    return RECEIVED;
}

/* Whoever waited for the same before is told that they wait in vain. */
static enum receive await(struct chat *chat, struct message *m)
{
    const struct chat_await *wanted = room_command(m)->more;
    for (int i = 0; i < chat->nasked; i++) {
        struct asked *a = &chat->asked[i];
        if (!wanted || a->id != wanted->message)
            continue;
        struct message *vain =
            a->waiter.worker < 0 ? NULL : room_answer_create(ERROR_UNAVAILABLE, (struct text){ 0 }, a->waiter);
        if (vain)
            (void)bus_reply(worker_system(actor_worker(chat->base.actor)), a->waiter, vain);
        a->waiter = m->reply;
        return RECEIVED;
    }
    struct turn *t = turn_begin(chat->base.actor);
    if (!t)
        return room_no_memory(&chat->base, m);
    turn_say(t, room_answer_create(ERROR_OK, TEXT("{}"), m->reply)); /* behind the reply */
    turn_end(t);
    return RECEIVED;
}

static enum receive end(struct chat *chat, struct message *m)
{
    struct turn *t = turn_begin(chat->base.actor);
    if (!t)
        return room_no_memory(&chat->base, m);
    if (chat->active) {
        chat_say_end(chat, t, room_command(m)->caller.user);
        chat->active = false;
        listeners_fini(&chat->base.listeners);
    }
    turn_say(t, room_answer_create(ERROR_OK, TEXT("{\"message\":\"Chat session ended\"}"), m->reply));
    turn_end(t);
    return RECEIVED;
}

static enum receive let_in(struct chat *chat, struct message *m)
{
    struct turn *t = turn_begin(chat->base.actor);
    if (!t)
        return room_no_memory(&chat->base, m);
    room_admit(&chat->base, t, m, chat->student, chat->base.seq);
    turn_end(t);
    return RECEIVED;
}

enum receive chat_obey(struct chat *chat, struct message *m)
{
    const struct room_command *said = room_command(m);
    enum error why = check(chat, said);
    if (why) {
        room_refuse(&chat->base, m, why);
        return RECEIVED;
    }
    return said->op == CHAT_SAY     ? say(chat, m)
           : said->op == CHAT_AWAIT ? await(chat, m)
           : said->op == ROOM_END   ? end(chat, m)
                                    : let_in(chat, m);
}
