/* Fake store: connections, transactions and reading; what each statement does is in fake_tables_help.c. */
#include "fake_store_help.h"

#include "tests/sim/classroom/class_tables_help.h"

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
};

/* ---- the store ---- */

struct fake_store *fake_store_create(void)
{
    struct fake_store *s = calloc(1, sizeof *s);
    assert(s);
    fake_tables_init(&s->tables);
    return s;
}

void fake_store_destroy(struct fake_store *s)
{
    fake_store_close(s);
    fake_tables_fini(&s->tables);
    free(s);
}

const struct fake_tables *fake_store_tables(const struct fake_store *s)
{
    return &s->tables;
}

struct fake_tables *fake_store_tables_mut(struct fake_store *s)
{
    return &s->tables;
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
    if (op->batch)
        return fake_tables_commit(&db->store->tables, op->calls, op->n, why);
    fake_tables_query(&db->store->tables, &op->calls[0], rows);
    return true;
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

static void decide(struct worker *w, void *arg)
{
    struct decision d = *(struct decision *)arg;
    struct fake_db *db = d.db;
    struct fake_rows rows = { 0 };
    struct fake_refusal why = { "40001", "" };
    free(arg);
    db->decided--;
    if (!db->first || !db->is_up)
        return; /* the connection broke meanwhile */
    if (d.outcome == FAKE_LOST_DONE)
        (void)perform(db, db->first, &rows, &why);
    if (d.outcome >= FAKE_LOST) {
        go_down(db);
    } else {
        struct op *op = pop(db);
        op->next = NULL;
        bool done = d.outcome == FAKE_DONE && perform(db, op, &rows, &why);
        answer(op, done ? DB_OK : d.outcome == FAKE_RETRY ? DB_RETRY : DB_REFUSED, &why, &rows);
    }
    fake_rows_fini(&rows);
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

/* Those that have waited too long for a connection. */
static void tick(void *arg)
{
    struct fake_db *db = arg;
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
    worker_every(w, TICK_NS, tick, db);
    return &db->db;
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
