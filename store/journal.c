/* Journal: see journal.h. A row is [statement, size, count of values] and then per value [be32 length or -1][bytes]:
 * the very form of an element in PostgreSQL's binary array (array_recv), so one pass over a row appends each value to
 * its column. */
#include "store/journal.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdlib.h>

enum { POSTGRES_EPOCH_DAYS = 10957, MAX_STEPS = 32, ARRAY_HEAD = 20, COLUMN_KEPT = 1 << 20 /* bytes */ };

struct row_head {
    const struct statement *into;
    uint32_t size; /* of the values */
};

struct table {
    const struct statement *into;
    uint32_t rows;
    struct buf columns[DB_MAX_PARAMS];
};

struct journal {
    uint32_t rows;
    int ntables;
    struct table *tables[MAX_STEPS]; /* in order of batch number */
    struct db_step steps[MAX_STEPS];
};

size_t journal_begin(struct buf *rows, const struct statement *into)
{
    size_t at = rows->n;
    struct row_head head = { into, 0 };
    assert(into->batch > 0);
    buf_put(rows, &head, sizeof head);
    return at;
}

void journal_null(struct buf *rows)
{
    buf_be32(rows, UINT32_MAX);
}

void journal_int4(struct buf *rows, int32_t v)
{
    buf_be32(rows, 4);
    buf_be32(rows, (uint32_t)v);
}

void journal_int8(struct buf *rows, int64_t v)
{
    buf_be32(rows, 8);
    buf_be64(rows, (uint64_t)v);
}

void journal_float8(struct buf *rows, double v)
{
    uint64_t bits;
    if (isnan(v)) {
        journal_null(rows);
        return;
    }
    memcpy(&bits, &v, sizeof bits);
    buf_be32(rows, 8);
    buf_be64(rows, bits);
}

void journal_bool(struct buf *rows, bool v)
{
    buf_be32(rows, 1);
    buf_putc(rows, v ? 1 : 0);
}

void journal_timestamp(struct buf *rows, int64_t us)
{
    if (us)
        journal_int8(rows, us - INT64_C(86400000000) * POSTGRES_EPOCH_DAYS);
    else
        journal_null(rows);
}

void journal_text(struct buf *rows, struct text v)
{
    if (!v.p) {
        journal_null(rows);
        return;
    }
    buf_be32(rows, (uint32_t)v.n);
    buf_text(rows, v);
}

void journal_jsonb(struct buf *rows, struct text json)
{
    buf_be32(rows, (uint32_t)json.n + 1);
    buf_putc(rows, 1); /* version of jsonb's binary form */
    buf_text(rows, json);
}

/* Length of the value at p with its length word. */
static size_t value_size(const char *p)
{
    uint32_t n;
    memcpy(&n, p, sizeof n);
    n = be32toh(n);
    return sizeof n + (n == UINT32_MAX ? 0 : n);
}

void journal_end(struct buf *rows, size_t at)
{
    if (rows->failed)
        return;
    struct row_head head;
    memcpy(&head, rows->p + at, sizeof head);
    size_t p = at + sizeof head;
    for (int i = 0; i < head.into->nparams; i++) {
        assert(p < rows->n);
        p += value_size(rows->p + p);
    }
    assert(p == rows->n);
    head.size = (uint32_t)(p - at - sizeof head);
    memcpy(rows->p + at, &head, sizeof head);
}

uint32_t journal_count(struct text rows)
{
    uint32_t n = 0;
    struct row_head head;
    for (size_t at = 0; at < rows.n; at += sizeof head + head.size, n++)
        memcpy(&head, rows.p + at, sizeof head);
    return n;
}

struct journal *journal_create(void)
{
    return calloc(1, sizeof(struct journal));
}

void journal_destroy(struct journal *j)
{
    if (!j)
        return;
    for (int t = 0; t < j->ntables; t++) {
        for (int c = 0; c < j->tables[t]->into->nparams; c++)
            buf_fini(&j->tables[t]->columns[c]);
        free(j->tables[t]);
    }
    free(j);
}

/* The space for an array's head is left free in front of its first element. */
static void table_reset(struct table *t)
{
    t->rows = 0;
    for (int c = 0; c < t->into->nparams; c++) {
        if (t->columns[c].cap > COLUMN_KEPT)
            buf_fini(&t->columns[c]);
        buf_reset(&t->columns[c]);
        if (buf_room(&t->columns[c], ARRAY_HEAD))
            t->columns[c].n = ARRAY_HEAD;
    }
}

void journal_reset(struct journal *j)
{
    j->rows = 0;
    for (int t = 0; t < j->ntables; t++)
        table_reset(j->tables[t]);
}

/* The table of a statement, made at its first row and kept in order of batch number. NULL without memory. */
static struct table *table_of(struct journal *j, const struct statement *into)
{
    int at = 0;
    for (; at < j->ntables && j->tables[at]->into->batch <= into->batch; at++)
        if (j->tables[at]->into == into)
            return j->tables[at];
    assert(j->ntables < MAX_STEPS && into->nparams <= DB_MAX_PARAMS);
    struct table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->into = into;
    table_reset(t);
    memmove(&j->tables[at + 1], &j->tables[at], (size_t)(j->ntables - at) * sizeof *j->tables);
    j->tables[at] = t;
    j->ntables++;
    return t;
}

bool journal_add(struct journal *j, struct text rows)
{
    for (const char *p = rows.p, *end = p + rows.n; p < end;) {
        struct row_head head;
        memcpy(&head, p, sizeof head);
        p += sizeof head;
        struct table *t = table_of(j, head.into);
        if (!t)
            return false;
        for (int c = 0; c < head.into->nparams; c++) {
            size_t n = value_size(p);
            buf_put(&t->columns[c], p, n);
            if (t->columns[c].failed)
                return false;
            p += n;
        }
        t->rows++;
        j->rows++;
    }
    return true;
}

/* Writes the array's head: one dimension, nulls allowed, element type, count, lower bound 1. */
static void put_head(char *to, uint32_t element, uint32_t count)
{
    const uint32_t head[] = { htobe32(1), htobe32(1), htobe32(element), htobe32(count), htobe32(1) };
    static_assert(sizeof head == ARRAY_HEAD, "array head");
    memcpy(to, head, sizeof head);
}

bool journal_steps(struct journal *j, const struct db_step **ret_steps, int *ret_n)
{
    int n = 0;
    for (int i = 0; i < j->ntables; i++) {
        struct table *t = j->tables[i];
        if (!t->rows)
            continue;
        struct db_step *step = &j->steps[n++];
        step->statement = t->into;
        step->params.n = 0;
        for (int c = 0; c < t->into->nparams; c++) {
            if (t->columns[c].failed)
                return false;
            put_head(t->columns[c].p, t->into->params[c].element_oid, t->rows);
            db_param_binary(&step->params, buf_view(&t->columns[c]));
        }
    }
    *ret_steps = j->steps;
    *ret_n = n;
    return true;
}

uint32_t journal_rows(const struct journal *j)
{
    return j->rows;
}

uint64_t journal_memory(const struct journal *j)
{
    uint64_t bytes = sizeof *j;
    for (int i = 0; i < j->ntables; i++) {
        bytes += sizeof *j->tables[i];
        for (int c = 0; c < DB_MAX_PARAMS; c++)
            bytes += j->tables[i]->columns[c].cap;
    }
    return bytes;
}
