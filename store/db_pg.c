/* Db over libpq: the queue of queries, the set-up of a session, coming back after a break. The socket is pg_link's.
 *
 * A connection counts as up when its session is set up: emptied of what another client of a pooler may have left, its
 * settings given, the writer's lock taken (so its predecessor's transaction is over), notifications asked for, every
 * statement prepared. All of it is pipelined, so it takes one round trip; nothing here blocks. libpq 15 sends at every
 * sync, so a query leaves at once and a batch leaves whole.
 *
 * A session that went stale (sqlstate.h) is left: nothing more is sent, and when all that is under way has been
 * answered the connection is closed and made anew. Not more often than every two seconds, since one to a server that
 * only reads is stale for as long as there is no other. */
#include "store/db_pg.h"

#include "proto/base/log.h"
#include "proto/base/state.h"
#include "store/lock_class.h"
#include "store/pg_conninfo.h"
#include "store/pg_link.h"
#include "store/pg_queue.h"
#include "store/sqlstate.h"
#include "store/statements.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SETUP_QUERIES = 6,  /* places in the pool beside the users' */
    CONNECT_MS = 10000, /* for one attempt to connect */
    SILENCE_MS = 5000,  /* beyond the statement timeout: then the server is taken for dead */
    RENEW_MS = 2000,    /* at least, from one session to the next because of staleness */
    BACKOFF_MIN_MS = 50,
    BACKOFF_MAX_MS = 2000,
    LIBPQ_BYTES = 36 * 1024, /* its two buffers before they grow, and the rest */
};

enum state { AWAY, CONNECTING, SETTING_UP, UP, LEAVING, CLOSING };

struct db_pg {
    struct db base;
    /* immutable after create */
    struct db_pg_options o;
    uv_loop_t *loop;
    char *name;
    struct pg_conninfo conninfo;
    uint64_t silence_ms; /* 0: no bound */
    /* loop thread only */
    enum state state;
    struct pg_link link;
    struct pg_pool pool;
    struct pg_list waiting, flying;
    uint32_t setup_left; /* set-up queries not answered well yet */
    uint32_t attempts;   /* since the last time it was up */
    uint64_t answered;   /* when the last result came */
    uint64_t since;      /* when this session was up */
    int32_t holder;      /* server process in which the writer's lock was taken last; 0: none */
    uint64_t chance;
    bool complained;       /* this outage has been logged */
    uv_timer_t retry, due; /* the next attempt; the earliest deadline of a query */
    uint64_t due_at;
    struct db_stats stats;
    void (*closed)(void *arg);
    void *closed_arg;
    int handles; /* not closed yet */
};

static const struct db_ops ops;

static const struct state_row states[] = {
    [AWAY] = { "away", STATE(CONNECTING) | STATE(CLOSING) },
    [CONNECTING] = { "connecting", STATE(SETTING_UP) | STATE(AWAY) | STATE(CLOSING) },
    [SETTING_UP] = { "setting up", STATE(UP) | STATE(AWAY) | STATE(CLOSING) },
    [UP] = { "up", STATE(LEAVING) | STATE(AWAY) | STATE(CLOSING) },
    [LEAVING] = { "leaving", STATE(AWAY) | STATE(CLOSING) },
    [CLOSING] = { "closing", 0 },
};

static void move(struct db_pg *db, enum state to)
{
    db->state = state_next(states, db->state, to);
}

static struct db_pg *pg_of(struct db *db)
{
    assert(db->ops == &ops);
    return (struct db_pg *)db;
}

/* ---- results ---- */

static struct text pg_value(const struct db_result *r, int row, int column)
{
    const PGresult *rows = r->data;
    assert(row >= 0 && row < r->rows && column >= 0 && column < PQnfields(rows));
    if (PQgetisnull(rows, row, column))
        return (struct text){ 0 };
    return (struct text){ PQgetvalue(rows, row, column), (size_t)PQgetlength(rows, row, column) };
}

static const char *field(const PGresult *r, int code)
{
    const char *s = PQresultErrorField(r, code);
    return s ? s : "";
}

static struct db_result result_of(const struct pg_query *q)
{
    static const enum db_status status_of[] = { [SQLSTATE_FAULT] = DB_REFUSED,
                                                [SQLSTATE_PASSING] = DB_RETRY,
                                                [SQLSTATE_STALE] = DB_RETRY,
                                                [SQLSTATE_UNKNOWN] = DB_LOST };
    struct db_result r = { .status = DB_OK, .sqlstate = "", .constraint = "", .ops = &ops };
    if (q->error) {
        r.sqlstate = field(q->error, PG_DIAG_SQLSTATE);
        r.constraint = field(q->error, PG_DIAG_CONSTRAINT_NAME);
        r.status = status_of[sqlstate_means(r.sqlstate)];
    } else if (q->rows && q->statement) {
        r.rows = PQntuples(q->rows);
        r.data = q->rows;
    }
    return r;
}

/* Answers a query and gives its place back first, so that the callback may ask again. */
static void answer(struct db_pg *db, struct pg_query *q, const struct db_result *r)
{
    struct pg_query mine = *q;
    q->rows = q->error = NULL;
    q->params = NULL;
    pg_pool_give(&db->pool, q);
    if (mine.done)
        mine.done(mine.arg, r);
    free(mine.params);
    PQclear(mine.rows);
    PQclear(mine.error);
}

static void answer_status(struct db_pg *db, struct pg_query *q, enum db_status status)
{
    struct db_result r = { .status = status, .sqlstate = "", .constraint = "", .ops = &ops };
    answer(db, q, &r);
}

/* ---- deadlines ---- */

static void on_due(uv_timer_t *timer);

static void look_at(struct db_pg *db, uint64_t at)
{
    if (db->state == CLOSING || (uv_is_active((uv_handle_t *)&db->due) && db->due_at <= at))
        return;
    uint64_t now = uv_now(db->loop);
    db->due_at = at;
    uv_timer_start(&db->due, on_due, at > now ? at - now : 0, 0);
}

/* A server is silent since its last answer or since it was asked, whichever is later. */
static uint64_t silent_at(const struct db_pg *db, const struct pg_query *q)
{
    return (q->since > db->answered ? q->since : db->answered) + db->silence_ms;
}

/* Both lists are in order of time, so their heads have the earliest deadlines. */
static void on_due(uv_timer_t *timer)
{
    struct db_pg *db = timer->data;
    uint64_t now = uv_now(db->loop), wait = (uint64_t)db->o.wait_ms;
    while (db->waiting.head && db->waiting.head->since + wait <= now)
        answer_status(db, pg_list_pop(&db->waiting), DB_AWAY);
    if (db->flying.head && db->silence_ms && silent_at(db, db->flying.head) <= now)
        pg_link_break(&db->link, "the database does not answer");
    if (db->waiting.head)
        look_at(db, db->waiting.head->since + wait);
    if (db->flying.head && db->silence_ms)
        look_at(db, silent_at(db, db->flying.head));
}

/* ---- asking ---- */

static struct pg_query *take(struct db_pg *db, const struct statement *st, db_done *done, void *arg)
{
    uint32_t n = db->waiting.n + db->flying.n + 1;
    struct pg_query *q = db->state == CLOSING || n > db->o.queue ? NULL : pg_pool_take(&db->pool);
    if (!q) {
        db->stats.refused++;
        return NULL;
    }
    if (n > db->stats.highest)
        db->stats.highest = n;
    q->statement = st;
    q->done = done;
    q->arg = arg;
    q->since = uv_now(db->loop);
    q->sent = 1;
    return q;
}

static void fly(struct db_pg *db, struct pg_query *q)
{
    pg_list_push(&db->flying, q);
    pg_link_sync(&db->link);
    if (db->silence_ms)
        look_at(db, q->since + db->silence_ms);
}

static bool pg_ask(struct db *base, const struct statement *st, const struct db_params *p, db_done *done, void *arg)
{
    static const struct db_params none;
    struct db_pg *db = pg_of(base);
    p = p ? p : &none;
    assert(p->n == st->nparams && (!st->batch || db->o.batch_statements));
    struct pg_query *q = take(db, st, done, arg);
    if (!q)
        return false;
    db->stats.queries++;
    if (db->state == UP && pg_link_execute(&db->link, st, p)) {
        fly(db, q);
        return true;
    }
    q->params = pg_params_copy(p);
    if (!q->params) {
        pg_pool_give(&db->pool, q);
        return false;
    }
    pg_list_push(&db->waiting, q);
    look_at(db, q->since + (uint64_t)db->o.wait_ms);
    return true;
}

static bool pg_batch(struct db *base, const struct db_step *steps, int n, db_done *done, void *arg)
{
    struct db_pg *db = pg_of(base);
    struct pg_query *q = db->state == UP ? take(db, NULL, done, arg) : NULL;
    if (!q)
        return false;
    for (int i = 0; i < n; i++) {
        assert(steps[i].params.n == steps[i].statement->nparams);
        if (!pg_link_execute(&db->link, steps[i].statement, &steps[i].params)) {
            pg_pool_give(&db->pool, q); /* no sync will follow, so nothing of it can happen */
            return false;
        }
    }
    db->stats.batches++;
    q->sent = (uint32_t)n;
    fly(db, q);
    return true;
}

static void send_waiting(struct db_pg *db)
{
    struct pg_query *q;
    while ((q = db->waiting.head) && pg_link_execute(&db->link, q->statement, q->params)) {
        pg_list_pop(&db->waiting);
        free(q->params);
        q->params = NULL;
        q->since = uv_now(db->loop);
        fly(db, q);
    }
}

/* ---- setting a session up ---- */

static void complain(struct db_pg *db, const char *message, const char *statement, const char *why)
{
    if (!db->complained)
        log_warn(message, F_STR("connection", db->name), F_STR("statement", statement), F_STR("why", why));
    db->complained = true;
}

static bool prepares(const struct db_pg *db, const struct statement *st)
{
    return strcmp(st->area, "store") && (!st->batch || db->o.batch_statements);
}

static const char *nth_prepared(const struct db_pg *db, uint32_t n)
{
    for (int i = 0; i < statement_count; i++)
        if (prepares(db, statements[i]) && n-- == 0)
            return statements[i]->name;
    return "";
}

/* `gives`: the first statement sent, if its rows are wanted; else NULL. */
static bool setup_query(struct db_pg *db, const struct statement *gives, db_done *done)
{
    struct pg_query *q = pg_pool_take(&db->pool);
    assert(q);
    q->statement = gives;
    q->done = done;
    q->arg = db;
    q->since = uv_now(db->loop);
    fly(db, q);
    return !db->link.failing;
}

static void on_setup(void *arg, const struct db_result *r)
{
    struct db_pg *db = arg;
    if (db->state != SETTING_UP)
        return; /* the link broke, which has been told */
    if (r->status != DB_OK) {
        complain(db, "database session refused", "", r->sqlstate);
        pg_link_break(&db->link, "session refused");
        return;
    }
    if (--db->setup_left)
        return;
    move(db, UP);
    db->attempts = 0;
    db->complained = false;
    db->stats.connects++;
    db->since = uv_now(db->loop);
    log_info("database connected", F_STR("connection", db->name));
    send_waiting(db);
    if (db->o.on_up)
        db->o.on_up(db->o.arg, true);
}

static bool send_lock(struct db_pg *db, int32_t end_holder);

static void on_lock(void *arg, const struct db_result *r)
{
    struct db_pg *db = arg;
    if (db->state == SETTING_UP && r->status == DB_RETRY) {
        complain(db, "waiting for the predecessor's connection to end", STORE_LOCK.name, r->sqlstate);
        (void)send_lock(db, db->holder); /* a failing link is told by itself */
        return;
    }
    if (r->status == DB_OK && r->rows)
        db->holder = (int32_t)db_int(r, 0, STORE_LOCK_LOCKED);
    on_setup(arg, r);
}

/* Waits for the lock in the server, a second at a time: so the loop sees that the server is alive. If the holder is
 * what this connection had before, it is ended: it hangs, or a pooler has given it to somebody else. */
static bool send_lock(struct db_pg *db, int32_t end_holder)
{
    static const struct db_params none;
    struct db_params timeout = { 0 }, lock = { 0 };
    db_param_text(&timeout, TEXT("1s"));
    db_param_int4(&lock, LOCK_WRITERS);
    db_param_int4(&lock, db->o.writer_slot);
    struct db_params holder = lock;
    db_param_int4(&holder, end_holder);
    return pg_link_run(&db->link, &STORE_SERVER, &none) && pg_link_run(&db->link, &STORE_LOCK_TIMEOUT, &timeout) &&
           (!end_holder || pg_link_run(&db->link, &STORE_LOCK_END_HOLDER, &holder)) &&
           pg_link_run(&db->link, &STORE_LOCK, &lock) && setup_query(db, &STORE_SERVER, on_lock);
}

static bool send_prepares(struct db_pg *db)
{
    for (int i = 0; i < statement_count; i++)
        if (prepares(db, statements[i]) && !pg_link_prepare(&db->link, statements[i]))
            return false;
    return setup_query(db, NULL, on_setup);
}

static bool send_listen(struct db_pg *db)
{
    static const struct db_params none;
    for (int i = 0; db->o.listen[i]; i++)
        if (!pg_link_run(&db->link, db->o.listen[i], &none))
            return false;
    return setup_query(db, NULL, on_setup);
}

static bool send_settings(struct db_pg *db)
{
    static const struct db_params none;
    struct db_params settings = { 0 };
    db_param_text(&settings, text_of(db->conninfo.settings.p));
    return pg_link_run(&db->link, &STORE_DISCARD, &none) && setup_query(db, NULL, on_setup) &&
           pg_link_run(&db->link, &STORE_SETTINGS, &settings) && setup_query(db, NULL, on_setup);
}

static void on_opened(void *owner)
{
    struct db_pg *db = owner;
    bool locks = db->o.writer_slot >= 0, listens = db->o.on_notify;
    move(db, SETTING_UP);
    db->setup_left = 3u + locks + listens;
    /* A send that fails makes the link report itself closed. */
    (void)(send_settings(db) && (!locks || send_lock(db, 0)) && (!listens || send_listen(db)) && send_prepares(db));
}

/* ---- what the link tells ---- */

static void on_result(void *owner, PGresult *take)
{
    struct db_pg *db = owner;
    struct pg_query *q = db->flying.head;
    assert(q);
    db->answered = uv_now(db->loop);
    ExecStatusType status = PQresultStatus(take);
    bool ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    q->results += ok && !q->error;
    PGresult **place = ok ? &q->rows : &q->error;
    if (*place || status == PGRES_PIPELINE_ABORTED) {
        PQclear(take);
        return;
    }
    *place = take;
    if (ok)
        return;
    db->stats.errors++;
    if (q->done == on_setup)
        complain(db, "the session cannot be set up", db->setup_left == 1 ? nth_prepared(db, q->results) : "",
                 field(take, PG_DIAG_MESSAGE_PRIMARY));
    else if (q->done != on_lock)
        log_debug("statement refused", F_STR("connection", db->name),
                  F_STR("statement", q->statement ? q->statement->name : "batch"),
                  F_STR("why", field(take, PG_DIAG_MESSAGE_PRIMARY)));
}

/* What is asked from now on waits for the next session. */
static void leave(struct db_pg *db, const char *sqlstate)
{
    if (db->state != UP || uv_now(db->loop) - db->since < RENEW_MS)
        return;
    log_warn("the session is stale and made anew", F_STR("connection", db->name), F_STR("sqlstate", sqlstate));
    move(db, LEAVING);
    db->complained = true; /* its end has been told */
}

static void on_synced(void *owner)
{
    struct db_pg *db = owner;
    struct pg_query *q = db->flying.head;
    assert(q);
    if (q->sent && !q->error && q->results != q->sent) { /* an answer is missing: who knows whose the next one is */
        pg_link_break(&db->link, "answers and questions do not match");
        return;
    }
    pg_list_pop(&db->flying);
    db->answered = uv_now(db->loop);
    struct db_result r = result_of(q);
    if (db->o.echo && q->done != on_setup && q->done != on_lock)
        log_info("statement", F_STR("connection", db->name),
                 F_STR("statement", q->statement ? q->statement->name : "batch"), F_STR("sqlstate", r.sqlstate),
                 F_INT("rows", r.rows));
    if (sqlstate_means(r.sqlstate) == SQLSTATE_STALE)
        leave(db, r.sqlstate);
    answer(db, q, &r);
    if (db->state == LEAVING && !db->flying.head)
        pg_link_break(&db->link, "the session is stale");
}

static void on_notified(void *owner, const char *channel, const char *payload)
{
    struct db_pg *db = owner;
    if (db->o.on_notify)
        db->o.on_notify(db->o.arg, channel, payload);
}

static void on_retry(uv_timer_t *timer)
{
    struct db_pg *db = timer->data;
    move(db, CONNECTING);
    pg_link_open(&db->link, &db->conninfo, CONNECT_MS);
}

/* Doubling, with jitter: a half to the whole, so that workers do not come back in step. */
static uint64_t backoff(struct db_pg *db)
{
    uint64_t ms = BACKOFF_MIN_MS;
    for (uint32_t i = 0; i < db->attempts && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    ms = ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
    db->attempts++;
    db->chance = db->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ms / 2 + (db->chance >> 33) % (ms / 2 + 1);
}

static void fail_flying(struct db_pg *db)
{
    struct pg_list lost = db->flying;
    db->flying = (struct pg_list){ 0 };
    for (struct pg_query *q; (q = pg_list_pop(&lost));) {
        bool setup = q->done == on_setup || q->done == on_lock;
        if (setup)
            pg_pool_give(&db->pool, q);
        else
            answer_status(db, q, DB_LOST);
    }
}

static void on_closed(void *owner, const char *why)
{
    struct db_pg *db = owner;
    bool was_up = db->state == UP || db->state == LEAVING;
    complain(db, was_up ? "database connection lost" : "no database connection", "", why);
    move(db, AWAY);
    db->setup_left = 0;
    uv_timer_start(&db->retry, on_retry, backoff(db), 0);
    if (was_up && db->o.on_up)
        db->o.on_up(db->o.arg, false);
    fail_flying(db);
}

static const struct pg_link_events link_events = {
    .opened = on_opened,
    .result = on_result,
    .synced = on_synced,
    .notified = on_notified,
    .closed = on_closed,
};

/* ---- life ---- */

static bool pg_up(const struct db *base)
{
    const struct db_pg *db = (const struct db_pg *)base;
    return db->state == UP && !db->link.failing;
}

static const struct db_ops ops = { .query = pg_ask, .batch = pg_batch, .value = pg_value, .up = pg_up };

static void db_pg_free(struct db_pg *db)
{
    pg_pool_fini(&db->pool);
    pg_conninfo_fini(&db->conninfo);
    free(db->name);
    free(db);
}

/* Settings of the session. The server forgets a vanished client by its keepalives, so that the client's successor can
 * go on. */
static bool make_conninfo(struct db_pg *db)
{
    static const char *const add[][2] = {
        { "keepalives_idle", "10" },
        { "keepalives_interval", "5" },
        { "keepalives_count", "3" },
        { "tcp_user_timeout", "20000" },
    };
    char timeout[24];
    const struct pg_setting settings[] = {
        { "application_name", db->name },
        { "statement_timeout", timeout },
        { "jit", "off" },
        { "tcp_keepalives_idle", "10" },
        { "tcp_keepalives_interval", "5" },
        { "tcp_keepalives_count", "3" },
        { NULL },
    };
    struct buf why = { 0 };
    snprintf(timeout, sizeof timeout, "%lld", (long long)db->o.statement_timeout_ms);
    bool ok = pg_conninfo_init(&db->conninfo, db->o.conninfo, settings, &why);
    if (!ok)
        log_error("no database connection", F_STR("connection", db->name), F_TEXT("why", buf_view(&why)));
    buf_fini(&why);
    if (!ok)
        return false;
    pg_conninfo_add(&db->conninfo, "application_name", db->name);
    for (size_t i = 0; i < sizeof add / sizeof *add; i++)
        pg_conninfo_add(&db->conninfo, add[i][0], add[i][1]);
    return true;
}

struct db *db_pg_create(uv_loop_t *loop, const struct db_pg_options *o)
{
    struct db_pg *db = calloc(1, sizeof *db);
    if (!db)
        return NULL;
    db->base.ops = &ops;
    db->o = *o;
    db->loop = loop;
    db->name = strdup(o->name ? o->name : "lectern");
    if (!db->name || !make_conninfo(db) || !pg_pool_init(&db->pool, o->queue + SETUP_QUERIES)) {
        db_pg_free(db);
        return NULL;
    }
    db->o.name = db->name;
    db->o.conninfo = NULL; /* it has been read */
    db->silence_ms = o->statement_timeout_ms > 0 ? (uint64_t)o->statement_timeout_ms + SILENCE_MS : 0;
    db->chance = uv_hrtime() ^ (uintptr_t)db;
    pg_link_init(&db->link, loop, &link_events, db);
    uv_timer_init(loop, &db->retry);
    uv_timer_init(loop, &db->due);
    db->retry.data = db->due.data = db;
    uv_timer_start(&db->retry, on_retry, 0, 0);
    return &db->base;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct db_pg *db = handle->data;
    if (--db->handles)
        return;
    void (*closed)(void *) = db->closed;
    void *arg = db->closed_arg;
    db_pg_free(db);
    if (closed)
        closed(arg);
}

void db_pg_close(struct db *base, void (*closed)(void *arg), void *arg)
{
    struct db_pg *db = pg_of(base);
    assert(db->state != CLOSING);
    move(db, CLOSING);
    db->closed = closed;
    db->closed_arg = arg;
    pg_link_close(&db->link);
    fail_flying(db);
    for (struct pg_query *q; (q = pg_list_pop(&db->waiting));)
        answer_status(db, q, DB_AWAY);
    db->handles = 3;
    db->link.timer.data = db;
    uv_close((uv_handle_t *)&db->retry, on_handle_closed);
    uv_close((uv_handle_t *)&db->due, on_handle_closed);
    uv_close((uv_handle_t *)&db->link.timer, on_handle_closed);
}

struct db_stats db_pg_stats(const struct db *base)
{
    const struct db_pg *db = (const struct db_pg *)base;
    struct db_stats stats = db->stats;
    stats.in_flight = db->flying.n;
    stats.waiting = db->waiting.n;
    stats.limit = db->o.queue;
    stats.up = pg_up(base);
    return stats;
}

uint64_t db_pg_memory(const struct db *base)
{
    const struct db_pg *db = (const struct db_pg *)base;
    uint64_t bytes = sizeof *db + (db->o.queue + SETUP_QUERIES) * sizeof(struct pg_query);
    bytes += db->waiting.n * sizeof(struct db_params);
    return bytes + (db->link.conn ? LIBPQ_BYTES : 0);
}
