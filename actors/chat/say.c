/* What a conversation says: a message, or its end, becomes a number, rows and a frame (practice contract, sections 7.6 and
 * 9). */
#include "actors/chat/state.h"

#include "store/statements.h"

static int64_t say(struct chat *chat, struct turn *t, struct room_event *e, struct buf *data)
{
    t->failed = t->failed || data->failed;
    e->data = buf_view(data);
    e->bytes = (uint32_t)data->n;
    int64_t seq = room_say(&chat->base, t, e);
    buf_fini(data);
    return seq;
}

static void put_message(struct turn *t, const struct chat_message *m, int64_t seq)
{
    size_t row = journal_begin(&t->rows, &PRACTICE_CHAT_PUT_MESSAGES);
    journal_int4(&t->rows, m->id);
    journal_int4(&t->rows, m->session);
    journal_text(&t->rows, text_of(chat_role(m->reply)));
    journal_text(&t->rows, m->content);
    journal_text(&t->rows, m->metadata);
    journal_timestamp(&t->rows, m->at);
    journal_int8(&t->rows, seq);
    journal_end(&t->rows, row);
}

/* ended: the number of the end; 0: it goes on. */
static void put_session(const struct chat *chat, struct turn *t, int32_t asked, int32_t answered, int64_t ended,
                        int64_t at)
{
    size_t row = journal_begin(&t->rows, &PRACTICE_CHAT_PUT_SESSIONS);
    journal_int4(&t->rows, (int32_t)chat->base.id);
    journal_int4(&t->rows, asked);
    journal_int4(&t->rows, answered);
    if (ended)
        journal_int8(&t->rows, ended);
    else
        journal_null(&t->rows);
    journal_timestamp(&t->rows, at);
    journal_end(&t->rows, row);
}

/* What others are told. */
static void tell(const struct chat *chat, struct turn *t, const char *role, struct text content, int64_t at)
{
    size_t row = journal_begin(&t->rows, &PRACTICE_CHAT_TELL);
    journal_int4(&t->rows, (int32_t)chat->base.id);
    journal_int4(&t->rows, chat->student);
    journal_text(&t->rows, text_of(role));
    journal_text(&t->rows, content);
    journal_timestamp(&t->rows, at);
    journal_end(&t->rows, row);
}

int64_t chat_say_message(struct chat *chat, struct turn *t, struct chat_message *m, int32_t answers)
{
    struct buf data = { 0 };
    m->session = (int32_t)chat->base.id;
    m->reply = answers != 0;
    m->at = room_now(&chat->base);
    chat_put_message(&data, CHAT_MESSAGE, m);
    struct room_event e = { .at = m->at, .user = m->reply ? 0 : chat->person, .type = CHAT_MESSAGE };
    int64_t seq = say(chat, t, &e, &data);
    put_message(t, m, seq);
    put_session(chat, t, m->reply ? 0 : m->id, answers, 0, m->at);
    tell(chat, t, chat_role(m->reply), m->content, m->at);
    return seq;
}

void chat_say_end(struct chat *chat, struct turn *t, int32_t user)
{
    struct buf data = { 0 };
    struct room_event e = { .at = room_now(&chat->base), .user = user, .type = CHAT_ENDED, .end_all = true };
    buf_puts(&data, "{\"type\":\"" CHAT_ENDED "\"}");
    int64_t seq = say(chat, t, &e, &data);
    put_session(chat, t, 0, 0, seq, e.at);
    tell(chat, t, "system", TEXT("Chat session ended"), e.at);
}
