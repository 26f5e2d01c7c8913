/* Memory of a conversation: the messages that the model is told, and those that have no reply yet. */
#include "actors/chat/state.h"

#include "store/statements.h"

#include <stdlib.h>

/* ---- what was said before ---- */

static void drop_oldest(struct chat *chat)
{
    chat->lines_bytes -= chat->lines[0].text.n;
    free((char *)chat->lines[0].text.p);
    memmove(chat->lines, chat->lines + 1, (size_t)--chat->nlines * sizeof *chat->lines);
}

/* Takes the text over. */
static void add_line(struct chat *chat, bool reply, struct text text)
{
    while (chat->nlines && (chat->nlines == CHAT_CONTEXT - 1 || chat->lines_bytes + text.n > CHAT_CONTEXT_BYTES))
        drop_oldest(chat);
    if (!text.p || text.n > CHAT_CONTEXT_BYTES) {
        free((char *)text.p);
        return;
    }
    chat->lines[chat->nlines++] = (struct model_line){ reply, text };
    chat->lines_bytes += text.n;
}

/* ---- what has no reply ---- */

bool chat_has_room(const struct chat *chat, size_t bytes)
{
    return !chat->nasked || (chat->nasked < CHAT_ASKED_MOST && chat->asked_bytes + bytes <= CHAT_ASKED_BYTES);
}

bool chat_add_asked(struct chat *chat, int32_t id, int64_t seq, struct text text)
{
    struct text own = text_copy(text);
    if (!own.p)
        return false;
    chat->asked[chat->nasked++] = (struct asked){ id, seq, own, NO_RETURN };
    chat->asked_bytes += own.n;
    return true;
}

static struct text take_first(struct chat *chat)
{
    struct text text = chat->asked[0].text;
    chat->asked_bytes -= text.n;
    memmove(chat->asked, chat->asked + 1, (size_t)--chat->nasked * sizeof *chat->asked);
    return text;
}

void chat_settle_first(struct chat *chat, struct text reply)
{
    add_line(chat, false, take_first(chat));
    add_line(chat, true, text_copy(reply));
}

/* ---- all of it ---- */

static bool read_message(struct chat *chat, const struct db_result *r, int row, int32_t answered)
{
    int32_t id = (int32_t)db_int(r, row, PRACTICE_CHAT_LOAD_MESSAGE_ID);
    struct text content = db_text(r, row, PRACTICE_CHAT_LOAD_CONTENT);
    bool reply = text_is(db_text(r, row, PRACTICE_CHAT_LOAD_ROLE), chat_role(true));
    if (!reply && id > answered && chat->nasked < CHAT_ASKED_MOST)
        return chat_add_asked(chat, id, db_int(r, row, PRACTICE_CHAT_LOAD_MESSAGE_SEQ), content);
    add_line(chat, reply, text_copy(content));
    return true;
}

bool chat_read(struct chat *chat, const struct db_result *r)
{
    int32_t answered = (int32_t)db_int(r, 0, PRACTICE_CHAT_LOAD_ANSWERED);
    chat->student = (int32_t)db_int(r, 0, PRACTICE_CHAT_LOAD_STUDENT_ID);
    chat->person = (int32_t)db_int(r, 0, PRACTICE_CHAT_LOAD_PERSON_ID);
    chat->name = text_copy(db_text(r, 0, PRACTICE_CHAT_LOAD_NAME));
    chat->active = db_bool(r, 0, PRACTICE_CHAT_LOAD_IS_ACTIVE);
    chat->tutor = tutor_of(db_text(r, 0, PRACTICE_CHAT_LOAD_AGENT_TYPE));
    chat->base.epoch = (int32_t)db_int(r, 0, PRACTICE_CHAT_LOAD_EPOCH);
    chat->base.seq = chat->committed = db_int(r, 0, PRACTICE_CHAT_LOAD_SEQ);
    chat->base.last_at = db_null(r, 0, PRACTICE_CHAT_LOAD_LAST) ? 0 : db_stamp(r, 0, PRACTICE_CHAT_LOAD_LAST);
    for (int i = 0; i < r->rows; i++)
        if (!db_null(r, i, PRACTICE_CHAT_LOAD_MESSAGE_ID) && !read_message(chat, r, i, answered))
            return false;
    return chat->name.p;
}

static void tell_waiter(const struct chat *chat, struct asked *a)
{
    struct message *m =
        a->waiter.worker < 0 ? NULL : room_answer_create(ERROR_UNAVAILABLE, (struct text){ 0 }, a->waiter);
    if (m)
        (void)bus_reply(worker_system(actor_worker(chat->base.actor)), a->waiter, m);
    a->waiter = NO_RETURN;
}

void chat_tell_waiters(struct chat *chat)
{
    for (int i = 0; i < chat->nasked; i++)
        tell_waiter(chat, &chat->asked[i]);
}

void chat_clear(struct chat *chat)
{
    struct model *model = worker_model(actor_worker(chat->base.actor));
    if (chat->call)
        model->cancel(chat->call);
    chat_tell_waiters(chat);
    while (chat->nasked)
        free((char *)take_first(chat).p);
    while (chat->nlines)
        drop_oldest(chat);
    buf_fini(&chat->reply);
    free((char *)chat->name.p);
    *chat = (struct chat){ .base = chat->base };
}

uint64_t chat_bytes(const struct chat *chat)
{
    return room_memory(&chat->base) + chat->lines_bytes + chat->asked_bytes + chat->reply.cap;
}
