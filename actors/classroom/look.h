/* What operators see of a classroom, and how its events are read from the log: see actors/room/room.h. */
#pragma once

#include "actors/room/room.h"

extern const struct room_ops classroom_ops;

/* What may be told of a message to it, for traces: that of room_told, and who has left. */
void classroom_tell(const struct actor *self, const struct message *m, struct message_told *ret);
