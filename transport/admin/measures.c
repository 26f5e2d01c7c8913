/* Admin, measures: queues, the database, and how long things take. The numbers are those of /metrics, taken from every
 * worker when they are asked for; what is slow now is judged by the last minute or two. */
#include "transport/admin/command.h"

#include "transport/admin/ask.h"
#include "transport/metrics/desk.h"
#include "transport/metrics/doctor.h"
#include "transport/transport.h"

#include <stdlib.h>

/* ---- samples of all workers ---- */

struct samples {
    int n;
    bool silent[WORKERS_MOST];
    struct sample *each; /* zeroed where a worker is silent */
    struct sample sum;
};

/* A worker that has not begun or is at its end has nothing to say. */
static void see(struct worker *w, const void *question, struct buf *answer)
{
    const struct transport *t = transport_of(w);
    bool recent = *(const bool *)question;
    char *to = t && t->http && t->desk ? buf_room(answer, sizeof(struct sample)) : NULL;
    struct sample s;
    if (!to)
        return;
    if (recent)
        desk_recent(t->desk, &s);
    else
        sample_take(w, &s);
    memcpy(to, &s, sizeof s);
    answer->n += sizeof s;
}

/* NULL without memory. `recent`: times of the last minute or two only. */
static struct samples *samples_ask(const struct admin_call *call, bool recent, struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, see, &recent, sizeof recent, answers);
    struct samples *s = calloc(1, sizeof *s);
    struct sample *each = calloc((size_t)n, sizeof *each);
    for (int i = 0; s && each && i < n; i++) {
        s->silent[i] = answers[i].text.n != sizeof *each;
        if (s->silent[i])
            continue;
        memcpy(&each[i], answers[i].text.p, sizeof *each);
        sample_add(&s->sum, &each[i]);
    }
    survey_free(answers, n);
    if (s && each) {
        s->n = n;
        s->each = each;
        return s;
    }
    free(s);
    free(each);
    buf_puts(why, "out of memory");
    return NULL;
}

static void samples_free(struct samples *s)
{
    free(s->each);
    free(s);
}

/* ---- queues ---- */

static bool queues(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct samples *s = samples_ask(call, false, why);
    if (!s)
        return false;
    json_begin_array(data, NULL);
    const struct queue_row *row;
    for (int i = 0; (row = queue_at(i)); i++) {
        const struct queue_numbers none = { -1, -1, -1, -1 };
        const struct queue_numbers *q = s->sum.answered ? &s->sum.queues[i] : &none;
        json_begin_object(data, NULL);
        json_str(data, "queue", row->name);
        json_int_if(data, "depth", q->depth >= 0, q->depth);
        json_int_if(data, "limit", q->limit >= 0, q->limit);
        json_int_if(data, "highest", q->highest >= 0, q->highest);
        json_int_if(data, "refused", q->refused >= 0, q->refused);
        json_str(data, "about", row->about);
        json_str(data, "bounds", row->limit);
        json_str(data, "when_full", row->full);
        json_str(data, "filled_by", row->by);
        json_end_object(data);
    }
    json_end_array(data);
    samples_free(s);
    return true;
}

/* ---- db ---- */

static void put_connection(struct json *data, int worker, const char *kind, const struct db_stats *d)
{
    json_begin_object(data, NULL);
    json_int(data, "worker", worker);
    json_str(data, "kind", kind);
    json_bool(data, "up", d->up);
    json_int(data, "in_flight", d->in_flight);
    json_int(data, "waiting", d->waiting);
    json_int(data, "limit", d->limit);
    json_int(data, "highest", d->highest);
    json_int(data, "queries", (int64_t)d->queries);
    json_int(data, "batches", (int64_t)d->batches);
    json_int(data, "errors", (int64_t)d->errors);
    json_int(data, "refused", (int64_t)d->refused);
    json_int(data, "connects", (int64_t)d->connects);
    json_end_object(data);
}

static bool db(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct samples *s = samples_ask(call, false, why);
    if (!s)
        return false;
    json_begin_array(data, NULL);
    for (int i = 0; i < s->n; i++) {
        if (s->silent[i])
            continue;
        put_connection(data, i, "read", &s->each[i].reading);
        put_connection(data, i, "slow", &s->each[i].slow);
        put_connection(data, i, "write", &s->each[i].writing);
    }
    json_end_array(data);
    samples_free(s);
    return true;
}

static bool db_commits(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct samples *s = samples_ask(call, false, why);
    if (!s)
        return false;
    json_begin_array(data, NULL);
    for (int i = 0; i < s->n; i++) {
        const struct sample *one = &s->each[i];
        if (s->silent[i])
            continue;
        json_begin_object(data, NULL);
        json_int(data, "worker", i);
        json_bool(data, "refusing", one->persistence.refusing);
        json_int(data, "turns_waiting", one->persistence.waiting);
        json_int(data, "turns_in_flight", one->persistence.in_flight);
        json_int(data, "batches", (int64_t)one->persistence.batches);
        json_int(data, "turns", (int64_t)one->persistence.turns);
        json_int(data, "refused", (int64_t)one->persistence.refused);
        json_int(data, "retried", (int64_t)one->persistence.retried);
        json_int(data, "settled", (int64_t)one->persistence.settled);
        json_double(data, "commit_p50_ms", (double)histogram_quantile(&one->commits.commit_us, .5) / 1e3);
        json_double(data, "commit_p99_ms", (double)histogram_quantile(&one->commits.commit_us, .99) / 1e3);
        json_int(data, "batch_p50_turns", (int64_t)histogram_quantile(&one->commits.batch_turns, .5));
        json_int(data, "batch_p99_turns", (int64_t)histogram_quantile(&one->commits.batch_turns, .99));
        json_end_object(data);
    }
    json_end_array(data);
    samples_free(s);
    return true;
}

/* Calls for each bucket that is not empty. */
static void put_buckets(struct json *data, const char *what, const struct histogram *h, double unit)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (!h->bucket[i])
            continue;
        json_begin_object(data, NULL);
        json_str(data, "what", what);
        json_double(data, "from", (double)histogram_bottom(i) / unit);
        json_double(data, "below", (double)histogram_bottom(i + 1) / unit);
        json_int(data, "count", (int64_t)h->bucket[i]);
        json_end_object(data);
    }
}

static bool db_histogram(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct samples *s = samples_ask(call, false, why);
    if (!s)
        return false;
    json_begin_array(data, NULL);
    put_buckets(data, "batch_turns", &s->sum.commits.batch_turns, 1);
    put_buckets(data, "commit_ms", &s->sum.commits.commit_us, 1000);
    json_end_array(data);
    samples_free(s);
    return true;
}

/* ---- latency ---- */

/* What is measured, in the order in which a command meets it. */
static const struct {
    const char *name;
    size_t at; /* of a histogram of microseconds */
} stages[] = {
    { "turn", offsetof(struct sample, runtime.turn_us) },
    { "statement", offsetof(struct sample, requests.statement_us) },
    { "said_to_committed", offsetof(struct sample, commits.publish_commit_us) },
    { "commit", offsetof(struct sample, commits.commit_us) },
    { "committed_to_sent", offsetof(struct sample, streams.commit_deliver_us) },
    { "said_to_sent", offsetof(struct sample, streams.publish_deliver_us) },
};

typedef void see_stage(struct json *data, const char *name, const struct histogram *h);

static void each_stage(struct json *data, const struct sample *sum, see_stage *stage)
{
    struct histogram requests = { 0 };
    for (int i = 0; i < HTTP_AREAS_MOST; i++)
        histogram_merge(&requests, &sum->requests.areas[i].request_us);
    stage(data, "request", &requests);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        stage(data, stages[i].name, (const struct histogram *)(const void *)((const char *)sum + stages[i].at));
}

static void put_summary(struct json *data, const char *name, const struct histogram *h)
{
    uint64_t n = histogram_count(h);
    json_begin_object(data, NULL);
    json_str(data, "stage", name);
    json_int(data, "count", (int64_t)n);
    json_double(data, "mean_ms", n ? (double)(h->sum / n) / 1e3 : 0);
    json_double(data, "p50_ms", (double)histogram_quantile(h, .5) / 1e3);
    json_double(data, "p90_ms", (double)histogram_quantile(h, .9) / 1e3);
    json_double(data, "p99_ms", (double)histogram_quantile(h, .99) / 1e3);
    json_double(data, "max_ms", (double)histogram_quantile(h, 1) / 1e3);
    json_end_object(data);
}

static void put_stage_buckets(struct json *data, const char *name, const struct histogram *h)
{
    put_buckets(data, name, h, 1000);
}

static bool put_stages(const struct admin_call *call, see_stage *stage, struct json *data, struct buf *why)
{
    struct samples *s = samples_ask(call, !admin_option(call, "--all"), why);
    if (!s)
        return false;
    json_begin_array(data, NULL);
    each_stage(data, &s->sum, stage);
    json_end_array(data);
    samples_free(s);
    return true;
}

static bool latency(const struct admin_call *call, struct json *data, struct buf *why)
{
    return put_stages(call, put_summary, data, why);
}

static bool latency_histogram(const struct admin_call *call, struct json *data, struct buf *why)
{
    return put_stages(call, put_stage_buckets, data, why);
}

static void put_finding(void *arg, const char *stage, const char *finding, const char *advice)
{
    struct json *data = arg;
    json_begin_object(data, NULL);
    json_str(data, "stage", stage);
    json_str(data, "finding", finding);
    json_str(data, "advice", advice);
    json_end_object(data);
}

static bool latency_doctor(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct samples *s = samples_ask(call, true, why);
    if (!s)
        return false;
    json_begin_array(data, NULL);
    doctor_judge(s->each, s->n, &s->sum, put_finding, data);
    json_end_array(data);
    samples_free(s);
    return true;
}

/* ---- the table ---- */

#define BUCKETS_GIVES "[{\"what\":\"\",\"from\":1.5,\"below\":1.5,\"count\":1}]"

const struct admin_command admin_measures[] = {
    { "queues", "", "every queue: how much waits in the fullest worker's, its limit, and what happens when it is full",
      false,
      "[{\"queue\":\"\",\"depth?\":1,\"limit?\":1,\"highest?\":1,\"refused?\":1,\"about\":\"\","
      "\"bounds\":\"\",\"when_full\":\"\",\"filled_by\":\"\"}]",
      queues },
    { "db", "", "each worker's connections to the database: state, statements under way and waiting", false,
      "[{\"worker\":1,\"kind|\":\"read|slow|write\",\"up\":true,\"in_flight\":1,\"waiting\":1,"
      "\"limit\":1,\"highest-\":1,\"queries\":1,\"batches-\":1,\"errors\":1,\"refused-\":1,"
      "\"connects-\":1}]",
      db },
    { "db", "commits", "each worker's group commit: what waits, how large batches are, how long commits take", false,
      "[{\"worker\":1,\"refusing\":true,\"turns_waiting\":1,\"turns_in_flight\":1,\"batches\":1,"
      "\"turns\":1,\"refused-\":1,\"retried-\":1,\"settled-\":1,\"commit_p50_ms-\":1.5,"
      "\"commit_p99_ms-\":1.5,\"batch_p50_turns-\":1,\"batch_p99_turns-\":1}]",
      db_commits },
    { "db", "histogram", "batch sizes and commit times since the start", false, BUCKETS_GIVES, db_histogram },
    { "latency", "[--all]", "how long each stage has taken in the last minute or two, or (--all) since the start",
      false,
      "[{\"stage|\":\"request|turn|statement|said_to_committed|commit|committed_to_sent|said_to_sent\","
      "\"count\":1,\"mean_ms\":1.5,\"p50_ms\":1.5,\"p90_ms\":1.5,\"p99_ms\":1.5,\"max_ms\":1.5}]",
      latency },
    { "latency", "histogram [--all]", "the same, in milliseconds, bucket by bucket", false, BUCKETS_GIVES,
      latency_histogram },
    { "latency", "doctor", "which stage is slow now, and what to do about it", false,
      "[{\"stage\":\"\",\"finding\":\"\",\"advice\":\"\"}]", latency_doctor },
    { 0 },
};
