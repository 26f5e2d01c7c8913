/* Inbox: what a person is told in a room of their own, and what is said to it. What every room says is proto/room.h.
 * Numbers are fixed: new ones are added, old ones never given again. Contract: coaching, sections 10.2 and 11.7. Pure
 * functions, any thread. */
#pragma once

#include "proto/room.h"

/* ---- operations: X(symbol, number, name for operators). ROOM_LISTEN is asked too ---- */

#define INBOX_OPS(X)                                                                                                   \
    X(INBOX_POKE, ROOM_OF_KIND + 0,                                                                                    \
      "poke") /* answered when it is stored. caller: who pokes, and how they are called; \
                                               `data`: the row, an object with poke_id, relationship_id, sender_id,    \
                                               receiver_id, type, emoji; `text`: what is told of it, an object;        \
                                               `title`: what the person sees, the emoji or what stands for it */

enum inbox_op {
#define INBOX_OP_SYMBOL(symbol, number, name) symbol = (number),
    INBOX_OPS(INBOX_OP_SYMBOL)
#undef INBOX_OP_SYMBOL
};

/* "poke": one of the above as operators read it; NULL: it is none. */
const char *inbox_op_name(uint16_t op);

/* ---- events. A poke is durable; the greeting is what a stream is told first ---- */

#define INBOX_GREETING "connected"
#define INBOX_POKED    "emoji_poke"

/* Appends the data of the greeting. */
void inbox_put_greeting(struct buf *out, struct text user_id);

/* Appends an object with a time behind its members: what is told of a poke. `object` is written without blanks, and is not
 * empty; at: microseconds since 1970. */
void inbox_put_poke(struct buf *out, struct text object, int64_t at);
