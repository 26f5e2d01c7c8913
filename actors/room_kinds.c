/* Room kinds: see room_kinds.h. */
#include "actors/room_kinds.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/room.h"

#define ROOM_KIND_OPS(kind) &kind##_ops,

const struct room_ops *const room_kinds[] = { ROOM_KINDS(ROOM_KIND_OPS) NULL };

const struct room_ops *room_kind_numbered(uint16_t number)
{
    for (int i = 0; room_kinds[i]; i++)
        if (room_kinds[i]->number == number)
            return room_kinds[i];
    return NULL;
}

/* ---- rooms that were left behind ---- */

static void on_left_behind(void *arg, const struct db_result *r)
{
    const struct room_ops *ops = arg;
    if (r->status != DB_OK)
        log_warn("rooms that were left behind were not found", F_STR("kind", ops->kind->name),
                 F_STR("sqlstate", r->sqlstate));
    for (int i = 0; r->status == DB_OK && i < r->rows; i++) {
        struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
        if (!m)
            return;
        m->reply = NO_RETURN;
        bus_send(worker_system(worker_current()), (struct address){ ops->kind, db_int(r, i, 0) }, m);
    }
}

/* What a restart, or an absent database, left behind. */
static void find_left_behind(struct worker *w)
{
    const struct db_params none = { 0 };
    for (int i = 0; worker_index(w) == 0 && room_kinds[i]; i++) {
        const struct statement *st = room_kinds[i]->left_behind;
        if (st && !db_query(db_reading(w), st, &none, on_left_behind, (void *)room_kinds[i]))
            log_warn("rooms that were left behind were not looked for", F_STR("kind", room_kinds[i]->kind->name));
    }
}

static void part_database(struct worker *w, bool up)
{
    if (up)
        find_left_behind(w);
}

const struct part rooms_part = { .name = "rooms", .start = find_left_behind, .database = part_database };
