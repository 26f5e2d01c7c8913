/* Sim ingress: frames are taken apart as a client would, and compared with what the log says of the same event. */
#include "sim_ingress_help.h"

#include "actors/runtime/shared.h"

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

/* Takes the first frame off the text. False: there is none. */
static bool take_frame(struct text *rest, struct sim_frame *f)
{
    const char *end = rest->n ? memmem(rest->p, rest->n, "\n\n", 2) : NULL;
    int epoch, used = 0;
    long long seq;
    *f = (struct sim_frame){ 0 };
    if (!end)
        return false;
    char head[128];
    snprintf(head, sizeof head, "%.*s", (int)(end - rest->p), rest->p);
    if (sscanf(head, "id: %d-%lld\n%n", &epoch, &seq, &used) == 2)
        f->seq = epoch == SIM_EPOCH ? seq : -1;
    assert_int_equal(sscanf(head + used, "event: %47s", f->event), 1);
    const char *data = memmem(rest->p, rest->n, "\ndata: ", 7);
    assert_non_null(data);
    f->data = (struct text){ data + 7, (size_t)(end - data - 7) };
    rest->n -= (size_t)(end + 2 - rest->p);
    rest->p = end + 2;
    return true;
}

/* "chat by Ben: hello" */
static void summarise(struct sim *sim, struct sim_client *c, const struct sim_frame *f)
{
    const struct sim_kind *kind = sim_kind_of(sim, c->room);
    buf_printf(&c->heard, "%s%s", c->heard.n ? ", " : "", f->event);
    if (kind->summarise)
        kind->summarise(sim, f, &c->heard);
}

/* What is heard is what the log tells a stream that comes later. */
static void check_frame(struct sim *sim, const struct sim_client *c, const struct sim_frame *f)
{
    struct buf name = { 0 }, data = { 0 };
    if (f->seq > fake_store_seq(sim->store, c->room))
        sim_break(sim, "%s heard event %lld (%s) of room %d before it was on disk", c->name, (long long)f->seq,
                  f->event, c->room);
    else if (!sim_kind_of(sim, c->room)->event(sim->store, c->room, f->seq, &name, &data) ||
             !text_is(buf_view(&name), f->event) || !text_equal(buf_view(&data), f->data))
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
    bool is = sim_kind_of(sim, room)->event(sim->store, room, seq, &name, &data);
    buf_fini(&name);
    buf_fini(&data);
    return is;
}

/* Events that streams are told, behind one and up to another. */
static int told_between(struct sim *sim, int32_t room, int64_t after, int64_t last)
{
    int n = 0;
    for (int64_t seq = after + 1; seq <= last; seq++)
        n += told(sim, room, seq);
    return n;
}

/* "resumed" bears the number at which the stream goes on: nothing is missing up to there but its own coming. */
static void check_resumed(struct sim *sim, const struct sim_client *c, const struct sim_frame *f)
{
    int missing = told_between(sim, c->room, c->last, f->seq);
    if (f->seq != c->stream->place || f->seq < c->last || missing != sim_kind_of(sim, c->room)->coming)
        sim_break(sim, "%s goes on in room %d at event %lld (its place is %lld) and has heard event %lld last", c->name,
                  c->room, (long long)f->seq, (long long)c->stream->place, (long long)c->last);
}

static void check_next(struct sim *sim, const struct sim_client *c, const struct sim_frame *f)
{
    if (c->last && (f->seq <= c->last || told_between(sim, c->room, c->last, f->seq - 1)))
        sim_break(sim, "%s heard event %lld (%s) of room %d after event %lld", c->name, (long long)f->seq, f->event,
                  c->room, (long long)c->last);
}

static void hear_snapshot(struct sim *sim, struct sim_client *c, const struct sim_frame *f)
{
    buf_reset(&c->snapshot);
    buf_text(&c->snapshot, f->data);
    buf_putc(&c->snapshot, 0);
    if (f->seq)
        c->last = f->seq;
    if (f->seq > fake_store_seq(sim->store, c->room))
        sim_break(sim, "%s got a snapshot ahead of the log of room %d", c->name, c->room);
}

/* Whoever comes back with an id that stands in the log goes on from it. */
static void hear_reset(struct sim *sim, struct sim_client *c)
{
    if (c->last && c->last <= fake_store_seq(sim->store, c->room))
        sim_break(sim, "%s could not go on from event %lld of room %d", c->name, (long long)c->last, c->room);
    c->last = 0;
}

static void hear(struct sim *sim, struct sim_client *c, const struct sim_frame *f)
{
    const struct sim_kind *kind = sim_kind_of(sim, c->room);
    c->digest = fake_mix(fake_mix(c->digest, f->event, strlen(f->event)), &f->seq, sizeof f->seq);
    c->told++;
    if (kind->hear)
        kind->hear(sim, c, f);
    if (kind->ops->state_event && !strcmp(f->event, kind->ops->state_event)) {
        hear_snapshot(sim, c, f);
        return;
    }
    if (!strcmp(f->event, "connected"))
        return;
    if (!strcmp(f->event, "reset"))
        hear_reset(sim, c);
    summarise(sim, c, f);
    if (!f->seq)
        return;
    bool resumed = !strcmp(f->event, "resumed");
    if (resumed)
        check_resumed(sim, c, f);
    else
        check_next(sim, c, f);
    c->last = f->seq;
    if (!resumed && (!kind->only_event || strcmp(f->event, kind->only_event) != 0))
        check_frame(sim, c, f);
}

static void hear_text(struct sim *sim, struct sim_client *c, struct text frames)
{
    struct sim_frame f;
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
    s->leave_owed = !bus_send_urgent(sim->system, sim_address(sim, s->client->room), m);
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
    if (d->type && !strcmp(d->type, sim_kind_of(sim, s->client->room)->end_event) && !d->end_all)
        sim_break(sim, "the end of room %d is told to %s and leaves the stream open", s->client->room, s->client->name);
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

/* A row of the log as the kind reads it for streams. Returns its number. */
static int64_t take_row(struct sim *sim, struct sim_stream *s, const struct db_result *r, int row)
{
    struct room_past past = { 0 };
    struct buf frame = { 0 };
    sim_kind_of(sim, s->client->room)->ops->event(r, row, &past);
    if (past.name) {
        frame_put(&frame, SIM_EPOCH, past.seq, past.name, past.data);
        hear_text(sim, s->client, buf_view(&frame));
    }
    buf_fini(&frame);
    buf_fini(&past.made);
    return past.seq;
}

static void take_page(struct sim *sim, struct sim_stream *s, const struct db_result *r)
{
    if (s->state != SIM_CATCHING)
        return;
    if (r->status != DB_OK) {
        sim_stream_close(sim, s, true);
        return;
    }
    for (int i = 0; i < r->rows; i++)
        s->log_after = take_row(sim, s, r, i);
    if (!r->rows)
        s->log_after = s->log_last;
    ask_page(sim, s);
}

static void on_page(void *arg, const struct db_result *r)
{
    struct sim_stream *s = arg;
    sim_lock(s->sim);
    take_page(s->sim, s, r);
    sim_unlock(s->sim);
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
    struct worker *w = system_worker(sim->system, s->worker);
    if (!db_query(worker_service(w, SERVICE_DB_READ), sim_kind_of(sim, s->client->room)->ops->replay, &p, on_page, s))
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

/* A yes is on disk: there are at least as many rows as yeses. */
static void check_answer(struct sim *sim, const struct sim_ask *a)
{
    const struct sim_kind *kind = sim_kind_of(sim, a->room);
    int yes = 0;
    if (a->why)
        return;
    for (int i = 0; a->leaves && i < sim->nasks; i++) {
        const struct sim_ask *b = &sim->asks[i];
        yes += b->answered && !b->why && b->user == a->user && b->room == a->room && b->leaves &&
               !strcmp(b->leaves, a->leaves);
    }
    if (a->leaves && kind->rows(sim->store, a->room, a->user, a->leaves) < yes)
        sim_break(sim, "user %d was told yes in room %d before %s was on disk", a->user, a->room, a->leaves);
    if (*a->mark && kind->marked(sim->store, a->room, a->mark) != 1)
        sim_break(sim, "user %d was told yes in room %d, but \"%s\" is not on disk once", a->user, a->room, a->mark);
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
    if (!sim->options.threads)
        a->told = sim_wall(sim->system);
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

static void on_room(struct sim *sim, int worker, struct message *m)
{
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
}

static enum receive receive(struct actor *self, struct message *m)
{
    struct sim *sim = worker_service(actor_worker(self), SERVICE_TRANSPORT);
    sim_lock(sim);
    if (m->kind == MESSAGE_ROOM_DELIVER || m->kind == MESSAGE_ROOM_CUT)
        on_room(sim, worker_index(actor_worker(self)), m);
    else
        on_answer(sim, m);
    sim_unlock(sim);
    return RECEIVED;
}

const struct actor_kind *sim_ingress_kind(uint32_t mailbox)
{
    static struct actor_kind kind = { .name = "ingress", .receive = receive };
    kind.mailbox_limit = mailbox;
    return &kind;
}
