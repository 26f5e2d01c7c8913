/* Chat: a conversation between a student and the tutor is a room of this kind, by the number of its session. Contract:
 * practice, section 7. Any thread of the system. */
#pragma once

#include "actors/runtime/bus.h"

struct address chat_address(int32_t session_id);
