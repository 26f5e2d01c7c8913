/* Room kinds: see room_kinds.h. */
#include "actors/room_kinds.h"

#include "actors/classroom/look.h"

const struct room_ops *const room_kinds[] = { &classroom_ops, NULL };
