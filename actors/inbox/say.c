/* What an inbox says: a poke becomes a number, rows and a frame (coaching contract, sections 10.2 and 11.7). */
#include "actors/inbox/state.h"
#include "store/statements.h"

static void put_poke(struct turn *t, const struct room_command *said, int64_t at)
{
    size_t row = journal_begin(&t->rows, &COACHING_PUT_POKES);
    journal_text(&t->rows, said->data);
    journal_timestamp(&t->rows, at);
    journal_end(&t->rows, row);
}

static void put_notification(const struct inbox *inbox, struct turn *t, const struct room_command *said,
                             struct text told, int64_t seq, int64_t at)
{
    size_t row = journal_begin(&t->rows, &COACHING_PUT_NOTIFICATIONS);
    journal_text(&t->rows, inbox->user);
    journal_int8(&t->rows, seq);
    journal_text(&t->rows, text_of(INBOX_POKED));
    journal_text(&t->rows, said->caller.name);
    journal_text(&t->rows, said->title);
    journal_text(&t->rows, told);
    journal_timestamp(&t->rows, at);
    journal_end(&t->rows, row);
}

static void put_push(const struct inbox *inbox, struct turn *t, const struct room_command *said, struct text told)
{
    size_t row = journal_begin(&t->rows, &COACHING_PUT_PUSHES);
    journal_int4(&t->rows, inbox_person(inbox));
    journal_text(&t->rows, said->caller.name);
    journal_text(&t->rows, said->title);
    journal_text(&t->rows, told);
    journal_end(&t->rows, row);
}

void inbox_say_poke(struct inbox *inbox, struct turn *t, const struct room_command *said)
{
    struct buf data = { 0 };
    struct room_event e = { .at = room_now(&inbox->base), .user = said->caller.user, .type = INBOX_POKED };
    inbox_put_poke(&data, said->text, e.at);
    t->failed = t->failed || data.failed;
    e.data = buf_view(&data);
    e.bytes = (uint32_t)data.n;
    int64_t seq = room_say(&inbox->base, t, &e);
    put_poke(t, said, e.at);
    put_notification(inbox, t, said, e.data, seq, e.at);
    if (!inbox->base.listeners.n)
        put_push(inbox, t, said, e.data);
    buf_fini(&data);
}
