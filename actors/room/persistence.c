/* Persistence: see persistence.h. The turns of a room wait in its line, and lines with waiting turns stand in the round.
 * A batch is filled going round: each line gives its share and goes to the back. What a batch has taken of a line is its
 * `flying`. Lines that must be tried one by one are `suspect`, and stand at the front.
 *
 *   waiting --send--> flying --OK--------------> released
 *      ^                |--RETRY, not sent-----> back to the front
 *      |                |--REFUSED, one room---> that room refused
 *      |                |--REFUSED, many-------> back to the front, suspect
 *      +--not there-----+--LOST--settle--there-> released
 */
#include "actors/room/persistence.h"

#include "proto/base/log.h"
#include "proto/base/state.h"
#include "proto/config/config.h"
#include "proto/room.h"

#include <assert.h>
#include <stdlib.h>

enum { MILLISECOND = 1000 * 1000, TICK_NS = 50 * MILLISECOND, LINE_BUCKETS = 4096 };

struct turns {
    struct turn *head, **end;
    uint32_t n;
};

/* What one room has said and is not committed. */
struct line {
    struct actor *actor;
    struct turns flying, waiting; /* flying: of the batch under way, whose lines `next_flying` links */
    struct line *before, *after;  /* in the round, if anything waits */
    struct line *next_flying, *next_of_bucket;
    uint64_t rows; /* of all its turns */
    uint64_t
        late; /* batches committed, and one, when it last ran into the time limit; 0: not since it last committed */
    bool suspect;
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
    struct persistence_options o;
    struct line *by_actor[LINE_BUCKETS];
    struct line *first, *last; /* the round */
    struct line *flying, **flying_end;
    struct turns ready; /* behind nothing and with nothing to store: released at the end of the loop turn */
    uint32_t lines;     /* of the round */
    uint32_t nwaiting, nflying;
    uint32_t suspects; /* so many lines at the front of the round are tried one by one */
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

/* ---- lines ---- */

static uint32_t bucket_of(const struct actor *a)
{
    return (uint32_t)((uintptr_t)a * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

static struct line *line_of(const struct persistence *p, const struct actor *a)
{
    struct line *l = p->by_actor[bucket_of(a)];
    while (l && l->actor != a)
        l = l->next_of_bucket;
    return l;
}

/* NULL without memory. */
static struct line *line_create(struct persistence *p, struct actor *a)
{
    struct line **bucket = &p->by_actor[bucket_of(a)], *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->actor = a;
    turns_init(&l->waiting);
    turns_init(&l->flying);
    l->next_of_bucket = *bucket;
    *bucket = l;
    return l;
}

/* Frees a line of which nothing is left. */
static void line_done(struct persistence *p, struct line *l)
{
    struct line **at = &p->by_actor[bucket_of(l->actor)];
    if (l->waiting.n || l->flying.n)
        return;
    while (*at != l)
        at = &(*at)->next_of_bucket;
    *at = l->next_of_bucket;
    free(l);
}

/* Puts a line into the round behind another; NULL: at the front. */
static void round_put(struct persistence *p, struct line *l, struct line *before)
{
    l->before = before;
    l->after = before ? before->after : p->first;
    *(l->before ? &l->before->after : &p->first) = l;
    *(l->after ? &l->after->before : &p->last) = l;
    p->lines++;
}

static void round_take(struct persistence *p, struct line *l)
{
    *(l->before ? &l->before->after : &p->first) = l->after;
    *(l->after ? &l->after->before : &p->last) = l->before;
    p->lines--;
    p->suspects -= l->suspect;
    l->suspect = false;
}

static void flying_init(struct persistence *p)
{
    p->flying = NULL;
    p->flying_end = &p->flying;
    p->nflying = 0;
}

static uint64_t turns_rows(const struct turns *q)
{
    uint64_t rows = 0;
    for (const struct turn *t = q->head; t; t = t->next)
        rows += t->nrows;
    return rows;
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
    flying_init(p);
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
        for (struct line *l; (l = p->by_actor[i]);) {
            refuse_all(&l->flying, ERROR_UNAVAILABLE);
            refuse_all(&l->waiting, ERROR_UNAVAILABLE);
            line_done(p, l);
        }
    journal_destroy(p->journal);
    free(p);
}

/* Takes a line's turns out of the batch, which is not with the database. */
static void refuse_flying(struct persistence *p, struct line *l, enum error why)
{
    struct line **at = &p->flying;
    while (*at != l)
        at = &(*at)->next_flying;
    if (!(*at = l->next_flying))
        p->flying_end = at;
    p->nflying -= l->flying.n;
    l->rows -= turns_rows(&l->flying);
    p->stats.refused += l->flying.n;
    refuse_all(&l->flying, why);
}

static void refuse_waiting(struct persistence *p, struct line *l, enum error why)
{
    round_take(p, l);
    p->nwaiting -= l->waiting.n;
    l->rows -= turns_rows(&l->waiting);
    p->stats.refused += l->waiting.n;
    refuse_all(&l->waiting, why);
}

/* A turn of this room cannot be kept: neither can the later ones, which were judged by it. The room is built anew, once
 * what is with the database has come back. */
static void fail_line(struct persistence *p, struct line *l, enum error why, const char *reason)
{
    struct actor *a = l->actor;
    actor_hold(a);
    if (l->flying.n && !under_way(p))
        refuse_flying(p, l, why);
    if (l->waiting.n)
        refuse_waiting(p, l, why);
    line_done(p, l);
    actor_fail(a, reason);
    actor_unhold(a);
}

static struct line *longest(const struct persistence *p)
{
    struct line *most = p->first;
    for (struct line *l = p->first; l; l = l->after)
        if (l->waiting.n > most->waiting.n)
            most = l;
    return most;
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
    struct line *l = line_of(p, t->actor);
    t->submitted = worker_now(p->worker);
    if (!t->failed && !t->rows.n && !l) {
        turns_push(&p->ready, t);
        return;
    }
    if (!l && !(l = line_create(p, t->actor))) {
        refuse_unkept(p, t);
        return;
    }
    t->nrows = t->failed ? 0 : journal_count(buf_view(&t->rows));
    l->rows += t->nrows;
    if (!l->waiting.n)
        round_put(p, l, p->last);
    turns_push(&l->waiting, t);
    if (++p->nwaiting > p->stats.highest)
        p->stats.highest = p->nwaiting;
    if (t->failed)
        fail_line(p, l, ERROR_OVERLOADED, "no memory");
    if (p->nwaiting <= PERSISTENCE_TURNS)
        return;
    p->stats.full++;
    fail_line(p, longest(p), ERROR_OVERLOADED, "too much waits for its commit");
}

bool persistence_crowded(const struct persistence *p, const struct actor *a)
{
    const struct line *l = line_of(p, a);
    return l && l->rows >= PERSISTENCE_ROOM_ROWS;
}

bool persistence_accepts(const struct persistence *p)
{
    return !p->away_since || worker_now(p->worker) - p->away_since <= p->o.wait_ns;
}

/* ---- filling a batch ---- */

/* Of a batch, or of a line's share of one. */
struct amount {
    uint64_t turns, rows, bytes;
};

static struct amount share_of(const struct persistence *p)
{
    uint32_t n = p->suspects ? 1 : p->lines;
    return (struct amount){ p->o.turns / n, p->o.rows / n, p->o.bytes / n };
}

static void amount_add(struct amount *a, const struct turn *t)
{
    a->turns++;
    a->rows += t->nrows;
    a->bytes += t->rows.n;
}

/* Would it be more than so much with this turn? The first one always finds room. */
static bool beyond(struct amount a, const struct turn *t, struct amount most)
{
    bool first = !a.turns;
    amount_add(&a, t);
    return !first && (a.turns > most.turns || a.rows > most.rows || a.bytes > most.bytes);
}

static void fly(struct persistence *p, struct line *l)
{
    if (!l->flying.n) {
        l->next_flying = NULL;
        *p->flying_end = l;
        p->flying_end = &l->next_flying;
    }
    turns_push(&l->flying, turns_pop(&l->waiting));
    p->nflying++;
    p->nwaiting--;
}

enum filled { FILLED_ON, FILLED_FULL, FILLED_NO_MEMORY };

/* Takes a line's share into the batch, one turn at least. */
static enum filled fill(struct persistence *p, struct line *l, struct amount *batch)
{
    struct amount all = { p->o.turns, p->o.rows, p->o.bytes }, share = share_of(p), mine = { 0 };
    for (struct turn *t; (t = l->waiting.head) && !beyond(mine, t, share);) {
        if (beyond(*batch, t, all))
            return FILLED_FULL;
        if (!journal_add(p->journal, buf_view(&t->rows)))
            return FILLED_NO_MEMORY;
        amount_add(&mine, t);
        amount_add(batch, t);
        fly(p, l);
    }
    return FILLED_ON;
}

/* Moves the next batch from waiting to flying and fills the journal. False without memory: the batch is to be put back. */
static bool gather(struct persistence *p)
{
    struct amount batch = { 0 };
    bool alone = p->suspects || p->first->late;
    enum filled filled = FILLED_ON;
    assert(p->batch == BATCH_NONE && !p->flying);
    journal_reset(p->journal);
    while (filled == FILLED_ON && p->first) {
        struct line *l = p->first;
        uint32_t had = l->waiting.n;
        assert(had && (l->flying.n || l->waiting.head->rows.n));
        if (l->late && !alone)
            break;
        filled = fill(p, l, &batch);
        if (l->waiting.n == had)
            break; /* it is the first of the next batch */
        round_take(p, l);
        if (l->waiting.n)
            round_put(p, l, p->last);
        if (alone)
            break;
    }
    return filled != FILLED_NO_MEMORY;
}

/* ---- what has become of it ---- */

/* What may be said now: the batch that has committed, and what stands behind it without rows. */
static void take_done(struct persistence *p, struct turns *done)
{
    struct line *next;
    for (struct line *l = p->flying; l; l = next) {
        next = l->next_flying;
        l->rows -= turns_rows(&l->flying);
        l->late = 0;
        for (struct turn *t; (t = turns_pop(&l->flying));)
            turns_push(done, t);
        bool waited = l->waiting.n;
        while (l->waiting.head && !l->waiting.head->rows.n) {
            turns_push(done, turns_pop(&l->waiting));
            p->nwaiting--;
        }
        if (waited && !l->waiting.n)
            round_take(p, l);
        line_done(p, l);
    }
    flying_init(p);
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

/* Puts the batch under way back; `suspect`: its rooms go one by one from now on, that with most rows last. */
static void put_back(struct persistence *p, bool suspect)
{
    struct line *at = NULL, *next, *heaviest = NULL;
    uint64_t most = 0;
    p->stats.retried++;
    suspect = suspect || p->suspects;
    for (struct line *l = p->flying; l; l = next) {
        uint64_t rows = turns_rows(&l->flying);
        next = l->next_flying;
        if (l->waiting.n)
            round_take(p, l);
        p->nwaiting += l->flying.n;
        turns_put_back(&l->waiting, &l->flying);
        round_put(p, l, at);
        at = l;
        l->suspect = suspect;
        p->suspects += suspect;
        if (rows > most) {
            most = rows;
            heaviest = l;
        }
    }
    flying_init(p);
    if (!suspect || !heaviest || heaviest == at)
        return;
    round_take(p, heaviest);
    round_put(p, heaviest, at);
    heaviest->suspect = true;
    p->suspects++;
}

static void on_refused(struct persistence *p, const struct db_result *r, const char *reason)
{
    struct line *l = p->flying;
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
    struct line *l = p->flying;
    bool others = p->first && (p->first != l || p->first->after);
    if (l->next_flying) {
        put_back(p, true);
        return true;
    }
    put_back(p, false);
    if (!others)
        return false;
    round_take(p, l);
    round_put(p, l, p->last);
    return true;
}

/* A room is at fault that runs into the time limit again while others have committed. False: it is for passing reasons. */
static bool on_timed_out(struct persistence *p, const struct db_result *r)
{
    enum { LATE_MOST = 3 }; /* in a row */
    struct line *first = p->flying;
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
    histogram_add(&m->batch_turns, p->nflying);
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
        p->stats.turns += p->nflying;
        measure(p);
        if (p->refusing)
            log_info("commits are taken again");
        p->refusing = false;
        take_done(p, &done);
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
    struct turn *t = NULL;
    for (struct line *l = p->flying; l && !t; l = l->next_flying)
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
    if (under_way(p) || (p->batch == BATCH_NONE && !p->first))
        return;
    if (!db_up(p->db) || worker_now(p->worker) < p->retry_at)
        return;
    if (p->batch == BATCH_UNSETTLED) {
        settle(p);
        if (p->batch != BATCH_NONE || !p->first)
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
    for (struct line *l = under_way(p) ? NULL : p->flying; l; l = next) {
        next = l->next_flying;
        if (overdue(p, l))
            fail_line(p, l, ERROR_UNAVAILABLE, reason);
    }
    for (struct line *l = p->first; l; l = next) {
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
    return !p->nwaiting && !p->nflying && !p->ready.n;
}

struct persistence_stats persistence_stats(const struct persistence *p)
{
    struct persistence_stats s = p->stats;
    s.waiting = p->nwaiting + p->ready.n;
    s.in_flight = p->nflying;
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
    uint64_t bytes = sizeof *p + journal_memory(p->journal) + turns_memory(&p->ready);
    for (int i = 0; i < LINE_BUCKETS; i++)
        for (const struct line *l = p->by_actor[i]; l; l = l->next_of_bucket)
            bytes += sizeof *l + turns_memory(&l->waiting) + turns_memory(&l->flying);
    return bytes;
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
      "its commands get `OVERLOADED` (503), but for what writes nothing", NULL },
    { "turns", "turns waiting for their commit, per worker", "65536, `write-wait`",
      "503, the room with most of them is rebuilt", read_queue },
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
