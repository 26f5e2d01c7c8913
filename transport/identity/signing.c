/* Signing: see signing.h. One piece of password work at a time, in the request's memory. */
#include "transport/identity/signing.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/base/utf8.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/identity/throttle.h"
#include "transport/transport.h"

struct work {
    struct pool_job job;
    struct request *rq;
    struct text password;
    struct text fresh;                 /* the new one */
    char stored[PASSWORD_STORED_MAX];  /* in: what is on file; out: a fresh hash */
    char renewed[PASSWORD_STORED_MAX]; /* out: a better form of it, or the new one's, or empty */
    bool good;
    struct text account, pair; /* what failures are counted by */
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

/* Of IPv6 the network: whoever has one address there has as many as he likes. */
struct text signing_peer(const struct request *rq, char to[static ADDRESS_TEXT_MAX])
{
    struct sockaddr_storage a = *request_peer(rq);
    if (a.ss_family == AF_INET6)
        memset(((struct sockaddr_in6 *)&a)->sin6_addr.s6_addr + 8, 0, 8);
    address_put_host(&a, to);
    return text_of(to);
}

/* What failures are counted by. Accounts are called whatever their people like, even as an address or as a pair is
 * spelled: so each kind has a mark of its own before it, or guesses at one would count for another. */
enum counted { OF_ACCOUNT = 'n', OF_ADDRESS = 'a', OF_PAIR = 'p' };

/* In the request's memory; absent without. The account stands last, so that nothing in it looks like the address, and in
 * the form in which it is found, so that another spelling is no new beginning. */
static struct text counted_by(struct request *rq, enum counted kind, struct text name)
{
    char address[ADDRESS_TEXT_MAX];
    struct text peer = kind == OF_ACCOUNT ? (struct text){ 0 } : signing_peer(rq, address), account = utf8_plain(name);
    char *p = request_alloc(rq, 1 + peer.n + 1 + account.n), *end = p;
    if (!p)
        return (struct text){ 0 };
    *end++ = (char)kind;
    end = peer.n ? mempcpy(end, peer.p, peer.n) : end;
    *end++ = '\n';
    end = account.n ? mempcpy(end, account.p, account.n) : end;
    return (struct text){ p, (size_t)(end - p) };
}

/* For how many nanoseconds nothing of this key may be tried. */
static uint64_t wait_of(const struct request *rq, struct text key, int64_t most)
{
    struct worker *w = request_worker(rq);
    return throttle_wait(transport_of(w)->throttle, key, (uint32_t)most, worker_now(w));
}

/* False: it has been answered. */
static bool let_in(struct request *rq, uint64_t wait)
{
    if (wait)
        respond_later(rq, ERROR_TOO_MANY_ATTEMPTS, wait);
    return !wait;
}

bool signing_address_may(struct request *rq)
{
    struct text address = counted_by(rq, OF_ADDRESS, (struct text){ 0 });
    if (address.p)
        return let_in(rq, wait_of(rq, address, config_here()->login_failures_address));
    respond_error(rq, ERROR_OVERLOADED);
    return false;
}

static void failed(const struct request *rq, struct text key)
{
    struct worker *w = request_worker(rq);
    if (key.p)
        throttle_failed(transport_of(w)->throttle, key, worker_now(w));
}

void signing_address_failed(struct request *rq)
{
    failed(rq, counted_by(rq, OF_ADDRESS, (struct text){ 0 }));
}

bool signing_may(struct request *rq, struct text key)
{
    const struct config *c = config_here();
    struct text address = counted_by(rq, OF_ADDRESS, (struct text){ 0 }), account = counted_by(rq, OF_ACCOUNT, key),
                pair = counted_by(rq, OF_PAIR, key);
    if (!address.p || !account.p || !pair.p) {
        respond_error(rq, ERROR_OVERLOADED);
        return false;
    }
    int64_t most = c->login_failures_account > c->login_failures ? c->login_failures_account : c->login_failures;
    const uint64_t waits[] = { wait_of(rq, pair, c->login_failures), wait_of(rq, account, most),
                               wait_of(rq, address, c->login_failures_address) };
    uint64_t wait = 0;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        wait = waits[i] > wait ? waits[i] : wait;
    return let_in(rq, wait);
}

static void refuse(struct work *w)
{
    failed(w->rq, w->pair);
    failed(w->rq, w->account);
    signing_address_failed(w->rq);
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
        throttle_forget(transport_of(request_worker(w->rq))->throttle, w->pair);
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
    struct text name = counted_by(rq, OF_ACCOUNT, account->key), pair = counted_by(rq, OF_PAIR, account->key);
    if (!w || !name.p || !pair.p) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    w->account = name;
    w->pair = pair;
    w->user_id = account->user_id;
    w->wrong = account->wrong;
    w->renew = account->renew ?: &ACCOUNT_RENEW_HASH;
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
