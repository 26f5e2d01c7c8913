/* Memory: walks the rows of all parts, and the actors. See memory.h. What the allocator adds to each piece is nobody's. */
#include "transport/metrics/memory.h"

#include "actors/room/room.h"

#include <assert.h>

/* ---- rows ---- */

static const struct part *const *parts;

enum { ROOMS, ROOM_RINGS, ACTORS };
static const struct memory_row actor_rows[] = {
    [ROOMS] = { "rooms", "rooms: people, and places of their streams" },
    [ROOM_RINGS] = { "room_rings", "recent events that rooms keep for those who come back" },
    [ACTORS] = { "actors", "actors that are no rooms" },
    { 0 },
};

void memory_use(const struct part *const *all)
{
    parts = all;
}

/* The row i of this table; NULL, and i is counted on, if it ends before. */
static const struct memory_row *row_in(const struct memory_row *row, int *i)
{
    for (; row && row->name; row++)
        if ((*i)-- == 0)
            return row;
    return NULL;
}

const struct memory_row *memory_row_at(int i)
{
    const struct memory_row *row = row_in(actor_rows, &i);
    for (int p = 0; !row && parts && parts[p]; p++)
        row = row_in(parts[p]->memory, &i);
    return row;
}

const struct memory_amount *memory_of(const struct memory_sample *s, const char *name)
{
    const struct memory_row *row;
    for (int i = 0; (row = memory_row_at(i)); i++)
        if (!strcmp(row->name, name))
            return &s->rows[i];
    return NULL;
}

/* ---- actors ---- */

static void add_amount(struct memory_amount *to, struct memory_amount what)
{
    to->count += what.count;
    to->bytes += what.bytes;
    if (what.most <= to->most)
        return;
    to->most = what.most;
    to->whose = what.whose;
    to->worker = what.worker;
}

static void add_kind(struct memory_sample *s, const char *name, struct memory_amount what)
{
    int i = 0;
    while (i < MEMORY_KINDS_MOST - 1 && s->kinds[i].name && strcmp(s->kinds[i].name, name) != 0)
        i++;
    s->kinds[i].name = name;
    add_amount(&s->kinds[i].amount, what);
}

static void add_room(struct memory_sample *s, const struct actor_info *info)
{
    const struct listeners *l = &room_of(info->actor)->listeners;
    uint64_t bytes = room_ring_bytes(l), ring = bytes < info->memory ? bytes : info->memory;
    add_amount(&s->rows[ROOMS], (struct memory_amount){ 1, info->memory - ring, .most = info->memory,
                                                        .whose = (uint64_t)info->address.id });
    add_amount(&s->rows[ROOM_RINGS], (struct memory_amount){ l->ring_n, ring });
}

static void add_actor(const struct actor_info *info, void *arg)
{
    struct memory_sample *s = arg;
    struct memory_amount one = { 1, info->memory };
    add_kind(s, info->address.kind->name, one);
    if (room_ops_at(info))
        add_room(s, info);
    else
        add_amount(&s->rows[ACTORS], one);
}

/* ---- taking ---- */

static int count(const struct memory_row *row)
{
    int n = 0;
    while (row && row[n].name)
        n++;
    return n;
}

void memory_take(struct worker *w, struct memory_sample *ret)
{
    int n = count(actor_rows);
    *ret = (struct memory_sample){ .answered = 1 };
    worker_actors(w, add_actor, ret);
    for (int p = 0; parts && parts[p]; p++) {
        int more = count(parts[p]->memory);
        assert(n + more <= MEMORY_ROWS_MOST);
        if (more)
            parts[p]->read_memory(w, &ret->rows[n]);
        n += more;
    }
    for (int i = 0; i < n; i++)
        ret->rows[i].worker = worker_index(w);
}

void memory_add(struct memory_sample *sum, const struct memory_sample *one)
{
    sum->answered += one->answered;
    for (int i = 0; i < MEMORY_ROWS_MOST; i++)
        add_amount(&sum->rows[i], one->rows[i]);
    for (int i = 0; i < MEMORY_KINDS_MOST && one->kinds[i].name; i++)
        add_kind(sum, one->kinds[i].name, one->kinds[i].amount);
}

uint64_t memory_bytes(const struct memory_sample *s)
{
    uint64_t bytes = 0;
    for (int i = 0; i < MEMORY_ROWS_MOST; i++)
        bytes += s->rows[i].bytes;
    return bytes;
}
