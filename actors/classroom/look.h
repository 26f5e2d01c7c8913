/* What operators see of a classroom, and how its events are read from the log: see actors/room/room.h. */
#pragma once

#include "actors/room/room.h"

extern const struct room_ops classroom_ops; /* classroom.c */

/* What may be told of a message to it, for traces: that of room_told, and who has left. */
void classroom_tell(const struct actor *self, const struct message *m, struct message_told *ret);

/* Rows of classroom_ops. */
struct room_glance classroom_glance(const struct actor *self);
uint32_t classroom_streams_of(const struct actor *self, int32_t user);
bool classroom_part_of(const struct actor *self, int32_t user, struct json *out);
uint32_t classroom_members(const struct actor *self, uint32_t most, struct json *out);
void classroom_event(const struct db_result *r, int row, struct room_past *past);
