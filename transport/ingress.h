/* Ingress: the pinned actor of each worker through which rooms answer requests and reach streams. */
#pragma once

#include "actors/part.h"

extern const struct part ingress_part;

/* Queue: its mailbox. A full one loses answers (their requests run into their time limit) and makes persistence cut
 * this worker's streams (they resume). */
const struct actor_kind *ingress_kind(void);
