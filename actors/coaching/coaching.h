/* Coaching: a session in which people talk is a room of this kind, by its number. Contract: coaching, sections 8.2 and 11.
 * Any thread of the system. */
#pragma once

#include "actors/runtime/bus.h"

/* At start, before any thread. */
void coaching_setup(uint32_t ring, uint64_t idle_ns, uint32_t mailbox);

const struct actor_kind *coaching_kind(void);
struct address coaching_address(int32_t number);
