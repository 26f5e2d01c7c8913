/* Publisher: publishes the outbox's events (outbox.events): the one actor that takes the oldest of them, batch by
 * batch, gives each to the producer and removes the rows of those that have been published. Home worker's thread only.
 *
 * Events of one topic and key are published in their order, at least once: a batch is settled as a whole, and of a key
 * nothing counts as published while something before it does not, so that it is sent again behind that. Consumers that
 * must see an event once know it by its id, which is the same whenever it is sent.
 *
 * Kafka may leave some of a batch unanswered (a partition without a leader) and take all the rest: after twenty seconds
 * the producer forgets the batch, and the topics of what is open are left out for a while.
 *
 * There is one publisher, for two would break that order: it takes nothing while its worker's connection for writing,
 * and with it the lock that only one server has, is away (store/lock_class.h).
 *
 * Nothing tells it of new events (a notification makes commits wait for each other): it looks, four times a second when
 * there are none. Queue: the table, bounded by the options, which it looks at every five seconds: the oldest go. */
#pragma once

#include "actors/runtime/bus.h"

enum { EVENTS_MOST = 1000, EVENT_BYTES_MOST = 8 << 20 /* of a batch */, EVENT_ID_SIZE = 37, TOPICS_MOST = 16 };

struct producer;
struct publisher;

/* How sending an event ended: X(symbol, name for operators). */
#define EVENT_FATES(X)                                                                                                 \
    X(PUBLISHED, "published")                                                                                          \
    X(LATER, "later")   /* not now, and nothing else either: all again after a pause */                                \
    X(CLOSED, "closed") /* nothing of this topic now: it is left out for a while, the others go on */                  \
    X(REFUSED, "dead")  /* this event never: a dead message */

enum event_fate {
#define EVENT_SYMBOL(symbol, name) EVENT_##symbol,
    EVENT_FATES(EVENT_SYMBOL)
#undef EVENT_SYMBOL
        EVENT_FATE_COUNT
};

/* An event on its way. */
struct event {
    /* for the producer */
    char id[EVENT_ID_SIZE]; /* a UUID as text */
    const char *topic;      /* ended by NUL */
    struct text key, value; /* value: JSON */
    int64_t at_ms;          /* since 1970 */

    /* private to publisher.c */
    struct publisher *publisher;
    int64_t seq;
    uint8_t fate;
    bool reported, told; /* told: its row is as its fate says */
    const char *why;     /* static */
};

/* Who sends. Made on the publisher's home worker. */
struct producer {
    /* Takes the event, which ends in exactly one publisher_settle, now or later; in none once the producer has been told
     * to forget, has said publisher_lost, or the worker has ended. */
    void (*send)(struct producer *p, struct event *e);
    /* Nothing of what it has been given is wanted any more. What has been sent may arrive, but nothing else may. */
    void (*forget)(struct producer *p);
    bool away; /* nobody is there who could take it: a stop does not wait. The producer keeps it */
};

/* One worker's; the publisher's home only has one. */
struct publishing {
    struct producer *producer;   /* NULL: events are not published */
    struct publisher *publisher; /* private to publisher.c */
    bool writing;                /* the worker's connection for writing is there; its part keeps it */

    /* for a graceful stop; the publisher keeps them */
    uint64_t drain_by; /* when it no longer waits; 0: no stop has begun */
    bool empty;        /* the last look found nothing */

    /* for operators; the publisher keeps them */
    uint64_t fates[EVENT_FATE_COUNT], dropped;
    int64_t rows, bytes; /* in the table, when they were last counted */
    uint32_t under_way, highest;
};

/* NULL on other workers than the publisher's home. */
static inline struct publishing *worker_publishing(const struct worker *w)
{
    return worker_service(w, SERVICE_PUBLISHING);
}

struct publisher_options {
    int64_t rows, bytes; /* that may wait; beyond, the oldest are dropped */
    int32_t max_age_s;   /* without a producer: what has waited longer is forgotten */
};
void publisher_setup(const struct publisher_options *o); /* before any thread */

const struct actor_kind *publisher_kind(void);
struct address publisher_address(void);

/* Payload of PUBLISHER_WAKE: look now, or (stop) what is there is to leave soon. */
struct publisher_wake {
    bool stop;
};
/* Sends one. Any thread of the system. Without memory it is lost: the publisher looks by itself. */
void publisher_wake(struct system *s, bool stop);

/* After a stop: is nothing left to wait for? What has not been published then waits for the next start. Home worker. */
bool publisher_drained(const struct worker *w);

/* Something has been published just now: no stop counts as drained before it has been looked for. Home worker. */
void publisher_look_again(struct worker *w);

/* The producer's report. `why`: static, no secret; kept for operators. The event is the publisher's again. */
void publisher_settle(struct event *e, enum event_fate fate, const char *why);

/* The producer has lost all that it has been given and not reported: later. Home worker. */
void publisher_lost(struct worker *w, const char *why);
