/* Db pool: see db_pool.h. Results come from the connections themselves, so nothing is copied. */
#include "store/db_pool.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct member {
    struct db_pool *pool;
    struct db *db; /* NULL until it is made */
};

struct db_pool {
    struct db base;
    int n, ups, open;
    void (*on_up)(void *arg, bool up);
    void (*on_notify)(void *arg, const char *channel, const char *payload);
    void *arg;
    void (*closed)(void *arg);
    void *closed_arg;
    struct member members[];
};

static struct db_pool *pool_of(const struct db *db)
{
    return (struct db_pool *)db;
}

/* The first of those that are up and have the least to do; without any, the first: there it waits. */
static struct db *choose(const struct db_pool *p)
{
    struct db *best = p->members[0].db;
    uint32_t least = UINT32_MAX;
    for (int i = 0; i < p->n; i++) {
        struct db_stats s = db_pg_stats(p->members[i].db);
        if (s.up && s.in_flight + s.waiting < least) {
            least = s.in_flight + s.waiting;
            best = p->members[i].db;
        }
    }
    return best;
}

static bool query(struct db *db, const struct statement *st, const struct db_params *params, db_done *done, void *arg)
{
    return db_query(choose(pool_of(db)), st, params, done, arg);
}

static bool batch(struct db *db, const struct db_step *steps, int n, db_done *done, void *arg)
{
    assert(!"a pool takes no batches");
    return false;
}

static struct text value(const struct db_result *r, int row, int column)
{
    return r->ops->value(r, row, column);
}

static bool up(const struct db *db)
{
    return pool_of(db)->ups > 0;
}

static const struct db_ops ops = { .query = query, .batch = batch, .value = value, .up = up };

static void on_member_up(void *arg, bool is_up)
{
    struct db_pool *p = ((struct member *)arg)->pool;
    p->ups += is_up ? 1 : -1;
    assert(p->ups >= 0 && p->ups <= p->n);
    if (p->on_up && p->ups == (is_up ? 1 : 0))
        p->on_up(p->arg, is_up);
}

/* Each of them listens, so that nothing is missed while one of them is up; what is told is told by each. */
static void on_member_notify(void *arg, const char *channel, const char *payload)
{
    const struct db_pool *p = ((struct member *)arg)->pool;
    p->on_notify(p->arg, channel, payload);
}

static void on_member_closed(void *arg)
{
    struct db_pool *p = ((struct member *)arg)->pool;
    if (--p->open)
        return;
    if (p->closed)
        p->closed(p->closed_arg);
    free(p);
}

struct db *db_pool_create(uv_loop_t *loop, const struct db_pg_options *o, int n)
{
    assert(n > 0 && !o->batch_statements && o->writer_slot < 0);
    struct db_pool *p = calloc(1, sizeof *p + (size_t)n * sizeof *p->members);
    if (!p)
        return NULL;
    p->base.ops = &ops;
    p->on_up = o->on_up;
    p->on_notify = o->on_notify;
    p->arg = o->arg;
    for (; p->n < n; p->n++) {
        struct member *m = &p->members[p->n];
        char name[64];
        struct db_pg_options one = *o;
        snprintf(name, sizeof name, "%s.%d", o->name, p->n);
        m->pool = p;
        one.name = name;
        one.queue = (o->queue + (uint32_t)n - 1) / (uint32_t)n;
        one.on_up = on_member_up;
        one.arg = m;
        one.on_notify = o->on_notify ? on_member_notify : NULL;
        m->db = db_pg_create(loop, &one);
        if (!m->db)
            break;
        p->open++;
    }
    if (p->n == n)
        return &p->base;
    if (p->n)
        db_pool_close(&p->base, NULL, NULL);
    else
        free(p);
    return NULL;
}

void db_pool_close(struct db *db, void (*closed)(void *arg), void *arg)
{
    struct db_pool *p = pool_of(db);
    p->closed = closed;
    p->closed_arg = arg;
    p->on_up = NULL;
    for (int i = 0, n = p->n; i < n; i++)
        db_pg_close(p->members[i].db, on_member_closed, &p->members[i]);
}

struct db_stats db_pool_stats(const struct db *db)
{
    const struct db_pool *p = pool_of(db);
    struct db_stats sum = { .up = p->ups > 0 };
    for (int i = 0; i < p->n; i++) {
        struct db_stats s = db_pg_stats(p->members[i].db);
        sum.queries += s.queries;
        sum.batches += s.batches;
        sum.errors += s.errors;
        sum.connects += s.connects;
        sum.refused += s.refused;
        sum.highest += s.highest;
        sum.in_flight += s.in_flight;
        sum.waiting += s.waiting;
        sum.limit += s.limit;
    }
    return sum;
}

uint64_t db_pool_memory(const struct db *db)
{
    const struct db_pool *p = pool_of(db);
    uint64_t bytes = sizeof *p + (uint64_t)p->n * sizeof p->members[0];
    for (int i = 0; i < p->n; i++)
        bytes += db_pg_memory(p->members[i].db);
    return bytes;
}
