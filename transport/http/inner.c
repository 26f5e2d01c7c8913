/* Inner: see inner.h. */
#include "transport/http/inner.h"

#include "transport/http/document.h"
#include "transport/http/request_state.h"

#include <assert.h>

/* The places that a request's head fills otherwise. */
static bool fill(struct request *rq, const struct endpoint *e, const struct text *params, struct text body)
{
    static const enum head_method methods[METHOD_COUNT] = {
        [GET] = HEAD_GET, [POST] = HEAD_POST, [PUT] = HEAD_PUT, [PATCH] = HEAD_PATCH, [DELETE] = HEAD_DELETE
    };
    rq->route = router_find(rq->http->router, e);
    assert(rq->route && !e->event_stream && !e->upload && !e->socket);
    rq->area = rq->route->area;
    rq->head = (struct head){ .method = methods[e->method], .method_text = TEXT("SOCKET"), .path = text_of(e->path) };
    bool kept = true;
    for (int i = 0; i < PATH_PARAMS_MOST && params[i].p; i++)
        kept &= (rq->params[i] = arena_copy(&rq->arena, params[i])).p != NULL;
    rq->body_text = arena_copy(&rq->arena, body);
    rq->body_n = body.n;
    return kept && rq->body_text.p;
}

struct request *inner_create(struct wire *w, const struct endpoint *e, const struct text *params, struct text body,
                             inner_done *done, void *arg)
{
    struct request *rq = request_alone(connection_of(w));
    if (!rq)
        return NULL;
    if (fill(rq, e, params, body)) {
        rq->inner.done = done;
        rq->inner.arg = arg;
        return rq;
    }
    request_free(rq);
    return NULL;
}

void inner_begin(struct request *rq, const struct caller *who)
{
    rq->caller = *who;
    rq->caller.name = request_keep(rq, who->name);
    rq->caller.ended = (struct text){ 0 };
    if (!rq->caller.name.p)
        respond_error(rq, ERROR_OVERLOADED);
    else if (validate_json(rq))
        request_checked(rq);
}

void inner_refuse(struct request *rq, enum error why)
{
    respond_error(rq, why);
}

void inner_forget(struct request *rq)
{
    assert(rq->tag == REQUEST_TAG);
    rq->inner.done = NULL;
}

struct text inner_member(const struct request *rq, const char *name)
{
    bool object = rq->json && document_is_object(rq->json);
    return object ? document_slice(rq->body_text, name) : (struct text){ 0 };
}
