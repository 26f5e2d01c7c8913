/* Room kinds: the list of them. A new kind of room is its folder and a line here: it has <kind>_ops (room.h), and what
 * its start asks, <kind>_part (part.h). */
#pragma once

#include "actors/part.h"
#include "actors/room/room.h"

/* The first is meant where no kind is named. */
#define ROOM_KINDS(X) X(classroom) X(chat) X(coaching) X(inbox)

#define ROOM_KIND(kind)                                                                                                \
    extern const struct room_ops kind##_ops;                                                                           \
    extern const struct part kind##_part;
ROOM_KINDS(ROOM_KIND)
#undef ROOM_KIND

extern const struct room_ops *const room_kinds[]; /* ended by NULL */

/* Wakes the rooms that were left behind (room.h). */
extern const struct part rooms_part;

/* That of this number; NULL: there is none. */
const struct room_ops *room_kind_numbered(uint16_t number);
