/* Sim laws: what must hold when everything is at rest, whatever happened before. */
#include "tests/sim/sim_ingress_help.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

void sim_check(struct sim *sim)
{
    const char *store = fake_store_broken(sim->store);
    if (store)
        fail_msg("seed %llu: %s", (unsigned long long)sim->options.seed, store);
    if (sim->broken.n)
        fail_msg("seed %llu: %s", (unsigned long long)sim->options.seed, sim->broken.p);
}

/* ---- answers ---- */

/* In doubt: nobody was told, or told to try again. */
static bool in_doubt(const struct sim_ask *a)
{
    return !a->answered || a->why == ERROR_UNAVAILABLE || a->why == ERROR_OVERLOADED || a->why == ERROR_INTERNAL;
}

static void check_ask(struct sim *sim, int at)
{
    const struct sim_ask *a = &sim->asks[at];
    if (!a->answered && a->life == sim->life)
        sim_break(sim, "question %d (op %d by user %d in room %d) was never answered", at, a->op, a->user, a->room);
    if (!*a->text)
        return;
    int chats = fake_store_chats(sim->store, a->room, a->text),
        logs = fake_store_chat_logs(sim->store, a->room, a->text);
    int least = a->answered && !a->why, most = least || in_doubt(a);
    if (chats < least || chats > most || logs != chats)
        sim_break(sim, "chat \"%s\" in room %d, answered %s: %d rows of chat, %d of the log", a->text, a->room,
                  a->answered ? error_name(a->why) : "never", chats, logs);
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

static int open_streams(const struct sim *sim, int32_t room, int32_t user)
{
    int n = 0;
    for (const struct sim_stream *s = sim->streams; s; s = s->next)
        n += s->state == SIM_OPEN && s->life == sim->life && s->client->room == room &&
             (!user || s->client->user == user);
    return n;
}

static void check_person(struct sim *sim, int32_t room, const json_t *p)
{
    int32_t user = (int32_t)whole(p, "user_id");
    const struct fake_person *row = fake_store_person(sim->store, room, user);
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
    if (whole(p, "streams") != open_streams(sim, room, user))
        sim_break(sim, "room %d: user %d has %d streams in memory, %d in truth", room, user, (int)whole(p, "streams"),
                  open_streams(sim, room, user));
}

/* ---- playback ---- */

/* Events of one instant are given rising times, microseconds apart, which a position must not show. */
static bool same_position(double a, double b)
{
    return fabs(a - b) < 1e-6 * (1 + fabs(b));
}

static void check_playback(struct sim *sim, const char *what, int32_t room, const json_t *record)
{
    struct fake_playback row = fake_store_playback(sim->store, room);
    const char *status = json_string_value(json_object_get(record, "status"));
    double position = json_number_value(json_object_get(record, "position")),
           law = fake_store_position(sim->store, room, sim_wall(sim->system));
    if (!status || strcmp(status, row.status ? row.status : "stopped") != 0 || whole(record, "audio_id") != row.audio ||
        json_number_value(json_object_get(record, "speed")) != (row.status ? row.speed : 1))
        sim_break(sim, "%s of room %d tells another playback than the tables", what, room);
    if (!same_position(position, law))
        sim_break(sim, "%s of room %d is at %.7f, the law says %.7f", what, room, position, law);
}

void sim_check_snapshot(struct sim *sim, const struct sim_client *c)
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
    return sim_real_after(text_of(json), "position");
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
        const struct fake_person *p = fake_store_person_with_id(sim->store, id);
        buf_printf(&told, "%s%s", i ? " " : "", p ? fake_store_user_name(sim->store, p->user) : "?");
    }
    fake_store_hands(sim->store, room, &law);
    if (!text_equal(buf_view(&told), buf_view(&law)))
        sim_break(sim, "the hands of room %d are \"%.*s\", in the tables \"%.*s\"", room, (int)told.n,
                  told.n ? told.p : "", (int)law.n, law.n ? law.p : "");
    buf_fini(&told);
    buf_fini(&law);
}

/* Whoever listens knows the queue. */
static void check_known_hands(struct sim *sim, const struct sim_client *c)
{
    struct buf law = { 0 };
    fake_store_hands(sim->store, c->room, &law);
    if (!text_equal(buf_view(&c->hands), buf_view(&law)))
        sim_break(sim, "%s in room %d knows the hands \"%.*s\", in the tables they are \"%.*s\"", c->name, c->room,
                  (int)c->hands.n, c->hands.n ? c->hands.p : "", (int)law.n, law.n ? law.p : "");
    buf_fini(&law);
}

/* ... and of everybody who is there, what is up. */
static void check_known_flags(struct sim *sim, struct sim_client *c)
{
    for (int32_t user = 1; strcmp(fake_store_user_name(sim->store, user), "nobody"); user++) {
        const struct fake_person *row = fake_store_person(sim->store, c->room, user);
        if (!row || row->left || row->kicked)
            continue;
        const struct sim_shown *p = sim_shown_of(c, row->id);
        if (p->muted != row->muted || p->hand != (row->hand != 0))
            sim_break(sim, "%s in room %d shows %s %smuted and %s a hand, which is not so", c->name, c->room,
                      fake_store_user_name(sim->store, user), p->muted ? "" : "un", p->hand ? "with" : "without");
    }
}

/* ---- a whole room ---- */

static void check_room(struct sim *sim, int32_t id)
{
    struct buf b = { 0 };
    struct worker *home = system_home(sim->system, classroom_address(id));
    bool there = worker_describe(home, classroom_address(id), &b);
    json_t *room = there ? json_loadb(b.p, b.n, 0, NULL) : NULL;
    buf_fini(&b);
    if (!there && open_streams(sim, id, 0))
        sim_break(sim, "room %d has left memory while %d streams are open", id, open_streams(sim, id, 0));
    json_t *state = json_object_get(room, "detail");
    if (!there || !json_object_get(state, "session_id")) {
        json_decref(room);
        return;
    }
    json_t *people = json_object_get(state, "people");
    if (whole(state, "seq") != fake_store_seq(sim->store, id))
        sim_break(sim, "room %d is at event %lld, its log at %lld", id, (long long)whole(state, "seq"),
                  (long long)fake_store_seq(sim->store, id));
    if (flag(state, "is_active") != fake_store_active(sim->store, id))
        sim_break(sim, "room %d thinks otherwise of its end than the tables", id);
    if ((int)json_array_size(people) != fake_store_people(sim->store, id))
        sim_break(sim, "room %d knows %d people, the tables %d", id, (int)json_array_size(people),
                  fake_store_people(sim->store, id));
    for (size_t i = 0; i < json_array_size(people); i++)
        check_person(sim, id, json_array_get(people, i));
    check_hands(sim, id, json_object_get(state, "hands"));
    check_playback(sim, "the state", id, json_object_get(state, "playback"));
    json_decref(room);
}

/* An invite and its pushes are written together or not at all. */
static void check_invites(struct sim *sim, int32_t id)
{
    int rows = fake_store_invites(sim->store, id), logs = fake_store_logs(sim->store, id, 1, "participant_invited");
    if (rows != logs)
        sim_break(sim, "room %d has logged %d invites and queued pushes for %d", id, logs, rows);
}

/* ---- streams ---- */

static void check_stream(struct sim *sim, const struct sim_stream *s)
{
    if (s->life != sim->life || s->state == SIM_CLOSED)
        return;
    if (s->state != SIM_OPEN)
        sim_break(sim, "%s in room %d was never let in", s->client->name, s->client->room);
    else if (s->place != fake_store_seq(sim->store, s->client->room))
        sim_break(sim, "%s in room %d has an open stream at event %lld, the log is at %lld", s->client->name,
                  s->client->room, (long long)s->place, (long long)fake_store_seq(sim->store, s->client->room));
    else {
        check_known_hands(sim, s->client);
        check_known_flags(sim, s->client);
    }
}

void sim_check_rest(struct sim *sim)
{
    for (int i = 0; i < sim->nasks; i++)
        check_ask(sim, i);
    for (const struct sim_stream *s = sim->streams; s; s = s->next)
        check_stream(sim, s);
    for (int32_t id = 1; id <= fake_store_sessions(sim->store); id++) {
        check_room(sim, id);
        check_invites(sim, id);
    }
    for (int i = 0; i < sim->options.workers; i++)
        if (!persistence_idle(worker_service(system_worker(sim->system, i), SERVICE_PERSISTENCE)))
            sim_break(sim, "worker %d still has something to commit", i);
    sim_check(sim);
}

uint64_t sim_digest(const struct sim *sim)
{
    uint64_t d = fake_store_digest(sim->store) ^ sim_trace(sim->system);
    for (const struct sim_client *c = sim->clients; c; c = c->next)
        d = d * 31 + c->digest;
    for (int i = 0; i < sim->nasks; i++)
        d = d * 31 + sim->asks[i].why + (sim->asks[i].answered ? 1000u : 0u);
    return d;
}
