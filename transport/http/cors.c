/* CORS: which origins may call an area from a browser (Fetch standard), and the answer to OPTIONS. */
#include "transport/http/request_state.h"

#include <string.h>

/* Is the origin in a list, separated by commas or written as a JSON array? */
static bool listed(const char *list, struct text origin)
{
    static const char between[] = ", []\"";
    for (const char *at = list + strspn(list, between); *at; at += strspn(at, between)) {
        struct text one = { at, strcspn(at, between) };
        if (text_is(one, "*") || text_equal(one, origin))
            return true;
        at += one.n;
    }
    return false;
}

static bool allowed(const struct cors *cors, struct text origin)
{
    if (cors->any_origin)
        return true;
    for (int i = 0; cors->origins && cors->origins[i]; i++)
        if (text_is(origin, cors->origins[i]))
            return true;
    return cors->configured && listed(*cors->configured, origin);
}

static void put_line(struct buf *out, const char *name, struct text value)
{
    buf_puts(out, name);
    buf_text(out, value);
    buf_put(out, "\r\n", 2);
}

void cors_put(const struct request *rq, struct buf *out)
{
    struct text origin = rq->head.headers[HEADER_ORIGIN];
    if (!rq->area || !origin.p)
        return;
    const struct cors *cors = &rq->area->cors;
    if (allowed(cors, origin)) {
        put_line(out, "Access-Control-Allow-Origin: ", origin);
        if (cors->credentials)
            buf_puts(out, "Access-Control-Allow-Credentials: true\r\n");
    }
    buf_puts(out, "Vary: Origin\r\n");
}

struct text request_cors_lines(struct request *rq)
{
    struct buf lines = { 0 };
    cors_put(rq, &lines);
    struct text kept = lines.failed ? TEXT("") : request_keep(rq, buf_view(&lines));
    buf_fini(&lines);
    return kept.p ? kept : TEXT("");
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
    for (int m = 0; m < METHOD_COUNT && !allowed(&rq->area->cors, origin); m++)
        for (int i = 0; rq->by_method && rq->by_method[m] && rq->by_method[m][i]; i++)
            if (allowed(&rq->by_method[m][i]->area->cors, origin))
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
    if (preflight)
        choose_area(rq, origin);
    if (!preflight)
        respond_put_allow(&extra, rq->allow);
    else if (allowed(&rq->area->cors, origin))
        put_preflight(rq, &extra);
    buf_putc(&extra, 0);
    struct text lines = extra.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&extra));
    buf_fini(&extra);
    if (!lines.p)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_content(rq, 200, NULL, lines.p, TEXT(""));
}
