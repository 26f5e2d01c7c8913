/* Outbound: the part of a worker: its calls to others, and what a graceful stop waits for. */
#include "transport/outbound/part.h"

#include "proto/config/config.h"
#include "transport/outbound/outbound.h"
#include "transport/transport.h"

static bool part_prepare(const struct setup *s)
{
    return outbound_setup();
}

static bool part_open(struct worker *w, const struct setup *s)
{
    const struct outbound_options o = { .loop = worker_loop(w),
                                        .running = (uint32_t)config.outbound_calls,
                                        .waiting = (uint32_t)config.outbound_queue,
                                        .ca_file = config.outbound_ca,
                                        .proxy = config.outbound_proxy };
    return (transport_of(w)->outbound = outbound_create(&o));
}

static bool part_drained(struct worker *w)
{
    struct outbound_stats o = outbound_stats(transport_of(w)->outbound);
    return !o.running && !o.waiting;
}

static void part_end(struct worker *w)
{
    outbound_close(transport_of(w)->outbound);
}

static void part_close(struct worker *w)
{
    outbound_destroy(transport_of(w)->outbound);
}

static void part_describe(struct worker *w, struct json *out)
{
    struct outbound_stats o = outbound_stats(transport_of(w)->outbound);
    json_int(out, "calls", o.running);
    json_int(out, "calls_waiting", o.waiting);
    json_int(out, "calls_answered", (int64_t)o.answered);
    json_int(out, "calls_failed", (int64_t)o.failed);
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct outbound_stats s = outbound_stats(transport_of(w)->outbound);
    *ret = (struct queue_numbers){ config.outbound_queue, s.waiting, s.highest, (int64_t)s.full };
}

static const struct queue_row queues[] = {
    { "calls", "calls to others, per worker", "`outbound-queue` waiting, `outbound-calls` under way",
      "the caller gets `OUTBOUND_FULL`",
      "the outbox, imports and Google's keys; what each may have under way is together fewer than the places",
      read_queue },
    { "call_answer", "an answer of others", "the call's own limit; headers 32 KiB", "`OUTBOUND_TOO_LARGE`",
      "the other server", NULL },
    { 0 },
};

static const struct metric_row metrics[] = {
    { "lectern_calls_total", "Calls to other services that have ended.", "end=\"answered\"" },
    { "lectern_calls_total", NULL, "end=\"failed\"" },
    { "lectern_calls_running", "Calls to other services under way.", .gauge = true },
    { 0 },
};

static void read_metrics(struct worker *w, uint64_t *ret)
{
    struct outbound_stats s = outbound_stats(transport_of(w)->outbound);
    ret[0] = s.answered;
    ret[1] = s.failed;
    ret[2] = s.running;
}

static int64_t part_descriptors(int64_t workers)
{
    return workers * OUTBOUND_DESCRIPTORS * config.outbound_calls;
}

const struct part outbound_part = {
    .name = "outbound",
    .descriptors = part_descriptors,
    .prepare = part_prepare,
    .finish = outbound_finish,
    .open = part_open,
    .drained = part_drained,
    .end = part_end,
    .close = part_close,
    .describe = part_describe,
    .queues = queues,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
