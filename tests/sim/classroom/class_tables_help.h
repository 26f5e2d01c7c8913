/* Fake tables: what the statements of the classroom do, on tables in memory. Private to the fake store. One thread. */
#pragma once

#include "tests/sim/fake_store_help.h"

/* A statement with copies of its parameters. */
struct fake_call {
    const struct statement *statement;
    int n;
    struct text params[DB_MAX_PARAMS]; /* absent: null */
};
void fake_call_copy(struct fake_call *to, const struct statement *st, const struct db_params *p);
void fake_call_free(struct fake_call *c);

/* A row set; cells are owned, NULL is null. */
struct fake_rows {
    int rows, columns;
    char **cell;
};
void fake_rows_fini(struct fake_rows *r);

struct fake_refusal {
    const char *sqlstate, *constraint;
};

#define FAKE_APPEND(t, table)                                                                                          \
    ({                                                                                                                 \
        if ((t)->n##table == (t)->table##_cap) {                                                                       \
            (t)->table##_cap = (t)->table##_cap ? (t)->table##_cap * 2 : 16;                                           \
            (t)->table = realloc((t)->table, (size_t)(t)->table##_cap * sizeof *(t)->table);                           \
            assert((t)->table);                                                                                        \
        }                                                                                                              \
        memset(&(t)->table[(t)->n##table], 0, sizeof *(t)->table);                                                     \
        &(t)->table[(t)->n##table++];                                                                                  \
    })

/* Values of binary parameters; 0 for null. */
int64_t fake_integer(struct text v);
int64_t fake_time(struct text v);
double fake_real(struct text v); /* NaN for null */

/* Cells of a row set. */
char *fake_copy(struct text t); /* NULL for absent */
char *fake_number(int64_t v);
char *fake_stamp(int64_t us);
char *fake_digits(double v); /* NULL for NaN */

/* What a batch statement does when a constraint is broken: false, with the reason. */
struct fake_tables;
bool fake_refuse(struct fake_refusal *why, const char *sqlstate, const char *constraint);

/* Notes a law of the tables that is broken; the first one counts. */
void fake_broken(struct fake_tables *t, const char *what, int64_t session, int64_t seq);

struct fake_user {
    char *name;
    bool teacher;
};
struct fake_session {
    int32_t creator;
    bool active;
    int64_t ended, seq;
    struct fake_playback playback; /* its row of playback_state */
};
struct fake_audio {
    char *title;
    double duration;
    int32_t owner;
};
struct fake_log {
    int32_t session, user;
    char *type, *details;
    int64_t at, seq;
};
struct fake_event {
    int32_t session;
    int64_t seq;
    char *name, *data;
};
struct fake_chat {
    int32_t id, session, participant;
    char *text;
    int64_t at;
};

struct fake_invite {
    int32_t session, by, user;
};

#define FAKE_TABLES(X)                                                                                                 \
    X(user, users)                                                                                                     \
    X(session, sessions)                                                                                               \
    X(person, people)                                                                                                  \
    X(log, logs)                                                                                                       \
    X(event, events)                                                                                                   \
    X(chat, chats)                                                                                                     \
    X(audio, audios)                                                                                                   \
    X(playing, playings)                                                                                               \
    X(invite, invites)

struct fake_tables {
#define FAKE_TABLE(row, table)                                                                                         \
    struct fake_##row *table;                                                                                          \
    int n##table, table##_cap;
    FAKE_TABLES(FAKE_TABLE)
#undef FAKE_TABLE
    int64_t next_person, next_message; /* the sequences */
    struct buf broken;
};

void fake_tables_init(struct fake_tables *t);
void fake_tables_fini(struct fake_tables *t);

/* One transaction. False: refused, nothing happened. */
bool fake_tables_commit(struct fake_tables *t, const struct fake_call *calls, int n, struct fake_refusal *why);

/* One statement that reads, or takes from a sequence. */
void fake_tables_query(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret);

struct fake_session *fake_session_of(const struct fake_tables *t, int64_t id);
const struct fake_user *fake_user_of(const struct fake_tables *t, int64_t id);

/* fake_playback_help.c: the playback statements, their columns of CLASSROOM_LOAD (11 cells), and what must hold of the
 * table playback after every commit. */
bool fake_put_playing(struct fake_tables *t, const struct text *v, struct fake_refusal *why);
bool fake_put_playback(struct fake_tables *t, const struct text *v, struct fake_refusal *why);
void fake_load_playback(char **cells, const struct fake_tables *t, int32_t session);
void fake_check_playings(struct fake_tables *t);

const struct fake_tables *fake_store_tables(const struct fake_store *s);
struct fake_tables *fake_store_tables_mut(struct fake_store *s);
