/* The whole room at once: read from the database, given up, and as the snapshot for a new stream. */
#include "actors/classroom/state.h"

#include "store/statements.h"

#include <stdlib.h>

/* The participant's columns of one row of CLASSROOM_LOAD. */
static bool read_person(struct classroom *room, const struct db_result *r, int row)
{
    struct room_person who = { (int32_t)db_int(r, row, CLASSROOM_LOAD_USER_ID),
                               text_is(db_text(r, row, CLASSROOM_LOAD_ROLE), "teacher"),
                               db_text(r, row, CLASSROOM_LOAD_NAME) };
    struct person *p = person_add(room, (int32_t)db_int(r, row, CLASSROOM_LOAD_PARTICIPANT_ID), &who,
                                  db_stamp(r, row, CLASSROOM_LOAD_JOINED_AT));
    if (!p)
        return false;
    p->muted = db_bool(r, row, CLASSROOM_LOAD_IS_MUTED);
    p->kicked = db_bool(r, row, CLASSROOM_LOAD_IS_KICKED);
    if (!db_null(r, row, CLASSROOM_LOAD_HAND_RAISED_AT))
        hands_raise(room, p, db_stamp(r, row, CLASSROOM_LOAD_HAND_RAISED_AT));
    p->was_connected = db_bool(r, row, CLASSROOM_LOAD_IS_CONNECTED);
    p->left_at = db_stamp(r, row, CLASSROOM_LOAD_LEFT_AT);
    p->present = !p->left_at && !p->kicked;
    return true;
}

bool classroom_read(struct classroom *room, const struct db_result *r)
{
    room->active = db_bool(r, 0, CLASSROOM_LOAD_IS_ACTIVE);
    room->creator = (int32_t)db_int(r, 0, CLASSROOM_LOAD_CREATED_BY);
    room->base.epoch = (int32_t)db_int(r, 0, CLASSROOM_LOAD_EPOCH);
    room->base.seq = db_int(r, 0, CLASSROOM_LOAD_SEQ);
    room->base.last_at = db_stamp(r, 0, CLASSROOM_LOAD_LAST);
    for (int row = 0; row < r->rows; row++)
        if (!db_null(r, row, CLASSROOM_LOAD_PARTICIPANT_ID) && !read_person(room, r, row))
            return false;
    return class_read_playback(room, r);
}

void classroom_clear(struct classroom *room)
{
    for (uint32_t i = 0; i < room->npeople; i++)
        free(room->people[i].name);
    free(room->people);
    idmap_fini(&room->by_user);
    idmap_fini(&room->by_id);
    playback_fini(&room->playback);
    *room = (struct classroom){ .base = room->base };
}

void classroom_snapshot(const struct classroom *room, int32_t own, struct buf *out)
{
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    json_str(&j, "type", "session_state");
    json_int(&j, "participant_id", own);
    json_begin_object(&j, "participants");
    for (uint32_t i = 0; i < room->npeople; i++) {
        const struct person *p = &room->people[i];
        if (!p->present)
            continue;
        json_key_int(&j, p->id);
        json_begin_object(&j, NULL);
        json_int(&j, "user_id", p->user);
        json_str(&j, "name", p->name);
        json_bool(&j, "is_muted", p->muted);
        json_bool(&j, "raised_hand", p->hand.at != 0);
        json_time(&j, "hand_raised_at", p->hand.at);
        json_bool(&j, "is_teacher", p->teacher);
        json_end_object(&j);
    }
    json_end_object(&j);
    hands_put(room, &j);
    class_put_playback(room, "playback", true, &j);
    json_end_object(&j);
}
