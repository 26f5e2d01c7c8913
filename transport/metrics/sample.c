/* Sample: taking one and adding them up. See sample.h. */
#include "transport/metrics/sample.h"

#include "actors/databases.h"
#include "actors/runtime/inspect.h"
#include "store/db_pool.h"
#include "transport/http/closed.h"
#include "transport/http/look.h"
#include "transport/transport.h"

/* ---- taking ---- */

static void take_databases(struct worker *w, struct sample *ret)
{
    ret->reading = db_pool_stats(db_reading(w));
    ret->slow = db_pg_stats(db_slow(w));
    ret->writing = db_pg_stats(db_writing(w));
    ret->reading_up = ret->reading.up;
    ret->slow_up = ret->slow.up;
    ret->writing_up = ret->writing.up;
    ret->databases_up = ret->reading.up && ret->writing.up;
}

static void take_messages(const struct couriers *c, struct sample *ret)
{
    for (uint32_t i = 0; i < c->n; i++)
        ret->kinds[i] = (struct sample_kind){ c->list[i]->kind, c->list[i]->counts };
    ret->kinds[KIND_UNKNOWN] = (struct sample_kind){ "unknown", c->unknown };
}

/* For operators a message is a message, whichever way it takes. */
static void take_events(const struct publishing *p, struct sample *ret)
{
    struct kind_counts *c = &ret->kinds[KIND_EVENT].counts;
    ret->kinds[KIND_EVENT].name = "event";
    c->waiting = p->rows;
    c->fates[PARCEL_DELIVERED] = p->fates[EVENT_PUBLISHED];
    c->fates[PARCEL_POSTPONED] = p->fates[EVENT_LATER] + p->fates[EVENT_CLOSED];
    c->fates[PARCEL_DEAD] = p->fates[EVENT_REFUSED];
    ret->published = p->fates[EVENT_PUBLISHED];
    ret->dropped = p->dropped;
}

static void take_outbox(struct worker *w, struct sample *ret)
{
    if (worker_couriers(w))
        take_messages(worker_couriers(w), ret);
    if (worker_publishing(w))
        take_events(worker_publishing(w), ret);
}

static void take_closed(const struct http *h, struct sample *ret)
{
    for (int i = 0; i < CLOSE_REASON_COUNT; i++)
        ret->closed[i] += http_closed(h)->by_reason[i];
}

void sample_take(struct worker *w, struct sample *ret)
{
    const struct transport *t = transport_of(w);
    const struct persistence *p = worker_persistence(w);
    *ret = (struct sample){ .answered = 1, .started = t->open, .draining = t->draining || t->aside };
    take_databases(w, ret);
    take_outbox(w, ret);
    ret->worker = worker_stats(w);
    ret->taken = worker_clock(w);
    ret->window_ns = ret->taken - ret->worker.started_ns;
    worker_measure(w, &ret->runtime);
    ret->lags = worker_slow_counts(w);
    ret->persistence = persistence_stats(p);
    ret->refusing = ret->persistence.refusing;
    ret->commits = *persistence_measures(p);
    ret->http = http_stats(t->http);
    ret->plain = ret->http.connections - ret->http.streams - ret->http.sockets;
    ret->requests = *http_measures(t->http);
    take_closed(t->http, ret);
    if (t->few)
        take_closed(t->few, ret);
    ret->streams = *streams_measures(t->streams);
    queues_read(w, ret->queues);
    metrics_read(w, ret->metrics);
}

/* ---- adding ---- */

uint64_t sample_number(const struct sample *s, struct sample_field field)
{
    const char *at = (const char *)s + field.at;
    uint32_t word;
    uint64_t number;
    if (field.size == sizeof word) {
        memcpy(&word, at, sizeof word);
        return word;
    }
    if (field.size == sizeof number) {
        memcpy(&number, at, sizeof number);
        return number;
    }
    return (unsigned char)*at;
}

/* What is summed; the rest of the structs is each worker's own business. */
static const struct sample_field summed[] = {
    SAMPLE_FIELD(answered),
    SAMPLE_FIELD(started),
    SAMPLE_FIELD(draining),
    SAMPLE_FIELD(databases_up),
    SAMPLE_FIELD(refusing),
    SAMPLE_FIELD(plain),
    SAMPLE_FIELD(reading_up),
    SAMPLE_FIELD(slow_up),
    SAMPLE_FIELD(writing_up),
    SAMPLE_FIELD(published),
    SAMPLE_FIELD(dropped),
    SAMPLE_FIELD(worker.actors),
    SAMPLE_FIELD(worker.messages),
    SAMPLE_FIELD(worker.turns),
    SAMPLE_FIELD(worker.busy_ns),
    SAMPLE_FIELD(lags.of[SLOW_TURN]),
    SAMPLE_FIELD(lags.of[SLOW_REQUEST]),
    SAMPLE_FIELD(persistence.batches),
    SAMPLE_FIELD(persistence.turns),
    SAMPLE_FIELD(persistence.refused),
    SAMPLE_FIELD(persistence.retried),
    SAMPLE_FIELD(persistence.settled),
    SAMPLE_FIELD(persistence.cut_workers),
    SAMPLE_FIELD(persistence.waiting),
    SAMPLE_FIELD(persistence.in_flight),
    SAMPLE_FIELD(reading.queries),
    SAMPLE_FIELD(reading.errors),
    SAMPLE_FIELD(reading.connects),
    SAMPLE_FIELD(reading.in_flight),
    SAMPLE_FIELD(reading.waiting),
    SAMPLE_FIELD(slow.queries),
    SAMPLE_FIELD(slow.errors),
    SAMPLE_FIELD(slow.connects),
    SAMPLE_FIELD(slow.in_flight),
    SAMPLE_FIELD(slow.waiting),
    SAMPLE_FIELD(writing.queries),
    SAMPLE_FIELD(writing.batches),
    SAMPLE_FIELD(writing.errors),
    SAMPLE_FIELD(writing.connects),
    SAMPLE_FIELD(writing.in_flight),
    SAMPLE_FIELD(writing.waiting),
    SAMPLE_FIELD(http.accepted),
    SAMPLE_FIELD(http.turned_away),
    SAMPLE_FIELD(http.cut_slow),
    SAMPLE_FIELD(http.timeouts),
    SAMPLE_FIELD(http.received),
    SAMPLE_FIELD(http.sent),
    SAMPLE_FIELD(http.connections),
    SAMPLE_FIELD(http.streams),
    SAMPLE_FIELD(http.sockets),
    SAMPLE_FIELD(streams.events),
    SAMPLE_FIELD(streams.sends),
    SAMPLE_FIELD(streams.opened),
    SAMPLE_FIELD(streams.cut),
    SAMPLE_FIELD(streams.dropped),
};

static void add_number(struct sample *sum, const struct sample *one, struct sample_field field)
{
    uint64_t number = sample_number(sum, field) + sample_number(one, field);
    uint32_t word = (uint32_t)number;
    if (field.size == sizeof word)
        memcpy((char *)sum + field.at, &word, sizeof word);
    else
        memcpy((char *)sum + field.at, &number, sizeof number);
}

/* Every histogram of a sample. */
static const size_t histograms[] = {
    offsetof(struct sample, runtime.turn_us),
    offsetof(struct sample, runtime.mailbox_depth),
    offsetof(struct sample, commits.publish_commit_us),
    offsetof(struct sample, commits.commit_us),
    offsetof(struct sample, commits.batch_turns),
    offsetof(struct sample, streams.commit_deliver_us),
    offsetof(struct sample, streams.publish_deliver_us),
    offsetof(struct sample, requests.statement_us),
};

static struct histogram *histogram_at(const struct sample *s, size_t at)
{
    return (struct histogram *)(void *)((char *)s + at);
}

typedef void combine(struct histogram *to, const struct histogram *from);

static void each_histogram(struct sample *to, const struct sample *from, combine *with)
{
    for (size_t i = 0; i < sizeof histograms / sizeof *histograms; i++)
        with(histogram_at(to, histograms[i]), histogram_at(from, histograms[i]));
    for (int i = 0; i < HTTP_AREAS_MOST; i++)
        with(&to->requests.areas[i].request_us, &from->requests.areas[i].request_us);
}

static void add_classes(struct http_measures *sum, const struct http_measures *one)
{
    for (int i = 0; i < HTTP_AREAS_MOST; i++)
        for (int c = 0; c < HTTP_CLASSES; c++)
            sum->areas[i].by_class[c] += one->areas[i].by_class[c];
}

static void add_each(uint64_t *sum, const uint64_t *one, int n)
{
    for (int i = 0; i < n; i++)
        sum[i] += one[i];
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void add_queue(struct queue_numbers *sum, const struct queue_numbers *one, bool first)
{
    struct queue_numbers none = { -1, -1, -1, -1 };
    if (first)
        *sum = none;
    sum->limit = greater(sum->limit, one->limit);
    sum->depth = greater(sum->depth, one->depth);
    sum->highest = greater(sum->highest, one->highest);
    if (one->refused >= 0)
        sum->refused = greater(sum->refused, 0) + one->refused;
}

/* One worker has the couriers, and one the publisher. */
static void add_kinds(struct sample *sum, const struct sample *one)
{
    for (int i = 0; i < KINDS_MOST; i++)
        if (one->kinds[i].name)
            sum->kinds[i] = one->kinds[i];
}

void sample_add(struct sample *sum, const struct sample *one)
{
    bool first = !sum->answered;
    for (size_t i = 0; i < sizeof summed / sizeof *summed; i++)
        add_number(sum, one, summed[i]);
    each_histogram(sum, one, histogram_merge);
    add_classes(&sum->requests, &one->requests);
    add_kinds(sum, one);
    add_each(sum->closed, one->closed, CLOSE_REASON_COUNT);
    add_each(sum->metrics, one->metrics, METRICS_MOST);
    for (int i = 0; i < QUEUES_MOST; i++)
        add_queue(&sum->queues[i], &one->queues[i], first);
}

void sample_since(struct sample *s, const struct sample *before)
{
    each_histogram(s, before, histogram_subtract);
    s->worker.busy_ns -= before->worker.busy_ns;
    if (before->taken)
        s->window_ns = s->taken - before->taken;
}
