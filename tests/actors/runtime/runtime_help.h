/* Runtime help: a kind of actor that does what its messages say and keeps a record, and a simulated system of it. For
 * tests of one thread; the stress test has its own kind. */
#pragma once

#include "actors/runtime/inspect.h"
#include "actors/runtime/sim.h"
#include "tests/test.h"

#define MS     ((uint64_t)1000000)
#define SECOND (1000 * MS)

enum probe_op { PROBE_NOTE, PROBE_WAIT, PROBE_LATER, PROBE_FAIL, PROBE_TAKE, PROBE_TIMER, PROBE_REPLY, PROBE_ABSENT };
enum probe_activation { PROBE_READY, PROBE_WAITS, PROBE_REFUSES, PROBE_IS_ABSENT };

struct test_payload {
    enum probe_op op;
    int64_t value; /* PROBE_NOTE: written to the record; PROBE_TIMER: slot */
    uint64_t ns;
};

/* What the probes of a test have done, and how they are to behave. */
struct probe_record {
    /* behaviour */
    enum probe_activation activation;
    bool stays; /* idle() says no */
    /* record */
    int activated, passivated, errors, replies;
    enum error why; /* of the last ACTOR_ERROR at an ingress */
    struct return_address to;
    int64_t seen[4096];
    int seen_count;
    struct actor *last; /* that was activated or received something */
    struct message *taken;
};
extern struct probe_record probe;

extern const struct actor_kind probe_kind; /* idle after 1 s, 100 messages */
extern const struct actor_kind probe_ingress;

/* A simulated system with an empty record; its ingress actors have been activated. */
struct system *probe_system(int workers, uint64_t seed);

/* Runs what is left, checks the conservation law and that no message is left, and destroys the system. */
void probe_end(struct system *s);

struct address probe_address(int64_t id);
struct message *probe_message(enum probe_op op, int64_t value);
void probe_send(struct system *s, int64_t id, enum probe_op op, int64_t value);

/* Asks: an error or an answer comes to the ingress of worker 0. */
void probe_ask(struct system *s, int64_t id, enum probe_op op, int64_t value);

/* Runs until nothing is to do, without moving the clock. */
void probe_run(struct system *s);

/* The state of an actor as operators see it; "none" if there is no such actor. */
const char *probe_state(struct system *s, int64_t id);
