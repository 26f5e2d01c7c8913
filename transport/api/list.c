/* List: see list.h. */
#include "transport/api/list.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "transport/http/paged.h"

enum { ID, ITEM, OVER }; /* what every such statement gives */
enum { MOST = 1 << 20 };

/* In the request's memory. */
struct listing {
    struct paged paged; /* first */
    const struct list_kind *kind;
    int32_t skip, left; /* still to be skipped, to be shown */
    int32_t after;      /* 0: nothing has been shown */
};

static void put_params(struct request *rq, const struct listing *l, struct db_params *p)
{
    l->kind->bind(rq, p);
    db_param_int4(p, l->skip);
    db_param_int4(p, l->left);
    if (l->after)
        db_param_int4(p, l->after);
    else
        db_param_null(p);
    db_param_int4(p, MOST);
}

static void put_items(struct listing *l, const struct db_result *r)
{
    struct buf *out = &l->paged.page;
    for (int row = 0; row < r->rows; row++) {
        buf_putc(out, l->after || row ? ',' : '[');
        buf_text(out, db_text(r, row, ITEM));
    }
    l->paged.over = !r->rows || db_bool(r, r->rows - 1, OVER);
    if (!r->rows && !l->after)
        buf_putc(out, '[');
    if (l->paged.over)
        buf_putc(out, ']');
    if (r->rows)
        l->after = (int32_t)db_int(r, r->rows - 1, ID);
    l->skip = 0;
    l->left -= r->rows;
}

static void on_page(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    struct listing *l = request_data(rq);
    if (r->status != DB_OK) {
        log_warn("a list could not be read on", F_STR("statement", l->kind->statement->name),
                 F_STR("sqlstate", r->sqlstate));
        body_fail(rq);
        return;
    }
    put_items(l, r);
    paged_made(rq);
}

static void next_page(struct request *rq)
{
    const struct listing *l = request_data(rq);
    struct db_params p = { 0 };
    put_params(rq, l, &p);
    if (!db_query(db_slow(request_worker(rq)), l->kind->statement, &p, on_page, rq))
        body_fail(rq);
}

/* Mostly that is all. */
static void on_first_page(struct request *rq, const struct db_result *r)
{
    struct listing *l = request_data(rq);
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

static void begin(struct request *rq, const struct list_kind *kind, int32_t skip, int32_t limit)
{
    struct listing *l = request_alloc(rq, sizeof *l);
    struct db_params p = { 0 };
    if (!l) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *l = (struct listing){ .paged.next = next_page, .kind = kind, .skip = skip, .left = limit };
    request_set_data(rq, l);
    put_params(rq, l, &p);
    request_query(rq, kind->statement, &p, on_first_page);
}

void list_answer(struct request *rq, const struct list_kind *kind)
{
    begin(rq, kind, request_int(rq, "skip"), request_int(rq, "limit"));
}

void list_answer_whole(struct request *rq, const struct list_kind *kind)
{
    begin(rq, kind, 0, INT32_MAX);
}
