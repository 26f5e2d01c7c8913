/* Audit: see audit.h. Entries are written one by one, in order. Names of users are looked up on the pool, since a
 * directory on the network may be asked for them. */
#include "transport/admin/audit.h"

#include "actors/databases.h"
#include "actors/runtime/pool.h"
#include "proto/base/log.h"
#include "proto/base/masked.h"
#include "proto/base/stamp.h"
#include "proto/config/config_live.h"
#include "proto/config/config_row.h"
#include "store/db.h"
#include "store/statements.h"
#include "transport/transport.h"

#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { NAME_ROOM = 256, PASSWD_ROOM = 16384, TIDY_MOST = 1000 };
static const uint64_t again_ns = 1000000000, soon_ns = 100000000, hour_ns = UINT64_C(3600) * 1000000000;
static const int64_t day_us = INT64_C(86400) * 1000000;

struct entry {
    struct entry *next;
    int64_t id, at, uid, pid;
    struct buf command, arguments, failed;
};

struct audit {
    /* guarded by lock */
    pthread_mutex_t lock;
    struct entry *first, *last;
    uint32_t n, highest;
    uint64_t lost;
    struct worker *desk; /* NULL: not open */
    /* the desk's thread */
    struct entry *writing; /* taken from the queue until its row is there */
    struct pool *pool;
    struct timer timer, tidying;
    bool busy;
};

struct lookup {
    struct pool_job job;
    struct audit *audit;
    uid_t uid;
    char name[NAME_ROOM];
};

static void free_entry(struct entry *e)
{
    if (!e)
        return;
    buf_fini(&e->command);
    buf_fini(&e->arguments);
    buf_fini(&e->failed);
    free(e);
}

struct audit *audit_create(void)
{
    struct audit *a = calloc(1, sizeof *a);
    if (a)
        pthread_mutex_init(&a->lock, NULL);
    return a;
}

void audit_destroy(struct audit *a)
{
    if (!a)
        return;
    uint64_t left = a->lost + a->n + (a->writing != NULL);
    if (left)
        log_warn("commands of operators are in the log only, the audit table has no row of them",
                 F_INT("commands", (int64_t)left));
    free_entry(a->writing);
    for (struct entry *e; (e = a->first);) {
        a->first = e->next;
        free_entry(e);
    }
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- the desk's worker ---- */

static void step(struct audit *a);

static void on_timer(struct timer *t)
{
    step((struct audit *)((char *)t - offsetof(struct audit, timer)));
}

static void again_later(struct audit *a)
{
    if (a->desk)
        worker_timer_start(a->desk, &a->timer, again_ns);
}

static void on_written(void *arg, const struct db_result *r)
{
    struct audit *a = arg;
    a->busy = false;
    if (r->status != DB_OK && r->status != DB_REFUSED) {
        again_later(a);
        return;
    }
    if (r->status == DB_REFUSED) {
        log_error("a row of the audit is refused", F_STR("sqlstate", r->sqlstate));
        pthread_mutex_lock(&a->lock);
        a->lost++;
        pthread_mutex_unlock(&a->lock);
    }
    free_entry(a->writing);
    a->writing = NULL;
    step(a);
}

static void param_known(struct db_params *p, int64_t value)
{
    if (value < 0)
        db_param_null(p);
    else
        db_param_int8(p, value);
}

static void write_row(struct audit *a, const char *name)
{
    const struct entry *e = a->writing;
    struct db_params p = { 0 };
    db_param_int8(&p, e->id);
    db_param_timestamp(&p, e->at);
    param_known(&p, e->uid);
    param_known(&p, e->pid);
    db_param_text(&p, *name ? text_of(name) : (struct text){ 0 });
    db_param_text(&p, buf_view(&e->command));
    db_param_text(&p, buf_view(&e->arguments));
    db_param_text(&p, e->failed.n ? buf_view(&e->failed) : (struct text){ 0 });
    a->busy = db_query(db_reading(a->desk), &OPERATIONS_AUDIT_PUT, &p, on_written, a);
    if (!a->busy)
        again_later(a);
}

static void look_up(struct pool_job *job)
{
    struct lookup *l = (struct lookup *)job;
    struct passwd entry, *found = NULL;
    char room[PASSWD_ROOM];
    if (!getpwuid_r(l->uid, &entry, room, sizeof room, &found) && found)
        snprintf(l->name, sizeof l->name, "%s", found->pw_name);
}

static void on_looked_up(struct pool_job *job)
{
    struct lookup *l = (struct lookup *)job;
    if (!job->cancelled) {
        l->audit->busy = false;
        write_row(l->audit, l->name);
    }
    free(l);
}

static bool begin_lookup(struct audit *a)
{
    struct lookup *l = a->writing->uid < 0 ? NULL : calloc(1, sizeof *l);
    if (!l)
        return false;
    l->job = (struct pool_job){ .work = look_up, .done = on_looked_up };
    l->audit = a;
    l->uid = (uid_t)a->writing->uid;
    if (pool_submit(a->pool, &l->job))
        return true;
    free(l);
    return false;
}

static struct entry *take(struct audit *a)
{
    pthread_mutex_lock(&a->lock);
    struct entry *e = a->first;
    if (e) {
        a->first = e->next;
        a->n--;
    }
    pthread_mutex_unlock(&a->lock);
    return e;
}

static void step(struct audit *a)
{
    if (!a->desk || a->busy)
        return;
    if (!a->writing && !(a->writing = take(a)))
        return;
    a->busy = begin_lookup(a);
    if (!a->busy)
        write_row(a, "");
}

/* ---- forgetting ---- */

static void tidy_later(struct audit *a, uint64_t ns)
{
    if (a->desk)
        worker_timer_start(a->desk, &a->tidying, ns);
}

static void on_tidied(void *arg, const struct db_result *r)
{
    int64_t gone = r->status == DB_OK && r->rows ? db_int(r, 0, OPERATIONS_AUDIT_TIDY_COUNT) : 0;
    if (gone)
        log_info("old rows of the audit are forgotten", F_INT("rows", gone));
    tidy_later(arg, r->status != DB_OK ? 60 * again_ns : gone == TIDY_MOST ? soon_ns : hour_ns);
}

static void tidy(struct timer *t)
{
    struct audit *a = (struct audit *)((char *)t - offsetof(struct audit, tidying));
    int64_t days = config_here()->audit_keep_days;
    struct db *db = db_reading(a->desk);
    struct db_params p = { 0 };
    db_param_timestamp(&p, stamp_now() - days * day_us);
    db_param_int4(&p, TIDY_MOST);
    if (!days)
        tidy_later(a, hour_ns);
    else if (!db_up(db) || !db_query(db, &OPERATIONS_AUDIT_TIDY, &p, on_tidied, a))
        tidy_later(a, again_ns);
}

bool audit_open(struct audit *a, struct worker *w)
{
    a->pool = pool_create(w, 1, 1);
    if (!a->pool)
        return false;
    a->timer.fire = on_timer;
    pthread_mutex_lock(&a->lock);
    a->desk = w;
    pthread_mutex_unlock(&a->lock);
    a->tidying.fire = tidy;
    tidy_later(a, again_ns);
    step(a);
    return true;
}

void audit_close(struct audit *a)
{
    if (!a || !a->desk)
        return;
    worker_timer_stop(a->desk, &a->timer);
    worker_timer_stop(a->desk, &a->tidying);
    pthread_mutex_lock(&a->lock);
    a->desk = NULL;
    pthread_mutex_unlock(&a->lock);
    pool_destroy(a->pool);
    a->pool = NULL;
}

bool audit_idle(struct audit *a)
{
    pthread_mutex_lock(&a->lock);
    bool empty = !a->n;
    struct worker *desk = a->desk;
    pthread_mutex_unlock(&a->lock);
    return !desk || (empty && !a->writing) || !db_up(db_reading(desk));
}

struct audit_stats audit_stats(struct audit *a)
{
    pthread_mutex_lock(&a->lock);
    struct audit_stats s = { a->n, a->highest, a->lost };
    pthread_mutex_unlock(&a->lock);
    return s;
}

/* ---- the admin's thread ---- */

/* Cut so that it is text still. */
static struct text cut(struct text t)
{
    if (t.n > AUDIT_TEXT_MAX)
        for (t.n = AUDIT_TEXT_MAX; t.n && ((unsigned char)t.p[t.n] & 0xc0) == 0x80;)
            t.n--;
    return t;
}

static struct entry *make_entry(const struct admin_call *call, struct text arguments, struct text failed)
{
    struct entry *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->at = stamp_now();
    e->uid = call->caller.uid;
    e->pid = call->caller.pid;
    buf_puts(&e->command, call->command->name);
    buf_text(&e->arguments, arguments);
    buf_text(&e->failed, failed);
    bool whole = getrandom(&e->id, sizeof e->id, 0) == sizeof e->id && !e->command.failed && !e->arguments.failed &&
                 !e->failed.failed;
    if (whole)
        return e;
    free_entry(e);
    return NULL;
}

static void wake(struct worker *w, void *arg)
{
    step(arg);
}

static void push(struct audit *a, struct entry *e)
{
    struct entry *oldest = NULL;
    pthread_mutex_lock(&a->lock);
    if (!e)
        a->lost++;
    if (e && a->n == AUDIT_MOST) {
        oldest = a->first;
        a->first = oldest->next;
        a->n--;
        a->lost++;
    }
    if (e) {
        *(a->first ? &a->last->next : &a->first) = e;
        a->last = e;
        a->highest = ++a->n > a->highest ? a->n : a->highest;
    }
    struct worker *desk = a->desk;
    pthread_mutex_unlock(&a->lock);
    free_entry(oldest);
    if (desk)
        (void)worker_call(desk, wake, a); /* a worker that stops writes no more */
}

/* What somebody wanted to give to a parameter that does not change, or that there is not, may be a secret. */
static bool is_value(const struct admin_call *call, const char *const *words, size_t at)
{
    const struct config_row *row = at == 2 ? config_row_of(text_of(words[1])) : NULL;
    return at == 2 && !strcmp(call->command->name, "config") && !(row && config_row_changeable(row));
}

void audit_tell(struct audit *a, const struct admin_call *call, const char *const *words, size_t n, struct text failed)
{
    struct buf arguments = { 0 };
    for (size_t i = 0; i < n; i++) {
        buf_puts(&arguments, i ? " " : "");
        masked_put(is_value(call, words, i) ? "***" : words[i], &arguments);
    }
    struct text said = cut(buf_view(&arguments));
    failed = cut(failed);
    log_info("operator", F_STR("command", call->command->name), F_TEXT("arguments", said),
             F_INT("uid", call->caller.uid), F_INT("pid", call->caller.pid), F_TEXT("failed", failed));
    if (a)
        push(a, make_entry(call, said, failed));
    buf_fini(&arguments);
}

/* ---- the part of a worker: of the first one ---- */

static struct audit *audit;

struct audit *audit_of_server(void)
{
    return audit;
}

static bool part_prepare(const struct setup *s)
{
    return (audit = audit_create());
}

static void part_finish(void)
{
    audit_destroy(audit);
    audit = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    transport_of(w)->audit = worker_index(w) ? NULL : audit;
    return worker_index(w) || audit_open(audit, w);
}

static bool part_drained(struct worker *w)
{
    return worker_index(w) || audit_idle(audit);
}

static void part_end(struct worker *w)
{
    if (worker_index(w) == 0)
        audit_close(audit);
}

/* Written by one worker. */
static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct audit *a = transport_of(w)->audit;
    struct audit_stats s = a ? audit_stats(a) : (struct audit_stats){ 0 };
    if (a)
        *ret = (struct queue_numbers){ AUDIT_MOST, s.waiting, s.highest, (int64_t)s.lost };
}

static const struct queue_row queues[] = {
    { "admin_request", "an admin request", "64 KiB", "an error, and the connection is closed", "operators", NULL },
    { "admin_answer", "an admin answer; a connection has one, and waits with its next request until that is taken",
      "8 MiB; a minute without a byte taken", "an error instead; the connection is closed", "operators", NULL },
    { "admin_peers", "connections of each of the operators' sockets", "256",
      "one of the user and process that have most is closed, first those that never asked",
      "whoever may open the socket: its owner's group", NULL },
    { "audit", "operators' changes that wait for their audit row", "256", "the oldest gets none; the log has had it",
      "operators", read_queue },
    { 0 },
};

const struct part audit_part = {
    .name = "audit",
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .drained = part_drained,
    .end = part_end,
    .queues = queues,
};
