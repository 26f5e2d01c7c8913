/* Classroom: the actor of one live session (classroom contract). Its state is a function of the database's rows and the
 * commands since; it knows no HTTP, no SQL text and no clock of its own. */
#pragma once

#include "actors/part.h"

extern const struct part classroom_part;

/* Messages: ROOM_COMMAND (answered by ROOM_ANSWER, or ROOM_JOINED for ROOM_LISTEN), ROOM_LEAVE, ROOM_WAKE. */
const struct actor_kind *classroom_kind(void);

/* Ring size, idle time and presence grace come from the configuration; before the first room is activated. */
void classroom_setup(uint32_t ring, uint64_t idle_ns, uint64_t grace_ns, uint32_t mailbox, uint32_t people);

/* The address of a session's room. */
struct address classroom_address(int32_t session_id);
