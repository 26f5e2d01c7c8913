/* Notifier: see notifier.h.
 *
 *   waiting --take--> with its courier --settle--> DELIVERED, DROPPED --> the row is removed
 *      ^                                       |-> POSTPONED, UNTRIED --> the row waits again
 *      |                                       '-> DEAD -----------------> the row stays, dead
 *      '--- the lease ends, or a new start: nothing was heard of it
 *
 * A report that the database does not take is kept and told again every second. */
#include "actors/notifier/notifier.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/base/state.h"
#include "store/db.h"
#include "store/statements.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000000)
#define MS     UINT64_C(1000000)
enum { LEASE_S = 300, BACKOFF_MOST_MS = 900000 };
enum { LOOK_TIMER, MARK_TIMER, TIDY_TIMER };
enum { LOOK_S = 60, TIDY_S = 600, AGAIN_S = 1 };

struct notifier {
    struct actor *actor;
    struct worker *worker;
    struct couriers *couriers; /* NULL: nothing is delivered */
    struct parcel *parcels;
    uint32_t n, asked; /* asked: rows by the last take */
    bool ready;        /* what the last run had taken has been given back */
    bool asking;       /* a take or a look is with the database */
    bool again;        /* there may be more to take: woken meanwhile, or there was no place */
    bool stopping;     /* nothing more is taken */
    bool gone;
    uint64_t look_at; /* when the timer fires */
    bool crowded;     /* the outbox is full, and that has been said */
    int64_t waiting, dead;
    uint64_t fates[PARCEL_FATE_COUNT];
    char last_why[PARCEL_WHY_SIZE];
};

static struct notifier_options options;

/* OUT: with its courier. TELLING: the database is asked to tell its row. UNTOLD: that must be asked again. */
enum parcel_state { PARCEL_OUT, PARCEL_TELLING, PARCEL_UNTOLD };

static const struct state_row states[] = {
    [PARCEL_OUT] = { "out", STATE(PARCEL_TELLING) },
    [PARCEL_TELLING] = { "telling", STATE(PARCEL_UNTOLD) },
    [PARCEL_UNTOLD] = { "untold", STATE(PARCEL_TELLING) },
};

static void enter(struct parcel *p, enum parcel_state to)
{
    p->state = (uint8_t)state_next(states, p->state, to);
}

static void take(struct notifier *n);
static void mark(struct parcel *p);

/* Asks the database; the actor is held until `done` has been called. */
static bool ask(struct notifier *n, const struct statement *st, const struct db_params *p, db_done *done, void *arg)
{
    actor_hold(n->actor);
    if (db_query(db_reading(n->worker), st, p, done, arg))
        return true;
    actor_unhold(n->actor);
    return false;
}

static void look_in(struct notifier *n, uint64_t ns)
{
    n->look_at = worker_now(n->worker) + ns;
    actor_timer(n->actor, LOOK_TIMER, ns);
}

/* ---- parcels ---- */

static void parcel_free(struct parcel *p)
{
    free(p->payload);
    free(p);
}

static void parcel_remove(struct parcel *p)
{
    struct notifier *n = p->notifier;
    assert(p->previous ? p->previous->next == p : n->parcels == p);
    assert(n->n && n->couriers->under_way);
    *(p->previous ? &p->previous->next : &n->parcels) = p->next;
    if (p->next)
        p->next->previous = p->previous;
    n->n--;
    n->couriers->under_way--;
    parcel_free(p);
}

static struct courier *courier_of(const struct couriers *c, struct text kind)
{
    for (uint32_t i = 0; c && i < c->n; i++)
        if (text_is(kind, c->list[i]->kind))
            return c->list[i];
    return NULL;
}

/* NULL without memory: the row's lease brings it back. */
static struct parcel *parcel_create(struct notifier *n, const struct db_result *r, int row)
{
    struct parcel *p = calloc(1, sizeof *p);
    struct text id = db_text(r, row, OUTBOX_TAKE_ID), payload = db_text(r, row, OUTBOX_TAKE_PAYLOAD);
    if (!p || !(p->payload = strndup(payload.p, payload.n))) {
        free(p);
        return NULL;
    }
    assert(id.n < sizeof p->id);
    memcpy(p->id, id.p, id.n);
    p->courier = courier_of(n->couriers, db_text(r, row, OUTBOX_TAKE_KIND));
    p->attempts = (int32_t)db_int(r, row, OUTBOX_TAKE_ATTEMPTS);
    p->notifier = n;
    p->next = n->parcels;
    if (p->next)
        p->next->previous = p;
    n->parcels = p;
    n->n++;
    if (++n->couriers->under_way > n->couriers->highest)
        n->couriers->highest = n->couriers->under_way;
    assert(p->courier); /* only the kinds asked for are taken */
    return p;
}

/* ---- taking ---- */

/* The kinds that have an open courier, comma separated; *ret_opens: when the first closed one opens, 0 if none. */
static void put_kinds(const struct notifier *n, struct buf *out, uint64_t *ret_opens)
{
    uint64_t now = worker_now(n->worker);
    *ret_opens = 0;
    for (uint32_t i = 0; n->couriers && i < n->couriers->n; i++) {
        const struct courier *c = n->couriers->list[i];
        if (c->closed_until <= now) {
            buf_puts(out, out->n ? "," : "");
            buf_puts(out, c->kind);
        } else if (!*ret_opens || c->closed_until < *ret_opens) {
            *ret_opens = c->closed_until;
        }
    }
}

static void say_crowded(struct notifier *n)
{
    bool crowded = n->waiting >= OUTBOX_MOST;
    if (crowded && !n->crowded)
        log_error("the outbox is full: what is added now is lost", F_INT("waiting", n->waiting));
    n->crowded = crowded;
}

static void on_looked(void *arg, const struct db_result *r)
{
    struct notifier *n = arg;
    uint64_t opens, wait = LOOK_S * SECOND;
    struct buf kinds = { 0 };
    n->asking = false;
    actor_unhold(n->actor);
    if (n->gone)
        return;
    if (r->status == DB_OK && r->rows) {
        n->waiting = db_int(r, 0, OUTBOX_LOOK_WAITING);
        n->dead = db_int(r, 0, OUTBOX_LOOK_DEAD);
        if (n->couriers) {
            n->couriers->rows_waiting = n->waiting;
            n->couriers->rows_dead = n->dead;
        }
        say_crowded(n);
        int64_t next = db_int(r, 0, OUTBOX_LOOK_NEXT_MS);
        if (!db_null(r, 0, OUTBOX_LOOK_NEXT_MS) && next * (int64_t)MS < (int64_t)wait)
            wait = (next > 1 ? (uint64_t)next : 1) * MS;
    }
    put_kinds(n, &kinds, &opens);
    buf_fini(&kinds);
    if (opens && opens - worker_now(n->worker) < wait)
        wait = opens - worker_now(n->worker);
    look_in(n, wait);
    if (n->again)
        take(n);
}

static void look(struct notifier *n, const struct buf *kinds)
{
    struct db_params p = { 0 };
    db_param_text(&p, buf_view(kinds));
    n->asking = ask(n, &OUTBOX_LOOK, &p, on_looked, n);
    if (!n->asking)
        look_in(n, AGAIN_S * SECOND);
}

/* What is due next is asked for once nothing is due now. */
static void after_take(struct notifier *n, bool full)
{
    struct buf kinds = { 0 };
    uint64_t opens;
    if (full || n->again) {
        take(n);
        return;
    }
    put_kinds(n, &kinds, &opens);
    if (kinds.failed)
        look_in(n, AGAIN_S * SECOND);
    else
        look(n, &kinds);
    buf_fini(&kinds);
}

static void on_taken(void *arg, const struct db_result *r)
{
    struct notifier *n = arg;
    n->asking = false;
    actor_unhold(n->actor);
    if (n->gone)
        return;
    if (r->status == DB_REFUSED)
        log_error("the outbox could not be read", F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK) {
        look_in(n, AGAIN_S * SECOND);
        return;
    }
    for (int i = 0; i < r->rows; i++) {
        struct parcel *p = parcel_create(n, r, i);
        if (!p)
            continue;
        actor_hold(n->actor);
        p->courier->deliver(p->courier, p);
    }
    after_take(n, (uint32_t)r->rows == n->asked);
}

static void take(struct notifier *n)
{
    struct db_params p = { 0 };
    struct buf kinds = { 0 };
    uint64_t opens;
    n->again = true;
    if (n->asking || n->n == NOTIFIER_MOST || !n->ready || n->stopping)
        return;
    put_kinds(n, &kinds, &opens);
    n->again = false;
    if (kinds.n && !kinds.failed) {
        db_param_text(&p, buf_view(&kinds));
        n->asked = NOTIFIER_MOST - n->n;
        db_param_int4(&p, (int32_t)n->asked);
        db_param_int4(&p, LEASE_S);
        n->asking = ask(n, &OUTBOX_TAKE, &p, on_taken, n);
        if (!n->asking)
            look_in(n, AGAIN_S * SECOND);
    } else {
        look(n, &kinds);
    }
    buf_fini(&kinds);
}

/* ---- telling the rows ---- */

static uint64_t backoff_ms(struct notifier *n, int32_t attempts)
{
    uint64_t ms = options.backoff_ms;
    for (int32_t i = 1; i < attempts && ms < BACKOFF_MOST_MS; i++)
        ms *= 2;
    ms = ms < BACKOFF_MOST_MS ? ms : BACKOFF_MOST_MS;
    return ms / 2 + worker_random(n->worker) % (ms / 2 + 1);
}

static void untold(struct parcel *p)
{
    enter(p, PARCEL_UNTOLD);
    actor_timer(p->notifier->actor, MARK_TIMER, AGAIN_S * SECOND);
}

static void on_marked(void *arg, const struct db_result *r)
{
    struct parcel *p = arg;
    struct notifier *n = p->notifier;
    if (!n) {
        parcel_free(p);
        return;
    }
    actor_unhold(n->actor);
    if (r->status == DB_REFUSED)
        log_error("a message's row could not be told", F_STR("sqlstate", r->sqlstate), F_STR("id", p->id));
    if (r->status != DB_OK && r->status != DB_REFUSED) {
        untold(p);
        return;
    }
    bool waits = p->fate == PARCEL_POSTPONED || p->fate == PARCEL_UNTRIED;
    uint64_t again = (uint64_t)p->delay_ms * MS + MS;
    if (waits && worker_now(n->worker) + again < n->look_at)
        look_in(n, again);
    parcel_remove(p);
    actor_unhold(n->actor);
    if (n->again)
        take(n);
}

static const struct statement *statement_of(const struct parcel *p, struct db_params *params)
{
    db_param_text(params, text_of(p->id));
    switch ((enum parcel_fate)p->fate) {
    case PARCEL_POSTPONED:
    case PARCEL_UNTRIED:
        db_param_int8(params, p->delay_ms);
        db_param_bool(params, p->fate == PARCEL_POSTPONED);
        db_param_text(params, text_of(p->why));
        return &OUTBOX_LATER;
    case PARCEL_DEAD:
        db_param_text(params, text_of(p->why));
        return &OUTBOX_DEAD;
    default:
        return &OUTBOX_DONE;
    }
}

static void mark(struct parcel *p)
{
    struct db_params params = { 0 };
    struct notifier *n = p->notifier;
    enter(p, PARCEL_TELLING);
    if (!ask(n, statement_of(p, &params), &params, on_marked, p))
        untold(p);
}

static void mark_again(struct notifier *n)
{
    for (struct parcel *p = n->parcels; p; p = p->next)
        if (p->state == PARCEL_UNTOLD)
            mark(p);
}

void notifier_settle(struct parcel *p, enum parcel_fate fate, int64_t delay_ms, const char *why)
{
    struct notifier *n = p->notifier;
    assert(p->state == PARCEL_OUT && fate < PARCEL_FATE_COUNT); /* each parcel once */
    if (!n) {
        parcel_free(p);
        return;
    }
    if (fate == PARCEL_POSTPONED && p->attempts >= options.attempts)
        fate = PARCEL_DEAD;
    int64_t usual = fate == PARCEL_POSTPONED ? (int64_t)backoff_ms(n, p->attempts) : 0;
    p->fate = (uint8_t)fate;
    p->delay_ms = delay_ms > usual ? delay_ms : usual;
    snprintf(p->why, sizeof p->why, "%s", why ? why : "");
    n->fates[fate]++;
    n->couriers->fates[fate]++;
    if (*p->why)
        snprintf(n->last_why, sizeof n->last_why, "%s", p->why);
    if (fate == PARCEL_DEAD)
        log_warn("a message is given up", F_STR("kind", p->courier->kind), F_STR("id", p->id),
                 F_INT("attempts", p->attempts), F_STR("why", p->why));
    mark(p);
}

/* ---- the actor ---- */

static void on_reclaimed(void *arg, const struct db_result *r)
{
    struct notifier *n = arg;
    actor_unhold(n->actor);
    if (n->gone)
        return;
    n->ready = r->status == DB_OK;
    if (n->ready)
        take(n);
    else
        look_in(n, AGAIN_S * SECOND);
}

static void reclaim(struct notifier *n)
{
    struct db_params none = { 0 };
    if (!ask(n, &OUTBOX_RECLAIM, &none, on_reclaimed, n))
        look_in(n, AGAIN_S * SECOND);
}

static void on_tidied(void *arg, const struct db_result *r)
{
    struct notifier *n = arg;
    actor_unhold(n->actor);
    if (n->gone)
        return;
    if (r->status == DB_OK && db_int(r, 0, OUTBOX_TIDY_EXPIRED))
        log_warn("messages are given up: they have waited too long", F_INT("count", db_int(r, 0, OUTBOX_TIDY_EXPIRED)));
}

static void tidy(struct notifier *n)
{
    struct db_params p = { 0 };
    actor_timer(n->actor, TIDY_TIMER, TIDY_S * SECOND);
    db_param_int4(&p, options.max_age_s);
    db_param_int4(&p, options.keep_days);
    (void)ask(n, &OUTBOX_TIDY, &p, on_tidied, n); /* or in ten minutes */
}

static bool activate(struct actor *self)
{
    struct notifier *n = actor_state(self);
    struct worker *w = actor_worker(self);
    *n = (struct notifier){ .actor = self, .worker = w, .couriers = worker_couriers(w) };
    reclaim(n);
    tidy(n);
    return true;
}

static void on_timer(struct notifier *n, int slot)
{
    if (slot == MARK_TIMER)
        mark_again(n);
    else if (slot == TIDY_TIMER)
        tidy(n);
    else if (!n->ready)
        reclaim(n);
    else
        take(n);
}

static enum receive receive(struct actor *self, struct message *m)
{
    struct notifier *n = actor_state(self);
    if (m->kind == MESSAGE_TIMER)
        on_timer(n, ((struct actor_timer *)m->payload)->slot);
    else if (m->kind == MESSAGE_OUTBOX_WAKE && ((struct outbox_wake *)m->payload)->stop)
        n->stopping = true;
    else
        take(n);
    return RECEIVED;
}

/* Only its worker's end leaves parcels: their couriers, and the database, report to nobody then. */
static void passivate(struct actor *self)
{
    struct notifier *n = actor_state(self);
    n->gone = true;
    for (struct parcel *p = n->parcels, *next; p; p = next) {
        next = p->next;
        p->notifier = NULL;
        if (p->state == PARCEL_UNTOLD)
            parcel_free(p);
    }
    n->parcels = NULL;
}

static void describe(const struct actor *self, struct json *out)
{
    static const char *const names[] = {
#define PARCEL_NAME(symbol, name) [PARCEL_##symbol] = name,
        PARCEL_FATES(PARCEL_NAME)
#undef PARCEL_NAME
    };
    const struct notifier *n = actor_state((struct actor *)self);
    uint64_t now = worker_now(n->worker);
    json_bool(out, "ready", n->ready);
    json_bool(out, "stopping", n->stopping);
    json_int(out, "under_way", n->n);
    json_int(out, "rows_waiting", n->waiting);
    json_int(out, "rows_dead", n->dead);
    for (int i = 0; i < PARCEL_FATE_COUNT; i++)
        json_int(out, names[i], (int64_t)n->fates[i]);
    json_str(out, "last_why", n->last_why);
    json_begin_array(out, "couriers");
    for (uint32_t i = 0; n->couriers && i < n->couriers->n; i++) {
        const struct courier *c = n->couriers->list[i];
        json_begin_object(out, NULL);
        json_str(out, "kind", c->kind);
        json_int(out, "closed_ms", c->closed_until > now ? (int64_t)((c->closed_until - now) / MS) : 0);
        json_end_object(out);
    }
    json_end_array(out);
}

static const struct actor_kind kind = {
    .name = "notifier",
    .state_size = sizeof(struct notifier),
    .mailbox_limit = 64,
    .activate = activate,
    .receive = receive,
    .passivate = passivate,
    .describe = describe,
};

const struct actor_kind *notifier_kind(void)
{
    return &kind;
}

struct address notifier_address(void)
{
    return (struct address){ .kind = &kind, .id = 1 };
}

void notifier_setup(const struct notifier_options *o)
{
    options = *o;
}

void notifier_wake(struct system *s, bool stop)
{
    struct message *m = message_create(MESSAGE_OUTBOX_WAKE, sizeof(struct outbox_wake));
    if (!m)
        return;
    m->reply = NO_RETURN;
    ((struct outbox_wake *)m->payload)->stop = stop;
    bus_send(s, notifier_address(), m);
}
