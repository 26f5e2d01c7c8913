/* List: things that may be long, such as code, or many. Those who ask for a thousand are answered piece by piece, so nobody
 * takes the memory of all of them. Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* What is listed, by a statement as transport/http/list.h has it. It takes, behind what `bind` binds, four arguments:
 * arg.skip int4, arg.limit int4, arg.after text (the key to begin behind) and arg.most int4 (bytes, after which it may
 * stop). */
struct list_kind {
    const struct statement *statement;
    void (*bind)(struct request *rq, struct db_params *p);
};

/* Answers with a JSON array, by the query's `skip` and `limit`. */
void list_answer(struct request *rq, const struct list_kind *kind);
/* The same with all there are. */
void list_answer_whole(struct request *rq, const struct list_kind *kind);
