/* Hand db help: see hand_db_help.h. */
#include "hand_db_help.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>

struct cells {
    int columns;
    const char *const *text;
};

static void put_param(struct hand_query *q, const struct db_params *p, int i)
{
    size_t n = strlen(q->params), left = sizeof q->params - n;
    uint32_t narrow;
    uint64_t wide;
    const char *blank = i ? " " : "";
    if (!p->values[i]) {
        snprintf(q->params + n, left, "%s-", blank);
    } else if (p->lengths[i] == 1 && p->values[i] == p->scratch[i]) {
        snprintf(q->params + n, left, "%s%s", blank, p->scratch[i][0] ? "true" : "false");
    } else if (p->lengths[i] == 4 && p->values[i] == p->scratch[i]) {
        memcpy(&narrow, p->values[i], sizeof narrow);
        snprintf(q->params + n, left, "%s%d", blank, (int32_t)be32toh(narrow));
    } else if (p->lengths[i] == 8 && p->values[i] == p->scratch[i]) {
        memcpy(&wide, p->values[i], sizeof wide);
        snprintf(q->params + n, left, "%s%lld", blank, (long long)be64toh(wide));
    } else {
        snprintf(q->params + n, left, "%s%.*s", blank, p->lengths[i], p->values[i]);
    }
}

static bool query(struct db *base, const struct statement *st, const struct db_params *p, db_done *done, void *arg)
{
    struct hand_db *db = (struct hand_db *)base;
    if (db->full)
        return false;
    assert(db->n < HAND_QUERIES);
    struct hand_query *q = &db->asked[db->n++];
    *q = (struct hand_query){ .statement = st, .done = done, .arg = arg };
    for (int i = 0; i < p->n; i++)
        put_param(q, p, i);
    return true;
}

static bool batch(struct db *base, const struct db_step *steps, int n, db_done *done, void *arg)
{
    return false;
}

static struct text value(const struct db_result *r, int row, int column)
{
    const struct cells *cells = r->data;
    return column < cells->columns ? text_of(cells->text[row * cells->columns + column]) : (struct text){ 0 };
}

static bool up(const struct db *base)
{
    return !((const struct hand_db *)base)->away;
}

static const struct db_ops operations = { .query = query, .batch = batch, .value = value, .up = up };

void hand_db_open(struct hand_db *db)
{
    *db = (struct hand_db){ .base.ops = &operations };
}

int hand_db_pending(const struct hand_db *db)
{
    return db->n - db->answered;
}

void hand_db_answer(struct hand_db *db, enum db_status status, int rows, int columns, const char *const *cells)
{
    assert(hand_db_pending(db) > 0);
    struct hand_query q = db->asked[db->answered++];
    if (!hand_db_pending(db))
        db->n = db->answered = 0;
    const struct cells data = { columns, cells };
    const struct db_result r = { .status = status,
                                 .sqlstate = status == DB_REFUSED ? "42601" : "",
                                 .constraint = "",
                                 .rows = rows,
                                 .data = &data,
                                 .ops = &operations };
    q.done(q.arg, &r);
}

void hand_db_defer(struct hand_db *db)
{
    assert(hand_db_pending(db) > 0);
    const struct hand_query oldest = db->asked[db->answered];
    for (int i = db->answered; i + 1 < db->n; i++)
        db->asked[i] = db->asked[i + 1];
    db->asked[db->n - 1] = oldest;
}

void hand_db_close(struct hand_db *db)
{
    while (hand_db_pending(db))
        hand_db_answer(db, DB_AWAY, 0, 0, NULL);
}
