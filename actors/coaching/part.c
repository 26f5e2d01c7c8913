/* Coaching: what a start asks of it. Sessions' rooms are made by the messages to them. */
#include "actors/part.h"
#include "actors/coaching/coaching.h"
#include "proto/config/config.h"

enum { SECOND = 1000000000 };

static bool part_prepare(const struct setup *s)
{
    coaching_setup((uint32_t)config.room_ring, (uint64_t)config.room_idle * SECOND, (uint32_t)config.room_mailbox);
    return system_add_kind(s->system, coaching_kind());
}

const struct part coaching_part = { .name = "coaching", .prepare = part_prepare };
