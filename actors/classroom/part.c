/* Classroom: what a start and an absent database ask of it. Rooms themselves are made by the messages to them. */
#include "actors/classroom/classroom.h"
#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/room.h"
#include "store/statements.h"

enum { SECOND = 1000000000 };

static bool part_prepare(const struct setup *s)
{
    classroom_setup((uint32_t)config.room_ring, (uint64_t)config.room_idle * SECOND,
                    (uint64_t)config.presence_grace * SECOND, (uint32_t)config.room_mailbox);
    return system_add_kind(s->system, classroom_kind());
}

/* Rooms in which somebody counted as connected are woken, so that those who do not come back are seen to have left. */
static void on_left_behind(void *arg, const struct db_result *r)
{
    struct system *s = worker_system(arg);
    if (r->status != DB_OK)
        log_warn("rooms with people left behind were not found", F_STR("sqlstate", r->sqlstate));
    for (int i = 0; r->status == DB_OK && i < r->rows; i++) {
        struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
        if (!m)
            return;
        m->reply = NO_RETURN;
        bus_send(s, classroom_address((int32_t)db_int(r, i, CLASSROOM_LEFT_BEHIND_SESSION_ID)), m);
    }
}

/* What a restart, or an absent database, left behind. */
static void find_left_behind(struct worker *w)
{
    struct db_params none = { 0 };
    if (worker_index(w) == 0 && !db_query(db_reading(w), &CLASSROOM_LEFT_BEHIND, &none, on_left_behind, w))
        log_warn("rooms with people left behind were not looked for");
}

static void part_database(struct worker *w, bool up)
{
    if (up)
        find_left_behind(w);
}

static const struct queue_row queues[] = {
    { "room_ring", "a room's ring of recent events", "`room-ring` events, 1 MiB",
      "the oldest is forgotten; the log has it", NULL },
    { "hands", "raised hands named in one event", "256", "`hands_more` says how many more; the snapshot names all",
      NULL },
    { 0 },
};

const struct part classroom_part = {
    .name = "classroom",
    .prepare = part_prepare,
    .start = find_left_behind,
    .database = part_database,
    .queues = queues,
};
