/* Publisher: see publisher.h.
 *
 *   IDLE --take--> TAKING --rows--> SENDING --the last report--> TELLING --the rows have been told--> IDLE
 *
 * A row is told (removed, or made a dead message) until the database takes it; before that nothing more is taken, or it
 * would be sent again and again. */
#include "actors/publisher/publisher.h"

#include "actors/databases.h"
#include "actors/publisher/closed_topics.h"
#include "proto/base/log.h"
#include "proto/base/state.h"
#include "store/db.h"
#include "store/statements.h"

#include <assert.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000000)
#define MS     UINT64_C(1000000)
enum { TAKE_TIMER, TELL_TIMER, LOOK_TIMER, TIDY_TIMER };
enum { IDLE_MS = 250, BUSY_MS = 50, AGAIN_S = 1, LOOK_S = 5, TIDY_S = 600, DRAIN_S = 5, PATIENCE_S = 20, SAY_S = 60 };
enum { PAUSE_MS = 1000, PAUSE_MOST_MS = 60000 };

enum phase { IDLE, TAKING, SENDING, TELLING };

static const struct state_row phases[] = {
    [IDLE] = { "idle", STATE(IDLE) | STATE(TAKING) },
    [TAKING] = { "taking", STATE(IDLE) | STATE(SENDING) },
    [SENDING] = { "sending", STATE(TELLING) },
    [TELLING] = { "telling", STATE(IDLE) },
};

/* What has been taken; the events' texts follow them in the same memory. */
struct batch {
    uint32_t n, unreported;
    bool full; /* there may be more */
    struct event events[];
};

struct publisher {
    struct actor *actor;
    struct worker *worker;
    struct publishing *all; /* of this worker */
    struct batch *batch;
    enum phase phase;
    struct closed_topics closed;
    uint32_t pauses;      /* one after another */
    uint64_t batch_began; /* since when the batch is under way */
    bool again;           /* something has been published since the take under way was asked */
    bool gone;
    uint64_t dropped_said, unsaid; /* when drops were last said; dropped since */
    const char *last_why;
};

static struct publisher_options options;

static void enter(struct publisher *p, enum phase to)
{
    p->phase = state_next(phases, p->phase, to);
}

static void take(struct publisher *p);
static void tell(struct publisher *p);

/* Asks the database; the actor is held until `done` has been called. */
static bool ask(struct publisher *p, struct db *db, const struct statement *st, const struct db_params *params,
                db_done *done)
{
    actor_hold(p->actor);
    if (db_query(db, st, params, done, p))
        return true;
    actor_unhold(p->actor);
    return false;
}

/* At the head of each answer: false when nobody wants it any more. */
static bool heard(struct publisher *p, const struct db_result *r, const char *what)
{
    actor_unhold(p->actor);
    if (r->status == DB_REFUSED && !p->gone)
        log_error(what, F_STR("sqlstate", r->sqlstate));
    return !p->gone;
}

static void take_in(struct publisher *p, uint64_t ns)
{
    enter(p, IDLE);
    actor_timer(p->actor, TAKE_TIMER, ns);
}

/* ---- the batch ---- */

static char *keep(char **at, struct text t)
{
    char *kept = *at;
    memcpy(kept, t.p, t.n);
    kept[t.n] = 0;
    *at += t.n + 1;
    return kept;
}

static size_t texts_of(const struct db_result *r, int row)
{
    return db_text(r, row, OUTBOX_EVENTS_TAKE_TOPIC).n + db_text(r, row, OUTBOX_EVENTS_TAKE_KEY).n +
           db_text(r, row, OUTBOX_EVENTS_TAKE_EVENT).n + 3;
}

static void event_read(struct event *e, const struct db_result *r, int row, char **at)
{
    struct text id = db_text(r, row, OUTBOX_EVENTS_TAKE_ID), key = db_text(r, row, OUTBOX_EVENTS_TAKE_KEY),
                value = db_text(r, row, OUTBOX_EVENTS_TAKE_EVENT);
    assert(id.n < sizeof e->id);
    memcpy(e->id, id.p, id.n);
    e->seq = db_int(r, row, OUTBOX_EVENTS_TAKE_SEQ);
    e->at_ms = db_int(r, row, OUTBOX_EVENTS_TAKE_AT_MS);
    e->topic = keep(at, db_text(r, row, OUTBOX_EVENTS_TAKE_TOPIC));
    e->key = (struct text){ keep(at, key), key.n };
    e->value = (struct text){ keep(at, value), value.n };
}

/* NULL without memory. */
static struct batch *batch_create(struct publisher *p, const struct db_result *r)
{
    size_t size = sizeof(struct batch) + (size_t)r->rows * sizeof(struct event), texts = 0;
    for (int i = 0; i < r->rows; i++)
        texts += texts_of(r, i);
    struct batch *b = calloc(1, size + texts);
    if (!b)
        return NULL;
    char *at = (char *)b + size;
    b->n = b->unreported = (uint32_t)r->rows;
    for (int i = 0; i < r->rows; i++) {
        event_read(&b->events[i], r, i, &at);
        b->events[i].publisher = p;
    }
    b->full = b->n == EVENTS_MOST || texts >= EVENT_BYTES_MOST;
    return b;
}

static void batch_end(struct publisher *p)
{
    free(p->batch);
    p->batch = NULL;
    p->all->under_way = 0;
    actor_unhold(p->actor);
}

static bool same_key(const struct event *a, const struct event *b)
{
    return text_equal(a->key, b->key) && !strcmp(a->topic, b->topic);
}

static bool waits(const struct event *e)
{
    return e->fate == EVENT_LATER || e->fate == EVENT_CLOSED;
}

/* What was published though something before it of the same key was not is published again behind that. */
static void keep_order(struct batch *b)
{
    for (uint32_t i = 0; i < b->n; i++)
        for (uint32_t k = i + 1; waits(&b->events[i]) && k < b->n; k++)
            if (b->events[k].fate == EVENT_PUBLISHED && same_key(&b->events[i], &b->events[k]))
                b->events[k].fate = b->events[i].fate;
}

/* ---- taking ---- */

static void send_batch(struct publisher *p)
{
    struct batch *b = p->batch;
    actor_hold(p->actor);
    enter(p, SENDING);
    p->all->empty = false;
    p->batch_began = worker_now(p->worker);
    p->all->under_way = b->n;
    if (b->n > p->all->highest)
        p->all->highest = b->n;
    for (uint32_t i = 0, n = b->n; i < n; i++) /* the last report ends the batch */
        p->all->producer->send(p->all->producer, &b->events[i]);
}

static void on_taken(void *arg, const struct db_result *r)
{
    struct publisher *p = arg;
    if (!heard(p, r, "the outbox's events could not be read"))
        return;
    p->all->empty = r->status == DB_OK && !r->rows && !p->again;
    if (r->status == DB_OK && r->rows)
        p->batch = batch_create(p, r);
    if (p->batch)
        send_batch(p);
    else if (p->again)
        take_in(p, MS);
    else if (p->all->empty)
        take_in(p, (p->all->drain_by ? BUSY_MS : IDLE_MS) * MS);
    else
        take_in(p, AGAIN_S * SECOND);
}

static void take(struct publisher *p)
{
    struct db_params params = { 0 };
    struct buf without = { 0 };
    if (p->phase != IDLE || !p->all->producer)
        return;
    closed_topics_put(&p->closed, worker_now(p->worker), &without);
    db_param_text(&params, buf_view(&without));
    db_param_int4(&params, EVENTS_MOST);
    db_param_int8(&params, EVENT_BYTES_MOST);
    enter(p, TAKING);
    p->again = false;
    if (!p->all->writing || without.failed || !ask(p, db_reading(p->worker), &OUTBOX_EVENTS_TAKE, &params, on_taken))
        take_in(p, AGAIN_S * SECOND);
    buf_fini(&without);
}

/* ---- telling the rows ---- */

static uint64_t pause_ms(struct publisher *p)
{
    uint64_t ms = PAUSE_MS;
    for (uint32_t i = 0; i < p->pauses && ms < PAUSE_MOST_MS; i++)
        ms *= 2;
    p->pauses++;
    return ms / 2 + worker_random(p->worker) % (ms / 2 + 1);
}

static bool any(const struct batch *b, enum event_fate fate)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (b->events[i].fate == fate)
            return true;
    return false;
}

/* Every row is as its event's fate says. */
static void told(struct publisher *p)
{
    bool later = any(p->batch, EVENT_LATER), full = p->batch->full;
    batch_end(p);
    enter(p, IDLE);
    if (!later)
        p->pauses = 0;
    if (later)
        take_in(p, pause_ms(p) * MS);
    else if (full || p->all->drain_by)
        take(p);
    else
        take_in(p, BUSY_MS * MS);
}

/* Those of one fate, or the first of them alone, are told. */
static void mark_told(struct batch *b, enum event_fate fate, bool one)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (b->events[i].fate == fate && !b->events[i].told) {
            b->events[i].told = true;
            if (one)
                return;
        }
}

static void after_telling(struct publisher *p, const struct db_result *r, enum event_fate fate)
{
    if (!heard(p, r, "the outbox does not take what has become of its events"))
        return;
    if (r->status != DB_OK) {
        actor_timer(p->actor, TELL_TIMER, AGAIN_S * SECOND);
        return;
    }
    mark_told(p->batch, fate, fate == EVENT_REFUSED);
    tell(p);
}

static void on_done(void *arg, const struct db_result *r)
{
    after_telling(arg, r, EVENT_PUBLISHED);
}

static void on_dead(void *arg, const struct db_result *r)
{
    after_telling(arg, r, EVENT_REFUSED);
}

/* The numbers of the published ones, comma separated. */
static void put_published(const struct batch *b, struct buf *out)
{
    for (uint32_t i = 0; i < b->n; i++) {
        const struct event *e = &b->events[i];
        if (e->fate != EVENT_PUBLISHED || e->told)
            continue;
        buf_puts(out, out->n ? "," : "");
        buf_int(out, e->seq);
    }
}

static const struct event *next_dead(const struct batch *b)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (b->events[i].fate == EVENT_REFUSED && !b->events[i].told)
            return &b->events[i];
    return NULL;
}

/* One statement after another, until all is told. */
static void tell(struct publisher *p)
{
    struct db_params params = { 0 };
    struct buf seqs = { 0 };
    const struct event *dead = next_dead(p->batch);
    bool asked = true;
    put_published(p->batch, &seqs);
    if (seqs.n) {
        db_param_text(&params, buf_view(&seqs));
        asked = !seqs.failed && ask(p, db_reading(p->worker), &OUTBOX_EVENTS_DONE, &params, on_done);
    } else if (dead) {
        db_param_int8(&params, dead->seq);
        db_param_text(&params, text_of(dead->why));
        asked = ask(p, db_reading(p->worker), &OUTBOX_EVENT_DEAD, &params, on_dead);
    } else if (!seqs.failed) {
        told(p);
    }
    if (!asked || seqs.failed)
        actor_timer(p->actor, TELL_TIMER, AGAIN_S * SECOND);
    buf_fini(&seqs);
}

/* ---- reports ---- */

/* Counts what has become of an event, and closes or opens its topic. */
static void judge(struct publisher *p, const struct event *e)
{
    p->all->fates[e->fate]++;
    if (e->fate == EVENT_CLOSED && closed_topics_add(&p->closed, e->topic, worker_now(p->worker)))
        log_warn("a topic does not take events: they wait", F_STR("topic", e->topic), F_STR("why", e->why));
    else if (e->fate == EVENT_PUBLISHED && closed_topics_remove(&p->closed, e->topic))
        log_info("a topic takes events again", F_STR("topic", e->topic));
    else if (e->fate == EVENT_REFUSED)
        log_warn("an event is given up", F_STR("topic", e->topic), F_STR("id", e->id), F_STR("why", e->why));
}

static void settle_batch(struct publisher *p)
{
    for (uint32_t i = 0; i < p->batch->n; i++)
        judge(p, &p->batch->events[i]);
    keep_order(p->batch);
    enter(p, TELLING);
    tell(p);
}

void publisher_settle(struct event *e, enum event_fate fate, const char *why)
{
    struct publisher *p = e->publisher;
    e->fate = (uint8_t)fate;
    e->why = why;
    e->reported = true;
    if (fate != EVENT_PUBLISHED)
        p->last_why = why;
    if (--p->batch->unreported == 0)
        settle_batch(p);
}

static void settle_open(struct publisher *p, enum event_fate fate, const char *why)
{
    struct batch *b = p->batch;
    for (uint32_t i = 0, n = b->n; p->phase == SENDING && i < n; i++)
        if (!b->events[i].reported)
            publisher_settle(&b->events[i], fate, why);
}

void publisher_lost(struct worker *w, const char *why)
{
    struct publisher *p = worker_publishing(w)->publisher;
    if (p && p->phase == SENDING)
        settle_open(p, EVENT_LATER, why);
}

/* Kafka is there, and does not answer for all. */
static void give_up_late(struct publisher *p)
{
    if (p->phase != SENDING || p->all->producer->away || worker_now(p->worker) - p->batch_began < PATIENCE_S * SECOND)
        return;
    p->all->producer->forget(p->all->producer);
    settle_open(p, EVENT_CLOSED, "no answer");
}

/* ---- the bound ---- */

static void say_dropped(struct publisher *p)
{
    uint64_t now = worker_now(p->worker);
    if (!p->unsaid || (p->dropped_said && now - p->dropped_said < SAY_S * SECOND))
        return;
    log_warn("more events wait than the outbox keeps: the oldest are dropped", F_INT("dropped", (int64_t)p->unsaid),
             F_INT("since_start", (int64_t)p->all->dropped), F_INT("rows", options.rows),
             F_INT("bytes", options.bytes));
    p->dropped_said = now;
    p->unsaid = 0;
}

static void on_trimmed(void *arg, const struct db_result *r)
{
    struct publisher *p = arg;
    if (!heard(p, r, "the outbox's oldest events could not be dropped") || r->status != DB_OK)
        return;
    uint64_t dropped = (uint64_t)db_int(r, 0, OUTBOX_EVENTS_TRIM_DROPPED);
    p->all->dropped += dropped;
    p->unsaid += dropped;
    say_dropped(p);
}

static void trim(struct publisher *p)
{
    struct db_params params = { 0 };
    db_param_int8(&params, options.rows);
    db_param_int8(&params, options.bytes);
    (void)ask(p, db_slow(p->worker), &OUTBOX_EVENTS_TRIM, &params, on_trimmed); /* or in five seconds */
}

static void on_looked(void *arg, const struct db_result *r)
{
    struct publisher *p = arg;
    if (!heard(p, r, "the outbox's events could not be counted") || r->status != DB_OK)
        return;
    p->all->rows = db_int(r, 0, OUTBOX_EVENTS_LOOK_ROWS);
    p->all->bytes = db_int(r, 0, OUTBOX_EVENTS_LOOK_BYTES);
    if (p->all->writing && (p->all->rows > options.rows || p->all->bytes > options.bytes))
        trim(p);
    else
        say_dropped(p);
}

static void look(struct publisher *p)
{
    struct db_params none = { 0 };
    actor_timer(p->actor, LOOK_TIMER, LOOK_S * SECOND);
    give_up_late(p);
    (void)ask(p, db_slow(p->worker), &OUTBOX_EVENTS_LOOK, &none, on_looked); /* or in five seconds */
}

/* ---- without a producer ---- */

static void on_expired(void *arg, const struct db_result *r)
{
    struct publisher *p = arg;
    if (!heard(p, r, "old events could not be forgotten") || r->status != DB_OK)
        return;
    if (db_int(r, 0, OUTBOX_EVENTS_EXPIRE_EXPIRED))
        log_warn("events are forgotten: there has been no Kafka for too long",
                 F_INT("count", db_int(r, 0, OUTBOX_EVENTS_EXPIRE_EXPIRED)));
}

static void tidy(struct publisher *p)
{
    struct db_params params = { 0 };
    actor_timer(p->actor, TIDY_TIMER, TIDY_S * SECOND);
    db_param_int4(&params, options.max_age_s);
    (void)ask(p, db_slow(p->worker), &OUTBOX_EVENTS_EXPIRE, &params, on_expired); /* or in ten minutes */
}

/* ---- the actor ---- */

static bool activate(struct actor *self)
{
    struct publisher *p = actor_state(self);
    struct worker *w = actor_worker(self);
    *p = (struct publisher){ .actor = self, .worker = w, .all = worker_publishing(w) };
    if (!p->all)
        return false;
    p->all->publisher = p;
    look(p);
    if (p->all->producer)
        take(p);
    else
        tidy(p);
    return true;
}

static void on_timer(struct publisher *p, int slot)
{
    if (slot == TAKE_TIMER)
        take(p);
    else if (slot == TELL_TIMER)
        tell(p);
    else if (slot == LOOK_TIMER)
        look(p);
    else
        tidy(p);
}

static enum receive receive(struct actor *self, struct message *m)
{
    struct publisher *p = actor_state(self);
    if (m->kind == MESSAGE_TIMER) {
        on_timer(p, ((struct actor_timer *)m->payload)->slot);
        return RECEIVED;
    }
    if (m->kind == MESSAGE_PUBLISHER_WAKE && ((struct publisher_wake *)m->payload)->stop && !p->all->drain_by) {
        p->all->drain_by = worker_now(p->worker) + DRAIN_S * SECOND;
        p->all->empty = false; /* what has been written lately is to be seen */
    }
    take(p);
    return RECEIVED;
}

/* Only its worker's end leaves a batch, and then the producer reports no more. */
static void passivate(struct actor *self)
{
    struct publisher *p = actor_state(self);
    p->gone = true;
    p->all->publisher = NULL;
    free(p->batch);
    p->batch = NULL;
}

static void describe(const struct actor *self, struct json *out)
{
    static const char *const names[] = {
#define EVENT_NAME(symbol, name) [EVENT_##symbol] = name,
        EVENT_FATES(EVENT_NAME)
#undef EVENT_NAME
    };
    const struct publisher *p = actor_state((struct actor *)self);
    json_bool(out, "producer", p->all->producer);
    json_bool(out, "away", p->all->producer && p->all->producer->away);
    json_str(out, "phase", phases[p->phase].name);
    json_int(out, "under_way", p->all->under_way);
    json_int(out, "rows", p->all->rows);
    json_int(out, "bytes", p->all->bytes);
    for (int i = 0; i < EVENT_FATE_COUNT; i++)
        json_int(out, names[i], (int64_t)p->all->fates[i]);
    json_int(out, "dropped", (int64_t)p->all->dropped);
    json_str(out, "last_why", p->last_why ? p->last_why : "");
    closed_topics_describe(&p->closed, worker_now(p->worker), out);
}

static const struct actor_kind kind = {
    .name = "publisher",
    .state_size = sizeof(struct publisher),
    .mailbox_limit = 64,
    .activate = activate,
    .receive = receive,
    .passivate = passivate,
    .describe = describe,
};

const struct actor_kind *publisher_kind(void)
{
    return &kind;
}

struct address publisher_address(void)
{
    return (struct address){ .kind = &kind, .id = 1 };
}

void publisher_setup(const struct publisher_options *o)
{
    options = *o;
}

void publisher_look_again(struct worker *w)
{
    struct publishing *all = worker_publishing(w);
    if (!all->publisher)
        return;
    all->empty = false;
    all->publisher->again = true;
    take(all->publisher);
}

bool publisher_drained(const struct worker *w)
{
    const struct publishing *all = worker_publishing(w);
    if (!all || !all->producer || all->producer->away)
        return true;
    return all->drain_by && (all->empty || worker_now(w) >= all->drain_by);
}

void publisher_wake(struct system *s, bool stop)
{
    struct message *m = message_create(MESSAGE_PUBLISHER_WAKE, sizeof(struct publisher_wake));
    if (!m)
        return;
    m->reply = NO_RETURN;
    ((struct publisher_wake *)m->payload)->stop = stop;
    bus_send(s, publisher_address(), m);
}
