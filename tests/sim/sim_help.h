/* Sim help: a whole class in one thread, with the vocabulary of a classroom: who posts what, who listens, what the
 * database does, who has heard and been answered what. The simulated ingress of each worker checks the laws of a stream
 * and of an answer as they arrive. One thread; one class at a time. */
#pragma once

#include "actors/classroom/classroom.h"
#include "actors/room/persistence.h"
#include "actors/runtime/inspect.h"
#include "actors/runtime/sim.h"
#include "fake_store_help.h"
#include "proto/classroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS      ((uint64_t)1000000)
#define SECOND  (1000 * MS)
#define NOTHING ""

struct sim_options {
    uint64_t seed;
    int workers, rooms;
    uint32_t ring, mailbox, ingress_mailbox, batch_turns;
    uint64_t idle_ns, grace_ns, wait_ns;
};
extern const struct sim_options sim_usual;

/* A client's connection: opened by one LISTEN, never opened again. */
struct sim_stream {
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

/* What a client shows of somebody. */
struct sim_shown {
    int32_t participant;
    bool muted, hand;
};

/* A device that follows a room, over any number of connections. */
struct sim_client {
    char name[24]; /* "Ben", or "Ben/2" for a second device */
    int32_t user, room;
    int64_t last;  /* of the last id heard; 0: none */
    uint64_t told; /* events heard ever */
    uint64_t digest;
    struct buf heard, snapshot;
    struct buf hands;        /* the queue as the client was told last: "Ben Cem" */
    struct sim_shown *shown; /* as the app in the field does: who comes has no flags until it is told of them */
    uint32_t nshown;
    struct sim_stream *stream; /* the newest */
    struct sim_client *next;
};

/* One question to a room. */
struct sim_ask {
    int32_t user, room;
    int life;
    uint16_t op;
    bool answered;
    int order; /* the how-manieth answer it was, of all */
    enum error why;
    char body[256];
    char text[48]; /* of a chat */
    struct sim_stream *stream;
};

struct sim {
    struct sim_options options;
    struct fake_store *store;
    struct system *system;
    int life;     /* how often the process has been started */
    int64_t wall; /* at which the last process died; 0: there was none */
    int room;     /* the one that people mean */
    bool holds, holds_reads;
    uint64_t streams_made;
    struct sim_client *clients;
    struct sim_stream *streams;
    struct sim_ask *asks;
    int nasks, asks_cap, answers;
    struct buf broken; /* the first law that was broken */
    int64_t alive;     /* messages before it began */
};

/* ---- beginning and end ---- */

/* A class of one room (number 1): the first person made it ("Ada teaches"), all of them listen, and nobody has heard
 * anything yet. Ends with NULL by the macro. */
#define sim_class(state, ...) sim_class_of(&sim_usual, __VA_ARGS__, NULL)
struct sim *sim_class_of(const struct sim_options *o, const char *first, ...);

/* The same without anybody listening, and as many rooms as the options say. */
struct sim *sim_house(const struct sim_options *o, const char *first, ...);

/* Heals the database, waits until everything is answered, checks every law, and destroys it. */
void sim_end(struct sim *sim);

/* The process dies (what is with the database and has not happened never happens) and is started again, at once or so
 * much later. */
void sim_crash(struct sim *sim);
void sim_crash_for(struct sim *sim, uint64_t ns);

/* ---- time ---- */

void sim_play(struct sim *sim);              /* until nothing is left to do; the clock stands still */
void sim_wait(struct sim *sim, uint64_t ns); /* lets time go by */

/* ---- people ---- */

/* "raise_hand", "chat hello" (by action), "post hello", "join", "join Dan", "mute Ben", "kick Ben", "end", "signal Ben"
 * …; "mute_all", "unmute_all", "lower_other Ben", "lower_all"; of playback "select hymn", "play hymn 10 1.5", "seek -
 * 30", "speed - - 2" (audio, position, speed, "-" for none), and with "rest_" in front for the paths that are not
 * control. Returns the number of the question. */
int sim_post(struct sim *sim, const char *who, const char *what);

struct sim_client *sim_listen(struct sim *sim, const char *who); /* opens a stream, with the last id if there is one */
void sim_vanish(struct sim *sim, const char *who);               /* the client's connection is gone */
void sim_audio(struct sim *sim, const char *owner, const char *title, double duration); /* seconds; NaN: unknown */

/* Where the current room is in its audio, by the record of 6.1 in the newest answer to somebody, or in the newest
 * snapshot of a client. NaN: there is none in it. */
double sim_answered_position(struct sim *sim, const char *who);
double sim_snapshot_position(const struct sim_client *c);

struct sim_client *sim_client(struct sim *sim, const char *who); /* in the current room; NULL: never listened */
bool sim_is_open(const struct sim_client *c);

/* ---- the database ---- */

void sim_store_holds(struct sim *sim);   /* transactions take their time from now on */
void sim_store_commits(struct sim *sim); /* all of them commit, and the later ones at once */
void sim_store_does(struct sim *sim,
                    enum fake_outcome outcome); /* the oldest transaction with the current room's worker */
void sim_store_away(struct sim *sim);           /* no connection to it */
void sim_store_back(struct sim *sim);
int sim_home(const struct sim *sim, int32_t room); /* index of its worker */

/* ---- laws ---- */

/* Asserts that a client knows this queue of hands, "Ben Cem". */
#define assert_hands(sim, who, expected) sim_assert_hands(sim, who, expected, __FILE__, __LINE__)
void sim_assert_hands(struct sim *sim, const char *who, const char *expected, const char *file, int line);

/* Asserts that no law has been broken so far. */
void sim_check(struct sim *sim);

/* For use when everything is at rest: rooms in memory are what the tables say; answers are on disk. */
void sim_check_rest(struct sim *sim);

/* Of a client that has just been let in, while the clock stood still: it is told where the class is. */
void sim_check_snapshot(struct sim *sim, const struct sim_client *c);

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
