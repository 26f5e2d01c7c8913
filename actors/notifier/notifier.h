/* Notifier: sees to the outbox (schema outbox), the one way of work that must not be lost: the one actor that takes what is
 * due and hands each message, a parcel here, to the courier of its kind; then the row goes, or waits for its next attempt,
 * or is dead and kept for operators. A courier tells others (pushes, mails) or does the work itself (jobs: job.h). Home
 * worker's thread only.
 *
 * There is one notifier, not one per worker: so one access token serves all pushes, and when a service asks for
 * patience all of them have it. Rows are taken with a lease and `skip locked`, so that a second process on the same
 * database does not deliver what this one has; nothing is taken while the worker's connection for writing, and with it
 * the lock that only one server has, is away (store/lock_class.h). At start what a former run had taken is due again at
 * once.
 *
 * At least once: a row is removed only after its courier has reported, and its id is the same at every attempt.
 * Queue: of each kind as many parcels under way as its courier says; the others wait in the table, for as long as the
 * options say, and no kind waits for another. */
#pragma once

#include "actors/runtime/bus.h"

enum {
    PARCELS_MOST = 32, /* of one kind under way */
    OUTBOX_MOST = 100000 /* rows that wait */,
    PARCEL_ID_SIZE = 37,
    PARCEL_WHY_SIZE = 96
};

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

/* What is known of a kind, for operators; the notifier keeps it. */
struct kind_counts {
    uint32_t under_way;
    uint64_t fates[PARCEL_FATE_COUNT];
    int64_t waiting, dead, oldest_ms; /* rows, and for how long the oldest has waited, when they were last counted */
};

/* Who delivers one kind of message. Made on the notifier's home worker. */
struct courier {
    const char *kind; /* of the rows */
    uint32_t most;    /* parcels under way at once, 1 to PARCELS_MOST */
    /* Takes the parcel, which ends in exactly one notifier_settle, now or later. */
    void (*deliver)(struct courier *c, struct parcel *p);
    uint64_t closed_until; /* worker_now(): no parcel is taken for it before then; the courier sets it */

    /* the notifier's */
    struct kind_counts counts;
    uint32_t asked, got; /* parcels, by the last take */
    bool more;           /* it got all that it had places for: there may be more */
};

/* Of a kind that this server knows and cannot deliver: it waits for one that can. */
#define COURIER_CLOSED UINT64_MAX

/* The couriers of a worker; the notifier's home worker only has some. */
enum { COURIERS_MOST = 16 };
struct couriers {
    struct courier *list[COURIERS_MOST];
    uint32_t n;
    uint32_t under_way;         /* parcels that are not settled, for a graceful stop; the notifier keeps it */
    uint32_t highest;           /* likewise, for operators */
    bool writing;               /* the worker's connection for writing is there; the part keeps it */
    struct kind_counts unknown; /* rows of kinds that nobody delivers */
};

/* Adds one, which stays its maker's. False: there is no place for it, or its kind has one. Before the notifier starts. */
bool couriers_add(struct couriers *c, struct courier *one);

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
