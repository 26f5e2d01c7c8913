/* Fcm courier: see courier.h. Each push under way is a struct of its own and a chain of small steps. */
#include "transport/services/fcm/courier.h"

#include "actors/databases.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "store/db.h"
#include "store/statements.h"
#include "transport/services/attempt.h"
#include "transport/services/fcm/access.h"
#include "transport/services/fcm/answer.h"
#include "transport/services/fcm/message.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

enum { ANSWER_MOST = 65536, REFUSED_MS = 10000 };

struct fcm_courier {
    struct courier base;
    struct fcm_courier_options options;
    struct access *access;
    char *url; /* of messages:send */
};

/* A push under way. */
struct delivery {
    struct access_wait wait; /* first: access_wait is cast back to it */
    struct fcm_courier *courier;
    struct parcel *parcel;
    json_t *payload;
    struct fcm_push push;
    char *token;         /* of the device */
    uint64_t generation; /* of the access token in use */
    bool tried_again;
};

static struct db *reading(const struct delivery *d)
{
    return db_reading(d->courier->options.worker);
}

static void finish(struct delivery *d, enum parcel_fate fate, uint64_t delay_ms, const char *why)
{
    struct parcel *p = d->parcel;
    assert(p->courier == &d->courier->base);
    json_decref(d->payload);
    free(d->token);
    free(d);
    notifier_settle(p, fate, (int64_t)delay_ms, why);
}

/* ---- the answer ---- */

static void on_forgotten(void *arg, const struct db_result *r)
{
    if (r->status != DB_OK)
        log_warn("a push token that is none was not removed", F_STR("sqlstate", r->sqlstate));
}

/* Nobody waits for it: if it fails the next push to this device tries again. */
static void forget(const struct delivery *d)
{
    struct db_params p = { 0 };
    db_param_int4(&p, d->push.token_id);
    db_param_text(&p, text_of(d->token));
    log_info("a push token is not known any more", F_INT("token_id", d->push.token_id));
    if (!db_query(reading(d), &PUSH_REFUSED, &p, on_forgotten, NULL))
        log_warn("a push token that is none was not removed: the database is busy");
}

static void on_answer(void *arg, const struct outbound_answer *answer)
{
    struct delivery *d = arg;
    struct fcm_courier *c = d->courier;
    struct fcm_verdict v = fcm_answer_judge(answer, worker_wall(c->options.worker) / 1000000);
    if (v.refused_access && !d->tried_again) {
        d->tried_again = true;
        access_drop(c->access, d->generation);
        access_get(c->access, &d->wait);
        return;
    }
    if (v.refused_access) /* a new one neither: do not ask for one after another */
        attempt_close(&c->base, c->options.worker, REFUSED_MS);
    if (v.closes)
        attempt_be_patient(&c->base, c->options.worker, v.delay_ms);
    if (v.forget)
        forget(d);
    finish(d, v.fate, v.delay_ms, v.fate == PARCEL_DELIVERED ? NULL : v.why);
}

/* ---- the question ---- */

static void send_message(struct delivery *d, const char *access_token)
{
    struct fcm_courier *c = d->courier;
    struct buf message = { 0 }, bearer = { 0 };
    enum outbound_end why = OUTBOUND_NO_MEMORY;
    buf_printf(&bearer, "Authorization: Bearer %s%c", access_token, 0);
    fcm_message_put(&message, &d->push, text_of(d->token), d->parcel->id);
    const char *const headers[] = { "Content-Type: application/json; charset=UTF-8", bearer.p, NULL };
    const struct outbound_request rq = { .method = "POST",
                                         .url = c->url,
                                         .headers = headers,
                                         .body = buf_view(&message),
                                         .total_ms = c->options.timeout_ms,
                                         .answer_most = ANSWER_MOST };
    bool sent = !message.failed && !bearer.failed && outbound_send(c->options.outbound, &rq, on_answer, d, &why);
    buf_fini(&message);
    buf_fini(&bearer);
    if (!sent)
        on_answer(d, &(struct outbound_answer){ .end = why, .body = TEXT(""), .head = TEXT("") });
}

static void on_access(struct access_wait *w, const struct access_result *r)
{
    struct delivery *d = (struct delivery *)w;
    if (!r->token) {
        attempt_close(&d->courier->base, d->courier->options.worker, r->again_ms);
        finish(d, PARCEL_UNTRIED, r->again_ms, r->why);
        return;
    }
    assert(d->token);
    d->generation = r->generation;
    send_message(d, r->token);
}

static void on_target(void *arg, const struct db_result *r)
{
    struct delivery *d = arg;
    if (r->status != DB_OK) {
        finish(d, PARCEL_UNTRIED, 1000, "the device could not be looked up");
        return;
    }
    if (!r->rows) {
        finish(d, PARCEL_DROPPED, 0, NULL);
        return;
    }
    struct text token = db_text(r, 0, PUSH_TARGET_TOKEN);
    d->token = strndup(token.p, token.n);
    if (d->token)
        access_get(d->courier->access, &d->wait);
    else
        finish(d, PARCEL_UNTRIED, 1000, "no memory");
}

static void deliver(struct courier *base, struct parcel *p)
{
    struct delivery *d = calloc(1, sizeof *d);
    struct db_params params = { 0 };
    if (!d) {
        notifier_settle(p, PARCEL_UNTRIED, 1000, "no memory");
        return;
    }
    *d = (struct delivery){ .wait.done = on_access, .courier = (struct fcm_courier *)base, .parcel = p };
    d->payload = json_loads(p->payload, 0, NULL);
    if (!fcm_push_read(d->payload, &d->push)) {
        finish(d, PARCEL_DEAD, 0, "the payload is no push");
        return;
    }
    db_param_int4(&params, d->push.token_id);
    db_param_int4(&params, d->push.user_id);
    if (!db_query(reading(d), &PUSH_TARGET, &params, on_target, d))
        finish(d, PARCEL_UNTRIED, 1000, "the database is busy");
}

/* ---- the courier ---- */

static char *send_url(const struct fcm_courier_options *o)
{
    struct buf url = { 0 };
    size_t n = strlen(o->base_url);
    while (n && o->base_url[n - 1] == '/')
        n--;
    buf_put(&url, o->base_url, n);
    buf_printf(&url, "/v1/projects/%s/messages:send%c", o->key->project, 0);
    if (!url.failed)
        return url.p;
    buf_fini(&url);
    return NULL;
}

struct courier *fcm_courier_create(const struct fcm_courier_options *o)
{
    struct fcm_courier *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    const struct access_options access = { .worker = o->worker,
                                           .outbound = o->outbound,
                                           .key = o->key,
                                           .token_url = *o->token_url ? o->token_url : o->key->token_uri,
                                           .timeout_ms = o->timeout_ms };
    c->base = (struct courier){ .kind = "push", .most = PARCELS_MOST, .deliver = deliver };
    c->options = *o;
    c->url = send_url(o);
    c->access = access_create(&access);
    if (c->url && c->access)
        return &c->base;
    fcm_courier_destroy(&c->base);
    return NULL;
}

void fcm_courier_destroy(struct courier *base)
{
    struct fcm_courier *c = (struct fcm_courier *)base;
    if (!c)
        return;
    access_destroy(c->access);
    free(c->url);
    free(c);
}
