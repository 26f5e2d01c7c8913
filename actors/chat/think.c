/* Replies: one message after the other is put to the model, once it is on disk. What the model says comes in pieces, which
 * streams are shown at once, and whole, which is said as any event is. The wait holds nothing but memory: no worker, no
 * connection to the database. */
#include "actors/chat/state.h"

#include "actors/room/ids.h"
#include "store/statements.h"

enum { LATER_NS = 500 * 1000 * 1000 };

void chat_go_on_soon(struct chat *chat)
{
    bool ready = chat->nasked && chat->asked[0].seq <= chat->committed && !chat->call;
    if (ready)
        actor_timer(chat->base.actor, CHAT_TIMER_GO_ON, 1);
}

/* ---- a reply is made ---- */

static void keep_reply(struct chat *chat, struct text text)
{
    buf_reset(&chat->reply);
    buf_text(&chat->reply, text);
    chat->replied = true;
    if (chat->reply.failed)
        actor_fail(chat->base.actor, "no memory");
    else
        chat_go_on_soon(chat);
}

/* Nothing is said when the server stops: the next start replies. */
static void keep_end(struct chat *chat, enum model_end how, struct text text)
{
    if (how == MODEL_STOPPED)
        chat_tell_waiters(chat);
    else
        keep_reply(chat, how == MODEL_REPLIED ? text : tutor_sorry(how));
}

static void on_piece(void *arg, struct text piece)
{
    struct chat *chat = arg;
    struct buf data = { 0 };
    if (!chat->base.listeners.n)
        return;
    chat_put_delta(&data, piece);
    if (!data.failed)
        room_whisper(&chat->base, NULL, CHAT_DELTA, buf_view(&data), chat->student);
    buf_fini(&data);
}

static void on_reply(void *arg, enum model_end how, struct text text)
{
    struct chat *chat = arg;
    chat->call = NULL;
    keep_end(chat, how, text);
}

/* Puts the first that is asked to the model, behind what was said before. */
static void think(struct chat *chat)
{
    struct model *model = worker_model(actor_worker(chat->base.actor));
    struct model_line lines[CHAT_CONTEXT];
    if (!model) {
        keep_reply(chat, tutor_canned(chat->tutor, (uint32_t)chat->asked[0].id));
        return;
    }
    memcpy(lines, chat->lines, (size_t)chat->nlines * sizeof *lines);
    lines[chat->nlines] = (struct model_line){ false, chat->asked[0].text };
    const struct model_question q = { tutor_instructions(chat->tutor), lines, chat->nlines + 1 };
    const struct model_asker asker = { chat, on_piece, on_reply };
    enum model_end why;
    chat->call = model->ask(model, &q, &asker, &why);
    if (!chat->call)
        keep_end(chat, why, TEXT(""));
}

/* ---- a reply is said ---- */

static void say_reply(struct chat *chat, int32_t id)
{
    struct turn *t = turn_begin(chat->base.actor);
    struct chat_message m = { .id = id, .content = buf_view(&chat->reply) };
    struct return_address waiter = chat->asked[0].waiter;
    if (!t) {
        actor_fail(chat->base.actor, "no memory");
        return;
    }
    (void)chat_say_message(chat, t, &m, chat->asked[0].id);
    if (waiter.worker >= 0)
        turn_say(t, room_answer_create(ERROR_OK, TEXT("{}"), waiter));
    chat_settle_first(chat, m.content);
    buf_fini(&chat->reply);
    chat->replied = false;
    turn_end(t);
}

/* Without the database it is tried again; the reply is kept meanwhile. */
static enum receive store_reply(struct chat *chat)
{
    int32_t id;
    enum ids_take taken = IDS_AWAY;
    if (room_can_write(&chat->base))
        taken = ids_take(worker_ids(actor_worker(chat->base.actor)), &PRACTICE_CHAT_MESSAGE_IDS, chat->base.actor, &id);
    if (taken == IDS_LATER)
        return RECEIVE_LATER;
    if (taken == IDS_TAKEN)
        say_reply(chat, id);
    else
        actor_timer(chat->base.actor, CHAT_TIMER_GO_ON, LATER_NS);
    return RECEIVED;
}

enum receive chat_go_on(struct chat *chat)
{
    if (!chat->nasked || chat->call || chat->asked[0].seq > chat->committed)
        return RECEIVED;
    if (chat->replied)
        return store_reply(chat);
    think(chat);
    return RECEIVED;
}
