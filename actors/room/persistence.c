/* Persistence: see persistence.h. One batch of turns is with the database at a time; the others wait in their lines (uncommitted.h).
 *
 *   waiting --send--> flying --OK--------------> released
 *      ^                |--RETRY, not sent-----> back to the front
 *      |                |--REFUSED, one room---> that room refused
 *      |                |--REFUSED, many-------> back to the front, suspect
 *      +--not there-----+--LOST--settle--there-> released
 */
#include "actors/room/persistence.h"

#include "actors/room/uncommitted.h"
#include "proto/base/log.h"
#include "proto/base/state.h"
#include "proto/config/config.h"
#include "proto/room.h"

#include <assert.h>
#include <stdlib.h>

enum { MILLISECOND = 1000 * 1000, TICK_NS = 50 * MILLISECOND };

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
    struct persistence_options o;
    struct uncommitted uncommitted;
    struct turns ready; /* behind nothing and with nothing to store: released at the end of the loop turn */
    enum batch_state batch;
    uint64_t away_since;    /* 0 while the database is there */
    bool refusing;          /* the last commits were refused for a passing reason, and that has been said */
    uint64_t retry_at;      /* the database refused for a passing reason: not before then; 0: at once */
    bool cut[WORKERS_MOST]; /* workers whose queue was full: cut their streams when it takes a message again */
    bool any_cut;
    uint64_t sent_at; /* the batch under way */
    uint32_t late;    /* batches in a row that ran into the time limit */
    struct persistence_stats stats;
    struct persistence_measures measures;
};

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

struct persistence *persistence_create(struct worker *w, const struct persistence_options *o)
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
    p->o = *o;
    turns_init(&p->ready);
    uncommitted_init(&p->uncommitted);
    worker_every(w, TICK_NS, on_tick, p);
    worker_at_end_of_turn(w, at_end_of_turn, p);
    return p;
}

static void refuse_all(struct turns *q, enum error why)
{
    for (struct turn *t; (t = turns_pop(q));)
        turn_refuse(t, why);
}

void persistence_destroy(struct persistence *p)
{
    if (!p)
        return;
    refuse_all(&p->ready, ERROR_UNAVAILABLE);
    for (int i = 0; i < LINE_BUCKETS; i++)
        for (struct line *l; (l = p->uncommitted.by_actor[i]);) {
            refuse_all(&l->flying, ERROR_UNAVAILABLE);
            refuse_all(&l->waiting, ERROR_UNAVAILABLE);
            uncommitted_done(&p->uncommitted, l);
        }
    journal_destroy(p->journal);
    free(p);
}

/* A turn of this room cannot be kept: neither can the later ones, which were judged by it. The room is built anew, once
 * what is with the database has come back. */
static void fail_line(struct persistence *p, struct line *l, enum error why, const char *reason)
{
    struct actor *a = l->actor;
    struct turns lost;
    turns_init(&lost);
    actor_hold(a);
    if (l->flying.n && !under_way(p))
        uncommitted_take_flying(&p->uncommitted, l, &lost);
    if (l->waiting.n)
        uncommitted_take_waiting(&p->uncommitted, l, &lost);
    uncommitted_done(&p->uncommitted, l);
    p->stats.refused += lost.n;
    refuse_all(&lost, why);
    actor_fail(a, reason);
    actor_unhold(a);
}

static void refuse_unkept(struct persistence *p, struct turn *t)
{
    struct actor *a = t->actor;
    actor_hold(a);
    p->stats.refused++;
    turn_refuse(t, ERROR_OVERLOADED);
    actor_fail(a, "no memory");
    actor_unhold(a);
}

void persistence_submit(struct persistence *p, struct turn *t)
{
    struct uncommitted *all = &p->uncommitted;
    struct line *l = uncommitted_of(all, t->actor);
    t->submitted = worker_now(p->worker);
    if (!t->failed && !t->rows.n && !l) {
        turns_push(&p->ready, t);
        return;
    }
    if (!l && !(l = uncommitted_add(all, t->actor))) {
        refuse_unkept(p, t);
        return;
    }
    t->nrows = t->failed ? 0 : journal_count(buf_view(&t->rows));
    uncommitted_wait(all, l, t);
    if (all->nwaiting > p->stats.highest)
        p->stats.highest = all->nwaiting;
    if (t->failed)
        fail_line(p, l, ERROR_OVERLOADED, "no memory");
    if (all->nwaiting <= PERSISTENCE_TURNS)
        return;
    p->stats.full++;
    fail_line(p, uncommitted_longest(all), ERROR_OVERLOADED, "too much waits for its commit");
}

bool persistence_crowded(const struct persistence *p, const struct actor *a)
{
    const struct line *l = uncommitted_of(&p->uncommitted, a);
    return l && l->rows >= PERSISTENCE_ROOM_ROWS;
}

bool persistence_accepts(const struct persistence *p)
{
    return !p->away_since || worker_now(p->worker) - p->away_since <= p->o.wait_ns;
}

/* ---- what has become of it ---- */

/* A turn is measured here, where its memory is looked at anyway. */
static void release_all(struct persistence *p, struct turns *q)
{
    for (struct turn *t; (t = turns_pop(q));) {
        if (t->rows.n)
            histogram_add_ns(&p->measures.publish_commit_us, t->submitted, worker_now(p->worker));
        turn_release(t);
    }
}

static void put_back(struct persistence *p, bool suspect)
{
    p->stats.retried++;
    uncommitted_put_back(&p->uncommitted, suspect);
}

static void on_refused(struct persistence *p, const struct db_result *r, const char *reason)
{
    struct line *l = p->uncommitted.flying;
    if (l->next_flying) {
        put_back(p, true);
        return;
    }
    struct address a = actor_address(l->actor);
    log_error("batch refused", F_STR("kind", a.kind->name), F_INT("id", a.id), F_STR("sqlstate", r->sqlstate),
              F_STR("constraint", r->constraint));
    fail_line(p, l, ERROR_UNAVAILABLE, reason);
}

/* It ran for as long as a statement may: what it wrote was too much, or somebody's is locked. */
static bool timed_out(const struct persistence *p, const struct db_result *r)
{
    return !strcmp(r->sqlstate, "57014") && p->o.statement_ns &&
           worker_clock(p->worker) - p->sent_at >= p->o.statement_ns;
}

/* Nobody else has committed meanwhile, so it may be the database: others are tried first, if there are any. False: the
 * database lets nobody through. */
static bool try_others(struct persistence *p)
{
    struct line *l = p->uncommitted.flying;
    const struct line *front = p->uncommitted.first;
    bool others = front && (front != l || front->after);
    if (l->next_flying) {
        put_back(p, true);
        return true;
    }
    put_back(p, false);
    if (!others)
        return false;
    uncommitted_let_go_first(&p->uncommitted, l);
    return true;
}

/* A room is at fault that runs into the time limit again while others have committed. False: it is for passing reasons. */
static bool on_timed_out(struct persistence *p, const struct db_result *r)
{
    enum { LATE_MOST = 3 }; /* in a row */
    struct line *first = p->uncommitted.flying;
    if (!first->next_flying && first->late && p->stats.batches >= first->late) {
        on_refused(p, r, "what it wrote took the database too long");
        return true;
    }
    if (++p->late >= LATE_MOST)
        return false;
    for (struct line *l = first; l; l = l->next_flying)
        l->late = p->stats.batches + 1;
    return try_others(p);
}

static void measure(struct persistence *p)
{
    struct persistence_measures *m = &p->measures;
    uint64_t now = worker_now(p->worker);
    histogram_add_ns(&m->commit_us, p->sent_at, now);
    histogram_add(&m->batch_turns, p->uncommitted.nflying);
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
        p->late = 0;
        p->stats.turns += p->uncommitted.nflying;
        measure(p);
        if (p->refusing)
            log_info("commits are taken again");
        p->refusing = false;
        uncommitted_commit(&p->uncommitted, &done);
        break;
    case DB_LOST:
        break;
    case DB_REFUSED:
        on_refused(p, r, "the database refused what it wrote");
        break;
    case DB_AWAY:
    case DB_RETRY:
        if (timed_out(p, r) && on_timed_out(p, r))
            break;
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
        uncommitted_commit(&p->uncommitted, &done);
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
    struct turn *t = NULL;
    for (struct line *l = p->uncommitted.flying; l && !t; l = l->next_flying)
        for (t = l->flying.head; t && !t->settle; t = t->next)
            ;
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
    if (under_way(p) || (p->batch == BATCH_NONE && !p->uncommitted.first))
        return;
    if (!db_up(p->db) || worker_now(p->worker) < p->retry_at)
        return;
    if (p->batch == BATCH_UNSETTLED) {
        settle(p);
        if (p->batch != BATCH_NONE || !p->uncommitted.first)
            return;
    }
    const struct db_step *steps;
    int n;
    const struct amount most = { p->o.turns, p->o.rows, p->o.bytes };
    if (!uncommitted_fill(&p->uncommitted, p->journal, most) || !journal_steps(p->journal, &steps, &n)) {
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
    struct persistence *p = arg;
    send_next(p);
    release_all(p, &p->ready);
}

/* Has the line's oldest turn waited too long? */
static bool overdue(const struct persistence *p, const struct line *l)
{
    const struct turn *t = l->flying.head && !under_way(p) ? l->flying.head : l->waiting.head;
    return t && worker_now(p->worker) - t->submitted > p->o.wait_ns;
}

/* Rooms that have waited too long for a database that is away or refuses for passing reasons. */
static void fail_overdue(struct persistence *p)
{
    const char *reason = p->refusing ? "database refuses" : "database away";
    struct line *next;
    if (db_up(p->db) && !p->retry_at && !unsettled(p))
        return;
    for (struct line *l = under_way(p) ? NULL : p->uncommitted.flying; l; l = next) {
        next = l->next_flying;
        if (overdue(p, l))
            fail_line(p, l, ERROR_UNAVAILABLE, reason);
    }
    for (struct line *l = p->uncommitted.first; l; l = next) {
        next = l->after;
        if (overdue(p, l))
            fail_line(p, l, ERROR_UNAVAILABLE, reason);
    }
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
    fail_overdue(p);
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
    return !p->uncommitted.nwaiting && !p->uncommitted.nflying && !p->ready.n;
}

struct persistence_stats persistence_stats(const struct persistence *p)
{
    struct persistence_stats s = p->stats;
    s.waiting = p->uncommitted.nwaiting + p->ready.n;
    s.in_flight = p->uncommitted.nflying;
    s.refusing = p->refusing;
    return s;
}

const struct persistence_measures *persistence_measures(const struct persistence *p)
{
    return &p->measures;
}

uint64_t persistence_memory(const struct persistence *p)
{
    return sizeof *p + journal_memory(p->journal) + turns_memory(&p->ready) + uncommitted_memory(&p->uncommitted);
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    const struct persistence_options o = { .turns = (uint32_t)config.batch_turns,
                                           .rows = (uint32_t)config.batch_rows,
                                           .bytes = (uint64_t)config.batch_bytes,
                                           .wait_ns = (uint64_t)config.write_wait * MILLISECOND,
                                           .statement_ns = (uint64_t)config.statement_timeout * MILLISECOND };
    struct persistence *p = persistence_create(w, &o);
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
    { "room_rows", "rows of one room that wait for their commit", "32768",
      "its commands get `OVERLOADED` (503), but for what writes nothing",
      "the room's own people, `budget-actions` each; other rooms go on", NULL },
    { "turns", "turns waiting for their commit, per worker", "65536, `write-wait`",
      "503, the room with most of them is rebuilt",
      "all who act, `budget-actions` each; a batch takes a share of each room", read_queue },
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
