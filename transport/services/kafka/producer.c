/* Producer: see producer.h. */
#include "transport/services/kafka/producer.h"

#include "actors/runtime/pool.h"
#include "proto/base/log.h"
#include "transport/services/kafka/conf.h"
#include "transport/services/kafka/verdict.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
enum { SAY_S = 60, RENEW_S = 5, DESTROY_S = 3, WHY_SIZE = 256 };

/* What the pool does: the old client ends, a new one begins. */
struct renewal {
    struct pool_job job; /* first: pool_job is cast back to it */
    struct kafka_producer *producer;
    rd_kafka_t *client; /* the old one, then the new one */
    struct buf why;
};

struct kafka_producer {
    struct producer base; /* first: producer is cast back to it */
    struct worker *worker;
    struct pool *pool;
    rd_kafka_t *client; /* NULL while it is renewed */
    rd_kafka_queue_t *queue;
    int fd; /* an eventfd: something is in the queue */
    uv_poll_t poll;
    struct timer again; /* a renewal has failed */
    struct renewal renewal;
    bool fatal; /* the client has given up, which is seen to once its event is destroyed */
    bool renewing, ended, closed;
    uint64_t said;       /* when the brokers' absence was said; 0: it was not */
    uint64_t renewed_at; /* when the client was last made anew; 0: never */
    char why[WHY_SIZE];
};

static void serve_queue(struct kafka_producer *k);

/* ---- the client ---- */

rd_kafka_t *kafka_client_create(struct buf *why)
{
    char fault[512] = "";
    rd_kafka_conf_t *conf = kafka_conf_create(why);
    if (!conf)
        return NULL;
    rd_kafka_conf_set_events(conf,
                             RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, fault, sizeof fault);
    if (client)
        return client;
    rd_kafka_conf_destroy(conf);
    buf_printf(why, "Kafka's client cannot be made: %s", fault);
    return NULL;
}

static void *destroy(void *client)
{
    rd_kafka_destroy(client);
    return NULL;
}

/* One of its threads may be waiting for a name server; the process ends without it then. */
void kafka_client_destroy(rd_kafka_t *client)
{
    pthread_t thread;
    struct timespec until;
    if (!client || pthread_create(&thread, NULL, destroy, client))
        return;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DESTROY_S;
    if (pthread_timedjoin_np(thread, NULL, &until))
        pthread_detach(thread);
}

static bool attach(struct kafka_producer *k, rd_kafka_t *client)
{
    static const uint64_t one = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(client);
    if (!queue)
        return false;
    k->client = client;
    k->queue = queue;
    rd_kafka_set_log_queue(client, NULL); /* into this one */
    rd_kafka_queue_io_event_enable(queue, k->fd, &one, sizeof one);
    return true;
}

static void detach(struct kafka_producer *k)
{
    if (!k->client)
        return;
    rd_kafka_queue_io_event_enable(k->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(k->queue);
    k->queue = NULL;
    k->client = NULL;
}

/* ---- a new client for one that has given up ---- */

static void on_renew_work(struct pool_job *job)
{
    struct renewal *r = (struct renewal *)job;
    if (r->client)
        rd_kafka_destroy(r->client);
    r->client = kafka_client_create(&r->why);
}

static void renew(struct kafka_producer *k);

static void on_renew_again(struct timer *t)
{
    renew((struct kafka_producer *)((char *)t - offsetof(struct kafka_producer, again)));
}

static void on_renewed(struct pool_job *job)
{
    struct renewal *r = (struct renewal *)job;
    struct kafka_producer *k = r->producer;
    rd_kafka_t *client = r->client;
    k->renewing = false;
    if (k->ended) {
        buf_fini(&r->why);
        return; /* the client is for whoever destroys the producer */
    }
    if (!client || !attach(k, client)) {
        log_error("Kafka's client could not be made anew", F_TEXT("why", buf_view(&r->why)));
        worker_timer_start(k->worker, &k->again, RENEW_S * SECOND);
        return;
    }
    r->client = NULL;
    buf_fini(&r->why);
    serve_queue(k); /* in which this one may be let go in its turn */
}

static void renew(struct kafka_producer *k)
{
    k->renewed_at = worker_now(k->worker);
    buf_reset(&k->renewal.why);
    k->renewing = pool_submit(k->pool, &k->renewal.job);
    if (!k->renewing)
        worker_timer_start(k->worker, &k->again, RENEW_S * SECOND);
}

/* At once, unless that has just been done: a fault that stays must not keep us busy, nor fill the log. */
static void let_go(struct kafka_producer *k, enum log_level level, const char *what, const char *why)
{
    uint64_t now = worker_now(k->worker);
    bool lately = k->renewed_at && now - k->renewed_at < SAY_S * SECOND;
    k->renewal.client = k->client;
    detach(k);
    if (lately) {
        worker_timer_start(k->worker, &k->again, RENEW_S * SECOND);
        return;
    }
    log_line(level, what, F_STR("why", why));
    renew(k);
}

static void forget(struct producer *base)
{
    struct kafka_producer *k = (struct kafka_producer *)base;
    if (k->client)
        let_go(k, LOG_WARN, "Kafka's client is made anew", "Kafka does not answer for some events");
}

static void give_up(struct kafka_producer *k)
{
    char why[WHY_SIZE];
    k->fatal = false;
    rd_kafka_fatal_error(k->client, why, sizeof why);
    let_go(k, LOG_ERROR, "Kafka's client has given up and is made anew", why);
    publisher_lost(k->worker, "Kafka's client has given up");
}

/* ---- is anybody there? ---- */

static void set_away(struct kafka_producer *k, bool away)
{
    uint64_t now = worker_now(k->worker);
    if (k->base.away == away)
        return;
    k->base.away = away;
    if (away && (!k->said || now - k->said >= SAY_S * SECOND)) {
        k->said = now;
        log_warn("Kafka cannot be reached: events wait", F_STR("why", k->why));
    } else if (!away && k->said) {
        log_info("Kafka is reached");
    }
}

static void on_error(struct kafka_producer *k, rd_kafka_event_t *e)
{
    if (rd_kafka_event_error_is_fatal(e))
        k->fatal = true;
    else if (rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        set_away(k, true);
    else
        snprintf(k->why, sizeof k->why, "%s", rd_kafka_event_error_string(e));
}

/* How many brokers are connected. */
static int count_up(const char *statistics)
{
    int up = 0;
    const char *name;
    json_t *broker, *all = json_loads(statistics, 0, NULL);
    json_object_foreach(json_object_get(all, "brokers"), name, broker)
    {
        const char *state = json_string_value(json_object_get(broker, "state"));
        up += state && !strcmp(state, "UP");
    }
    json_decref(all);
    return up;
}

/* ---- the queue ---- */

static void on_reports(struct kafka_producer *k, rd_kafka_event_t *e)
{
    const rd_kafka_message_t *m;
    while ((m = rd_kafka_event_message_next(e))) {
        if (!m->err)
            set_away(k, false);
        publisher_settle(m->_private, kafka_verdict(m->err), rd_kafka_err2str(m->err));
    }
}

/* Of the library's own words those that matter are in our log by then. */
static void on_log(rd_kafka_event_t *e)
{
    const char *facility, *text;
    int level;
    if (!rd_kafka_event_log(e, &facility, &text, &level))
        log_debug("kafka", F_STR("facility", facility), F_STR("text", text));
}

static void on_event(struct kafka_producer *k, rd_kafka_event_t *e)
{
    switch (rd_kafka_event_type(e)) {
    case RD_KAFKA_EVENT_DR:
        on_reports(k, e);
        break;
    case RD_KAFKA_EVENT_ERROR:
        on_error(k, e);
        break;
    case RD_KAFKA_EVENT_STATS:
        if (count_up(rd_kafka_event_stats(e)))
            set_away(k, false);
        break;
    case RD_KAFKA_EVENT_LOG:
        on_log(e);
        break;
    default:
        break;
    }
    rd_kafka_event_destroy(e);
}

/* Until it is empty: the library wakes us for the first one only. No more than a batch of reports is in it. */
static void serve_queue(struct kafka_producer *k)
{
    rd_kafka_event_t *e;
    while (k->client && (e = rd_kafka_queue_poll(k->queue, 0))) {
        on_event(k, e);
        if (k->fatal)
            give_up(k);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct kafka_producer *k = poll->data;
    uint64_t count;
    if (read(k->fd, &count, sizeof count) < 0)
        log_debug("kafka: woken for nothing");
    serve_queue(k);
}

/* ---- sending ---- */

static void send_event(struct producer *base, struct event *e)
{
    struct kafka_producer *k = (struct kafka_producer *)base;
    if (!k->client) {
        publisher_settle(e, EVENT_LATER, "Kafka's client is made anew");
        return;
    }
    rd_kafka_resp_err_t err = rd_kafka_producev(
        k->client, RD_KAFKA_V_TOPIC(e->topic), RD_KAFKA_V_KEY(e->key.p, e->key.n),
        RD_KAFKA_V_VALUE((void *)e->value.p, e->value.n), RD_KAFKA_V_HEADER("id", e->id, -1),
        RD_KAFKA_V_TIMESTAMP(e->at_ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(e), RD_KAFKA_V_END);
    if (err)
        publisher_settle(e, kafka_verdict(err), rd_kafka_err2str(err));
}

/* ---- life ---- */

static void on_closed(uv_handle_t *handle)
{
    ((struct kafka_producer *)handle->data)->closed = true;
}

struct producer *kafka_producer_create(struct worker *w, rd_kafka_t *client)
{
    struct kafka_producer *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    *k = (struct kafka_producer){ .base = { .send = send_event, .forget = forget },
                                  .worker = w,
                                  .pool = pool_create(w, 1, 1),
                                  .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
                                  .again.fire = on_renew_again };
    k->renewal = (struct renewal){ .job = { .work = on_renew_work, .done = on_renewed }, .producer = k };
    k->poll.data = k;
    if (k->pool && k->fd >= 0 && !uv_poll_init(worker_loop(w), &k->poll, k->fd)) {
        if (!uv_poll_start(&k->poll, UV_READABLE, on_readable) && attach(k, client)) {
            uv_unref((uv_handle_t *)&k->poll);
            serve_queue(k);
            return &k->base;
        }
    }
    /* The server does not start: what is left goes with the process. */
    return NULL;
}

void kafka_producer_end(struct producer *p)
{
    struct kafka_producer *k = (struct kafka_producer *)p;
    k->ended = true;
    worker_timer_stop(k->worker, &k->again);
    if (k->queue)
        rd_kafka_queue_io_event_enable(k->queue, -1, NULL, 0);
    uv_poll_stop(&k->poll);
    uv_close((uv_handle_t *)&k->poll, on_closed);
}

bool kafka_producer_ended(const struct producer *p)
{
    const struct kafka_producer *k = (const struct kafka_producer *)p;
    return k->closed && !k->renewing;
}

rd_kafka_t *kafka_producer_destroy(struct producer *p)
{
    struct kafka_producer *k = (struct kafka_producer *)p;
    rd_kafka_t *client = k->client ? k->client : k->renewal.client;
    if (k->queue)
        rd_kafka_queue_destroy(k->queue);
    buf_fini(&k->renewal.why);
    pool_destroy(k->pool);
    close(k->fd);
    free(k);
    return client;
}
