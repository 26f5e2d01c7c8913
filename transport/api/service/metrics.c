/* Metrics: what the server counts, in Prometheus' text format. It says how many people are here and how loaded the
 * server is, so it is nobody's without the configured token; in development it is this machine's. */
#include "proto/base/address.h"
#include "proto/config/config.h"
#include "proto/config/secret.h"
#include "transport/api/service/service.h"
#include "transport/metrics/desk.h"
#include "transport/metrics/exposition.h"
#include "transport/transport.h"

enum { AREAS_MOST = 15 };

static enum error may_read(const struct request *rq)
{
    if (*config.metrics_token)
        return secret_same(api_bearer(rq), config.metrics_token) ? ERROR_OK : ERROR_NOT_AUTHENTICATED;
    return config.dev && address_is_loopback(request_peer(rq)) ? ERROR_OK : ERROR_NOT_FOUND;
}

struct asking {
    struct desk_question question; /* first */
    struct request *rq;
};

static void on_news(struct desk_question *q, const struct desk_news *news)
{
    struct request *rq = ((struct asking *)q)->rq;
    const char *areas[AREAS_MOST + 1] = { NULL };
    struct buf text = { 0 };
    for (int i = 0; api_areas[i] && i < AREAS_MOST; i++)
        areas[i] = api_areas[i]->name;
    const struct exposition e = { .samples = news->samples,
                                  .up = news->up,
                                  .workers = news->workers,
                                  .version = transport_of(request_worker(rq))->version,
                                  .areas = areas };
    exposition_put(&e, &text);
    if (text.failed)
        respond_error(rq, ERROR_OVERLOADED);
    else
        respond_content(rq, 200, EXPOSITION_TYPE, "Cache-Control: no-store\r\n", buf_view(&text));
    buf_fini(&text);
}

static void metrics(struct request *rq)
{
    struct desk *desk = transport_of(request_worker(rq))->desk;
    enum error why = may_read(rq);
    struct asking *a = why ? NULL : request_alloc(rq, sizeof *a);
    if (why || !a || !desk) {
        respond_error(rq, why ? why : ERROR_OVERLOADED);
        return;
    }
    *a = (struct asking){ .question.done = on_news, .rq = rq };
    desk_ask(desk, &a->question);
}

const struct endpoint metrics_endpoints[] = {
    { GET, "/metrics", ANYONE, .handle = metrics, .summary = "What the server counts, for Prometheus", .hidden = true },
    {},
};
