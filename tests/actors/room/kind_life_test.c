/* Kind: random lives of a room of the second kind, against a database that commits, refuses, and goes with or without
 * having done it. What must hold whatever the kind: a yes is on disk once, nothing is heard before it is,
 * numbers and what each stream hears have no holes, and the room in memory is what its log says. */
#include "desk_help.h"
#include "tally_help.h"

#include <endian.h>
#include <stdio.h>

enum { EPOCH = 3, ASKS = 600, STREAMS = 8, LIVES = 600, STEPS = 300, ROWS = 16 };

/* A client; its place outlives its streams. */
struct client {
    uint64_t stream;
    enum { CLOSED, ASKED, OPEN } state;
    int64_t place; /* of the last event it has heard; 0: none */
};

static struct {
    uint64_t seed, random;
    int32_t log[ASKS]; /* on disk: what was added; its number is the place plus one */
    int nlog;
    int32_t asked[ASKS]; /* what was added, a value of its own each; 0: somebody listens */
    int answers[ASKS];
    enum error why[ASKS];
    int nasks;
    struct client clients[STREAMS];
    uint64_t streams;
    struct {
        int64_t seq;
        int32_t by;
    } batch[ROWS]; /* under way */
    int nbatch;
    const struct db_ops *ops; /* the desk's */
} life;

static uint64_t draw(uint64_t n)
{
    life.random ^= life.random << 13;
    life.random ^= life.random >> 7;
    life.random ^= life.random << 17;
    return life.random % n;
}

#define law(holds, ...)                                                                                                \
    do {                                                                                                               \
        if (!(holds)) {                                                                                                \
            print_error("seed %d: ", (int)life.seed);                                                                  \
            fail_msg(__VA_ARGS__);                                                                                     \
        }                                                                                                              \
    } while (0)

/* ---- the database ---- */

/* Elements of an array parameter stand behind its head, each with its length. */
static int64_t element(const char *array, int at, size_t size)
{
    const char *p = array + 20 + (size_t)at * (4 + size) + 4;
    uint64_t wide;
    uint32_t narrow;
    if (size == 8)
        return (int64_t)be64toh(*(const uint64_t *)memcpy(&wide, p, 8));
    return (int32_t)be32toh(*(const uint32_t *)memcpy(&narrow, p, 4));
}

static bool batch(struct db *db, const struct db_step *steps, int n, db_done *done, void *arg)
{
    if (!life.ops->batch(db, steps, n, done, arg))
        return false;
    assert_int_equal(n, 1);
    assert_true(desk_newest()->rows <= ROWS);
    life.nbatch = desk_newest()->rows;
    for (int i = 0; i < life.nbatch; i++) {
        life.batch[i].seq = element(steps[0].params.values[1], i, 8);
        life.batch[i].by = (int32_t)element(steps[0].params.values[2], i, 4);
    }
    return true;
}

static void write_batch(void)
{
    for (int i = 0; i < life.nbatch; i++) {
        law(life.batch[i].seq == life.nlog + 1, "event %d is written behind %d", (int)life.batch[i].seq, life.nlog);
        life.log[life.nlog++] = life.batch[i].by;
    }
}

static void answer_load(void)
{
    int64_t cells[ASKS + 1] = { EPOCH };
    for (int i = 0; i < life.nlog; i++)
        cells[i + 1] = (i + 1) * 1000 + life.log[i];
    desk_answer(DB_OK, life.nlog + 1, cells);
}

/* Decides about the oldest statement; all goes well unless there is a fault. */
static void decide(bool fault)
{
    struct desk_op op = desk.ops[desk.answered];
    int64_t there = op.second <= life.nlog ? INT64_MAX : 0;
    if (op.statement == &TALLY_LOAD && fault)
        desk_answer(DB_AWAY, 0, NULL);
    else if (op.statement == &TALLY_LOAD)
        answer_load();
    else if (op.statement == &TALLY_SETTLE)
        desk_answer(fault ? DB_RETRY : DB_OK, fault ? 0 : 1, &there);
    else if (fault)
        desk_answer(draw(2) ? DB_RETRY : DB_REFUSED, 0, NULL);
    else {
        write_batch();
        desk_answer(DB_OK, 0, NULL);
    }
}

static void break_connection(void)
{
    bool under_way = desk_pending() && desk.ops[desk.answered].statement == &TALLY_PUT_STEPS;
    if (under_way && draw(2))
        write_batch();
    desk_up(false);
}

/* ---- what is heard ---- */

static void hear_event(struct client *c, int64_t seq, struct text frame)
{
    char expected[128];
    law(seq <= life.nlog, "event %d was heard before it was on disk", (int)seq);
    law(seq == c->place + 1, "event %d was heard behind %d", (int)seq, (int)c->place);
    snprintf(expected, sizeof expected, "id: %d-%d\nevent: added\ndata: {\"type\":\"added\",\"by\":%d}\n\n", EPOCH,
             (int)seq, life.log[seq - 1]);
    law(text_is(frame, expected), "event %d is told as %.*s", (int)seq, (int)frame.n, frame.p);
    c->place = seq;
}

static int total(int64_t seq)
{
    int sum = 0;
    for (int64_t i = 0; i < seq; i++)
        sum += life.log[i];
    return sum;
}

static void let_in(struct client *c, const struct room_joined *j)
{
    char expected[64];
    law(j->seq <= life.nlog, "a stream was let in at %d, the log is at %d", (int)j->seq, life.nlog);
    snprintf(expected, sizeof expected, "event: total\ndata: {\"total\":%d}\n\n", total(j->seq));
    law(memmem(j->hello.p, j->hello.n, expected, strlen(expected)), "%.*s is no %s", (int)j->hello.n, j->hello.p,
        expected);
    if (c->place && j->resumed.n) {
        for (uint32_t i = 0; i < j->missed_count; i++)
            hear_event(c, c->place + 1, shared_text(j->missed[i]));
        law(!j->log_last || (j->log_after == c->place && j->log_last == j->seq), "the log is read from %d to %d",
            (int)j->log_after, (int)j->log_last);
        law(j->log_last || c->place == j->seq, "the ring told up to %d of %d", (int)c->place, (int)j->seq);
    }
    law(!c->place || j->resumed.n, "%d was no place to resume from", (int)c->place);
    c->place = j->seq;
    c->state = OPEN;
}

static struct client *client_of(uint64_t stream)
{
    for (int i = 0; i < STREAMS; i++)
        if (life.clients[i].stream == stream)
            return &life.clients[i];
    return NULL;
}

static void hear_answer(struct message *m)
{
    int at = (int)m->reply.slot;
    law(!life.answers[at]++, "question %d was answered twice", at);
    life.why[at] = room_answer(m)->why;
    if (life.asked[at])
        return;
    struct client *c = client_of(m->reply.generation);
    if (m->kind == MESSAGE_ROOM_JOINED && !life.why[at])
        let_in(c, room_joined(m));
    else
        c->state = CLOSED;
}

static void hear(struct message *m)
{
    if (m->kind != MESSAGE_ROOM_DELIVER && m->kind != MESSAGE_ROOM_CUT) {
        hear_answer(m);
        return;
    }
    for (int i = 0; i < STREAMS; i++) {
        struct client *c = &life.clients[i];
        if (c->state == OPEN && m->kind == MESSAGE_ROOM_CUT)
            c->state = CLOSED;
        else if (c->state == OPEN)
            hear_event(c, room_deliver(m)->seq, shared_text(room_deliver(m)->frame));
    }
}

/* ---- what happens ---- */

static void ask(const struct room_command *cmd, int32_t by)
{
    if (life.nasks == ASKS)
        return;
    life.asked[life.nasks] = by;
    struct return_address back = { 0, (uint32_t)life.nasks++, (uint32_t)cmd->stream };
    struct message *m = room_command_create(cmd, back);
    assert_non_null(m);
    bus_send(desk.system, tally_address(1), m);
}

static void add(void)
{
    struct tally_step step = { life.nasks + 1 };
    ask(&(struct room_command){ .op = TALLY_ADD, .caller.user = 1, .more = &step, .more_n = sizeof step }, step.by);
}

static void come(struct client *c)
{
    if (c->state != CLOSED)
        return;
    c->state = ASKED;
    c->stream = ++life.streams;
    ask(&(struct room_command){ .op = ROOM_LISTEN,
                                .caller.user = 1 + (int32_t)(c - life.clients),
                                .stream = c->stream,
                                .last = c->place ? LAST_ID_GOOD : LAST_ID_NONE,
                                .last_epoch = EPOCH,
                                .last_seq = c->place },
        0);
}

static void go(struct client *c)
{
    struct message *m = c->state == OPEN ? message_create(MESSAGE_ROOM_LEAVE, sizeof(struct room_leave)) : NULL;
    if (!m)
        return;
    m->reply = NO_RETURN;
    *room_leave(m) = (struct room_leave){ c->stream, 1 + (int32_t)(c - life.clients) };
    c->state = CLOSED;
    bus_send(desk.system, tally_address(1), m);
}

static void step(void)
{
    switch (draw(12)) {
    case 0:
        come(&life.clients[draw(STREAMS)]);
        break;
    case 1:
        go(&life.clients[draw(STREAMS)]);
        break;
    case 2:
        if (draw(4) == 0)
            break_connection();
        break;
    case 3:
        desk_up(true);
        break;
    case 4:
        desk_wait(draw(3) ? 100 * MS : 2 * SECOND);
        break;
    case 5:
    case 6:
    case 7:
        if (desk_pending())
            decide(draw(12) == 0);
        break;
    default:
        add();
        if (draw(2))
            desk_run();
    }
    while (desk.nops > DESK_OPS / 2 && desk_pending())
        decide(false);
}

/* ---- the end ---- */

static void come_to_rest(void)
{
    desk_up(true);
    for (int i = 0; i < 200; i++) {
        desk_wait(SECOND);
        while (desk_pending())
            decide(false);
    }
}

static int on_disk(int32_t by)
{
    int n = 0;
    for (int i = 0; i < life.nlog; i++)
        n += life.log[i] == by;
    return n;
}

static void check_answers(void)
{
    for (int i = 0; i < life.nasks; i++) {
        enum error why = life.why[i];
        int rows = life.asked[i] ? on_disk(life.asked[i]) : 0;
        law(life.answers[i] == 1, "question %d was answered %d times", i, life.answers[i]);
        law(!life.asked[i] || why || rows == 1, "%d was answered yes, and is on disk %d times", life.asked[i], rows);
        law(!why || why == ERROR_UNAVAILABLE || why == ERROR_OVERLOADED, "question %d: %s", i, error_name(why));
        law(rows <= 1, "%d is on disk %d times", life.asked[i], rows);
    }
}

static void check_clients(void)
{
    for (int i = 0; i < STREAMS; i++) {
        law(life.clients[i].state != ASKED, "a stream was never answered");
        law(life.clients[i].state != OPEN || life.clients[i].place == life.nlog,
            "an open stream is at %d, the log at %d", (int)life.clients[i].place, life.nlog);
    }
}

static void look_at(const struct actor_info *info, void *arg)
{
    if (info->actor)
        law(tally_total(info->actor) == total(life.nlog), "the room has %d, its log %d", (int)tally_total(info->actor),
            total(life.nlog));
}

static void live(uint64_t seed)
{
    static struct db_ops own;
    memset(&life, 0, sizeof life);
    life.seed = seed;
    life.random = seed * 0x9e3779b97f4a7c15;
    desk_open(ROWS, 4096);
    room_setup(16);
    life.ops = desk.db.ops;
    own = *desk.db.ops;
    own.batch = batch;
    desk.db.ops = &own;
    desk.hear = hear;
    for (int i = 0; i < STEPS; i++)
        step();
    come_to_rest();
    for (int i = 0; i < STREAMS; i++)
        come(&life.clients[i]);
    come_to_rest();
    check_answers();
    check_clients();
    (void)worker_look(desk.worker, tally_address(1), look_at, NULL);
    desk_close();
}

static void any_life_keeps_the_laws(void **state)
{
    for (uint64_t seed = 1; seed <= LIVES; seed++)
        live(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(any_life_keeps_the_laws) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
