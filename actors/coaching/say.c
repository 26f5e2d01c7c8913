/* What a session says: a nudge, or its end, becomes a number, rows and a frame (coaching contract, sections 8.2 and 11). */
#include "actors/coaching/state.h"
#include "store/statements.h"

static int64_t say(struct coaching *session, struct turn *t, struct room_event *e, struct text payload)
{
    struct buf data = { 0 };
    coaching_put_event(&data, e->type, session->sid, payload);
    t->failed = t->failed || data.failed;
    e->data = buf_view(&data);
    e->bytes = (uint32_t)data.n;
    int64_t seq = room_say(&session->base, t, e);
    buf_fini(&data);
    return seq;
}

static void put_nudge(const struct coaching *session, struct turn *t, const struct talker *of, const char *type,
                      struct text payload, int64_t seq)
{
    size_t row = journal_begin(&t->rows, &COACHING_PUT_NUDGES);
    journal_text(&t->rows, session->sid);
    journal_text(&t->rows, of->user);
    journal_text(&t->rows, text_of(type));
    journal_text(&t->rows, payload);
    journal_int8(&t->rows, seq);
    journal_timestamp(&t->rows, of->nudged_at);
    journal_end(&t->rows, row);
}

void coaching_say_nudge(struct coaching *session, struct turn *t, struct talker *of, const struct coaching_nudge *nudge)
{
    struct buf payload = { 0 };
    struct room_event e = { .at = room_now(&session->base), .user = of->person, .type = COACHING_NUDGE };
    of->nudged_at = e.at;
    of->nudged = (int64_t)worker_now(actor_worker(session->base.actor));
    coaching_put_nudge(&payload, nudge);
    t->failed = t->failed || payload.failed;
    int64_t seq = say(session, t, &e, buf_view(&payload));
    put_nudge(session, t, of, nudge->type, buf_view(&payload), seq);
    buf_fini(&payload);
}

void coaching_say_state(struct coaching *session, struct turn *t)
{
    struct buf payload = { 0 }, data = { 0 };
    struct json j = json_into(&payload);
    json_begin_object(&j, NULL);
    json_text(&j, "sid", session->sid);
    json_begin_array(&j, "participants");
    for (uint32_t i = 0; i < session->ntalkers; i++)
        json_text(&j, NULL, session->talkers[i].user);
    json_end_array(&j);
    json_end_object(&j);
    coaching_put_event(&data, COACHING_STATE, session->sid, buf_view(&payload));
    t->failed = t->failed || payload.failed || data.failed;
    room_call_out(&session->base, t, COACHING_STATE, buf_view(&data));
    buf_fini(&payload);
    buf_fini(&data);
}

void coaching_say_end(struct coaching *session, struct turn *t, int32_t user)
{
    struct room_event e = { .at = room_now(&session->base), .user = user, .type = COACHING_ENDED, .end_all = true };
    int64_t seq = say(session, t, &e, TEXT("{}"));
    size_t row = journal_begin(&t->rows, &COACHING_PUT_ENDS);
    journal_int4(&t->rows, (int32_t)session->base.id);
    journal_int8(&t->rows, seq);
    journal_timestamp(&t->rows, e.at);
    journal_end(&t->rows, row);
}

void coaching_put_frame(const struct coaching *session, struct turn *t, const struct talker *of,
                        const struct coaching_frame *frame)
{
    size_t row = journal_begin(&t->rows, &COACHING_PUT_FRAMES);
    journal_text(&t->rows, session->sid);
    journal_text(&t->rows, of->user);
    journal_int8(&t->rows, frame->timestamp_ms);
    journal_float8(&t->rows, frame->speaking_rate);
    journal_float8(&t->rows, frame->overlap_ratio);
    journal_timestamp(&t->rows, worker_wall(actor_worker(session->base.actor)));
    journal_end(&t->rows, row);
}
