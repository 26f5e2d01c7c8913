/* Admin, users: a person, where they are, and the end of their tokens. */
#include "transport/admin/command.h"

#include "actors/room/room.h"
#include "proto/base/stamp.h"
#include "store/statements.h"
#include "transport/admin/ask.h"
#include "transport/people/people.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"

static bool read_user(const struct admin_call *call, struct ask_params *ret, struct buf *why)
{
    int64_t user;
    if (!admin_read_number("a user id", call->args[0], 1, INT32_MAX, &user, why))
        return false;
    *ret = (struct ask_params){ 1, { { .kind = ASK_INT4, .number = (int32_t)user } } };
    return true;
}

static bool user(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct ask_params params;
    struct buf row = { 0 };
    struct json out = json_into(&row);
    bool found = read_user(call, &params, why) && ask_database_json(call, &OPERATIONS_USER, &params, &out, why);
    if (found && row.n)
        json_raw(data, NULL, buf_view(&row));
    else if (found)
        buf_printf(why, "there is no user %.20s", call->args[0]);
    found = found && row.n;
    buf_fini(&row);
    return found;
}

/* ---- users ID sessions ---- */

struct finding {
    int32_t user;
    struct json out;
};

static void put_part(const struct actor_info *info, void *arg)
{
    struct finding *f = arg;
    const struct room_ops *ops = room_ops_at(info);
    if (!ops || !ops->part(info->actor, f->user, NULL))
        return;
    json_begin_object(&f->out, NULL);
    json_int(&f->out, "room", info->address.id);
    json_str(&f->out, "kind", info->address.kind->name);
    (void)ops->part(info->actor, f->user, &f->out);
    json_end_object(&f->out);
}

static void see_sessions(struct worker *w, const void *question, struct buf *answer)
{
    struct finding f = { .out = json_into(answer) };
    memcpy(&f.user, question, sizeof f.user);
    worker_actors(w, put_part, &f);
}

static bool sessions(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct ask_params params;
    if (!read_user(call, &params, why))
        return false;
    ask_rows(call, see_sessions, &params.list[0].number, sizeof params.list[0].number, data);
    return true;
}

/* ---- users ID revoke ---- */

struct counting {
    int32_t user;
    uint32_t rooms;
};

static void count_room(const struct actor_info *info, void *arg)
{
    struct counting *c = arg;
    const struct room_ops *ops = room_ops_at(info);
    c->rooms += ops && ops->streams_of(info->actor, c->user);
}

/* In how many rooms of this worker they listen. */
static void see_rooms(struct worker *w, const void *question, struct buf *answer)
{
    struct counting c = { 0 };
    memcpy(&c.user, question, sizeof c.user);
    worker_actors(w, count_room, &c);
    buf_put(answer, &c.rooms, sizeof c.rooms);
}

static void see_revoked(struct worker *w, const void *question, struct buf *answer)
{
    const struct transport *t = transport_of(w);
    int32_t user;
    memcpy(&user, question, sizeof user);
    people_forget(t->people, user);
    streams_end_of(t->streams, user);
}

static uint32_t count_rooms(const struct admin_call *call, int32_t user_id)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, see_rooms, &user_id, sizeof user_id, answers);
    uint32_t rooms = 0, more;
    for (int i = 0; i < n; i++)
        if (answers[i].text.n == sizeof more) {
            memcpy(&more, answers[i].text.p, sizeof more);
            rooms += more;
        }
    survey_free(answers, n);
    return rooms;
}

/* The database has it: now every worker forgets what it knew and ends the streams, before the answer says so. One that
 * is silent hears of it from the database. True if none is. */
static bool tell_workers(const struct admin_call *call, int32_t user_id)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, see_revoked, &user_id, sizeof user_id, answers);
    bool all = true;
    for (int i = 0; i < n; i++)
        all = all && answers[i].answered;
    survey_free(answers, n);
    return all;
}

static void take_name(const struct db_result *r, struct buf *answer)
{
    if (r->rows)
        buf_putc(answer, 'y');
}

static void put_revoked(const struct admin_call *call, int32_t user_id, uint32_t rooms, struct json *data)
{
    bool everywhere = tell_workers(call, user_id);
    json_begin_object(data, NULL);
    json_int(data, "user_id", user_id);
    json_bool(data, "done", true);
    json_bool(data, "everywhere", everywhere);
    json_int(data, "rooms_left", rooms);
    json_end_object(data);
}

/* The rooms are counted first: the streams begin to end as soon as the database has it. */
static bool revoke_tokens(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct ask_params params;
    struct survey_answer answer = { 0 };
    if (!read_user(call, &params, why))
        return false;
    int32_t user_id = params.list[0].number;
    uint32_t rooms = count_rooms(call, user_id);
    params.list[params.n++] = (struct ask_param){ .kind = ASK_TIME, .at = stamp_now() };
    bool done = ask_database(call, &ACCOUNT_REVOKE, &params, take_name, &answer, why);
    if (done && answer.text.n == 1) {
        buf_printf(why, "there is no user %.20s", call->args[0]);
        done = false;
    }
    survey_free(&answer, 1);
    if (done)
        put_revoked(call, user_id, rooms, data);
    return done;
}

const struct admin_command admin_users[] = {
    { "users", "ID", "a person", false,
      "{\"user_id\":1,\"name\":\"\",\"roles\":{},\"created_at\":\"\",\"tokens_from?\":\"\"}", user },
    { "users", "ID sessions", "the rooms in memory that the person has a part in", false,
      "[{\"room\":1,\"kind\":\"\",\"participant_id\":1,\"streams\":1,\"present\":true,\"muted-\":true,"
      "\"kicked-\":true}]",
      sessions },
    { "users", "ID revoke", "no token of the person's counts any more, in any area, and their streams end", true,
      "{\"user_id\":1,\"done\":true,\"everywhere\":true,\"rooms_left\":1}", revoke_tokens },
    { 0 },
};
