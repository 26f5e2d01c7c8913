/* Mailbox: the queue of one actor. Any thread may push; only the worker that runs the actor may pop, settle or close.
 * Bounded, intrusive, multi producer, single consumer. Holds no lock and allocates nothing: the link is in the message.
 * Knows nothing of actors or scheduling. The list is Vyukov's intrusive queue of many producers and one consumer. */
#pragma once

#include "proto/message.h"

#include <stdbool.h>
#include <stdint.h>

enum mailbox_push {
    MAILBOX_QUEUED, /* taken; somebody else has already made the owner ready */
    MAILBOX_WOKE,   /* taken, and the depth went from 0 to 1: the caller must make the owner ready */
    MAILBOX_FULL,   /* refused; the message is untouched and still the caller's */
    MAILBOX_CLOSED, /* refused for good; the message is untouched and still the caller's */
};

/* Private to mailbox.c; shown for embedding. */
struct mailbox {
    /* any thread, atomic */
    struct message *head; /* newest message; producers exchange it */
    uint64_t word;        /* reservation: depth << 1 | closed */
    /* owner worker only */
    struct message *tail;      /* next to pop */
    struct message *stub_next; /* the embedded stub: a message of which only `next` exists; producers link to it */
    uint32_t highest;          /* greatest depth seen at a settle; for operators */
    uint32_t limit;            /* immutable after init */
};

void mailbox_init(struct mailbox *m, uint32_t limit);

/* Hands msg to the owner. Takes ownership for QUEUED and WOKE. Any thread; never blocks. `urgent` messages (a stream
 * has ended, a timer) may use a reserve of as many again beyond the limit. */
enum mailbox_push mailbox_push(struct mailbox *m, struct message *msg, bool urgent);

/* The oldest message, or NULL when there is none or a producer is between its two stores (the depth is then not zero,
 * so the owner comes back). Owner only. */
struct message *mailbox_pop(struct mailbox *m);

/* Gives back n consumed places. True: more is waiting, make the owner ready again; false: parked, and this was the last
 * allowed touch until somebody gets WOKE. Owner only. */
bool mailbox_settle(struct mailbox *m, uint32_t n);

/* Closes if nothing is reserved beyond the n messages this run consumed. False: a message came, stay open (nothing was
 * settled). Owner only. */
bool mailbox_close_if_drained(struct mailbox *m, uint32_t n);

/* Closes at once; messages still inside must be popped and refused by the owner. Owner only. */
void mailbox_close(struct mailbox *m);

/* Messages reserved now. Advisory. Any thread. */
uint32_t mailbox_depth(const struct mailbox *m);
