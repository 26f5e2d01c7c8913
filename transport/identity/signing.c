/* Signing: see signing.h. One piece of password work at a time, in the request's memory. */
#include "transport/identity/signing.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/base/utf8.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/identity/attempts.h"
#include "transport/transport.h"

struct work {
    struct pool_job job;
    struct request *rq;
    struct text password;
    struct text fresh;                 /* the new one */
    char stored[PASSWORD_STORED_MAX];  /* in: what is on file; out: a fresh hash */
    char renewed[PASSWORD_STORED_MAX]; /* out: a better form of it, or the new one's, or empty */
    bool good;
    struct attempt attempt;
    int32_t user_id;
    enum error wrong;
    const struct statement *renew;
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

/* An address has two turns, so that who signs in there does not wait for those who sign up. */
static bool submit(struct work *w, enum budget kind)
{
    w->job.owner = budget_key(kind, payer_address(request_peer(w->rq)));
    bool taken = pool_submit(transport_of(request_worker(w->rq))->passwords, &w->job);
    if (!taken)
        respond_error(w->rq, ERROR_OVERLOADED);
    return taken;
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
    if (request_spend(rq, BUDGET_SIGN_UPS, 1))
        submit(w, BUDGET_SIGN_UPS);
}

/* ---- guesses of no account ---- */

bool signing_guess(struct request *rq)
{
    return request_spend(rq, BUDGET_ADDRESS_GUESSES, 1);
}

void signing_guessed(struct request *rq)
{
    budget_return(request_worker(rq), BUDGET_ADDRESS_GUESSES, payer_address(request_peer(rq)), 1);
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
    if (!db_query(db_reading(request_worker(w->rq)), w->renew, &p, on_renewed, NULL))
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

/* Did the password fit? If not, it has been answered. */
static bool fitted(struct pool_job *job)
{
    struct work *w = (struct work *)job;
    struct worker *here = request_worker(w->rq);
    bool good = w->good && !job->cancelled; /* w goes with its answer */
    if (job->cancelled) {
        attempt_void(here, &w->attempt);
        respond_error(w->rq, ERROR_UNAVAILABLE);
    } else if (good) {
        attempt_good(here, &w->attempt);
    } else {
        respond_error(w->rq, w->wrong);
    }
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

/* Against the account, if it may be tried now; calls w->then. */
static void compare(struct work *w, struct request *rq, const struct signing_account *account)
{
    if (!w) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    uint64_t wait = attempt_take(request_worker(rq), utf8_plain(account->key), request_peer(rq), &w->attempt);
    if (wait) {
        respond_later(rq, ERROR_TOO_MANY_ATTEMPTS, wait);
        return;
    }
    w->user_id = account->user_id;
    w->wrong = account->wrong;
    w->renew = account->renew ?: &ACCOUNT_RENEW_HASH;
    if (account->stored.p && account->stored.n < sizeof w->stored) /* a text that is no hash fits no password */
        memcpy(w->stored, account->stored.p, account->stored.n);
    struct worker *here = request_worker(rq);
    struct attempt attempt = w->attempt; /* w goes with its answer */
    if (!submit(w, BUDGET_ADDRESS_GUESSES))
        attempt_void(here, &attempt);
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
