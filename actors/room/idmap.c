/* Idmap: linear probing, backward-shift deletion, at most three quarters full. */
#include "actors/room/idmap.h"

#include <stdlib.h>

static uint32_t place(const struct idmap *m, uint64_t id)
{
    id *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(id >> 32) & (m->cap - 1);
}

void idmap_fini(struct idmap *m)
{
    free(m->slots);
    *m = (struct idmap){ 0 };
}

/* The slot that holds id, or the free one where it would go. */
static struct idmap_slot *find(const struct idmap *m, uint64_t id)
{
    uint32_t i = place(m, id);
    while (m->slots[i].id && m->slots[i].id != id)
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

static bool grow(struct idmap *m)
{
    struct idmap bigger = { .cap = m->cap ? m->cap * 2 : 8, .n = m->n };
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->slots[i].id)
            *find(&bigger, m->slots[i].id) = m->slots[i];
    free(m->slots);
    *m = bigger;
    return true;
}

bool idmap_put(struct idmap *m, uint64_t id, uint32_t index)
{
    if (m->n * 4 >= m->cap * 3 && !grow(m))
        return false;
    struct idmap_slot *s = find(m, id);
    m->n += !s->id;
    *s = (struct idmap_slot){ id, index };
    return true;
}

uint32_t idmap_get(const struct idmap *m, uint64_t id)
{
    if (!m->cap || !id)
        return IDMAP_NONE;
    const struct idmap_slot *s = find(m, id);
    return s->id ? s->index : (uint32_t)IDMAP_NONE;
}

void idmap_remove(struct idmap *m, uint64_t id)
{
    if (!m->cap || !id)
        return;
    struct idmap_slot *s = find(m, id);
    if (!s->id)
        return;
    uint32_t hole = (uint32_t)(s - m->slots), mask = m->cap - 1;
    for (uint32_t i = (hole + 1) & mask; m->slots[i].id; i = (i + 1) & mask) {
        uint32_t home = place(m, m->slots[i].id);
        if (((i - home) & mask) >= ((i - hole) & mask)) { /* it may move back into the hole */
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole].id = 0;
    m->n--;
}
