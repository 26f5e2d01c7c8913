/* Fake tables: see fake_tables_help.h. */
#include "fake_tables_help.h"

#include "proto/base/stamp.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>

#define POSTGRES_EPOCH_US INT64_C(946684800000000)
enum { ARRAY_HEAD = 20 };

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

void fake_rows_begin(struct fake_rows *r, int columns)
{
    *r = (struct fake_rows){ .columns = columns };
}

char **fake_rows_add(struct fake_rows *r)
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

char *fake_cell(int64_t v)
{
    char s[32];
    snprintf(s, sizeof s, "%lld", (long long)v);
    return fake_copy(text_of(s));
}

char *fake_boolean(bool v)
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

double fake_real(struct text v)
{
    uint64_t bits;
    double d;
    if (!v.p)
        return NAN;
    assert(v.n == 8);
    memcpy(&bits, v.p, sizeof bits);
    bits = be64toh(bits);
    memcpy(&d, &bits, sizeof d);
    return d;
}

char *fake_digits(double v)
{
    char s[40];
    snprintf(s, sizeof s, "%.17g", v);
    return isnan(v) ? NULL : fake_copy(text_of(s));
}

/* ---- looking up ---- */

struct fake_room *fake_room_of(const struct fake_tables *t, int64_t id)
{
    return id > 0 && id <= t->nrooms ? &t->rooms[id - 1] : NULL;
}

const struct fake_user *fake_user_of(const struct fake_tables *t, int64_t id)
{
    return id > 0 && id <= t->nusers ? &t->users[id - 1] : NULL;
}

void fake_broken(struct fake_tables *t, const char *what, int64_t room, int64_t seq)
{
    if (!t->broken.n)
        buf_printf(&t->broken, "%s: room %lld, event %lld", what, (long long)room, (long long)seq);
}

bool fake_refuse(struct fake_refusal *why, const char *sqlstate, const char *constraint)
{
    *why = (struct fake_refusal){ sqlstate, constraint };
    return false;
}

/* ---- numbers ---- */

static bool is_in_table(const struct fake_tables *t, int table, int64_t room, int64_t seq)
{
    for (int i = t->nnumbers; i-- > 0;)
        if (t->numbers[i].room == room && t->numbers[i].seq == seq && (table < 0 || t->numbers[i].table == table))
            return true;
    return false;
}

bool fake_is_numbered(const struct fake_tables *t, int64_t room, int64_t seq)
{
    return is_in_table(t, -1, room, seq);
}

bool fake_number_row(struct fake_tables *t, int table, int64_t room, int64_t seq, int64_t at, struct fake_refusal *why)
{
    if (!fake_room_of(t, room))
        return fake_refuse(why, "23503", "room_fkey");
    if (is_in_table(t, table, room, seq))
        return fake_refuse(why, "23505", "room_seq_key");
    *FAKE_APPEND(t, numbers) = (struct fake_number){ (int32_t)room, table, seq, at };
    return true;
}

void fake_settle(void *own, const struct fake_call *c, struct fake_rows *ret)
{
    const struct fake_tables *t = *(struct fake_tables **)own;
    fake_rows_begin(ret, 1);
    fake_rows_add(ret)[0] = fake_boolean(fake_is_numbered(t, fake_integer(c->params[0]), fake_integer(c->params[1])));
}

/* Behind the row before it in its table. */
static void check_order(struct fake_tables *t, const struct fake_number *new)
{
    for (const struct fake_number *old = new; old-- > t->numbers;)
        if (old->room == new->room && old->table == new->table) {
            if (old->seq >= new->seq || (new->at && old->at >= new->at))
                fake_broken(t, "rows out of order", new->room, new->seq);
            return;
        }
}

/* The numbers of each room go on without a hole and times rise: what every commit must leave behind. */
static void check_numbers(struct fake_tables *t, int before)
{
    for (int32_t id = 1; id <= t->nrooms; id++)
        while (fake_is_numbered(t, id, t->rooms[id - 1].seq + 1))
            t->rooms[id - 1].seq++;
    for (int i = before; i < t->nnumbers; i++) {
        const struct fake_number *new = &t->numbers[i];
        if (new->seq > fake_room_of(t, new->room)->seq)
            fake_broken(t, "a hole before a row", new->room, new->seq);
        check_order(t, new);
    }
}

/* ---- statements ---- */

static const struct fake_put *find_put(const struct fake_tables *t, const struct statement *st, void **ret_own)
{
    for (int k = 0; t->kinds[k]; k++)
        for (const struct fake_put *p = t->kinds[k]->puts; p->statement; p++)
            if (p->statement == st) {
                *ret_own = t->own[k];
                return p;
            }
    assert(!"a statement that no kind knows");
    return NULL;
}

static bool perform(struct fake_tables *t, const struct fake_call *c, struct fake_refusal *why)
{
    struct text *columns[DB_MAX_PARAMS];
    void *own = NULL;
    const struct fake_put *st = find_put(t, c->statement, &own);
    int n = 0;
    bool done = true;
    for (int i = 0; i < c->n; i++)
        columns[i] = elements(c->params[i], &n);
    for (int row = 0; row < n && done; row++) {
        struct text v[DB_MAX_PARAMS];
        for (int i = 0; i < c->n; i++)
            v[i] = columns[i][row];
        done = st->put(own, v, why);
    }
    for (int i = 0; i < c->n; i++)
        free(columns[i]);
    return done;
}

void fake_tables_query(struct fake_tables *t, const struct fake_call *c, struct fake_rows *ret)
{
    for (int k = 0; t->kinds[k]; k++)
        for (const struct fake_read *r = t->kinds[k]->reads; r->statement; r++)
            if (r->statement == c->statement) {
                r->read(t->own[k], c, ret);
                return;
            }
    assert(!"a statement that no kind knows");
}

/* ---- transactions ---- */

bool fake_tables_commit(struct fake_tables *t, const struct fake_call *calls, int n, struct fake_refusal *why)
{
    void *kept[FAKE_KINDS_MOST];
    int before = t->nnumbers;
    bool done = true;
    for (int k = 0; t->kinds[k]; k++)
        kept[k] = t->kinds[k]->keep(t->own[k]);
    for (int i = 0; i < n && done; i++) {
        assert(!i || calls[i].statement->batch > calls[i - 1].statement->batch);
        done = perform(t, &calls[i], why);
    }
    if (done)
        check_numbers(t, before);
    else
        t->nnumbers = before;
    for (int k = 0; t->kinds[k]; k++) {
        if (!done)
            t->kinds[k]->put_back(t->own[k], kept[k]);
        else if (t->kinds[k]->check)
            t->kinds[k]->check(t->own[k]);
        t->kinds[k]->drop(kept[k]);
    }
    return done;
}

void fake_tables_init(struct fake_tables *t, const struct fake_kind *const *kinds)
{
    *t = (struct fake_tables){ .kinds = kinds };
    for (int k = 0; kinds[k]; k++) {
        assert(k < FAKE_KINDS_MOST);
        t->own[k] = kinds[k]->create(t);
    }
}

void fake_tables_fini(struct fake_tables *t)
{
    for (int k = 0; t->kinds[k]; k++)
        t->kinds[k]->destroy(t->own[k]);
    for (int i = 0; i < t->nusers; i++)
        free(t->users[i].name);
    free(t->users);
    free(t->rooms);
    free(t->numbers);
    buf_fini(&t->broken);
}

uint64_t fake_mix(uint64_t digest, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        digest = (digest ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    return digest;
}
