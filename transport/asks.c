/* Asks: see asks.h. Slots are reused; a generation tells a late answer from one for the slot's next tenant. All asks of
 * one patience are in a FIFO of slots, which is in order of deadline. */
#include "transport/asks.h"

#include "proto/config/config.h"
#include "transport/transport.h"

#include <assert.h>
#include <stdlib.h>

enum patience { SOON, LONG, PATIENCES };
enum { SECOND = 1000000000, SWEEP_NS = 100 * 1000 * 1000, NO_SLOT = -1 };

struct ask {
    bool used;
    struct request *rq; /* and done, or arg and plain */
    asks_done *done;
    void *arg;
    asks_plain_done *plain;
    uint64_t due;
    uint32_t generation;
    enum patience patience;
    int32_t next, previous; /* in the FIFO, or next in the free list */
};

struct fifo {
    uint64_t timeout_ns;
    int32_t oldest, newest;
};

struct asks {
    struct worker *worker;
    struct ask *slots;
    int32_t cap, free;
    struct fifo fifos[PATIENCES];
    uint32_t waiting, highest;
    uint64_t refused, late;
};

static void sweep(void *arg);

struct asks *asks_create(struct worker *w, uint64_t soon_ns, uint64_t long_ns)
{
    struct asks *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->worker = w;
    a->free = NO_SLOT;
    a->fifos[SOON] = (struct fifo){ soon_ns, NO_SLOT, NO_SLOT };
    a->fifos[LONG] = (struct fifo){ long_ns, NO_SLOT, NO_SLOT };
    worker_every(w, SWEEP_NS, sweep, a);
    return a;
}

static bool grow(struct asks *a)
{
    int32_t cap = a->cap ? a->cap * 2 : 64;
    struct ask *slots = cap > ASKS_MOST ? NULL : realloc(a->slots, (size_t)cap * sizeof *slots);
    if (!slots)
        return false;
    a->slots = slots;
    for (int32_t i = a->cap; i < cap; i++) {
        slots[i] = (struct ask){ .next = a->free };
        a->free = i;
    }
    a->cap = cap;
    return true;
}

static int32_t take_slot(struct asks *a, enum patience patience)
{
    struct fifo *f = &a->fifos[patience];
    if (a->free == NO_SLOT && !grow(a))
        return NO_SLOT;
    int32_t at = a->free;
    struct ask *s = &a->slots[at];
    assert(!s->used);
    a->free = s->next;
    s->patience = patience;
    s->next = NO_SLOT;
    s->previous = f->newest;
    *(f->newest == NO_SLOT ? &f->oldest : &a->slots[f->newest].next) = at;
    f->newest = at;
    if (++a->waiting > a->highest)
        a->highest = a->waiting;
    return at;
}

static void give_back(struct asks *a, int32_t at)
{
    struct ask *s = &a->slots[at];
    struct fifo *f = &a->fifos[s->patience];
    assert(a->waiting && (s->previous == NO_SLOT ? f->oldest : a->slots[s->previous].next) == at);
    assert((s->next == NO_SLOT ? f->newest : a->slots[s->next].previous) == at);
    *(s->previous == NO_SLOT ? &f->oldest : &a->slots[s->previous].next) = s->next;
    *(s->next == NO_SLOT ? &f->newest : &a->slots[s->next].previous) = s->previous;
    s->used = false;
    s->generation++;
    s->next = a->free;
    a->free = at;
    a->waiting--;
}

static void finish(struct asks *a, int32_t at, enum error why, struct message *answer)
{
    struct ask s = a->slots[at];
    assert(s.used && !s.done != !s.plain); /* who waits is told once */
    give_back(a, at);
    if (s.rq)
        request_waited(s.rq, s.due - a->fifos[s.patience].timeout_ns);
    if (s.plain)
        s.plain(s.arg, why, answer);
    else
        s.done(s.rq, why, answer);
}

void asks_destroy(struct asks *a)
{
    if (!a)
        return;
    for (int i = 0; i < PATIENCES; i++)
        while (a->fifos[i].oldest != NO_SLOT)
            finish(a, a->fifos[i].oldest, ERROR_UNAVAILABLE, NULL);
    free(a->slots);
    free(a);
}

static void sweep(void *arg)
{
    struct asks *a = arg;
    for (struct fifo *f = a->fifos; f < a->fifos + PATIENCES; f++)
        for (; f->oldest != NO_SLOT && a->slots[f->oldest].due <= worker_now(a->worker); a->late++)
            finish(a, f->oldest, ERROR_UNAVAILABLE, NULL);
}

/* The slot of a command that is about to be sent; the caller fills in who waits. NULL: no place, or no memory. */
static struct ask *prepare(struct worker *w, const struct room_command *cmd, enum patience patience,
                           struct message **ret)
{
    struct asks *a = transport_of(w)->asks;
    int32_t at = take_slot(a, patience);
    if (at == NO_SLOT) {
        a->refused++;
        return NULL;
    }
    struct ask *s = &a->slots[at];
    *ret = room_command_create(cmd, (struct return_address){ worker_index(w), (uint32_t)at, s->generation });
    if (!*ret) {
        give_back(a, at);
        return NULL;
    }
    *s = (struct ask){ .used = true,
                       .due = worker_now(w) + a->fifos[patience].timeout_ns,
                       .generation = s->generation,
                       .patience = patience,
                       .next = s->next,
                       .previous = s->previous };
    return s;
}

static void ask_room(struct request *rq, struct address room, const struct room_command *cmd, enum patience patience,
                     asks_done *done)
{
    struct worker *w = request_worker(rq);
    struct message *m;
    struct ask *s = prepare(w, cmd, patience, &m);
    if (!s) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    s->rq = rq;
    s->done = done;
    m->request = request_number(rq);
    bus_send(worker_system(w), room, m);
}

void asks_room(struct request *rq, struct address room, const struct room_command *cmd, asks_done *done)
{
    ask_room(rq, room, cmd, SOON, done);
}

void asks_room_long(struct request *rq, struct address room, const struct room_command *cmd, asks_done *done)
{
    ask_room(rq, room, cmd, LONG, done);
}

bool asks_plain(struct worker *w, struct address room, const struct room_command *cmd, asks_plain_done *done, void *arg)
{
    struct message *m;
    struct ask *s = prepare(w, cmd, SOON, &m);
    if (!s)
        return false;
    s->plain = done;
    s->arg = arg;
    bus_send(worker_system(w), room, m);
    return true;
}

static enum error answer_why(struct message *m)
{
    switch (m->kind) {
    case MESSAGE_ROOM_ANSWER:
        return room_answer(m)->why;
    case MESSAGE_ROOM_JOINED:
        return room_joined(m)->why;
    default:
        return ((struct actor_error *)m->payload)->why;
    }
}

static bool waited_for(const struct asks *a, const struct message *m)
{
    uint32_t at = m->reply.slot;
    return at < (uint32_t)a->cap && a->slots[at].used && a->slots[at].generation == m->reply.generation;
}

bool asks_answered(struct asks *a, struct message *m)
{
    if (!waited_for(a, m))
        return false;
    finish(a, (int32_t)m->reply.slot, answer_why(m), m);
    return true;
}

const struct request *asks_waits(const struct asks *a, const struct message *m)
{
    return waited_for(a, m) ? a->slots[m->reply.slot].rq : NULL;
}

uint32_t asks_waiting(const struct asks *a)
{
    return a->waiting;
}

struct asks_stats asks_stats(const struct asks *a)
{
    return (struct asks_stats){ a->waiting, a->highest, a->refused, a->late };
}

uint64_t asks_memory(const struct asks *a)
{
    return sizeof *a + (uint64_t)a->cap * sizeof *a->slots;
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->asks = asks_create(w, (uint64_t)config.answer_timeout * SECOND,
                                                (uint64_t)config.long_answer_timeout * SECOND));
}

static bool part_drained(struct worker *w)
{
    return !asks_waiting(transport_of(w)->asks);
}

static void part_close(struct worker *w)
{
    asks_destroy(transport_of(w)->asks);
}

static void part_describe(struct worker *w, struct json *out)
{
    json_int(out, "asks", asks_waiting(transport_of(w)->asks));
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct asks_stats s = asks_stats(transport_of(w)->asks);
    *ret = (struct queue_numbers){ ASKS_MOST, s.waiting, s.highest, (int64_t)s.refused };
}

static const struct queue_row queues[] = {
    { "asks", "requests waiting for a room, per worker", "65536, `answer-timeout`, `long-answer-timeout`", "503",
      "all who act, `budget-requests` each", read_queue },
    { 0 },
};

static const struct memory_row memory[] = {
    { "asks", "requests that wait for a room" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    *ret = (struct memory_amount){ asks_waiting(transport_of(w)->asks), asks_memory(transport_of(w)->asks) };
}

static const struct metric_row metrics[] = {
    { "lectern_rooms_late_total", "Requests that got no answer of their room in time." },
    { 0 },
};

static void read_metrics(struct worker *w, uint64_t *ret)
{
    *ret = asks_stats(transport_of(w)->asks).late;
}

const struct part asks_part = {
    .name = "asks",
    .open = part_open,
    .drained = part_drained,
    .close = part_close,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
