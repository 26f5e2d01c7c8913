/* Sample: all that one worker counts and measures, copied at one moment on its own thread; and the sum of several. A
 * plain value of some tens of kilobytes: taking one costs microseconds and nothing is counted twice for it. */
#pragma once

#include "actors/notifier/notifier.h"
#include "actors/publisher/publisher.h"
#include "actors/room/persistence.h"
#include "actors/runtime/slow.h"
#include "store/db_pg.h"
#include "transport/http/http.h"
#include "transport/metrics/metrics.h"
#include "transport/metrics/queues.h"
#include "transport/streams/streams.h"

/* What is in the outbox of one kind, and what has become of what was. */
struct sample_kind {
    const char *name; /* NULL: there is none at this place */
    struct kind_counts counts;
};

/* The kinds that have couriers, those that nobody delivers together, and the events. */
enum { KIND_UNKNOWN = COURIERS_MOST, KIND_EVENT, KINDS_MOST };

struct sample {
    uint64_t taken;             /* worker_clock() */
    uint64_t window_ns;         /* the time of which the histograms and worker.busy_ns tell */
    uint64_t answered;          /* workers whose sample this is: 1; of a sum: so many */
    uint64_t started, draining; /* workers that are open, that drain */
    uint64_t databases_up;      /* workers whose connections for reading and writing are both there */
    uint64_t refusing;          /* workers whose commits are refused */
    uint64_t plain;             /* connections that are no streams and no sockets */
    uint64_t reading_up, slow_up, writing_up;
    struct sample_kind kinds[KINDS_MOST]; /* of the outbox */
    uint64_t published, dropped;          /* events; dropped: had no place any more */
    struct worker_stats worker;
    struct worker_measures runtime;
    struct slow_counts lags;
    struct persistence_stats persistence;
    struct persistence_measures commits;
    struct db_stats reading, slow, writing;
    struct http_stats http;
    struct http_measures requests;
    uint64_t closed[CLOSE_REASON_COUNT]; /* connections, by why; the console's too */
    struct streams_measures streams;
    struct queue_numbers queues[QUEUES_MOST];
    uint64_t metrics[METRICS_MOST]; /* of the parts, in the order of metric_at */
};

/* Worker's thread, while its transport is there. */
void sample_take(struct worker *w, struct sample *ret);

/* Adds one worker's numbers to a sum that began zeroed. Histograms and the numbers that sample_fields names are added;
 * of a queue the limit, the depth and the highest depth are the greatest of any worker, the refused are added. */
void sample_add(struct sample *sum, const struct sample *one);

/* Makes the histograms that sample_add adds, and worker.busy_ns, those of the time since `before` was taken. */
void sample_since(struct sample *s, const struct sample *before);

/* A number of a sample that is not a histogram, whatever its width; in table order for sample_add. */
struct sample_field {
    size_t at, size; /* size: 1, 4 or 8 */
};
#define SAMPLE_FIELD(field)                                                                                            \
    {                                                                                                                  \
        offsetof(struct sample, field), sizeof(((struct sample *)0)->field)                                            \
    }
uint64_t sample_number(const struct sample *s, struct sample_field field);
