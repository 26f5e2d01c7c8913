/* What a classroom says: one happening becomes a number, rows and frames (classroom contract, sections 8 and 9.2). */
#include "actors/classroom/state.h"

#include "store/statements.h"

int64_t room_now(struct classroom *room)
{
    int64_t now = worker_wall(actor_worker(room->actor));
    room->last_at = now > room->last_at ? now : room->last_at + 1;
    return room->last_at;
}

static void put_log(const struct classroom *room, struct turn *t, const struct happening *h)
{
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_LOGS);
    journal_int4(&t->rows, room->id);
    journal_int4(&t->rows, h->user);
    journal_text(&t->rows, text_of(h->log));
    journal_jsonb(&t->rows, h->details);
    journal_timestamp(&t->rows, h->at);
    journal_int8(&t->rows, h->seq);
    journal_end(&t->rows, row);
}

static void put_event(const struct classroom *room, struct turn *t, const struct happening *h)
{
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_EVENTS);
    journal_int4(&t->rows, room->id);
    journal_int8(&t->rows, h->seq);
    journal_text(&t->rows, text_of(event_name(h->event)));
    journal_text(&t->rows, h->data);
    journal_end(&t->rows, row);
}

/* The encoded frame, one reference; NULL without memory. */
static struct shared *encode(const struct classroom *room, int64_t seq, const char *event, struct text data)
{
    struct buf b = { 0 };
    size_t at = frame_put(&b, room->epoch, seq, event, data);
    struct shared *frame = b.failed ? NULL : shared_event(buf_view(&b), event, at, data.n);
    buf_fini(&b);
    return frame;
}

/* Of what nobody is told the streams get an empty frame: they must know that its number has passed. */
static void tell(struct classroom *room, struct turn *t, const struct happening *h)
{
    struct room_deliver what = h->to;
    what.room = (struct room_key){ classroom_kind_name, room->id };
    what.seq = h->seq;
    what.user = h->user;
    what.type = h->data.p ? event_name(h->event) : h->only_event;
    what.frame = h->data.p ? encode(room, h->seq, event_name(h->event), h->data) : shared_create(TEXT(""));
    if (h->only_event)
        what.only_frame = encode(room, h->seq, h->only_event, h->only_data);
    t->failed = t->failed || !what.frame || (h->only_event && !what.only_frame);
    if (what.frame)
        listeners_keep(&room->ears, h->seq, what.frame);
    listeners_tell(&room->ears, t, &what);
    shared_unref(what.frame);
    shared_unref(what.only_frame);
}

static void note(const struct classroom *room, struct turn *t, const struct happening *h)
{
    struct text said = h->data.p ? h->data : h->details;
    turn_note(t, &(struct recent_event){ .seq = h->seq,
                                         .at = h->at,
                                         .type = h->data.p ? event_name(h->event) : h->log,
                                         .room = room->id,
                                         .user = h->user,
                                         .bytes = (uint32_t)said.n });
}

void room_say(struct classroom *room, struct turn *t, struct happening *h)
{
    h->seq = ++room->seq;
    note(room, t, h);
    turn_settle_by(t, &CLASSROOM_SETTLE, room->id, h->seq);
    if (h->log)
        put_log(room, t, h);
    if (h->data.p && event_lasts(h->event) == LASTS_KEPT)
        put_event(room, t, h);
    if (room->ears.n)
        tell(room, t, h);
}

void room_say_these(struct classroom *room, struct turn *t, struct happening *h, struct buf *details, struct buf *data)
{
    t->failed = t->failed || details->failed || data->failed;
    h->details = buf_view(details);
    h->data = data->n ? buf_view(data) : (struct text){ 0 };
    room_say(room, t, h);
    buf_fini(details);
    buf_fini(data);
}

/* Not logged: nothing has changed. */
static void say_flag(struct classroom *room, struct turn *t, const struct person *p, enum event e, struct buf *data)
{
    struct happening h = { .at = room_now(room), .user = p->user, .event = e };
    room_say_these(room, t, &h, &(struct buf){ 0 }, data);
}

void room_say_flags(struct classroom *room, struct turn *t, const struct person *p)
{
    struct buf muted = { 0 }, hand = { 0 };
    if (p->muted) {
        room_put_muted(&muted, p);
        say_flag(room, t, p, EVENT_PARTICIPANT_MUTED, &muted);
    }
    if (p->hand.at) {
        room_put_hand(&hand, room, p);
        say_flag(room, t, p, EVENT_HAND_RAISED, &hand);
    }
}

void room_put_joined(struct buf *details, const struct person *p, int64_t at, bool stream)
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

struct json room_begin_data(struct buf *data, const char *type)
{
    struct json j = json_into(data);
    json_begin_object(&j, NULL);
    json_str(&j, "type", type);
    return j;
}

void room_whisper(struct classroom *room, struct turn *t, enum event e, struct text data, int32_t participant)
{
    struct shared *frame = room->ears.n ? encode(room, 0, event_name(e), data) : NULL;
    if (!frame)
        return;
    struct room_deliver what = { .room = { classroom_kind_name, room->id }, .only_frame = frame, .only = participant };
    if (t)
        listeners_tell(&room->ears, t, &what);
    else
        listeners_tell_now(&room->ears, worker_system(actor_worker(room->actor)), &what);
    shared_unref(frame);
}

void room_answer_now(struct worker *w, const struct message *m, enum error why)
{
    if (m->reply.worker < 0)
        return;
    struct message *answer = room_answer_create(why, (struct text){ 0 }, m->reply);
    if (answer)
        (void)bus_reply(worker_system(w), m->reply, answer); /* lost: the request runs into its time limit */
}

enum receive room_no_memory(struct classroom *room, const struct message *m)
{
    room_answer_now(actor_worker(room->actor), m, ERROR_OVERLOADED);
    actor_fail(room->actor, "no memory");
    return RECEIVED;
}

void room_refuse(struct classroom *room, struct message *m, enum error why)
{
    struct turn *t = turn_begin(room->actor);
    if (!t) {
        (void)room_no_memory(room, m);
        return;
    }
    turn_say(t, room_answer_create(why, (struct text){ 0 }, m->reply));
    turn_end(t);
}
