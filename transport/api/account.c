/* Account: sign-up and sign-in (classroom contract, section 2). Passwords are hashed on the blocking pool; an unknown
 * account takes the time of a wrong password and says the same. */
#include "proto/config.h"
#include "proto/json.h"
#include "proto/log.h"
#include "proto/password.h"
#include "store/statements.h"
#include "transport/api/api.h"
#include "transport/throttle.h"
#include "transport/transport.h"

#include <arpa/inet.h>
#include <stdlib.h>

/* One piece of password work for a request, in the request's memory. */
struct hashing {
    struct pool_job job;
    struct request *rq;
    struct text password;
    char stored[PASSWORD_STORED_MAX];  /* in: what is on file; out: a fresh hash */
    char renewed[PASSWORD_STORED_MAX]; /* out: a better form of it, or empty */
    bool good;
    int32_t user_id;
    const char *role; /* NULL: none in the classroom */
    struct text name;
};

static struct hashing *hashing_begin(struct request *rq, void (*work)(struct pool_job *),
                                     void (*done)(struct pool_job *))
{
    struct hashing *h = request_alloc(rq, sizeof *h);
    if (!h)
        return NULL;
    h->job.work = work;
    h->job.done = done;
    h->rq = rq;
    h->password = request_text(rq, "password");
    return h;
}

static void submit(struct hashing *h)
{
    if (!pool_submit(transport_of(request_worker(h->rq))->passwords, &h->job))
        respond_error(h->rq, ERROR_OVERLOADED);
}

/* ---- sign-up ---- */

static void on_registered(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_PHONE_TAKEN);
    else
        respond_json(rq, 200, db_text(r, 0, 1));
}

static void hash_work(struct pool_job *job)
{
    struct hashing *h = (struct hashing *)job;
    h->good = password_hash(h->password, (int)config.bcrypt_cost, h->stored);
}

static void hash_done(struct pool_job *job)
{
    struct hashing *h = (struct hashing *)job;
    struct request *rq = h->rq;
    if (job->cancelled || !h->good) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    struct db_params p = { 0 };
    db_param_text(&p, request_text(rq, "name"));
    db_param_text(&p, request_text(rq, "phone_number"));
    db_param_text(&p, request_text(rq, "role"));
    db_param_text(&p, text_of(h->stored));
    request_query(rq, &ACCOUNT_REGISTER, &p, on_registered);
}

void account_register(struct request *rq)
{
    struct hashing *h = hashing_begin(rq, hash_work, hash_done);
    if (h)
        submit(h);
    else
        respond_error(rq, ERROR_OVERLOADED);
}

/* ---- sign-in ---- */

static struct text peer_text(const struct request *rq, char to[static INET6_ADDRSTRLEN])
{
    const struct sockaddr_storage *a = request_peer(rq);
    const void *address = a->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
                                                   : (const void *)&((const struct sockaddr_in *)a)->sin_addr;
    return text_of(inet_ntop(a->ss_family, address, to, INET6_ADDRSTRLEN) ? to : "");
}

static bool may_try(struct request *rq)
{
    struct worker *w = request_worker(rq);
    struct throttle *t = transport_of(w)->throttle;
    char address[INET6_ADDRSTRLEN];
    return throttle_may(t, request_text(rq, "username"), (uint32_t)config.login_failures, worker_now(w)) &&
           throttle_may(t, peer_text(rq, address), (uint32_t)config.login_failures_address, worker_now(w));
}

static void refuse_login(struct request *rq)
{
    struct worker *w = request_worker(rq);
    struct throttle *t = transport_of(w)->throttle;
    char address[INET6_ADDRSTRLEN];
    throttle_failed(t, request_text(rq, "username"), worker_now(w));
    throttle_failed(t, peer_text(rq, address), worker_now(w));
    respond_error(rq, ERROR_INVALID_CREDENTIALS);
}

static void respond_token(struct hashing *h)
{
    struct buf token = { 0 }, body = { 0 };
    struct token_claims claims = { h->user_id, .role = h->role, .seconds = config.token_days * 86400 };
    bool made = token_make(&token, &claims);
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_text(&j, "access_token", buf_view(&token));
    json_str(&j, "token_type", "bearer");
    json_int(&j, "user_id", h->user_id);
    json_str(&j, "role", h->role);
    json_text(&j, "name", h->name);
    json_end_object(&j);
    if (made && !body.failed)
        respond_json(h->rq, 200, buf_view(&body));
    else
        respond_error(h->rq, ERROR_OVERLOADED);
    buf_fini(&token);
    buf_fini(&body);
}

static void on_renewed(void *arg, const struct db_result *r)
{
    if (r->status != DB_OK)
        log_warn("a password hash was not renewed", F_STR("sqlstate", r->sqlstate));
}

/* Nobody waits for it: the next sign-in tries again if it fails. */
static void renew(const struct hashing *h)
{
    struct db_params p = { 0 };
    db_param_int4(&p, h->user_id);
    db_param_text(&p, text_of(h->stored));
    db_param_text(&p, text_of(h->renewed));
    if (!db_query(worker_service(request_worker(h->rq), SERVICE_DB_READ), &ACCOUNT_RENEW_HASH, &p, on_renewed, NULL))
        log_warn("a password hash was not renewed: the database is busy");
}

static void verify_work(struct pool_job *job)
{
    struct hashing *h = (struct hashing *)job;
    int cost = (int)config.bcrypt_cost;
    h->good = password_verify(h->password, h->user_id ? h->stored : NULL, cost);
    if (h->good && password_needs_renewal(h->password, h->stored, cost) &&
        !password_hash(h->password, cost, h->renewed))
        h->renewed[0] = 0;
}

static void verify_done(struct pool_job *job)
{
    struct hashing *h = (struct hashing *)job;
    if (job->cancelled) {
        respond_error(h->rq, ERROR_UNAVAILABLE);
        return;
    }
    if (!h->good) {
        refuse_login(h->rq);
        return;
    }
    throttle_forget(transport_of(request_worker(h->rq))->throttle, request_text(h->rq, "username"));
    if (h->renewed[0])
        renew(h);
    respond_token(h);
}

static void on_account(struct request *rq, const struct db_result *r)
{
    struct hashing *h = r->status == DB_OK ? hashing_begin(rq, verify_work, verify_done) : NULL;
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!h) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    if (r->rows) {
        struct text stored = db_text(r, 0, 1);
        h->user_id = (int32_t)db_int(r, 0, 0);
        if (stored.p && stored.n < sizeof h->stored) /* without one, or with one that is none, no password fits */
            memcpy(h->stored, stored.p, stored.n);
        h->role = request_string(rq, db_text(r, 0, 2));
        h->name = request_keep(rq, db_text(r, 0, 3));
        if (!h->name.p || (!h->role && !db_null(r, 0, 2))) {
            respond_error(rq, ERROR_OVERLOADED);
            return;
        }
    }
    submit(h);
}

void account_login(struct request *rq)
{
    if (!may_try(rq)) {
        respond_error(rq, ERROR_TOO_MANY_ATTEMPTS);
        return;
    }
    struct db_params p = { 0 };
    db_param_text(&p, request_text(rq, "username"));
    request_query(rq, &ACCOUNT_BY_PHONE, &p, on_account);
}
