/* Supervisor: what becomes of an actor that failed: a restart, a pause before the next attempt, quarantine. Home
 * worker. */
#pragma once

#include "actors/runtime/core.h"
#include "actors/runtime/supervision.h"

/* In a run of a failed actor that nothing holds: releases its state and decides what comes next by changing its life:
 * NEW, BACKOFF, QUARANTINED, or LEAVING when there is no memory to supervise it. */
void supervisor_decide(struct actor *a);

/* Has a loading or active actor do so: its next run ends what it is. False without memory, or in another life. */
bool supervisor_order(struct actor *a, enum supervision_order order);

/* The time of a pause or a quarantine is over, or an operator releases the actor: one new attempt. In another life:
 * nothing. */
void supervisor_release(struct actor *a);
