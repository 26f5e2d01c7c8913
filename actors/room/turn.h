/* Turn: what a room said while it handled one message: rows for the database, and messages for those who wait or
 * listen. Everything leaves after the rows have committed, and behind everything the room said before (design, section
 * 6). Home worker's thread only. */
#pragma once

#include "actors/room/turn_state.h"
#include "actors/runtime/bus.h"
#include "proto/errors.h"
#include "store/journal.h"

/* A turn of this actor. NULL without memory. */
struct turn *turn_begin(struct actor *actor);

/* Says m to where m->reply points, when the turn is released. Takes m; NULL marks the turn as failed. */
void turn_say(struct turn *t, struct message *m);

/* Answers a command when the turn is released, if its answer is waited for. */
void turn_answer(struct turn *t, const struct message *command, enum error why, struct text body);

/* Names the event by which the turn can be found in the database. The first call of a turn counts. */
void turn_settle_by(struct turn *t, const struct statement *st, int64_t id, int64_t seq);

/* Notes a durable event, which operators see when the turn is released. */
void turn_note(struct turn *t, const struct recent_event *e);

/* Hands the turn to the worker's persistence; it is released, or refused, from there. A failed turn makes the actor
 * fail. One that says and writes nothing ends here. */
void turn_end(struct turn *t);

/* For persistence: sends everything said and frees the turn; or answers every waiting request with `why` and frees it.
 */
void turn_release(struct turn *t);
void turn_refuse(struct turn *t, enum error why);
