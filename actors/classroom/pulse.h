/* Pulse: writes down that the server runs (table classroom.runs): a row when it starts, renewed every ten seconds and
 * once more when it is about to stop. Reports read from it when streams cannot have lived. One per server, on one
 * worker; that worker's thread only. */
#pragma once

#include "actors/part.h"

struct pulse;

extern const struct part pulse_part;

/* started_at: microseconds since 1970, not later than the first client could be served. Silent until pulse_open. NULL
 * without memory. */
struct pulse *pulse_create(struct worker *w, int64_t started_at);
void pulse_destroy(struct pulse *p); /* its database must be closed already */

/* The database is there and is ours: the run begins. Without an answer it is tried again at the next beat. */
void pulse_open(struct pulse *p);

/* The last beat: streams are about to be ended. */
void pulse_close(struct pulse *p);

/* Has everything been answered? */
bool pulse_idle(const struct pulse *p);
