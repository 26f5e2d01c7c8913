/* Values: what handlers read from a request (request.h). */
#include "transport/http/request_state.h"

#include <assert.h>

void *request_alloc(struct request *rq, size_t n)
{
    void *p = arena_alloc(&rq->arena, n);
    return p ? memset(p, 0, n) : NULL;
}

struct text request_keep(struct request *rq, struct text t)
{
    return arena_copy(&rq->arena, t);
}

const char *request_string(struct request *rq, struct text t)
{
    char *p = t.p ? arena_alloc(&rq->arena, t.n + 1) : NULL;
    if (!p)
        return NULL;
    memcpy(p, t.p, t.n);
    p[t.n] = 0;
    return p;
}

struct worker *request_worker(const struct request *rq)
{
    return rq->http->worker;
}

bool request_head_only(const struct request *rq)
{
    return rq->head.method == HEAD_HEAD;
}

const struct endpoint *request_endpoint(const struct request *rq)
{
    return rq->route->endpoint;
}

const struct area *request_area(const struct request *rq)
{
    return rq->area;
}

const struct area *request_scope(const struct request *rq, bool *ret_mounted)
{
    *ret_mounted = rq->mounted;
    return rq->scope;
}

struct text request_path(const struct request *rq)
{
    return rq->head.path;
}

struct caller *request_caller(struct request *rq)
{
    return &rq->caller;
}

/* The value of that name among n fields; one that was sent wins over *best. */
static void look(const struct field *f, const struct value *v, int n, const char *name, const struct value **best)
{
    for (int i = 0; i < n; i++)
        if (field_is(&f[i], name)) {
            bool better = !*best || (!(*best)->given && v[i].given);
            if (better)
                *best = &v[i];
            return;
        }
}

static const struct value *body_value(const struct request *rq, const char *name)
{
    const struct route *r = rq->route;
    const struct value *found = NULL;
    look(r->endpoint->body, rq->values + r->npath + r->nquery, r->nbody, name, &found);
    assert(found); /* the endpoint's table has no such field */
    return found;
}

/* A name may stand in several places: the first that was sent counts, else the first there is (for its default). */
static const struct value *value(const struct request *rq, const char *name)
{
    const struct route *r = rq->route;
    const struct value *found = NULL;
    assert(rq->values);
    look(r->path, rq->values, r->npath, name, &found);
    look(r->endpoint->query, rq->values + r->npath, r->nquery, name, &found);
    look(r->endpoint->body, rq->values + r->npath + r->nquery, r->nbody, name, &found);
    assert(found); /* the endpoint's table has no such field */
    return found;
}

bool request_has(const struct request *rq, const char *name)
{
    return value(rq, name)->given;
}

struct text request_text(const struct request *rq, const char *name)
{
    return value(rq, name)->text;
}

struct text request_sent(const struct request *rq, const char *name)
{
    return value(rq, name)->sent;
}

int32_t request_int(const struct request *rq, const char *name)
{
    return (int32_t)value(rq, name)->integer;
}

bool request_bool(const struct request *rq, const char *name)
{
    return value(rq, name)->boolean;
}

double request_real(const struct request *rq, const char *name)
{
    return value(rq, name)->real;
}

bool request_body_has(const struct request *rq, const char *name)
{
    return body_value(rq, name)->given;
}

int32_t request_body_int(const struct request *rq, const char *name)
{
    return (int32_t)body_value(rq, name)->integer;
}

struct text request_query_last(struct request *rq, const char *name)
{
    const struct pair *pair = pairs_last(&rq->query, name);
    return pair ? pair->value : (struct text){ 0 };
}

struct text request_query_like(struct request *rq, bool (*wanted)(struct text name))
{
    for (uint32_t i = rq->query.n; i-- > 0;)
        if (rq->query.at[i].value.n && wanted(rq->query.at[i].name))
            return rq->query.at[i].value;
    return (struct text){ 0 };
}

struct text request_path_param(const struct request *rq, int i)
{
    assert(i >= 0 && i < rq->route->npath);
    return rq->params[i];
}

struct text request_header(const struct request *rq, const char *name)
{
    enum header h = header_of(name);
    assert(h < HEADER_COUNT); /* not in the table of kept headers */
    return rq->head.headers[h];
}

const struct sockaddr_storage *request_peer(const struct request *rq)
{
    return &rq->peer;
}

void request_set_data(struct request *rq, void *data)
{
    rq->data = data;
}

void *request_data(const struct request *rq)
{
    return rq->data;
}
