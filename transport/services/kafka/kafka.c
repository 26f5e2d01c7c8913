/* Kafka: see kafka.h. */
#include "transport/services/kafka/kafka.h"

#include "actors/publisher/publisher.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "store/pg_session.h"
#include "store/statements.h"
#include "transport/services/kafka/conf.h"
#include "transport/services/kafka/producer.h"

#include <stdlib.h>

static rd_kafka_t *client; /* main thread; the producer's while the workers run */

/* ---- the start ---- */

/* Statements publish from now on, or keep nothing. */
static bool keep_events(const char *conninfo, bool kept, struct buf *why)
{
    struct db_params p = { 0 };
    PGconn *c = pg_session_open(conninfo, "lectern serve", why);
    db_param_bool(&p, kept);
    bool done = c && pg_session_do(c, &OUTBOX_EVENTS_KEEP, &p, why);
    PQfinish(c);
    return done;
}

static bool part_check(const struct setup *s, struct buf *why)
{
    bool on = *config.kafka_servers;
    if (!keep_events(s->conninfo, on, why))
        return false;
    if (on)
        log_info("events are published to Kafka", F_STR("servers", config.kafka_servers));
    else
        log_info("events are not published: KAFKA_BOOTSTRAP_SERVERS is not set");
    client = on ? kafka_client_create(why) : NULL;
    return !on || client;
}

static bool part_prepare(const struct setup *s)
{
    publisher_setup(&(struct publisher_options){ .rows = config.outbox_events,
                                                 .bytes = config.outbox_events_bytes,
                                                 .max_age_s = (int32_t)config.outbox_max_age });
    return system_add_kind(s->system, publisher_kind());
}

static void part_finish(void)
{
    kafka_client_destroy(client);
    client = NULL;
}

static bool is_home(const struct worker *w)
{
    return system_home(worker_system(w), publisher_address()) == w;
}

/* Only the publisher's home makes something. */
static bool part_open(struct worker *w, const struct setup *s)
{
    if (!is_home(w))
        return true;
    struct publishing *all = calloc(1, sizeof *all);
    worker_set_service(w, SERVICE_PUBLISHING, all);
    if (!all || !client)
        return all;
    all->producer = kafka_producer_create(w, client);
    if (all->producer)
        client = NULL;
    return all->producer;
}

/* ---- the run ---- */

/* Whichever worker this is, the publisher is told by its home only. */
static void part_start(struct worker *w)
{
    if (is_home(w))
        publisher_wake(worker_system(w), false);
}

static void part_writing(struct worker *w, bool up)
{
    struct publishing *all = worker_publishing(w);
    if (all)
        all->writing = up;
}

static void part_drain(struct worker *w)
{
    if (is_home(w))
        publisher_wake(worker_system(w), true);
}

static bool part_drained(struct worker *w)
{
    return publisher_drained(w);
}

/* ---- the end ---- */

static void part_end(struct worker *w)
{
    struct publishing *all = worker_publishing(w);
    if (all && all->producer)
        kafka_producer_end(all->producer);
}

static bool part_ended(struct worker *w)
{
    const struct publishing *all = worker_publishing(w);
    return !all || !all->producer || kafka_producer_ended(all->producer);
}

static void part_close(struct worker *w)
{
    struct publishing *all = worker_publishing(w);
    if (all && all->producer)
        client = kafka_producer_destroy(all->producer);
    free(all);
}

/* ---- for operators ---- */

static void read_events(struct worker *w, struct queue_numbers *ret)
{
    const struct publishing *all = worker_publishing(w);
    if (all)
        *ret = (struct queue_numbers){ config.outbox_events, all->rows, -1, (int64_t)all->dropped };
}

static void read_batch(struct worker *w, struct queue_numbers *ret)
{
    const struct publishing *all = worker_publishing(w);
    if (all)
        *ret = (struct queue_numbers){ EVENTS_MOST, all->under_way, all->highest, -1 };
}

static const struct queue_row queues[] = {
    { "events", "events of the outbox", "`outbox-events` rows, `outbox-events-bytes`, counted every five seconds",
      "the oldest are dropped, counted and said in the log; without Kafka none are kept",
      "students, `budget-actions` each; nothing but Kafka is late then", read_events },
    { "events_sent", "events on their way to Kafka", "1000, about 8 MiB", "the others stay in the table",
      "the outbox; no client waits for it", read_batch },
    { 0 },
};

static void check_servers(const char *value, struct buf *why)
{
    (void)kafka_conf_good(why);
}

static const struct parameter_row parameters[] = {
    { offsetof(struct config, kafka_servers), check_servers, .serving = true },
    { 0 },
};

const struct part kafka_part = {
    .name = "kafka",
    .parameters = parameters,
    .prepare = part_prepare,
    .finish = part_finish,
    .check = part_check,
    .open = part_open,
    .start = part_start,
    .drain = part_drain,
    .drained = part_drained,
    .end = part_end,
    .ended = part_ended,
    .close = part_close,
    .writing = part_writing,
    .queues = queues,
};
