/* Ids: see ids.h. Waiting actors are resumed when a block has come, and also when it could not be had: then their next
 * try gets IDS_AWAY for a moment, instead of asking a database that is away again and again. */
#include "actors/room/ids.h"

#include "proto/base/log.h"

#include <assert.h>
#include <stdlib.h>

enum { LEAST = 16, MOST = 1024, WAITERS = 1024 };
static const uint64_t away_ns = 200 * 1000 * 1000, quick_ns = 1000 * 1000 * 1000;

struct block {
    struct ids *ids;
    const struct statement *statement;
    int32_t id[2 * MOST];
    int32_t first, n; /* a ring: id[first % 2*MOST] … */
    int32_t size;     /* of the next block */
    bool asking;
    uint64_t asked_at, failed_at;
    struct actor *waiters[WAITERS];
    int nwaiters;
};

struct ids {
    struct worker *worker;
    struct db *db;
    struct block *blocks[IDS_SEQUENCES]; /* made when first asked for */
    struct ids_stats stats;
};

struct ids *ids_create(struct worker *w)
{
    struct ids *ids = calloc(1, sizeof *ids);
    if (!ids)
        return NULL;
    ids->worker = w;
    ids->db = db_reading(w);
    return ids;
}

void ids_destroy(struct ids *ids)
{
    for (int i = 0; ids && i < IDS_SEQUENCES; i++)
        free(ids->blocks[i]);
    free(ids);
}

/* NULL without memory. */
static struct block *block_of(struct ids *ids, const struct statement *statement)
{
    int i = 0;
    while (i < IDS_SEQUENCES && ids->blocks[i] && ids->blocks[i]->statement != statement)
        i++;
    assert(i < IDS_SEQUENCES);
    if (ids->blocks[i])
        return ids->blocks[i];
    struct block *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->ids = ids;
    b->statement = statement;
    b->size = LEAST;
    return ids->blocks[i] = b;
}

static void wake(struct block *b)
{
    int n = b->nwaiters;
    b->nwaiters = 0;
    for (int i = 0; i < n; i++) {
        struct actor *a = b->waiters[i];
        actor_resume(a);
        actor_unhold(a);
    }
}

static void on_block(void *arg, const struct db_result *r)
{
    struct block *b = arg;
    b->asking = false;
    if (r->status == DB_REFUSED)
        log_error("no ids", F_STR("statement", b->statement->name), F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK)
        b->failed_at = worker_now(b->ids->worker);
    for (int i = 0; r->status == DB_OK && i < r->rows && b->n < 2 * MOST; i++)
        b->id[(b->first + b->n++) % (2 * MOST)] = (int32_t)db_int(r, i, 0);
    wake(b);
}

static void ask(struct block *b)
{
    uint64_t now = worker_now(b->ids->worker);
    if (b->asking || (b->failed_at && now - b->failed_at < away_ns))
        return;
    if (b->asked_at && now - b->asked_at < quick_ns && b->size < MOST)
        b->size *= 2;
    struct db_params p = { 0 };
    db_param_int4(&p, b->size);
    b->failed_at = 0;
    b->asking = db_query(b->ids->db, b->statement, &p, on_block, b);
    if (b->asking)
        b->asked_at = now;
    else
        b->failed_at = now;
}

enum ids_take ids_take(struct ids *ids, const struct statement *block, struct actor *waiter, int32_t *ret_id)
{
    struct block *b = block_of(ids, block);
    if (b && b->n <= b->size / 2)
        ask(b);
    if (b && b->n) {
        *ret_id = b->id[b->first];
        b->first = (b->first + 1) % (2 * MOST);
        b->n--;
        return IDS_TAKEN;
    }
    if (!b || !b->asking || b->nwaiters == WAITERS) {
        ids->stats.refused++;
        return IDS_AWAY;
    }
    actor_hold(waiter);
    b->waiters[b->nwaiters++] = waiter;
    if ((uint32_t)b->nwaiters > ids->stats.highest)
        ids->stats.highest = (uint32_t)b->nwaiters;
    actor_wait(waiter);
    return IDS_LATER;
}

/* Each sequence has a queue of its own; the fullest is told. */
struct ids_stats ids_stats(const struct ids *ids)
{
    struct ids_stats s = ids->stats;
    s.limit = WAITERS;
    for (int i = 0; i < IDS_SEQUENCES && ids->blocks[i]; i++)
        if ((uint32_t)ids->blocks[i]->nwaiters > s.waiting)
            s.waiting = (uint32_t)ids->blocks[i]->nwaiters;
    return s;
}

/* ---- the part of a worker ---- */

static bool part_open(struct worker *w, const struct setup *s)
{
    struct ids *ids = ids_create(w);
    worker_set_service(w, SERVICE_IDS, ids);
    return ids;
}

static void part_close(struct worker *w)
{
    ids_destroy(worker_ids(w));
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct ids_stats s = ids_stats(worker_ids(w));
    *ret = (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.refused };
}

static const struct queue_row queues[] = {
    { "ids", "rooms waiting for an id block, per worker", "1024", "503",
      "whoever acts in many rooms at once; `budget-actions`", read_queue },
    { 0 },
};

const struct part ids_part = { .name = "ids", .open = part_open, .close = part_close, .queues = queues };
