/* Chat: a conversation between a student and the tutor is a room of this kind, by the number of its session. Contract:
 * practice, section 7. Any thread of the system. */
#pragma once

#include "actors/runtime/bus.h"

/* At start, before any thread. */
void chat_setup(uint32_t ring, uint64_t idle_ns, uint32_t mailbox);

const struct actor_kind *chat_kind(void);
struct address chat_address(int32_t session_id);
