/* Inbox: what a person is told, wherever they are, is said in a room of this kind, by the number of the person. Contract:
 * coaching, sections 10.2 and 11.7. Any thread of the system. */
#pragma once

#include "actors/runtime/bus.h"

struct address inbox_address(int32_t person);
