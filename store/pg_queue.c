/* Queries of one connection: see pg_queue.h. */
#include "store/pg_queue.h"

#include <stdlib.h>

bool pg_pool_init(struct pg_pool *pool, uint32_t n)
{
    *pool = (struct pg_pool){ .all = calloc(n, sizeof *pool->all) };
    if (!pool->all)
        return false;
    for (uint32_t i = n; i-- > 0;) {
        pool->all[i].next = pool->unused;
        pool->unused = &pool->all[i];
    }
    return true;
}

void pg_pool_fini(struct pg_pool *pool)
{
    free(pool->all);
    *pool = (struct pg_pool){ 0 };
}

struct pg_query *pg_pool_take(struct pg_pool *pool)
{
    struct pg_query *q = pool->unused;
    if (!q)
        return NULL;
    pool->unused = q->next;
    *q = (struct pg_query){ 0 };
    return q;
}

void pg_pool_give(struct pg_pool *pool, struct pg_query *q)
{
    free(q->params);
    PQclear(q->rows);
    PQclear(q->error);
    *q = (struct pg_query){ .next = pool->unused };
    pool->unused = q;
}

void pg_list_push(struct pg_list *list, struct pg_query *q)
{
    q->next = NULL;
    if (list->tail)
        list->tail->next = q;
    else
        list->head = q;
    list->tail = q;
    list->n++;
}

struct pg_query *pg_list_pop(struct pg_list *list)
{
    struct pg_query *q = list->head;
    if (!q)
        return NULL;
    list->head = q->next;
    if (!list->head)
        list->tail = NULL;
    list->n--;
    return q;
}

struct db_params *pg_params_copy(const struct db_params *p)
{
    size_t bytes = 0;
    for (int i = 0; i < p->n; i++)
        bytes += p->values[i] ? (size_t)p->lengths[i] : 0;
    struct db_params *copy = malloc(sizeof *copy + bytes);
    if (!copy)
        return NULL;
    char *to = (char *)(copy + 1);
    *copy = *p;
    for (int i = 0; i < p->n; i++) {
        if (!p->values[i])
            continue;
        memcpy(to, p->values[i], (size_t)p->lengths[i]);
        copy->values[i] = to;
        to += p->lengths[i];
    }
    return copy;
}
