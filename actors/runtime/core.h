/* Core: the structs that the files of the runtime share: actor, worker, system. They stand below all functions that work
 * on them: README.md has the order. Private to actors/runtime. Each block of fields names its owner. */
#pragma once

#include "actors/runtime/mailbox.h"
#include "actors/runtime/numbers.h"
#include "actors/runtime/timer.h"

#include <assert.h>
#include <pthread.h>
#include <uv.h>

enum {
    ACTOR_TIMERS = 4,
    RUN_BATCH = 64,             /* messages an actor may take before the others have their turn */
    RUN_NS = 4 * 1000 * 1000,   /* the same by time: who has used so much takes no further message */
    TURN_MESSAGES = 1024,       /* messages a worker handles before it looks at its sockets again */
    TURN_NS = 20 * 1000 * 1000, /* the same by time: no further actor is run */
    KINDS_MAX = 64,
    HOOKS_MAX = 8,
    SERVICES_MAX = 16,
    SHARDS = 64,
};

/* Where an actor stands with its worker: actor.h tells the moves, actor.c has the table. */
enum actor_state { ACTOR_PARKED, ACTOR_READY, ACTOR_RUNNING, ACTOR_WAITING, ACTOR_STOPPED };

/* What its private state is worth. actor.c has the table of what may follow. */
enum actor_life {
    LIFE_NEW,         /* zeroed; the next run activates */
    LIFE_LOADING,     /* activate has been called and has not said that it is ready */
    LIFE_ACTIVE,      /* messages go to receive */
    LIFE_FAILED,      /* not to be trusted; the next run restarts, once nothing holds it */
    LIFE_BACKOFF,     /* zeroed; activation is tried again when the timer fires */
    LIFE_QUARANTINED, /* zeroed; messages are refused until the timer fires or an operator releases it */
    LIFE_LEAVING,     /* mailbox closed; what is left is refused, then it stops */
};

struct actor {
    /* immutable after creation */
    const struct actor_kind *kind;
    int64_t id, id_low;
    struct worker *home;

    /* guarded by the lock of its registry shard */
    struct actor *hash_next;

    /* any thread, atomic: the registry, the inject queue and senders in the act of pushing hold one each */
    uint32_t refs;
    bool injected; /* claimed while it is in its worker's inject queue */
    struct mailbox mailbox;

    /* whoever has claimed `injected` */
    struct actor *inject_next;

    /* home worker only */
    uint8_t state, life, kind_index;
    bool wait;          /* this run ends with waiting */
    bool built;         /* activate has been called, passivate is owed */
    bool listed;        /* in its worker's roster */
    bool may_leave;     /* the idle sweep asks it to leave at the end of this run */
    uint8_t fired;      /* timer slots that are due for delivery, one bit each */
    uint8_t why_absent; /* enum error, when leaving */
    uint32_t holds;
    uint64_t serial, messages, last_active, cpu_ns;
    struct actor *ready_next;
    struct actor *older, *newer;     /* roster: by last activity */
    struct message *held;            /* RECEIVE_LATER: comes first */
    struct supervision *supervision; /* NULL until the first failure */
    struct timer timer;              /* earliest of due[], or the supervisor's */
    uint64_t due[ACTOR_TIMERS];

    _Alignas(16) char private_state[];
};
static_assert(sizeof(struct actor) <= 256, "the header of an idle actor");

/* The actors of one kind on one worker, least recently active first. */
struct roster {
    struct actor *oldest, *newest;
};

struct every {
    struct timer timer;
    struct worker *worker;
    uint64_t ns;
    void (*hook)(void *arg);
    void *arg;
};

struct hook {
    void (*fn)(void *arg);
    void *arg;
};

struct call {
    struct call *next;
    void (*fn)(struct worker *w, void *arg);
    void *arg;
};

struct worker {
    /* immutable once it runs */
    struct system *system;
    int index;
    uv_loop_t *loop;                      /* NULL in the simulation */
    void (*wake)(struct worker *w);       /* under the lock: ends the poll of a sleeping worker */
    void (*read_clock)(struct worker *w); /* sets now and wall; NULL in the simulation */
    void *driver;                         /* private to worker_uv.c */
    void *services[SERVICES_MAX];

    /* own thread */
    uint64_t now, random;
    int64_t wall;
    bool stale; /* the poll may have taken long: read the clock before now or wall is used */
    struct actor *ready_first, *ready_last;
    struct timer_heap timers;
    struct timer sweep;
    struct message *receiving; /* the message in receive; NULL once the actor took it */
    struct tracer *trace;      /* NULL: nothing is traced, which is what a turn asks */
    struct tracer *tracer;     /* the same once there has been a trace: keeps the entries */
    uint64_t run_from;         /* uv_hrtime when the last run ended, or the turn began; not in the simulation */
    struct roster rosters[KINDS_MAX];
    struct hook hooks[HOOKS_MAX];
    struct every everies[HOOKS_MAX];
    int hook_count, every_count;
    struct worker_stats stats;
    struct worker_measures measures;
    struct slow *slow;
    struct bus_counts counts; /* written here, read anywhere */
    uint64_t beat;            /* likewise */

    /* guarded by lock; on lines of its own, since every other worker writes here */
    _Alignas(64) pthread_mutex_t lock;
    struct actor *inject_first, *inject_last;
    struct call *call_first, *call_last;
    bool sleeping; /* polling or about to: the next sender wakes it, once */
    bool stop;     /* asked to stop after this turn */
    bool closed;   /* takes nothing any more */
};

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct actor **buckets;
    uint32_t mask, n;
};

/* Private to trace.c. Any thread, atomic. */
struct trace_words {
    uint64_t state;  /* number of the newest trace << 8 | enum trace_end */
    uint64_t taken;  /* entries */
    uint64_t second; /* which second of the trace << 32 | entries in it */
};

struct system {
    /* immutable after start */
    int worker_count;
    struct worker **workers;
    uint32_t restarts; /* so many within the window are allowed */
    uint64_t window_ns;
    const struct actor_kind *ingress_kind;
    struct actor **ingress; /* one per worker, pinned */
    bool (*begin)(struct worker *w, void *arg);
    void (*end)(struct worker *w, void *arg);
    void *arg;

    /* main thread */
    bool started; /* all worker threads run */

    /* any thread, atomic */
    bool stopping;
    uint64_t serials;
    struct bus_counts foreign; /* of threads that are no workers */
    struct trace_words traced;

    /* guarded by kinds_lock */
    pthread_mutex_t kinds_lock;
    const struct actor_kind *kinds[KINDS_MAX];
    int kind_count;

    struct shard shards[SHARDS];

    /* simulation only, one thread */
    bool simulated;
    uint64_t clock, random, trace;
    int64_t wall_ahead; /* of the simulated wall clock, microseconds: sim_set_wall */
};
