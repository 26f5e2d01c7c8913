/* Notifier: delivers the outbox (schema outbox): the one actor that takes what is due and hands each message, a parcel
 * here, to the courier of its kind; then the row goes, or waits for its next attempt, or is dead and kept for
 * operators. Home worker's thread only.
 *
 * There is one notifier, not one per worker: so one access token serves all pushes, and when a service asks for
 * patience all of them have it. Rows are taken with a lease and `skip locked`, so that a second process on the same
 * database does not deliver what this one has; at start what a former run had taken is due again at once.
 *
 * At least once: a row is removed only after its courier has reported, and its id is the same at every attempt.
 * Queue: NOTIFIER_MOST parcels under way; the others wait in the table, for as long as the options say. */
#pragma once

#include "actors/runtime/bus.h"

enum { NOTIFIER_MOST = 32, OUTBOX_MOST = 100000 /* rows that wait */, PARCEL_ID_SIZE = 37, PARCEL_WHY_SIZE = 96 };

struct courier;
struct notifier;

/* A message on its way. */
struct parcel {
    /* for its courier */
    char id[PARCEL_ID_SIZE]; /* a UUID as text: the same at every attempt, and to be sent along */
    struct courier *courier;
    char *payload;    /* JSON */
    int32_t attempts; /* with this one */

    /* private to notifier.c */
    struct notifier *notifier; /* NULL once it is gone */
    struct parcel *next, *previous;
    uint8_t state, fate;
    int64_t delay_ms;
    char why[PARCEL_WHY_SIZE];
};

/* How an attempt ended: X(symbol, name for operators). */
#define PARCEL_FATES(X)                                                                                                \
    X(DELIVERED, "delivered")                                                                                          \
    X(DROPPED, "dropped")     /* nobody wants it any more */                                                           \
    X(POSTPONED, "postponed") /* not now: again after a pause, unless that was the last attempt */                     \
    X(UNTRIED, "untried")     /* there was no attempt: does not count as one */                                        \
    X(DEAD, "dead")           /* it can never be delivered */

enum parcel_fate {
#define PARCEL_SYMBOL(symbol, name) PARCEL_##symbol,
    PARCEL_FATES(PARCEL_SYMBOL)
#undef PARCEL_SYMBOL
        PARCEL_FATE_COUNT
};

/* Who delivers one kind of message. Made on the notifier's home worker. */
struct courier {
    const char *kind; /* of the rows */
    /* Takes the parcel, which ends in exactly one notifier_settle, now or later. */
    void (*deliver)(struct courier *c, struct parcel *p);
    uint64_t closed_until; /* worker_now(): no parcel is taken for it before then; the courier sets it */
};

/* The couriers of a worker; the notifier's home worker only has some. */
enum { COURIERS_MOST = 4 };
struct couriers {
    struct courier *list[COURIERS_MOST];
    uint32_t n;
    uint32_t under_way; /* parcels that are not settled, for a graceful stop; the notifier keeps it */

    /* for operators; the notifier keeps them */
    uint32_t highest;
    uint64_t fates[PARCEL_FATE_COUNT];
    int64_t rows_waiting, rows_dead; /* in the table, when they were last counted */
};

/* NULL on other workers than the notifier's home. */
static inline struct couriers *worker_couriers(const struct worker *w)
{
    return worker_service(w, SERVICE_COURIERS);
}

struct notifier_options {
    int32_t attempts;    /* at most */
    uint32_t backoff_ms; /* before the second attempt; doubled each time, up to 15 minutes, with jitter */
    int32_t max_age_s;   /* what has waited longer is given up */
    int32_t keep_days;   /* the dead are kept */
};
void notifier_setup(const struct notifier_options *o); /* before any thread */

const struct actor_kind *notifier_kind(void);
struct address notifier_address(void);

/* Payload of OUTBOX_WAKE: the outbox has grown, or (stop) nothing more shall be taken. */
struct outbox_wake {
    bool stop;
};
/* Sends one. Any thread of the system. Without memory it is lost: the notifier looks by itself within a minute. */
void notifier_wake(struct system *s, bool stop);

/* The courier's report. delay_ms: not before then, 0: as usual. `why` is kept for operators: short, no secret; copied.
 * The parcel is the notifier's again. */
void notifier_settle(struct parcel *p, enum parcel_fate fate, int64_t delay_ms, const char *why);
