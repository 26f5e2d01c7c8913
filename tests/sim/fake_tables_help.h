/* Fake tables: what the tables of every kind of room have: people, rooms, the numbers of what is said in them and the
 * laws of those, statements with their values, rows of results. What is in the tables of a kind, and what its statements
 * do to them, a kind brings as a struct fake_kind. Private to the fake store and to kinds. One thread at a time. */
#pragma once

#include "proto/base/buf.h"
#include "store/db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
void fake_rows_begin(struct fake_rows *r, int columns);
char **fake_rows_add(struct fake_rows *r);
void fake_rows_fini(struct fake_rows *r);

/* Why a constraint refuses; static texts. */
struct fake_refusal {
    const char *sqlstate, *constraint;
};
bool fake_refuse(struct fake_refusal *why, const char *sqlstate, const char *constraint); /* false */

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
char *fake_cell(int64_t v);
char *fake_stamp(int64_t us); /* NULL for 0 */
char *fake_digits(double v);  /* NULL for NaN */
char *fake_boolean(bool v);

/* ---- what a kind brings ---- */

struct fake_tables;

/* A batch statement: writes one row. False: refused. */
struct fake_put {
    const struct statement *statement;
    bool (*put)(void *own, const struct text *v, struct fake_refusal *why);
};

/* A statement that reads, or takes from a sequence. */
struct fake_read {
    const struct statement *statement;
    void (*read)(void *own, const struct fake_call *c, struct fake_rows *ret);
};

/* `own` is what `create` returned: its tables. */
struct fake_kind {
    void *(*create)(struct fake_tables *t);
    void (*destroy)(void *own);
    void (*found)(void *own, int32_t room); /* rows of a room that is made beforehand */
    const struct fake_put *puts;            /* ended by a NULL */
    const struct fake_read *reads;          /* likewise; its settle is fake_settle */
    void *(*keep)(const void *own);         /* what it takes to put back what a transaction has changed */
    void (*put_back)(void *own, const void *kept);
    void (*drop)(void *kept);
    void (*check)(void *own); /* what must hold after every commit: fake_broken; NULL: nothing */
    uint64_t (*digest)(const void *own, uint64_t so_far);
};

/* ---- what every kind has ---- */

enum { FAKE_KINDS_MOST = 8 };

struct fake_user {
    char *name;
    bool teacher;
};
struct fake_room {
    int kind;    /* its place in the list of kinds */
    int64_t seq; /* of the last event */
};
/* A row that carries the number of an event. */
struct fake_number {
    int32_t room;
    int table; /* of the kind's own */
    int64_t seq, at;
};

struct fake_tables {
    const struct fake_kind *const *kinds; /* ended by NULL */
    void *own[FAKE_KINDS_MOST];
    struct fake_user *users;
    struct fake_room *rooms;
    struct fake_number *numbers;
    int nusers, users_cap, nrooms, rooms_cap, nnumbers, numbers_cap;
    struct buf broken;
};

void fake_tables_init(struct fake_tables *t, const struct fake_kind *const *kinds);
void fake_tables_fini(struct fake_tables *t);

/* One transaction. False: refused, nothing happened. */
bool fake_tables_commit(struct fake_tables *t, const struct fake_call *calls, int n, struct fake_refusal *why);
void fake_tables_query(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret);

/* A row with an event's number is written into one of a kind's tables (counted from 0). False: the number is taken in
 * that table. `at` 0: it has no time. */
bool fake_number_row(struct fake_tables *t, int table, int64_t room, int64_t seq, int64_t at, struct fake_refusal *why);
bool fake_is_numbered(const struct fake_tables *t, int64_t room, int64_t seq);

/* The read of a kind's settle: takes a room and a number. `own` begins with a struct fake_tables *. */
void fake_settle(void *own, const struct fake_call *c, struct fake_rows *ret);

struct fake_room *fake_room_of(const struct fake_tables *t, int64_t id); /* NULL: there is none */
const struct fake_user *fake_user_of(const struct fake_tables *t, int64_t id);

/* Notes a law of the tables that is broken; the first one counts. */
void fake_broken(struct fake_tables *t, const char *what, int64_t room, int64_t seq);

uint64_t fake_mix(uint64_t digest, const void *bytes, size_t n);
