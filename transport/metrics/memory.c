/* Memory: see memory.h. What the allocator adds to each piece is nobody's. */
#include "transport/metrics/memory.h"

#include "actors/databases.h"
#include "actors/room/persistence.h"
#include "actors/room/recent.h"
#include "actors/room/room.h"
#include "actors/runtime/slow.h"
#include "actors/runtime/trace.h"
#include "proto/base/ring.h"
#include "proto/identity/token.h"
#include "store/db_pool.h"
#include "transport/asks.h"
#include "transport/http/closed.h"
#include "transport/http/http.h"
#include "transport/http/look.h"
#include "transport/intake.h"
#include "transport/metrics/desk.h"
#include "transport/people/people.h"
#include "transport/sse/sse.h"
#include "transport/transport.h"

const struct memory_part_row memory_parts[] = {
#define MEMORY_ROW(symbol, name, about) [MEMORY_##symbol] = { name, about },
    MEMORY_PARTS(MEMORY_ROW)
#undef MEMORY_ROW
};

static void add_amount(struct memory_amount *to, struct memory_amount what)
{
    to->count += what.count;
    to->bytes += what.bytes;
}

/* ---- actors ---- */

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
    add_amount(&s->parts[MEMORY_ROOMS], (struct memory_amount){ 1, info->memory - ring });
    add_amount(&s->parts[MEMORY_ROOM_RINGS], (struct memory_amount){ l->ring_n, ring });
    if (info->memory <= s->greatest_bytes)
        return;
    s->greatest_room = info->address.id;
    s->greatest_bytes = info->memory;
}

static void add_actor(const struct actor_info *info, void *arg)
{
    struct memory_sample *s = arg;
    struct memory_amount one = { 1, info->memory };
    add_kind(s, info->address.kind->name, one);
    if (room_ops_at(info))
        add_room(s, info);
    else
        add_amount(&s->parts[MEMORY_ACTORS], one);
}

/* ---- the rest ---- */

static void take_http(const struct transport *t, struct memory_sample *s)
{
    struct http_memory h = http_memory(t->http);
    s->parts[MEMORY_CONNECTIONS] = (struct memory_amount){ h.connections, h.connection_bytes };
    s->parts[MEMORY_OUTPUT] = (struct memory_amount){ h.behind, h.output_bytes };
    s->parts[MEMORY_EARLY] = (struct memory_amount){ h.early, h.early_bytes };
    s->parts[MEMORY_REQUESTS] = (struct memory_amount){ h.requests, h.request_bytes };
    s->behind = h.behind_bytes;
    s->most_behind = h.most_behind;
    s->slowest = h.slowest;
    s->slowest_worker = worker_index(t->worker);
    s->parts[MEMORY_CLOSED] = (struct memory_amount){ closed_count(http_closed(t->http)), sizeof(struct closed_ring) };
}

/* A ring that is not there yet holds nothing. */
static struct memory_amount of_ring(const struct ring *r)
{
    if (!r)
        return (struct memory_amount){ 0 };
    return (struct memory_amount){ r->last < r->most ? r->last : r->most, ring_bytes(r) };
}

static void take_databases(struct worker *w, struct memory_amount *ret)
{
    const struct db *read = db_reading(w), *slow = db_slow(w), *write = db_writing(w);
    struct db_stats r = db_pool_stats(read), s = db_pg_stats(slow), x = db_pg_stats(write);
    *ret = (struct memory_amount){ r.in_flight + r.waiting + s.in_flight + s.waiting + x.in_flight + x.waiting,
                                   db_pool_memory(read) + db_pg_memory(slow) + db_pg_memory(write) };
}

void memory_take(struct worker *w, struct memory_sample *ret)
{
    const struct transport *t = transport_of(w);
    const struct persistence *p = worker_persistence(w);
    unsigned uploads = intakes_stats(t->intakes).alive;
    struct persistence_stats turns = persistence_stats(p);
    *ret = (struct memory_sample){ .answered = 1 };
    worker_actors(w, add_actor, ret);
    take_http(t, ret);
    take_databases(w, &ret->parts[MEMORY_DATABASE]);
    ret->parts[MEMORY_STREAMS] = (struct memory_amount){ sse_streams(t->sse), sse_memory(t->sse) };
    ret->parts[MEMORY_ASKS] = (struct memory_amount){ asks_waiting(t->asks), asks_memory(t->asks) };
    ret->parts[MEMORY_TURNS] = (struct memory_amount){ turns.waiting + turns.in_flight, persistence_memory(p) };
    ret->parts[MEMORY_TOKENS].bytes = token_cache_memory(t->tokens, &ret->parts[MEMORY_TOKENS].count);
    ret->parts[MEMORY_PEOPLE].bytes = people_memory(t->people, &ret->parts[MEMORY_PEOPLE].count);
    ret->parts[MEMORY_UPLOADS] = (struct memory_amount){ uploads, (uint64_t)uploads * INTAKE_MOST };
    ret->parts[MEMORY_RECENT] = of_ring(worker_recent(w));
    ret->parts[MEMORY_SLOW] = of_ring(worker_slow_entries(w));
    ret->parts[MEMORY_TRACE] = of_ring(worker_trace_entries(w));
    ret->parts[MEMORY_FIGURES] = (struct memory_amount){ 1, desk_memory(t->desk) };
}

/* ---- adding ---- */

void memory_add(struct memory_sample *sum, const struct memory_sample *one)
{
    sum->answered += one->answered;
    for (int i = 0; i < MEMORY_PART_COUNT; i++)
        add_amount(&sum->parts[i], one->parts[i]);
    for (int i = 0; i < MEMORY_KINDS_MOST && one->kinds[i].name; i++)
        add_kind(sum, one->kinds[i].name, one->kinds[i].amount);
    sum->behind += one->behind;
    if (one->most_behind > sum->most_behind) {
        sum->most_behind = one->most_behind;
        sum->slowest = one->slowest;
        sum->slowest_worker = one->slowest_worker;
    }
    if (one->greatest_bytes > sum->greatest_bytes) {
        sum->greatest_bytes = one->greatest_bytes;
        sum->greatest_room = one->greatest_room;
    }
}

uint64_t memory_bytes(const struct memory_sample *s)
{
    uint64_t bytes = 0;
    for (int i = 0; i < MEMORY_PART_COUNT; i++)
        bytes += s->parts[i].bytes;
    return bytes;
}
