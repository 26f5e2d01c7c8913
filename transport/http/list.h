/* List: an answer of any number of rows, as a JSON array that goes out page by page (paged.h), so that nobody takes the
 * memory of all of it. Its statement gives a page: key text, item json, over bool (there is nothing behind it), in the
 * order of the keys' rows, at least one row if there are any. It begins behind the row of a key; null: with the first.
 * Worker's thread. */
#pragma once

#include "store/db.h"
#include "transport/http/paged.h"

enum { LIST_KEY_SIZE = 96 };

/* In the request's memory, as its data; zeroed but for what says how to ask. */
struct list {
    struct paged paged; /* first */
    const struct statement *statement;
    /* Binds all that the statement takes, for the next page. Allocates nothing from the request. */
    void (*bind)(struct request *rq, const struct list *l, struct db_params *p);
    int32_t rows;            /* that have gone out */
    char key[LIST_KEY_SIZE]; /* of the last of them */
};

/* Asks for the first page and answers with it and all that follow. */
void list_begin(struct request *rq, struct list *l);

/* Behind which row the next page begins. */
void list_bind_key(const struct list *l, struct db_params *p);
