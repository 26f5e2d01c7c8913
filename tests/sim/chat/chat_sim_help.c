/* Chat sim help: the tables of conversations, a model that replies later, fails, or is busy, and the laws: no message that
 * was stored is lost; each has one reply, in the order of their ids, and the model is asked of one at a time. */
#include "chat_sim_help.h"

#include "actors/chat/chat.h"
#include "actors/chat/model.h"
#include "actors/room_kinds.h"
#include "proto/chat.h"
#include "store/statements.h"
#include "tests/sim/sim_fuzz_help.h"

#include <limits.h>
#include <stdio.h>

/* Ben is the student: who teaches owns none. */
enum { OWNER = 2, STUDENT = 70, POISON = 666, CONTENT = 16, LOADED = 17 };

/* ---- its tables ---- */

struct message_row {
    int32_t room, id;
    bool reply;
    int64_t seq, at;
    char content[160];
};

struct session_row {
    int32_t room, asked, answered;
    int64_t ended;
};

struct chat_tables {
    struct fake_tables *base;
    struct message_row *messages;
    struct session_row *sessions;
    int nmessages, messages_cap, nsessions, sessions_cap;
    int32_t ids;
};

static void *create(struct fake_tables *base)
{
    struct chat_tables *t = calloc(1, sizeof *t);
    assert(t);
    t->base = base;
    return t;
}

static void destroy(void *own)
{
    struct chat_tables *t = own;
    free(t->messages);
    free(t->sessions);
    free(t);
}

static void found(void *own, int32_t room)
{
    *FAKE_APPEND((struct chat_tables *)own, sessions) = (struct session_row){ .room = room };
}

static struct session_row *session_of(const struct chat_tables *t, int32_t room)
{
    for (int i = 0; i < t->nsessions; i++)
        if (t->sessions[i].room == room)
            return &t->sessions[i];
    return NULL;
}

static bool put_message(void *own, const struct text *v, struct fake_refusal *why)
{
    struct chat_tables *t = own;
    struct message_row row = { .id = (int32_t)fake_integer(v[0]),
                               .room = (int32_t)fake_integer(v[1]),
                               .reply = text_is(v[2], chat_role(true)),
                               .at = fake_time(v[5]),
                               .seq = fake_integer(v[6]) };
    assert(v[3].n < sizeof row.content);
    memcpy(row.content, v[3].p, v[3].n);
    if (!fake_number_row(t->base, 0, row.room, row.seq, row.at, why))
        return false;
    *FAKE_APPEND(t, messages) = row;
    return strcmp(row.content, "m666") != 0 || fake_refuse(why, "23514", "content_check");
}

static int32_t greater(int32_t a, int64_t b)
{
    return b > a ? (int32_t)b : a;
}

static bool put_session(void *own, const struct text *v, struct fake_refusal *why)
{
    struct chat_tables *t = own;
    struct session_row *s = session_of(t, (int32_t)fake_integer(v[0]));
    int64_t ended = fake_integer(v[3]);
    assert(s);
    s->asked = greater(s->asked, fake_integer(v[1]));
    s->answered = greater(s->answered, fake_integer(v[2]));
    if (!ended)
        return true;
    if (s->ended)
        fake_broken(t->base, "a conversation is ended twice", s->room, ended);
    s->ended = ended;
    return fake_number_row(t->base, 1, s->room, ended, fake_time(v[4]), why);
}

static bool put_told(void *own, const struct text *v, struct fake_refusal *why)
{
    return true;
}

static void load_session(const struct chat_tables *t, const struct session_row *s, char **row)
{
    row[PRACTICE_CHAT_LOAD_STUDENT_ID] = fake_cell(STUDENT);
    row[PRACTICE_CHAT_LOAD_PERSON_ID] = fake_cell(OWNER);
    row[PRACTICE_CHAT_LOAD_NAME] = fake_copy(TEXT("Ben"));
    row[PRACTICE_CHAT_LOAD_IS_ACTIVE] = fake_boolean(!s->ended);
    row[PRACTICE_CHAT_LOAD_AGENT_TYPE] = fake_copy(TEXT("general"));
    row[PRACTICE_CHAT_LOAD_EPOCH] = fake_cell(SIM_EPOCH);
    row[PRACTICE_CHAT_LOAD_SEQ] = fake_cell(fake_room_of(t->base, s->room)->seq);
    row[PRACTICE_CHAT_LOAD_ANSWERED] = fake_cell(s->answered);
    for (int i = 0; i < t->nmessages; i++)
        if (t->messages[i].room == s->room) {
            free(row[PRACTICE_CHAT_LOAD_LAST]);
            row[PRACTICE_CHAT_LOAD_LAST] = fake_stamp(t->messages[i].at);
        }
}

static int messages_in(const struct chat_tables *t, int32_t room)
{
    int n = 0;
    for (int i = 0; i < t->nmessages; i++)
        n += t->messages[i].room == room;
    return n;
}

/* The newest, oldest first, each with all of the session; one row at least. */
static void load(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct chat_tables *t = own;
    const struct session_row *s = session_of(t, (int32_t)fake_integer(c->params[0]));
    fake_rows_begin(ret, PRACTICE_CHAT_LOAD.ncolumns);
    if (!s)
        return;
    int skipped = messages_in(t, s->room) - LOADED;
    for (int i = 0; i < t->nmessages; i++) {
        const struct message_row *m = &t->messages[i];
        if (m->room != s->room || skipped-- > 0)
            continue;
        char **row = fake_rows_add(ret);
        load_session(t, s, row);
        row[PRACTICE_CHAT_LOAD_MESSAGE_ID] = fake_cell(m->id);
        row[PRACTICE_CHAT_LOAD_MESSAGE_SEQ] = fake_cell(m->seq);
        row[PRACTICE_CHAT_LOAD_ROLE] = fake_copy(text_of(chat_role(m->reply)));
        row[PRACTICE_CHAT_LOAD_CONTENT] = fake_copy(text_of(m->content));
    }
    if (!ret->rows)
        load_session(t, s, fake_rows_add(ret));
}

static bool wanted(const struct fake_call *c, int32_t room, int64_t seq)
{
    return room == fake_integer(c->params[0]) && seq > fake_integer(c->params[1]) && seq <= fake_integer(c->params[2]);
}

/* The end may stand between replies. */
static void replay(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct chat_tables *t = own;
    const struct session_row *s = session_of(t, (int32_t)fake_integer(c->params[0]));
    int64_t end = s && s->ended && wanted(c, s->room, s->ended) ? s->ended : INT64_MAX;
    fake_rows_begin(ret, PRACTICE_CHAT_REPLAY.ncolumns);
    for (int i = 0; i <= t->nmessages && ret->rows < fake_integer(c->params[3]); i++) {
        const struct message_row *m = i < t->nmessages ? &t->messages[i] : NULL;
        if (m && !wanted(c, m->room, m->seq))
            continue;
        if (end < (m ? m->seq : INT64_MAX)) {
            fake_rows_add(ret)[PRACTICE_CHAT_REPLAY_SEQ] = fake_cell(end);
            end = INT64_MAX;
        }
        if (!m || ret->rows == fake_integer(c->params[3]))
            continue;
        char **row = fake_rows_add(ret);
        row[PRACTICE_CHAT_REPLAY_SEQ] = fake_cell(m->seq);
        row[PRACTICE_CHAT_REPLAY_SESSION_ID] = fake_cell(m->room);
        row[PRACTICE_CHAT_REPLAY_ID] = fake_cell(m->id);
        row[PRACTICE_CHAT_REPLAY_ROLE] = fake_copy(text_of(chat_role(m->reply)));
        row[PRACTICE_CHAT_REPLAY_CONTENT] = fake_copy(text_of(m->content));
        row[PRACTICE_CHAT_REPLAY_METADATA] = fake_copy(TEXT("{}"));
        row[PRACTICE_CHAT_REPLAY_CREATED_AT] = fake_stamp(m->at);
    }
}

/* A sequence gives a number once, whatever becomes of it. */
static void take_ids(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    struct chat_tables *t = own;
    fake_rows_begin(ret, 1);
    for (int64_t n = fake_integer(c->params[0]); n--;)
        fake_rows_add(ret)[0] = fake_cell(++t->ids);
}

struct kept {
    int nmessages;
    struct session_row sessions[];
};

static void *keep(const void *own)
{
    const struct chat_tables *t = own;
    struct kept *k = malloc(sizeof *k + (size_t)t->nsessions * sizeof *t->sessions);
    assert(k);
    k->nmessages = t->nmessages;
    if (t->nsessions)
        memcpy(k->sessions, t->sessions, (size_t)t->nsessions * sizeof *t->sessions);
    return k;
}

static void put_back(void *own, const void *kept)
{
    struct chat_tables *t = own;
    const struct kept *k = kept;
    t->nmessages = k->nmessages;
    if (t->nsessions)
        memcpy(t->sessions, k->sessions, (size_t)t->nsessions * sizeof *t->sessions);
}

static uint64_t digest(const void *own, uint64_t d)
{
    const struct chat_tables *t = own;
    for (int i = 0; i < t->nmessages; i++)
        d = fake_mix(fake_mix(d, t->messages[i].content, strlen(t->messages[i].content)), &t->messages[i].seq,
                     sizeof t->messages[i].seq);
    return fake_mix(d, t->sessions, t->nsessions ? (size_t)t->nsessions * sizeof *t->sessions : 0);
}

/* ---- the laws of its tables ---- */

/* The next message of a room behind place *at that is one, or is none. */
static const struct message_row *next_of(const struct chat_tables *t, int32_t room, bool reply, int *at)
{
    while (*at < t->nmessages) {
        const struct message_row *m = &t->messages[(*at)++];
        if (m->room == room && m->reply == reply)
            return m;
    }
    return NULL;
}

/* Is it what the model says to that message, or one of the sentences instead? Those begin otherwise. */
static bool replies_to(const struct message_row *reply, const struct message_row *message)
{
    char own[CONTENT];
    snprintf(own, sizeof own, "re%.12s", message->content);
    return !strcmp(reply->content, own) || strncmp(reply->content, "rem", 3) != 0;
}

/* The n-th reply is to the n-th message, which came before it. */
static void check_replies(struct chat_tables *t, const struct session_row *s)
{
    const struct message_row *reply, *message = NULL;
    int at = 0, of = 0;
    while ((reply = next_of(t, s->room, true, &at))) {
        message = next_of(t, s->room, false, &of);
        if (!message || message->seq > reply->seq || !replies_to(reply, message))
            fake_broken(t->base, "a reply to another message", s->room, reply->seq);
    }
    if (s->answered != (message ? message->id : 0))
        fake_broken(t->base, "what is answered is not what has its reply", s->room, s->answered);
}

static void check(void *own)
{
    struct chat_tables *t = own;
    for (int i = 0; i < t->nsessions; i++)
        check_replies(t, &t->sessions[i]);
}

static const struct fake_put writes[] = { { &PRACTICE_CHAT_PUT_MESSAGES, put_message },
                                          { &PRACTICE_CHAT_PUT_SESSIONS, put_session },
                                          { &PRACTICE_CHAT_TELL, put_told },
                                          { 0 } };
static const struct fake_read reads[] = { { &PRACTICE_CHAT_LOAD, load },
                                          { &PRACTICE_CHAT_REPLAY, replay },
                                          { &PRACTICE_CHAT_SETTLE, fake_settle },
                                          { &PRACTICE_CHAT_MESSAGE_IDS, take_ids },
                                          { 0 } };

static const struct fake_kind tables = { .create = create,
                                         .destroy = destroy,
                                         .found = found,
                                         .puts = writes,
                                         .reads = reads,
                                         .keep = keep,
                                         .put_back = put_back,
                                         .drop = free,
                                         .check = check,
                                         .digest = digest };

/* ---- its rows ---- */

static const struct chat_tables *own_tables(const struct fake_store *s)
{
    return fake_store_own(s, &tables);
}

static bool event(const struct fake_store *s, int32_t room, int64_t seq, struct buf *ret_name, struct buf *ret_data)
{
    const struct chat_tables *t = own_tables(s);
    if (session_of(t, room)->ended == seq) {
        buf_puts(ret_name, CHAT_ENDED);
        buf_puts(ret_data, "{\"type\":\"" CHAT_ENDED "\"}");
        return true;
    }
    for (int i = 0; i < t->nmessages; i++) {
        const struct message_row *m = &t->messages[i];
        if (m->room != room || m->seq != seq)
            continue;
        buf_puts(ret_name, CHAT_MESSAGE);
        chat_put_message(ret_data, CHAT_MESSAGE,
                         &(struct chat_message){ m->id, room, m->reply, text_of(m->content), { 0 }, m->at });
        return true;
    }
    return false;
}

static bool active(const struct fake_store *s, int32_t room)
{
    return !session_of(own_tables(s), room)->ended;
}

static int rows(const struct fake_store *s, int32_t room, int32_t user, const char *leaves)
{
    return active(s, room) ? 0 : INT_MAX; /* an end is as good for many yeses as for one */
}

static int marked(const struct fake_store *s, int32_t room, const char *mark)
{
    const struct chat_tables *t = own_tables(s);
    int n = 0;
    for (int i = 0; i < t->nmessages; i++)
        n += t->messages[i].room == room && !strcmp(t->messages[i].content, mark);
    return n;
}

/* ---- the model ---- */

/* A question that is under way: answered by a timer of its worker. */
struct model_call {
    struct timer timer; /* first */
    struct worker *worker;
    struct model_asker asker;
    char about[CONTENT];
    bool fails;
};

static uint64_t digits_of(const char *about)
{
    return strtoull(about + 1, NULL, 10);
}

static void on_time(struct timer *timer)
{
    struct model_call *c = (struct model_call *)timer, now = *c;
    char reply[CONTENT + 4];
    free(c);
    snprintf(reply, sizeof reply, "re%s", now.about);
    now.asker.piece(now.asker.arg, TEXT("re"));
    now.asker.done(now.asker.arg, now.fails ? MODEL_FAILED : MODEL_REPLIED, now.fails ? TEXT("") : text_of(reply));
}

struct one_model {
    struct model base;
    struct worker *worker;
};

/* What becomes of a question is told by its number: some are refused, some fail, all take their time. */
static struct model_call *ask_model(struct model *m, const struct model_question *q, const struct model_asker *asker,
                                    enum model_end *ret_why)
{
    struct text about = q->lines[q->n - 1].text;
    struct model_call *c = calloc(1, sizeof *c);
    assert(c && about.n < CONTENT && !q->lines[q->n - 1].reply);
    memcpy(c->about, about.p, about.n);
    uint64_t number = digits_of(c->about);
    *ret_why = MODEL_BUSY;
    if (number % 11 == 5) {
        free(c);
        return NULL;
    }
    c->worker = ((struct one_model *)m)->worker;
    c->asker = *asker;
    c->fails = number % 7 == 3;
    c->timer.fire = on_time;
    worker_timer_start(c->worker, &c->timer, (1 + number % 5) * 40 * MS);
    return c;
}

static void cancel_model(struct model_call *c)
{
    worker_timer_stop(c->worker, &c->timer);
    free(c);
}

/* ---- what happens to it ---- */

static void wake(struct sim *sim, int32_t room)
{
    struct message *m = message_create(MESSAGE_ROOM_WAKE, sizeof(struct room_wake));
    assert_non_null(m);
    m->reply = NO_RETURN;
    bus_send(sim->system, sim_address(sim, room), m);
}

/* Workers of threads have none, and the tutor's sentences come at once. What was left behind is woken. */
static void started(struct sim *sim)
{
    static struct one_model models[16];
    for (int i = 0; i < sim->options.workers && !sim->options.threads; i++) {
        models[i] = (struct one_model){ { ask_model, cancel_model }, system_worker(sim->system, i) };
        worker_set_service(models[i].worker, SERVICE_MODEL, &models[i]);
    }
    const struct chat_tables *t = own_tables(sim->store);
    for (int i = 0; i < t->nsessions; i++)
        if (t->sessions[i].asked > t->sessions[i].answered)
            wake(sim, t->sessions[i].room);
}

/* ---- its laws ---- */

/* Pieces have no number, and are the only ones. */
static void hear(struct sim *sim, struct sim_client *c, const struct sim_frame *f)
{
    if (!f->seq && strcmp(f->event, CHAT_DELTA) != 0)
        sim_break(sim, "%s heard %s in room %d", c->name, f->event, c->room);
}

/* The owner is refused for want of the database or of room for it, or because all is over; others always are. */
static void check_ask(struct sim *sim, const struct sim_ask *a)
{
    bool in_doubt = !a->answered || a->why == ERROR_UNAVAILABLE || a->why == ERROR_OVERLOADED;
    bool over = !active(sim->store, a->room) && (a->why == ERROR_CHAT_NOT_ACTIVE || a->why == ERROR_CHAT_OVER);
    enum error no = a->op == ROOM_LISTEN ? ERROR_CHAT_OWNER_LISTENS
                    : a->op == ROOM_END  ? ERROR_CHAT_OWNER_ENDS
                    : a->op == ROOM_KICK ? ERROR_INVALID_ACTION
                                         : ERROR_CHAT_OWNER_SENDS;
    bool right = a->user == OWNER && a->op != ROOM_KICK ? !a->why || over : a->why == no;
    if (!in_doubt && !right)
        sim_break(sim, "room %d answered operation %d of user %d by %s", a->room, a->op, a->user, error_name(a->why));
}

/* Whatever was stored has its reply in the end. */
static void check_tables(struct sim *sim, int32_t room)
{
    const struct session_row *s = session_of(own_tables(sim->store), room);
    if (s->asked != s->answered)
        sim_break(sim, "room %d was asked message %d, and replied to %d", room, s->asked, s->answered);
}

/* ---- what people do ---- */

static void say(struct sim *sim, const char *who, int number)
{
    char content[CONTENT];
    snprintf(content, sizeof content, "m%d", number);
    struct room_command cmd = { .op = CHAT_SAY,
                                .caller = sim_person(sim, sim_user(sim, who)),
                                .text = text_of(content) };
    (void)sim_ask(sim, &cmd, NULL, text_of(content));
}

static const char *student_mostly(struct sim_fuzz *f)
{
    return sim_chance(f, 850) ? "Ben" : sim_somebody(f);
}

static void ask(struct sim_fuzz *f, uint16_t op, const char *leaves)
{
    struct room_command cmd = { .op = op, .caller = sim_person(f->sim, sim_user(f->sim, student_mostly(f))) };
    (void)sim_ask(f->sim, &cmd, leaves, (struct text){ 0 });
}

static void post(struct sim_fuzz *f)
{
    f->said += f->said + 1 == POISON;
    if (sim_chance(f, 6))
        ask(f, ROOM_END, "over");
    else if (sim_chance(f, 30))
        ask(f, ROOM_KICK, NULL);
    else if (sim_chance(f, 150))
        ask(f, CHAT_AWAIT, NULL);
    else
        say(f->sim, student_mostly(f), f->faults && sim_chance(f, 15) ? POISON : ++f->said);
}

static void witness(struct sim *sim)
{
    say(sim, "Ben", 100000 + sim->nasks);
    wake(sim, sim->room);
}

const struct sim_kind sim_chat = { .ops = &chat_ops,
                                   .tables = &tables,
                                   .end_event = CHAT_ENDED,
                                   .client_size = sizeof(struct sim_client),
                                   .started = started,
                                   .event = event,
                                   .active = active,
                                   .rows = rows,
                                   .marked = marked,
                                   .hear = hear,
                                   .check_ask = check_ask,
                                   .check_tables = check_tables,
                                   .post = post,
                                   .witness = witness };
