/* Ranking: see ranking.h. A heap with the lowest key on top, so that what comes next knows at once whether it counts.
 */
#include "transport/admin/ranking.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static char *slot(const struct ranking *r, size_t i)
{
    return r->items + i * r->stride;
}

static int64_t key_of(const char *item)
{
    int64_t key;
    memcpy(&key, item, sizeof key);
    return key;
}

bool ranking_init(struct ranking *r, size_t most, size_t size)
{
    size_t stride = sizeof(int64_t) + (size + 7) / 8 * 8;
    *r = (struct ranking){ .size = size, .stride = stride, .most = most, .items = malloc((most + 1) * stride) };
    if (!r->items)
        r->most = 0;
    return r->items != NULL;
}

void ranking_fini(struct ranking *r)
{
    free(r->items);
    *r = (struct ranking){ 0 };
}

/* Uses the slot behind the last one, which is always there. */
static void swap(struct ranking *r, size_t a, size_t b)
{
    char *spare = slot(r, r->most);
    memcpy(spare, slot(r, a), r->stride);
    memcpy(slot(r, a), slot(r, b), r->stride);
    memcpy(slot(r, b), spare, r->stride);
}

static void sift_up(struct ranking *r, size_t i)
{
    for (; i && key_of(slot(r, i)) < key_of(slot(r, (i - 1) / 2)); i = (i - 1) / 2)
        swap(r, i, (i - 1) / 2);
}

static void sift_down(struct ranking *r, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < r->n; child++)
            if (key_of(slot(r, child)) < key_of(slot(r, least)))
                least = child;
        if (least == i)
            return;
        swap(r, i, least);
        i = least;
    }
}

void ranking_offer(struct ranking *r, int64_t key, const void *item)
{
    r->offered++;
    bool full = r->n == r->most;
    if (!r->most || (full && key <= key_of(slot(r, 0))))
        return;
    size_t at = full ? 0 : r->n++;
    memcpy(slot(r, at), &key, sizeof key);
    memcpy(slot(r, at) + sizeof key, item, r->size);
    if (full)
        sift_down(r, 0);
    else
        sift_up(r, at);
}

static int highest_first(const void *a, const void *b)
{
    int64_t x = key_of(a), y = key_of(b);
    return (x < y) - (x > y);
}

void ranking_answer(struct ranking *r, void (*put)(const void *item, struct json *out), struct buf *answer)
{
    buf_printf(answer, "%" PRIu64 "\n", r->offered);
    if (r->n)
        qsort(r->items, r->n, r->stride, highest_first);
    for (size_t i = 0; i < r->n; i++) {
        struct json row = json_into(answer);
        buf_printf(answer, "%" PRId64 " ", key_of(slot(r, i)));
        put(slot(r, i) + sizeof(int64_t), &row);
        buf_putc(answer, '\n');
    }
}
