/* Preflight: the answer to OPTIONS, which a browser asks before it calls (Fetch standard). */
#include "transport/http/cors.h"

static void put_preflight(const struct request *rq, struct buf *out)
{
    struct text headers = rq->head.headers[HEADER_ACCESS_CONTROL_REQUEST_HEADERS];
    buf_puts(out, "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n");
    if (headers.p)
        cors_put_line(out, "Access-Control-Allow-Headers: ", headers);
    if (rq->area->cors.max_age > 0) {
        buf_puts(out, "Access-Control-Max-Age: ");
        buf_int(out, rq->area->cors.max_age);
        buf_puts(out, "\r\n");
    }
}

/* A preflight does not tell which of the areas that share a path is meant: one that takes the origin will do, since the
 * answer to the request itself comes from the area that it reaches. */
static void choose_area(struct request *rq, struct text origin)
{
    for (int m = 0; m < METHOD_COUNT && !cors_find(&rq->area->cors, origin); m++)
        for (int i = 0; rq->by_method && rq->by_method[m] && rq->by_method[m][i]; i++)
            if (cors_find(&rq->by_method[m][i]->area->cors, origin))
                rq->area = rq->by_method[m][i]->area;
}

void cors_options(struct request *rq)
{
    struct text origin = rq->head.headers[HEADER_ORIGIN];
    bool preflight = origin.p && rq->head.headers[HEADER_ACCESS_CONTROL_REQUEST_METHOD].p && rq->area;
    if (!preflight && rq->refusal == ERROR_NOT_FOUND) {
        respond_error(rq, ERROR_NOT_FOUND);
        return;
    }
    struct buf extra = { 0 };
    rq->preflight = preflight;
    if (preflight)
        choose_area(rq, origin);
    if (!preflight)
        respond_put_allow(&extra, rq->allow);
    else if (cors_find(&rq->area->cors, origin))
        put_preflight(rq, &extra);
    buf_putc(&extra, 0);
    struct text lines = extra.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&extra));
    buf_fini(&extra);
    if (!lines.p)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_content(rq, 200, NULL, lines.p, TEXT(""));
}
