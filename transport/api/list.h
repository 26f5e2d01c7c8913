/* List: things that may be long, such as code, or many. Those who ask for a thousand are answered piece by piece, so nobody
 * takes the memory of all of them. Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* What is listed. Its statement takes, behind what `bind` binds, four arguments: arg.skip, arg.limit, arg.after, arg.most
 * int4 (after: go on behind this id, else null; most: bytes, after which it may stop). It gives id int4, item json, over
 * bool (there is nothing behind it), in the order of ids, at least one row if there are any. */
struct list_kind {
    const struct statement *statement;
    void (*bind)(struct request *rq, struct db_params *p);
};

/* Answers with a JSON array, by the query's `skip` and `limit`. */
void list_answer(struct request *rq, const struct list_kind *kind);
/* The same with all there are. */
void list_answer_whole(struct request *rq, const struct list_kind *kind);
