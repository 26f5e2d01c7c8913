/* Databases: see databases.h. What a connection hears goes to whichever part wants it. */
#include "actors/databases.h"

#include "proto/config/config.h"

#include <stdio.h>

enum { READ_QUEUE = 8192, SLOW_QUEUE = 256, WRITE_QUEUE = 64, CHANNELS_MOST = 8 };

/* One worker's. */
static struct databases {
    struct worker *worker;
    bool started;
    uint8_t closing; /* connections that are not closed yet */
} all[WORKERS_MOST];

static const struct part *const *parts;
static const struct statement *channels[CHANNELS_MOST + 1]; /* ended by NULL */

static struct databases *of(const struct worker *w)
{
    return &all[worker_index(w)];
}

static bool part_prepare(const struct setup *s)
{
    int n = 0;
    parts = s->parts;
    for (int i = 0; parts[i] && n < CHANNELS_MOST; i++)
        if (parts[i]->listen)
            channels[n++] = parts[i]->listen;
    return true;
}

static void on_reading(void *arg, bool up)
{
    const struct databases *d = arg;
    for (int i = 0; d->started && parts[i]; i++)
        if (parts[i]->database)
            parts[i]->database(d->worker, up);
}

static void on_writing(void *arg, bool up)
{
    const struct databases *d = arg;
    for (int i = 0; parts[i]; i++)
        if (parts[i]->writing)
            parts[i]->writing(d->worker, up);
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    const struct databases *d = arg;
    for (int i = 0; d->started && parts[i]; i++)
        if (parts[i]->channel && !strcmp(parts[i]->channel, channel))
            parts[i]->notified(d->worker, payload);
}

/* Few enough that many workers do not use up what a database allows by default. */
static int read_connections(int workers)
{
    int share = 32 / workers;
    return config.read_connections ? (int)config.read_connections : share < 1 ? 1 : share > 4 ? 4 : share;
}

int databases_connections(int workers)
{
    return workers * (read_connections(workers) + 2);
}

static bool part_open(struct worker *w, const struct setup *s)
{
    char name[64];
    struct databases *d = of(w);
    struct db_pg_options o = { .conninfo = s->conninfo,
                               .name = name,
                               .statement_timeout_ms = config.statement_timeout,
                               .wait_ms = config.write_wait,
                               .queue = READ_QUEUE,
                               .writer_slot = -1,
                               .echo = config.database_echo,
                               .on_up = on_reading,
                               .on_notify = on_notify,
                               .listen = channels,
                               .arg = d };
    *d = (struct databases){ .worker = w };
    snprintf(name, sizeof name, "lectern read %d", worker_index(w));
    worker_set_service(w, SERVICE_DB_READ,
                       db_pool_create(worker_loop(w), &o, read_connections(system_workers(s->system))));
    o.queue = SLOW_QUEUE;
    o.statement_timeout_ms = config.slow_statement_timeout;
    o.on_up = NULL;
    o.on_notify = NULL;
    snprintf(name, sizeof name, "lectern slow %d", worker_index(w));
    worker_set_service(w, SERVICE_DB_SLOW, db_pg_create(worker_loop(w), &o));
    o.queue = WRITE_QUEUE;
    o.statement_timeout_ms = config.statement_timeout;
    o.writer_slot = worker_index(w);
    o.batch_statements = true;
    o.on_up = on_writing;
    snprintf(name, sizeof name, "lectern write %d", worker_index(w));
    worker_set_service(w, SERVICE_DB_WRITE, db_pg_create(worker_loop(w), &o));
    return db_reading(w) && db_slow(w) && db_writing(w);
}

static bool part_ready(struct worker *w)
{
    return db_up(db_reading(w)) && db_up(db_writing(w));
}

static void part_start(struct worker *w)
{
    of(w)->started = true;
}

/* ---- the end ---- */

static void on_closed(void *arg)
{
    ((struct databases *)arg)->closing--;
}

static void part_end(struct worker *w)
{
    struct databases *d = of(w);
    d->closing = (uint8_t)(!!db_reading(w) + !!db_slow(w) + !!db_writing(w));
    if (db_reading(w))
        db_pool_close(db_reading(w), on_closed, d);
    if (db_slow(w))
        db_pg_close(db_slow(w), on_closed, d);
    if (db_writing(w))
        db_pg_close(db_writing(w), on_closed, d);
}

static bool part_ended(struct worker *w)
{
    return !of(w)->closing;
}

/* ---- for operators ---- */

static void part_describe(struct worker *w, struct json *out)
{
    struct db_stats r = db_pool_stats(db_reading(w));
    json_int(out, "reads", (int64_t)r.queries);
    json_bool(out, "database", r.up);
}

static struct queue_numbers of_db(struct db_stats s)
{
    return (struct queue_numbers){ s.limit, s.in_flight + s.waiting, s.highest, (int64_t)s.refused };
}

static void read_statements(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_db(db_pool_stats(db_reading(w)));
}

static void read_slow_statements(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_db(db_pg_stats(db_slow(w)));
}

static const struct queue_row queues[] = {
    { "statements", "statements under way and waiting, per worker", "8192",
      "503; without a connection they wait `write-wait`, then 503", "all who ask, `budget-requests` each",
      read_statements },
    { "slow_statements", "those of slow endpoints (reports), on a connection of their own, per worker", "256",
      "the same; a download under way is cut", "all who ask for reports and lists, `budget-requests` each",
      read_slow_statements },
    { 0 },
};

static const struct memory_row memory[] = {
    { "database", "places of statements, and about what libpq holds for a connection" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    struct db_stats r = db_pool_stats(db_reading(w)), s = db_pg_stats(db_slow(w)), x = db_pg_stats(db_writing(w));
    *ret = (struct memory_amount){ r.in_flight + r.waiting + s.in_flight + s.waiting + x.in_flight + x.waiting,
                                   db_pool_memory(db_reading(w)) + db_pg_memory(db_slow(w)) +
                                       db_pg_memory(db_writing(w)) };
}

const struct part databases_part = {
    .name = "databases",
    .prepare = part_prepare,
    .open = part_open,
    .ready = part_ready,
    .start = part_start,
    .end = part_end,
    .ended = part_ended,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
};
