/* CORS: which origins may call an area from a browser (Fetch standard), and the answer to OPTIONS. */
#include "proto/base/address.h"
#include "proto/base/origin.h"
#include "proto/config/config.h"
#include "transport/http/request_state.h"

static enum origin_found find(const struct cors *cors, struct text origin)
{
    if (cors->any_origin)
        return ORIGIN_BY_ANY;
    for (int i = 0; cors->origins && cors->origins[i]; i++)
        if (origin_find(cors->origins[i], origin))
            return ORIGIN_LISTED;
    return cors->configured ? origin_find(*cors->configured, origin) : ORIGIN_ABSENT;
}

/* Whoever is let in because anybody is gets no credentials, but for development. Where a bare user_id is believed nobody
 * does, but for development on this machine. */
static bool with_credentials(const struct area *area, enum origin_found found)
{
    struct sockaddr_storage listen;
    bool believes = area->bare_user_id && !strcmp(config.identity, "legacy");
    if (believes && !(address_read(config.listen, &listen) && address_is_loopback(&listen)))
        return false;
    return area->cors.credentials && (config.dev || (found == ORIGIN_LISTED && !believes));
}

static void put_line(struct buf *out, const char *name, struct text value)
{
    buf_puts(out, name);
    buf_text(out, value);
    buf_put(out, "\r\n", 2);
}

/* What a page may read of an answer beside its body (Fetch standard, 3.3.3): all that ours carry. With credentials `*`
 * would be a name like others. */
#define EXPOSED                                                                                                        \
    "Access-Control-Expose-Headers: Accept-Ranges, Allow, Content-Disposition, Content-Length, Content-Range, Date, "  \
    "ETag, Last-Modified, Location, Retry-After, WWW-Authenticate\r\n"

void cors_put(const struct request *rq, struct buf *out)
{
    struct text origin = rq->head.headers[HEADER_ORIGIN];
    if (!rq->area || !origin.p)
        return;
    buf_puts(out, "Vary: Origin\r\n");
    enum origin_found found = find(&rq->area->cors, origin);
    if (!found)
        return;
    put_line(out, "Access-Control-Allow-Origin: ", origin);
    if (with_credentials(rq->area, found))
        buf_puts(out, "Access-Control-Allow-Credentials: true\r\n");
    if (!rq->preflight)
        buf_put(out, EXPOSED, sizeof EXPOSED - 1);
}

static void put_preflight(const struct request *rq, struct buf *out)
{
    struct text headers = rq->head.headers[HEADER_ACCESS_CONTROL_REQUEST_HEADERS];
    buf_puts(out, "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n");
    if (headers.p)
        put_line(out, "Access-Control-Allow-Headers: ", headers);
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
    for (int m = 0; m < METHOD_COUNT && !find(&rq->area->cors, origin); m++)
        for (int i = 0; rq->by_method && rq->by_method[m] && rq->by_method[m][i]; i++)
            if (find(&rq->by_method[m][i]->area->cors, origin))
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
    else if (find(&rq->area->cors, origin))
        put_preflight(rq, &extra);
    buf_putc(&extra, 0);
    struct text lines = extra.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&extra));
    buf_fini(&extra);
    if (!lines.p)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_content(rq, 200, NULL, lines.p, TEXT(""));
}
