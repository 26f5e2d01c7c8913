/* List: see list.h. */
#include "transport/http/list.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "transport/http/request.h"

#include <assert.h>

enum { KEY, ITEM, OVER }; /* what every such statement gives */

static void keep_key(struct list *l, struct text key)
{
    assert(key.n < LIST_KEY_SIZE);
    memcpy(l->key, key.p, key.n);
    l->key[key.n] = 0;
}

static void put_items(struct list *l, const struct db_result *r)
{
    struct buf *out = &l->paged.page;
    if (!l->rows)
        buf_putc(out, '[');
    for (int row = 0; row < r->rows; row++) {
        if (l->rows++)
            buf_putc(out, ',');
        buf_text(out, db_text(r, row, ITEM));
    }
    l->paged.over = !r->rows || db_bool(r, r->rows - 1, OVER);
    if (l->paged.over)
        buf_putc(out, ']');
    if (r->rows)
        keep_key(l, db_text(r, r->rows - 1, KEY));
}

static void on_page(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    struct list *l = request_data(rq);
    if (r->status != DB_OK) {
        log_warn("a list could not be read on", F_STR("statement", l->statement->name), F_STR("sqlstate", r->sqlstate));
        body_fail(rq);
        return;
    }
    put_items(l, r);
    paged_made(rq);
}

static void next_page(struct request *rq)
{
    const struct list *l = request_data(rq);
    struct db_params p = { 0 };
    l->bind(rq, l, &p);
    if (!db_query(db_slow(request_worker(rq)), l->statement, &p, on_page, rq))
        body_fail(rq);
}

/* Mostly that is all. */
static void on_first_page(struct request *rq, const struct db_result *r)
{
    struct list *l = request_data(rq);
    const struct body_head head = { .status = 200, .content_type = "application/json", .length = BODY_UNKNOWN };
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    put_items(l, r);
    struct buf whole = l->paged.page; /* the request goes with its answer */
    if (whole.failed || l->paged.over)
        respond_built(rq, 200, &whole);
    else
        paged_begin(rq, &head);
}

void list_begin(struct request *rq, struct list *l)
{
    struct db_params p = { 0 };
    l->paged.next = next_page;
    request_set_data(rq, l);
    l->bind(rq, l, &p);
    request_query(rq, l->statement, &p, on_first_page);
}

void list_bind_key(const struct list *l, struct db_params *p)
{
    if (l->rows)
        db_param_text(p, text_of(l->key));
    else
        db_param_null(p);
}
