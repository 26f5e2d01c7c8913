/* Link: see pg_link.h. The socket belongs to libpq, which may close it inside any call and take another while
 * connecting; so polling stops before libpq can do that, or at the latest before anything else runs on the loop. */
#include "store/pg_link.h"

#include "proto/base/log.h"

#include <assert.h>
#include <stdlib.h>

struct pg_poll {
    uv_poll_t handle;
    int fd;
};

static void on_poll(uv_poll_t *handle, int status, int events);

static void poll_freed(uv_handle_t *handle)
{
    free(handle->data);
}

static void stop_polling(struct pg_link *l)
{
    if (!l->poll)
        return;
    uv_poll_stop(&l->poll->handle);
    l->poll->handle.data = l->poll;
    uv_close((uv_handle_t *)&l->poll->handle, poll_freed);
    l->poll = NULL;
    l->watched = 0;
}

/* A poll handle for the connection's present socket. False without memory. */
static bool poll_present_socket(struct pg_link *l)
{
    int fd = PQsocket(l->conn);
    if (l->poll && l->poll->fd == fd)
        return true;
    stop_polling(l);
    struct pg_poll *p = fd < 0 ? NULL : malloc(sizeof *p);
    if (!p || uv_poll_init(l->loop, &p->handle, fd)) {
        free(p);
        return false;
    }
    p->fd = fd;
    p->handle.data = l;
    l->poll = p;
    return true;
}

static bool watch(struct pg_link *l, int events)
{
    if (!poll_present_socket(l))
        return false;
    if (l->watched == events)
        return true;
    l->watched = events;
    return !uv_poll_start(&l->poll->handle, events, on_poll);
}

static void on_timer(uv_timer_t *timer)
{
    struct pg_link *l = timer->data;
    pg_link_break(l, l->failing ? PQerrorMessage(l->conn) : "no connection in time");
}

/* For breaks noticed inside a send, whose caller must not be called back. */
static void fail_soon(struct pg_link *l)
{
    l->failing = true;
    stop_polling(l);
    uv_timer_start(&l->timer, on_timer, 0, 0);
}

static void ignore_notice(void *arg, const PGresult *r)
{
    (void)arg;
    log_debug("database notice", F_STR("text", PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY)));
}

static void now_open(struct pg_link *l)
{
    uv_timer_stop(&l->timer);
    PQsetNoticeReceiver(l->conn, ignore_notice, NULL);
    if (PQsetnonblocking(l->conn, 1) || !PQenterPipelineMode(l->conn) || !watch(l, UV_READABLE)) {
        pg_link_break(l, "out of memory");
        return;
    }
    l->open = true;
    l->events->opened(l->owner);
}

/* libpq may replace the socket in here, by one of the same number even; so nothing polls it meanwhile. */
static void go_on_connecting(struct pg_link *l)
{
    if (l->poll)
        uv_poll_stop(&l->poll->handle);
    l->watched = 0;
    switch (PQconnectPoll(l->conn)) {
    case PGRES_POLLING_READING:
        if (!watch(l, UV_READABLE))
            pg_link_break(l, "out of memory");
        break;
    case PGRES_POLLING_WRITING:
        if (!watch(l, UV_WRITABLE))
            pg_link_break(l, "out of memory");
        break;
    case PGRES_POLLING_OK:
        now_open(l);
        break;
    default:
        pg_link_break(l, PQerrorMessage(l->conn));
    }
}

/* Sends what libpq holds, and watches for room if it could not send all. libpq may have read while it could not write:
 * what it holds then makes no socket readable, so a look at it is asked for. */
static void flush(struct pg_link *l)
{
    int left = PQflush(l->conn);
    bool unread = !l->reading && l->owed && !PQisBusy(l->conn);
    if (left < 0 || PQstatus(l->conn) == CONNECTION_BAD || !watch(l, UV_READABLE | (left || unread ? UV_WRITABLE : 0)))
        fail_soon(l);
}

/* libpq had no memory for an answer and made this one up in its place; of which statement, or whether of a sync, it
 * does not say. */
static bool made_up(const PGresult *r)
{
    return PQresultStatus(r) == PGRES_FATAL_ERROR && !PQresultErrorField(r, PG_DIAG_SQLSTATE);
}

/* Reads whole results while a sync is owed; a NULL separates two statements' results, none follows a sync. */
static void read_results(struct pg_link *l)
{
    bool separated = false;
    l->reading = true;
    while (l->conn && !l->failing && l->owed && !PQisBusy(l->conn)) {
        PGresult *r = PQgetResult(l->conn);
        if (!r && (separated || PQstatus(l->conn) == CONNECTION_BAD)) {
            pg_link_break(l, PQerrorMessage(l->conn));
            break;
        }
        separated = !r;
        if (!r)
            continue;
        if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
            PQclear(r);
            l->owed--;
            l->events->synced(l->owner);
        } else if (made_up(r)) {
            PQclear(r);
            pg_link_break(l, "no memory for an answer");
        } else {
            l->events->result(l->owner, r);
        }
    }
    l->reading = false;
}

static void read_notices(struct pg_link *l)
{
    PGnotify *n;
    while (l->conn && !l->failing && (n = PQnotifies(l->conn))) {
        l->events->notified(l->owner, n->relname, n->extra);
        PQfreemem(n);
    }
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct pg_link *l = handle->data;
    if (!l->open) {
        go_on_connecting(l);
        return;
    }
    if (status < 0 || ((events & UV_READABLE) && !PQconsumeInput(l->conn))) {
        read_results(l); /* what came before the end still counts */
        if (l->conn)
            pg_link_break(l, PQerrorMessage(l->conn));
        return;
    }
    read_results(l);
    read_notices(l);
    if (l->conn && !l->failing)
        flush(l);
}

void pg_link_init(struct pg_link *l, uv_loop_t *loop, const struct pg_link_events *events, void *owner)
{
    *l = (struct pg_link){ .loop = loop, .events = events, .owner = owner };
    uv_timer_init(loop, &l->timer);
    l->timer.data = l;
}

void pg_link_open(struct pg_link *l, const struct pg_conninfo *c, uint64_t timeout_ms)
{
    assert(!l->conn);
    l->conn = PQconnectStartParams(c->keywords, c->values, 0);
    uv_timer_start(&l->timer, on_timer, timeout_ms, 0);
    if (!l->conn || PQstatus(l->conn) == CONNECTION_BAD || !watch(l, UV_WRITABLE))
        fail_soon(l);
}

static bool sent(struct pg_link *l, int ok)
{
    if (!ok)
        fail_soon(l);
    return ok;
}

bool pg_link_prepare(struct pg_link *l, const struct statement *st)
{
    Oid types[DB_MAX_PARAMS];
    assert(st->nparams <= DB_MAX_PARAMS);
    for (int i = 0; i < st->nparams; i++)
        types[i] = st->params[i].oid;
    return !l->failing && sent(l, PQsendPrepare(l->conn, st->name, st->sql, st->nparams, types));
}

bool pg_link_execute(struct pg_link *l, const struct statement *st, const struct db_params *p)
{
    return !l->failing && sent(l, PQsendQueryPrepared(l->conn, st->name, p->n, p->values, p->lengths, p->formats, 0));
}

bool pg_link_run(struct pg_link *l, const struct statement *st, const struct db_params *p)
{
    Oid types[DB_MAX_PARAMS];
    assert(p->n == st->nparams);
    for (int i = 0; i < st->nparams; i++)
        types[i] = st->params[i].oid;
    return !l->failing &&
           sent(l, PQsendQueryParams(l->conn, st->sql, p->n, types, p->values, p->lengths, p->formats, 0));
}

void pg_link_sync(struct pg_link *l)
{
    if (l->failing)
        return;
    l->owed++;
    if (sent(l, PQpipelineSync(l->conn)))
        flush(l);
}

void pg_link_break(struct pg_link *l, const char *why)
{
    char copy[512];
    struct buf line = { 0 };
    pg_conninfo_put_error(&line, why && *why ? why : "connection closed");
    size_t n = line.n < sizeof copy - 1 ? line.n : sizeof copy - 1;
    memcpy(copy, line.p ? line.p : "", n);
    copy[n] = '\0';
    buf_fini(&line);
    pg_link_close(l);
    l->events->closed(l->owner, copy);
}

void pg_link_close(struct pg_link *l)
{
    uv_timer_stop(&l->timer);
    stop_polling(l);
    PQfinish(l->conn);
    l->conn = NULL;
    l->owed = 0;
    l->open = l->failing = false;
}
