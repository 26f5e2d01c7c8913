/* Chat: what is said in a conversation with the tutor and to it: its operations, what they say besides, its events. What
 * every room says is proto/room.h. Numbers are fixed: new ones are added, old ones never given again. Contract: practice,
 * section 7. Pure functions, any thread. */
#pragma once

#include "proto/room.h"

/* ---- operations: X(symbol, number, name for operators). ROOM_LISTEN and ROOM_END are asked too ---- */

#define CHAT_OPS(X)                                                                                                    \
    X(CHAT_SAY, ROOM_OF_KIND + 0, "say") /* answered when the message is stored; `data`: its metadata, an object */    \
    X(CHAT_AWAIT, ROOM_OF_KIND + 1, "await") /* answered when a message has its reply, at once if it has */

enum chat_op {
#define CHAT_OP_SYMBOL(symbol, number, name) symbol = (number),
    CHAT_OPS(CHAT_OP_SYMBOL)
#undef CHAT_OP_SYMBOL
};

/* "say": one of the above as operators read it; NULL: it is none. */
const char *chat_op_name(uint16_t op);

/* What AWAIT says besides: room_command.more. */
struct chat_await {
    int32_t message; /* whose reply */
};

/* ---- events. `message` and `ended` are durable; `delta`, a piece of the reply that is being written, is never stored ---- */

#define CHAT_MESSAGE "message"
#define CHAT_DELTA   "delta"
#define CHAT_ENDED   "ended"

struct chat_message {
    int32_t id, session;
    bool reply; /* the tutor's; else the student's */
    struct text content;
    struct text metadata; /* an object; absent: an empty one */
    int64_t at;           /* microseconds since 1970 */
};

/* "assistant" or "user". */
const char *chat_role(bool reply);

/* Appends a message as clients get it; `type`: the event's, NULL: none. */
void chat_put_message(struct buf *out, const char *type, const struct chat_message *m);

/* The id of one that was written so; 0: it was not. */
int32_t chat_message_id(struct text message);

/* Appends the data of a delta. */
void chat_put_delta(struct buf *out, struct text piece);
