/* Exposition: the families and how each is written. See exposition.h. A family may take several rows, one after the
 * other, which differ in their labels. */
#include "transport/metrics/exposition.h"

#include "proto/base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum type { COUNTER, GAUGE, SECONDS, NUMBERS }; /* the last two are histograms, kept in microseconds and plain */

struct writing {
    const struct exposition *e;
    struct sample *sum;
    struct buf *out;
};

struct family {
    const char *name, *help;
    enum type type;
    struct sample_field at;
    const char *labels;                                           /* of this row, as text; NULL: none */
    bool each;                                                    /* one value for each worker */
    void (*put)(const struct writing *w, const struct family *f); /* instead of `at` */
};

#define AT(field) SAMPLE_FIELD(field)
#define EACH      true

static void put_build(const struct writing *w, const struct family *f);
static void put_cpu(const struct writing *w, const struct family *f);
static void put_memory(const struct writing *w, const struct family *f);
static void put_virtual(const struct writing *w, const struct family *f);
static void put_up(const struct writing *w, const struct family *f);
static void put_busy(const struct writing *w, const struct family *f);
static void put_closed(const struct writing *w, const struct family *f);
static void put_requests(const struct writing *w, const struct family *f);
static void put_request_times(const struct writing *w, const struct family *f);
static void put_outbox_rows(const struct writing *w, const struct family *f);
static void put_outbox_oldest(const struct writing *w, const struct family *f);
static void put_outbox_under_way(const struct writing *w, const struct family *f);
static void put_outbox_attempts(const struct writing *w, const struct family *f);
static void put_queue_depth(const struct writing *w, const struct family *f);
static void put_queue_limit(const struct writing *w, const struct family *f);
static void put_queue_highest(const struct writing *w, const struct family *f);
static void put_queue_refused(const struct writing *w, const struct family *f);

static const struct family families[] = {
    { "lectern_build_info", "The version that runs.", GAUGE, .put = put_build },
    { "process_cpu_seconds_total", "Processor time of the process, in user space and in the kernel.", COUNTER,
      .put = put_cpu },
    { "process_resident_memory_bytes", "Memory of the process that is in use.", GAUGE, .put = put_memory },
    { "process_virtual_memory_bytes", "Addresses of the process that have a meaning.", GAUGE, .put = put_virtual },
    { "lectern_worker_up", "Whether the worker has answered in time; if not, its last numbers are told.", GAUGE,
      .put = put_up },
    { "lectern_worker_busy_seconds_total", "Time that the worker's loop has been at work.", COUNTER, .put = put_busy },
    { "lectern_worker_turns_total", "Turns of the worker's loop.", COUNTER, AT(worker.turns), .each = EACH },
    { "lectern_worker_wakeups_total", "Times that another thread has woken the worker.", COUNTER, AT(worker.wakeups),
      .each = EACH },
    { "lectern_worker_messages_total", "Messages that the worker's actors have handled.", COUNTER, AT(worker.messages),
      .each = EACH },
    { "lectern_worker_actors", "Actors in memory.", GAUGE, AT(worker.actors), .each = EACH },
    { "lectern_worker_connections", "Connections of the worker.", GAUGE, AT(http.connections), .each = EACH },
    { "lectern_worker_turn_seconds", "Length of the turns of the loops, waiting left out.", SECONDS,
      AT(runtime.turn_us) },
    { "lectern_slow_total", "What took longer than slow-turn or slow-request allows.", COUNTER, AT(lags.of[SLOW_TURN]),
      "kind=\"turn\"" },
    { "lectern_slow_total", NULL, COUNTER, AT(lags.of[SLOW_REQUEST]), "kind=\"request\"" },
    { "lectern_mailbox_depth_messages", "Messages in an actor's mailbox when its turn came.", NUMBERS,
      AT(runtime.mailbox_depth) },

    { "lectern_workers_serving", "Workers that have begun to serve.", GAUGE, AT(started) },
    { "lectern_workers_draining", "Workers that are stopping or out of service.", GAUGE, AT(draining) },
    { "lectern_connections", "Connections open now.", GAUGE, AT(http.streams), "kind=\"stream\"" },
    { "lectern_connections", NULL, GAUGE, AT(http.sockets), "kind=\"socket\"" },
    { "lectern_connections", NULL, GAUGE, AT(plain), "kind=\"request\"" },
    { "lectern_connections_accepted_total", "Connections accepted.", COUNTER, AT(http.accepted) },
    { "lectern_connections_refused_total", "Connections over a cap, answered with 503.", COUNTER,
      AT(http.turned_away) },
    { "lectern_connections_cut_total", "Connections cut by the server.", COUNTER, AT(http.cut_slow),
      "reason=\"slow\"" },
    { "lectern_connections_cut_total", NULL, COUNTER, AT(http.timeouts), "reason=\"request_timeout\"" },
    { "lectern_connections_closed_total", "Connections that have ended, by why.", COUNTER, .put = put_closed },
    { "lectern_received_bytes_total", "Bytes received over HTTP.", COUNTER, AT(http.received) },
    { "lectern_sent_bytes_total", "Bytes sent over HTTP.", COUNTER, AT(http.sent) },
    { "lectern_requests_total", "Answers by area and class of status.", COUNTER, .put = put_requests },
    { "lectern_request_seconds", "Time from a request's head to the beginning of its answer.", SECONDS,
      .put = put_request_times },

    { "lectern_streams_opened_total", "Event streams opened, WebSockets too.", COUNTER, AT(streams.opened) },
    { "lectern_streams_cut_total", "Event streams told to come back because their worker was behind.", COUNTER,
      AT(streams.cut) },
    { "lectern_signals_dropped_total",
      "Signals, and other events for one person that may be lost, that a stream was not "
      "told because it was behind.",
      COUNTER, AT(streams.dropped) },
    { "lectern_events_total", "Events that came for streams, once for each worker that has some.", COUNTER,
      AT(streams.events) },
    { "lectern_stream_sends_total", "Sends to one stream each.", COUNTER, AT(streams.sends) },
    { "lectern_publish_commit_seconds", "From what a room says to its commit.", SECONDS,
      AT(commits.publish_commit_us) },
    { "lectern_commit_deliver_seconds", "From a commit until all streams of a worker have been sent it.", SECONDS,
      AT(streams.commit_deliver_us) },
    { "lectern_publish_deliver_seconds", "From what a room says until all streams of a worker have been sent it.",
      SECONDS, AT(streams.publish_deliver_us) },

    { "lectern_batch_turns", "What rooms said, per commit.", NUMBERS, AT(commits.batch_turns) },
    { "lectern_commit_seconds", "From the sending of a batch to its commit.", SECONDS, AT(commits.commit_us) },
    { "lectern_commits_total", "Batches committed.", COUNTER, AT(persistence.batches) },
    { "lectern_commits_retried_total", "Batches put back to be sent again.", COUNTER, AT(persistence.retried) },
    { "lectern_commits_settled_total", "Batches whose answer was lost and that were asked for.", COUNTER,
      AT(persistence.settled) },
    { "lectern_turns_refused_total", "What rooms said and could not be kept.", COUNTER, AT(persistence.refused) },
    { "lectern_commits_refused", "Workers whose commits the database refuses now.", GAUGE, AT(refusing) },
    { "lectern_database_workers", "Workers whose connections of the kind are there.", GAUGE, AT(reading_up),
      "kind=\"read\"" },
    { "lectern_database_workers", NULL, GAUGE, AT(slow_up), "kind=\"slow\"" },
    { "lectern_database_workers", NULL, GAUGE, AT(writing_up), "kind=\"write\"" },
    { "lectern_database_connects_total", "Connections made to the database.", COUNTER, AT(reading.connects),
      "kind=\"read\"" },
    { "lectern_database_connects_total", NULL, COUNTER, AT(slow.connects), "kind=\"slow\"" },
    { "lectern_database_connects_total", NULL, COUNTER, AT(writing.connects), "kind=\"write\"" },
    { "lectern_statements_total", "Statements sent to the database, batches left out.", COUNTER, AT(reading.queries),
      "kind=\"read\"" },
    { "lectern_statements_total", NULL, COUNTER, AT(slow.queries), "kind=\"slow\"" },
    { "lectern_statements_total", NULL, COUNTER, AT(writing.queries), "kind=\"write\"" },
    { "lectern_statements_refused_total", "Statements and batches that the database has refused.", COUNTER,
      AT(reading.errors), "kind=\"read\"" },
    { "lectern_statements_refused_total", NULL, COUNTER, AT(slow.errors), "kind=\"slow\"" },
    { "lectern_statements_refused_total", NULL, COUNTER, AT(writing.errors), "kind=\"write\"" },
    { "lectern_statement_seconds", "Statements of requests, from asking to the answer.", SECONDS,
      AT(requests.statement_us) },

    { "lectern_outbox_rows", "Messages of the outbox, jobs and events, by kind, when they were last counted.", GAUGE,
      .put = put_outbox_rows },
    { "lectern_outbox_oldest_seconds", "For how long the oldest message of the kind that waits has done so, likewise.",
      GAUGE, .put = put_outbox_oldest },
    { "lectern_outbox_under_way", "Messages of the kind that are with their courier.", GAUGE,
      .put = put_outbox_under_way },
    { "lectern_outbox_attempts_total", "Attempts to deliver a message of the kind, or to do a job.", COUNTER,
      .put = put_outbox_attempts },
    { "lectern_outbox_events_total",
      "Events that have left the outbox: published to Kafka, or dropped since too many waited.", COUNTER, AT(published),
      "end=\"published\"" },
    { "lectern_outbox_events_total", NULL, COUNTER, AT(dropped), "end=\"dropped\"" },

    { "lectern_queue_depth", "What waits in the queue, of the worker that has most.", GAUGE, .put = put_queue_depth },
    { "lectern_queue_limit", "How much the queue takes, per worker.", GAUGE, .put = put_queue_limit },
    { "lectern_queue_highest", "The most that has waited since the start.", GAUGE, .put = put_queue_highest },
    { "lectern_queue_refused_total", "What found no place in the queue.", COUNTER, .put = put_queue_refused },
};

/* ---- values ---- */

static void put_name(const struct writing *w, const struct family *f, const char *suffix, const char *labels)
{
    buf_puts(w->out, f->name);
    buf_puts(w->out, suffix);
    if (labels && *labels)
        buf_printf(w->out, "{%s}", labels);
    buf_putc(w->out, ' ');
}

static void put_number(const struct writing *w, const struct family *f, const char *labels, uint64_t value)
{
    put_name(w, f, "", labels);
    buf_printf(w->out, "%llu\n", (unsigned long long)value);
}

/* Bounds are the powers of two of what is kept, so that each is exact: of times from 16 microseconds to half a minute,
 * which real numbers of seconds do not reach; of whole numbers the greatest below, from 1 to 65535. */
enum { LEAST_TIME = 4, MOST_TIME = 25, LEAST_NUMBER = 1, MOST_NUMBER = 16 };

static void put_bucket(const struct writing *w, const struct family *f, const char *labels, const char *bound,
                       uint64_t n)
{
    buf_printf(w->out, "%s_bucket{%s%sle=\"%s\"} %llu\n", f->name, labels, *labels ? "," : "", bound,
               (unsigned long long)n);
}

static void put_histogram(const struct writing *w, const struct family *f, const char *labels,
                          const struct histogram *h)
{
    bool times = f->type == SECONDS;
    unsigned from = times ? LEAST_TIME : LEAST_NUMBER, to = times ? MOST_TIME : MOST_NUMBER;
    for (unsigned power = from; power <= to; power++) {
        char bound[32];
        double most = (double)((uint64_t)1 << power);
        snprintf(bound, sizeof bound, "%.9g", times ? most / 1e6 : most - 1);
        put_bucket(w, f, labels, bound, histogram_below(h, power));
    }
    uint64_t n = histogram_count(h);
    put_bucket(w, f, labels, "+Inf", n);
    put_name(w, f, "_sum", labels);
    buf_printf(w->out, "%.9g\n", times ? (double)h->sum / 1e6 : (double)h->sum);
    put_name(w, f, "_count", labels);
    buf_printf(w->out, "%llu\n", (unsigned long long)n);
}

void exposition_escape(struct buf *out, const char *value)
{
    for (; *value; value++)
        switch (*value) {
        case '\n':
            buf_puts(out, "\\n");
            break;
        case '\\':
        case '"':
            buf_putc(out, '\\');
            /* fall through */
        default:
            buf_putc(out, *value);
        }
}

/* name="value" for use as labels; "" without memory, which w->out remembers. */
static const char *label(const struct writing *w, struct buf *to, const char *name, const char *value)
{
    buf_reset(to);
    buf_printf(to, "%s=\"", name);
    exposition_escape(to, value);
    buf_put(to, "\"", 2);
    w->out->failed |= to->failed;
    return to->failed ? "" : to->p;
}

/* ---- families of their own ---- */

static void put_build(const struct writing *w, const struct family *f)
{
    struct buf version = { 0 };
    put_number(w, f, label(w, &version, "version", w->e->version), 1);
    buf_fini(&version);
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void put_cpu(const struct writing *w, const struct family *f)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage))
        return;
    put_name(w, f, "", NULL);
    buf_printf(w->out, "%.6f\n", seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

static void put_memory(const struct writing *w, const struct family *f)
{
    struct process_memory m = process_memory();
    if (m.resident)
        put_number(w, f, NULL, (uint64_t)m.resident);
}

static void put_virtual(const struct writing *w, const struct family *f)
{
    struct process_memory m = process_memory();
    if (m.virtual)
        put_number(w, f, NULL, (uint64_t)m.virtual);
}

typedef uint64_t worker_number(const struct writing *w, const struct family *f, int worker);

static void put_each(const struct writing *w, const struct family *f, worker_number *number)
{
    char labels[32];
    for (int i = 0; i < w->e->workers; i++) {
        snprintf(labels, sizeof labels, "worker=\"%d\"", i);
        put_number(w, f, labels, number(w, f, i));
    }
}

static uint64_t up_of(const struct writing *w, const struct family *f, int worker)
{
    return w->e->up[worker];
}

static uint64_t field_of(const struct writing *w, const struct family *f, int worker)
{
    return sample_number(&w->e->samples[worker], f->at);
}

static void put_up(const struct writing *w, const struct family *f)
{
    put_each(w, f, up_of);
}

static void put_busy(const struct writing *w, const struct family *f)
{
    for (int i = 0; i < w->e->workers; i++)
        buf_printf(w->out, "%s{worker=\"%d\"} %.6f\n", f->name, i, (double)w->e->samples[i].worker.busy_ns / 1e9);
}

/* Calls for each area, and at last for what belongs to none. */
static void each_area(const struct writing *w, const struct family *f,
                      void (*see)(const struct writing *w, const struct family *f, const char *labels, int place))
{
    struct buf labels = { 0 };
    int place = 0;
    for (; w->e->areas[place] && place < HTTP_AREAS_MOST - 1; place++)
        see(w, f, label(w, &labels, "area", w->e->areas[place]), place);
    see(w, f, label(w, &labels, "area", "none"), HTTP_AREAS_MOST - 1);
    buf_fini(&labels);
}

static void see_requests(const struct writing *w, const struct family *f, const char *area, int place)
{
    char labels[128];
    for (int class = 2; class < HTTP_CLASSES; class ++) {
        snprintf(labels, sizeof labels, "%s,status=\"%dxx\"", area, class);
        put_number(w, f, labels, w->sum->requests.areas[place].by_class[class]);
    }
}

/* ---- the outbox ---- */

typedef void see_kind(const struct writing *w, const struct family *f, const char *kind, const struct kind_counts *c);

static void each_kind(const struct writing *w, const struct family *f, see_kind *see)
{
    for (int i = 0; i < KINDS_MOST; i++)
        if (w->sum->kinds[i].name)
            see(w, f, w->sum->kinds[i].name, &w->sum->kinds[i].counts);
}

static void put_of_kind(const struct writing *w, const struct family *f, const char *kind, const char *more,
                        uint64_t value)
{
    char labels[96];
    snprintf(labels, sizeof labels, "kind=\"%s\"%s", kind, more);
    put_number(w, f, labels, value);
}

static void see_rows(const struct writing *w, const struct family *f, const char *kind, const struct kind_counts *c)
{
    put_of_kind(w, f, kind, ",state=\"waiting\"", (uint64_t)c->waiting);
    put_of_kind(w, f, kind, ",state=\"dead\"", (uint64_t)c->dead);
}

static void see_oldest(const struct writing *w, const struct family *f, const char *kind, const struct kind_counts *c)
{
    put_of_kind(w, f, kind, "", (uint64_t)c->oldest_ms / 1000);
}

static void see_under_way(const struct writing *w, const struct family *f, const char *kind,
                          const struct kind_counts *c)
{
    put_of_kind(w, f, kind, "", c->under_way);
}

static void see_attempts(const struct writing *w, const struct family *f, const char *kind, const struct kind_counts *c)
{
    static const char *const ends[] = {
#define PARCEL_END(symbol, name) [PARCEL_##symbol] = ",end=\"" name "\"",
        PARCEL_FATES(PARCEL_END)
#undef PARCEL_END
    };
    for (int i = 0; i < PARCEL_FATE_COUNT; i++)
        if (i != PARCEL_UNTRIED) /* there was no attempt */
            put_of_kind(w, f, kind, ends[i], c->fates[i]);
}

static void put_outbox_rows(const struct writing *w, const struct family *f)
{
    each_kind(w, f, see_rows);
}

static void put_outbox_oldest(const struct writing *w, const struct family *f)
{
    each_kind(w, f, see_oldest);
}

static void put_outbox_under_way(const struct writing *w, const struct family *f)
{
    each_kind(w, f, see_under_way);
}

static void put_outbox_attempts(const struct writing *w, const struct family *f)
{
    each_kind(w, f, see_attempts);
}

/* ---- connections and requests ---- */

static void put_closed(const struct writing *w, const struct family *f)
{
    char labels[64];
    for (int i = 0; i < CLOSE_REASON_COUNT; i++) {
        snprintf(labels, sizeof labels, "reason=\"%s\"", close_reason_name((enum close_reason)i));
        put_number(w, f, labels, w->sum->closed[i]);
    }
}

static void put_requests(const struct writing *w, const struct family *f)
{
    each_area(w, f, see_requests);
}

static void see_times(const struct writing *w, const struct family *f, const char *area, int place)
{
    put_histogram(w, f, area, &w->sum->requests.areas[place].request_us);
}

static void put_request_times(const struct writing *w, const struct family *f)
{
    each_area(w, f, see_times);
}

static void put_queues(const struct writing *w, const struct family *f, size_t at)
{
    struct buf labels = { 0 };
    const struct queue_row *row;
    for (int i = 0; (row = queue_at(i)); i++) {
        int64_t value;
        memcpy(&value, (const char *)&w->sum->queues[i] + at, sizeof value);
        if (value >= 0)
            put_number(w, f, label(w, &labels, "queue", row->name), (uint64_t)value);
    }
    buf_fini(&labels);
}

static void put_queue_depth(const struct writing *w, const struct family *f)
{
    put_queues(w, f, offsetof(struct queue_numbers, depth));
}

static void put_queue_limit(const struct writing *w, const struct family *f)
{
    put_queues(w, f, offsetof(struct queue_numbers, limit));
}

static void put_queue_highest(const struct writing *w, const struct family *f)
{
    put_queues(w, f, offsetof(struct queue_numbers, highest));
}

static void put_queue_refused(const struct writing *w, const struct family *f)
{
    put_queues(w, f, offsetof(struct queue_numbers, refused));
}

/* ---- all of it ---- */

static void put_values(const struct writing *w, const struct family *f)
{
    if (f->put)
        f->put(w, f);
    else if (f->each)
        put_each(w, f, field_of);
    else if (f->type == COUNTER || f->type == GAUGE)
        put_number(w, f, f->labels, sample_number(w->sum, f->at));
    else
        put_histogram(w, f, f->labels ? f->labels : "",
                      (const struct histogram *)(const void *)((const char *)w->sum + f->at.at));
}

static void put_head(const struct writing *w, const struct family *f)
{
    static const char *const types[] = { "counter", "gauge", "histogram", "histogram" };
    if (f->help)
        buf_printf(w->out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name, types[f->type]);
}

static void put_families(const struct writing *w)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        put_head(w, &families[i]);
        put_values(w, &families[i]);
    }
}

static void put_metrics_of_parts(const struct writing *w)
{
    const struct metric_row *row;
    for (int i = 0; (row = metric_at(i)); i++) {
        const struct family f = { row->name, row->help, row->gauge ? GAUGE : COUNTER };
        put_head(w, &f);
        put_number(w, &f, row->labels, w->sum->metrics[i]);
    }
}

void exposition_put(const struct exposition *e, struct buf *out)
{
    struct writing w = { e, calloc(1, sizeof *w.sum), out };
    if (!w.sum) {
        out->failed = true;
        return;
    }
    for (int i = 0; i < e->workers; i++)
        if (e->samples[i].answered)
            sample_add(w.sum, &e->samples[i]);
    put_families(&w);
    put_metrics_of_parts(&w);
    free(w.sum);
}
