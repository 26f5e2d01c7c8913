/* Turn: see turn.h. */
#include "actors/room/turn.h"

#include "actors/room/persistence.h"
#include "actors/room/recent.h"
#include "proto/room.h"

#include <assert.h>
#include <stdlib.h>

struct turn *turn_begin(struct actor *actor)
{
    struct turn *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->actor = actor;
    t->out_end = &t->out;
    actor_hold(actor);
    return t;
}

void turn_say(struct turn *t, struct message *m)
{
    if (!m) {
        t->failed = true;
        return;
    }
    m->next = NULL;
    *t->out_end = m;
    t->out_end = &m->next;
}

void turn_answer(struct turn *t, const struct message *command, enum error why, struct text body)
{
    if (command->reply.worker >= 0)
        turn_say(t, room_answer_create(why, body, command->reply));
}

void turn_settle_by(struct turn *t, const struct statement *st, int64_t id, int64_t seq)
{
    if (t->settle)
        return;
    t->settle = st;
    t->settle_id = id;
    t->settle_seq = seq;
}

void turn_note(struct turn *t, const struct recent_event *e)
{
    if (!t->event.type)
        t->event = *e;
    else
        buf_put(&t->events, e, sizeof *e);
}

static void turn_free(struct turn *t)
{
    actor_unhold(t->actor);
    buf_fini(&t->events);
    buf_fini(&t->rows);
    free(t);
}

void turn_end(struct turn *t)
{
    t->failed = t->failed || t->rows.failed || t->events.failed;
    if (t->failed || t->rows.n || t->out)
        persistence_submit(worker_persistence(actor_worker(t->actor)), t);
    else
        turn_free(t);
}

/* A stream that does not hear that it was let in will never say that it has left: the room is told here. */
static void welcome(struct turn *t, struct message *m)
{
    struct system *s = worker_system(actor_worker(t->actor));
    struct room_leave leave = { room_joined(m)->stream, room_joined(m)->participant };
    if (bus_reply(s, m->reply, m))
        return;
    struct message *left = message_create(MESSAGE_ROOM_LEAVE, sizeof leave);
    if (!left)
        return;
    left->reply = NO_RETURN;
    *room_leave(left) = leave;
    if (!bus_send_urgent(s, actor_address(t->actor), left))
        message_destroy(left);
}

static void note(const struct turn *t, struct ring *recent)
{
    struct recent_event e;
    if (t->event.type)
        recent_note(recent, &t->event);
    for (size_t at = 0; at < t->events.n; at += sizeof e) {
        memcpy(&e, t->events.p + at, sizeof e);
        recent_note(recent, &e);
    }
}

/* What a room says leaves in the order of its numbers, each event to every worker that hears it. */
static void deliver(struct persistence *p, const struct turn *t, struct message *m, int64_t *seq)
{
    struct room_deliver *d = room_deliver(m);
    assert(!d->seq || d->seq >= *seq);
    *seq = d->seq ? d->seq : *seq;
    d->published = t->submitted;
    d->committed = worker_now(actor_worker(t->actor));
    persistence_deliver(p, m);
}

void turn_release(struct turn *t)
{
    struct worker *w = actor_worker(t->actor);
    struct ring *recent = worker_recent(w);
    if (recent)
        note(t, recent);
    struct persistence *p = worker_persistence(w);
    int64_t seq = 0;
    assert(!t->failed);
    for (struct message *m = t->out, *next; m; m = next) {
        next = m->next;
        if (m->kind == MESSAGE_ROOM_DELIVER)
            deliver(p, t, m, &seq);
        else if (m->kind == MESSAGE_ROOM_CUT)
            persistence_deliver(p, m);
        else if (m->kind == MESSAGE_ROOM_JOINED)
            welcome(t, m);
        else
            (void)bus_reply(worker_system(w), m->reply, m); /* lost: the request runs into its time limit */
    }
    if (t->released)
        t->released(t->actor, t->settle_seq);
    turn_free(t);
}

void turn_refuse(struct turn *t, enum error why)
{
    struct system *s = worker_system(actor_worker(t->actor));
    for (struct message *m = t->out, *next; m; m = next) {
        next = m->next;
        bool waited_for = m->kind == MESSAGE_ROOM_ANSWER || m->kind == MESSAGE_ROOM_JOINED;
        struct message *no = waited_for ? room_answer_create(why, (struct text){ 0 }, m->reply) : NULL;
        if (no)
            (void)bus_reply(s, m->reply, no);
        message_destroy(m);
    }
    turn_free(t);
}
