/* Sim ingress: frames are taken apart as a client would, and compared with what the log says of the same event. */
#include "sim_ingress_help.h"

#include "actors/runtime/shared.h"
#include "store/statements.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 16 };

void sim_break(struct sim *sim, const char *format, ...)
{
    char text[512];
    va_list args;
    if (sim->broken.n)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_puts(&sim->broken, text);
    buf_putc(&sim->broken, 0);
}

/* ---- frames ---- */

struct frame {
    int64_t seq; /* 0: none */
    char event[48];
    struct text data;
};

/* Takes the first frame off the text. False: there is none. */
static bool take_frame(struct text *rest, struct frame *f)
{
    const char *end = rest->n ? memmem(rest->p, rest->n, "\n\n", 2) : NULL;
    int epoch, used = 0;
    long long seq;
    *f = (struct frame){ 0 };
    if (!end)
        return false;
    char head[128];
    snprintf(head, sizeof head, "%.*s", (int)(end - rest->p), rest->p);
    if (sscanf(head, "id: %d-%lld\n%n", &epoch, &seq, &used) == 2)
        f->seq = seq;
    assert_int_equal(sscanf(head + used, "event: %47s", f->event), 1);
    const char *data = memmem(rest->p, rest->n, "\ndata: ", 7);
    assert_non_null(data);
    f->data = (struct text){ data + 7, (size_t)(end - data - 7) };
    rest->n -= (size_t)(end + 2 - rest->p);
    rest->p = end + 2;
    return true;
}

bool sim_has_key(struct text data, const char *key)
{
    char quoted[32];
    int n = snprintf(quoted, sizeof quoted, "\"%s\":", key);
    return memmem(data.p, data.n, quoted, (size_t)n) != NULL;
}

double sim_real_after(struct text data, const char *key)
{
    char quoted[32];
    int n = snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = memmem(data.p, data.n, quoted, (size_t)n);
    return at ? atof(at + n) : NAN;
}

static int number_after(struct text data, const char *key)
{
    const char *at = memmem(data.p, data.n, key, strlen(key));
    return at ? atoi(at + strlen(key)) : 0;
}

/* "chat by Ben: hello" */
static void summarise(struct sim *sim, struct sim_client *c, const struct frame *f)
{
    const struct fake_person *p = fake_store_person_with_id(sim->store, number_after(f->data, "\"participant_id\":"));
    static const char key[] = "\"text\":\"";
    const char *text = memmem(f->data.p, f->data.n, key, sizeof key - 1);
    if (c->heard.n)
        buf_puts(&c->heard, ", ");
    buf_puts(&c->heard, f->event);
    if (p)
        buf_printf(&c->heard, " by %s", fake_store_user_name(sim->store, p->user));
    if (sim_has_key(f->data, "position"))
        buf_printf(&c->heard, " at %g x%g", sim_real_after(f->data, "position"), sim_real_after(f->data, "speed"));
    if (!text || strcmp(f->event, "chat") != 0)
        return;
    text += sizeof key - 1;
    buf_puts(&c->heard, ": ");
    buf_put(&c->heard, text, strcspn(text, "\""));
}

/* What is heard is what the log tells a stream that comes later. */
static void check_frame(struct sim *sim, const struct sim_client *c, const struct frame *f)
{
    struct buf name = { 0 }, data = { 0 };
    if (f->seq > fake_store_seq(sim->store, c->room))
        sim_break(sim, "%s heard event %lld (%s) of room %d before it was on disk", c->name, (long long)f->seq,
                  f->event, c->room);
    else if (!fake_store_event(sim->store, c->room, f->seq, &name, &data) || !text_is(buf_view(&name), f->event) ||
             !text_equal(buf_view(&data), f->data))
        sim_break(sim, "%s heard %s %.*s as event %lld of room %d, but the log says %.*s %.*s", c->name, f->event,
                  (int)f->data.n, f->data.p, (long long)f->seq, c->room, (int)name.n, name.n ? name.p : "", (int)data.n,
                  data.n ? data.p : "");
    buf_fini(&name);
    buf_fini(&data);
}

/* Is it an event that streams are told? */
static bool told(struct sim *sim, int32_t room, int64_t seq)
{
    struct buf name = { 0 }, data = { 0 };
    bool is = fake_store_event(sim->store, room, seq, &name, &data);
    buf_fini(&name);
    buf_fini(&data);
    return is;
}

static void check_next(struct sim *sim, struct sim_client *c, const struct frame *f)
{
    int64_t next = c->last + 1;
    while (next < f->seq && !told(sim, c->room, next))
        next++;
    if (c->last && f->seq != next)
        sim_break(sim, "%s heard event %lld (%s) of room %d after event %lld", c->name, (long long)f->seq, f->event,
                  c->room, (long long)c->last);
    c->last = f->seq;
}

/* "hands":[101,102] as names. */
static void hear_hands(struct sim *sim, struct sim_client *c, const struct frame *f)
{
    static const char key[] = "\"hands\":[";
    const char *at = memmem(f->data.p, f->data.n, key, sizeof key - 1), *end = f->data.p + f->data.n;
    if (!at)
        return;
    buf_reset(&c->hands);
    for (at += sizeof key - 1; at < end && *at != ']'; at += strcspn(at, ",]"), at += *at == ',') {
        const struct fake_person *p = fake_store_person_with_id(sim->store, atoi(at));
        if (p)
            buf_printf(&c->hands, "%s%s", c->hands.n ? " " : "", fake_store_user_name(sim->store, p->user));
    }
}

struct sim_shown *sim_shown_of(struct sim_client *c, int32_t participant)
{
    for (uint32_t i = 0; i < c->nshown; i++)
        if (c->shown[i].participant == participant)
            return &c->shown[i];
    c->shown = realloc(c->shown, (c->nshown + 1) * sizeof *c->shown);
    assert_non_null(c->shown);
    c->shown[c->nshown] = (struct sim_shown){ .participant = participant };
    return &c->shown[c->nshown++];
}

static void show_snapshot(struct sim_client *c, struct text data)
{
    json_t *snapshot = json_loadb(data.p, data.n, 0, NULL), *person;
    const char *id;
    json_object_foreach(json_object_get(snapshot, "participants"), id, person)
    {
        struct sim_shown *p = sim_shown_of(c, atoi(id));
        p->muted = json_is_true(json_object_get(person, "is_muted"));
        p->hand = json_is_true(json_object_get(person, "raised_hand"));
    }
    json_decref(snapshot);
}

/* Takes from an event what the app takes from it. */
static void show(struct sim_client *c, const struct frame *f)
{
    struct sim_shown *p = sim_shown_of(c, number_after(f->data, "\"participant_id\":"));
    if (!strcmp(f->event, "session_state"))
        show_snapshot(c, f->data);
    else if (!strcmp(f->event, "participant_joined") || !strcmp(f->event, "participant_added") ||
             !strcmp(f->event, "participant_left") || !strcmp(f->event, "participant_kicked"))
        p->muted = p->hand = false;
    else if (!strcmp(f->event, "participant_muted"))
        p->muted = memmem(f->data.p, f->data.n, "\"is_muted\":true", 15);
    else if (!strncmp(f->event, "hand_", 5))
        p->hand = !strcmp(f->event, "hand_raised");
}

static void hear(struct sim *sim, struct sim_client *c, const struct frame *f)
{
    for (const char *p = f->event; *p; p++)
        c->digest = (c->digest ^ (unsigned char)*p) * 0x100000001b3;
    c->digest = (c->digest ^ (uint64_t)f->seq) * 0x100000001b3;
    c->told++;
    hear_hands(sim, c, f);
    show(c, f);
    if (!strcmp(f->event, "session_state")) {
        buf_reset(&c->snapshot);
        buf_text(&c->snapshot, f->data);
        buf_putc(&c->snapshot, 0);
        if (f->seq)
            c->last = f->seq;
        if (f->seq > fake_store_seq(sim->store, c->room))
            sim_break(sim, "%s got a snapshot ahead of the log of room %d", c->name, c->room);
        return;
    }
    if (!strcmp(f->event, "connected"))
        return;
    if (!strcmp(f->event, "reset"))
        c->last = 0;
    summarise(sim, c, f);
    if (f->seq)
        check_next(sim, c, f);
    if (f->seq && strcmp(f->event, "resumed") != 0 && strcmp(f->event, "kicked") != 0)
        check_frame(sim, c, f);
}

static void hear_text(struct sim *sim, struct sim_client *c, struct text frames)
{
    struct frame f;
    while (take_frame(&frames, &f))
        hear(sim, c, &f);
    if (frames.n)
        sim_break(sim, "%s got a frame without an end", c->name);
}

/* ---- streams ---- */

void sim_stream_leave(struct sim *sim, struct sim_stream *s)
{
    struct message *m = message_create(MESSAGE_ROOM_LEAVE, sizeof(struct room_leave));
    assert_non_null(m);
    *room_leave(m) = (struct room_leave){ s->id, s->participant };
    s->leave_owed = !bus_send_urgent(sim->system, classroom_address(s->client->room), m);
    if (s->leave_owed)
        message_destroy(m);
}

static void drop_held(struct sim_stream *s)
{
    for (struct message *m = s->held, *next; m; m = next) {
        next = m->next;
        message_destroy(m);
    }
    s->held = NULL;
    s->held_end = &s->held;
}

void sim_stream_close(struct sim *sim, struct sim_stream *s, bool tell)
{
    s->state = SIM_CLOSED;
    drop_held(s);
    if (tell)
        sim_stream_leave(sim, s);
}

void sim_stream_forget(struct sim_stream *s)
{
    s->state = SIM_CLOSED;
    s->leave_owed = false;
    drop_held(s);
}

static void deliver(struct sim *sim, struct sim_stream *s, const struct room_deliver *d)
{
    const struct shared *frame = d->only && s->participant == d->only ? d->only_frame : d->frame;
    if (d->seq && d->seq <= s->place)
        return;
    if (d->seq && d->seq != s->place + 1)
        sim_break(sim, "a delivery of event %lld to %s in room %d, whose place was %lld", (long long)d->seq,
                  s->client->name, s->client->room, (long long)s->place);
    if (d->seq)
        s->place = d->seq;
    if (frame)
        hear_text(sim, s->client, shared_text(frame));
    if (d->end_all || (d->end_only && d->only == s->participant))
        sim_stream_close(sim, s, false);
}

static void hold(struct sim_stream *s, const struct room_deliver *d)
{
    struct message *m = message_create(MESSAGE_ROOM_DELIVER, sizeof *d);
    assert_non_null(m);
    *room_deliver(m) = *d;
    if (d->frame)
        shared_ref(d->frame);
    if (d->only_frame)
        shared_ref(d->only_frame);
    *s->held_end = m;
    s->held_end = &m->next;
}

static void go_live(struct sim *sim, struct sim_stream *s)
{
    hear_text(sim, s->client, buf_view(&s->resumed));
    s->state = SIM_OPEN;
    for (struct message *m; s->state == SIM_OPEN && (m = s->held);) {
        s->held = m->next;
        if (!s->held)
            s->held_end = &s->held;
        deliver(sim, s, room_deliver(m));
        message_destroy(m);
    }
}

static void ask_page(struct sim *sim, struct sim_stream *s);

static struct sim *sim_now; /* the one whose page comes: pages name streams only */

static void on_page(void *arg, const struct db_result *r)
{
    struct sim_stream *s = arg;
    struct sim *sim = sim_now;
    if (s->state != SIM_CATCHING)
        return;
    if (r->status != DB_OK) {
        sim_stream_close(sim, s, true);
        return;
    }
    for (int i = 0; i < r->rows; i++) {
        struct buf name = { 0 }, data = { 0 }, frame = { 0 };
        int64_t seq = db_int(r, i, 0);
        if (fake_store_event(sim->store, s->client->room, seq, &name, &data)) {
            buf_putc(&name, 0);
            frame_put(&frame, 1, seq, name.p, buf_view(&data));
            hear_text(sim, s->client, buf_view(&frame));
        }
        buf_fini(&name);
        buf_fini(&data);
        buf_fini(&frame);
    }
    s->log_after = r->rows ? db_int(r, r->rows - 1, 0) : s->log_last;
    ask_page(sim, s);
}

static void ask_page(struct sim *sim, struct sim_stream *s)
{
    if (s->log_after >= s->log_last) {
        go_live(sim, s);
        return;
    }
    struct db_params p = { 0 };
    db_param_int4(&p, s->client->room);
    db_param_int8(&p, s->log_after);
    db_param_int8(&p, s->log_last);
    db_param_int4(&p, PAGE);
    sim_now = sim;
    struct worker *w = system_worker(sim->system, s->worker);
    if (!db_query(worker_service(w, SERVICE_DB_READ), &CLASSROOM_REPLAY, &p, on_page, s))
        sim_stream_close(sim, s, true);
}

static void open_stream(struct sim *sim, struct sim_stream *s, const struct room_joined *j)
{
    s->participant = j->participant;
    s->place = j->seq;
    if (j->stream != s->id || j->room.id != s->client->room)
        sim_break(sim, "%s was let into another stream", s->client->name);
    if (j->seq > fake_store_seq(sim->store, s->client->room))
        sim_break(sim, "%s was let into room %d before it was on disk", s->client->name, s->client->room);
    if (s->abandoned) {
        sim_stream_close(sim, s, true);
        return;
    }
    hear_text(sim, s->client, j->hello);
    for (uint32_t i = 0; i < j->missed_count; i++)
        hear_text(sim, s->client, shared_text(j->missed[i]));
    buf_text(&s->resumed, j->resumed);
    s->log_after = j->log_after;
    s->log_last = j->log_last;
    s->state = SIM_CATCHING;
    ask_page(sim, s);
}

/* ---- what arrives ---- */

static const char *const durable[ROOM_OP_COUNT] = {
    [ROOM_RAISE_HAND] = "hand_raised",      [ROOM_LOWER_HAND] = "hand_lowered",
    [ROOM_KICK] = "participant_kicked",     [ROOM_KICK_OTHER] = "participant_kicked",
    [ROOM_END] = "session_ended",           [ROOM_END_BY_ACTION] = "session_ended",
    [ROOM_CHAT] = "chat_message",           [ROOM_SAY] = "chat_message",
    [ROOM_AUDIO_SELECT] = "audio_selected", [ROOM_AUDIO_PLAY] = "audio_play",
    [ROOM_AUDIO_PAUSE] = "audio_pause",     [ROOM_CONTROL_PLAY] = "audio_play",
    [ROOM_CONTROL_PAUSE] = "audio_pause",   [ROOM_CONTROL_SEEK] = "audio_seek",
    [ROOM_CONTROL_SPEED] = "audio_play",    [ROOM_INVITE] = "participant_invited",
    [ROOM_LOWER_OTHER] = "hand_lowered",
};

/* A yes is on disk: there are at least as many rows as yeses. */
static void check_answer(struct sim *sim, const struct sim_ask *a)
{
    int yes = 0;
    const char *type = durable[a->op];
    if (a->why || !type)
        return;
    for (int i = 0; i < sim->nasks; i++) {
        const struct sim_ask *b = &sim->asks[i];
        yes += b->answered && !b->why && b->user == a->user && b->room == a->room && durable[b->op] &&
               !strcmp(durable[b->op], type);
    }
    if (fake_store_logs(sim->store, a->room, a->user, type) < yes)
        sim_break(sim, "user %d was told yes in room %d before %s was on disk", a->user, a->room, type);
    if (*a->text && fake_store_chats(sim->store, a->room, a->text) != 1)
        sim_break(sim, "user %d was told yes in room %d, but \"%s\" is not on disk once", a->user, a->room, a->text);
}

static void on_answer(struct sim *sim, struct message *m)
{
    if (m->reply.slot >= (uint32_t)sim->nasks || m->reply.generation != (uint32_t)sim->life) {
        sim_break(sim, "an answer to a question of another life");
        return;
    }
    struct sim_ask *a = &sim->asks[m->reply.slot];
    if (a->answered)
        sim_break(sim, "question %u was answered twice", m->reply.slot);
    a->answered = true;
    a->order = ++sim->answers;
    struct text body = { 0 };
    if (m->kind == MESSAGE_ROOM_ANSWER) {
        a->why = room_answer(m)->why;
        body = room_answer(m)->body;
    } else if (m->kind == MESSAGE_ROOM_JOINED) {
        a->why = room_joined(m)->why;
    } else {
        a->why = ((struct actor_error *)m->payload)->why;
    }
    snprintf(a->body, sizeof a->body, "%.*s", (int)body.n, body.n ? body.p : "");
    check_answer(sim, a);
    if (m->kind == MESSAGE_ROOM_JOINED && !a->why && room_joined(m)->ends) {
        hear_text(sim, a->stream->client, room_joined(m)->hello);
        sim_stream_close(sim, a->stream, false);
    } else if (m->kind == MESSAGE_ROOM_JOINED && !a->why)
        open_stream(sim, a->stream, room_joined(m));
    else if (a->stream)
        sim_stream_close(sim, a->stream, false);
}

static bool concerns(const struct sim *sim, const struct sim_stream *s, int worker, int64_t room)
{
    bool there = s->state == SIM_OPEN || s->state == SIM_CATCHING;
    return there && s->worker == worker && s->life == sim->life && (!room || s->client->room == room);
}

static enum receive receive(struct actor *self, struct message *m)
{
    struct sim *sim = worker_service(actor_worker(self), SERVICE_TRANSPORT);
    int worker = worker_index(actor_worker(self));
    if (m->kind != MESSAGE_ROOM_DELIVER && m->kind != MESSAGE_ROOM_CUT) {
        on_answer(sim, m);
        return RECEIVED;
    }
    for (struct sim_stream *s = sim->streams; s; s = s->next) {
        int64_t room = m->kind == MESSAGE_ROOM_DELIVER ? room_deliver(m)->room.id : room_cut(m)->room.id;
        if (!concerns(sim, s, worker, room))
            continue;
        if (m->kind == MESSAGE_ROOM_CUT)
            sim_stream_close(sim, s, true);
        else if (s->state == SIM_CATCHING)
            hold(s, room_deliver(m));
        else
            deliver(sim, s, room_deliver(m));
    }
    return RECEIVED;
}

const struct actor_kind *sim_ingress_kind(uint32_t mailbox)
{
    static struct actor_kind kind = { .name = "ingress", .receive = receive };
    kind.mailbox_limit = mailbox;
    return &kind;
}
