/* Class tables: arrays of rows, the batch statements with the constraints of schema/, the reading statements, and what
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

enum { START_US = 1600000000, LOGS = 0, EVENTS_KEPT = 1 };

/* ---- looking up ---- */

struct fake_session *class_session_of(const struct class_tables *t, int64_t id)
{
    return id > 0 && id <= t->nsessions && t->sessions[id - 1].creator ? &t->sessions[id - 1] : NULL;
}

static const struct fake_log *log_at(const struct class_tables *t, int64_t session, int64_t seq)
{
    for (int i = t->nlogs; i-- > 0;)
        if (t->logs[i].session == session && t->logs[i].seq == seq)
            return &t->logs[i];
    return NULL;
}

static const struct fake_event *event_at(const struct class_tables *t, int64_t session, int64_t seq)
{
    for (int i = t->nevents; i-- > 0;)
        if (t->events[i].session == session && t->events[i].seq == seq)
            return &t->events[i];
    return NULL;
}

static struct fake_person *person_by(const struct class_tables *t, int64_t session, int64_t user)
{
    for (int i = 0; i < t->npeople; i++)
        if (t->people[i].session == session && t->people[i].user == user)
            return &t->people[i];
    return NULL;
}

static struct fake_person *person_with_id(const struct class_tables *t, int64_t id)
{
    for (int i = 0; i < t->npeople; i++)
        if (t->people[i].id == id)
            return &t->people[i];
    return NULL;
}

/* ---- the batch statements: one row each; false: refused ---- */

static bool put_participant(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    int64_t id = fake_integer(v[0]), session = fake_integer(v[1]), user = fake_integer(v[2]);
    struct fake_person *p = person_with_id(t, id);
    if (!class_session_of(t, session) || !fake_user_of(t->base, user))
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

static bool end_session(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    struct fake_session *s = class_session_of(t, fake_integer(v[0]));
    if (s) {
        s->active = false;
        s->ended = fake_time(v[1]);
    }
    return true;
}

static bool put_log(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    int64_t session = fake_integer(v[0]), user = fake_integer(v[1]), seq = fake_integer(v[5]);
    if (!class_session_of(t, session) || (user && !fake_user_of(t->base, user)))
        return fake_refuse(why, "23503", "logs_session_id_fkey");
    if (!fake_number_row(t->base, LOGS, session, seq, fake_time(v[4]), why))
        return false;
    assert(v[3].n > 1 && v[3].p[0] == 1);
    *FAKE_APPEND(t, logs) = (struct fake_log){ .session = (int32_t)session,
                                               .user = (int32_t)user,
                                               .type = fake_copy(v[2]),
                                               .details = fake_copy((struct text){ v[3].p + 1, v[3].n - 1 }),
                                               .at = fake_time(v[4]),
                                               .seq = seq };
    return true;
}

static bool put_chat(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    int64_t id = fake_integer(v[0]), session = fake_integer(v[1]), person = fake_integer(v[2]);
    if (!class_session_of(t, session) || !person_with_id(t, person))
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

static bool put_event(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    int64_t session = fake_integer(v[0]), seq = fake_integer(v[1]);
    if (!class_session_of(t, session))
        return fake_refuse(why, "23503", "events_session_id_fkey");
    if (!fake_number_row(t->base, EVENTS_KEPT, session, seq, 0, why))
        return false;
    *FAKE_APPEND(t, events) = (struct fake_event){
        .session = (int32_t)session, .seq = seq, .name = fake_copy(v[2]), .data = fake_copy(v[3])
    };
    return true;
}

/* One row for the pushes of an invite, however many there are. */
static bool put_invite(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    *FAKE_APPEND(t, invites) =
        (struct fake_invite){ (int32_t)fake_integer(v[0]), (int32_t)fake_integer(v[1]), (int32_t)fake_integer(v[2]) };
    return true;
}

static const struct fake_put writes[] = {
    { &CLASSROOM_PUT_PARTICIPANTS, put_participant },
    { &CLASSROOM_END_SESSIONS, end_session },
    { &CLASSROOM_PUT_LOGS, put_log },
    { &CLASSROOM_PUT_CHAT, put_chat },
    { &CLASSROOM_PUT_EVENTS, put_event },
    { &CLASSROOM_PUT_PLAYBACK, class_write_playing },
    { &CLASSROOM_PUT_PLAYBACK_STATE, class_write_playback },
    { &CLASSROOM_PUT_INVITES, put_invite },
    { 0 },
};

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

/* Forgets what came after `kept`; people, playings and sessions are put back as they were. */
static void put_back(void *own, const void *kept)
{
    struct class_tables *t = own;
    const struct class_tables *before = kept;
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
    if (t->nsessions)
        memcpy(t->sessions, before->sessions, (size_t)t->nsessions * sizeof *t->sessions);
}

static void *rows_copy(const void *rows, size_t size)
{
    void *c = malloc(size + 1);
    assert(c);
    if (size)
        memcpy(c, rows, size);
    return c;
}

static void *keep(const void *own)
{
    const struct class_tables *t = own;
    struct class_tables *kept = rows_copy(t, sizeof *t);
    kept->people = rows_copy(t->people, (size_t)t->npeople * sizeof *t->people);
    kept->playings = rows_copy(t->playings, (size_t)t->nplayings * sizeof *t->playings);
    kept->sessions = rows_copy(t->sessions, (size_t)t->nsessions * sizeof *t->sessions);
    return kept;
}

static void drop(void *kept)
{
    struct class_tables *t = kept;
    free(t->people);
    free(t->playings);
    free(t->sessions);
    free(t);
}

/* ---- the reading statements ---- */

static void load_person(char **row, const struct class_tables *t, const struct fake_person *p)
{
    row[5] = fake_cell(p->id);
    row[6] = fake_cell(p->user);
    row[7] = fake_copy(text_of(fake_user_of(t->base, p->user)->name));
    row[8] = fake_copy(fake_user_of(t->base, p->user)->teacher ? TEXT("teacher") : TEXT("student"));
    row[9] = fake_boolean(p->muted);
    row[10] = fake_boolean(p->kicked);
    row[11] = fake_stamp(p->hand);
    row[12] = fake_boolean(p->connected);
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
static struct fake_person **in_order_of_hands(const struct class_tables *t, int64_t session)
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

static void load(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct class_tables *t = own;
    int64_t id = fake_integer(c->params[0]), last = 0;
    const struct fake_session *s = class_session_of(t, id);
    fake_rows_begin(ret, 26);
    if (!s)
        return;
    for (int i = 0; i < t->nlogs; i++)
        if (t->logs[i].session == id)
            last = t->logs[i].at;
    struct fake_person **people = in_order_of_hands(t, id);
    for (int i = 0; people[i] || !i; i++) {
        char **row = fake_rows_add(ret);
        row[0] = fake_boolean(s->active);
        row[1] = fake_cell(s->creator);
        row[2] = fake_cell(1);
        row[3] = fake_cell(fake_room_of(t->base, id)->seq);
        row[4] = fake_stamp(last);
        class_playback_cells(row + 15, t, (int32_t)id);
        if (!people[i])
            break;
        load_person(row, t, people[i]);
    }
    free(people);
}

static void ids(struct fake_rows *ret, int64_t *next, int64_t n)
{
    fake_rows_begin(ret, 1);
    while (n--)
        fake_rows_add(ret)[0] = fake_cell((*next)++);
}

static void participant_ids(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    ids(ret, &((struct class_tables *)own)->next_person, fake_integer(c->params[0]));
}

static void message_ids(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    ids(ret, &((struct class_tables *)own)->next_message, fake_integer(c->params[0]));
}

static void replay_row(struct class_tables *t, int64_t id, int64_t seq, struct fake_rows *ret)
{
    const struct fake_event *e = event_at(t, id, seq);
    const struct fake_log *l = log_at(t, id, seq);
    if (!e && !l)
        return;
    char **row = fake_rows_add(ret);
    row[0] = fake_cell(seq);
    if (e) {
        row[1] = fake_copy(text_of(e->name));
        row[2] = fake_copy(text_of(e->data));
    }
    if (!l)
        return;
    json_t *details = json_loads(l->details, 0, NULL);
    assert(details);
    const char *message = json_string_value(json_object_get(details, "message"));
    row[3] = fake_cell(json_integer_value(json_object_get(details, "participant_id")));
    row[4] = fake_copy(l->user ? text_of(fake_user_of(t->base, l->user)->name) : TEXT(""));
    row[5] = fake_copy(text_of(message));
    row[6] = fake_stamp(l->at);
    json_decref(details);
}

static void replay(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    int64_t id = fake_integer(c->params[0]), after = fake_integer(c->params[1]), last = fake_integer(c->params[2]);
    fake_rows_begin(ret, 7);
    for (int64_t seq = after + 1; seq <= last && ret->rows < fake_integer(c->params[3]); seq++)
        replay_row(own, id, seq, ret);
}

static const struct fake_read reads[] = {
    { &CLASSROOM_LOAD, load },
    { &CLASSROOM_PARTICIPANT_IDS, participant_ids },
    { &CLASSROOM_MESSAGE_IDS, message_ids },
    { &CLASSROOM_SETTLE, fake_settle },
    { &CLASSROOM_REPLAY, replay },
    { 0 },
};

/* ---- the tables ---- */

static void *create(struct fake_tables *base)
{
    struct class_tables *t = calloc(1, sizeof *t);
    assert(t);
    *t = (struct class_tables){ .base = base, .next_person = 101, .next_message = 9001 };
    return t;
}

static void destroy(void *own)
{
    struct class_tables *t = own;
    for (int i = 0; i < t->naudios; i++)
        free(t->audios[i].title);
    t->nsessions = 0;
    put_back(t, &(struct class_tables){ .people = t->people });
    free(t->sessions);
    free(t->people);
    free(t->logs);
    free(t->events);
    free(t->chats);
    free(t->audios);
    free(t->playings);
    free(t->invites);
    free(t);
}

/* Its creator is the first person, and event 1 is in its log. */
static void found(void *own, int32_t room)
{
    struct class_tables *t = own;
    struct fake_refusal why;
    while (t->nsessions < room)
        (void)FAKE_APPEND(t, sessions);
    t->sessions[room - 1] = (struct fake_session){ .creator = 1, .active = true };
    *FAKE_APPEND(t, logs) = (struct fake_log){ .session = room,
                                               .user = 1,
                                               .type = fake_copy(TEXT("session_created")),
                                               .details = fake_copy(TEXT("{}")),
                                               .at = START_US * INT64_C(1000000),
                                               .seq = 1 };
    (void)fake_number_row(t->base, LOGS, room, 1, START_US * INT64_C(1000000), &why);
    fake_room_of(t->base, room)->seq = 1;
}

static uint64_t digest(const void *own, uint64_t d)
{
    const struct class_tables *t = own;
    for (int i = 0; i < t->nlogs; i++)
        d = fake_mix(d, t->logs[i].details, strlen(t->logs[i].details));
    for (int i = 0; i < t->nevents; i++)
        d = fake_mix(d, t->events[i].data, strlen(t->events[i].data));
    for (int i = 0; i < t->nchats; i++)
        d = fake_mix(d, t->chats[i].text, strlen(t->chats[i].text));
    for (int i = 0; i < t->nplayings; i++)
        d = fake_mix(d, &t->playings[i].ended, sizeof t->playings[i].ended);
    return d;
}

const struct fake_kind class_tables = { .create = create,
                                        .destroy = destroy,
                                        .found = found,
                                        .puts = writes,
                                        .reads = reads,
                                        .keep = keep,
                                        .put_back = put_back,
                                        .drop = drop,
                                        .check = class_check_playings,
                                        .digest = digest };

/* ---- for tests ---- */

static struct class_tables *tables(const struct fake_store *s)
{
    return fake_store_own(s, &class_tables);
}

bool class_active(const struct fake_store *s, int32_t session)
{
    return class_session_of(tables(s), session)->active;
}

int class_invites(const struct fake_store *s, int32_t session)
{
    const struct class_tables *t = tables(s);
    int n = 0;
    for (int i = 0; i < t->ninvites; i++)
        n += t->invites[i].session == session;
    return n;
}

int class_logs(const struct fake_store *s, int32_t session, int32_t user, const char *type)
{
    const struct class_tables *t = tables(s);
    int n = 0;
    for (int i = 0; i < t->nlogs; i++)
        n += t->logs[i].session == session && t->logs[i].user == user && !strcmp(t->logs[i].type, type);
    return n;
}

int class_chat_logs(const struct fake_store *s, int32_t session, const char *text)
{
    const struct class_tables *t = tables(s);
    struct buf quoted = { 0 };
    int n = 0;
    buf_printf(&quoted, "\"message\":\"%s\"", text);
    buf_putc(&quoted, 0);
    for (int i = 0; i < t->nlogs; i++)
        n += t->logs[i].session == session && strstr(t->logs[i].details, quoted.p) != NULL;
    buf_fini(&quoted);
    return n;
}

int class_chats(const struct fake_store *s, int32_t session, const char *text)
{
    const struct class_tables *t = tables(s);
    int n = 0;
    for (int i = 0; i < t->nchats; i++)
        n += t->chats[i].session == session && !strcmp(t->chats[i].text, text);
    return n;
}

int class_left_behind(const struct fake_store *s, int32_t *ret, int most)
{
    const struct class_tables *t = tables(s);
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

const struct fake_person *class_person(const struct fake_store *s, int32_t session, int32_t user)
{
    return person_by(tables(s), session, user);
}

const struct fake_person *class_person_with_id(const struct fake_store *s, int32_t id)
{
    return person_with_id(tables(s), id);
}

void class_hands(const struct fake_store *s, int32_t session, struct buf *out)
{
    const struct class_tables *t = tables(s);
    struct fake_person **people = in_order_of_hands(t, session);
    for (int i = 0; people[i] && people[i]->hand; i++)
        buf_printf(out, "%s%s", i ? " " : "", fake_user_of(t->base, people[i]->user)->name);
    free(people);
}

int class_people(const struct fake_store *s, int32_t session)
{
    const struct class_tables *t = tables(s);
    int n = 0;
    for (int i = 0; i < t->npeople; i++)
        n += t->people[i].session == session;
    return n;
}

bool class_event(const struct fake_store *s, int32_t session, int64_t seq, struct buf *ret_name, struct buf *ret_data)
{
    struct class_tables *t = tables(s);
    struct fake_rows rows;
    fake_rows_begin(&rows, 7);
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
