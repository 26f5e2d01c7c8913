/* Admin, rooms: the rooms in memory, who is in them, what was said lately, and the two things an operator may do
 * to one. What changes a room goes through its mailbox as anybody's command does, and is as durable. */
#include "transport/admin/command.h"

#include "actors/room_kinds.h"
#include "transport/admin/ask.h"
#include "transport/admin/ranking.h"
#include "transport/asks.h"

/* ---- rooms ---- */

struct row {
    const char *kind;
    struct room_glance glance;
    int64_t room;
    uint32_t ring, depth;
    uint64_t messages, cpu_ns, memory;
};

static void put_room(const void *item, struct json *out)
{
    const struct row *r = item;
    json_begin_object(out, NULL);
    json_int(out, "room", r->room);
    json_str(out, "kind", r->kind);
    json_bool(out, "active", r->glance.active);
    json_int(out, "creator", r->glance.creator);
    json_int(out, "streams", r->glance.streams);
    json_int(out, "present", r->glance.present);
    json_int(out, "people", r->glance.people);
    json_int(out, "seq", r->glance.seq);
    json_int(out, "ring", r->ring);
    json_int(out, "depth", r->depth);
    json_int(out, "messages", (int64_t)r->messages);
    json_int(out, "cpu_us", (int64_t)(r->cpu_ns / 1000));
    json_int(out, "memory_bytes", (int64_t)r->memory);
    json_end_object(out);
}

static int64_t by_streams(const struct row *r)
{
    return r->glance.streams;
}

static int64_t by_events(const struct row *r)
{
    return r->glance.seq;
}

static int64_t by_mailbox(const struct row *r)
{
    return r->depth;
}

static int64_t by_cpu(const struct row *r)
{
    return (int64_t)r->cpu_ns;
}

static int64_t by_memory(const struct row *r)
{
    return (int64_t)r->memory;
}

static const struct order {
    const char *name;
    int64_t (*key)(const struct row *r);
} orders[] = { { "streams", by_streams }, { "events", by_events }, { "mailbox", by_mailbox },
               { "cpu", by_cpu },         { "memory", by_memory }, {} };

struct wanted {
    const struct order *order;
    size_t most;
};

struct listing {
    const struct wanted *wanted;
    struct ranking ranking;
};

static struct row row_of(const struct room_ops *ops, const struct actor_info *info)
{
    return (struct row){ .kind = info->address.kind->name,
                         .glance = ops->glance(info->actor),
                         .room = info->address.id,
                         .ring = room_of(info->actor)->listeners.ring_n,
                         .depth = info->depth,
                         .messages = info->messages,
                         .cpu_ns = info->cpu_ns,
                         .memory = info->memory };
}

static void list_room(const struct actor_info *info, void *arg)
{
    struct listing *l = arg;
    const struct room_ops *ops = room_ops_at(info);
    if (!ops)
        return;
    struct row row = row_of(ops, info);
    ranking_offer(&l->ranking, l->wanted->order->key(&row), &row);
}

static void see_rooms(struct worker *w, const void *question, struct buf *answer)
{
    struct listing l = { .wanted = question };
    (void)ranking_init(&l.ranking, l.wanted->most, sizeof(struct row)); /* without memory: all are left off */
    worker_actors(w, list_room, &l);
    ranking_answer(&l.ranking, put_room, answer);
    ranking_fini(&l.ranking);
}

static bool rooms(const struct admin_call *call, struct json *data, struct buf *why)
{
    const char *by = admin_option(call, "--by");
    struct wanted wanted = { .order = orders };
    int64_t most;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &most, why))
        return false;
    while (by && strcmp(by, wanted.order->name))
        wanted.order++;
    wanted.most = (size_t)most;
    ask_ranked(call, see_rooms, &wanted, sizeof wanted, wanted.most, data);
    return true;
}

/* ---- room ID, its members, its events ---- */

bool admin_read_room(const struct admin_call *call, const char *text, struct address *ret, struct buf *why)
{
    int64_t id;
    if (strchr(text, '/') && admin_read_address(call->system, text, ret) && ret->kind->room)
        return true;
    if (!admin_read_number("a room", text, 1, INT32_MAX, &id, why))
        return false;
    *ret = (struct address){ .kind = room_kinds[0]->kind, .id = id };
    return true;
}

struct look {
    struct address room;
    uint32_t most;
    bool viewer;
    /* Writes one JSON value; returns how many rows are left off. */
    uint32_t (*put)(const struct room_ops *ops, const struct actor_info *info, const struct look *look,
                    struct json *out);
};

struct looking {
    const struct look *look;
    struct buf *answer;
};

static uint32_t put_one(const struct room_ops *ops, const struct actor_info *info, const struct look *look,
                        struct json *out)
{
    struct row row = row_of(ops, info);
    put_room(&row, out);
    return 0;
}

static uint32_t put_members(const struct room_ops *ops, const struct actor_info *info, const struct look *look,
                            struct json *out)
{
    json_begin_array(out, NULL);
    uint32_t left = ops->members(info->actor, look->most, out);
    json_end_array(out);
    return left;
}

/* What people say to each other is not for viewers. */
static uint32_t put_events(const struct room_ops *ops, const struct actor_info *info, const struct look *look,
                           struct json *out)
{
    json_begin_array(out, NULL);
    uint32_t left = room_recent(&room_of(info->actor)->listeners, look->most, !look->viewer, out);
    json_end_array(out);
    return left;
}

/* The number of rows left off stands behind the value, since that comes first. */
static void look_at(const struct actor_info *info, void *arg)
{
    const struct looking *l = arg;
    const struct room_ops *ops = room_ops_at(info);
    struct json out = json_into(l->answer);
    if (!ops)
        return;
    uint32_t left = l->look->put(ops, info, l->look, &out);
    buf_put(l->answer, &left, sizeof left);
}

static void see_room(struct worker *w, const void *question, struct buf *answer)
{
    struct looking l = { question, answer };
    (void)worker_look(w, l.look->room, look_at, &l);
}

static int home_of(const struct admin_call *call, struct address room)
{
    return worker_index(system_home(call->system, room));
}

static bool look(const struct admin_call *call, struct look *look, struct json *data, struct buf *why)
{
    struct survey_answer answer = { 0 };
    int64_t most;
    if (!admin_read_room(call, call->args[0], &look->room, why) ||
        !admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &most, why))
        return false;
    look->most = (uint32_t)most;
    look->viewer = call->caller.viewer;
    bool told = ask_one(call, home_of(call, look->room), see_room, look, sizeof *look, &answer, why);
    bool found = told && answer.text.n;
    if (found) {
        uint32_t left;
        size_t n = answer.text.n - sizeof left;
        memcpy(&left, answer.text.p + n, sizeof left);
        json_raw(data, NULL, (struct text){ answer.text.p, n });
        ask_left_off(call, left);
    } else if (told)
        buf_printf(why, "room %.40s is not in memory", call->args[0]);
    survey_free(&answer, 1);
    return found;
}

static bool room(const struct admin_call *call, struct json *data, struct buf *why)
{
    return look(call, &(struct look){ .put = put_one }, data, why);
}

static bool members(const struct admin_call *call, struct json *data, struct buf *why)
{
    return look(call, &(struct look){ .put = put_members }, data, why);
}

static bool events(const struct admin_call *call, struct json *data, struct buf *why)
{
    return look(call, &(struct look){ .put = put_events }, data, why);
}

/* ---- commands to a room ---- */

struct order_to_room {
    struct address room;
    int32_t target;
    enum room_op op;
};

/* '+' or '-' and what it is called. */
static void on_obeyed(void *arg, enum error why, struct message *answer)
{
    struct buf text = { 0 };
    buf_putc(&text, why ? '-' : '+');
    if (why)
        buf_puts(&text, error_detail(why));
    survey_finish(arg, text);
}

static void start_order(struct worker *w, const void *question, struct survey_slot *slot)
{
    struct order_to_room o;
    memcpy(&o, question, sizeof o);
    const struct room_command said = { .op = o.op, .by_operator = true, .target = o.target };
    if (!asks_plain(w, o.room, &said, on_obeyed, slot))
        on_obeyed(slot, ERROR_OVERLOADED, NULL);
}

static bool command(const struct admin_call *call, enum room_op op, struct json *data, struct buf *why)
{
    struct survey_answer answer = { 0 };
    struct order_to_room o = { .op = op };
    int64_t target = 0;
    if (!admin_read_room(call, call->args[0], &o.room, why) ||
        (call->nargs > 1 && !admin_read_number("a participant", call->args[1], 1, INT32_MAX, &target, why)))
        return false;
    o.target = (int32_t)target;
    bool told = ask_later(call, home_of(call, o.room), start_order, &o, sizeof o, &answer, why);
    bool done = told && *answer.text.p == '+';
    if (done) {
        json_begin_object(data, NULL);
        json_int(data, "room", o.room.id);
        if (target)
            json_int(data, "participant", target);
        json_bool(data, "done", true);
        json_end_object(data);
    } else if (told)
        buf_put(why, answer.text.p + 1, answer.text.n - 1);
    survey_free(&answer, 1);
    return done;
}

static bool close_room(const struct admin_call *call, struct json *data, struct buf *why)
{
    return command(call, ROOM_END, data, why);
}

static bool kick(const struct admin_call *call, struct json *data, struct buf *why)
{
    return command(call, ROOM_KICK, data, why);
}

#define ROOM_GIVES                                                                                                     \
    "{\"room\":1,\"kind\":\"\",\"active\":true,\"creator-\":1,\"streams\":1,\"present\":1,\"people-\":1,"              \
    "\"seq\":1,\"ring-\":1,\"depth\":1,\"messages-\":1,\"cpu_us\":1,\"memory_bytes\":1}"
#define ROOMS_GIVES "[" ROOM_GIVES "]"

#define DONE_GIVES "{\"room\":1,\"participant-\":1,\"done\":true}"

const struct admin_command admin_rooms[] = {
    { "rooms", "[--top N] [--by streams|events|mailbox|cpu|memory]", "the rooms in memory, most streams first", false,
      ROOMS_GIVES, rooms },
    { "room", "ID", "one of them", false, ROOM_GIVES, room },
    { "room", "ID members [--top N]", "everybody who has been in it", false,
      "[{\"participant_id\":1,\"user_id\":1,\"name\":\"\",\"is_teacher-\":true,\"present\":true,"
      "\"streams\":1,\"muted-\":true,\"hand_raised-\":true,\"kicked\":true,\"joined_at?-\":\"\"}]",
      members },
    { "room", "ID events [--top N]", "its recent events that are still in memory; what they say not for viewers", false,
      "[{\"seq\":1,\"event?\":\"\",\"bytes\":1,\"data?-\":{}}]", events },
    { "room", "ID close", "ends the session, as its creator can", true, DONE_GIVES, close_room },
    { "room", "ID kick PARTICIPANT", "removes somebody, as its creator can", true, DONE_GIVES, kick },
    { 0 },
};
