/* Coaching: a session in which people talk is a room of this kind, by its number. Contract: coaching, sections 8.2 and 11.
 * Any thread of the system. */
#pragma once

#include "actors/runtime/bus.h"

struct address coaching_address(int32_t number);
