/* Desk help: see desk_help.h. */
#include "desk_help.h"

#include "actors/room/listeners.h"
#include "proto/base/log.h"
#include "store/statements.h"

#include <endian.h>
#include <stdio.h>

struct desk desk;

/* ---- the database ---- */

static int64_t number(const struct db_params *p, int i)
{
    uint64_t wide;
    uint32_t narrow;
    if (i >= p->n || !p->values[i])
        return 0;
    if (p->lengths[i] == 4) {
        memcpy(&narrow, p->values[i], sizeof narrow);
        return (int32_t)be32toh(narrow);
    }
    memcpy(&wide, p->values[i], sizeof wide);
    return (int64_t)be64toh(wide);
}

static bool take(const struct desk_op *op)
{
    if (desk.full)
        return false;
    assert_true(desk.nops < DESK_OPS);
    desk.ops[desk.nops++] = *op;
    return true;
}

static bool query(struct db *db, const struct statement *st, const struct db_params *p, db_done *done, void *arg)
{
    struct desk_op op = { .statement = st, .first = number(p, 0), .second = number(p, 1), .done = done, .arg = arg };
    return take(&op);
}

static bool batch(struct db *db, const struct db_step *steps, int n, db_done *done, void *arg)
{
    uint32_t rows;
    if (!desk.up)
        return false;
    memcpy(&rows, steps[0].params.values[0] + 12, sizeof rows);
    struct desk_op op = {
        .statement = steps[0].statement, .steps = n, .rows = (int)be32toh(rows), .done = done, .arg = arg
    };
    return take(&op);
}

static struct text value(const struct db_result *r, int row, int column)
{
    static char text[32];
    int n = snprintf(text, sizeof text, "%lld", (long long)((const int64_t *)r->data)[row]);
    if (((const int64_t *)r->data)[row] == INT64_MAX)
        return TEXT("t");
    return (struct text){ text, (size_t)n };
}

static bool up(const struct db *db)
{
    return desk.up;
}

static const struct db_ops operations = { .query = query, .batch = batch, .value = value, .up = up };

int desk_pending(void)
{
    return desk.nops - desk.answered;
}

struct desk_op *desk_newest(void)
{
    assert_true(desk.nops > 0);
    return &desk.ops[desk.nops - 1];
}

void desk_answer(enum db_status status, int rows, const int64_t *cells)
{
    assert_true(desk_pending() > 0);
    struct desk_op op = desk.ops[desk.answered++];
    if (desk.answered == desk.nops)
        desk.answered = desk.nops = 0;
    struct db_result r = { .status = status,
                           .sqlstate = status == DB_REFUSED ? "22021" : desk.sqlstate ?: "",
                           .constraint = "",
                           .rows = rows,
                           .data = cells,
                           .ops = &operations };
    op.done(op.arg, &r);
    desk_run();
}

void desk_up(bool there)
{
    desk.up = there;
    while (!there && desk_pending())
        desk_answer(DB_LOST, 0, NULL);
    persistence_db_up(desk.persistence, there);
    desk_run();
}

/* ---- actors ---- */

static struct actor *found; /* the one activated last */

static bool activate(struct actor *self)
{
    desk.activations++;
    found = self;
    return true;
}

static enum receive receive(struct actor *self, struct message *m)
{
    return RECEIVED;
}

static const struct actor_kind idler = {
    .name = "idler", .state_size = 8, .mailbox_limit = 64, .activate = activate, .receive = receive
};

static void keep_text(char *to, size_t size, struct text t)
{
    assert_true(t.n < size);
    memcpy(to, t.p ? t.p : "", t.n);
    to[t.n] = 0;
}

static void keep_frame(char *to, size_t size, const struct shared *frame)
{
    keep_text(to, size, frame ? shared_text(frame) : (struct text){ 0 });
}

static void keep_joined(const struct room_joined *j)
{
    struct desk_joined *to = &desk.joined;
    *to = (struct desk_joined){ .participant = j->participant,
                                .epoch = j->epoch,
                                .ends = j->ends,
                                .seq = j->seq,
                                .log_after = j->log_after,
                                .log_last = j->log_last };
    keep_text(to->hello, sizeof to->hello, j->hello);
    keep_text(to->resumed, sizeof to->resumed, j->resumed);
    for (uint32_t i = 0; i < j->missed_count; i++) {
        size_t n = strlen(to->missed);
        keep_frame(to->missed + n, sizeof to->missed - n, j->missed[i]);
    }
}

static void keep_delivered(const struct room_deliver *d)
{
    desk.delivered = *d;
    keep_frame(desk.frame, sizeof desk.frame, d->frame);
    keep_frame(desk.only_frame, sizeof desk.only_frame, d->only_frame);
}

static enum receive hear(struct actor *self, struct message *m)
{
    if (desk.hear) {
        desk.hear(m);
        return RECEIVED;
    }
    if (m->kind == MESSAGE_ROOM_CUT) {
        desk.cuts++;
        return RECEIVED;
    }
    assert_true(desk.nheard < DESK_HEARD);
    if (m->kind == MESSAGE_ROOM_DELIVER) {
        keep_delivered(room_deliver(m));
        desk.heard[desk.nheard++] = 1000 + (int)room_deliver(m)->seq;
        return RECEIVED;
    }
    if (m->kind == MESSAGE_ROOM_JOINED && !room_joined(m)->why)
        keep_joined(room_joined(m));
    desk.why[desk.nheard] = room_answer(m)->why;
    desk.heard[desk.nheard++] = room_answer(m)->why ? -(int)m->reply.slot : (int)m->reply.slot;
    return RECEIVED;
}

struct actor *desk_actor(int64_t id)
{
    found = NULL;
    struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
    assert_non_null(m);
    bus_send(desk.system, (struct address){ &idler, id, 0 }, m);
    desk_run();
    assert_non_null(found);
    return found;
}

struct turn *desk_turn(struct actor *a, int rows, int64_t seq, uint32_t slot)
{
    struct turn *t = turn_begin(a);
    assert_non_null(t);
    for (int i = 0; i < rows; i++) {
        size_t row = journal_begin(&t->rows, &CLASSROOM_PUT_EVENTS);
        journal_int4(&t->rows, (int32_t)actor_address(a).id);
        journal_int8(&t->rows, seq + i);
        journal_text(&t->rows, TEXT("name"));
        journal_text(&t->rows, TEXT("{}"));
        journal_end(&t->rows, row);
        turn_settle_by(t, &CLASSROOM_SETTLE, actor_address(a).id, seq + i);
    }
    if (slot)
        turn_say(t, room_answer_create(ERROR_OK, TEXT("{}"), (struct return_address){ 0, slot, 0 }));
    return t;
}

/* ---- the desk ---- */

void desk_open(uint32_t batch_turns, uint32_t ingress_mailbox)
{
    desk_open_with(&(struct persistence_options){ batch_turns, UINT32_MAX, UINT64_MAX, SECOND, 10 * SECOND },
                   ingress_mailbox);
}

void desk_open_with(const struct persistence_options *o, uint32_t ingress_mailbox)
{
    static struct actor_kind ingress = { .name = "ingress", .receive = hear };
    const struct system_options one = { .workers = 1, .seed = 1 };
    log_setup((enum log_level)(int)(LOG_ERROR + 1), false);
    listeners_setup();
    desk = (struct desk){ .db.ops = &operations, .up = true, .alive = message_alive() };
    ingress.mailbox_limit = ingress_mailbox;
    desk.system = system_create(&one);
    assert_non_null(desk.system);
    assert_true(system_set_ingress(desk.system, &ingress));
    assert_true(sim_start(desk.system, NULL, NULL));
    desk.worker = system_worker(desk.system, 0);
    worker_set_service(desk.worker, SERVICE_DB_READ, &desk.db);
    worker_set_service(desk.worker, SERVICE_DB_WRITE, &desk.db);
    desk.persistence = persistence_create(desk.worker, o);
    desk.ids = ids_create(desk.worker);
    assert_non_null(desk.persistence);
    assert_non_null(desk.ids);
    worker_set_service(desk.worker, SERVICE_PERSISTENCE, desk.persistence);
    desk_run();
}

void desk_close(void)
{
    desk_run();
    assert_int_equal(desk.nheard, 0);
    system_stop(desk.system);
    persistence_destroy(desk.persistence);
    ids_destroy(desk.ids);
    system_destroy(desk.system);
    assert_int_equal(message_alive(), desk.alive);
}

static void nothing(struct worker *w, void *arg)
{
}

/* Until nothing is left to do, and at least one turn, so that its end is seen. */
void desk_run(void)
{
    assert_true(worker_call(desk.worker, nothing, NULL));
    sim_run(desk.system, 1000000);
}

void desk_wait(uint64_t ns)
{
    sim_advance(desk.system, ns);
    desk_run();
}

void desk_assert_heard(const int *expected, const char *file, int line)
{
    desk_run();
    int i = 0;
    for (; expected[i] && i < desk.nheard; i++)
        _assert_int_equal((unsigned long)desk.heard[i], (unsigned long)expected[i], file, line);
    _assert_int_equal((unsigned long)desk.nheard, (unsigned long)i, file, line);
    _assert_int_equal(0, (unsigned long)expected[i], file, line);
    desk.nheard = 0;
}
