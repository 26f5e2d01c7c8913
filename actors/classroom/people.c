/* Who is in a classroom: the people and their rows. */
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
    if (room->npeople >= room->people_most && who->user != room->creator) {
        room_refuse(&room->base, m, ERROR_SESSION_FULL);
        return NULL;
    }
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
