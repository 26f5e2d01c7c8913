/* List: see list.h. */
#include "transport/api/list.h"

#include "transport/http/list.h"

enum { MOST = 1 << 20 };

struct listing {
    struct list list; /* first */
    const struct list_kind *kind;
    int32_t skip, limit;
};

static void bind_page(struct request *rq, const struct list *list, struct db_params *p)
{
    const struct listing *l = (const struct listing *)list;
    l->kind->bind(rq, p);
    db_param_int4(p, list->rows ? 0 : l->skip);
    db_param_int4(p, l->limit - list->rows);
    list_bind_key(list, p);
    db_param_int4(p, MOST);
}

static void begin(struct request *rq, const struct list_kind *kind, int32_t skip, int32_t limit)
{
    struct listing *l = request_alloc(rq, sizeof *l);
    if (!l) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *l = (struct listing){
        .list = { .statement = kind->statement, .bind = bind_page }, .kind = kind, .skip = skip, .limit = limit
    };
    list_begin(rq, &l->list);
}

void list_answer(struct request *rq, const struct list_kind *kind)
{
    begin(rq, kind, request_int(rq, "skip"), request_int(rq, "limit"));
}

void list_answer_whole(struct request *rq, const struct list_kind *kind)
{
    begin(rq, kind, 0, INT32_MAX);
}
