/* Class laws: what must hold of a class when everything is at rest, beside what holds of every room. */
#include "class_help.h"

#include <math.h>

/* A chat is a row of its own and one of the log, both or neither. */
void class_check_ask(struct sim *sim, const struct sim_ask *a)
{
    if (!*a->mark)
        return;
    int chats = class_chats(sim->store, a->room, a->mark), logs = class_chat_logs(sim->store, a->room, a->mark);
    if (logs != chats)
        sim_break(sim, "chat \"%s\" in room %d: %d rows of chat, %d of the log", a->mark, a->room, chats, logs);
}

/* ---- rooms in memory against the tables ---- */

static bool flag(const json_t *person, const char *key)
{
    return json_is_true(json_object_get(person, key));
}

static int64_t whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void check_person(struct sim *sim, int32_t room, const json_t *p)
{
    int32_t user = (int32_t)whole(p, "user_id");
    const struct fake_person *row = class_person(sim->store, room, user);
    if (!row || row->id != whole(p, "participant_id")) {
        sim_break(sim, "room %d knows user %d, the tables do not", room, user);
        return;
    }
    if (row->muted != flag(p, "muted") || row->kicked != flag(p, "kicked") ||
        (row->hand != 0) != flag(p, "hand_raised") || (!row->left && !row->kicked) != flag(p, "present"))
        sim_break(sim, "room %d thinks otherwise of user %d than the tables", room, user);
    if (row->connected != (whole(p, "streams") > 0))
        sim_break(sim, "room %d: user %d has %d streams in memory, but is%s connected in the tables", room, user,
                  (int)whole(p, "streams"), row->connected ? "" : " not");
}

/* ---- playback ---- */

/* Events of one instant are given rising times, microseconds apart, which a position must not show. */
static bool same_position(double a, double b)
{
    return fabs(a - b) < 1e-6 * (1 + fabs(b));
}

static void check_playback(struct sim *sim, const char *what, int32_t room, const json_t *record)
{
    struct fake_playback row = class_playback(sim->store, room);
    const char *status = json_string_value(json_object_get(record, "status"));
    double position = json_number_value(json_object_get(record, "position")),
           law = class_position(sim->store, room, worker_wall(sim_worker(sim, room)));
    if (!status || strcmp(status, row.status ? row.status : "stopped") != 0 || whole(record, "audio_id") != row.audio ||
        json_number_value(json_object_get(record, "speed")) != (row.status ? row.speed : 1))
        sim_break(sim, "%s of room %d tells another playback than the tables", what, room);
    if (!same_position(position, law))
        sim_break(sim, "%s of room %d is at %.7f, the law says %.7f", what, room, position, law);
}

void class_check_let_in(struct sim *sim, const struct sim_client *c)
{
    json_t *snapshot = c->snapshot.n ? json_loads(c->snapshot.p, 0, NULL) : NULL;
    if (!snapshot)
        sim_break(sim, "%s in room %d has no snapshot", c->name, c->room);
    else
        check_playback(sim, "a snapshot", c->room, json_object_get(snapshot, "playback"));
    json_decref(snapshot);
}

static double position_in(const char *json)
{
    return class_real_after(text_of(json), "position");
}

double sim_snapshot_position(const struct sim_client *c)
{
    return c->snapshot.n ? position_in(c->snapshot.p) : NAN;
}

double sim_answered_position(struct sim *sim, const char *who)
{
    int32_t user = fake_store_user_id(sim->store, who);
    sim_play(sim);
    int at = sim->nasks - 1;
    while (at >= 0 && sim->asks[at].user != user)
        at--;
    return at >= 0 && sim->asks[at].answered ? position_in(sim->asks[at].body) : NAN;
}

/* ---- hands ---- */

static void check_hands(struct sim *sim, int32_t room, const json_t *hands)
{
    struct buf told = { 0 }, law = { 0 };
    for (size_t i = 0; i < json_array_size(hands); i++) {
        int32_t id = (int32_t)json_integer_value(json_array_get(hands, i));
        const struct fake_person *p = class_person_with_id(sim->store, id);
        buf_printf(&told, "%s%s", i ? " " : "", p ? fake_store_user_name(sim->store, p->user) : "?");
    }
    class_hands(sim->store, room, &law);
    if (!text_equal(buf_view(&told), buf_view(&law)))
        sim_break(sim, "the hands of room %d are \"%.*s\", in the tables \"%.*s\"", room, (int)told.n,
                  told.n ? told.p : "", (int)law.n, law.n ? law.p : "");
    buf_fini(&told);
    buf_fini(&law);
}

/* Whoever listens knows the queue. */
static void check_known_hands(struct sim *sim, const struct class_client *c)
{
    struct buf law = { 0 };
    class_hands(sim->store, c->base.room, &law);
    if (!text_equal(buf_view(&c->hands), buf_view(&law)))
        sim_break(sim, "%s in room %d knows the hands \"%.*s\", in the tables they are \"%.*s\"", c->base.name,
                  c->base.room, (int)c->hands.n, c->hands.n ? c->hands.p : "", (int)law.n, law.n ? law.p : "");
    buf_fini(&law);
}

/* ... and of everybody who is there, what is up. */
static void check_known_flags(struct sim *sim, struct class_client *c)
{
    for (int32_t user = 1; strcmp(fake_store_user_name(sim->store, user), "nobody"); user++) {
        const struct fake_person *row = class_person(sim->store, c->base.room, user);
        if (!row || row->left || row->kicked)
            continue;
        const struct class_shown *p = class_shown_of(c, row->id);
        if (p->muted != row->muted || p->hand != (row->hand != 0))
            sim_break(sim, "%s in room %d shows %s %smuted and %s a hand, which is not so", c->base.name, c->base.room,
                      fake_store_user_name(sim->store, user), p->muted ? "" : "un", p->hand ? "with" : "without");
    }
}

void class_check_client(struct sim *sim, struct sim_client *c)
{
    check_known_hands(sim, (struct class_client *)c);
    check_known_flags(sim, (struct class_client *)c);
}

/* ---- a whole room ---- */

void class_check_room(struct sim *sim, int32_t id)
{
    struct buf b = { 0 };
    (void)worker_describe(sim_worker(sim, id), classroom_address(id), &b);
    json_t *room = json_loadb(b.p, b.n, 0, NULL), *state = json_object_get(room, "detail");
    buf_fini(&b);
    json_t *people = json_object_get(state, "people");
    if ((int)json_array_size(people) != class_people(sim->store, id))
        sim_break(sim, "room %d knows %d people, the tables %d", id, (int)json_array_size(people),
                  class_people(sim->store, id));
    for (size_t i = 0; i < json_array_size(people); i++)
        check_person(sim, id, json_array_get(people, i));
    check_hands(sim, id, json_object_get(state, "hands"));
    check_playback(sim, "the state", id, json_object_get(state, "playback"));
    json_decref(room);
}

/* An invite and its pushes are written together or not at all. */
void class_check_tables(struct sim *sim, int32_t id)
{
    int rows = class_invites(sim->store, id), logs = class_logs(sim->store, id, 1, "participant_invited");
    if (rows != logs)
        sim_break(sim, "room %d has logged %d invites and queued pushes for %d", id, logs, rows);
}
