/* Message: the envelope of everything that goes over the bus. An envelope is the head of an nng_msg's body; the payload
 * follows it. One owner at a time: whoever holds the pointer must pass it on or destroy it. Any thread. */
#pragma once

#include <nng/nng.h>
#include <stddef.h>
#include <stdint.h>

/* Every kind of message: X(symbol, number, payload type, what it is for). Numbers are fixed: what rooms say will leave
 * this process. None is given twice. */
#define MESSAGE_KINDS(X)                                                                                               \
    X(ROOM_COMMAND, 0, struct room_command, "a person's request to a room")                                            \
    X(ROOM_ANSWER, 1, struct room_answer, "a room's answer to a request")                                              \
    X(ROOM_JOINED, 2, struct room_joined, "a room's answer to a stream that wants to listen")                          \
    X(ROOM_DELIVER, 3, struct room_deliver, "one event for the streams of one worker")                                 \
    X(ROOM_CUT, 4, struct room_cut, "close the streams of a room on one worker")                                       \
    X(ROOM_LEAVE, 5, struct room_leave, "a stream has ended")                                                          \
    X(ROOM_WAKE, 6, struct room_wake, "activate, so that presence is put right after a restart")                       \
    X(OUTBOX_WAKE, 7, struct outbox_wake, "the outbox has grown, or nothing more shall be taken from it")              \
    X(ACTOR_ERROR, 8, struct actor_error, "the runtime's answer when an actor could not take a message")               \
    X(TIMER, 9, struct actor_timer, "a timer of the actor has fired")                                                  \
    X(TEST, 10, struct test_payload, "for tests of the runtime")                                                       \
    X(PUBLISHER_WAKE, 11, struct publisher_wake, "look for events now, or let those that are there leave soon")

enum message_kind {
#define MESSAGE_SYMBOL(symbol, number, payload, purpose) MESSAGE_##symbol = (number),
    MESSAGE_KINDS(MESSAGE_SYMBOL)
#undef MESSAGE_SYMBOL
        MESSAGE_KIND_COUNT /* beyond the last of them */
};

/* Where an answer goes: the ingress actor of a worker, and what that ingress needs to find the waiting request.
 * worker < 0: nobody waits. It leads back from another node too; there is only this one as yet, and what should go to
 * another is dropped (bus_reply). */
struct return_address {
    int32_t worker;
    uint32_t slot, generation;
    uint32_t node; /* 0: here */
};
#define NO_RETURN ((struct return_address){ .worker = -1 })

struct message {
    struct message *next; /* private to the mailbox that holds it */
    nng_msg *nng;         /* the message this is the head of */
    uint16_t kind;        /* enum message_kind */
    uint32_t size;        /* bytes of payload */
    struct return_address reply;
    uint32_t request; /* number of the request on reply.worker that asks; 0: none */
    uint64_t sent;    /* monotonic nanoseconds; 0: nobody measures */
    _Alignas(16) char payload[];
};

/* What may be told of a message to operators: names that are compiled in, and numbers. It has no place for a text that
 * somebody wrote, so none can get out. */
enum { MESSAGE_FACTS = 4 };
struct message_told {
    const char *what;   /* in its kind: the operation, the event, the outcome; NULL: nothing to add */
    int32_t user;       /* who caused it; 0: nobody, or not known */
    uint16_t from_kind; /* the room that sent it, as struct room_key names it; 0: another actor, or not known */
    int64_t from_id;
    int32_t request_worker; /* the request that it belongs to; 0 in `request`: none */
    uint32_t request;
    struct message_fact {
        const char *name; /* NULL: no more */
        int64_t value;
    } facts[MESSAGE_FACTS];
};

/* Adds a fact, if there is a place left. */
static inline void message_fact(struct message_told *told, const char *name, int64_t value)
{
    for (int i = 0; i < MESSAGE_FACTS; i++)
        if (!told->facts[i].name) {
            told->facts[i] = (struct message_fact){ name, value };
            return;
        }
}

/* Makes a message with `size` zeroed bytes of payload. NULL without memory. The caller owns it. */
struct message *message_create(enum message_kind kind, size_t size);

/* Frees the message; NULL is fine. Payloads that hold references release them through the hook of their kind first
 * (message_on_destroy). */
void message_destroy(struct message *m);

/* Names what must be released when a message of this kind is destroyed unread. At start only, before threads. */
void message_on_destroy(enum message_kind kind, void (*release)(struct message *m));

const char *message_kind_name(enum message_kind kind);

/* Messages alive now, for the conservation checks of tests and for operators. Advisory. */
int64_t message_alive(void);
