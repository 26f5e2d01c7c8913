/* Classroom: the actor of one live session (classroom contract). Its state is a function of the database's rows and the
 * commands since; it knows no HTTP, no SQL text and no clock of its own. */
#pragma once

#include "actors/part.h"

extern const struct part classroom_part;

/* How long people who were there before a restart have to come back, and how many a class has room for; before the first
 * room is activated. */
void classroom_setup(uint64_t grace_ns, uint32_t people);

/* The address of a session's room. */
struct address classroom_address(int32_t session_id);
