/* Fake tables: what the statements of the classroom do, on tables in memory. Private to the fake store. One thread. */
#pragma once

#include "fake_store_help.h"

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

struct fake_user {
    char *name;
    bool teacher;
};
struct fake_session {
    int32_t creator;
    bool active;
    int64_t ended, seq;
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

#define FAKE_TABLES(X)                                                                                                 \
    X(user, users)                                                                                                     \
    X(session, sessions)                                                                                               \
    X(person, people)                                                                                                  \
    X(log, logs)                                                                                                       \
    X(event, events)                                                                                                   \
    X(chat, chats)

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

const struct fake_tables *fake_store_tables(const struct fake_store *s);
struct fake_tables *fake_store_tables_mut(struct fake_store *s);
