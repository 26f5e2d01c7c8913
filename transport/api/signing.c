/* Signing: see signing.h. One piece of password work at a time, in the request's memory. */
#include "transport/api/signing.h"

#include "proto/config.h"
#include "proto/config_live.h"
#include "proto/log.h"
#include "store/statements.h"
#include "transport/throttle.h"
#include "transport/transport.h"

#include <arpa/inet.h>

struct work {
    struct pool_job job;
    struct request *rq;
    struct text password;
    struct text fresh;                 /* the new one */
    char stored[PASSWORD_STORED_MAX];  /* in: what is on file; out: a fresh hash */
    char renewed[PASSWORD_STORED_MAX]; /* out: a better form of it, or the new one's, or empty */
    bool good;
    struct text key;
    int32_t user_id;
    enum error wrong;
    union {
        void (*hashed)(struct request *rq, const char *hash);
        void (*compared)(struct request *rq);
    } then;
};

static struct work *begin(struct request *rq, const char *field, void (*run)(struct pool_job *),
                          void (*done)(struct pool_job *))
{
    struct work *w = request_alloc(rq, sizeof *w);
    if (!w)
        return NULL;
    w->job.work = run;
    w->job.done = done;
    w->rq = rq;
    w->password = request_text(rq, field);
    return w;
}

static void submit(struct work *w)
{
    if (!pool_submit(transport_of(request_worker(w->rq))->passwords, &w->job))
        respond_error(w->rq, ERROR_OVERLOADED);
}

/* ---- sign-up ---- */

static void hash_run(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    w->good = password_hash(w->password, (int)config.bcrypt_cost, w->stored);
}

static void hash_done(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    if (job->cancelled || !w->good)
        respond_error(w->rq, ERROR_OVERLOADED);
    else
        w->then.hashed(w->rq, w->stored);
}

void signing_hash(struct request *rq, void (*done)(struct request *rq, const char *hash))
{
    struct work *w = begin(rq, "password", hash_run, hash_done);
    if (!w) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    w->then.hashed = done;
    submit(w);
}

/* ---- limits ---- */

struct text signing_peer(const struct request *rq, char *to)
{
    const struct sockaddr_storage *a = request_peer(rq);
    const void *address = a->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
                                                   : (const void *)&((const struct sockaddr_in *)a)->sin_addr;
    return text_of(inet_ntop(a->ss_family, address, to, INET6_ADDRSTRLEN) ? to : "");
}

bool signing_may(struct request *rq, struct text key)
{
    struct worker *w = request_worker(rq);
    struct throttle *t = transport_of(w)->throttle;
    char address[INET6_ADDRSTRLEN];
    if (throttle_may(t, key, (uint32_t)config_here()->login_failures, worker_now(w)) &&
        throttle_may(t, signing_peer(rq, address), (uint32_t)config_here()->login_failures_address, worker_now(w)))
        return true;
    respond_error(rq, ERROR_TOO_MANY_ATTEMPTS);
    return false;
}

static void refuse(struct work *w)
{
    struct worker *worker = request_worker(w->rq);
    struct throttle *t = transport_of(worker)->throttle;
    char address[INET6_ADDRSTRLEN];
    throttle_failed(t, w->key, worker_now(worker));
    throttle_failed(t, signing_peer(w->rq, address), worker_now(worker));
    respond_error(w->rq, w->wrong);
}

/* ---- sign-in ---- */

static void on_renewed(void *arg, const struct db_result *r)
{
    if (r->status != DB_OK)
        log_warn("a password hash was not renewed", F_STR("sqlstate", r->sqlstate));
}

/* Nobody waits for it: the next sign-in tries again if it fails. */
static void renew(const struct work *w)
{
    struct db_params p = { 0 };
    db_param_int4(&p, w->user_id);
    db_param_text(&p, text_of(w->stored));
    db_param_text(&p, text_of(w->renewed));
    if (!db_query(worker_service(request_worker(w->rq), SERVICE_DB_READ), &ACCOUNT_RENEW_HASH, &p, on_renewed, NULL))
        log_warn("a password hash was not renewed: the database is busy");
}

static void compare_run(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    int cost = (int)config.bcrypt_cost;
    enum password_fit fit = password_verify(w->password, w->user_id ? w->stored : NULL, cost);
    w->good = fit != PASSWORD_WRONG;
    bool old = fit == PASSWORD_FITS_AS_IT_CAME || (w->good && password_needs_renewal(w->password, w->stored, cost));
    if (old && !password_hash(w->password, cost, w->renewed))
        w->renewed[0] = 0;
}

/* Did the password fit? If not, it has been counted and answered. */
static bool fitted(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    bool good = w->good && !job->cancelled; /* w goes with its answer */
    if (job->cancelled)
        respond_error(w->rq, ERROR_UNAVAILABLE);
    else if (!good)
        refuse(w);
    else
        throttle_forget(transport_of(request_worker(w->rq))->throttle, w->key);
    return good;
}

static void compare_done(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    if (!fitted(job))
        return;
    if (w->renewed[0])
        renew(w);
    w->then.compared(w->rq);
}

/* Against the account; calls w->then. */
static void compare(struct work *w, struct request *rq, const struct signing_account *account)
{
    struct text key = request_keep(rq, account->key);
    if (!w || !key.p) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    w->key = key;
    w->user_id = account->user_id;
    w->wrong = account->wrong;
    if (account->stored.p && account->stored.n < sizeof w->stored) /* a text that is no hash fits no password */
        memcpy(w->stored, account->stored.p, account->stored.n);
    submit(w);
}

void signing_compare(struct request *rq, const struct signing_account *account, void (*good)(struct request *rq))
{
    struct work *w = begin(rq, "password", compare_run, compare_done);
    if (w)
        w->then.compared = good;
    compare(w, rq, account);
}

/* ---- a new password ---- */

static void replace_run(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    int cost = (int)config.bcrypt_cost;
    w->good = password_verify(w->password, w->stored, cost) != PASSWORD_WRONG;
    if (w->good && !password_hash(w->fresh, cost, w->renewed))
        w->renewed[0] = 0;
}

static void replace_done(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    if (!fitted(job))
        return;
    if (w->renewed[0])
        w->then.hashed(w->rq, w->renewed);
    else
        respond_error(w->rq, ERROR_OVERLOADED);
}

void signing_replace(struct request *rq, const struct signing_account *account,
                     void (*done)(struct request *rq, const char *hash))
{
    struct work *w = begin(rq, "old_password", replace_run, replace_done);
    if (w) {
        w->fresh = request_text(rq, "new_password");
        w->then.hashed = done;
    }
    compare(w, rq, account);
}

int64_t signing_time(const struct request *rq, int64_t tokens_from)
{
    const struct worker *w = request_worker(rq);
    int64_t began = (worker_wall(w) - (int64_t)(worker_now(w) - request_began(rq)) / 1000) / 1000000;
    return began > tokens_from ? began : tokens_from;
}
