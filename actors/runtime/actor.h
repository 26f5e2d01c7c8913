/* Actor: an address, an ops table, private state and a mailbox. Lives on one worker from activation to the end.
 * Actors are virtual: the first message to an address activates it, idleness passivates it.
 *
 * What it does, and why it moves on (the table is in actor.c; actor_move performs all moves):
 *   PARKED  -> READY              a push got WOKE, or the actor was resumed
 *   READY   -> RUNNING            its worker took it from the ready queue
 *   RUNNING -> READY              more messages wait
 *   RUNNING -> PARKED             mailbox empty
 *   RUNNING -> WAITING            it asked to wait (actor_wait): loading, restarting, or short of something
 *   WAITING -> READY              actor_resume
 *   RUNNING -> STOPPED            passivated, or its address names nothing
 *   any     -> STOPPED            its worker closes
 */
#pragma once

#include "proto/base/json.h"
#include "proto/errors.h"
#include "proto/message.h"

struct actor;
struct worker;
struct room_ops;

/* An address: kind and id. Kinds are registered once at start; ids are the database's (UUID areas map theirs to two
 * words). Rendered as kind/id. */
struct address {
    const struct actor_kind *kind;
    int64_t id, id_low; /* id_low: 0 unless the kind has 128-bit ids */
};

enum receive {
    RECEIVED,      /* handled; the message is the runtime's to destroy unless the actor took it (actor_take_message) */
    RECEIVE_LATER, /* not now: the actor has called actor_wait; the same message comes again first after actor_resume */
    RECEIVE_FAILED, /* the actor's state can no longer be trusted: the supervisor restarts it from the database */
};

/* What a kind of actor is. Every function but refuse runs on the actor's home worker; none may block. */
struct actor_kind {
    const char *name;            /* as addresses begin */
    uint32_t state_size;         /* bytes of zeroed private state */
    uint32_t mailbox_limit;      /* messages */
    uint64_t idle_ns;            /* silence before passivation is tried; 0: never */
    const struct room_ops *room; /* what a room offers besides (actors/room/room.h); NULL: it is none */

    /* Begins to build the state. Either it is ready on return (true), or the actor has called actor_wait and something
     * will call actor_resume or actor_absent or actor_fail later. False: failed now. */
    bool (*activate)(struct actor *self);
    enum receive (*receive)(struct actor *self, struct message *m);
    /* May it leave memory now? NULL: yes. */
    bool (*idle)(const struct actor *self);
    /* Releases what the state owns. Also called before a restart. Must cope with a half-built state. */
    void (*passivate)(struct actor *self);
    /* Writes its state as members of an open JSON object. */
    void (*describe)(const struct actor *self, struct json *out);
    /* Says what may be told of a message that it is about to receive, for traces; `ret` is empty. NULL: its type alone.
     */
    void (*tell)(const struct actor *self, const struct message *m, struct message_told *ret);
    /* Bytes that its state holds beyond state_size, about. NULL: none to speak of. */
    uint64_t (*memory)(const struct actor *self);
    /* Answers a message that the actor will not get (absent, failed, full, closed), if anybody waits for an answer.
     * NULL: the runtime sends ACTOR_ERROR to the return address. The message stays the runtime's. Runs on whichever
     * thread found out, the sender's perhaps: w only leads to worker_system. */
    void (*refuse)(struct worker *w, const struct message *m, enum error why);
};

/* Appends "kind/id"; ids of two words as a UUID. */
void address_write(struct buf *out, struct address a);

/* Private state, state_size bytes. */
void *actor_state(struct actor *a);
struct address actor_address(const struct actor *a);
struct worker *actor_worker(const struct actor *a);

/* Creation number: unique per activation and process, rising. Sort by it, never by pointer. */
uint64_t actor_serial(const struct actor *a);

/* For use inside receive and activate: take no further message until resumed. Home worker. */
void actor_wait(struct actor *a);

/* Home worker. Ends the wait. The actor gets its held message (if any) and then its mailbox. */
void actor_resume(struct actor *a);

/* Home worker, during activation: the address names nothing. Everything in the mailbox is refused with `why`
 * and the actor stops. */
void actor_absent(struct actor *a, enum error why);

/* Home worker. The state can no longer be trusted (a refused write, a failed load): restart by the supervisor. Messages
 * that wait stay in the mailbox unless the restart intensity is exceeded: then the actor is quarantined and refuses
 * with ERROR_UNAVAILABLE until released. */
void actor_fail(struct actor *a, const char *why);

/* Home worker. Work of this actor is still under way outside (a turn waiting for its commit): it is neither passivated
 * nor re-activated until the count is back to zero. */
void actor_hold(struct actor *a);
void actor_unhold(struct actor *a);

/* Home worker. One timer per actor and slot (0..3): a TIMER message of that slot arrives after `ns`. Setting it again
 * moves it; 0 cancels. A fired timer takes no place in the mailbox and is never lost; a restart or a passivation
 * cancels it. */
void actor_timer(struct actor *a, int slot, uint64_t ns);

struct actor_timer {
    int slot;
};

/* Payload of ACTOR_ERROR. */
struct actor_error {
    enum error why;
};

/* In receive: keeps the current message; the runtime will not destroy it. */
struct message *actor_take_message(struct actor *a);
