/* Coaching: what is said in a session and to it: its operation, what that says besides, its events. What every room says
 * is proto/room.h. Numbers are fixed: new ones are added, old ones never given again. Contract: coaching, section 11.
 * Pure functions, any thread. */
#pragma once

#include "proto/room.h"

/* ---- operations: X(symbol, number, name for operators). ROOM_LISTEN and ROOM_END are asked too ---- */

#define COACHING_OPS(X) X(COACHING_FRAME, ROOM_OF_KIND + 0, "frame") /* what a device has measured */

enum coaching_op {
#define COACHING_OP_SYMBOL(symbol, number, name) symbol = (number),
    COACHING_OPS(COACHING_OP_SYMBOL)
#undef COACHING_OP_SYMBOL
};

/* "frame": one of the above as operators read it; NULL: it is none. */
const char *coaching_op_name(uint16_t op);

/* What FRAME says besides: room_command.more. It is answered by nothing but nudges; who is refused hears why, if an
 * answer is waited for. */
struct coaching_frame {
    int64_t timestamp_ms;
    double speaking_rate; /* words per second */
    double overlap_ratio; /* share of the last second in which both spoke */
};

/* ---- events. Nudges and the end are durable; the state is told whenever somebody comes, and never stored ---- */

#define COACHING_STATE "server.session_state"
#define COACHING_NUDGE "server.nudge"
#define COACHING_ENDED "ended" /* clients are told by the end of their sockets */

struct coaching_nudge {
    const char *type; /* static, as the message */
    int intensity;    /* 1 to 3 */
    const char *message;
};

/* Appends what a nudge says: the payload of its event, and what is stored of it. */
void coaching_put_nudge(struct buf *out, const struct coaching_nudge *nudge);

/* Appends the data of an event as clients get it: {"type":…,"sid":…,"payload":…}. */
void coaching_put_event(struct buf *out, const char *type, struct text sid, struct text payload);
