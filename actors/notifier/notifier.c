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
#define NEVER  UINT64_MAX
enum { LEASE_S = 300, BACKOFF_MOST_MS = 900000 };
enum { LOOK_TIMER, MARK_TIMER, TIDY_TIMER };
enum { LOOK_S = 60, TIDY_S = 600, AGAIN_S = 1 };
enum {
    MANY = 256 /* rows: counting them takes a while */,
    LOCKED_MS = 100 /* due, and not to be had: somebody has it */
};

struct notifier {
    struct actor *actor;
    struct worker *worker;
    struct couriers *couriers;
    struct parcel *parcels;
    uint32_t n;
    bool ready;    /* what the last run had taken has been given back */
    bool asking;   /* a take, a look or a burial is with the database */
    bool again;    /* there may be more to take: woken meanwhile, or there was no place */
    bool stopping; /* nothing more is taken */
    bool gone;
    uint64_t look_at; /* when the timer fires; NEVER: for nothing that a look under way does not see */
    uint64_t looked;  /* when the rows were last counted */
    bool crowded;     /* the outbox is full, and that has been said */
    int64_t waiting, dead;
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
    p->courier->counts.under_way--;
    parcel_free(p);
}

static struct courier *courier_of(const struct couriers *c, struct text kind)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (text_is(kind, c->list[i]->kind))
            return c->list[i];
    return NULL;
}

bool couriers_add(struct couriers *c, struct courier *one)
{
    assert(one->most && one->most <= PARCELS_MOST);
    if (c->n == COURIERS_MOST || courier_of(c, text_of(one->kind)))
        return false;
    c->list[c->n++] = one;
    return true;
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
    assert(p->courier); /* only the kinds asked for are taken */
    p->courier->counts.under_way++;
    if (++n->couriers->under_way > n->couriers->highest)
        n->couriers->highest = n->couriers->under_way;
    return p;
}

/* ---- taking ---- */

static void put_item(struct buf *list, const char *item)
{
    buf_printf(list, "%s%s", list->n ? "," : "", item);
}

static bool has_place(const struct courier *c, uint64_t now)
{
    return c->closed_until <= now && c->counts.under_way < c->most;
}

/* The kinds whose couriers are open and have places, and how many; comma separated. */
static void put_wanted(const struct notifier *n, struct buf *kinds, struct buf *places)
{
    for (uint32_t i = 0; i < n->couriers->n; i++) {
        struct courier *c = n->couriers->list[i];
        c->asked = has_place(c, worker_now(n->worker)) ? c->most - c->counts.under_way : 0;
        c->got = 0;
        if (!c->asked)
            continue;
        put_item(kinds, c->kind);
        buf_printf(places, "%s%u", places->n ? "," : "", c->asked);
    }
}

/* Is there, or may there be, something for which there is a place? */
static bool may_take(const struct notifier *n)
{
    bool more = n->again;
    for (uint32_t i = 0; i < n->couriers->n; i++) {
        const struct courier *c = n->couriers->list[i];
        more = more || (c->more && has_place(c, worker_now(n->worker)));
    }
    return more && !n->asking;
}

/* ---- looking at what waits ---- */

static void say_crowded(struct notifier *n)
{
    bool crowded = n->waiting >= OUTBOX_MOST;
    if (crowded && !n->crowded)
        log_error("the outbox is full: what is added now is lost", F_INT("waiting", n->waiting));
    n->crowded = crowded;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When a closed courier opens or a row is due that was told since the look was asked, and no later than in a minute. */
static uint64_t until_known(const struct notifier *n)
{
    uint64_t now = worker_now(n->worker), wait = LOOK_S * SECOND;
    if (n->look_at != NEVER)
        wait = n->look_at > now ? sooner(wait, n->look_at - now) : MS;
    for (uint32_t i = 0; i < n->couriers->n; i++)
        if (n->couriers->list[i]->closed_until > now)
            wait = sooner(wait, n->couriers->list[i]->closed_until - now);
    return wait;
}

/* Nothing was said of a kind that has no rows. */
static void forget_counts(struct notifier *n)
{
    for (uint32_t i = 0; i < n->couriers->n; i++) {
        struct kind_counts *c = &n->couriers->list[i]->counts;
        c->waiting = c->dead = c->oldest_ms = 0;
    }
    n->couriers->unknown.waiting = n->couriers->unknown.dead = n->couriers->unknown.oldest_ms = 0;
    n->waiting = n->dead = 0;
}

static void add_counts(struct notifier *n, struct kind_counts *c, const struct db_result *r, int row)
{
    int64_t waiting = db_int(r, row, OUTBOX_LOOK_WAITING), dead = db_int(r, row, OUTBOX_LOOK_DEAD),
            oldest_ms = db_int(r, row, OUTBOX_LOOK_OLDEST_MS);
    c->waiting += waiting;
    c->dead += dead;
    if (oldest_ms > c->oldest_ms)
        c->oldest_ms = oldest_ms;
    n->waiting += waiting;
    n->dead += dead;
}

/* Counts the rows of a kind. How long to wait for the next of them that could be taken; 0: it is due and nobody's. */
static uint64_t see_kind(struct notifier *n, const struct db_result *r, int row)
{
    struct courier *c = courier_of(n->couriers, db_text(r, row, OUTBOX_LOOK_KIND));
    int64_t next_ms = db_int(r, row, OUTBOX_LOOK_NEXT_MS);
    add_counts(n, c ? &c->counts : &n->couriers->unknown, r, row);
    if (db_null(r, row, OUTBOX_LOOK_NEXT_MS) || (c && !has_place(c, worker_now(n->worker))))
        return LOOK_S * SECOND;
    if (next_ms < 1)
        return c ? LOCKED_MS * MS : 0;
    return sooner((uint64_t)next_ms * MS, LOOK_S * SECOND);
}

static void bury(struct notifier *n);

static void on_looked(void *arg, const struct db_result *r)
{
    struct notifier *n = arg;
    uint64_t wait = until_known(n), next;
    bool lost = false;
    n->asking = false;
    actor_unhold(n->actor);
    if (n->gone)
        return;
    if (r->status == DB_OK) {
        forget_counts(n);
        for (int i = 0; i < r->rows; i++) {
            next = see_kind(n, r, i);
            lost = lost || !next;
            wait = next ? sooner(wait, next) : wait;
        }
        say_crowded(n);
    } else {
        wait = sooner(wait, AGAIN_S * SECOND);
    }
    n->looked = worker_now(n->worker);
    look_in(n, wait);
    if (lost)
        bury(n);
    else if (may_take(n))
        take(n);
}

/* Where there is much to count, once a second. */
static void look(struct notifier *n)
{
    struct db_params none = { 0 };
    uint64_t since = worker_now(n->worker) - n->looked;
    if (n->waiting > MANY && since < AGAIN_S * SECOND) {
        look_in(n, AGAIN_S * SECOND - since);
        return;
    }
    n->look_at = NEVER;
    n->asking = ask(n, &OUTBOX_LOOK, &none, on_looked, n);
    if (!n->asking)
        look_in(n, AGAIN_S * SECOND);
}

static void on_buried(void *arg, const struct db_result *r)
{
    struct notifier *n = arg;
    n->asking = false;
    actor_unhold(n->actor);
    if (n->gone)
        return;
    for (int i = 0; r->status == DB_OK && i < r->rows; i++) {
        int64_t count = db_int(r, i, OUTBOX_BURY_COUNT);
        log_warn("messages are given up: nobody knows their kind", F_TEXT("kind", db_text(r, i, OUTBOX_BURY_KIND)),
                 F_INT("count", count));
        n->couriers->unknown.fates[PARCEL_DEAD] += (uint64_t)count;
    }
    look_in(n, AGAIN_S * SECOND);
    if (may_take(n))
        take(n);
}

/* What is of no kind that this server knows is given up: nobody will come for it. */
static void bury(struct notifier *n)
{
    struct db_params p = { 0 };
    struct buf known = { 0 };
    for (uint32_t i = 0; i < n->couriers->n; i++)
        put_item(&known, n->couriers->list[i]->kind);
    db_param_text(&p, buf_view(&known));
    n->asking = !known.failed && ask(n, &OUTBOX_BURY, &p, on_buried, n);
    buf_fini(&known);
}

/* ---- taking ---- */

/* Whoever has got all that there was room for may get more. */
static void see_more(struct notifier *n)
{
    for (uint32_t i = 0; i < n->couriers->n; i++) {
        struct courier *c = n->couriers->list[i];
        c->more = c->asked ? c->got == c->asked : c->more;
    }
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
        p->courier->got++;
        actor_hold(n->actor);
        p->courier->deliver(p->courier, p);
    }
    see_more(n);
    if (may_take(n))
        take(n);
    else
        look(n);
}

static void take(struct notifier *n)
{
    struct db_params p = { 0 };
    struct buf kinds = { 0 }, places = { 0 };
    n->again = true;
    if (n->asking || !n->ready || n->stopping)
        return;
    put_wanted(n, &kinds, &places);
    n->again = false;
    if (kinds.n && n->couriers->writing) {
        db_param_text(&p, buf_view(&kinds));
        db_param_text(&p, buf_view(&places));
        db_param_int4(&p, LEASE_S);
        n->asking = !kinds.failed && !places.failed && ask(n, &OUTBOX_TAKE, &p, on_taken, n);
        if (!n->asking)
            look_in(n, AGAIN_S * SECOND);
    } else if (kinds.n) {
        look_in(n, AGAIN_S * SECOND);
    } else {
        look(n);
    }
    buf_fini(&kinds);
    buf_fini(&places);
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
    if (may_take(n))
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
    p->courier->counts.fates[fate]++;
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

static void describe_courier(const struct courier *c, uint64_t now, struct json *out)
{
    static const char *const names[] = {
#define PARCEL_NAME(symbol, name) [PARCEL_##symbol] = name,
        PARCEL_FATES(PARCEL_NAME)
#undef PARCEL_NAME
    };
    json_begin_object(out, NULL);
    json_str(out, "kind", c->kind);
    json_int(out, "under_way", c->counts.under_way);
    json_int(out, "most", c->most);
    for (int i = 0; i < PARCEL_FATE_COUNT; i++)
        json_int(out, names[i], (int64_t)c->counts.fates[i]);
    if (c->closed_until == COURIER_CLOSED)
        json_nil(out, "closed_ms");
    else
        json_int(out, "closed_ms", c->closed_until > now ? (int64_t)((c->closed_until - now) / MS) : 0);
    json_end_object(out);
}

static void describe(const struct actor *self, struct json *out)
{
    const struct notifier *n = actor_state((struct actor *)self);
    json_bool(out, "ready", n->ready);
    json_bool(out, "stopping", n->stopping);
    json_int(out, "under_way", n->n);
    json_int(out, "rows_waiting", n->waiting);
    json_int(out, "rows_dead", n->dead);
    json_str(out, "last_why", n->last_why);
    json_begin_array(out, "couriers");
    for (uint32_t i = 0; i < n->couriers->n; i++)
        describe_courier(n->couriers->list[i], worker_now(n->worker), out);
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
