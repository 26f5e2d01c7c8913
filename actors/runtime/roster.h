/* Roster: the actors of a worker, by kind, least recently active first. It holds one reference to each actor from the
 * first run to the end, and asks those that have been silent for their kind's idle time to leave. Own thread. */
#pragma once

#include "actors/runtime/core.h"

void roster_enter(struct actor *a);

/* The actor has just been active. */
void roster_touch(struct actor *a);

/* Takes the actor out and gives its reference back: it may be gone afterwards. */
void roster_leave(struct actor *a);

/* Fired by the worker's sweep timer: wakes the idle ones, who then leave at the end of that run if nothing has come. */
void roster_sweep(struct timer *t);
