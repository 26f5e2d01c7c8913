/* Core: the structs that the files of the runtime share: actor, worker, system. Private to actors/runtime; everybody
 * else uses the functions of actor.h, worker.h and bus.h. Each block of fields names its owner. */
#pragma once

#include "actors/runtime/bus.h"
#include "actors/runtime/slow.h"
#include "actors/runtime/timer.h"
#include "actors/runtime/trace.h"

#include <assert.h>
#include <pthread.h>

enum {
    ACTOR_TIMERS = 4,
    RUN_BATCH = 64,       /* messages an actor may take before the others have their turn */
    TURN_MESSAGES = 1024, /* messages a worker handles before it looks at its sockets again */
    KINDS_MAX = 64,
    HOOKS_MAX = 8,
    SHARDS = 64,
};

/* Where an actor stands with its worker: actor.h lists the legal moves. */
enum actor_state { ACTOR_PARKED, ACTOR_READY, ACTOR_RUNNING, ACTOR_WAITING, ACTOR_STOPPED, ACTOR_STATES };

/* What its private state is worth. */
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
    void *services[SERVICE_COUNT];

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
    struct ring *slow;       /* slow.h */
    uint64_t slow_forgotten; /* number of its last entry that is forgotten */
    struct slow_counts slow_counts;
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

struct system {
    /* immutable after start */
    struct system_options options;
    struct worker **workers;
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
    struct trace_words traced; /* trace.c */

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

/* ---- worker.c ---- */

/* Microseconds since 1970 at a moment of worker_clock: the wall clock is read with the other, what has passed since is
 * added. */
int64_t worker_wall_at(const struct worker *w, uint64_t clock);

/* ---- actor.c ---- */

/* The only place that changes an actor's state; asserts that the move is legal. Making it READY appends it to its
 * worker's ready queue. */
void actor_move(struct actor *a, enum actor_state to);

/* Home worker: something waits for this actor. Makes it ready if it is parked. */
void actor_wake(struct actor *a);

/* A parked, unregistered actor with one reference and its state zeroed; NULL without memory. Any thread. */
struct actor *actor_create(struct worker *home, struct address address, uint8_t kind_index);
void actor_unref(struct actor *a);

/* Home worker: cancels all its timers, also those that have fired and were not delivered. */
void actor_drop_timers(struct actor *a);

/* The message of a timer that has fired. NULL without memory: the timer will fire again. */
struct message *actor_fired_message(struct actor *a);

/* Name of the state for operators. */
const char *actor_state_name(const struct actor *a);

/* ---- run.c ---- */

/* Runs one batch of a READY actor. Home worker. Returns the messages taken. */
uint32_t run_actor(struct actor *a);

/* Passivates and stops at once, dropping what waits: the worker closes. Home worker. */
void run_close(struct actor *a);

/* Takes everything out of a mailbox and drops it. Owner, or nobody else left. */
void run_drop_all(struct actor *a);

/* ---- trace.c: only while w->trace is not NULL ---- */

/* Puts the message that is about to be received into the trace, if it is wanted. Returns the entry's number, 0 if it
 * has none. trace_received says how long it took, or that it is put off: then it has none. */
uint64_t trace_receive(struct actor *a, const struct message *m);
void trace_received(struct worker *w, uint64_t number, bool later);

/* The actor's life ends: a trace of it alone ends too. Fine without a trace. */
void trace_actor_ends(const struct actor *a, enum trace_end why);

void tracer_destroy(struct tracer *t);

/* ---- bus.c ---- */

enum bus_count { BUS_SENT, BUS_HANDLED, BUS_REFUSED, BUS_DROPPED };
void bus_count(struct system *s, enum bus_count what);

/* Refuses a message that was sent to `to`: tells whoever waits and destroys it. Any thread. */
void bus_refuse(struct system *s, struct address to, struct message *m, enum error why);

/* Destroys a message that was sent and tells nobody. Any thread. */
void bus_drop(struct system *s, struct message *m);

/* ---- system.c ---- */

/* The index of a kind; registers it the first time. -1 when there are too many kinds. Any thread. */
int system_kind_index(struct system *s, const struct actor_kind *kind);
