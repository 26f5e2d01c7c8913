/* Fake tables: arrays of rows, the batch statements with the constraints of schema/, the reading statements, and what
 * tests ask of the tables. */
#include "class_tables_help.h"

#include "proto/base/json.h"
#include "proto/base/stamp.h"
#include "proto/classroom.h"
#include "store/statements.h"

#include <assert.h>
#include <endian.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define POSTGRES_EPOCH_US INT64_C(946684800000000)
enum { ARRAY_HEAD = 20, START_US = 1600000000 };

char *fake_copy(struct text t)
{
    char *s = t.p ? strndup(t.p, t.n) : NULL;
    assert(s || !t.p);
    return s;
}

/* ---- calls and rows ---- */

void fake_call_copy(struct fake_call *to, const struct statement *st, const struct db_params *p)
{
    assert(p->n == st->nparams);
    to->statement = st;
    to->n = p->n;
    for (int i = 0; i < p->n; i++) {
        to->params[i] = (struct text){ NULL, (size_t)p->lengths[i] };
        if (!p->values[i])
            continue;
        char *bytes = malloc((size_t)p->lengths[i] + 1);
        assert(bytes && p->formats[i] == 1);
        memcpy(bytes, p->values[i], (size_t)p->lengths[i]);
        to->params[i].p = bytes;
    }
}

void fake_call_free(struct fake_call *c)
{
    for (int i = 0; i < c->n; i++)
        free((char *)c->params[i].p);
}

static void rows_begin(struct fake_rows *r, int columns)
{
    *r = (struct fake_rows){ .columns = columns };
}

static char **rows_add(struct fake_rows *r)
{
    r->cell = realloc(r->cell, (size_t)((r->rows + 1) * r->columns) * sizeof *r->cell);
    assert(r->cell);
    char **row = r->cell + r->rows++ * r->columns;
    memset(row, 0, (size_t)r->columns * sizeof *row);
    return row;
}

void fake_rows_fini(struct fake_rows *r)
{
    for (int i = 0; i < r->rows * r->columns; i++)
        free(r->cell[i]);
    free(r->cell);
    *r = (struct fake_rows){ 0 };
}

char *fake_number(int64_t v)
{
    char s[32];
    snprintf(s, sizeof s, "%lld", (long long)v);
    return fake_copy(text_of(s));
}

static char *boolean(bool v)
{
    return fake_copy(v ? TEXT("t") : TEXT("f"));
}

char *fake_stamp(int64_t us)
{
    struct buf b = { 0 };
    if (!us)
        return NULL;
    stamp_put(&b, us);
    char *s = fake_copy(buf_view(&b));
    buf_fini(&b);
    return s;
}

/* ---- binary values ---- */

static uint32_t be32_at(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return be32toh(v);
}

int64_t fake_integer(struct text v)
{
    uint64_t n;
    if (!v.p)
        return 0;
    if (v.n == 1)
        return *v.p;
    if (v.n == 4)
        return (int32_t)be32_at(v.p);
    assert(v.n == 8);
    memcpy(&n, v.p, sizeof n);
    return (int64_t)be64toh(n);
}

int64_t fake_time(struct text v)
{
    return v.p ? fake_integer(v) + POSTGRES_EPOCH_US : 0;
}

/* The elements of a binary array, [0] … [n - 1]; the caller frees the list. */
static struct text *elements(struct text array, int *ret_n)
{
    assert(array.n >= ARRAY_HEAD && be32_at(array.p) == 1);
    int n = (int)be32_at(array.p + 12);
    struct text *list = calloc((size_t)n, sizeof *list);
    const char *p = array.p + ARRAY_HEAD;
    assert(list);
    for (int i = 0; i < n; i++) {
        uint32_t size = be32_at(p);
        p += 4;
        if (size == UINT32_MAX)
            continue;
        list[i] = (struct text){ p, size };
        p += size;
    }
    assert(p == array.p + array.n);
    *ret_n = n;
    return list;
}

/* ---- looking up ---- */

struct fake_session *fake_session_of(const struct fake_tables *t, int64_t id)
{
    return id > 0 && id <= t->nsessions ? &t->sessions[id - 1] : NULL;
}

const struct fake_user *fake_user_of(const struct fake_tables *t, int64_t id)
{
    return id > 0 && id <= t->nusers ? &t->users[id - 1] : NULL;
}

static const struct fake_log *log_at(const struct fake_tables *t, int64_t session, int64_t seq)
{
    for (int i = t->nlogs; i-- > 0;)
        if (t->logs[i].session == session && t->logs[i].seq == seq)
            return &t->logs[i];
    return NULL;
}

static const struct fake_event *event_at(const struct fake_tables *t, int64_t session, int64_t seq)
{
    for (int i = t->nevents; i-- > 0;)
        if (t->events[i].session == session && t->events[i].seq == seq)
            return &t->events[i];
    return NULL;
}

static struct fake_person *person_by(const struct fake_tables *t, int64_t session, int64_t user)
{
    for (int i = 0; i < t->npeople; i++)
        if (t->people[i].session == session && t->people[i].user == user)
            return &t->people[i];
    return NULL;
}

static struct fake_person *person_with_id(const struct fake_tables *t, int64_t id)
{
    for (int i = 0; i < t->npeople; i++)
        if (t->people[i].id == id)
            return &t->people[i];
    return NULL;
}

void fake_broken(struct fake_tables *t, const char *what, int64_t session, int64_t seq)
{
    if (!t->broken.n)
        buf_printf(&t->broken, "%s: session %lld, event %lld", what, (long long)session, (long long)seq);
}

/* ---- the batch statements: one row each; false: refused ---- */

bool fake_refuse(struct fake_refusal *why, const char *sqlstate, const char *constraint)
{
    *why = (struct fake_refusal){ sqlstate, constraint };
    return false;
}

static bool put_participant(struct fake_tables *t, const struct text *v, struct fake_refusal *why)
{
    int64_t id = fake_integer(v[0]), session = fake_integer(v[1]), user = fake_integer(v[2]);
    struct fake_person *p = person_with_id(t, id);
    if (!fake_session_of(t, session) || !fake_user_of(t, user))
        return fake_refuse(why, "23503", "participants_session_id_fkey");
    if (!p && person_by(t, session, user))
        return fake_refuse(why, "23505", "participants_session_id_user_id_key");
    if (!p) {
        p = FAKE_APPEND(t, people);
        *p = (struct fake_person){
            .id = (int32_t)id, .session = (int32_t)session, .user = (int32_t)user, .joined = fake_time(v[3])
        };
    }
    p->left = fake_time(v[4]);
    p->muted = fake_integer(v[5]);
    p->kicked = fake_integer(v[6]);
    p->hand = fake_time(v[7]);
    p->connected = fake_integer(v[8]);
    return true;
}

static bool end_session(struct fake_tables *t, const struct text *v, struct fake_refusal *why)
{
    struct fake_session *s = fake_session_of(t, fake_integer(v[0]));
    if (s) {
        s->active = false;
        s->ended = fake_time(v[1]);
    }
    return true;
}

static bool put_log(struct fake_tables *t, const struct text *v, struct fake_refusal *why)
{
    int64_t session = fake_integer(v[0]), user = fake_integer(v[1]), seq = fake_integer(v[5]);
    if (!fake_session_of(t, session) || (user && !fake_user_of(t, user)))
        return fake_refuse(why, "23503", "logs_session_id_fkey");
    if (log_at(t, session, seq))
        return fake_refuse(why, "23505", "logs_session_seq");
    assert(v[3].n > 1 && v[3].p[0] == 1);
    *FAKE_APPEND(t, logs) = (struct fake_log){ .session = (int32_t)session,
                                               .user = (int32_t)user,
                                               .type = fake_copy(v[2]),
                                               .details = fake_copy((struct text){ v[3].p + 1, v[3].n - 1 }),
                                               .at = fake_time(v[4]),
                                               .seq = seq };
    return true;
}

static bool put_chat(struct fake_tables *t, const struct text *v, struct fake_refusal *why)
{
    int64_t id = fake_integer(v[0]), session = fake_integer(v[1]), person = fake_integer(v[2]);
    if (!fake_session_of(t, session) || !person_with_id(t, person))
        return fake_refuse(why, "23503", "chat_messages_participant_id_fkey");
    for (int i = 0; i < t->nchats; i++)
        if (t->chats[i].id == id)
            return fake_refuse(why, "23505", "chat_messages_pkey");
    char *text = fake_copy(v[3]);
    *FAKE_APPEND(t, chats) = (struct fake_chat){ .id = (int32_t)id,
                                                 .session = (int32_t)session,
                                                 .participant = (int32_t)person,
                                                 .text = text,
                                                 .at = fake_time(v[4]) };
    return !strstr(text, FAKE_POISON) || fake_refuse(why, "22021", "");
}

static bool put_event(struct fake_tables *t, const struct text *v, struct fake_refusal *why)
{
    int64_t session = fake_integer(v[0]), seq = fake_integer(v[1]);
    if (!fake_session_of(t, session))
        return fake_refuse(why, "23503", "events_session_id_fkey");
    if (event_at(t, session, seq))
        return fake_refuse(why, "23505", "events_pkey");
    *FAKE_APPEND(t, events) = (struct fake_event){
        .session = (int32_t)session, .seq = seq, .name = fake_copy(v[2]), .data = fake_copy(v[3])
    };
    return true;
}

/* One row for the pushes of an invite, however many there are. */
static bool put_invite(struct fake_tables *t, const struct text *v, struct fake_refusal *why)
{
    *FAKE_APPEND(t, invites) =
        (struct fake_invite){ (int32_t)fake_integer(v[0]), (int32_t)fake_integer(v[1]), (int32_t)fake_integer(v[2]) };
    return true;
}

static const struct {
    const struct statement *statement;
    bool (*put)(struct fake_tables *t, const struct text *v, struct fake_refusal *why);
} batches[] = {
    { &CLASSROOM_PUT_PARTICIPANTS, put_participant },
    { &CLASSROOM_END_SESSIONS, end_session },
    { &CLASSROOM_PUT_LOGS, put_log },
    { &CLASSROOM_PUT_CHAT, put_chat },
    { &CLASSROOM_PUT_EVENTS, put_event },
    { &CLASSROOM_PUT_PLAYBACK, fake_put_playing },
    { &CLASSROOM_PUT_PLAYBACK_STATE, fake_put_playback },
    { &CLASSROOM_PUT_INVITES, put_invite },
};

static bool perform(struct fake_tables *t, const struct fake_call *c, struct fake_refusal *why)
{
    struct text *columns[DB_MAX_PARAMS];
    int n = 0, at = 0;
    bool done = true;
    while (batches[at].statement != c->statement)
        assert(++at < (int)(sizeof batches / sizeof *batches));
    for (int i = 0; i < c->n; i++)
        columns[i] = elements(c->params[i], &n);
    for (int row = 0; row < n && done; row++) {
        struct text v[DB_MAX_PARAMS];
        for (int i = 0; i < c->n; i++)
            v[i] = columns[i][row];
        done = batches[at].put(t, v, why);
    }
    for (int i = 0; i < c->n; i++)
        free(columns[i]);
    return done;
}

/* ---- transactions ---- */

static void free_log(struct fake_log *l)
{
    free(l->type);
    free(l->details);
}

static void free_event(struct fake_event *e)
{
    free(e->name);
    free(e->data);
}

/* Forgets what came after `before`; people, playings and sessions are put back as they were. */
static void roll_back(struct fake_tables *t, const struct fake_tables *before)
{
    while (t->nlogs > before->nlogs)
        free_log(&t->logs[--t->nlogs]);
    while (t->nevents > before->nevents)
        free_event(&t->events[--t->nevents]);
    while (t->nchats > before->nchats)
        free(t->chats[--t->nchats].text);
    t->npeople = before->npeople;
    if (t->npeople)
        memcpy(t->people, before->people, (size_t)t->npeople * sizeof *t->people);
    t->nplayings = before->nplayings;
    if (t->nplayings)
        memcpy(t->playings, before->playings, (size_t)t->nplayings * sizeof *t->playings);
    t->ninvites = before->ninvites;
    memcpy(t->sessions, before->sessions, (size_t)t->nsessions * sizeof *t->sessions);
}

/* The numbers of each session go on without a hole and times rise: what every commit must leave behind. */
static void check_numbers(struct fake_tables *t, const struct fake_tables *before)
{
    for (int32_t id = 1; id <= t->nsessions; id++) {
        struct fake_session *s = fake_session_of(t, id);
        while (log_at(t, id, s->seq + 1) || event_at(t, id, s->seq + 1))
            s->seq++;
    }
    for (int i = before->nlogs; i < t->nlogs; i++)
        if (t->logs[i].seq > fake_session_of(t, t->logs[i].session)->seq)
            fake_broken(t, "a hole before a log row", t->logs[i].session, t->logs[i].seq);
    for (int i = before->nevents; i < t->nevents; i++)
        if (t->events[i].seq > fake_session_of(t, t->events[i].session)->seq)
            fake_broken(t, "a hole before a kept event", t->events[i].session, t->events[i].seq);
    for (int i = before->nlogs; i < t->nlogs; i++)
        for (int k = i; k-- > 0;)
            if (t->logs[k].session == t->logs[i].session) {
                if (t->logs[k].at >= t->logs[i].at || t->logs[k].seq >= t->logs[i].seq)
                    fake_broken(t, "log rows out of order", t->logs[i].session, t->logs[i].seq);
                break;
            }
}

static void *rows_copy(const void *rows, size_t size)
{
    void *c = malloc(size + 1);
    assert(c);
    if (size)
        memcpy(c, rows, size);
    return c;
}

bool fake_tables_commit(struct fake_tables *t, const struct fake_call *calls, int n, struct fake_refusal *why)
{
    struct fake_tables before = *t;
    bool done = true;
    before.people = rows_copy(t->people, (size_t)t->npeople * sizeof *t->people);
    before.playings = rows_copy(t->playings, (size_t)t->nplayings * sizeof *t->playings);
    before.sessions = rows_copy(t->sessions, (size_t)t->nsessions * sizeof *t->sessions);
    for (int i = 0; i < n && done; i++) {
        assert(!i || calls[i].statement->batch > calls[i - 1].statement->batch);
        done = perform(t, &calls[i], why);
    }
    if (done) {
        check_numbers(t, &before);
        fake_check_playings(t);
    } else {
        roll_back(t, &before);
    }
    free(before.people);
    free(before.playings);
    free(before.sessions);
    return done;
}

/* ---- the reading statements ---- */

static void load_person(char **row, const struct fake_tables *t, const struct fake_person *p)
{
    row[5] = fake_number(p->id);
    row[6] = fake_number(p->user);
    row[7] = fake_copy(text_of(fake_user_of(t, p->user)->name));
    row[8] = fake_copy(fake_user_of(t, p->user)->teacher ? TEXT("teacher") : TEXT("student"));
    row[9] = boolean(p->muted);
    row[10] = boolean(p->kicked);
    row[11] = fake_stamp(p->hand);
    row[12] = boolean(p->connected);
    row[13] = fake_stamp(p->joined);
    row[14] = fake_stamp(p->left);
}

static int by_hand(const void *a, const void *b)
{
    const struct fake_person *p = *(struct fake_person *const *)a, *q = *(struct fake_person *const *)b;
    if (p->hand && q->hand)
        return p->hand < q->hand ? -1 : p->hand > q->hand;
    return p->hand || q->hand ? (p->hand ? -1 : 1) : p->id - q->id;
}

/* A session's people, raised hands first; NULL-ended, the caller frees the list. */
static struct fake_person **in_order_of_hands(const struct fake_tables *t, int64_t session)
{
    struct fake_person **list = calloc((size_t)t->npeople + 1, sizeof(struct fake_person *));
    size_t n = 0;
    assert(list);
    for (int i = 0; i < t->npeople; i++)
        if (t->people[i].session == session)
            list[n++] = &t->people[i];
    qsort(list, n, sizeof(struct fake_person *), by_hand);
    return list;
}

static void load(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret)
{
    int64_t id = fake_integer(c->params[0]), last = 0;
    const struct fake_session *s = fake_session_of(t, id);
    rows_begin(ret, 26);
    if (!s)
        return;
    for (int i = 0; i < t->nlogs; i++)
        if (t->logs[i].session == id)
            last = t->logs[i].at;
    struct fake_person **people = in_order_of_hands(t, id);
    for (int i = 0; people[i] || !i; i++) {
        char **row = rows_add(ret);
        row[0] = boolean(s->active);
        row[1] = fake_number(s->creator);
        row[2] = fake_number(1);
        row[3] = fake_number(s->seq);
        row[4] = fake_stamp(last);
        fake_load_playback(row + 15, t, (int32_t)id);
        if (!people[i])
            break;
        load_person(row, t, people[i]);
    }
    free(people);
}

static void ids(struct fake_rows *ret, int64_t *next, int64_t n)
{
    rows_begin(ret, 1);
    while (n--)
        rows_add(ret)[0] = fake_number((*next)++);
}

static void settle(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret)
{
    int64_t id = fake_integer(c->params[0]), seq = fake_integer(c->params[1]);
    rows_begin(ret, 1);
    rows_add(ret)[0] = boolean(log_at(t, id, seq) || event_at(t, id, seq));
}

static void replay_row(struct fake_tables *t, int64_t id, int64_t seq, struct fake_rows *ret)
{
    const struct fake_event *e = event_at(t, id, seq);
    const struct fake_log *l = log_at(t, id, seq);
    if (!e && !l)
        return;
    char **row = rows_add(ret);
    row[0] = fake_number(seq);
    if (e) {
        row[1] = fake_copy(text_of(e->name));
        row[2] = fake_copy(text_of(e->data));
    }
    if (!l)
        return;
    json_t *details = json_loads(l->details, 0, NULL);
    assert(details);
    const char *message = json_string_value(json_object_get(details, "message"));
    row[3] = fake_number(json_integer_value(json_object_get(details, "participant_id")));
    row[4] = fake_copy(l->user ? text_of(fake_user_of(t, l->user)->name) : TEXT(""));
    row[5] = fake_copy(text_of(message));
    row[6] = fake_stamp(l->at);
    json_decref(details);
}

static void replay(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret)
{
    int64_t id = fake_integer(c->params[0]), after = fake_integer(c->params[1]), last = fake_integer(c->params[2]);
    rows_begin(ret, 7);
    for (int64_t seq = after + 1; seq <= last && ret->rows < fake_integer(c->params[3]); seq++)
        replay_row(t, id, seq, ret);
}

void fake_tables_query(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret)
{
    if (c->statement == &CLASSROOM_LOAD)
        load(t, c, ret);
    else if (c->statement == &CLASSROOM_PARTICIPANT_IDS)
        ids(ret, &t->next_person, fake_integer(c->params[0]));
    else if (c->statement == &CLASSROOM_MESSAGE_IDS)
        ids(ret, &t->next_message, fake_integer(c->params[0]));
    else if (c->statement == &CLASSROOM_SETTLE)
        settle(t, c, ret);
    else if (c->statement == &CLASSROOM_REPLAY)
        replay(t, c, ret);
    else
        assert(!"a statement that the fake does not know");
}

/* ---- for tests ---- */

void fake_tables_init(struct fake_tables *t)
{
    *t = (struct fake_tables){ .next_person = 101, .next_message = 9001 };
}

void fake_tables_fini(struct fake_tables *t)
{
    for (int i = 0; i < t->nusers; i++)
        free(t->users[i].name);
    for (int i = 0; i < t->naudios; i++)
        free(t->audios[i].title);
    struct fake_tables empty = { .people = t->people, .sessions = t->sessions };
    t->nsessions = 0;
    roll_back(t, &empty);
    free(t->users);
    free(t->sessions);
    free(t->people);
    free(t->logs);
    free(t->events);
    free(t->chats);
    free(t->audios);
    free(t->playings);
    free(t->invites);
    buf_fini(&t->broken);
}

const char *fake_store_broken(const struct fake_store *s)
{
    return fake_store_tables(s)->broken.p;
}

int32_t fake_store_user(struct fake_store *s, const char *name, bool teacher)
{
    struct fake_tables *t = fake_store_tables_mut(s);
    *FAKE_APPEND(t, users) = (struct fake_user){ fake_copy(text_of(name)), teacher };
    return t->nusers;
}

int32_t fake_store_session(struct fake_store *s, int32_t creator)
{
    struct fake_tables *t = fake_store_tables_mut(s);
    *FAKE_APPEND(t, sessions) = (struct fake_session){ .creator = creator, .active = true, .seq = 1 };
    *FAKE_APPEND(t, logs) = (struct fake_log){ .session = t->nsessions,
                                               .user = creator,
                                               .type = fake_copy(TEXT("session_created")),
                                               .details = fake_copy(TEXT("{}")),
                                               .at = START_US * INT64_C(1000000),
                                               .seq = 1 };
    return t->nsessions;
}

int32_t fake_store_user_id(const struct fake_store *s, const char *name)
{
    const struct fake_tables *t = fake_store_tables(s);
    for (int i = 0; i < t->nusers; i++)
        if (!strcmp(t->users[i].name, name))
            return i + 1;
    return 0;
}

const char *fake_store_user_name(const struct fake_store *s, int32_t user)
{
    const struct fake_user *u = fake_user_of(fake_store_tables(s), user);
    return u ? u->name : "nobody";
}

bool fake_store_is_teacher(const struct fake_store *s, int32_t user)
{
    return fake_user_of(fake_store_tables(s), user)->teacher;
}

int fake_store_sessions(const struct fake_store *s)
{
    return fake_store_tables(s)->nsessions;
}

bool fake_store_active(const struct fake_store *s, int32_t session)
{
    return fake_session_of(fake_store_tables(s), session)->active;
}

int64_t fake_store_seq(const struct fake_store *s, int32_t session)
{
    return fake_session_of(fake_store_tables(s), session)->seq;
}

int fake_store_invites(const struct fake_store *s, int32_t session)
{
    const struct fake_tables *t = fake_store_tables(s);
    int n = 0;
    for (int i = 0; i < t->ninvites; i++)
        n += t->invites[i].session == session;
    return n;
}

int fake_store_logs(const struct fake_store *s, int32_t session, int32_t user, const char *type)
{
    const struct fake_tables *t = fake_store_tables(s);
    int n = 0;
    for (int i = 0; i < t->nlogs; i++)
        n += t->logs[i].session == session && t->logs[i].user == user && !strcmp(t->logs[i].type, type);
    return n;
}

int fake_store_chat_logs(const struct fake_store *s, int32_t session, const char *text)
{
    const struct fake_tables *t = fake_store_tables(s);
    struct buf quoted = { 0 };
    int n = 0;
    buf_printf(&quoted, "\"message\":\"%s\"", text);
    buf_putc(&quoted, 0);
    for (int i = 0; i < t->nlogs; i++)
        n += t->logs[i].session == session && strstr(t->logs[i].details, quoted.p) != NULL;
    buf_fini(&quoted);
    return n;
}

int fake_store_chats(const struct fake_store *s, int32_t session, const char *text)
{
    const struct fake_tables *t = fake_store_tables(s);
    int n = 0;
    for (int i = 0; i < t->nchats; i++)
        n += t->chats[i].session == session && !strcmp(t->chats[i].text, text);
    return n;
}

int fake_store_left_behind(const struct fake_store *s, int32_t *ret, int most)
{
    const struct fake_tables *t = fake_store_tables(s);
    int n = 0;
    for (int i = 0; i < t->npeople; i++) {
        bool known = !t->people[i].connected;
        for (int k = 0; k < n; k++)
            known |= ret[k] == t->people[i].session;
        if (!known && n < most)
            ret[n++] = t->people[i].session;
    }
    return n;
}

const struct fake_person *fake_store_person(const struct fake_store *s, int32_t session, int32_t user)
{
    return person_by(fake_store_tables(s), session, user);
}

const struct fake_person *fake_store_person_with_id(const struct fake_store *s, int32_t id)
{
    return person_with_id(fake_store_tables(s), id);
}

void fake_store_hands(const struct fake_store *s, int32_t session, struct buf *out)
{
    const struct fake_tables *t = fake_store_tables(s);
    struct fake_person **people = in_order_of_hands(t, session);
    for (int i = 0; people[i] && people[i]->hand; i++)
        buf_printf(out, "%s%s", i ? " " : "", fake_user_of(t, people[i]->user)->name);
    free(people);
}

int fake_store_people(const struct fake_store *s, int32_t session)
{
    const struct fake_tables *t = fake_store_tables(s);
    int n = 0;
    for (int i = 0; i < t->npeople; i++)
        n += t->people[i].session == session;
    return n;
}

bool fake_store_event(const struct fake_store *s, int32_t session, int64_t seq, struct buf *ret_name,
                      struct buf *ret_data)
{
    struct fake_tables *t = fake_store_tables_mut((struct fake_store *)s);
    struct fake_rows rows;
    rows_begin(&rows, 7);
    replay_row(t, session, seq, &rows);
    char **row = rows.rows ? rows.cell : NULL;
    bool told = row && (row[1] || row[5]);
    if (told && row[1]) {
        buf_puts(ret_name, row[1]);
        buf_puts(ret_data, row[2]);
    } else if (told) {
        struct buf quoted = { 0 };
        int64_t at = 0;
        json_escape(&quoted, text_of(row[5]));
        (void)stamp_read(text_of(row[6]), &at);
        buf_puts(ret_name, "chat");
        frame_chat_data(ret_data, atoi(row[3]), text_of(row[4]), buf_view(&quoted), at);
        buf_fini(&quoted);
    }
    fake_rows_fini(&rows);
    return told;
}

static uint64_t mix(uint64_t digest, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        digest = (digest ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    return digest;
}

uint64_t fake_store_digest(const struct fake_store *s)
{
    const struct fake_tables *t = fake_store_tables(s);
    uint64_t d = 0xcbf29ce484222325;
    for (int i = 0; i < t->nlogs; i++) {
        d = mix(d, &t->logs[i].seq, sizeof t->logs[i].seq);
        d = mix(d, &t->logs[i].at, sizeof t->logs[i].at);
        d = mix(d, t->logs[i].details, strlen(t->logs[i].details));
    }
    for (int i = 0; i < t->nevents; i++)
        d = mix(d, t->events[i].data, strlen(t->events[i].data));
    for (int i = 0; i < t->nchats; i++)
        d = mix(d, t->chats[i].text, strlen(t->chats[i].text));
    for (int i = 0; i < t->nplayings; i++)
        d = mix(d, &t->playings[i].ended, sizeof t->playings[i].ended);
    return d;
}
