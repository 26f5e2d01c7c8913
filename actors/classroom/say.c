/* What a classroom says: one happening becomes a number, rows and frames (classroom contract, sections 8 and 9.2). */
#include "actors/classroom/state.h"

#include "store/statements.h"

static void put_log(const struct classroom *room, struct turn *t, const struct happening *h, int64_t seq)
{
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_LOGS);
    journal_int4(&t->rows, room->base.id);
    journal_int4(&t->rows, h->user);
    journal_text(&t->rows, text_of(h->log));
    journal_jsonb(&t->rows, h->details);
    journal_timestamp(&t->rows, h->at);
    journal_int8(&t->rows, seq);
    journal_end(&t->rows, row);
}

static void put_event(const struct classroom *room, struct turn *t, const struct happening *h, int64_t seq)
{
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_EVENTS);
    journal_int4(&t->rows, room->base.id);
    journal_int8(&t->rows, seq);
    journal_text(&t->rows, text_of(event_name(h->event)));
    journal_text(&t->rows, h->data);
    journal_end(&t->rows, row);
}

void class_say(struct classroom *room, struct turn *t, const struct happening *h)
{
    bool told = h->data.p;
    struct room_event e = { .at = h->at,
                            .user = h->user,
                            .type = told ? event_name(h->event) : h->log,
                            .data = h->data,
                            .bytes = (uint32_t)(told ? h->data.n : h->details.n),
                            .only = h->only,
                            .only_type = h->only_event,
                            .only_data = h->only_data,
                            .end_only = h->end_only,
                            .end_all = h->end_all };
    int64_t seq = room_say(&room->base, t, &e);
    if (h->log)
        put_log(room, t, h, seq);
    if (told && event_lasts(h->event) == LASTS_KEPT)
        put_event(room, t, h, seq);
}

void class_say_these(struct classroom *room, struct turn *t, struct happening *h, struct buf *details, struct buf *data)
{
    t->failed = t->failed || details->failed || data->failed;
    h->details = buf_view(details);
    h->data = data->n ? buf_view(data) : (struct text){ 0 };
    class_say(room, t, h);
    buf_fini(details);
    buf_fini(data);
}

void class_put_joined(struct buf *details, const struct person *p, int64_t at, bool stream)
{
    struct json j = json_into(details);
    json_begin_object(&j, NULL);
    json_int(&j, "participant_id", p->id);
    json_str(&j, "user_name", p->name);
    json_time(&j, "joined_at", at);
    if (stream)
        json_bool(&j, "stream", true);
    json_end_object(&j);
}
