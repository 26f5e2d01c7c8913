/* Classroom: what a start asks of it. Rooms themselves are made by the messages to them. */
#include "actors/classroom/classroom.h"
#include "proto/config/config.h"

enum { SECOND = 1000000000 };

static bool part_prepare(const struct setup *s)
{
    classroom_setup((uint64_t)config.presence_grace * SECOND, (uint32_t)config.room_people);
    return true;
}

static const struct queue_row queues[] = {
    { "room_ring", "a room's ring of recent events", "`room-ring` events, 1 MiB",
      "the oldest is forgotten; the log has it", "the room's own people, `budget-actions` each", NULL },
    { "people", "people of a class, who has left it too", "`room-people`",
      "newcomers get `SESSION_FULL` (403), but for its creator", "whoever may join, once each", NULL },
    { "hands", "raised hands named in one event", "256", "`hands_more` says how many more; the snapshot names all",
      "the class's own people", NULL },
    { 0 },
};

const struct part classroom_part = {
    .name = "classroom",
    .prepare = part_prepare,
    .queues = queues,
};
