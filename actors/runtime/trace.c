/* Trace: see trace.h. The limits are words of the system, so that they hold for all workers together; the order and the
 * entries are the worker's own. A worker learns that the trace has ended when it wants to add to it, and then takes
 * itself out. */
#include "actors/runtime/trace.h"

#include "actors/runtime/trace_core.h"
#include "actors/runtime/words.h"
#include "actors/runtime/worker_core.h"

#include <stdlib.h>

#define SECOND ((uint64_t)1000000000)

struct tracer {
    struct trace_order order;
    uint64_t first; /* number of its first entry */
    uint64_t began; /* of the message in receive */
    struct ring *ring;
};

const char *trace_end_about(enum trace_end why)
{
    static const char *const about[] = {
#define TRACE_ABOUT(symbol, text) [TRACE_##symbol] = text,
        TRACE_ENDS(TRACE_ABOUT)
#undef TRACE_ABOUT
    };

    return about[why];
}

/* ---- the system's words ---- */

static uint64_t running(uint64_t number)
{
    return number << 8 | TRACE_RUNS;
}

struct trace_status trace_status(const struct system *s)
{
    uint64_t state = word_read(&s->traced.state), taken = word_read(&s->traced.taken);

    return (struct trace_status){ state >> 8, (enum trace_end)(state & 0xff), taken };
}

/* A late worker of the trace before may still count itself into the new one: one entry less of this one. */
void trace_open(struct system *s, struct trace_order *o)
{
    uint64_t state = word_read(&s->traced.state);

    o->number = (state >> 8) + 1;
    trace_close(s, state >> 8, TRACE_STOPPED);
    word_set(&s->traced.taken, 0);
    word_set(&s->traced.second, 0);
    word_set(&s->traced.state, running(o->number));
}

void trace_close(struct system *s, uint64_t number, enum trace_end why)
{
    (void)word_swap(&s->traced.state, running(number), number << 8 | why);
}

static bool within_rate(uint64_t *word, uint64_t second, uint32_t most)
{
    for (;;) {
        uint64_t old = word_read(word), next = old + 1;
        if (old >> 32 < second)
            next = second << 32 | 1;
        if ((next & UINT32_MAX) > most)
            return false;
        if (word_swap(word, old, next))
            return true;
    }
}

/* TRACE_RUNS: one more entry may be taken. */
static enum trace_end admit(struct trace_words *words, const struct trace_order *o, uint64_t now)
{
    if (now >= o->until)
        return TRACE_TIME;
    if (!within_rate(&words->second, (now - o->from) / SECOND, o->rate))
        return TRACE_RATE;
    return word_add(&words->taken, 1) < o->count ? TRACE_RUNS : TRACE_COUNT;
}

/* An entry is not there after all. If its second is counted elsewhere just now, that keeps it. */
static void give_back(struct trace_words *words)
{
    uint64_t second = word_read(&words->second);

    (void)word_add(&words->taken, (uint64_t)-1);
    if (second & UINT32_MAX)
        (void)word_swap(&words->second, second, second - 1);
}

/* ---- on a worker ---- */

static void leave(struct worker *w, enum trace_end why)
{
    if (why != TRACE_RUNS)
        trace_close(w->system, w->trace->order.number, why);
    w->trace = NULL;
}

/* Does the trace still run? */
static bool goes_on(struct worker *w)
{
    bool runs = word_read(&w->system->traced.state) == running(w->trace->order.number);

    if (!runs)
        leave(w, TRACE_RUNS);
    return runs;
}

void worker_trace_check(struct worker *w)
{
    if (w->trace && goes_on(w) && worker_clock(w) >= w->trace->order.until)
        leave(w, TRACE_TIME);
}

static struct tracer *tracer_of(struct worker *w)
{
    if (w->tracer)
        return w->tracer;
    struct tracer *t = calloc(1, sizeof(*t));
    struct ring *ring = t ? ring_create(TRACE_PLACES, sizeof(struct trace_entry)) : NULL;

    if (!ring) {
        free(t);
        return NULL;
    }
    t->ring = ring;
    return w->tracer = t;
}

void tracer_destroy(struct tracer *t)
{
    if (!t)
        return;
    ring_destroy(t->ring);
    free(t);
}

bool worker_trace_join(struct worker *w, const struct trace_order *o)
{
    struct tracer *t = tracer_of(w);

    if (!t)
        return false;
    t->order = *o;
    t->first = t->ring->last + 1;
    w->trace = t;
    worker_trace_check(w);
    return true;
}

const struct ring *worker_trace_entries(const struct worker *w)
{
    return w->tracer ? w->tracer->ring : NULL;
}

uint64_t worker_trace_lost(const struct worker *w)
{
    const struct tracer *t = w->tracer;
    uint64_t oldest = t ? ring_oldest(t->ring) : 0;

    return t && oldest > t->first ? oldest - t->first : 0;
}

bool worker_traces(const struct worker *w)
{
    return w->trace;
}

/* ---- entries ---- */

/* Returns the place of a new entry that has its trace and time; NULL, and the trace has ended. */
static struct trace_entry *take_place(struct worker *w, uint64_t now)
{
    struct tracer *t = w->trace;

    if (!goes_on(w))
        return NULL;
    enum trace_end why = admit(&w->system->traced, &t->order, now);
    if (why != TRACE_RUNS) {
        leave(w, why);
        return NULL;
    }
    struct trace_entry *e = ring_put(t->ring);
    *e = (struct trace_entry){ .trace = t->order.number, .at = worker_wall_at(w, now) };
    return e;
}

/* The last entry is there: the trace ends without waiting for one too many. */
static void end_if_full(struct worker *w)
{
    const struct trace_order *o = &w->tracer->order;

    if (word_read(&w->system->traced.taken) >= o->count)
        trace_close(w->system, o->number, TRACE_COUNT);
}

static bool wants_actor(const struct trace_order *o, const struct actor *a)
{
    if (o->by == TRACE_USER)
        return true;
    return o->actor.kind == a->kind && (o->by == TRACE_KIND || (o->actor.id == a->id && o->actor.id_low == a->id_low));
}

static void tell(const struct actor *a, const struct message *m, struct message_told *ret)
{
    if (m->kind == MESSAGE_TIMER)
        message_fact(ret, "slot", ((const struct actor_timer *)m->payload)->slot);
    else if (m->kind == MESSAGE_ACTOR_ERROR)
        ret->what = error_name(((const struct actor_error *)m->payload)->why);
    if (a->kind->tell)
        a->kind->tell(a, m, ret);
}

uint64_t trace_receive(struct actor *a, const struct message *m)
{
    struct worker *w = a->home;
    struct tracer *t = w->trace;
    struct message_told told = { 0 };

    if (!wants_actor(&t->order, a))
        return 0;
    tell(a, m, &told);
    if (t->order.by == TRACE_USER && told.user != t->order.user)
        return 0;
    uint64_t now = worker_clock(w);
    struct trace_entry *e = take_place(w, now);
    if (!e)
        return 0;
    e->type = message_kind_name(m->kind);
    e->actor = actor_address(a);
    e->bytes = m->size;
    e->wait_us = m->sent && m->sent <= now ? (int64_t)(now - m->sent) / 1000 : -1;
    e->took_us = -1;
    e->told = told;
    t->began = now;
    return t->ring->last;
}

/* A message that is put off comes again, and is noted then. What was received may have added entries of its own, but
 * hardly so many that its own is gone. */
void trace_received(struct worker *w, uint64_t number, bool later)
{
    struct tracer *t = w->tracer;

    if (later && number == t->ring->last) {
        t->ring->last--;
        give_back(&w->system->traced);
        return;
    }
    if (number >= ring_oldest(t->ring))
        ((struct trace_entry *)ring_at(t->ring, number))->took_us = (int64_t)(worker_clock(w) - t->began) / 1000;
    end_if_full(w);
}

void trace_actor_ends(const struct actor *a, enum trace_end why)
{
    struct worker *w = a->home;

    if (w->trace && w->trace->order.by == TRACE_ACTOR && wants_actor(&w->trace->order, a))
        leave(w, why);
}

void worker_trace_note(struct worker *w, struct trace_entry *e)
{
    struct tracer *t = w->trace;

    if (!t || t->order.by != TRACE_USER || t->order.user != e->told.user)
        return;
    struct trace_entry *place = take_place(w, worker_clock(w));
    if (!place)
        return;
    e->trace = place->trace;
    e->at = place->at;
    *place = *e;
    end_if_full(w);
}
