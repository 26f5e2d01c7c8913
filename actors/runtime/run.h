/* Run: one batch of one actor. Home worker. */
#pragma once

#include "actors/runtime/core.h"

/* Runs one batch of a READY actor. Returns the messages taken. */
uint32_t run_actor(struct actor *a);

/* Passivates and stops at once, dropping what waits: the worker closes. */
void run_close(struct actor *a);

/* Takes everything out of a mailbox and drops it. Owner, or nobody else left. */
void run_drop_all(struct actor *a);
