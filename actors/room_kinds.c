/* Room kinds: see room_kinds.h. */
#include "actors/room_kinds.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/room.h"

#include <stdlib.h>

#define ROOM_KIND_OPS(kind) &kind##_ops,

const struct room_ops *const room_kinds[] = { ROOM_KINDS(ROOM_KIND_OPS) NULL };

const struct room_ops *room_kind_numbered(uint16_t number)
{
    for (int i = 0; room_kinds[i]; i++)
        if (room_kinds[i]->number == number)
            return room_kinds[i];
    return NULL;
}

static bool part_prepare(const struct setup *s)
{
    enum { SECOND = 1000000000 };
    bool known = true;
    for (int i = 0; room_kinds[i]; i++) {
        room_kind_setup(room_kinds[i], (uint32_t)config.room_ring, (uint64_t)config.room_idle * SECOND,
                        (uint32_t)config.room_mailbox);
        known = known && system_add_kind(s->system, room_kinds[i]->kind);
    }
    return known;
}

/* ---- rooms that were left behind ---- */

struct search {
    struct worker *worker;
    const struct room_ops *ops;
};

static void wake(const struct search *s, int64_t id)
{
    struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
    if (!m)
        return;
    m->reply = NO_RETURN;
    bus_send(worker_system(s->worker), (struct address){ .kind = s->ops->kind, .id = id }, m);
}

static void on_left_behind(void *arg, const struct db_result *r)
{
    struct search *s = arg;
    if (r->status != DB_OK)
        log_warn("rooms that were left behind were not found", F_STR("kind", s->ops->kind->name),
                 F_STR("sqlstate", r->sqlstate));
    for (int i = 0; r->status == DB_OK && i < r->rows; i++)
        wake(s, db_int(r, i, 0));
    free(s);
}

static void search(struct worker *w, const struct room_ops *ops)
{
    const struct db_params none = { 0 };
    struct search *s = malloc(sizeof *s);
    if (s)
        *s = (struct search){ w, ops };
    if (s && db_query(db_reading(w), ops->left_behind, &none, on_left_behind, s))
        return;
    log_warn("rooms that were left behind were not looked for", F_STR("kind", ops->kind->name));
    free(s);
}

/* What a restart, or an absent database, left behind. */
static void find_left_behind(struct worker *w)
{
    for (int i = 0; worker_index(w) == 0 && room_kinds[i]; i++)
        if (room_kinds[i]->left_behind)
            search(w, room_kinds[i]);
}

static void part_database(struct worker *w, bool up)
{
    if (up)
        find_left_behind(w);
}

const struct part rooms_part = {
    .name = "rooms", .prepare = part_prepare, .start = find_left_behind, .database = part_database
};
