/* Room kinds: the list of them. A new kind of room is its folder and a line here. */
#pragma once

#include "actors/room/room.h"

extern const struct room_ops *const room_kinds[]; /* ended by NULL; the first is meant where no kind is named */

/* That of this number; NULL: there is none. */
const struct room_ops *room_kind_numbered(uint16_t number);
