/* Sim help: rooms of any kinds in one thread: who listens, what the database does, who has heard and been answered what,
 * crashes. The simulated ingress of each worker checks the laws of a stream and of an answer as they arrive, sim_check_rest
 * what must hold at rest. What is said in a room, how its rows are read back and which laws are its own, a kind brings as
 * a struct sim_kind. One thread unless the options say otherwise; one house at a time. */
#pragma once

#include "actors/room/persistence.h"
#include "actors/room/room.h"
#include "actors/runtime/inspect.h"
#include "actors/runtime/sim.h"
#include "fake_store_help.h"
#include "proto/room.h"
#include "tests/test.h"

#define MS      ((uint64_t)1000000)
#define SECOND  (1000 * MS)
#define NOTHING ""

enum { SIM_KINDS_MOST = FAKE_KINDS_MOST - 1, SIM_EPOCH = 1 }; /* what `load` says of each room's epoch */

struct sim_options {
    uint64_t seed;
    const struct sim_kind *kinds[SIM_KINDS_MOST]; /* of the rooms, in turn: 1, 2, … */
    int workers, rooms;
    uint32_t ring, mailbox, ingress_mailbox, batch_turns;
    uint32_t batch_rows, people; /* of a batch, of a room; 0: many */
    uint64_t idle_ns, grace_ns, wait_ns;
    bool threads; /* workers have threads and clocks of their own, the database decides by chance, and rooms are asked
                     under sim->lock: for stress_test.c */
    uint32_t faults; /* with threads: of a thousand decisions of the database */
};

/* A client's connection: opened by one LISTEN, never opened again. */
struct sim_stream {
    struct sim *sim;
    struct sim_client *client;
    uint64_t id;
    int worker, life; /* life: of the process */
    enum { SIM_ASKED, SIM_CATCHING, SIM_OPEN, SIM_CLOSED } state;
    bool abandoned;  /* the client left before it was let in */
    bool leave_owed; /* the room's mailbox was full */
    int32_t participant;
    int64_t place; /* the last event that came */
    int64_t log_after, log_last;
    struct buf resumed;
    struct message *held, **held_end; /* deliveries while it catches up */
    struct sim_stream *next;
};

/* A device that follows a room, over any number of connections. A kind's own begins with it. */
struct sim_client {
    char name[24]; /* "Ben", or "Ben/2" for a second device */
    int32_t user, room;
    int64_t last;  /* of the last id heard; 0: none */
    uint64_t told; /* events heard ever */
    uint64_t digest;
    struct buf heard, snapshot;
    struct sim_stream *stream; /* the newest */
    struct sim_client *next;
};

/* One question to a room. */
struct sim_ask {
    int32_t user, room;
    int life;
    uint16_t op;
    bool answered;
    int order;           /* the how-manieth answer it was, of all */
    int64_t asked, told; /* when, by the simulated clock; with threads 0 */
    enum error why;
    char body[256];
    const char *leaves; /* what a yes leaves in the log at least once for each; NULL: nothing */
    char mark[48];      /* what a yes leaves exactly once, and a no nowhere; "": nothing of that sort */
    struct sim_stream *stream;
};

/* An event as a client has heard it. */
struct sim_frame {
    int64_t seq; /* 0: none */
    char event[48];
    struct text data;
};

struct sim;
struct sim_fuzz;

/* What a kind of room brings. All but those marked are needed. README.md says how to write one. */
struct sim_kind {
    const struct room_ops *ops;
    const struct fake_kind *tables;
    const char *end_event;                /* by which a room is over: no stream outlives it */
    const char *only_event;               /* what one participant is told instead of what the log says; NULL: none */
    int coming;                           /* events by which the others are told of who is let in */
    size_t client_size;                   /* of what a client knows */
    void (*forget)(struct sim_client *c); /* frees what is its own; NULL: nothing */
    void (*setup)(const struct sim_options *o); /* what else is to be done before each start; NULL: nothing */
    void (*started)(struct sim *sim);           /* wakes what was left behind; NULL: nothing */

    /* ---- its rows ---- */
    /* An event as the log tells it: name and data; false: nobody was told of it. */
    bool (*event)(const struct fake_store *s, int32_t room, int64_t seq, struct buf *ret_name, struct buf *ret_data);
    bool (*active)(const struct fake_store *s, int32_t room);
    int (*rows)(const struct fake_store *s, int32_t room, int32_t user, const char *leaves); /* sim_ask.leaves */
    int (*marked)(const struct fake_store *s, int32_t room, const char *mark);               /* sim_ask.mark */

    /* ---- its own laws: sim_break; NULL: there are none ---- */
    void (*hear)(struct sim *sim, struct sim_client *c, const struct sim_frame *f); /* every frame, as it comes */
    void (*summarise)(struct sim *sim, const struct sim_frame *f,
                      struct buf *out);                                /* behind its name, for assert_heard */
    void (*check_ask)(struct sim *sim, const struct sim_ask *a);       /* at rest */
    void (*check_room)(struct sim *sim, int32_t room);                 /* at rest, in memory, on its home's thread */
    void (*check_tables)(struct sim *sim, int32_t room);               /* at rest */
    void (*check_client)(struct sim *sim, struct sim_client *c);       /* open, at rest */
    void (*check_let_in)(struct sim *sim, const struct sim_client *c); /* just now, while the clock stood still */

    /* ---- what people do in the current room: sim_fuzz_help.h ---- */
    void (*prepare)(struct sim *sim);    /* rows made beforehand, for all of its rooms; NULL: none */
    void (*post)(struct sim_fuzz *fuzz); /* somebody asks for something, by chance */
    void (*witness)(struct sim *sim);    /* something is said that everybody hears, if anything can be */
};

struct sim {
    struct sim_options options;
    const struct fake_kind *tables[SIM_KINDS_MOST + 1];
    struct fake_store *store;
    struct system *system;
    pthread_mutex_t lock; /* with threads, of all that follows */
    int life;             /* how often the process has been started */
    int64_t wall;         /* at which the last process died; 0: there was none */
    int room;             /* the one that people mean */
    bool holds, holds_reads;
    uint64_t streams_made;
    struct sim_client *clients;
    struct sim_stream *streams;
    struct sim_ask *asks;
    int nasks, asks_cap, answers;
    struct buf broken; /* the first law that was broken */
    int64_t alive;     /* messages before it began */
};

static inline void sim_lock(struct sim *sim)
{
    if (sim->options.threads)
        pthread_mutex_lock(&sim->lock);
}
static inline void sim_unlock(struct sim *sim)
{
    if (sim->options.threads)
        pthread_mutex_unlock(&sim->lock);
}

const struct sim_kind *sim_kind_of(const struct sim *sim, int32_t room);
struct address sim_address(const struct sim *sim, int32_t room);

/* Notes the first law that is broken. */
void sim_break(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- beginning and end ---- */

/* People ("Ada teaches"; the first has made what has to be made by somebody), and as many rooms as the options say.
 * Ends with NULL. */
struct sim *sim_house(const struct sim_options *o, const char *first, ...);

/* The same for a list of people that is under way. Nothing has been played yet. */
struct sim *sim_house_of(const struct sim_options *o, const char *first, va_list rest);

/* Heals the database, waits until everything is answered, checks every law, and destroys it. */
void sim_end(struct sim *sim);

/* The last part of it: everything is at rest, and the laws have been checked. */
void sim_destroy(struct sim *sim);

/* The process dies (what is with the database and has not happened never happens) and is started again, at once or so
 * much later. */
void sim_crash(struct sim *sim);
void sim_crash_for(struct sim *sim, uint64_t ns);

/* ---- time ---- */

void sim_play(struct sim *sim);              /* until nothing is left to do; the clock stands still */
void sim_wait(struct sim *sim, uint64_t ns); /* lets time go by */

/* Rooms that had no place for it are told that a stream has ended, if they have now. False: nobody was. sim_play does. */
bool sim_pay_leaves(struct sim *sim);

/* ---- people ---- */

int32_t sim_user(const struct sim *sim, const char *who); /* "Ben/2" is Ben */
struct room_person sim_person(const struct sim *sim, int32_t user);

/* Somebody asks the current room. `leaves` lives for ever, `mark` is copied; see struct sim_ask. Returns the number of the
 * question. */
int sim_ask(struct sim *sim, const struct room_command *cmd, const char *leaves, struct text mark);

struct sim_client *sim_listen(struct sim *sim, const char *who); /* opens a stream, with the last id if there is one */
void sim_vanish(struct sim *sim, const char *who);               /* the client's connection is gone */
struct sim_client *sim_client(struct sim *sim, const char *who); /* in the current room; NULL: never listened */
bool sim_is_open(const struct sim_client *c);

/* ---- the database ---- */

void sim_store_holds(struct sim *sim);   /* transactions take their time from now on */
void sim_store_commits(struct sim *sim); /* all of them commit, and the later ones at once */
void sim_store_does(struct sim *sim,
                    enum fake_outcome outcome); /* the oldest transaction with the current room's worker */
void sim_store_away(struct sim *sim);           /* no connection to it */
void sim_store_back(struct sim *sim);
int sim_home(const struct sim *sim, int32_t room);              /* index of its worker */
struct worker *sim_worker(const struct sim *sim, int32_t room); /* that */

/* ---- laws ---- */

/* Asserts that no law has been broken so far. */
void sim_check(struct sim *sim);

/* For use when everything is at rest: rooms in memory are what the tables say; answers are on disk; who listens has heard
 * everything. */
void sim_check_rest(struct sim *sim);

/* Tells the bytes of everything heard, said and stored. */
uint64_t sim_digest(const struct sim *sim);

/* ---- assertions: each forgets what it has seen ---- */

/* Everything heard since, without greetings: "hand_raised by Ben, chat by Cem: hello". */
#define assert_heard(sim, who, expected) sim_assert_heard(sim, who, expected, __FILE__, __LINE__)
void sim_assert_heard(struct sim *sim, const char *who, const char *expected, const char *file, int line);

/* The newest question of somebody. */
#define assert_unanswered(sim, who)    sim_assert_answer(sim, who, -1, __FILE__, __LINE__)
#define assert_answered(sim, who, why) sim_assert_answer(sim, who, (int)(why), __FILE__, __LINE__)
void sim_assert_answer(struct sim *sim, const char *who, int why, const char *file, int line);
