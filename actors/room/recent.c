/* Recent: the part of a worker. See recent.h. */
#include "actors/room/recent.h"

static bool part_open(struct worker *w, const struct setup *s)
{
    struct ring *recent = recent_create();
    worker_set_service(w, SERVICE_RECENT, recent);
    return recent;
}

static void part_close(struct worker *w)
{
    ring_destroy(worker_recent(w));
}

static const struct queue_row queues[] = {
    { "recent", "newest events of the rooms, per worker, for operators", "8192",
      "the oldest is overwritten; a follower is told how many it missed",
      "all who act; it is only what operators may still see", NULL },
    { 0 },
};

static const struct memory_row memory[] = {
    { "recent", "newest events, for operators" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    *ret = memory_of_ring(worker_recent(w));
}

const struct part recent_part = {
    .name = "recent",
    .open = part_open,
    .close = part_close,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
};
