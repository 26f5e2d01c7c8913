/* Checks: their order, before a handler or a statement has the request. */
#include "transport/http/upgrade.h"

#include <assert.h>

/* What keeps the caller's rank from this endpoint. */
static enum error forbidden(const struct request *rq)
{
    const struct endpoint *e = rq->route->endpoint;
    const struct area_refusals *says = &rq->area->says;
    if (rq->open)
        return ERROR_OK;
    if (e->exactly ? rq->caller.rank == e->caller : rq->caller.rank >= e->caller)
        return ERROR_OK;
    if (rq->caller.rank == ANYONE)
        return says->no_role ?: ERROR_NO_ROLE;
    return e->forbidden ?: says->forbidden ?: ERROR_FORBIDDEN;
}

/* Who is calling is known, or need not be. */
void request_checked(struct request *rq)
{
    if (rq->connection && rq->caller.user_id)
        rq->connection->user = rq->caller.user_id;
    enum error over = request_known(rq), why = over ?: forbidden(rq);
    bool late = !over && rq->area->fields_before_rank && !request_uploads(rq);
    if (why && !late)
        respond_error(rq, why);
    else if (request_uploads(rq) && rq->head.framing != FRAMING_NONE)
        upload_open(rq);
    else if (!validate_json(rq) || !validate_fields(rq))
        return;
    else if (why)
        respond_error(rq, why);
    else
        request_handle(rq);
}

bool request_spend(struct request *rq, enum budget b, uint64_t n)
{
    enum error why = request_cost(rq, b, n);
    if (why)
        respond_error(rq, why);
    return !why;
}

void request_handle(struct request *rq)
{
    const struct endpoint *e = rq->route->endpoint;
    if (e->statement)
        bind_run(rq);
    else if (e->event_stream && request_head_only(rq))
        respond_stream_head(rq);
    else
        e->handle(rq);
}

static void refuse_caller(struct request *rq, enum error why)
{
    const struct endpoint *e = rq->route->endpoint;
    if (e->unknown && error_status(why) == 401)
        e->unknown(rq, why);
    else
        respond_error(rq, why);
}

static void identify(struct request *rq)
{
    enum error why = ERROR_NOT_AUTHENTICATED;
    rq->identifying = true;
    switch (rq->area->identify(rq, &why)) {
    case IDENTIFIED:
        rq->identifying = false;
        request_checked(rq);
        break;
    case IDENTIFY_LATER:
        break;
    case IDENTIFY_REFUSED:
        rq->identifying = false;
        refuse_caller(rq, why);
        break;
    }
}

void request_identified(struct request *rq, enum error why)
{
    assert(rq->tag == REQUEST_TAG && rq->identifying);
    rq->identifying = false;
    if (why)
        refuse_caller(rq, why);
    else
        request_checked(rq);
}

static bool out_of_service(const struct request *rq)
{
    return rq->http->aside && rq->connection && rq->connection->late && !(rq->area && rq->area->everywhere);
}

static bool is_open(struct request *rq)
{
    const struct endpoint *e = rq->route->endpoint;
    rq->open = e->caller == ANYONE || (e->open && e->open(rq));
    return rq->open;
}

static enum error not_upgraded(const struct request *rq)
{
    return rq->route->endpoint->socket ? upgrade_refusal(rq) : ERROR_OK;
}

void request_begin(struct request *rq)
{
    enum error why;
    if (rq->head.method == HEAD_OPTIONS)
        cors_options(rq);
    else if (out_of_service(rq))
        respond_error(rq, ERROR_UNAVAILABLE);
    else if (rq->refusal)
        respond_error(rq, rq->refusal);
    else if (rq->query_bad)
        respond_error(rq, ERROR_BAD_REQUEST);
    else if ((why = not_upgraded(rq)))
        respond_error(rq, why);
    else if (rq->area->json_before_identity && !validate_json(rq))
        return;
    else if (is_open(rq))
        request_checked(rq);
    else
        identify(rq);
}
