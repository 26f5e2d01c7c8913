/* Room kinds: the list of them. A new kind of room is its folder and a word here: it has <kind>_ops (room.h), and if more is
 * asked of it at start, or told of it to operators, <kind>_part (part.h). */
#pragma once

#include "actors/part.h"
#include "actors/room/room.h"

/* The first is meant where no kind is named. */
#define ROOM_KINDS(X) X(classroom) X(chat) X(coaching) X(inbox)
#define ROOM_PARTS(X) X(classroom) X(chat) /* those that have one */

#define ROOM_KIND(kind) extern const struct room_ops kind##_ops;
#define ROOM_PART(kind) extern const struct part kind##_part;
ROOM_KINDS(ROOM_KIND)
ROOM_PARTS(ROOM_PART)
#undef ROOM_KIND
#undef ROOM_PART

extern const struct room_ops *const room_kinds[]; /* ended by NULL */

/* Makes the kinds known, and wakes the rooms that were left behind (room.h). */
extern const struct part rooms_part;

/* That of this number; NULL: there is none. */
const struct room_ops *room_kind_numbered(uint16_t number);
