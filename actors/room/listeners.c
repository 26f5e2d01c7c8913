/* Listeners: see listeners.h. */
#include "actors/room/listeners.h"

#include <assert.h>
#include <stdlib.h>

enum { RING_FIRST = 64 };

static void ring_drop_oldest(struct listeners *l)
{
    struct shared *oldest = l->ring[(l->ring_last - l->ring_n + 1) % l->ring_cap];
    assert(l->ring_n && l->ring_bytes >= oldest->n);
    l->ring_n--;
    l->ring_bytes -= oldest->n;
    shared_unref(oldest);
}

static void ring_clear(struct listeners *l)
{
    while (l->ring_n)
        ring_drop_oldest(l);
}

void listeners_fini(struct listeners *l)
{
    ring_clear(l);
    free(l->ring);
    free(l->list);
    free(l->per_worker);
    idmap_fini(&l->by_stream);
    *l = (struct listeners){ .ring_limit = l->ring_limit, .had = l->had };
}

bool listeners_add(struct listeners *l, int workers, struct listener who)
{
    if (!l->per_worker && !(l->per_worker = calloc((size_t)workers, sizeof *l->per_worker)))
        return false;
    if (l->n == l->cap) {
        uint32_t cap = l->cap ? l->cap * 2 : 8;
        struct listener *list = realloc(l->list, cap * sizeof *list);
        if (!list)
            return false;
        l->list = list;
        l->cap = cap;
    }
    if (!idmap_put(&l->by_stream, who.stream, l->n))
        return false;
    l->list[l->n++] = who;
    l->per_worker[who.worker]++;
    l->had |= UINT64_C(1) << who.worker;
    return true;
}

int32_t listeners_remove(struct listeners *l, uint64_t stream)
{
    uint32_t at = idmap_get(&l->by_stream, stream);
    if (at == IDMAP_NONE)
        return 0;
    int32_t participant = l->list[at].participant;
    assert(at < l->n && l->list[at].stream == stream && l->per_worker[l->list[at].worker]);
    l->per_worker[l->list[at].worker]--;
    idmap_remove(&l->by_stream, stream);
    l->list[at] = l->list[--l->n];
    if (at < l->n)
        (void)idmap_put(&l->by_stream, l->list[at].stream, at); /* replaces: needs no memory */
    return participant;
}

uint32_t listeners_of(const struct listeners *l, int32_t participant)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++)
        n += l->list[i].participant == participant;
    return n;
}

void listeners_remove_person(struct listeners *l, int32_t participant)
{
    for (uint32_t i = l->n; i-- > 0;)
        if (l->list[i].participant == participant)
            listeners_remove(l, l->list[i].stream);
}

/* Doubles the ring up to its limit, moving each event to its new place. False: it stays as it is. */
static bool ring_grow(struct listeners *l)
{
    uint32_t cap = l->ring_cap ? l->ring_cap * 2 : RING_FIRST;
    cap = cap < l->ring_limit ? cap : l->ring_limit;
    struct shared **ring = cap > l->ring_cap ? calloc(cap, sizeof *ring) : NULL;
    if (!ring)
        return false;
    for (uint32_t i = 0; i < l->ring_n; i++)
        ring[(l->ring_last - i) % cap] = l->ring[(l->ring_last - i) % l->ring_cap];
    free(l->ring);
    l->ring = ring;
    l->ring_cap = cap;
    return true;
}

void listeners_keep(struct listeners *l, int64_t seq, struct shared *frame)
{
    if (seq != l->ring_last + 1)
        ring_clear(l);
    if (l->ring_n == l->ring_cap && !ring_grow(l)) {
        if (!l->ring_cap)
            return;
        ring_drop_oldest(l);
    }
    l->ring[seq % l->ring_cap] = shared_ref(frame);
    l->ring_n++;
    l->ring_last = seq;
    l->ring_bytes += frame->n;
    while (l->ring_bytes > LISTENERS_RING_BYTES)
        ring_drop_oldest(l);
}

bool listeners_have(const struct listeners *l, int64_t after, int64_t upto)
{
    return after >= upto || (upto <= l->ring_last && after >= l->ring_last - l->ring_n);
}

struct shared *listeners_frame(const struct listeners *l, int64_t seq)
{
    assert(seq <= l->ring_last && seq > l->ring_last - l->ring_n);
    return l->ring[seq % l->ring_cap];
}

static struct message *deliver_create(int32_t worker, const struct room_deliver *what)
{
    struct message *m = message_create(MESSAGE_ROOM_DELIVER, sizeof *what);
    if (!m)
        return NULL;
    m->reply.worker = worker;
    *room_deliver(m) = *what;
    if (what->frame)
        shared_ref(what->frame);
    if (what->only_frame)
        shared_ref(what->only_frame);
    return m;
}

void listeners_tell(const struct listeners *l, struct turn *t, const struct room_deliver *what)
{
    int workers = l->n ? system_workers(worker_system(actor_worker(t->actor))) : 0;
    for (int w = 0; w < workers; w++)
        if (l->per_worker[w])
            turn_say(t, deliver_create(w, what));
}

void listeners_tell_now(const struct listeners *l, struct system *s, const struct room_deliver *what)
{
    int workers = l->n ? system_workers(s) : 0;
    for (int w = 0; w < workers; w++) {
        struct message *m = l->per_worker[w] ? deliver_create(w, what) : NULL;
        if (m && !bus_to_ingress(s, w, m))
            message_destroy(m);
    }
}

static void release_deliver(struct message *m)
{
    shared_unref(room_deliver(m)->frame);
    shared_unref(room_deliver(m)->only_frame);
}

static void release_joined(struct message *m)
{
    struct room_joined *j = room_joined(m);
    for (uint32_t i = 0; i < j->missed_count; i++)
        shared_unref(j->missed[i]);
    free(j->missed);
}

void listeners_setup(void)
{
    message_on_destroy(MESSAGE_ROOM_DELIVER, release_deliver);
    message_on_destroy(MESSAGE_ROOM_JOINED, release_joined);
}
