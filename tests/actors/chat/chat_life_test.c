/* Chat: random lives of a conversation, against a database that commits, refuses, and goes with or without having done it,
 * a model that replies, fails and is slow, and processes that die in the middle. What must hold: a yes is on disk once; the
 * model is asked one thing at a time, in order, and only of what is on disk; each message has one reply in the end; nobody
 * hears of what is not on disk, but for pieces of a reply under way; an ended conversation stays so. */
#include "actors/chat/chat.h"

#include "actors/chat/model.h"
#include "actors/chat/tutor.h"
#include "actors/room_kinds.h"
#include "actors/runtime/shared.h"
#include "proto/chat.h"
#include "store/statements.h"
#include "tests/actors/room/desk_help.h"

#include <endian.h>
#include <stdio.h>

enum { OWNER = 7, STUDENT = 70, ASKS = 200, ROWS = 400, LIVES = 600, STEPS = 120, CONTENT = 48, BATCH = 32 };

/* ---- the disk ---- */

struct row {
    int32_t id;
    int64_t seq;
    bool reply;
    bool thought; /* the model has been asked of it */
    char content[CONTENT];
};

struct session {
    int32_t asked, answered;
    int64_t ended;
};

static struct {
    uint64_t seed, random;

    struct row rows[ROWS];
    int nrows;
    struct session session;
    int64_t ids;

    struct row batch[BATCH]; /* under way */
    int nbatch;
    struct session batch_session;

    /* what was asked of the room: a message (its content is its number), a wait for its reply, an end */
    enum { SAY, AWAIT, END } asks[ASKS];
    int answers[ASKS], of[ASKS]; /* of: of a wait, the ask of the message */
    enum error why[ASKS];
    int32_t ids_told[ASKS]; /* of a message that was said */
    int nasks;
    bool stranger[ASKS];

    uint64_t streams;
    enum { CLOSED, ASKED, OPEN } listener;
    int64_t place;
    int pieces;

    struct model_asker asker; /* whom the model is to answer */
    bool busy;
    char about[CONTENT];
    const struct db_ops *ops;
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

static int32_t be32(const char *p)
{
    uint32_t n;
    memcpy(&n, p, sizeof n);
    return (int32_t)be32toh(n);
}

static int64_t be64(const char *p)
{
    uint64_t n;
    memcpy(&n, p, sizeof n);
    return (int64_t)be64toh(n);
}

/* An element of an array parameter; absent for null. */
static struct text element(const char *array, int at)
{
    const char *p = array + 20;
    for (; at--; p += 4)
        p += be32(p) > 0 ? be32(p) : 0;
    return be32(p) < 0 ? (struct text){ 0 } : (struct text){ p + 4, (size_t)be32(p) };
}

static int rows_of(const struct db_step *step)
{
    return be32(step->params.values[0] + 12);
}

static void copy(char to[static CONTENT], struct text t)
{
    assert_true(t.n < 200);
    snprintf(to, CONTENT, "%.*s", (int)t.n, t.p ? t.p : "");
}

static void take_message(const struct db_params *p, int at)
{
    assert_true(life.nbatch < BATCH);
    struct row *r = &life.batch[life.nbatch++];
    r->id = be32(element(p->values[0], at).p);
    r->reply = text_is(element(p->values[2], at), "assistant");
    copy(r->content, element(p->values[3], at));
    r->seq = be64(element(p->values[6], at).p);
}

static void take_session(const struct db_params *p, int at)
{
    struct session *s = &life.batch_session;
    int32_t asked = be32(element(p->values[1], at).p), answered = be32(element(p->values[2], at).p);
    struct text ended = element(p->values[3], at);
    s->asked = asked > s->asked ? asked : s->asked;
    s->answered = answered > s->answered ? answered : s->answered;
    s->ended = s->ended || !ended.p ? s->ended : be64(ended.p);
}

static bool batch(struct db *db, const struct db_step *steps, int n, db_done *done, void *arg)
{
    if (!life.ops->batch(db, steps, n, done, arg))
        return false;
    life.nbatch = 0;
    life.batch_session = life.session;
    for (int i = 0; i < n; i++)
        for (int at = 0; at < rows_of(&steps[i]); at++)
            if (steps[i].statement == &PRACTICE_CHAT_PUT_MESSAGES)
                take_message(&steps[i].params, at);
            else if (steps[i].statement == &PRACTICE_CHAT_PUT_SESSIONS)
                take_session(&steps[i].params, at);
    return true;
}

static int64_t last_seq(void)
{
    int64_t last = life.session.ended;
    return life.nrows && life.rows[life.nrows - 1].seq > last ? life.rows[life.nrows - 1].seq : last;
}

static void write_batch(void)
{
    for (int i = 0; i < life.nbatch; i++) {
        law(life.batch[i].seq > last_seq() || life.batch[i].seq == last_seq() + 1, "numbers go back");
        assert_true(life.nrows < ROWS);
        life.rows[life.nrows++] = life.batch[i];
    }
    life.session = life.batch_session;
}

/* ---- answers of the database ---- */

static struct text loaded(const struct db_result *r, int row, int column)
{
    static char text[32];
    int first = life.nrows > 17 ? life.nrows - 17 : 0;
    const struct row *m = life.nrows ? &life.rows[first + row] : NULL;
    const int64_t numbers[] = { [PRACTICE_CHAT_LOAD_STUDENT_ID] = STUDENT,
                                [PRACTICE_CHAT_LOAD_PERSON_ID] = OWNER,
                                [PRACTICE_CHAT_LOAD_EPOCH] = 1,
                                [PRACTICE_CHAT_LOAD_SEQ] = last_seq(),
                                [PRACTICE_CHAT_LOAD_ANSWERED] = life.session.answered };
    switch (column) {
    case PRACTICE_CHAT_LOAD_NAME:
        return TEXT("Ada");
    case PRACTICE_CHAT_LOAD_AGENT_TYPE:
        return TEXT("general");
    case PRACTICE_CHAT_LOAD_IS_ACTIVE:
        return life.session.ended ? TEXT("f") : TEXT("t");
    case PRACTICE_CHAT_LOAD_LAST:
        return (struct text){ 0 };
    case PRACTICE_CHAT_LOAD_ROLE:
        return text_of(chat_role(m->reply));
    case PRACTICE_CHAT_LOAD_CONTENT:
        return text_of(m->content);
    case PRACTICE_CHAT_LOAD_MESSAGE_ID:
    case PRACTICE_CHAT_LOAD_MESSAGE_SEQ:
        if (!m)
            return (struct text){ 0 };
        snprintf(text, sizeof text, "%lld", (long long)(column == PRACTICE_CHAT_LOAD_MESSAGE_ID ? m->id : m->seq));
        return text_of(text);
    default:
        snprintf(text, sizeof text, "%lld", (long long)numbers[column]);
        return text_of(text);
    }
}

static void answer_load(void)
{
    static const struct db_ops ops = { .value = loaded };
    struct desk_op op = desk.ops[desk.answered++];
    if (desk.answered == desk.nops)
        desk.answered = desk.nops = 0;
    op.done(op.arg, &(struct db_result){ .status = DB_OK,
                                         .sqlstate = "",
                                         .constraint = "",
                                         .rows = !life.nrows       ? 1
                                                 : life.nrows > 17 ? 17
                                                                   : life.nrows,
                                         .ops = &ops });
    desk_run();
}

static void answer_ids(int64_t n)
{
    int64_t cells[2048];
    for (int64_t i = 0; i < n; i++)
        cells[i] = ++life.ids;
    desk_answer(DB_OK, (int)n, cells);
}

static bool on_disk(int64_t seq)
{
    for (int i = 0; i < life.nrows; i++)
        if (life.rows[i].seq == seq)
            return true;
    return life.session.ended == seq;
}

/* Decides about the oldest statement; all goes well unless there is a fault. */
static void decide(bool fault)
{
    struct desk_op op = desk.ops[desk.answered];
    int64_t there = on_disk(op.second) ? INT64_MAX : 0;
    if (op.statement == &PRACTICE_CHAT_LOAD && !fault)
        answer_load();
    else if (op.statement == &PRACTICE_CHAT_MESSAGE_IDS && !fault)
        answer_ids(op.first);
    else if (op.statement == &PRACTICE_CHAT_SETTLE)
        desk_answer(fault ? DB_RETRY : DB_OK, fault ? 0 : 1, &there);
    else if (op.statement == &PRACTICE_CHAT_LOAD || op.statement == &PRACTICE_CHAT_MESSAGE_IDS)
        desk_answer(DB_AWAY, 0, NULL);
    else if (fault)
        desk_answer(draw(2) ? DB_RETRY : DB_REFUSED, 0, NULL);
    else {
        write_batch();
        desk_answer(DB_OK, 0, NULL);
    }
}

static bool batch_is_oldest(void)
{
    const struct statement *st = desk_pending() ? desk.ops[desk.answered].statement : NULL;
    return st == &PRACTICE_CHAT_PUT_MESSAGES || st == &PRACTICE_CHAT_PUT_SESSIONS;
}

static void break_connection(void)
{
    if (batch_is_oldest() && draw(2))
        write_batch();
    desk_up(false);
}

/* ---- the model ---- */

static struct row *row_of(const char *content, bool reply)
{
    for (int i = 0; i < life.nrows; i++)
        if (life.rows[i].reply == reply && !strcmp(life.rows[i].content, content))
            return &life.rows[i];
    return NULL;
}

static struct model_call *ask_model(struct model *m, const struct model_question *q, const struct model_asker *asker,
                                    enum model_end *ret_why)
{
    law(!life.busy, "the model is asked two things at once");
    copy(life.about, q->lines[q->n - 1].text);
    struct row *about = row_of(life.about, false);
    law(about, "the model is asked of %s, which is not on disk", life.about);
    law(about->id > life.session.answered, "the model is asked again of what has its reply");
    for (int i = 0; i < life.nrows; i++)
        law(life.rows[i].reply || life.rows[i].id >= about->id || life.rows[i].thought, "%s is passed over",
            life.rows[i].content);
    law(q->n <= 10 && q->instructions.n, "%d lines are too many", q->n);
    about->thought = true;
    *ret_why = MODEL_BUSY;
    if (draw(10) == 0)
        return NULL;
    life.busy = true;
    life.asker = *asker;
    return (struct model_call *)&life;
}

static void cancel_model(struct model_call *c)
{
    law(life.busy, "what is not under way is cancelled");
    life.busy = false;
}

static struct model model = { ask_model, cancel_model };

static void say_piece(void)
{
    if (life.busy)
        life.asker.piece(life.asker.arg, TEXT("re"));
    desk_run();
}

static void reply(bool fault)
{
    char text[CONTENT + 4];
    if (!life.busy)
        return;
    life.busy = false;
    snprintf(text, sizeof text, "re%s", life.about);
    life.asker.done(life.asker.arg, fault ? MODEL_FAILED : MODEL_REPLIED, fault ? TEXT("") : text_of(text));
    desk_run();
}

/* ---- what is heard ---- */

static void hear_event(const struct room_deliver *d)
{
    if (!d->seq) {
        life.pieces++;
        law(d->only == STUDENT && !strcmp(d->only_frame->event.name, CHAT_DELTA), "what is no piece has no number");
        return;
    }
    law(on_disk(d->seq), "event %d was heard before it was on disk", (int)d->seq);
    law(d->seq == life.place + 1, "event %d was heard behind %d", (int)d->seq, (int)life.place);
    life.place = d->seq;
}

static void hear_answer(struct message *m)
{
    int at = (int)m->reply.slot;
    law(!life.answers[at]++, "question %d was answered twice", at);
    life.why[at] = m->kind == MESSAGE_ROOM_JOINED ? room_joined(m)->why : room_answer(m)->why;
    if (life.asks[at] == SAY && !life.why[at])
        life.ids_told[at] = chat_message_id(room_answer(m)->body);
}

static void hear(struct message *m)
{
    if (m->kind == MESSAGE_ROOM_CUT)
        life.listener = CLOSED;
    else if (m->kind == MESSAGE_ROOM_DELIVER && life.listener == OPEN)
        hear_event(room_deliver(m));
    else if (m->kind == MESSAGE_ROOM_JOINED || (m->kind == MESSAGE_ROOM_ANSWER && m->reply.slot == ASKS)) {
        bool in = m->kind == MESSAGE_ROOM_JOINED && !room_joined(m)->why;
        life.listener = in ? OPEN : CLOSED;
        life.place = in ? room_joined(m)->seq : life.place;
        law(!in || !room_joined(m)->hello.n, "somebody is greeted");
    } else if (m->kind == MESSAGE_ROOM_ANSWER)
        hear_answer(m);
}

/* ---- what happens ---- */

static void send_to_room(const struct room_command *cmd, int slot, uint32_t generation)
{
    struct message *m = room_command_create(cmd, (struct return_address){ 0, (uint32_t)slot, generation });
    assert_non_null(m);
    bus_send(desk.system, chat_address(1), m);
}

static void say(bool stranger)
{
    char text[16];
    if (life.nasks == ASKS)
        return;
    snprintf(text, sizeof text, "m%d", life.nasks);
    life.asks[life.nasks] = SAY;
    life.stranger[life.nasks] = stranger;
    send_to_room(
        &(struct room_command){ .op = CHAT_SAY, .caller.user = stranger ? OWNER + 1 : OWNER, .text = text_of(text) },
        life.nasks, 0);
    life.nasks++;
}

static void await_one(void)
{
    int of = life.nasks ? (int)draw((uint64_t)life.nasks) : 0;
    if (life.nasks == ASKS || !life.nasks || life.asks[of] != SAY || !life.ids_told[of])
        return;
    const struct chat_await wanted = { life.ids_told[of] };
    life.asks[life.nasks] = AWAIT;
    life.of[life.nasks] = of;
    send_to_room(
        &(struct room_command){ .op = CHAT_AWAIT, .caller.user = OWNER, .more = &wanted, .more_n = sizeof wanted },
        life.nasks, 0);
    life.nasks++;
}

static void end(void)
{
    if (life.nasks == ASKS)
        return;
    life.asks[life.nasks] = END;
    send_to_room(&(struct room_command){ .op = ROOM_END, .caller.user = OWNER }, life.nasks++, 0);
}

static void come(void)
{
    if (life.listener != CLOSED)
        return;
    life.listener = ASKED;
    send_to_room(&(struct room_command){ .op = ROOM_LISTEN, .caller.user = OWNER, .stream = ++life.streams }, ASKS, 0);
}

static void step(void)
{
    switch (draw(16)) {
    case 0:
        come();
        break;
    case 1:
        if (draw(5) == 0)
            break_connection();
        break;
    case 2:
        desk_up(true);
        break;
    case 3:
        desk_wait(draw(3) ? 100 * MS : 2 * SECOND);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        if (desk_pending())
            decide(draw(14) == 0);
        break;
    case 8:
        say_piece();
        break;
    case 9:
    case 10:
        reply(draw(6) == 0);
        break;
    case 11:
        await_one();
        break;
    case 12:
        if (draw(30) == 0)
            end();
        break;
    default:
        say(draw(12) == 0);
        if (draw(2))
            desk_run();
    }
    while (desk.nops > DESK_OPS / 2 && desk_pending())
        decide(false);
}

static void wake_room(void)
{
    struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
    assert_non_null(m);
    m->reply = NO_RETURN;
    bus_send(desk.system, chat_address(1), m);
}

/* Everything comes to its end, with a start's look at what has no reply. */
static void come_to_rest(void)
{
    desk_up(true);
    for (int i = 0; i < 60; i++) {
        desk_wait(SECOND);
        if (i == 20 && life.session.asked > life.session.answered)
            wake_room();
        for (int at = 0; at < 40; at++) {
            if (desk_pending())
                decide(false);
            reply(false);
        }
    }
}

static void open_life(void)
{
    static struct db_ops own;
    desk_open(BATCH, 4096);
    room_kind_setup(&chat_ops, 16, 3600 * SECOND, 256);
    worker_set_service(desk.worker, SERVICE_IDS, desk.ids);
    worker_set_service(desk.worker, SERVICE_MODEL, &model);
    life.ops = desk.db.ops;
    own = *desk.db.ops;
    own.batch = batch;
    desk.db.ops = &own;
    desk.hear = hear;
}

/* The process dies: what it had not told is never told. */
static void die(void)
{
    desk.hear = NULL;
    if (batch_is_oldest() && draw(2))
        write_batch();
    life.listener = CLOSED;
    desk.hear = hear;
    desk_close();
    life.busy = false;
    for (int i = 0; i < life.nasks; i++)
        if (!life.answers[i]) {
            life.answers[i] = 1;
            life.why[i] = ERROR_UNAVAILABLE;
        }
}

/* ---- the end ---- */

static int messages(const char *content)
{
    int n = 0;
    for (int i = 0; i < life.nrows; i++)
        n += !life.rows[i].reply && !strcmp(life.rows[i].content, content);
    return n;
}

static void check_asks(void)
{
    for (int i = 0; i < life.nasks; i++) {
        char content[16];
        snprintf(content, sizeof content, "m%d", i);
        law(life.answers[i] == 1, "question %d was answered %d times", i, life.answers[i]);
        if (life.asks[i] != SAY)
            continue;
        int n = messages(content);
        law(n <= 1 && (life.why[i] || n == 1), "%s: %s, and on disk %d times", content, error_name(life.why[i]), n);
        law(!life.stranger[i] || (!n && (life.why[i] == ERROR_CHAT_OWNER_SENDS || life.why[i] == ERROR_UNAVAILABLE ||
                                         life.why[i] == ERROR_OVERLOADED)),
            "a stranger said something: %s", error_name(life.why[i]));
    }
}

/* Replies come in the order of the messages, one for each: its own, or the friendly sentence. */
static void check_replies(void)
{
    int asked = 0, replies = 0;
    for (int i = 0; i < life.nrows; i++) {
        struct row *r = &life.rows[i];
        law(i == 0 || r->seq > life.rows[i - 1].seq, "numbers go back");
        if (!r->reply)
            continue;
        while (life.rows[asked].reply)
            asked++;
        char own[CONTENT + 4], sorry[CONTENT];
        snprintf(own, sizeof own, "re%s", life.rows[asked].content);
        copy(sorry, tutor_sorry(MODEL_FAILED));
        char busy[CONTENT];
        copy(busy, tutor_sorry(MODEL_BUSY));
        law(!strcmp(r->content, own) || !strcmp(r->content, sorry) || !strcmp(r->content, busy), "%s is no reply to %s",
            r->content, life.rows[asked].content);
        law(asked < i, "a reply comes before its message");
        asked++;
        replies++;
    }
    law(replies * 2 == life.nrows, "%d of %d are replies", replies, life.nrows);
    law(life.session.asked == life.session.answered, "somebody still waits");
}

static void live(uint64_t seed)
{
    memset(&life, 0, sizeof life);
    life.seed = seed;
    life.random = seed * 0x9e3779b97f4a7c15;
    open_life();
    for (int i = 0; i < STEPS; i++)
        step();
    if (draw(2)) {
        die();
        open_life();
        if (life.session.asked > life.session.answered)
            wake_room();
        for (int i = 0; i < STEPS / 4; i++)
            step();
    }
    come_to_rest();
    check_asks();
    check_replies();
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
