/* Producer: sends events to Kafka by librdkafka (practice contract, section 9): idempotent, acknowledged by all in-sync
 * replicas, each with the header `id`. On the publisher's home worker.
 *
 * The library's threads never call us: reports, errors and its log wait in its queue, an eventfd wakes the worker's
 * loop for them, and they are read there. Should the library give up for good (a fatal error) or be told to forget, a
 * new client takes the place of the old one, which is ended on the pool: what the old one has sent and what the new one
 * sends is in order, since a broker takes from each, of a partition, nothing before what came before. Nobody but the library decides when to connect again; what it says
 * about that goes to the log once it is new, at most once a minute. */
#pragma once

#include "actors/publisher/publisher.h"

#include <librdkafka/rdkafka.h>

/* A client, whose threads begin to look for brokers. NULL with a sentence in why. Any thread that may wait for files. */
rd_kafka_t *kafka_client_create(struct buf *why);

/* Ends it; what it has not sent is lost to it. Waits for its threads, but not longer than some seconds. Main thread. */
void kafka_client_destroy(rd_kafka_t *client);

/* Takes the client over. NULL, and the client is still the caller's, without memory or descriptors. */
struct producer *kafka_producer_create(struct worker *w, rd_kafka_t *client);

/* The worker's end: no report from here on. The loop turns until it has ended. */
void kafka_producer_end(struct producer *p);
bool kafka_producer_ended(const struct producer *p);

/* When it has ended; returns the client for kafka_client_destroy, NULL if there is none just now. */
rd_kafka_t *kafka_producer_destroy(struct producer *p);
