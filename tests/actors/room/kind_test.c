/* Kind: a second kind of room, the tally, lives by what actors/room offers: durable before visible, resumed from the
 * ring or by the log, refused while the database is away, built anew. Nothing outside its own file knows of it. */
#include "desk_help.h"
#include "tally_help.h"

enum { ADA = 7, BEN = 8, EPOCH = 3 };

/* ---- asking ---- */

static void ask(struct room_command cmd, uint32_t slot)
{
    struct message *m = room_command_create(&cmd, (struct return_address){ 0, slot, 0 });
    assert_non_null(m);
    bus_send(desk.system, tally_address(1), m);
    desk_run();
}

static void add(int32_t by, uint32_t slot)
{
    ask((struct room_command){ .op = TALLY_ADD,
                               .caller.user = ADA,
                               .more = &(struct tally_step){ by },
                               .more_n = sizeof(struct tally_step) },
        slot);
}

static void say(uint16_t op, uint32_t slot)
{
    ask((struct room_command){ .op = op, .caller.user = ADA, .target = BEN }, slot);
}

/* last: the number that the stream had; -1: it is new. */
static void open_stream(int32_t user, uint64_t stream, int64_t last, uint32_t slot)
{
    ask((struct room_command){ .op = ROOM_LISTEN,
                               .caller.user = user,
                               .stream = stream,
                               .last = last < 0 ? LAST_ID_NONE : LAST_ID_GOOD,
                               .last_epoch = EPOCH,
                               .last_seq = last },
        slot);
}

/* Answers the question for the room's rows. */
#define load(...)                                                                                                      \
    answer_load((const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))
static void answer_load(const int64_t *cells, size_t n)
{
    assert_int_equal(desk_pending(), 1);
    assert_ptr_equal(desk_newest()->statement, &TALLY_LOAD);
    assert_int_equal(desk_newest()->first, 1);
    desk_answer(DB_OK, (int)n, cells);
}

static void commit(void)
{
    assert_ptr_equal(desk_newest()->statement, &TALLY_PUT_STEPS);
    desk_answer(DB_OK, 0, NULL);
}

/* A room that has taken 5 and 6, with a stream of Ben's. */
static void open_room(void)
{
    desk_open(10, 100);
    room_kind_setup(&tally_ops, 16, tally_kind.idle_ns, tally_kind.mailbox_limit);
    open_stream(BEN, 1, -1, 1);
    load(EPOCH, 1005, 2006);
    assert_heard(1);
}

/* ---- looking ---- */

struct seen {
    struct room_glance glance;
    uint32_t bens;
    int64_t total;
    struct json *out;
    int64_t seq;
    bool said;
};

static void look_at(const struct actor_info *info, void *arg)
{
    struct seen *s = arg;
    const struct room_ops *ops = room_ops_at(info);
    assert_ptr_equal(ops, &tally_ops);
    s->glance = ops->glance(info->actor);
    s->bens = ops->streams_of(info->actor, BEN);
    s->total = tally_total(info->actor);
    if (s->out)
        s->said = room_said(&room_of(info->actor)->listeners, s->seq, s->out);
}

static struct seen look(void)
{
    struct seen s = { 0 };
    assert_true(worker_look(desk.worker, tally_address(1), look_at, &s));
    return s;
}

/* ---- tests ---- */

static void who_listens_is_greeted_with_the_room_as_it_stands(void **state)
{
    open_room();
    assert_int_equal(desk.joined.participant, BEN);
    assert_int_equal(desk.joined.epoch, EPOCH);
    assert_int_equal(desk.joined.seq, 2);
    assert_string_equal(desk.joined.hello, "event: connected\ndata: {\"you\":8}\n\n"
                                           "id: 3-2\nevent: total\ndata: {\"total\":11}\n\n");
    assert_string_equal(desk.joined.resumed, "");
    assert_int_equal(look().bens, 1);
    desk_close();
}

static void nothing_is_visible_before_it_is_durable(void **state)
{
    open_room();
    add(4, 2);
    add(3, 3);
    assert_heard(0);
    assert_int_equal(look().total, 18); /* the room itself goes on */
    commit();                           /* of the first: the second waited for it */
    assert_heard(1003, 2);
    assert_string_equal(desk.frame, "id: 3-3\nevent: added\ndata: {\"type\":\"added\",\"by\":4}\n\n");
    assert_string_equal(desk.delivered.type, "added");
    assert_int_equal(desk.delivered.room.kind, 999);
    assert_ptr_equal(room_address(desk.system, desk.delivered.room).kind, tally_ops.kind);
    assert_null(room_address(desk.system, (struct room_key){ 998, 1 }).kind);
    assert_int_equal(desk.delivered.room.id, 1);
    commit();
    assert_heard(1004, 3);
    assert_int_equal(look().glance.seq, 4);
    desk_close();
}

static void what_the_ring_has_is_told_from_it(void **state)
{
    open_room();
    add(4, 2);
    commit();
    add(3, 3);
    commit();
    assert_heard(1003, 2, 1004, 3);
    open_stream(ADA, 2, 3, 4);
    assert_heard(4);
    assert_string_equal(desk.joined.missed, "id: 3-4\nevent: added\ndata: {\"type\":\"added\",\"by\":3}\n\n");
    assert_int_equal(desk.joined.log_last, 0);
    assert_string_equal(desk.joined.resumed, "id: 3-4\nevent: resumed\ndata: {\"type\":\"resumed\"}\n\n");
    desk_close();
}

/* The ring begins with the first listener: what was said before stands in the log alone, whose rows the kind reads. */
static void what_the_ring_has_not_is_read_from_the_log(void **state)
{
    static const int64_t rows[] = { 1005, 2000 };
    open_room();
    open_stream(ADA, 2, 0, 4);
    assert_heard(4);
    assert_string_equal(desk.joined.missed, "");
    assert_int_equal(desk.joined.log_after, 0);
    assert_int_equal(desk.joined.log_last, 2);
    const struct db_result r = { .rows = 2, .data = rows, .ops = desk.db.ops };
    struct room_past past = { 0 };
    tally_ops.event(&r, 0, &past);
    assert_int_equal(past.seq, 1);
    assert_string_equal(past.name, "added");
    assert_true(text_is(past.data, "{\"type\":\"added\",\"by\":5}"));
    buf_reset(&past.made);
    tally_ops.event(&r, 1, &past);
    assert_int_equal(past.seq, 2);
    assert_string_equal(past.name, "over");
    buf_fini(&past.made);
    desk_close();
}

static void an_id_of_the_future_is_no_place(void **state)
{
    open_room();
    open_stream(ADA, 2, 3, 4);
    assert_heard(4);
    assert_non_null(strstr(desk.joined.hello, "event: reset\n"));
    assert_non_null(strstr(desk.joined.hello, "id: 3-2\nevent: total\n"));
    assert_string_equal(desk.joined.resumed, "");
    desk_close();
}

static void the_rules_are_the_kinds(void **state)
{
    open_room();
    add(0, 2);
    say(ROOM_KICK, 3);
    assert_int_equal(desk.why[0], ERROR_INVALID_ACTION);
    assert_heard(-2, -3);
    say(TALLY_WAVE, 4); /* waits for nothing */
    assert_heard(1000, 4);
    assert_int_equal(desk.delivered.only, BEN);
    assert_string_equal(desk.frame, "");
    assert_string_equal(desk.only_frame, "event: wave\ndata: {\"type\":\"wave\"}\n\n");
    assert_int_equal(desk_pending(), 0);
    desk_close();
}

static void an_end_is_told_to_those_who_come_later_too(void **state)
{
    open_room();
    say(ROOM_END, 2);
    commit();
    assert_heard(1003, 2);
    assert_true(desk.delivered.end_all);
    open_stream(ADA, 2, -1, 3);
    assert_heard(3);
    assert_true(desk.joined.ends);
    assert_string_equal(desk.joined.hello, "event: over\ndata: {\"type\":\"over\"}\n\n");
    add(1, 4);
    assert_int_equal(desk.why[0], ERROR_SESSION_ENDED);
    assert_heard(-4);
    assert_false(look().glance.active);
    desk_close();
}

static void what_does_not_exist_has_the_kinds_own_name(void **state)
{
    desk_open(10, 100);
    add(1, 2);
    desk_answer(DB_OK, 0, NULL);
    assert_int_equal(desk.why[0], ERROR_COURSE_NOT_FOUND);
    assert_heard(-2);
    desk_close();
}

static void what_cannot_be_read_is_refused_and_read_again(void **state)
{
    desk_open(10, 100);
    add(1, 2);
    desk_answer(DB_REFUSED, 0, NULL);
    assert_int_equal(desk.why[0], ERROR_UNAVAILABLE);
    assert_heard(-2);
    add(1, 3);
    load(EPOCH);
    commit();
    assert_heard(3);
    desk_close();
}

static void an_absent_database_refuses_but_what_is_kept_nowhere_goes_on(void **state)
{
    open_room();
    desk_up(false);
    desk_wait(2 * SECOND);
    add(1, 2);
    open_stream(ADA, 2, -1, 3);
    assert_int_equal(desk.why[0], ERROR_UNAVAILABLE);
    assert_heard(-2, -3);
    say(TALLY_WAVE, 4);
    assert_heard(1000, 4);
    assert_int_equal(look().total, 11); /* nothing changed, so nothing is built anew */
    assert_int_equal(desk.cuts, 0);
    desk_up(true);
    add(1, 5);
    commit();
    assert_heard(1003, 5);
    desk_close();
}

/* What the database will not have was never said: the room is read again, and its streams come back for the truth. */
static void a_refused_write_builds_the_room_anew(void **state)
{
    open_room();
    add(4, 2);
    add(5, 3);
    desk_answer(DB_REFUSED, 0, NULL);
    assert_heard(-2, -3);
    assert_int_equal(desk.cuts, 1);
    desk_wait(5 * SECOND);
    open_stream(BEN, 3, 2, 4);
    load(EPOCH, 1005, 2006);
    assert_heard(4);
    assert_int_equal(desk.joined.seq, 2);
    assert_int_equal(look().total, 11);
    assert_int_equal(look().bens, 1);
    add(6, 5);
    commit();
    assert_heard(1003, 5);
    desk_close();
}

/* The answer to a commit was lost: the kind's own statement tells whether it happened. */
static void a_lost_commit_is_settled_by_the_kind(void **state)
{
    static const int64_t yes = INT64_MAX;
    open_room();
    add(4, 2);
    desk_up(false);
    assert_heard(0);
    desk_up(true);
    assert_ptr_equal(desk_newest()->statement, &TALLY_SETTLE);
    assert_int_equal(desk_newest()->first, 1);
    assert_int_equal(desk_newest()->second, 3);
    desk_answer(DB_OK, 1, &yes);
    assert_heard(1003, 2);
    desk_close();
}

static void a_stream_that_leaves_listens_no_more(void **state)
{
    open_room();
    struct message *m = message_create(MESSAGE_ROOM_LEAVE, sizeof(struct room_leave));
    assert_non_null(m);
    m->reply = NO_RETURN;
    *room_leave(m) = (struct room_leave){ 1, BEN };
    bus_send(desk.system, tally_address(1), m);
    desk_run();
    assert_int_equal(look().bens, 0);
    add(4, 2);
    commit();
    assert_heard(2);
    desk_close();
}

static void operators_see_it_as_any_room(void **state)
{
    struct ring *recent = recent_create();
    struct buf out = { 0 };
    struct json j = json_into(&out);
    open_room();
    worker_set_service(desk.worker, SERVICE_RECENT, recent);
    add(4, 2);
    commit();
    assert_heard(1003, 2);
    const struct recent_event *e = ring_at(recent, 1);
    assert_int_equal(e->kind, tally_ops.number);
    assert_int_equal(e->room, 1);
    assert_int_equal(e->user, ADA);
    assert_string_equal(e->type, "added");
    struct seen s = { .out = &j, .seq = e->seq };
    json_begin_object(&j, NULL);
    assert_true(worker_look(desk.worker, tally_address(1), look_at, &s));
    json_end_object(&j);
    assert_true(s.said);
    assert_true(text_is(buf_view(&out), "{\"data\":{\"type\":\"added\",\"by\":4}}"));
    buf_fini(&out);
    desk_close();
    ring_destroy(recent);
}

struct named {
    struct message *m;
    struct message_told told;
};

static void name_at(const struct actor_info *info, void *arg)
{
    struct named *n = arg;
    info->address.kind->tell(info->actor, n->m, &n->told);
}

static void a_trace_names_its_operations(void **state)
{
    static const struct {
        uint16_t op;
        const char *name;
    } rows[] = { { ROOM_LISTEN, "listen" }, { ROOM_END, "end" }, { TALLY_ADD, "add" },
                 { TALLY_WAVE, "wave" },    { 99, "unknown" },   { 0, "unknown" } };
    open_room();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct room_command cmd = { .op = rows[i].op };
        struct named n = { .m = room_command_create(&cmd, NO_RETURN) };
        assert_non_null(n.m);
        assert_true(worker_look(desk.worker, tally_address(1), name_at, &n));
        assert_string_equal(n.told.what, rows[i].name);
        message_destroy(n.m);
    }
    desk_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_listens_is_greeted_with_the_room_as_it_stands),
        cmocka_unit_test(nothing_is_visible_before_it_is_durable),
        cmocka_unit_test(what_the_ring_has_is_told_from_it),
        cmocka_unit_test(what_the_ring_has_not_is_read_from_the_log),
        cmocka_unit_test(an_id_of_the_future_is_no_place),
        cmocka_unit_test(the_rules_are_the_kinds),
        cmocka_unit_test(an_end_is_told_to_those_who_come_later_too),
        cmocka_unit_test(what_does_not_exist_has_the_kinds_own_name),
        cmocka_unit_test(what_cannot_be_read_is_refused_and_read_again),
        cmocka_unit_test(an_absent_database_refuses_but_what_is_kept_nowhere_goes_on),
        cmocka_unit_test(a_refused_write_builds_the_room_anew),
        cmocka_unit_test(a_lost_commit_is_settled_by_the_kind),
        cmocka_unit_test(a_stream_that_leaves_listens_no_more),
        cmocka_unit_test(operators_see_it_as_any_room),
        cmocka_unit_test(a_trace_names_its_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
