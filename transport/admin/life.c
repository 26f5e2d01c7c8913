/* Admin, life: taking the server out of service and back, and ending it. Out of service: /readyz says no, streams are
 * told to come back in batches and new ones are refused, connections that come are answered 503 (the server's own paths
 * excepted), those that are there have the answer to their next request and are closed. */
#include "transport/admin/ask.h"
#include "transport/http/http.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"

#include <unistd.h>

enum { MILLISECOND = 1000000, BATCH = 100, EVERY_MS = 1000 };

struct pace {
    uint32_t batch, workers;
    uint64_t ns;
};

/* The workers take turns, so that all together say goodbye to one batch at a time. */
static void see_drain(struct worker *w, const void *question, struct buf *answer)
{
    struct pace p;
    struct transport *t = transport_of(w);
    memcpy(&p, question, sizeof p);
    t->aside = true;
    http_set_aside(t->http, true);
    streams_set_aside(t->streams, p.batch, p.ns * (uint64_t)worker_index(w), p.ns * p.workers);
    buf_int(answer, streams_count(t->streams));
}

static void see_undrain(struct worker *w, const void *question, struct buf *answer)
{
    struct transport *t = transport_of(w);
    t->aside = false;
    http_set_aside(t->http, false);
    streams_take_back(t->streams);
    buf_int(answer, streams_count(t->streams));
}

static int64_t streams_in(const struct buf *answer)
{
    int64_t n = 0;
    for (size_t i = 0; i < answer->n; i++)
        n = n * 10 + (answer->p[i] - '0');
    return n;
}

/* Asks all; false with a sentence in why when the server is neither in service nor out of it. */
static bool ask(const struct admin_call *call, survey_see *see, const struct pace *p, int64_t *ret_streams,
                struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    if (strcmp(call->state, "serving") != 0 && strcmp(call->state, "drained") != 0) {
        buf_printf(why, "the server is %s", call->state);
        return false;
    }
    int n = ask_all(call, see, p, sizeof *p, answers);
    *ret_streams = 0;
    for (int i = 0; i < n; i++)
        if (answers[i].answered && !answers[i].text.failed)
            *ret_streams += streams_in(&answers[i].text);
    survey_free(answers, n);
    return true;
}

static void wish(const struct admin_call *call, enum admin_wish what)
{
    if (call->server->wish)
        call->server->wish(what);
}

static bool drain(const struct admin_call *call, struct json *data, struct buf *why)
{
    int64_t batch, every, streams;
    if (!admin_number(call, "--batch", 1, 1000000, BATCH, &batch, why) ||
        !admin_number(call, "--every", 10, 600000, EVERY_MS, &every, why))
        return false;
    struct pace p = { (uint32_t)batch, (uint32_t)system_workers(call->system), (uint64_t)every * MILLISECOND };
    if (!ask(call, see_drain, &p, &streams, why))
        return false;
    wish(call, ADMIN_DRAIN);
    json_begin_object(data, NULL);
    json_int(data, "streams", streams);
    json_int(data, "batch", batch);
    json_int(data, "every_ms", every);
    json_end_object(data);
    return true;
}

static bool undrain(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct pace none = { 0 };
    int64_t streams;
    if (!ask(call, see_undrain, &none, &streams, why))
        return false;
    wish(call, ADMIN_UNDRAIN);
    json_begin_object(data, NULL);
    json_int(data, "streams", streams);
    json_end_object(data);
    return true;
}

/* --wait is the client's: the socket goes before the process. */
static bool stop(const struct admin_call *call, struct json *data, struct buf *why)
{
    wish(call, ADMIN_STOP);
    json_begin_object(data, NULL);
    json_int(data, "pid", getpid());
    json_end_object(data);
    return true;
}

const struct admin_command admin_life[] = {
    { "drain", "[--batch N] [--every MS]",
      "out of service: not ready, streams told to come back, N every MS milliseconds", true,
      "{\"streams\":1,\"batch\":1,\"every_ms\":1}", drain },
    { "undrain", "", "back in service", true, "{\"streams\":1}", undrain },
    { "shutdown", "[--wait]", "stops the server as SIGTERM does, with --wait returns when it is gone", true,
      "{\"pid\":1}", stop },
    { 0 },
};
