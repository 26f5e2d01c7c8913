/* Statement: what a request asks the database: by the statement of its endpoint, or by its handler. */
#include "actors/databases.h"
#include "proto/config/config.h"
#include "transport/http/list.h"
#include "transport/http/request_state.h"

#include <assert.h>

static void query_done(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    assert(rq->tag == REQUEST_TAG && rq->db_done);
    histogram_add_ns(&rq->http->measures.statement_us, rq->asked_at, worker_now(rq->http->worker));
    request_waited(rq, rq->asked_at);
    void (*done)(struct request *, const struct db_result *) = rq->db_done;
    rq->db_done = NULL;
    done(rq, r);
}

void request_query(struct request *rq, const struct statement *st, const struct db_params *p,
                   void (*done)(struct request *rq, const struct db_result *r))
{
    assert(rq->tag == REQUEST_TAG && !rq->answered && !rq->db_done); /* one at a time */
    bool slow = rq->route->endpoint->slow;
    struct db *db = slow ? db_slow(rq->http->worker) : db_reading(rq->http->worker);
    rq->asked = st;
    rq->asked_at = worker_now(rq->http->worker);
    rq->db_done = done;
    if (db && db_query(db, st, p, query_done, rq))
        return;
    rq->db_done = NULL;
    respond_error(rq, ERROR_OVERLOADED);
}

/* ---- of the endpoint: bindings (bind.h) to parameters ---- */

static struct value value_of(const struct request *rq, struct binding b)
{
    const struct route *r = rq->route;
    int base = b.source == BIND_PATH ? 0 : b.source == BIND_QUERY ? r->npath : r->npath + r->nquery;
    const char *setting = (const char *)&config + b.index;
    struct value v = { .given = true };
    switch ((enum binding_source)b.source) {
    case BIND_CALLER:
        v.integer = rq->caller.user_id;
        v.given = rq->caller.user_id != 0;
        return v;
    case BIND_ACCOUNT:
        v.integer = rq->caller.account;
        v.given = rq->caller.account != 0;
        return v;
    case BIND_SESSION:
        v.integer = rq->caller.session;
        v.given = rq->caller.session != 0;
        return v;
    case BIND_GIVEN:
        v.boolean = rq->values[base + b.index].given || rq->values[base + b.index].null;
        return v;
    case BIND_ROLE:
        v.text = rq->caller.role;
        v.given = v.text.p;
        return v;
    case BIND_AFTER:
        v.text = text_of(((const struct list *)request_data(rq))->key);
        v.given = v.text.n;
        return v;
    case BIND_CONFIG_INT:
        v.real = (double)*(const int64_t *)setting;
        v.integer = *(const int64_t *)setting;
        return v;
    case BIND_CONFIG_REAL:
        v.real = *(const double *)setting;
        return v;
    case BIND_CONFIG_TEXT:
        v.text = text_of(*(const char *const *)setting);
        return v;
    default:
        return rq->values[base + b.index];
    }
}

/* Is there a value, sent or by default? */
static bool bound(const struct request *rq, struct binding b, const struct value *v)
{
    const struct route *r = rq->route;
    const struct endpoint *e = r->endpoint;
    const struct field *f = b.source == BIND_QUERY ? e->query : b.source == BIND_BODY ? e->body : NULL;
    return v->given || (f && f[b.index].def);
}

/* jsonb's binary form is its text behind a version byte. */
static struct text jsonb_of(struct request *rq, struct text json)
{
    char *p = json.p ? request_alloc(rq, json.n + 1) : NULL;
    if (!p)
        return (struct text){ 0 };
    p[0] = 1;
    memcpy(p + 1, json.p, json.n);
    return (struct text){ p, json.n + 1 };
}

static struct text uuid_of(struct request *rq, struct text t)
{
    uint8_t *p = request_alloc(rq, 16);
    return p && field_read_uuid(t, p) ? (struct text){ (char *)p, 16 } : (struct text){ 0 };
}

static void bind_one(struct request *rq, struct binding b, struct db_params *p)
{
    struct value v = value_of(rq, b);
    if (!bound(rq, b, &v)) {
        db_param_null(p);
        return;
    }
    switch ((enum binding_form)b.form) {
    case BIND_INT4:
    case BIND_DATE:
        db_param_int4(p, (int32_t)v.integer);
        break;
    case BIND_INT8:
        db_param_int8(p, v.integer);
        break;
    case BIND_TIME:
        db_param_int8(p, v.integer * 1000000); /* of the day */
        break;
    case BIND_BOOL:
        db_param_bool(p, v.boolean);
        break;
    case BIND_TEXT:
        db_param_text(p, v.text);
        break;
    case BIND_JSONB:
        db_param_binary(p, jsonb_of(rq, v.text));
        break;
    case BIND_UUID:
        db_param_binary(p, uuid_of(rq, v.text));
        break;
    case BIND_FLOAT8:
        db_param_float8(p, v.real);
        break;
    }
}

/* What a statement that answers a request gives. */
enum { STATUS, BODY };

static void answered(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (r->rows == 0)
        respond_error(rq, ERROR_NOT_FOUND);
    else
        respond_json(rq, (int)db_int(r, 0, STATUS), db_null(r, 0, BODY) ? TEXT("null") : db_text(r, 0, BODY));
}

static void bind_all(struct request *rq, struct db_params *p)
{
    for (int i = 0; i < rq->route->endpoint->statement->nparams; i++)
        bind_one(rq, rq->route->bindings[i], p);
}

static void bind_page(struct request *rq, const struct list *l, struct db_params *p)
{
    bind_all(rq, p);
}

static void run_list(struct request *rq, const struct statement *st)
{
    struct list *l = request_alloc(rq, sizeof *l);
    if (!l) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *l = (struct list){ .statement = st, .bind = bind_page };
    list_begin(rq, l);
}

void bind_run(struct request *rq)
{
    const struct statement *st = rq->route->endpoint->statement;
    struct db_params p = { 0 };
    if (bind_lists(st)) {
        run_list(rq, st);
        return;
    }
    bind_all(rq, &p);
    request_query(rq, st, &p, answered);
}
