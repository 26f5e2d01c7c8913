/* Trace: what one actor, one kind of actor, or one person makes the workers do, message by message. One trace at a time
 * in a system. It limits itself, and whoever finds a limit passed ends it for all: so many entries altogether, so many
 * in any second, so long. Each worker writes into a ring of its own that exists since the first trace; nothing is
 * allocated while it runs. Off, it costs a look at one pointer for each message and each request.
 *
 * Queue: TRACE_PLACES entries per worker. Full: the oldest is overwritten; whoever follows is told how many they
 * missed.
 */
#pragma once

#include "actors/runtime/actor.h"
#include "proto/base/ring.h"

enum { TRACE_PLACES = 4096 };

enum trace_by { TRACE_ACTOR, TRACE_KIND, TRACE_USER };

/* What ends a trace: X(symbol, what is said of it). */
#define TRACE_ENDS(X)                                                                                                  \
    X(RUNS, "running")                                                                                                 \
    X(COUNT, "as many entries as were asked for")                                                                      \
    X(RATE, "more entries in a second than were allowed")                                                              \
    X(TIME, "its time was over")                                                                                       \
    X(STOPPED, "stopped by an operator")                                                                               \
    X(RESTARTED, "the actor was restarted")                                                                            \
    X(LEFT, "the actor left memory")

enum trace_end {
#define TRACE_SYMBOL(symbol, about) TRACE_##symbol,
    TRACE_ENDS(TRACE_SYMBOL)
#undef TRACE_SYMBOL
        TRACE_END_COUNT
};

const char *trace_end_about(enum trace_end why);

/* What is to be traced. A plain value: each worker has its own copy. */
struct trace_order {
    uint64_t number; /* from trace_open */
    enum trace_by by;
    struct address actor; /* TRACE_KIND: only its kind counts */
    int32_t user;
    uint32_t count, rate; /* entries; in a second */
    uint64_t from, until; /* worker_clock() */
};

struct trace_entry {
    uint64_t trace;       /* the order's number */
    int64_t at;           /* microseconds since 1970: a message when it is received, a request when it is answered */
    const char *type;     /* static: of the message; "request" */
    struct address actor; /* that receives it; kind NULL: a request */
    const void *route;    /* of a request; the transport's */
    int32_t status;       /* of a request */
    uint32_t bytes;       /* of the message's payload; of a request's body */
    int64_t took_us;
    int64_t wait_us; /* of a message in the mailbox; of a request for the database or a room; -1: not known */
    struct message_told told;
};

struct trace_status {
    uint64_t number; /* of the newest trace; 0: none yet */
    enum trace_end end;
    uint64_t taken;
};

struct system;
struct worker;

/* Any thread. */
struct trace_status trace_status(const struct system *s);

/* Makes room for a new trace, which ends one that runs; fills in o->number. Then each worker joins. One thread at a
 * time. */
void trace_open(struct system *s, struct trace_order *o);

/* Ends the trace of this number unless it has ended. Any thread. */
void trace_close(struct system *s, uint64_t number, enum trace_end why);

/* The worker traces from now on, unless that trace has ended meanwhile. False without memory for its entries. Own
 * thread. */
bool worker_trace_join(struct worker *w, const struct trace_order *o);

/* Ends the trace here if it has ended, or its time is over. Own thread. */
void worker_trace_check(struct worker *w);

/* The entries, also of traces that have ended; NULL before the first. Own thread. */
const struct ring *worker_trace_entries(const struct worker *w);

/* How many entries of the newest trace have been overwritten here. Own thread. */
uint64_t worker_trace_lost(const struct worker *w);

/* Is anything traced here? Own thread. */
bool worker_traces(const struct worker *w);

/* For what is no message: the entry is noted if the person is traced; `at`, `trace` are filled in. Own thread. */
void worker_trace_note(struct worker *w, struct trace_entry *e);
