/* Fake store: connections, transactions and reading; what each statement does is in fake_tables_help.c. */
#include "fake_store_help.h"

#include <assert.h>
#include <stdlib.h>

enum { TICK_NS = 50 * 1000 * 1000, CONNECTIONS = 16 };

struct op {
    struct op *next;
    struct fake_call *calls; /* one, or the steps of a transaction */
    int n;
    bool batch;
    uint64_t deadline; /* while it waits for a connection; 0: it has been sent */
    db_done *done;
    void *arg;
};

struct fake_db {
    struct db db;
    struct fake_store *store;
    struct worker *worker;
    bool writes, is_up;
    uint64_t wait_ns;
    void (*on_up)(struct worker *w, bool up);
    struct op *first, **end;
    int pending, decided;
};

struct fake_store {
    struct fake_tables tables;
    struct fake_db *connections[CONNECTIONS];
    int n;
    uint64_t tick_ns;
    pthread_mutex_t *lock; /* NULL: one thread */
    uint32_t faults;       /* of a thousand decisions, with threads */
};

/* ---- the store ---- */

struct fake_store *fake_store_create(const struct fake_kind *const *kinds)
{
    struct fake_store *s = calloc(1, sizeof *s);
    assert(s);
    fake_tables_init(&s->tables, kinds);
    s->tick_ns = TICK_NS;
    return s;
}

void fake_store_destroy(struct fake_store *s)
{
    fake_store_close(s);
    fake_tables_fini(&s->tables);
    free(s);
}

void fake_store_threads(struct fake_store *s, pthread_mutex_t *lock, uint64_t tick_ns, uint32_t faults)
{
    s->lock = lock;
    s->tick_ns = tick_ns;
    s->faults = faults;
}

static void op_free(struct op *op)
{
    for (int i = 0; i < op->n; i++)
        fake_call_free(&op->calls[i]);
    free(op->calls);
    free(op);
}

void fake_store_close(struct fake_store *s)
{
    for (int i = 0; i < s->n; i++) {
        struct fake_db *db = s->connections[i];
        for (struct op *op = db->first, *next; op; op = next) {
            next = op->next;
            op_free(op);
        }
        free(db);
    }
    s->n = 0;
}

/* ---- the operations of store/db.h ---- */

static void push(struct fake_db *db, struct op *op)
{
    op->deadline = db->is_up ? 0 : worker_now(db->worker) + db->wait_ns;
    *db->end = op;
    db->end = &op->next;
    db->pending++;
}

static struct op *pop(struct fake_db *db)
{
    struct op *op = db->first;
    if (!op)
        return NULL;
    db->first = op->next;
    if (!db->first)
        db->end = &db->first;
    db->pending--;
    return op;
}

static struct op *op_create(int n, db_done *done, void *arg)
{
    struct op *op = calloc(1, sizeof *op);
    assert(op);
    op->calls = calloc((size_t)n, sizeof *op->calls);
    assert(op->calls);
    op->n = n;
    op->done = done;
    op->arg = arg;
    return op;
}

static bool query(struct db *base, const struct statement *st, const struct db_params *p, db_done *done, void *arg)
{
    struct op *op = op_create(1, done, arg);
    fake_call_copy(&op->calls[0], st, p);
    push((struct fake_db *)base, op);
    return true;
}

static bool batch(struct db *base, const struct db_step *steps, int n, db_done *done, void *arg)
{
    struct fake_db *db = (struct fake_db *)base;
    if (!db->is_up)
        return false;
    struct op *op = op_create(n, done, arg);
    op->batch = true;
    for (int i = 0; i < n; i++)
        fake_call_copy(&op->calls[i], steps[i].statement, &steps[i].params);
    push(db, op);
    return true;
}

static struct text value(const struct db_result *r, int row, int column)
{
    const struct fake_rows *rows = r->data;
    return text_of(rows->cell[row * rows->columns + column]);
}

static bool up(const struct db *db)
{
    return ((const struct fake_db *)db)->is_up;
}

static const struct db_ops operations = { .query = query, .batch = batch, .value = value, .up = up };

/* ---- outcomes ---- */

static void answer(struct op *op, enum db_status status, const struct fake_refusal *why, const struct fake_rows *rows)
{
    struct db_result r = { .status = status,
                           .sqlstate = why && why->sqlstate ? why->sqlstate : "",
                           .constraint = why && why->constraint ? why->constraint : "",
                           .rows = rows && status == DB_OK ? rows->rows : 0,
                           .data = rows,
                           .ops = &operations };
    op->done(op->arg, &r);
    op_free(op);
}

/* Performs it. False: refused, nothing happened. */
static bool perform(struct fake_db *db, const struct op *op, struct fake_rows *rows, struct fake_refusal *why)
{
    bool done = true;
    if (db->store->lock)
        pthread_mutex_lock(db->store->lock);
    if (op->batch)
        done = fake_tables_commit(&db->store->tables, op->calls, op->n, why);
    else
        fake_tables_query(&db->store->tables, &op->calls[0], rows);
    if (db->store->lock)
        pthread_mutex_unlock(db->store->lock);
    return done;
}

static void go_down(struct fake_db *db)
{
    struct op *op = db->first;
    db->is_up = false;
    db->first = NULL;
    db->end = &db->first;
    db->pending = 0;
    for (struct op *next; op; op = next) {
        next = op->next;
        op->next = NULL;
        answer(op, DB_LOST, NULL, NULL);
    }
    db->on_up(db->worker, false);
}

struct decision {
    struct fake_db *db;
    enum fake_outcome outcome;
};

static void happen(struct fake_db *db, enum fake_outcome outcome)
{
    struct fake_rows rows = { 0 };
    struct fake_refusal why = { "40001", "" };
    if (outcome == FAKE_LOST_DONE)
        (void)perform(db, db->first, &rows, &why);
    if (outcome >= FAKE_LOST) {
        go_down(db);
    } else {
        struct op *op = pop(db);
        op->next = NULL;
        bool done = outcome == FAKE_DONE && perform(db, op, &rows, &why);
        answer(op, done ? DB_OK : outcome == FAKE_RETRY ? DB_RETRY : DB_REFUSED, &why, &rows);
    }
    fake_rows_fini(&rows);
}

static void decide(struct worker *w, void *arg)
{
    struct decision d = *(struct decision *)arg;
    free(arg);
    d.db->decided--;
    if (d.db->first && d.db->is_up) /* else the connection broke meanwhile */
        happen(d.db, d.outcome);
}

void fake_db_decide(struct fake_db *db, enum fake_outcome outcome)
{
    struct decision *d = malloc(sizeof *d);
    assert(d && fake_db_pending(db));
    *d = (struct decision){ db, outcome };
    db->decided++;
    if (!worker_call(db->worker, decide, d))
        assert(!"a decision for a worker that has ended");
}

static void leave(struct worker *w, void *arg)
{
    struct fake_db *db = arg;
    if (db->is_up)
        go_down(db);
}

static void come(struct worker *w, void *arg)
{
    struct fake_db *db = arg;
    if (db->is_up)
        return;
    db->is_up = true;
    for (struct op *op = db->first; op; op = op->next)
        op->deadline = 0;
    db->on_up(db->worker, true);
}

void fake_db_away(struct fake_db *db)
{
    (void)worker_call(db->worker, leave, db);
}

void fake_db_back(struct fake_db *db)
{
    (void)worker_call(db->worker, come, db);
}

/* What chance has for each that waits now; a connection that went comes back in the next tick. */
static void decide_all(struct fake_db *db)
{
    if (!db->is_up)
        come(db->worker, db);
    for (int n = db->pending; n && db->is_up && db->first; n--) {
        bool well = worker_random(db->worker) % 1000 >= db->store->faults;
        happen(db, well ? FAKE_DONE : (enum fake_outcome)(worker_random(db->worker) % FAKE_OUTCOMES));
    }
}

/* Those that have waited too long for a connection. */
static void tick(void *arg)
{
    struct fake_db *db = arg;
    if (db->store->lock)
        decide_all(db);
    while (!db->is_up && db->first && db->first->deadline <= worker_now(db->worker)) {
        struct op *op = pop(db);
        op->next = NULL;
        answer(op, DB_AWAY, NULL, NULL);
    }
}

/* ---- connections ---- */

struct db *fake_db_open(struct fake_store *s, struct worker *w, bool writes, uint64_t wait_ns,
                        void (*on_up)(struct worker *w, bool up))
{
    struct fake_db *db = calloc(1, sizeof *db);
    assert(db && s->n < CONNECTIONS);
    *db = (struct fake_db){ .db.ops = &operations,
                            .store = s,
                            .worker = w,
                            .writes = writes,
                            .is_up = true,
                            .wait_ns = wait_ns,
                            .on_up = on_up };
    db->end = &db->first;
    s->connections[s->n++] = db;
    worker_every(w, s->tick_ns, tick, db);
    return &db->db;
}

/* ---- for tests ---- */

const char *fake_store_broken(const struct fake_store *s)
{
    return s->tables.broken.p;
}

int32_t fake_store_user(struct fake_store *s, const char *name, bool teacher)
{
    *FAKE_APPEND(&s->tables, users) = (struct fake_user){ fake_copy(text_of(name)), teacher };
    return s->tables.nusers;
}

int32_t fake_store_user_id(const struct fake_store *s, const char *name)
{
    for (int i = 0; i < s->tables.nusers; i++)
        if (!strcmp(s->tables.users[i].name, name))
            return i + 1;
    return 0;
}

const char *fake_store_user_name(const struct fake_store *s, int32_t user)
{
    const struct fake_user *u = fake_user_of(&s->tables, user);
    return u ? u->name : "nobody";
}

bool fake_store_is_teacher(const struct fake_store *s, int32_t user)
{
    return fake_user_of(&s->tables, user)->teacher;
}

int32_t fake_store_room(struct fake_store *s, int kind)
{
    *FAKE_APPEND(&s->tables, rooms) = (struct fake_room){ .kind = kind };
    s->tables.kinds[kind]->found(s->tables.own[kind], s->tables.nrooms);
    return s->tables.nrooms;
}

int fake_store_rooms(const struct fake_store *s)
{
    return s->tables.nrooms;
}

int64_t fake_store_seq(const struct fake_store *s, int32_t room)
{
    return fake_room_of(&s->tables, room)->seq;
}

void *fake_store_own(const struct fake_store *s, const struct fake_kind *kind)
{
    int k = 0;
    while (s->tables.kinds[k] && s->tables.kinds[k] != kind)
        k++;
    assert(s->tables.kinds[k]);
    return s->tables.own[k];
}

uint64_t fake_store_digest(const struct fake_store *s)
{
    uint64_t d = 0xcbf29ce484222325;
    for (int i = 0; i < s->tables.nnumbers; i++) {
        d = fake_mix(d, &s->tables.numbers[i].seq, sizeof s->tables.numbers[i].seq);
        d = fake_mix(d, &s->tables.numbers[i].at, sizeof s->tables.numbers[i].at);
    }
    for (int k = 0; s->tables.kinds[k]; k++)
        d = s->tables.kinds[k]->digest(s->tables.own[k], d);
    return d;
}

struct fake_db *fake_db_of(struct fake_store *s, int worker, bool writes)
{
    for (int i = 0; i < s->n; i++)
        if (worker_index(s->connections[i]->worker) == worker && s->connections[i]->writes == writes)
            return s->connections[i];
    assert(!"no such connection");
    return NULL;
}

int fake_db_pending(const struct fake_db *db)
{
    return db->is_up ? db->pending - db->decided : 0;
}

bool fake_db_is_up(const struct fake_db *db)
{
    return db->is_up;
}
