/* Inbox: what a start asks of it. People's rooms are made by the messages to them. */
#include "actors/part.h"
#include "actors/inbox/inbox.h"
#include "proto/config/config.h"

enum { SECOND = 1000000000 };

static bool part_prepare(const struct setup *s)
{
    inbox_setup((uint32_t)config.room_ring, (uint64_t)config.room_idle * SECOND, (uint32_t)config.room_mailbox);
    return system_add_kind(s->system, inbox_kind());
}

const struct part inbox_part = { .name = "inbox", .prepare = part_prepare };
