/* Tally help: see tally_help.h. */
#include "tally_help.h"

struct tally {
    struct room base;
    int64_t total;
    bool over;
};

static struct tally *tally_of(const struct room *room)
{
    return (struct tally *)room;
}

/* ---- its statements: only their shape counts ---- */

static const struct statement_param step_params[] = { { "row.room", "int4[]", 1007, 23 },
                                                      { "row.seq", "int8[]", 1016, 20 },
                                                      { "row.by", "int4[]", 1007, 23 } };
static const struct statement_param room_params[] = {
    { "room", "int4", 23, 0 }, { "after", "int8", 20, 0 }, { "last", "int8", 20, 0 }, { "most", "int4", 23, 0 }
};
static const struct statement_param one_column[] = { { "step", "int8", 20, 0 } };

#define READS(symbol, takes)                                                                                           \
    const struct statement symbol = {                                                                                  \
        .name = #symbol, .params = room_params, .nparams = (takes), .columns = one_column, .ncolumns = 1               \
    }
READS(TALLY_LOAD, 1);
READS(TALLY_SETTLE, 2);
READS(TALLY_REPLAY, 4);
const struct statement TALLY_PUT_STEPS = {
    .name = "TALLY_PUT_STEPS", .params = step_params, .nparams = 3, .batch = 100 /* behind those of products */
};

/* ---- what it says ---- */

static void put_added(struct buf *data, int64_t by)
{
    struct json j = room_begin_data(data, "added");
    json_int(&j, "by", by);
    json_end_object(&j);
}

static void say(struct tally *tally, struct turn *t, struct room_event *e, int32_t by, struct buf *data)
{
    t->failed = t->failed || data->failed;
    e->data = buf_view(data);
    e->bytes = (uint32_t)data->n;
    int64_t seq = room_say(&tally->base, t, e);
    size_t row = journal_begin(&t->rows, &TALLY_PUT_STEPS);
    journal_int4(&t->rows, (int32_t)tally->base.id);
    journal_int8(&t->rows, seq);
    journal_int4(&t->rows, by);
    journal_end(&t->rows, row);
    buf_fini(data);
}

/* ---- its rules ---- */

static void add(struct tally *tally, struct turn *t, const struct room_command *said)
{
    struct buf data = { 0 };
    struct room_event e = { .at = room_now(&tally->base), .user = said->caller.user, .type = "added" };
    int32_t by = ((const struct tally_step *)said->more)->by;
    tally->total += by;
    put_added(&data, by);
    say(tally, t, &e, by, &data);
}

static void end(struct tally *tally, struct turn *t, const struct room_command *said)
{
    struct buf data = { 0 };
    struct room_event e = { .at = room_now(&tally->base), .user = said->caller.user, .type = "over", .end_all = true };
    buf_puts(&data, "{\"type\":\"over\"}");
    say(tally, t, &e, 0, &data);
    tally->over = true;
    listeners_fini(&tally->base.listeners);
}

static void wave(struct tally *tally, const struct room_command *said)
{
    room_whisper(&tally->base, NULL, "wave", TEXT("{\"type\":\"wave\"}"), said->target);
}

static enum receive let_in(struct tally *tally, struct turn *t, struct message *m)
{
    room_admit(&tally->base, t, m, room_command(m)->caller.user, tally->base.seq);
    turn_end(t);
    return RECEIVED;
}

static enum error check(const struct tally *tally, const struct room_command *said)
{
    if (tally->over)
        return ERROR_SESSION_ENDED;
    const struct tally_step *step = said->more;
    switch (said->op) {
    case TALLY_ADD:
        return step && step->by > 0 && step->by < 1000 ? ERROR_OK : ERROR_INVALID_ACTION;
    case ROOM_LISTEN:
    case ROOM_END:
    case TALLY_WAVE:
        return ERROR_OK;
    default:
        return ERROR_INVALID_ACTION;
    }
}

static enum receive obey(struct room *room, struct message *m)
{
    struct tally *tally = tally_of(room);
    const struct room_command *said = room_command(m);
    enum error why = check(tally, said);
    if (why && said->op == ROOM_LISTEN)
        room_turn_away(room, m, 0, "over", TEXT("{\"type\":\"over\"}"));
    else if (why)
        room_refuse(room, m, why);
    if (why)
        return RECEIVED;
    struct turn *t = turn_begin(room->actor);
    if (!t)
        return room_no_memory(room, m);
    if (said->op == ROOM_LISTEN)
        return let_in(tally, t, m);
    if (said->op == TALLY_ADD)
        add(tally, t, said);
    else if (said->op == ROOM_END)
        end(tally, t, said);
    else
        wave(tally, said);
    turn_say(t, room_answer_create(ERROR_OK, TEXT("{\"ok\":true}"), m->reply));
    turn_end(t);
    return RECEIVED;
}

static bool relays(const struct room *room, const struct room_command *said)
{
    return said->op == TALLY_WAVE;
}

static void left(struct room *room, int32_t participant)
{
}

/* ---- its log ---- */

static void event(const struct db_result *r, int row, struct room_past *past)
{
    int64_t step = db_int(r, row, 0);
    past->seq = step / 1000;
    past->name = step % 1000 ? "added" : "over";
    if (step % 1000)
        put_added(&past->made, step % 1000);
    else
        buf_puts(&past->made, "{\"type\":\"over\"}");
    past->data = buf_view(&past->made);
}

static bool read_rows(struct room *room, const struct db_result *r)
{
    struct tally *tally = tally_of(room);
    room->epoch = (int32_t)db_int(r, 0, 0);
    for (int i = 1; i < r->rows; i++) {
        int64_t step = db_int(r, i, 0);
        room->seq = step / 1000;
        tally->total += step % 1000;
        tally->over = step % 1000 == 0;
    }
    return true;
}

static void clear(struct room *room)
{
    *tally_of(room) = (struct tally){ .base = *room };
}

static void connected(const struct room *room, int32_t participant, struct buf *data)
{
    buf_printf(data, "{\"you\":%d}", participant);
}

static void state(const struct room *room, int32_t participant, struct buf *data)
{
    buf_printf(data, "{\"total\":%d}", (int)tally_of(room)->total);
}

/* ---- what is seen of it ---- */

static const char *op_name(uint16_t op)
{
    return op == TALLY_ADD ? "add" : op == TALLY_WAVE ? "wave" : NULL;
}

static struct room_glance glance(const struct actor *self)
{
    const struct room *room = room_of(self);
    return (struct room_glance){
        .active = !tally_of(room)->over, .epoch = room->epoch, .seq = room->seq, .streams = room->listeners.n
    };
}

int64_t tally_total(const struct actor *self)
{
    return tally_of(room_of(self))->total;
}

static uint32_t streams_of(const struct actor *self, int32_t user)
{
    return listeners_of(&room_of(self)->listeners, user);
}

static bool part(const struct actor *self, int32_t user, struct json *out)
{
    return streams_of(self, user) > 0;
}

static uint32_t members(const struct actor *self, uint32_t most, struct json *out)
{
    return 0;
}

static bool idle(const struct actor *self)
{
    return !room_of(self)->listeners.n;
}

static uint64_t memory(const struct actor *self)
{
    return room_memory(room_of(self));
}

static void refuse(struct worker *w, const struct message *m, enum error why)
{
    room_answer_now(w, m, why);
}

static const char *const events[] = { "added", "over", NULL };

const struct room_ops tally_ops = {
    .kind = &tally_kind,
    .number = 999,
    .op_name = op_name,
    .events = events,
    .load = &TALLY_LOAD,
    .absent = ERROR_COURSE_NOT_FOUND,
    .read = read_rows,
    .clear = clear,
    .obey = obey,
    .relays = relays,
    .left = left,
    .connected = connected,
    .state_event = "total",
    .state = state,
    .settle = &TALLY_SETTLE,
    .replay = &TALLY_REPLAY,
    .event = event,
    .glance = glance,
    .streams_of = streams_of,
    .part = part,
    .members = members,
};

struct actor_kind tally_kind = {
    .name = "tally",
    .state_size = sizeof(struct tally),
    .mailbox_limit = 64,
    .room = &tally_ops,
    .activate = room_activate,
    .receive = room_receive,
    .idle = idle,
    .passivate = room_passivate,
    .tell = room_told,
    .memory = memory,
    .refuse = refuse,
};

struct address tally_address(int64_t id)
{
    return (struct address){ .kind = &tally_kind, .id = id };
}
