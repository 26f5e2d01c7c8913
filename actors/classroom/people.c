/* Who is in a classroom: the people and their rows, reading them from the database, and the snapshot for a new stream.
 */
#include "actors/classroom/state.h"

#include "actors/room/ids.h"
#include "store/statements.h"

#include <stdlib.h>

struct person *person_by_user(const struct classroom *room, int32_t user)
{
    uint32_t at = idmap_get(&room->by_user, (uint64_t)user);
    return at == IDMAP_NONE ? NULL : &room->people[at];
}

struct person *person_by_id(const struct classroom *room, int32_t id)
{
    uint32_t at = id > 0 ? idmap_get(&room->by_id, (uint64_t)id) : (uint32_t)IDMAP_NONE;
    return at == IDMAP_NONE ? NULL : &room->people[at];
}

bool person_banned(const struct classroom *room, const struct person *p)
{
    return p->kicked && p->user != room->creator;
}

static bool make_room(struct classroom *room)
{
    if (room->npeople < room->cap)
        return true;
    uint32_t cap = room->cap ? room->cap * 2 : 4;
    struct person *people = realloc(room->people, cap * sizeof *people);
    if (!people)
        return false;
    room->people = people;
    room->cap = cap;
    return true;
}

struct person *person_add(struct classroom *room, int32_t id, const struct room_person *who, int64_t joined_at)
{
    char *name = make_room(room) ? strndup(who->name.p ? who->name.p : "", who->name.n) : NULL;
    if (!name)
        return NULL;
    if (!idmap_put(&room->by_user, (uint64_t)who->user, room->npeople) ||
        !idmap_put(&room->by_id, (uint64_t)id, room->npeople)) {
        idmap_remove(&room->by_user, (uint64_t)who->user);
        free(name);
        return NULL;
    }
    struct person *p = &room->people[room->npeople++];
    *p = (struct person){ .id = id, .user = who->user, .teacher = who->teacher, .joined_at = joined_at, .name = name };
    return p;
}

struct person *class_enter(struct classroom *room, struct message *m, const struct room_person *who, bool *ret_fresh,
                           enum receive *ret_receive)
{
    struct worker *w = actor_worker(room->base.actor);
    struct person *p = person_by_user(room, who->user);
    int32_t id;
    *ret_fresh = !p;
    *ret_receive = RECEIVED;
    if (p)
        return p;
    switch (ids_take(worker_ids(w), &CLASSROOM_PARTICIPANT_IDS, room->base.actor, &id)) {
    case IDS_LATER:
        *ret_receive = RECEIVE_LATER;
        return NULL;
    case IDS_AWAY:
        room_refuse(&room->base, m, ERROR_UNAVAILABLE);
        return NULL;
    case IDS_TAKEN:
        break;
    }
    p = person_add(room, id, who, worker_wall(w));
    if (!p)
        room_refuse(&room->base, m, ERROR_OVERLOADED);
    return p;
}

void person_store(const struct classroom *room, const struct person *p, struct turn *t)
{
    size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_PARTICIPANTS);
    journal_int4(&t->rows, p->id);
    journal_int4(&t->rows, room->base.id);
    journal_int4(&t->rows, p->user);
    journal_timestamp(&t->rows, p->joined_at);
    journal_timestamp(&t->rows, p->present ? 0 : p->left_at);
    journal_bool(&t->rows, p->muted);
    journal_bool(&t->rows, p->kicked);
    journal_timestamp(&t->rows, p->hand.at);
    journal_bool(&t->rows, p->streams || p->was_connected);
    journal_end(&t->rows, row);
}

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
