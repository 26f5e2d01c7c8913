/* Actor core: what only the runtime asks of an actor. Home worker, unless said otherwise. */
#pragma once

#include "actors/runtime/actor.h"
#include "actors/runtime/core.h"

/* A parked, unregistered actor with one reference and its state zeroed; NULL without memory. Any thread. */
struct actor *actor_create(struct worker *home, struct address address, uint8_t kind_index);
void actor_unref(struct actor *a); /* any thread */

/* The only place that changes an actor's state; asserts that the move is legal. Making it READY appends it to its
 * worker's ready queue. */
void actor_move(struct actor *a, enum actor_state to);

/* The same for what its private state is worth. */
void actor_live(struct actor *a, enum actor_life to);

/* Something waits for this actor. Makes it ready if it is parked. */
void actor_wake(struct actor *a);

/* The same for one that may also wait: what it waited for is over. */
void actor_go_on(struct actor *a);

/* Cancels all its timers, also those that have fired and were not delivered. */
void actor_drop_timers(struct actor *a);

/* The message of a timer that has fired. NULL without memory: the timer will fire again. */
struct message *actor_fired_message(struct actor *a);

/* Its record of failures, made if there is none; NULL without memory. */
struct supervision *actor_supervision(struct actor *a);

/* Notes a failure and its reason, and marks the actor as failed. The restart follows in its next run. */
void actor_note_failure(struct actor *a, const char *why);

/* Name of the state for operators. */
const char *actor_state_name(const struct actor *a);
