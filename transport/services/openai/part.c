/* OpenAI: the part of a worker. Its calls are apart from the others to outside services: replies take long, and nobody
 * else shall wait behind them. */
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/services/openai/openai.h"

static struct openai *openai; /* of all workers; has its own lock; NULL: there is no key */

/* Each worker's own; without a key they have none. */
static struct {
    struct outbound *calls;
    struct openai_desk *desk;
} sides[WORKERS_MOST];

struct openai_desk *openai_desk(const struct worker *w)
{
    return sides[worker_index(w)].desk;
}

static int64_t part_descriptors(int64_t workers)
{
    return *config.openai_api_key ? OUTBOUND_DESCRIPTORS * config.openai_calls : 0;
}

static bool part_prepare(const struct setup *s)
{
    const struct openai_options o = { .key = config.openai_api_key,
                                      .base_url = config.openai_base_url,
                                      .model = config.openai_model,
                                      .timeout_ms = (uint32_t)config.openai_timeout * 1000,
                                      .gate = { .places = (uint32_t)config.openai_calls,
                                                .waiting = (uint32_t)config.openai_queue,
                                                .failures = (uint32_t)config.openai_failures,
                                                .rest_ns = (uint64_t)config.openai_rest * 1000000000 } };
    if (!*config.openai_api_key) {
        log_info("the tutor has canned sentences: OPENAI_API_KEY is not set");
        return true;
    }
    return (openai = openai_create(&o));
}

static void part_finish(void)
{
    openai_destroy(openai);
    openai = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    const struct outbound_options o = { .loop = worker_loop(w),
                                        .running = (uint32_t)config.openai_calls,
                                        .ca_file = config.outbound_ca,
                                        .proxy = config.outbound_proxy };
    if (!openai)
        return true;
    struct outbound *calls = sides[worker_index(w)].calls = outbound_create(&o);
    const struct openai_line line = { calls, outbound_send, outbound_cancel };
    struct openai_desk *d = sides[worker_index(w)].desk = calls ? openai_desk_create(openai, w, line) : NULL;
    if (d)
        worker_set_service(w, SERVICE_MODEL, openai_desk_model(d));
    return d;
}

static void part_drain(struct worker *w)
{
    if (openai_desk(w))
        openai_desk_drain(openai_desk(w));
}

static bool part_drained(struct worker *w)
{
    return !openai_stats(openai_desk(w)).asked;
}

static void part_end(struct worker *w)
{
    outbound_close(sides[worker_index(w)].calls);
}

static void part_close(struct worker *w)
{
    openai_desk_destroy(openai_desk(w));
    sides[worker_index(w)].desk = NULL;
    worker_set_service(w, SERVICE_MODEL, NULL);
    outbound_destroy(sides[worker_index(w)].calls);
    sides[worker_index(w)].calls = NULL;
}

static void part_describe(struct worker *w, struct json *out)
{
    struct openai_stats s = openai_stats(openai_desk(w));
    json_int(out, "questions", s.asked);
    json_int(out, "questions_replied", (int64_t)s.ended[MODEL_REPLIED]);
    json_bool(out, "model_resting", s.gate.resting);
}

/* What waits is all workers'; who was refused is this one's. */
static void read_waiting(struct worker *w, struct queue_numbers *ret)
{
    struct openai_stats s = openai_stats(openai_desk(w));
    if (openai_desk(w))
        *ret = (struct queue_numbers){ s.gate.limit, s.gate.waiting, s.gate.highest, (int64_t)s.ended[MODEL_BUSY] };
}

static const struct queue_row queues[] = {
    { "model_calls", "replies that the tutor's model is writing, of all workers", "`openai-calls`",
      "further questions wait", "students, `budget-questions` each, one at a time of a conversation", NULL },
    { "model_questions", "questions that wait for the tutor's model, of all workers",
      "`openai-queue`, `openai-timeout`", "the tutor says that many are asking", "students, `budget-questions` each",
      read_waiting },
    { "model_answer", "an answer of the tutor's model", "8 MiB; 256 KiB of a reply; 64 KiB of an event",
      "the tutor says that something went wrong", "the model", NULL },
    { 0 },
};

static const struct metric_row metrics[] = {
    { "lectern_model_questions", "Questions to the tutor's model that have not ended, those that wait included.",
      .gauge = true },
    { "lectern_model_resting", "Workers that leave the tutor's model alone after repeated failures.", .gauge = true },
    { "lectern_model_retries_total", "Further tries of questions to the tutor's model." },
    { "lectern_model_questions_total", "Questions to the tutor's model, by their end.", "end=\"replied\"" },
    { "lectern_model_questions_total", NULL, "end=\"busy\"" },
    { "lectern_model_questions_total", NULL, "end=\"resting\"" },
    { "lectern_model_questions_total", NULL, "end=\"timeout\"" },
    { "lectern_model_questions_total", NULL, "end=\"failed\"" },
    { "lectern_model_questions_total", NULL, "end=\"stopped\"" },
    { 0 },
};

static void read_metrics(struct worker *w, uint64_t *ret)
{
    static const enum model_end ends[] = { MODEL_REPLIED, MODEL_BUSY,   MODEL_RESTING,
                                           MODEL_TIMEOUT, MODEL_FAILED, MODEL_STOPPED };
    struct openai_stats s = openai_stats(openai_desk(w));
    *ret++ = s.asked;
    *ret++ = s.gate.resting;
    *ret++ = s.retries;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        *ret++ = s.ended[ends[i]];
}

const struct part openai_part = {
    .name = "openai",
    .descriptors = part_descriptors,
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .drain = part_drain,
    .drained = part_drained,
    .end = part_end,
    .close = part_close,
    .describe = part_describe,
    .queues = queues,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
