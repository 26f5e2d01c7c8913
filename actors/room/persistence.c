/* Persistence: see persistence.h. Two queues of turns: `waiting`, and `flying` (the one batch under way). What must be
 * tried room by room goes back to the front of `waiting` with its length in `careful`.
 *
 *   waiting --send--> flying --OK--------------> released
 *      ^                |--RETRY, not sent-----> back to the front
 *      |                |--REFUSED, one room---> that room refused
 *      |                |--REFUSED, many-------> back to the front, careful
 *      +--not there-----+--LOST--settle--there-> released
 */
#include "actors/room/persistence.h"

#include "proto/base/log.h"
#include "proto/base/state.h"
#include "proto/config/config.h"
#include "proto/room.h"

#include <assert.h>
#include <stdlib.h>

enum { MILLISECOND = 1000 * 1000, TICK_NS = 50 * MILLISECOND };

struct turns {
    struct turn *head, **end;
    uint32_t n;
};

/* What is with the database: a batch, or the question whether the last one has been committed. Nothing else is sent before
 * that is known. */
enum batch_state { BATCH_NONE, BATCH_COMMITTING, BATCH_UNSETTLED, BATCH_SETTLING };

#define TO(state) STATE(BATCH_##state)
static const struct state_row states[] = {
    [BATCH_NONE] = { "none", TO(COMMITTING) },
    [BATCH_COMMITTING] = { "committing", TO(NONE) | TO(UNSETTLED) },
    [BATCH_UNSETTLED] = { "unsettled", TO(NONE) | TO(SETTLING) },
    [BATCH_SETTLING] = { "settling", TO(NONE) | TO(UNSETTLED) },
};

struct persistence {
    struct worker *worker;
    struct db *db;
    struct journal *journal;
    struct turns waiting, flying;
    uint32_t careful; /* so many turns at the front of `waiting` go one room at a time */
    enum batch_state batch;
    uint32_t batch_turns;
    uint64_t wait_ns, away_since; /* away_since: 0 while the database is there */
    bool refusing;                /* the last commits were refused for a passing reason, and that has been said */
    uint64_t retry_at;            /* the database refused for a passing reason: not before then; 0: at once */
    bool cut[WORKERS_MOST];       /* workers whose queue was full: cut their streams when it takes a message again */
    bool any_cut;
    uint64_t sent_at; /* the batch under way */
    struct persistence_stats stats;
    struct persistence_measures measures;
};

static void turns_init(struct turns *q)
{
    *q = (struct turns){ .end = &q->head };
}

static void turns_push(struct turns *q, struct turn *t)
{
    t->next = NULL;
    *q->end = t;
    q->end = &t->next;
    q->n++;
}

static struct turn *turns_pop(struct turns *q)
{
    struct turn *t = q->head;
    if (!t)
        return NULL;
    assert(q->n);
    q->head = t->next;
    q->n--;
    if (!q->head)
        q->end = &q->head;
    return t;
}

/* Puts all of `from` in front of `to`. */
static void turns_put_back(struct turns *to, struct turns *from)
{
    if (!from->head)
        return;
    *from->end = to->head;
    if (!to->head)
        to->end = from->end;
    to->head = from->head;
    to->n += from->n;
    turns_init(from);
}

static void enter(struct persistence *p, enum batch_state to)
{
    p->batch = state_next(states, p->batch, to);
}

/* A batch, or the question what became of it, is with the database. */
static bool under_way(const struct persistence *p)
{
    return p->batch == BATCH_COMMITTING || p->batch == BATCH_SETTLING;
}

/* `flying` may have been committed. */
static bool unsettled(const struct persistence *p)
{
    return p->batch == BATCH_UNSETTLED || p->batch == BATCH_SETTLING;
}

static void send_next(struct persistence *p);
static void on_tick(void *arg);
static void at_end_of_turn(void *arg);

struct persistence *persistence_create(struct worker *w, uint32_t batch_turns, uint64_t wait_ns)
{
    struct persistence *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->journal = journal_create();
    if (!p->journal) {
        free(p);
        return NULL;
    }
    p->worker = w;
    p->db = db_writing(w);
    p->batch_turns = batch_turns;
    p->wait_ns = wait_ns;
    turns_init(&p->waiting);
    turns_init(&p->flying);
    worker_every(w, TICK_NS, on_tick, p);
    worker_at_end_of_turn(w, at_end_of_turn, p);
    return p;
}

void persistence_destroy(struct persistence *p)
{
    if (!p)
        return;
    for (struct turn *t; (t = turns_pop(&p->flying)) || (t = turns_pop(&p->waiting));)
        turn_refuse(t, ERROR_UNAVAILABLE);
    journal_destroy(p->journal);
    free(p);
}

/* Takes one room's turns out of a queue and refuses them. */
static void refuse_actor(struct persistence *p, struct turns *q, struct actor *a, enum error why)
{
    struct turns keep;
    turns_init(&keep);
    for (struct turn *t; (t = turns_pop(q));) {
        if (t->actor == a) {
            p->stats.refused++;
            turn_refuse(t, why);
        } else {
            turns_push(&keep, t);
        }
    }
    turns_put_back(q, &keep);
}

/* A turn of this room cannot be kept: neither can the later ones, which were judged by it. The room is built anew, once
 * what is with the database has come back. */
static void fail_actor(struct persistence *p, struct actor *a, enum error why, const char *reason)
{
    actor_hold(a);
    if (!under_way(p))
        refuse_actor(p, &p->flying, a, why);
    refuse_actor(p, &p->waiting, a, why);
    p->careful = p->careful < p->waiting.n ? p->careful : p->waiting.n;
    actor_fail(a, reason);
    actor_unhold(a);
}

void persistence_submit(struct persistence *p, struct turn *t)
{
    t->submitted = worker_now(p->worker);
    turns_push(&p->waiting, t);
    if (p->waiting.n > p->stats.highest)
        p->stats.highest = p->waiting.n;
    p->stats.full += p->waiting.n > PERSISTENCE_TURNS;
    if (t->failed || p->waiting.n > PERSISTENCE_TURNS)
        fail_actor(p, t->actor, ERROR_OVERLOADED, t->failed ? "no memory" : "too much waits for its commit");
}

bool persistence_accepts(const struct persistence *p)
{
    return !p->away_since || worker_now(p->worker) - p->away_since <= p->wait_ns;
}

/* Moves the next batch from waiting to flying and fills the journal. False without memory: the batch is put back. */
static bool gather(struct persistence *p)
{
    struct actor *only = p->careful ? p->waiting.head->actor : NULL;
    uint32_t careful = p->careful;
    assert(p->batch == BATCH_NONE && !p->flying.n);
    journal_reset(p->journal);
    while (p->waiting.head && p->flying.n < p->batch_turns) {
        struct turn *t = p->waiting.head;
        if (only && (!careful || t->actor != only))
            break;
        if (!journal_add(p->journal, buf_view(&t->rows))) {
            turns_put_back(&p->waiting, &p->flying);
            return false;
        }
        careful -= careful > 0;
        turns_push(&p->flying, turns_pop(&p->waiting));
    }
    p->careful = careful;
    return true;
}

/* What may be said now: the batch that has committed, and what stands behind it without rows. */
static void take_done(struct persistence *p, struct turns *done)
{
    turns_put_back(done, &p->flying);
    while (p->waiting.head && !p->waiting.head->rows.n) {
        p->careful -= p->careful > 0;
        turns_push(done, turns_pop(&p->waiting));
    }
}

/* A turn is measured here, where its memory is looked at anyway. */
static void release_all(struct persistence *p, struct turns *q)
{
    for (struct turn *t; (t = turns_pop(q));) {
        if (t->rows.n)
            histogram_add_ns(&p->measures.publish_commit_us, t->submitted, worker_now(p->worker));
        turn_release(t);
    }
}

/* Releases turns at the front that have nothing to store: nothing of their room is before them. */
static void release_ready(struct persistence *p)
{
    struct turns done;
    turns_init(&done);
    if (!p->flying.n)
        take_done(p, &done);
    release_all(p, &done);
}

/* Puts the batch under way back; `careful`: it goes room by room from now on. */
static void put_back(struct persistence *p, bool careful)
{
    p->stats.retried++;
    p->careful = careful ? p->flying.n : p->careful ? p->careful + p->flying.n : 0;
    turns_put_back(&p->waiting, &p->flying);
}

static bool one_room(const struct turns *q)
{
    for (const struct turn *t = q->head; t; t = t->next)
        if (t->actor != q->head->actor)
            return false;
    return true;
}

static void on_refused(struct persistence *p, const struct db_result *r)
{
    if (!one_room(&p->flying)) {
        put_back(p, true);
        return;
    }
    struct address a = actor_address(p->flying.head->actor);
    log_error("batch refused", F_STR("kind", a.kind->name), F_INT("id", a.id), F_STR("sqlstate", r->sqlstate),
              F_STR("constraint", r->constraint));
    fail_actor(p, p->flying.head->actor, ERROR_UNAVAILABLE, "the database refused what it wrote");
}

static void measure(struct persistence *p)
{
    struct persistence_measures *m = &p->measures;
    uint64_t now = worker_now(p->worker);
    histogram_add_ns(&m->commit_us, p->sent_at, now);
    histogram_add(&m->batch_turns, p->flying.n);
}

/* The batch's own result, after its commit. The next batch leaves before this one is released. */
static void on_batch(void *arg, const struct db_result *r)
{
    struct persistence *p = arg;
    enter(p, r->status == DB_LOST ? BATCH_UNSETTLED : BATCH_NONE);
    p->retry_at = 0;
    struct turns done;
    turns_init(&done);
    switch (r->status) {
    case DB_OK:
        p->stats.batches++;
        p->stats.turns += p->flying.n;
        measure(p);
        if (p->refusing)
            log_info("commits are taken again");
        p->refusing = false;
        take_done(p, &done);
        break;
    case DB_LOST:
        break;
    case DB_REFUSED:
        on_refused(p, r);
        break;
    case DB_AWAY:
    case DB_RETRY:
        if (!p->refusing)
            log_warn("commits are refused for now", F_STR("sqlstate", r->sqlstate));
        p->refusing = true;
        put_back(p, false);
        p->retry_at = worker_now(p->worker) + TICK_NS;
        return;
    }
    send_next(p);
    release_all(p, &done);
}

static void on_settled(void *arg, const struct db_result *r)
{
    struct persistence *p = arg;
    enter(p, r->status == DB_OK ? BATCH_NONE : BATCH_UNSETTLED);
    if (p->batch == BATCH_UNSETTLED)
        return; /* asked again at the next tick */
    p->stats.settled++;
    if (r->rows && db_bool(r, 0, 0)) {
        struct turns done;
        turns_init(&done);
        take_done(p, &done);
        send_next(p);
        release_all(p, &done);
    } else {
        put_back(p, false);
        send_next(p);
    }
}

/* Asks whether the batch whose answer was lost has been committed, by an event of it. A batch without any holds only
 * rows that may as well be written twice. */
static void settle(struct persistence *p)
{
    struct turn *t = p->flying.head;
    while (t && !t->settle)
        t = t->next;
    if (!t) {
        enter(p, BATCH_NONE);
        put_back(p, false);
        return;
    }
    struct db_params params = { 0 };
    db_param_int4(&params, (int32_t)t->settle_id);
    db_param_int8(&params, t->settle_seq);
    if (db_query(p->db, t->settle, &params, on_settled, p))
        enter(p, BATCH_SETTLING);
}

static void send_next(struct persistence *p)
{
    if (under_way(p))
        return;
    release_ready(p);
    if (p->batch == BATCH_NONE && !p->waiting.head)
        return;
    if (!db_up(p->db) || worker_now(p->worker) < p->retry_at)
        return;
    if (p->batch == BATCH_UNSETTLED) {
        settle(p);
        if (p->batch != BATCH_NONE)
            return;
        release_ready(p);
        if (!p->waiting.head)
            return;
    }
    const struct db_step *steps;
    int n;
    if (!gather(p) || !journal_steps(p->journal, &steps, &n)) {
        put_back(p, false);
        return;
    }
    assert(n > 0);
    p->sent_at = worker_now(p->worker);
    if (db_batch(p->db, steps, n, on_batch, p))
        enter(p, BATCH_COMMITTING);
    else
        put_back(p, false);
}

static void at_end_of_turn(void *arg)
{
    send_next(arg);
}

/* The oldest turn that has waited too long for a database that is away or refuses for passing reasons, or NULL. */
static struct turn *overdue(struct persistence *p)
{
    if (db_up(p->db) && !p->retry_at && !unsettled(p))
        return NULL;
    uint64_t now = worker_now(p->worker);
    struct turn *t = p->flying.head && !under_way(p) ? p->flying.head : p->waiting.head;
    return t && now - t->submitted > p->wait_ns ? t : NULL;
}

static void retry_cuts(struct persistence *p)
{
    struct system *s = worker_system(p->worker);
    p->any_cut = false;
    for (int w = 0; w < system_workers(s); w++) {
        if (!p->cut[w])
            continue;
        struct message *m = message_create(MESSAGE_ROOM_CUT, sizeof(struct room_cut));
        if (m && bus_to_ingress(s, w, m)) {
            p->cut[w] = false;
            continue;
        }
        message_destroy(m);
        p->any_cut = true;
    }
}

static void on_tick(void *arg)
{
    struct persistence *p = arg;
    if (p->any_cut)
        retry_cuts(p);
    for (struct turn *t; (t = overdue(p));)
        fail_actor(p, t->actor, ERROR_UNAVAILABLE, p->refusing ? "database refuses" : "database away");
    send_next(p);
}

void persistence_deliver(struct persistence *p, struct message *m)
{
    int w = m->reply.worker;
    assert(!m->reply.node && w >= 0 && w < 64);
    if (!p->cut[w] && bus_to_ingress(worker_system(p->worker), w, m))
        return;
    message_destroy(m);
    p->stats.cut_workers += !p->cut[w];
    p->cut[w] = p->any_cut = true;
}

void persistence_db_up(struct persistence *p, bool up)
{
    p->away_since = up ? 0 : worker_now(p->worker);
    if (up)
        send_next(p);
}

bool persistence_idle(const struct persistence *p)
{
    return !p->waiting.n && !p->flying.n;
}

struct persistence_stats persistence_stats(const struct persistence *p)
{
    struct persistence_stats s = p->stats;
    s.waiting = p->waiting.n;
    s.in_flight = p->flying.n;
    s.refusing = p->refusing;
    return s;
}

const struct persistence_measures *persistence_measures(const struct persistence *p)
{
    return &p->measures;
}

static uint64_t turns_memory(const struct turns *q)
{
    uint64_t bytes = 0;
    for (const struct turn *t = q->head; t; t = t->next)
        bytes += sizeof *t + t->rows.cap + t->events.cap;
    return bytes;
}

uint64_t persistence_memory(const struct persistence *p)
{
    return sizeof *p + journal_memory(p->journal) + turns_memory(&p->waiting) + turns_memory(&p->flying);
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    struct persistence *p =
        persistence_create(w, (uint32_t)config.batch_turns, (uint64_t)config.write_wait * MILLISECOND);
    worker_set_service(w, SERVICE_PERSISTENCE, p);
    return p;
}

static bool part_drained(struct worker *w)
{
    return persistence_idle(worker_persistence(w));
}

static void part_close(struct worker *w)
{
    persistence_destroy(worker_persistence(w));
}

static void part_writing(struct worker *w, bool up)
{
    if (worker_persistence(w))
        persistence_db_up(worker_persistence(w), up);
}

static void part_describe(struct worker *w, struct json *out)
{
    struct persistence_stats p = persistence_stats(worker_persistence(w));
    json_int(out, "batches", (int64_t)p.batches);
    json_int(out, "turns", (int64_t)p.turns);
    json_int(out, "writes_waiting", p.waiting);
    json_int(out, "refused_writes", (int64_t)p.refused);
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct persistence_stats s = persistence_stats(worker_persistence(w));
    *ret = (struct queue_numbers){ PERSISTENCE_TURNS, s.waiting, s.highest, (int64_t)s.full };
}

static const struct queue_row queues[] = {
    { "turns", "turns waiting for their commit, per worker", "65536, `write-wait`", "503, the room is rebuilt",
      read_queue },
    { 0 },
};

static const struct memory_row memory[] = {
    { "turns", "what rooms have said and is not committed" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    struct persistence_stats s = persistence_stats(worker_persistence(w));
    *ret = (struct memory_amount){ s.waiting + s.in_flight, persistence_memory(worker_persistence(w)) };
}

const struct part persistence_part = {
    .name = "persistence",
    .open = part_open,
    .drained = part_drained,
    .close = part_close,
    .writing = part_writing,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
};
