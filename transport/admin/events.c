/* Admin, events: what happens in the rooms, over all workers, as it becomes durable. Each worker keeps its newest
 * events anyway (actors/room/recent.h), so nothing is switched on or off; what was said in one is looked up in its room. */
#include "transport/admin/command.h"

#include "actors/room/recent.h"
#include "actors/room_kinds.h"
#include "transport/admin/follow.h"

struct wanted {
    struct follow_from from; /* first */
    int32_t room;            /* 0: all */
    uint16_t kind;           /* of the room, its number */
    const char *type;        /* static; NULL: all */
    bool payload;
};

static int64_t at(const void *entry)
{
    return ((const struct recent_event *)entry)->at;
}

static bool wants(const void *entry, const void *question)
{
    const struct recent_event *e = entry;
    const struct wanted *wanted = question;
    return (!wanted->room || (wanted->room == e->room && wanted->kind == e->kind)) &&
           (!wanted->type || !strcmp(wanted->type, e->type));
}

/* ---- what was said ---- */

struct said {
    int64_t seq;
    struct json *out;
    bool found;
};

static void look_for(const struct actor_info *info, void *arg)
{
    struct said *said = arg;
    if (room_ops_at(info))
        said->found = room_said(&room_of(info->actor)->listeners, said->seq, said->out);
}

/* Null if the room does not have it any more, or nobody listened. */
static void put_data(struct worker *w, const struct recent_event *e, struct json *out)
{
    struct said said = { e ? e->seq : 0, out, false };
    const struct room_ops *ops = e ? room_kind_numbered(e->kind) : NULL;
    if (ops)
        (void)worker_look(w, (struct address){ .kind = ops->kind, .id = e->room }, look_for, &said);
    if (!said.found)
        json_nil(out, "data");
}

static void put(struct worker *w, const void *entry, int64_t missed, const void *question, struct json *out)
{
    static const struct recent_event none;
    const struct recent_event *e = entry ?: &none;
    const char *type = entry ? e->type : "missed";
    json_time(out, "at", e->at);
    json_int(out, "worker", worker_index(w));
    const struct room_ops *room = room_kind_numbered(e->kind);
    json_int(out, "room", e->room);
    json_str(out, "kind", room ? room->kind->name : NULL);
    json_int(out, "seq", e->seq);
    json_str(out, "event", type);
    json_int(out, "user", e->user);
    json_int(out, "bytes", e->bytes);
    json_int(out, "missed", missed);
    if (((const struct wanted *)question)->payload)
        put_data(w, entry, out);
}

static const struct follow_ops ops = { at, wants, put };

static void see(struct worker *w, const void *question, struct buf *answer)
{
    const struct ring *recent = worker_recent(w);
    if (recent)
        follow_see(w, recent, &ops, question, answer);
}

/* ---- events ---- */

static bool read_type(const char *name, const char **ret, struct buf *why)
{
    for (int k = 0; name && !*ret && room_kinds[k]; k++)
        for (const char *const *event = room_kinds[k]->events; !*ret && *event; event++)
            if (!strcmp(*event, name))
                *ret = *event;
    if (name && !*ret)
        buf_printf(why, "no durable event is called \"%.40s\"", name);
    return !name || *ret;
}

static bool events(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct follow follow;
    struct wanted wanted = { .payload = admin_option(call, "--payload") };
    struct address room = { 0 };
    const char *named = admin_option(call, "--room");
    if ((named && !admin_read_room(call, named, &room, why)) ||
        !read_type(admin_option(call, "--type"), &wanted.type, why) || !follow_read(call, &follow, why))
        return false;
    if (wanted.payload && call->caller.viewer) {
        buf_puts(why, "what is said in rooms is not for viewers");
        return false;
    }
    wanted.room = (int32_t)room.id;
    wanted.kind = room.kind ? room.kind->room->number : 0;
    wanted.from = follow.from;
    follow_answer(call, &follow, see, &wanted, sizeof wanted, data);
    return true;
}

const struct admin_command admin_events[] = {
    { "events", "[--room ID] [--type T] [--payload] " FOLLOW_USAGE,
      "the newest events of all rooms, with --follow also those to come, with --payload what they say", false,
      "[{\"at?\":\"\",\"worker\":1,\"room\":1,\"kind?\":\"\",\"seq\":1,\"event\":\"\",\"user\":1,\"bytes\":1,"
      "\"missed\":1,\"data?-\":{}}]",
      events },
    { 0 },
};
