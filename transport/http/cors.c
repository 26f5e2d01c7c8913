/* CORS: see cors.h. */
#include "transport/http/cors.h"

#include "proto/base/address.h"
#include "proto/config/config.h"
#include "transport/http/request_state.h"

enum origin_found cors_find(const struct cors *cors, struct text origin)
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

void cors_put_line(struct buf *out, const char *name, struct text value)
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
    enum origin_found found = cors_find(&rq->area->cors, origin);
    if (!found)
        return;
    cors_put_line(out, "Access-Control-Allow-Origin: ", origin);
    if (with_credentials(rq->area, found))
        buf_puts(out, "Access-Control-Allow-Credentials: true\r\n");
    if (!rq->preflight)
        buf_put(out, EXPOSED, sizeof EXPOSED - 1);
}
